//! `portcullis-fuzz`: runs the fuzz targets by seeded mutations, on any compiler.

use std::fs;
use std::io;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use peak_alloc::PeakAlloc;
use portcullis_fuzz::runner::{Report, Until, run, run_once};
use portcullis_fuzz::{TARGETS, Target};

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

const USAGE: &str = "\
usage: portcullis-fuzz run SECONDS [SEED]    every target that long
       portcullis-fuzz replay TARGET FILE    one input
       portcullis-fuzz seeds FOLDER          write the seeds of every target";

/// Where an input goes for which a property does not hold.
const COUNTEREXAMPLES: &str = "target/fuzz/counterexamples";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments.as_slice() {
        ["run", seconds] => run_all(seconds, "1"),
        ["run", seconds, seed] => run_all(seconds, seed),
        ["replay", target, file] => replay(target, Path::new(file)),
        ["seeds", folder] => write_seeds(Path::new(folder)).map_err(|error| error.to_string()),
        _ => Err(USAGE.to_owned()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("{reason}");
            ExitCode::FAILURE
        }
    }
}

fn run_all(seconds: &str, seed: &str) -> Result<(), String> {
    let seconds = seconds.parse().map_err(|_| USAGE)?;
    let seed = seed.parse().map_err(|_| USAGE)?;
    for target in TARGETS {
        match run(target, seed, Until::Elapsed(Duration::from_secs(seconds))) {
            Ok(report) => show(target, &report),
            Err(found) => {
                let path = Path::new(COUNTEREXAMPLES).join(target.name);
                save(&path, &found.input).map_err(|error| error.to_string())?;
                return Err(format!(
                    "{}: {}\n  replay it: cargo run -p portcullis-fuzz -- replay {} {}",
                    target.name,
                    found.reason,
                    target.name,
                    path.display()
                ));
            }
        }
    }
    Ok(())
}

fn show(target: &Target, report: &Report) {
    let (input, peak) = report.peak;
    println!(
        "{:<12} {:>8} inputs hold; most memory {peak} bytes for {input} ({} % of the bound)",
        target.name, report.runs, report.bound_percent
    );
}

fn replay(name: &str, file: &Path) -> Result<(), String> {
    let target = TARGETS.iter().find(|target| target.name == name);
    let target = target.ok_or_else(|| format!("there is no target `{name}`"))?;
    let input = fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let mut report = Report::default();
    run_once(target, &input, &mut report).map_err(|found| found.reason)?;
    show(target, &report);
    Ok(())
}

fn write_seeds(folder: &Path) -> io::Result<()> {
    for target in TARGETS {
        for (index, seed) in (target.seeds)().iter().enumerate() {
            save(&folder.join(target.name).join(index.to_string()), seed)?;
        }
    }
    Ok(())
}

fn save(path: &Path, bytes: &[u8]) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)?;
    fs::write(path, bytes)
}
