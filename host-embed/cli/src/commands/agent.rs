//! `portcullis agent`.

use std::time::Duration;

use portcullis_agent::{Backoff, Error, Http, HttpOptions, Outcome, State, TpmHost, attest};
use portcullis_tpm::Tpm;

use crate::args::serve::Agent;
use crate::failure::{EXIT_NOT_PASSED, EXIT_OK, Failure};
use crate::output;

pub fn run(args: &Agent) -> Result<u8, Failure> {
    let options = HttpOptions { url: args.verifier.clone(), ca: args.ca.clone() };
    let mut verifier = Http::new(&options).map_err(failed)?;
    let state = State::open(&args.state).map_err(failed)?;
    let tpm = Tpm::open(&args.tpm).map_err(|error| failed(error.into()))?;
    let mut host = TpmHost::new(tpm, state.clone(), args.event_log.clone());
    let mut attest = || {
        let outcome = attest(&mut host, &mut verifier, args.audience.as_deref())?;
        state.keep(&outcome)?;
        Ok(outcome)
    };
    if args.once {
        let outcome = attest().map_err(failed)?;
        report(args, &state, &outcome);
        return Ok(if outcome.passed() { EXIT_OK } else { EXIT_NOT_PASSED });
    }
    let interval = Duration::from_secs(u64::from(args.every) * 60);
    let mut backoff = Backoff::default();
    loop {
        let pause = match attest() {
            Ok(outcome) => {
                report(args, &state, &outcome);
                backoff.reset();
                interval
            }
            Err(error) => {
                let pause = backoff.next_pause();
                let (failure, seconds) = (failed(error), pause.as_secs());
                output::note(&format!("portcullis: {failure}\n  trying again in {seconds} s"));
                pause
            }
        };
        std::thread::sleep(pause);
    }
}

fn failed(error: Error) -> Failure {
    let remedy = error.remedy().unwrap_or_default();
    Failure::usage(error, remedy)
}

fn report(args: &Agent, state: &State, outcome: &Outcome) {
    if args.json {
        output::json(&outcome.reply);
        return;
    }
    let result = &outcome.reply.result;
    let token = state.token_path();
    let mut text = match outcome.passed() {
        true => format!("Passed: the token is in {}\n", token.display()),
        false => format!(
            "{} ({}): {}\n  why: portcullis explain {}\n",
            result.status,
            result.sub_status,
            result.report.headline,
            token.with_file_name("result.json").display()
        ),
    };
    if result.report.hardware != "endorsed" {
        text.push_str("  hardware: unproven; nobody vouches for this TPM (v1)\n");
    }
    output::text(&text);
}
