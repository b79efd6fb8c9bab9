//! Fuzzing: seeded mutations on the pinned compiler, then libFuzzer where it can be had.
//!
//! The targets are functions of the crate `portcullis-fuzz`, so both run the same checks. The
//! seeded runner measures memory too, and makes the same inputs every time; libFuzzer finds its
//! way by coverage. It needs `cargo install cargo-fuzz` and a C++ compiler, and compiler options
//! that are not stable: `RUSTC_BOOTSTRAP` admits them on the pinned compiler.

use std::fs;
use std::process::Command;

use crate::shell::{self, Outcome, cargo, loud, root};

/// Longest input that libFuzzer makes. Every seed but the longest event logs fits.
const INPUT_SIZE_BYTES_MAX: u32 = 64 << 10;
/// Memory at which libFuzzer stops. Most of it is its own and the sanitizer's.
const MEMORY_MIB_MAX: u32 = 2_048;
/// Largest allocation at once, for an input of the longest size.
const ALLOCATION_MIB_MAX: u32 = 64;
/// What is shown of a run that found nothing.
const STATISTICS: [&str; 2] = ["stat::number_of_executed_units", "stat::peak_rss_mb"];
/// Where `.ci/run` installs cargo-fuzz; a developer has it in the search path.
const TOOLS: &str = "target/tools/bin";
/// Seeds, inputs that reach new code, and builds.
const WORK: &str = "target/fuzz";

/// Runs every target for so many seconds, by each of the two fuzzers.
pub fn run(seconds: u64) -> Outcome {
    shell::run(&mut cargo(&format!("run --quiet -p portcullis-fuzz -- run {seconds}")))?;
    if !shell::succeeds(&mut cargo_fuzz("--version")) {
        loud("cargo-fuzz IS MISSING: ONLY SEEDED MUTATIONS RAN (`cargo install cargo-fuzz`)");
        return Ok(());
    }
    libfuzzer(seconds)
}

fn libfuzzer(seconds: u64) -> Outcome {
    shell::run(&mut cargo(&format!("run --quiet -p portcullis-fuzz -- seeds {WORK}/seeds")))?;
    let lock = root().join("tests/fuzz/libfuzzer/Cargo.lock");
    fs::copy(root().join("Cargo.lock"), &lock)
        .map_err(|error| format!("{}: {error}", lock.display()))?;
    for target in targets()? {
        run_target(&target, seconds)?;
    }
    Ok(())
}

fn run_target(target: &str, seconds: u64) -> Outcome {
    for folder in ["corpus", "artifacts", "log"] {
        let folder = root().join(format!("{WORK}/{folder}/{target}"));
        fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    let log = root().join(format!("{WORK}/log/{target}/fuzz.log"));
    let mut command = cargo_fuzz(&format!(
        "run --fuzz-dir tests/fuzz/libfuzzer --target-dir {WORK}/build {target} \
         {WORK}/corpus/{target} {WORK}/seeds/{target} -- -artifact_prefix={WORK}/artifacts/{target}/ \
         -max_total_time={seconds} -seed=1 -max_len={INPUT_SIZE_BYTES_MAX} \
         -rss_limit_mb={MEMORY_MIB_MAX} -malloc_limit_mb={ALLOCATION_MIB_MAX} \
         -print_final_stats=1"
    ));
    shell::run_logged(&mut command, &log)?;
    let text = fs::read_to_string(&log).map_err(|error| format!("{}: {error}", log.display()))?;
    for line in text.lines().filter(|line| STATISTICS.iter().any(|name| line.starts_with(name))) {
        println!("  {line}");
    }
    Ok(())
}

/// The targets are the files of a folder; a test of `portcullis-fuzz` compares them with its own.
fn targets() -> Result<Vec<String>, String> {
    let folder = root().join("tests/fuzz/libfuzzer/fuzz_targets");
    let entries =
        fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.path().file_stem()?.to_str().map(str::to_owned))
        .collect();
    names.sort();
    Ok(names)
}

fn cargo_fuzz(arguments: &str) -> Command {
    let mut command = cargo(&format!("fuzz {arguments}"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(root().join(TOOLS)).chain(std::env::split_paths(&path));
    if let Ok(path) = std::env::join_paths(folders) {
        command.env("PATH", path);
    }
    command.env("RUSTC_BOOTSTRAP", "1");
    command
}
