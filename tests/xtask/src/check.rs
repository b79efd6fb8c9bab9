//! The checks: what must hold before a change lands.

use std::process::Command;

use crate::shell::{Outcome, cargo, loud, root, run, run_tests, succeeds};
use crate::{fuzz, guests};

/// Crates that must build for a target without operating system.
const WASM_CRATES: [&str; 3] = ["portcullis-engine", "portcullis-api", "portcullis-simulator"];
const WASM: &str = "wasm32-unknown-unknown";

/// Seconds for each fuzz target in CI: enough to run every seed and some thousand mutations.
const CI_FUZZ_SECONDS: u64 = 5;

/// Folder of the recorded evidence that is not part of the repository.
const CORPUS: &str = "../shared/corpus";

/// Everything that a developer runs before a commit.
pub fn test() -> Outcome {
    lint()?;
    tests(&mut cargo("test --workspace --no-fail-fast"))
}

/// Everything. The tests come last, so that their count closes the output.
pub fn ci() -> Outcome {
    lint()?;
    fuzz::run(CI_FUZZ_SECONDS)?;
    guests::guests()?;
    run_bench("--no-run")?;
    let mut command = cargo("test --workspace --no-fail-fast");
    command.env("PORTCULLIS_TOOLS", "required");
    if has_corpus() {
        command.env("PORTCULLIS_CORPUS", "required");
    }
    tests(&mut command)
}

fn tests(command: &mut Command) -> Outcome {
    let missing = format!("{CORPUS} IS MISSING: THE THIRD-PARTY EVIDENCE WAS NOT CHECKED");
    run_tests(command, if has_corpus() { None } else { Some(&missing) })
}

fn has_corpus() -> bool {
    root().join(CORPUS).is_dir()
}

fn lint() -> Outcome {
    run(&mut cargo("fmt --all --check"))?;
    // rustup adds the target of `rust-toolchain.toml` to a toolchain that it installs itself, but
    // not to one that was there before. Without rustup, the build of the guest says what is missing.
    let _ = run(Command::new("rustup").args(["target", "add", WASM]).current_dir(root()));
    run(&mut cargo("clippy --workspace --all-targets -- -D warnings"))?;
    let crates: String = WASM_CRATES.iter().map(|name| format!(" -p {name}")).collect();
    run(&mut cargo(&format!("check --target {WASM}{crates}")))
}

/// The benchmarks, beside other programs where their libraries are.
pub fn bench() -> Outcome {
    if succeeds(Command::new("pkg-config").args(["--exists", "openssl"])) {
        return run_bench("--features peers");
    }
    loud("NO OTHER CRATE IS MEASURED: they need the Debian packages pkg-config and libssl-dev");
    run_bench("")
}

fn run_bench(arguments: &str) -> Outcome {
    if root().join("tests/bench").is_dir() {
        return run(&mut cargo(&format!("bench -p portcullis-bench {arguments}")));
    }
    loud("tests/bench IS MISSING: NOTHING IS MEASURED");
    Ok(())
}

/// The recorded evidence alone.
pub fn corpus() -> Outcome {
    let tests = "test -p portcullis-tests --test corpus";
    run_tests(cargo(tests).env("PORTCULLIS_CORPUS", "required"), None)
}

/// Rewrites the golden files: every test that compares one has `golden` in its path.
pub fn bless() -> Outcome {
    let tests = "test -p portcullis -p portcullis-tests golden";
    run_tests(cargo(tests).env("PORTCULLIS_BLESS", "1"), None)
}
