//! Ten thousand made-up policies, each with what a real one may have, and broken ones.

use portcullis_engine::ci_policy::author::{Choice, author};
use portcullis_engine::ci_policy::diff::diff;
use portcullis_engine::ci_policy::edit::{Edit, edit};
use portcullis_engine::ci_policy::order::{TieOrder, arrange, is_sorted};
use portcullis_engine::ci_policy::{CiPolicy, binary, xml};
use portcullis_engine::formats::Input;
use portcullis_engine::wire::ci_policy::OptionFlag;
use portcullis_tests::ci_policies::Generator;

const POLICIES: u64 = 10_000;

/// A policy of any format, and its binary.
fn made(seed: u64) -> (CiPolicy, Vec<u8>) {
    let mut generator = Generator::new(seed);
    let format = 1 + generator.below(11);
    let policy = generator.policy(format);
    let bytes = binary::write(&policy, format).unwrap_or_else(|need| panic!("{seed}: {need}"));
    (policy, bytes)
}

#[test]
fn roundtrip_of_generated_policies_through_binary_and_xml() {
    let mut seen = [0_usize; 12];
    for seed in 0..POLICIES {
        let (policy, bytes) = made(seed);
        let read = binary::read(Input::new(&bytes)).unwrap_or_else(|e| panic!("{seed}: {e}"));
        assert_eq!(read, policy, "{seed}");
        let text = xml::write(&policy).unwrap_or_else(|e| panic!("{seed}: {e}"));
        let document = xml::read(&text).unwrap_or_else(|e| panic!("{seed}: {e}"));
        assert!(document.unsupported.is_empty(), "{seed}");
        let authored = author(&document, Choice::default()).unwrap();
        assert!(authored.bytes == bytes, "{seed} differs behind XML");
        for (count, found) in seen.iter_mut().zip([
            policy.hotpatches.is_empty(),
            policy.signer_artifacts.is_empty(),
            policy.eku_exceptions.is_empty(),
            policy.scenarios.iter().all(|scenario| scenario.artifacts.is_empty()),
            policy.scenarios.iter().all(|scenario| scenario.inherited.is_empty()),
            policy.scenarios.iter().all(|scenario| scenario.test.is_empty()),
            policy.settings.is_empty(),
            policy.file_rules.iter().all(|rule| rule.app_ids.len() < 2),
            policy.signers.iter().all(|signer| signer.sign_time_after.0 == 0),
            policy.unnamed_flags() == 0,
            policy.supplemental_signers.is_empty(),
            policy.type_id == policy.base_policy_id,
        ]) {
            *count += usize::from(!found);
        }
    }
    assert!(seen.iter().all(|count| *count > 300), "elements that are hardly made: {seen:?}");
}

/// Sorting changes neither what a policy says nor how much it says.
#[test]
fn the_order_of_generated_policies_changes_bytes_and_no_meaning() {
    for seed in 0..POLICIES / 10 {
        let (policy, bytes) = made(seed);
        for order in [TieOrder::Introsort, TieOrder::Legacy] {
            let mut sorted = policy.clone();
            arrange(&mut sorted, order);
            assert!(is_sorted(&sorted), "{seed}");
            assert!(diff(&policy, &sorted).is_empty(), "{seed}: {:?}", diff(&policy, &sorted));
            let written = binary::write(&sorted, policy.format.unwrap()).unwrap();
            assert_eq!(written.len(), bytes.len(), "{seed}");
        }
    }
}

#[test]
fn turning_an_option_twice_leaves_generated_policies_as_they_were() {
    for seed in 0..POLICIES / 10 {
        let (policy, bytes) = made(seed);
        let text = xml::write(&policy).unwrap();
        let name = OptionFlag::AUDIT_MODE.name().unwrap();
        let (set, delete) = (Edit::SetOption(name), Edit::DeleteOption(name));
        let edits = if policy.has(OptionFlag::AUDIT_MODE) { [delete, set] } else { [set, delete] };
        let convert =
            |text: &str| author(&xml::read(text).unwrap(), Choice::default()).unwrap().bytes;
        let once = convert(&edit(&text, &edits[..1]).unwrap());
        let bits: u32 = once.iter().zip(&bytes).map(|(a, b)| (a ^ b).count_ones()).sum();
        assert_eq!((once.len(), bits), (bytes.len(), 1), "{seed}");
        assert!(convert(&edit(&text, &edits).unwrap()) == bytes, "{seed}");
    }
}
