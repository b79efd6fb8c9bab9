//! Differences of meaning, and none where only the writing differs.

use portcullis_wire::ci_policy::{FileRuleKind, Scenario as ScenarioValue};

use super::*;
use crate::ci_policy::model::{
    FileRule, Root, Scenario, Setting, Signer, SignerReference, Version,
};
use crate::limits::CI_POLICY_STATEMENTS_SIZE_BYTES_MAX;

fn named(kind: FileRuleKind, name: &str) -> FileRule {
    FileRule { file_name: Some(name.into()), ..FileRule::new(kind) }
}

fn policy() -> CiPolicy {
    let mut kernel = Scenario::new(ScenarioValue::KERNEL);
    kernel.product.rules = vec![0, 1];
    kernel.product.allowed = vec![SignerReference { signer: 0, except: vec![1] }];
    CiPolicy {
        file_rules: vec![
            named(FileRuleKind::ALLOW, "a"),
            named(FileRuleKind::DENY, "d"),
            named(FileRuleKind::FILE_ATTRIB, "f"),
        ],
        signers: vec![Signer {
            publisher: Some("P".into()),
            file_attribs: vec![2],
            ..Signer::new(Root::Tbs(vec![0xab]))
        }],
        scenarios: vec![kernel],
        settings: vec![Setting::boolean("p", "k", "v")],
        ..CiPolicy::default()
    }
}

/// The difference as lines `-topic text` and `+topic text`.
fn lines(change: impl FnOnce(&mut CiPolicy)) -> Vec<String> {
    let (before, mut after) = (policy(), policy());
    change(&mut after);
    let difference = diff(&before, &after);
    assert!(difference.complete);
    let line = |sign: &str, of: &Statement| format!("{sign}{} {}", of.topic.name(), of.text);
    let removed = difference.removed.iter().map(|of| line("-", of));
    removed.chain(difference.added.iter().map(|of| line("+", of))).collect()
}

#[test]
fn order_ids_and_names_are_no_difference() {
    let reordered = lines(|policy| {
        policy.file_rules.swap(0, 1);
        policy.scenarios[0].product.rules = vec![1, 0];
        policy.scenarios[0].product.allowed[0].except = vec![0];
        policy.file_rules[0].label.id = Some("ID_DENY_X".into());
        policy.friendly_name = Some("other".into());
        policy.format = Some(9);
    });
    assert_eq!(reordered, Vec::<String>::new());
}

#[test]
fn every_change_of_meaning_is_told_by_its_topic() {
    let signer = "signer TBS=AB CertPublisher=\"P\" for FileAttrib FileName=\"f\"";
    let except = "except Deny FileName=\"d\"";
    assert_eq!(lines(|policy| policy.flags |= 0x0001_0000), ["+option Enabled:Audit Mode"]);
    assert_eq!(
        lines(|policy| policy.version = Version(1)),
        ["-version 0.0.0.0", "+version 0.0.0.1"]
    );
    assert_eq!(
        lines(|policy| policy.hvci_options = 3),
        ["-option HVCI: none", "+option HVCI: Enabled, Strict"]
    );
    assert_eq!(
        lines(|policy| policy.scenarios[0].product.rules.truncate(1)),
        ["-file_rule kernel mode: Deny FileName=\"d\""]
    );
    assert_eq!(
        lines(|policy| policy.scenarios[0].product.allowed[0].except.clear()),
        [
            format!("-signer kernel mode: allows {signer} {except}"),
            format!("+signer kernel mode: allows {signer}"),
        ]
    );
    assert_eq!(
        lines(|policy| policy.file_rules.push(named(FileRuleKind::ALLOW, "idle"))),
        ["+file_rule unused: Allow FileName=\"idle\""]
    );
    assert_eq!(
        lines(|policy| policy.update_signers.push(0)),
        [format!("+signer {signer} may sign updates of the policy")]
    );
    assert_eq!(lines(|policy| policy.settings.clear()), ["-setting \"p\"/\"k\"/\"v\" = true"]);
    assert_eq!(
        lines(|policy| policy.scenarios[0].product.rules.push(0)),
        ["+file_rule kernel mode: Allow FileName=\"a\""],
        "a statement counts as often as it is made"
    );
}

#[test]
fn hostile_text_is_escaped_and_cut() {
    let long = "x".repeat(10_000);
    let text = describe::rule(&named(FileRuleKind::ALLOW, &format!("a\u{1b}\n\"{long}")));
    assert!(text.starts_with("Allow FileName=\"a\\u{1b}\\n\\\"xxx"), "{text}");
    assert!(text.ends_with("(10004 bytes)") && text.len() < 600, "{text}");
}

/// One long rule, named again and again: 100 000 references of four bytes.
#[test]
fn a_policy_that_says_too_much_is_cut_and_never_taken_for_equal() {
    let mut policy = policy();
    policy.file_rules[0].file_name = Some("\u{1}".repeat(390));
    policy.scenarios[0].product.rules = vec![0; 100_000];
    let said = statements(&policy);
    assert!(!said.complete);
    let size: usize = said.list.iter().map(|statement| statement.text.len()).sum();
    assert!(size <= CI_POLICY_STATEMENTS_SIZE_BYTES_MAX);
    let difference = diff(&policy, &policy);
    assert!(difference.added.is_empty() && difference.removed.is_empty());
    assert!(!difference.is_empty());
}
