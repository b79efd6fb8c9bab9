//! Nesting, sizes and budgets.

use portcullis_wire::sipa::{HEADER_SIZE_BYTES, NONMEASURED};

use super::*;
use crate::limits::{SIPA_DEPTH_MAX, SIPA_NODES_MAX};

const BOUNDARY: SipaType = SipaType::TRUSTBOUNDARY;
const MODULE: SipaType = SipaType::LOADEDMODULE_AGGREGATION;
const FLAG: SipaType = SipaType::BOOTDEBUGGING;

fn refuse(data: &[u8], field: &str, offset: usize, kind: ParseErrorKind) {
    let reason = read(data).unwrap_err();
    assert_eq!((reason.field, reason.span.offset), (field, OFFSET + offset), "{reason}");
    assert_eq!(reason.kind, kind);
    assert!(reason.span.end() <= OFFSET + data.len(), "{reason}");
}

/// `depth` headers, each holding all that follow.
fn nested(depth: usize) -> Vec<u8> {
    let header = |level: usize| {
        let size = (depth - level - 1) * HEADER_SIZE_BYTES;
        [SipaType::ELAM_AGGREGATION.0.to_le_bytes(), (size as u32).to_le_bytes()].concat()
    };
    (0..depth).flat_map(header).collect()
}

#[test]
fn elements_keep_their_order_nesting_and_place() {
    let module = element(MODULE, &[element(FLAG, &[1]), element(FLAG, &[])].concat());
    let inside = [element(FLAG, &[0]), module, element(FLAG, &[7])].concat();
    let record = [element(BOUNDARY, &inside), element(FLAG, &[0, 0])].concat();
    let tree = read(&record).unwrap();
    let found: Vec<_> = tree
        .nodes()
        .iter()
        .map(|node| (node.kind, node.depth, node.descendants_count, node.span.offset - OFFSET))
        .collect();
    let expect = [
        (BOUNDARY, 0, 5, 0),
        (FLAG, 1, 0, 8),
        (MODULE, 1, 2, 17),
        (FLAG, 2, 0, 25),
        (FLAG, 2, 0, 34),
        (FLAG, 1, 0, 42),
        (FLAG, 0, 0, 51),
    ];
    assert_eq!(found, expect);
    for (index, node) in tree.nodes().iter().enumerate() {
        assert_eq!(node.index, index);
        let at = |span: Span| &record[span.offset - OFFSET..span.end() - OFFSET];
        assert_eq!(at(node.data_span), node.data);
        assert_eq!(at(node.span), element(node.kind, node.data));
    }
    let children = |index: usize| -> Vec<_> {
        tree.children_of(&tree.nodes()[index]).map(|node| node.index).collect()
    };
    assert_eq!(children(0), [1, 2, 5]);
    assert_eq!(children(2), [3, 4]);
    assert_eq!(children(1), []);
    assert_eq!(tree.roots().map(|node| node.index).collect::<Vec<_>>(), [0, 6]);
}

#[test]
fn only_the_category_makes_a_container() {
    let flag = element(FLAG, &[1]);
    let nodes = |kind: u32| read(&element(SipaType(kind), &flag)).unwrap().nodes().len();
    assert_eq!(nodes(0x4001_0001), 2);
    assert_eq!(nodes(0x0001_0001), 2);
    assert_eq!(nodes(0xc001_00ff), 2);
    // Bit 30 says that an element holds others, and does not decide.
    assert_eq!(nodes(0x4002_0001), 1);
    assert_eq!(nodes(0x4000_0000), 1);
}

#[test]
fn a_fact_is_looked_for_where_windows_states_it() {
    let flag = |value| element(FLAG, &[value]);
    let hidden = element(BOUNDARY, &element(MODULE, &flag(3)));
    let record = [flag(0), element(BOUNDARY, &[flag(1), flag(2)].concat()), hidden].concat();
    let tree = read(&record).unwrap();
    let values = |found: Vec<&SipaNode<'_>>| -> Vec<_> {
        found.into_iter().map(|node| node.data[0]).collect()
    };
    assert_eq!(values(tree.in_boundaries(FLAG).collect()), [1, 2]);
    assert_eq!(values(tree.find(FLAG).collect()), [0, 1, 2, 3]);
}

#[test]
fn a_second_element_where_one_belongs_is_an_error() {
    let inside = [element(FLAG, &[1]), element(MODULE, &[]), element(FLAG, &[1])].concat();
    let record = element(BOUNDARY, &inside);
    let tree = read(&record).unwrap();
    let root = &tree.nodes()[0];
    let reason = tree.only_child_of(root, FLAG).unwrap_err();
    assert_eq!((reason.field, reason.span.offset - OFFSET), ("BOOTDEBUGGING", 25));
    assert_eq!(tree.only_child_of(root, MODULE).unwrap().map(|node| node.index), Some(2));
    assert_eq!(tree.only_child_of(root, BOUNDARY), Ok(None));
}

#[test]
fn a_size_that_reaches_past_its_container_is_refused_at_the_size() {
    let truncated = |needed, left| ParseErrorKind::Truncated { needed, left };
    let huge = [&FLAG.0.to_le_bytes()[..], &u32::MAX.to_le_bytes()].concat();
    refuse(&huge, "taggedEventDataSize", 4, truncated(u64::from(u32::MAX), 0));
    // One byte too long for its container, though the record goes on.
    let mut inner = element(FLAG, &[0]);
    inner[4] += 1;
    let record = [element(BOUNDARY, &inner), element(FLAG, &[0])].concat();
    refuse(&record, "taggedEventDataSize", 12, truncated(2, 1));
    let mut outer = element(BOUNDARY, &element(FLAG, &[0]));
    outer[4] += 1;
    refuse(&outer, "taggedEventDataSize", 4, truncated(10, 9));
}

#[test]
fn bytes_that_are_no_header_are_refused() {
    let truncated = |left| ParseErrorKind::Truncated { needed: 4, left };
    refuse(&[], "taggedEvent", 0, ParseErrorKind::Invalid("is empty"));
    refuse(&[1, 2, 3], "taggedEventID", 0, truncated(3));
    let tail = |size: usize| [element(FLAG, &[0]), vec![0; size]].concat();
    refuse(&tail(2), "taggedEventID", 9, truncated(2));
    refuse(&tail(7), "taggedEventDataSize", 13, truncated(3));
    refuse(&element(BOUNDARY, &tail(5)), "taggedEventDataSize", 8 + 13, truncated(1));
    // Sizes that are too small leave the rest to be read as a header.
    let mut short = element(FLAG, &[0, 0]);
    short[4] -= 1;
    refuse(&short, "taggedEventID", 9, truncated(1));
}

#[test]
fn containers_nest_as_deep_as_the_limit() {
    let tree = nested(SIPA_DEPTH_MAX);
    assert_eq!(read(&tree).unwrap().nodes().len(), SIPA_DEPTH_MAX);
    // What is inside the innermost container is no container.
    let mut leaf = element(FLAG, &[1]);
    for _ in 0..SIPA_DEPTH_MAX {
        leaf = element(MODULE, &leaf);
    }
    assert_eq!(read(&leaf).unwrap().nodes().last().unwrap().depth, SIPA_DEPTH_MAX);

    let limit = SIPA_DEPTH_MAX as u64;
    let over = ParseErrorKind::OverLimit { found: limit + 1, limit };
    for depth in [SIPA_DEPTH_MAX + 1, 100, 200_000] {
        refuse(&nested(depth), "taggedEvent", SIPA_DEPTH_MAX * HEADER_SIZE_BYTES, over);
    }
}

#[test]
fn one_budget_limits_the_elements_of_all_records() {
    let record = element(FLAG, &[]).repeat(SIPA_NODES_MAX / 2);
    let one_too_many = element(FLAG, &[]);
    let mut budget = NodeBudget::default();
    for _ in 0..2 {
        let tree = parse(Input::at(&record, OFFSET), &mut budget).unwrap();
        assert_eq!(tree.nodes().len(), SIPA_NODES_MAX / 2);
    }
    let reason = parse(Input::at(&one_too_many, OFFSET), &mut budget).unwrap_err();
    let limit = SIPA_NODES_MAX as u64;
    assert_eq!(reason.kind, ParseErrorKind::OverLimit { found: limit + 1, limit });
    assert_eq!(reason.span, Span::new(OFFSET, 8));

    let limit = SIPA_NODES_MAX * HEADER_SIZE_BYTES;
    let record = element(FLAG, &[]).repeat(SIPA_NODES_MAX + 1);
    assert_eq!(read(&record).unwrap_err().span.offset, OFFSET + limit);
}

#[test]
fn records_that_claim_no_elements_are_left_alone() {
    let claimed = |pcr, untrusted_type, data: &[u8]| {
        let event = Event {
            index: 0,
            pcr,
            untrusted_type,
            digests: Vec::new(),
            data,
            span: Span::new(OFFSET - 50, data.len() + 50),
            data_span: Span::new(OFFSET, data.len()),
        };
        of_event(&event, &mut NodeBudget::default()).map(|tree| tree.is_ok())
    };
    let flag = element(FLAG, &[0]);
    assert_eq!(claimed(12, EventType::EVENT_TAG, &flag), Some(true));
    assert_eq!(claimed(12, EventType::EVENT_TAG, &flag[..5]), Some(false));
    assert_eq!(claimed(12, EventType::EVENT_TAG, &[]), None);
    assert_eq!(claimed(12, EventType::SEPARATOR, b"WBCL"), None);
    assert_eq!(claimed(12, EventType::IPL, &flag), None);
    // The Linux EFI stub.
    let linux = element(SipaType(0x8f3b_22ed), b"LOADED_IMAGE::LoadOptions\0");
    assert_eq!(claimed(9, EventType::EVENT_TAG, &linux), None);

    let trust_point = element(SipaType::TRUSTPOINT_AGGREGATION, &[]);
    assert_eq!(claimed(event::PCR_NONE, EventType::NO_ACTION, &trust_point), Some(true));
    assert_eq!(claimed(event::PCR_NONE, EventType::NO_ACTION, &trust_point[..7]), Some(false));
    assert_eq!(claimed(0, EventType::NO_ACTION, &trust_point), None);
    assert_eq!(claimed(event::PCR_NONE, EventType::NO_ACTION, &flag), None);
}

#[test]
fn every_named_type_has_a_plausible_number() {
    for kind in SipaType::NAMED {
        assert!(kind.is_plausible(), "{kind}");
        assert_eq!(kind.is_nonmeasured(), kind.0 & NONMEASURED != 0, "{kind}");
    }
    for number in [0, 7, 0x8f3b_22ed, 0x8f3b_22ec, 0x000d_0001, 0x0012_0002] {
        assert!(!SipaType(number).is_plausible(), "{number:#x}");
    }
}
