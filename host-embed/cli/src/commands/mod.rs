//! The commands.

mod agent;
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
mod serve;
mod simulate;

use std::process::ExitCode;

pub use question::identify;

use crate::args::Command;
use crate::engine::Engine;
use crate::failure::Failure;

/// Runs a command; `Ok` holds its exit code.
pub fn run(command: Command, engine: &Engine) -> Result<ExitCode, Failure> {
    let code = match command {
        Command::Inspect(args) => inspect::run(&args, engine),
        Command::Diff(args) => diff::run(&args, engine),
        Command::Baseline(args) => baseline::run(&args, engine),
        Command::CiPolicy(args) => ci_policy::run(&args, engine),
        Command::Assess(args) => assess::run(&args, engine),
        Command::Bundle(args) => bundle::run(&args, engine),
        Command::Appraise(args) => appraise::run(&args, engine),
        Command::Explain(args) => explain::run(&args, engine),
        Command::Host(args) => registry::host(&args),
        Command::Trust(args) => registry::trust(&args),
        Command::DumpKey(args) => registry::dump_key(&args),
        Command::Policy(args) => registry::policy(&args),
        Command::Mode(args) => registry::mode(&args),
        Command::Server(args) => registry::server(&args),
        Command::Audit(args) => registry::audit(&args),
        Command::State(args) => registry::state(&args),
        Command::Serve(args) => serve::run(&args, engine),
        Command::Agent(args) => agent::run(&args),
        Command::Simulate(args) => simulate::run(&args),
    };
    code.map(ExitCode::from)
}
