//! The commands.

mod appraise;
mod assess;
mod baseline;
mod bundle;
mod ci_policy;
mod diff;
mod explain;
mod inspect;
mod question;
mod registry;
mod simulate;

use std::process::ExitCode;

use crate::args::Command;
use crate::failure::Failure;

/// Runs a command; `Ok` holds its exit code.
pub fn run(command: Command) -> Result<ExitCode, Failure> {
    let code = match command {
        Command::Inspect(args) => inspect::run(&args),
        Command::Diff(args) => diff::run(&args),
        Command::Baseline(args) => baseline::run(&args),
        Command::CiPolicy(args) => ci_policy::run(&args),
        Command::Assess(args) => assess::run(&args),
        Command::Bundle(args) => bundle::run(&args),
        Command::Appraise(args) => appraise::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Host(args) => registry::host(&args),
        Command::Trust(args) => registry::trust(&args),
        Command::DumpKey(args) => registry::dump_key(&args),
        Command::Policy(args) => registry::policy(&args),
        Command::Mode(args) => registry::mode(&args),
        Command::Server(args) => registry::server(&args),
        Command::Audit(args) => registry::audit(&args),
        Command::State(args) => registry::state(&args),
        Command::Simulate(args) => simulate::run(&args),
    };
    code.map(ExitCode::from)
}
