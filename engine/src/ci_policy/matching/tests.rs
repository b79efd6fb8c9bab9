//! What a measured policy is, and what it is when it is none of the files.

use portcullis_wire::ci_policy::FileRuleKind;

use super::*;
use crate::ci_policy::author::{Choice, author};
use crate::ci_policy::model::{CiPolicy, FileRule};
use crate::ci_policy::{binary, order, xml};
use crate::crypto::digest;

const XML: &str = "<SiPolicy xmlns='urn:schemas-microsoft-com:sipolicy'>\
    <VersionEx>10.0.0.0</VersionEx>\
    <PlatformID>{2E07F7E4-194C-4D20-B7C9-6F44A6C5A234}</PlatformID>\
    <Rules><Rule><Option>Enabled:Unsigned System Integrity Policy</Option></Rule>\
    <Rule><Option>Enabled:Audit Mode</Option></Rule></Rules></SiPolicy>";

fn measured(name: &str, version: &str, alg: HashAlg, bytes: &[u8]) -> MeasuredCiPolicy {
    MeasuredCiPolicy {
        name: name.into(),
        version: Version::parse(version),
        algorithm: alg.tpm_alg(),
        digest: digest(alg, &[bytes]).as_bytes().to_vec(),
    }
}

fn converted() -> (Vec<u8>, CiPolicy) {
    let authored = author(&xml::read(XML).unwrap(), Choice::default()).unwrap();
    (authored.bytes, authored.policy)
}

fn relation(file: &[u8], measured: MeasuredCiPolicy) -> Relation {
    let candidates = [Candidate { name: "SiPolicy.p7b", bytes: file }];
    let matching = matching(&candidates, &[measured]);
    assert!(matching.complete);
    matching.relations.into_iter().next().unwrap()
}

#[test]
fn a_match_compares_digests_and_nothing_else() {
    let (bytes, _) = converted();
    for alg in HashAlg::ALL {
        let measured = measured("Other.p7b", "9.9.9.9", alg, &bytes);
        assert_eq!(relation(&bytes, measured), Relation::Same { candidate: 0 });
    }
    let mut unknown = measured("SiPolicy.p7b", "10.0.0.0", HashAlg::Sha256, &bytes);
    unknown.algorithm = TpmAlg::SM3_256;
    assert_eq!(relation(&bytes, unknown), Relation::Unknown { nearest: Some(0) });
}

/// The trap of W19: the audit file is applied, the enforced one registered.
#[test]
fn an_audit_policy_is_told_from_the_enforced_one_that_was_registered() {
    let (audit, mut policy) = converted();
    policy.flags &= !OptionFlag::AUDIT_MODE.0;
    let enforced = binary::write(&policy, 7).unwrap();
    let option = Change::Option { option: OptionFlag::AUDIT_MODE, set: true };
    let found = relation(&enforced, measured("SiPolicy.p7b", "10.0.0.0", HashAlg::Sha256, &audit));
    assert_eq!(found, Relation::Changed { candidate: 0, changes: vec![option] });
}

#[test]
fn another_version_format_or_order_is_named() {
    let (bytes, policy) = converted();
    let mut newer = policy.clone();
    newer.version = Version::parse("10.0.0.1").unwrap();
    let changed = |changes| Relation::Changed { candidate: 0, changes };
    let of = |policy: &CiPolicy, format| {
        let bytes = binary::write(policy, format).unwrap();
        measured("x", &policy.version.to_string(), HashAlg::Sha256, &bytes)
    };
    let version = Change::Version(newer.version);
    assert_eq!(relation(&bytes, of(&newer, 7)), changed(vec![version]));
    newer.flags ^= OptionFlag::UMCI.0;
    let option = Change::Option { option: OptionFlag::UMCI, set: true };
    assert_eq!(relation(&bytes, of(&newer, 7)), changed(vec![option, version]));
    let format = Change::Converted { format: 9, order: TieOrder::Introsort };
    assert_eq!(relation(&bytes, of(&policy, 9)), changed(vec![format]));
    assert_eq!(relation(XML.as_bytes(), of(&policy, 9)), changed(vec![format]));

    let mut tied = policy;
    // Twenty rules that tie: both sorts move them, and not alike.
    for version in 0..20 {
        let mut rule = FileRule::new(FileRuleKind::ALLOW);
        rule.minimum_version = Version(version);
        tied.file_rules.push(rule);
    }
    let stored = binary::write(&tied, 7).unwrap();
    let mut sorted = tied.clone();
    order::arrange(&mut sorted, TieOrder::Legacy);
    assert_ne!(sorted, tied);
    let order = Change::Converted { format: 7, order: TieOrder::Legacy };
    assert_eq!(relation(&stored, of(&sorted, 7)), changed(vec![order]));
}

#[test]
fn the_digest_of_a_whole_signed_file_is_no_match() {
    let (raw, _) = converted();
    let signed = crate::ci_policy::unwrap::tests::wrapped(&raw);
    let of = |bytes: &[u8]| measured("SiPolicy.p7b", "10.0.0.0", HashAlg::Sha256, bytes);
    assert_eq!(relation(&signed, of(&raw)), Relation::Same { candidate: 0 });
    assert_eq!(relation(&signed, of(&signed)), Relation::WholeFile { candidate: 0 });
}

#[test]
fn the_nearest_file_is_a_guess_by_version_and_then_by_name() {
    let (bytes, mut policy) = converted();
    policy.version = Version::parse("2.0.0.0").unwrap();
    let other = binary::write(&policy, 7).unwrap();
    let candidates = [
        Candidate { name: "broken.cip", bytes: b"broken" },
        Candidate { name: "first.cip", bytes: &other },
        Candidate { name: "second.cip", bytes: &bytes },
    ];
    let unlike = |name: &str, version: &str| measured(name, version, HashAlg::Sha256, b"unlike");
    let matching = matching(
        &candidates,
        &[unlike("FIRST.CIP", "10.0.0.0"), unlike("FIRST.CIP", "3.0.0.0"), unlike("x", "3.0.0.0")],
    );
    let nearest = [Some(2), Some(1), None].map(|nearest| Relation::Unknown { nearest });
    assert_eq!(matching.relations, nearest);
    assert_eq!(matching.unreadable.len(), 1);
    assert_eq!(matching.unreadable[0].0, 0);
}

#[test]
fn a_search_that_is_cut_short_says_so() {
    let (bytes, _) = converted();
    let candidates: Vec<Candidate<'_>> =
        (0..CI_POLICY_MATCH_COUNT_MAX + 1).map(|_| Candidate { name: "", bytes: &bytes }).collect();
    let other = measured("", "0.0.0.0", HashAlg::Sha256, b"unlike");
    assert!(!matching(&candidates, &[other]).complete);
}

/// A digest fits at once or not at all; what has to be searched for costs.
#[test]
fn a_budget_ends_the_search_and_leaves_a_guess() {
    let (audit, mut policy) = converted();
    policy.flags &= !OptionFlag::AUDIT_MODE.0;
    let enforced = binary::write(&policy, 7).unwrap();
    let candidates = [Candidate { name: "SiPolicy.p7b", bytes: &enforced }];
    let of = |bytes: &[u8]| measured("SiPolicy.p7b", "10.0.0.0", HashAlg::Sha256, bytes);
    for (bytes, size_bytes_max, complete) in [
        (&enforced, 0, true),
        (&audit, 0, false),
        (&audit, enforced.len(), false),
        (&audit, enforced.len() * OptionFlag::NAMED.len(), true),
    ] {
        let matching = matching_within(&candidates, &[of(bytes)], size_bytes_max);
        assert_eq!(matching.complete, complete, "{size_bytes_max}");
        let unknown = matching.relations == [Relation::Unknown { nearest: Some(0) }];
        assert_eq!(unknown, !complete, "{size_bytes_max}");
    }
}
