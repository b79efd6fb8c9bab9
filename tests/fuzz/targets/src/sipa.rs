//! Windows' SIPA elements: alone, and as the data of a tagged event of PCR 12.

use portcullis_engine::formats::Input;
use portcullis_engine::formats::sipa::{NodeBudget, SipaTree, parse};
use portcullis_engine::limits::SIPA_DEPTH_MAX;

use crate::{assert_spans_inside, event_log};

/// `EV_EVENT_TAG` of PCR 12, in the SHA-1 layout: PCR, type, digest of zeroes.
const HEADER: [u8; 28] = {
    let mut header = [0; 28];
    header[0] = 12;
    header[4] = 6;
    header
};

/// Runs the target once.
///
/// # Panics
/// When a property does not hold.
pub fn fuzz(data: &[u8]) {
    let tree = parse(Input::new(data), &mut NodeBudget::default());
    assert_spans_inside(&tree, data);
    for node in tree.iter().flat_map(SipaTree::nodes) {
        assert!(node.depth <= SIPA_DEPTH_MAX, "depth {}", node.depth);
        assert_spans_inside(&node.value(), data);
    }
    event_log::fuzz(&in_log(data));
}

/// A log of one record with this data.
fn in_log(data: &[u8]) -> Vec<u8> {
    let size = u32::try_from(data.len()).unwrap_or(u32::MAX);
    [HEADER.as_slice(), &size.to_le_bytes(), data].concat()
}

#[cfg(test)]
mod tests {
    use portcullis_engine::formats::body::{self, Body};
    use portcullis_engine::formats::eventlog;
    use portcullis_engine::limits::Limits;

    #[test]
    fn the_input_reaches_the_decoder_of_tagged_events() {
        for seed in crate::seeds::sipa() {
            let bytes = super::in_log(&seed);
            let log = eventlog::parse(&bytes, &Limits::default()).expect("a log");
            assert!(matches!(body::decode(&log.events[0]), Body::Tagged(_)));
        }
    }
}
