//! Event logs: parse, decode, bind, replay, draw claims, inspect.

use portcullis_api::inspect;
use portcullis_engine::formats::body;
use portcullis_engine::formats::eventlog;
use portcullis_engine::limits::Limits;
use portcullis_engine::{claims, replay};

use crate::assert_spans_inside;

/// Runs the target once.
///
/// # Panics
/// When a property does not hold.
pub fn fuzz(data: &[u8]) {
    let log = eventlog::parse(data, &Limits::default()).unwrap_or_else(|broken| {
        assert_spans_inside(&broken.defect, data);
        broken.before
    });
    assert_spans_inside(&log, data);
    for event in &log.events {
        let decoded = body::decode(event);
        assert_spans_inside(&decoded, data);
        let _ = decoded.summary();
        for bank in replay::hash_banks(&log) {
            assert_spans_inside(&body::binding(event, bank), data);
        }
    }
    assert_spans_inside(&replay::startup_findings(&log), data);
    for replayed in replay::replay(&log).banks {
        let measured = replay::measure(&log, replayed.bank, None);
        assert_spans_inside(&claims::extract(&measured), data);
    }
    let _ = inspect::inspect("log", data);
}
