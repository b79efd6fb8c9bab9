//! `portcullis`: attestation of Hyper-V hosts, open.

mod args;
mod capture;
mod commands;
mod engine;
mod failure;
mod output;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    // Exit code 3 says "our fault"; a panic is exactly that.
    std::panic::set_hook(Box::new(|panic| {
        eprintln!("portcullis: internal error: {panic}");
        eprintln!("this is a bug in portcullis, not in your evidence; please report it");
        std::process::exit(failure::EXIT_BUG);
    }));
    let program = args::Program::parse();
    match commands::run(program.command, engine::choose(program.engine)) {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("{}", output::harmless(&format!("portcullis: {failure}")));
            failure.exit_code()
        }
    }
}
