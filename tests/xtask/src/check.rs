//! The checks: what must hold before a change lands.

use crate::fuzz;
use crate::shell::{Outcome, cargo, loud, root, run, run_tests};

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
    run_tests(&mut cargo("test --workspace --no-fail-fast"))
}

/// Everything. The tests come last, so that their count closes the output.
pub fn ci() -> Outcome {
    lint()?;
    fuzz::run(CI_FUZZ_SECONDS)?;
    bench(&["--no-run"])?;
    let mut tests = cargo("test --workspace --no-fail-fast");
    if root().join(CORPUS).is_dir() {
        tests.env("PORTCULLIS_CORPUS", "required");
    } else {
        loud(&format!("{CORPUS} IS MISSING: THE THIRD-PARTY EVIDENCE IS NOT CHECKED"));
    }
    run_tests(&mut tests)
}

fn lint() -> Outcome {
    run(&mut cargo("fmt --all --check"))?;
    run(&mut cargo("clippy --workspace --all-targets -- -D warnings"))?;
    // rustup adds the target of `rust-toolchain.toml` to a toolchain that it installs itself, but
    // not to one that was there before. Without rustup, the check below says what is missing.
    let _ =
        run(std::process::Command::new("rustup").args(["target", "add", WASM]).current_dir(root()));
    let crates: String = WASM_CRATES.iter().map(|name| format!(" -p {name}")).collect();
    run(&mut cargo(&format!("check --target {WASM}{crates}")))
}

/// The benchmarks, or with `--no-run` only their build.
pub fn bench(arguments: &[&str]) -> Outcome {
    if !root().join("tests/bench").is_dir() {
        loud("tests/bench IS MISSING: NOTHING IS MEASURED");
        return Ok(());
    }
    run(cargo("bench -p portcullis-bench").args(arguments))
}

/// The recorded evidence alone.
pub fn corpus() -> Outcome {
    let tests = "test -p portcullis-tests --test corpus";
    run_tests(cargo(tests).env("PORTCULLIS_CORPUS", "required"))
}

/// Rewrites the golden files: every test that compares one has `golden` in its name.
pub fn bless() -> Outcome {
    let tests = "test -p portcullis-tests golden";
    run_tests(cargo(tests).env("PORTCULLIS_BLESS", "1"))
}
