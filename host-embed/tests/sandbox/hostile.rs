//! Guests that misbehave: each harms its own call, and the error names the limit.

use std::time::Duration;

use portcullis_api::call::Operation;
use portcullis_host::{CallError, Compiled, Limit, Limits, Sandbox, SandboxError};

const MEMORY_SIZE_BYTES_MAX: usize = 32 << 20;

fn limits() -> Limits {
    Limits { memory_size_bytes_max: MEMORY_SIZE_BYTES_MAX, ..Limits::interactive() }
}

fn sandbox(name: &str, limits: Limits) -> Result<Sandbox, SandboxError> {
    Sandbox::with_guest(Compiled::hostile(name).expect("a module of tests/hostile"), limits)
}

/// Calls the guest twice, so that an instance which was not cleaned up would show.
fn check(name: &str, limits: Limits, expected: Limit) {
    let sandbox = sandbox(name, limits).unwrap();
    for _ in 0..2 {
        match sandbox.call(Operation::Appraise, b"{}") {
            Err(CallError::Sandbox(error)) => {
                assert_eq!(error.limit, expected, "{name}: {error}");
                assert_eq!(error.input.as_deref(), Some(&b"{}"[..]), "{name}");
                assert!(error.to_string().contains(&expected.to_string()), "{name}: {error}");
            }
            other => panic!("{name}: {other:?}"),
        }
        assert_eq!(sandbox.instances_count(), 0, "{name}");
    }
}

#[test]
fn a_guest_that_never_ends_meets_the_limit_of_time() {
    let time = Duration::from_millis(20);
    for name in ["endless", "endless-start"] {
        check(name, Limits { time_per_unit: time, ..limits() }, Limit::Time(time));
    }
}

#[test]
fn a_guest_that_takes_memory_meets_the_limit_of_memory() {
    for name in ["growth", "growth-at-once"] {
        check(name, limits(), Limit::Memory(MEMORY_SIZE_BYTES_MAX));
    }
}

#[test]
fn a_guest_that_nests_without_end_meets_the_limit_of_the_stack() {
    check("recursion", limits(), Limit::Stack);
}

#[test]
fn a_guest_that_gives_up_or_writes_outside_of_its_memory_traps() {
    check("giving-up", limits(), Limit::Trap);
    check("store-wild", limits(), Limit::Trap);
}

#[test]
fn a_reply_outside_of_the_memory_is_never_read() {
    let names = [
        "reply-beyond",
        "reply-wild",
        "reply-4gib",
        "reply-empty",
        "refusal-garbage",
        "alloc-wild",
    ];
    for name in names {
        check(name, limits(), Limit::Convention);
    }
    check("exports-nothing", limits(), Limit::Convention);
}

#[test]
fn a_guest_that_cannot_be_sandboxed_is_not_loaded() {
    for (name, words) in [
        ("imports", "unknown import"),
        ("memory-4gib", "limit"),
        ("other-version", "incompatible version 'another'"),
        ("other-processor", "not available on the host"),
    ] {
        let error = sandbox(name, limits()).err().unwrap_or_else(|| panic!("{name} was loaded"));
        assert_eq!(error.limit, Limit::Load, "{name}");
        assert!(error.to_string().contains(words), "{name}: {error}");
    }
}

#[test]
fn code_that_does_not_fit_is_compiled_anew_and_says_why() {
    let question = br#"{"file":"x","content":"AAEC"}"#;
    let native = portcullis_api::call::call(Operation::Inspect, question).unwrap();
    for name in ["other-version", "other-processor"] {
        let compiled = Compiled::hostile(name).unwrap().or_compile_wide();
        let sandbox = Sandbox::with_guest(compiled, limits()).unwrap();
        assert_eq!(sandbox.misfit().map(|misfit| misfit.limit), Some(Limit::Load), "{name}");
        assert_eq!(sandbox.call(Operation::Inspect, question).unwrap(), native, "{name}");
    }
    assert!(Sandbox::new(limits()).unwrap().misfit().is_none());
}

#[test]
fn no_call_sees_what_another_one_left() {
    let sandbox = sandbox("remembering", limits()).unwrap();
    for _ in 0..3 {
        assert_eq!(sandbox.call(Operation::Appraise, b"{}").unwrap(), b"1");
    }
}

#[test]
fn input_beyond_the_limit_is_turned_away_before_any_guest_sees_it() {
    let limits = Limits { input_size_bytes_max: 2, ..limits() };
    let sandbox = sandbox("remembering", limits).unwrap();
    assert!(sandbox.call(Operation::Appraise, b"{}").is_ok());
    let refused = sandbox.call(Operation::Appraise, b"{ }");
    assert!(
        matches!(&refused, Err(CallError::Sandbox(error)) if error.limit == Limit::InputSize(2)),
        "{refused:?}"
    );
}

#[test]
fn a_hostile_call_does_not_disturb_its_neighbours() {
    let limits = Limits { running_count_max: 2, ..limits() };
    let hostile = sandbox("growth", limits).unwrap();
    let honest = Sandbox::new(limits).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| assert!(hostile.call(Operation::Appraise, b"{}").is_err()));
            scope.spawn(|| {
                let input = br#"{"file":"x","content":"AAEC"}"#;
                let expected = portcullis_api::call::call(Operation::Inspect, input).unwrap();
                assert_eq!(honest.call(Operation::Inspect, input).unwrap(), expected);
            });
        }
    });
}

#[test]
fn fuel_stops_a_call_at_the_same_instruction_on_every_machine() {
    let limits = Limits { time_per_unit: Duration::ZERO, ..limits() };
    let sandbox = Sandbox::with_guest(Compiled::fuel(), limits).unwrap();
    match sandbox.call(Operation::Inspect, br#"{"file":"x","content":""}"#) {
        Err(CallError::Sandbox(error)) => assert_eq!(error.limit, Limit::Fuel(0), "{error}"),
        other => panic!("{other:?}"),
    }
}
