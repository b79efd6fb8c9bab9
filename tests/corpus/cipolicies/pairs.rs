//! Pairs of XML and binary: what Microsoft's converter made of an XML, byte for byte.

use portcullis_engine::ci_policy::diff::{Statement, Topic, diff};
use portcullis_engine::ci_policy::edit::{Edit, edit};
use portcullis_engine::ci_policy::model::Version;
use portcullis_engine::ci_policy::order::{TieOrder, ties_count};
use portcullis_engine::ci_policy::{self, binary, xml};
use portcullis_engine::formats::Input;
use portcullis_engine::wire::ci_policy::DRIVER;
use portcullis_tests::corpus::read;

use super::{convert, corpus, sha256};

/// Pairs that were published together, with the format and the order that their converter used.
const EXACT: [(&str, &str, u32, TieOrder); 5] = [
    ("SiPolicy_Audit", "p7b", 8, TieOrder::Legacy),
    ("SiPolicy_Audit_Server2016", "p7b", 8, TieOrder::Legacy),
    ("SiPolicy_Enforced", "p7b", 8, TieOrder::Legacy),
    ("SiPolicy_Enforced_Server2016", "p7b", 8, TieOrder::Legacy),
    ("WDACToolkit_AppLockerConverter_test", "bin", 7, TieOrder::Introsort),
];

#[test]
fn exact_pairs_convert_byte_for_byte() {
    let Some(folder) = corpus() else { return };
    for (name, extension, format, order) in EXACT {
        let file =
            |extension: &str| read(&folder.join("pairs_exact").join(format!("{name}.{extension}")));
        let authored =
            convert(&file("xml"), format, order).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(authored.bytes == file(extension), "{name} differs");
        assert!(authored.is_proven());
    }
}

/// The order of rules that tie is not in the XML, and it is in the digest.
#[test]
fn only_the_order_of_ties_tells_the_converters_apart() {
    let Some(folder) = corpus() else { return };
    for (name, extension, format, order) in EXACT {
        let file =
            |extension: &str| read(&folder.join("pairs_exact").join(format!("{name}.{extension}")));
        let kept = binary::read(Input::new(&file(extension))).unwrap();
        let other = match order {
            TieOrder::Legacy => TieOrder::Introsort,
            _ => TieOrder::Legacy,
        };
        let authored = convert(&file("xml"), format, other).unwrap();
        assert!(ties_count(&kept) > 0);
        // The manifest: the blocklists take the older sort, the other comes out by any.
        assert_eq!(authored.bytes == file(extension), order != TieOrder::Legacy, "{name}");
        assert!(diff(&kept, &authored.policy).is_empty(), "{name}");
        let (a, b) = (authored.bytes.len(), file(extension).len());
        assert_eq!(a, b, "{name}: ties change the order, not the size");
    }
}

/// XML that was edited before it was published; these three changes bring the binary back.
#[test]
fn near_pairs_convert_byte_for_byte_after_their_known_edits() {
    let Some(folder) = corpus() else { return };
    let folder = folder.join("pairs_near");
    for name in ["WDACme_28715b9", "WDACme_55542b4"] {
        let xml = read(&folder.join(format!("{name}.xml")));
        let text = xml::decode(&xml).unwrap();
        let real = text.text.replace("4D20-00FF-6F44A6C5A234", "4D20-B7C9-6F44A6C5A234");
        let edits = [
            Edit::Version(Version::parse("1.0.1.2").unwrap()),
            Edit::SetOption("Enabled:Unsigned System Integrity Policy"),
        ];
        let edited = text.encode(&edit(&real, &edits).unwrap());
        let authored = convert(&edited, 7, TieOrder::Introsort).unwrap();
        let kept = read(&folder.join(format!("{name}.cip")));
        // The published binary keeps the ids that the XML had replaced.
        assert!(authored.bytes == kept, "{name} differs");
    }
}

#[test]
fn a_pair_whose_rules_differ_is_told_apart_by_rules_and_signers() {
    let Some(folder) = corpus() else { return };
    let file = |extension: &str| {
        let name = format!("pairs_near/WDACToolkit_AppLockerConverter_test_f1fa49f.{extension}");
        ci_policy::read(&read(&folder.join(name))).unwrap().policy
    };
    let (before, after) = (file("bin"), file("xml"));
    assert_eq!((before.file_rules.len(), after.file_rules.len()), (36, 113));
    let difference = diff(&before, &after);
    let count = |list: &[Statement], topic| list.iter().filter(|of| of.topic == topic).count();
    assert!(count(&difference.added, Topic::FileRule) >= 113 - 36, "{difference:?}");
    let back = diff(&after, &before);
    assert_eq!((back.added, back.removed), (difference.removed, difference.added));
}

/// Its author renamed rules by hand; what still names them is found.
#[test]
fn a_pair_whose_xml_is_broken_is_refused_where_it_breaks() {
    let Some(folder) = corpus() else { return };
    let error =
        convert(&read(&folder.join("pairs_near/WDACme_208e0b1.xml")), 7, TieOrder::Introsort);
    let text = error.unwrap_err().to_string();
    let expected = "line 158, column 11, element `FileRuleRef`: `RuleID` names \
                    `ID_DENY_D_0_0_0_1`, which does not exist";
    assert_eq!(text, expected);
}

#[test]
fn a_policy_of_the_old_single_form_has_its_type_for_every_id() {
    let Some(folder) = corpus() else { return };
    let xml = read(&folder.join("pairs_near/DriverPolicy_Enforced_LegacyFormat.xml"));
    let authored = convert(&xml, 8, TieOrder::Legacy).unwrap();
    let ids = [authored.policy.type_id, authored.policy.policy_id, authored.policy.base_policy_id];
    assert_eq!(ids, [Some(DRIVER); 3]);
    let counts = (authored.policy.file_rules.len(), authored.policy.signers.len());
    assert_eq!(counts, (1875, 218));
}

/// W18: `Set-RuleOption -Option 3 -Delete` and another conversion.
#[test]
fn deleting_option_3_changes_the_audit_bit_and_nothing_else() {
    let Some(folder) = corpus() else { return };
    for (name, _, format, order) in EXACT {
        let xml = read(&folder.join("pairs_exact").join(format!("{name}.xml")));
        let audit = "Enabled:Audit Mode";
        let with = |change: Edit| {
            let text = xml::decode(&xml).unwrap();
            let edited = text.encode(&edit(&text.text, &[change]).unwrap());
            convert(&edited, format, order).unwrap().bytes
        };
        let (audited, enforced) = (with(Edit::SetOption(audit)), with(Edit::DeleteOption(audit)));
        let bits = audited.iter().zip(&enforced).map(|(a, b)| (a ^ b).count_ones()).sum::<u32>();
        assert_eq!((audited.len(), bits), (enforced.len(), 1), "{name}");
        assert_eq!(audited[0x26] ^ enforced[0x26], 1, "{name}: bit 16 of the flags at 0x24");
        assert_ne!(sha256(&audited), sha256(&enforced));
    }
}
