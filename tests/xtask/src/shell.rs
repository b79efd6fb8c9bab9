//! Running programs, and counting what `cargo test` says.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Done, or why not.
pub type Outcome = Result<(), String>;

/// Lines of a log that are shown of a program that failed.
const LOG_LINES_SHOWN_MAX: usize = 60;

/// The root of the repository.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}

/// `cargo` with arguments separated by spaces, in the root of the repository.
pub fn cargo(arguments: &str) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()));
    command.args(arguments.split_whitespace()).current_dir(root());
    command
}

/// Starts a program, shows its command line, and waits for its success.
pub fn run(command: &mut Command) -> Outcome {
    let shown = announce(command);
    let status = command.status().map_err(|error| format!("{shown}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("`{shown}` failed ({status})")) }
}

/// True when the program starts and succeeds; its output is thrown away.
pub fn succeeds(command: &mut Command) -> bool {
    command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// The same with its whole output in a file; the caller shows what matters of it.
pub fn run_logged(command: &mut Command, log: &Path) -> Outcome {
    let failed = |error: std::io::Error| format!("{}: {error}", log.display());
    let file = std::fs::File::create(log).map_err(failed)?;
    command.stdout(file.try_clone().map_err(failed)?).stderr(file);
    run(command).map_err(|reason| {
        let text = std::fs::read_to_string(log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        let tail = lines.len().saturating_sub(LOG_LINES_SHOWN_MAX);
        format!("{}\n{reason}; all of it is in {}", lines[tail..].join("\n"), log.display())
    })
}

/// Says something that nobody should overlook.
pub fn loud(text: &str) {
    println!("\n!!! {text}\n");
}

/// What the test programs of one `cargo test` counted together.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Tally {
    passed: u64,
    failed: u64,
    ignored: u64,
}

impl Tally {
    /// Adds a line such as `test result: ok. 3 passed; 0 failed; 1 ignored; ...`; others are
    /// left alone.
    fn add(&mut self, line: &str) {
        let Some(counts) = line.strip_prefix("test result: ") else { return };
        for part in counts.split([';', '.']) {
            let Some((number, what)) = part.trim().split_once(' ') else { continue };
            let Ok(number) = number.parse::<u64>() else { continue };
            match what {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "ignored" => self.ignored += number,
                _ => {}
            }
        }
    }
}

/// Runs a `cargo test` to its end, copies its output, and closes with a note, if there is one,
/// and one line that counts all of its test programs.
pub fn run_tests(command: &mut Command, note: Option<&str>) -> Outcome {
    let shown = announce(command);
    let failed = |error: std::io::Error| format!("{shown}: {error}");
    let mut child = command.stdout(Stdio::piped()).spawn().map_err(failed)?;
    let mut tally = Tally::default();
    for line in child.stdout.take().into_iter().flat_map(|out| BufReader::new(out).lines()) {
        let line = line.map_err(failed)?;
        tally.add(&line);
        println!("{line}");
    }
    let status = child.wait().map_err(failed)?;
    let Tally { passed, failed, ignored } = tally;
    note.into_iter().for_each(loud);
    println!("\n{passed} passed, {failed} failed, {ignored} skipped");
    match status.success() {
        true if passed == 0 => Err(format!("`{shown}` ran no test")),
        true => Ok(()),
        false => Err(format!("`{shown}` failed ({status})")),
    }
}

/// Prints the command line, and gives it for messages.
fn announce(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default();
    let mut shown = String::new();
    for (name, value) in command.get_envs().filter(|(name, _)| *name != "PATH") {
        let value = value.unwrap_or_default().to_string_lossy();
        shown.push_str(&format!("{}={value} ", name.to_string_lossy()));
    }
    shown.push_str(&program.to_string_lossy());
    for argument in command.get_args() {
        shown.push_str(&format!(" {}", argument.to_string_lossy()));
    }
    println!("\n+ {shown}");
    shown
}

#[cfg(test)]
mod tests {
    use super::Tally;

    #[test]
    fn the_tally_adds_up_all_test_programs_and_nothing_else() {
        let mut tally = Tally::default();
        for line in [
            "running 3 tests",
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 7 filtered out",
            "test result: FAILED. 5 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out",
            "9 passed; of nothing",
        ] {
            tally.add(line);
        }
        assert_eq!(tally, Tally { passed: 8, failed: 2, ignored: 1 });
    }
}
