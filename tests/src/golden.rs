//! Golden files: what the code makes, kept as text, so that a change of it shows in a diff.
//!
//! A test that compares one has `golden` in its path: `cargo xtask bless` runs those tests with
//! `PORTCULLIS_BLESS` set, and they rewrite their files.

use std::path::Path;

/// Compares a file with what it should hold, or rewrites it.
///
/// # Panics
/// When they differ, with the first line that does; when the file cannot be written.
pub fn check(path: &Path, actual: &str) {
    if std::env::var_os("PORTCULLIS_BLESS").is_some() {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)
                .unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        }
        std::fs::write(path, actual).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        return;
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    if kept == actual {
        return;
    }
    let same = kept.lines().zip(actual.lines()).take_while(|(old, new)| old == new).count();
    let (old, new) = (kept.lines().nth(same), actual.lines().nth(same));
    panic!(
        "{} is out of date from line {} on:\n  kept {old:?}\n  now  {new:?}\n\
         `cargo xtask bless` rewrites it; read the diff",
        path.display(),
        same + 1
    );
}
