//! The commands.

mod appraise;
mod assess;
mod baseline;
mod bundle;
mod diff;
mod explain;
mod inspect;
mod question;

use std::process::ExitCode;

use crate::args::Command;
use crate::engine::Engine;
use crate::failure::Failure;

/// Runs a command; `Ok` holds its exit code.
pub fn run(command: Command, engine: &Engine) -> Result<ExitCode, Failure> {
    let code = match command {
        Command::Inspect(args) => inspect::run(&args, engine),
        Command::Diff(args) => diff::run(&args, engine),
        Command::Baseline(args) => baseline::run(&args, engine),
        Command::Assess(args) => assess::run(&args, engine),
        Command::Bundle(args) => bundle::run(&args),
        Command::Appraise(args) => appraise::run(&args, engine),
        Command::Explain(args) => explain::run(&args, engine),
    };
    code.map(ExitCode::from)
}
