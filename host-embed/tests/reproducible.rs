//! The guest has the same bytes wherever it is built: from a copy of the sources in another folder,
//! with nothing compiled yet. It takes minutes, so it runs where every tool is required.

use std::fs;
use std::path::Path;

use portcullis_host::Build;
use portcullis_tests::corpus::repository;

#[path = "../build/guest.rs"]
mod guest;

/// Folders that are no sources.
const LEFT_OUT: [&str; 4] = [".git", "node_modules", "target", "captures"];

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if LEFT_OUT.iter().any(|name| entry.file_name() == *name) {
            continue;
        }
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

#[test]
fn a_guest_that_is_built_elsewhere_has_the_same_bytes() {
    if std::env::var_os("PORTCULLIS_TOOLS").is_none_or(|value| value != "required") {
        eprintln!("SKIPPED: the guest is not built again; PORTCULLIS_TOOLS=required does it");
        return;
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("elsewhere");
    if folder.exists() {
        fs::remove_dir_all(&folder).unwrap();
    }
    let sources = folder.join("a/copy of the sources");
    copy(&repository(), &sources);
    for (name, features) in guest::BUILDS {
        let build = Build::ALL.into_iter().find(|build| build.name() == name).unwrap();
        let again = guest::build(&sources, &folder.join("built"), features).unwrap();
        assert!(again == build.wasm(), "guest {name} differs: {} bytes", again.len());
    }
}
