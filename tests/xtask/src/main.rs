//! `cargo xtask`: what a developer and CI run, as one table of commands.
//!
//! Every command prints the programs that it starts, so that each can be run by hand.

mod check;
mod fuzz;
mod guests;
mod shell;
mod web;

use std::process::ExitCode;

use shell::Outcome;

struct Command {
    name: &'static str,
    argument: &'static str,
    summary: &'static str,
    run: fn(&[String]) -> Outcome,
}

const COMMANDS: &[Command] = &[
    Command {
        name: "test",
        argument: "",
        summary: "format, lints, wasm check, every test",
        run: |_| check::test(),
    },
    Command {
        name: "ci",
        argument: "",
        summary: "fuzz for a few seconds, compile the benchmarks, then `test` with the corpus",
        run: |_| check::ci(),
    },
    Command {
        name: "guests",
        argument: "",
        summary: "the modules of the sandbox, as files below target/guests, and their sizes",
        run: |_| guests::guests(),
    },
    Command {
        name: "bench",
        argument: "",
        summary: "measure, beside other programs where they are; medians and ratios",
        run: |_| check::bench(),
    },
    Command {
        name: "corpus",
        argument: "",
        summary: "the recorded evidence alone, all of it: fails when ../shared/corpus is missing",
        run: |_| check::corpus(),
    },
    Command {
        name: "bless",
        argument: "",
        summary: "rewrite every golden file from what the code does now; read the diff",
        run: |_| check::bless(),
    },
    Command {
        name: "fuzz",
        argument: "SECONDS",
        summary: "run each fuzz target that long: seeded mutations, and libFuzzer where it is",
        run: fuzz_command,
    },
    Command {
        name: "npm",
        argument: "",
        summary: "make the npm package in target/npm (needs node and npm)",
        run: |_| web::npm(),
    },
    Command {
        name: "page",
        argument: "",
        summary: "make the npm package and the page in target/page",
        run: |_| web::page(),
    },
    Command { name: "help", argument: "", summary: "this list", run: |_| help() },
];

const EXIT_USAGE: u8 = 2;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((name, rest)) = arguments.split_first() else {
        return finish(help());
    };
    let Some(command) = COMMANDS.iter().find(|command| command.name == name) else {
        eprintln!("xtask: no command `{name}`; see `cargo xtask help`");
        return ExitCode::from(EXIT_USAGE);
    };
    let wanted = usize::from(!command.argument.is_empty());
    if rest.len() != wanted {
        eprintln!("xtask: usage: cargo xtask {} {}", command.name, command.argument);
        return ExitCode::from(EXIT_USAGE);
    }
    finish((command.run)(rest))
}

fn finish(outcome: Outcome) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("xtask: {reason}");
            ExitCode::FAILURE
        }
    }
}

fn fuzz_command(arguments: &[String]) -> Outcome {
    let seconds = arguments.first().and_then(|text| text.parse().ok());
    fuzz::run(seconds.ok_or("SECONDS is a whole number, for each target")?)
}

fn help() -> Outcome {
    println!("usage: cargo xtask COMMAND\n");
    for Command { name, argument, summary, .. } in COMMANDS {
        println!("  {:<14} {summary}", format!("{name} {argument}"));
    }
    Ok(())
}
