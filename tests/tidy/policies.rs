//! The documentation of the policies, made from the code.

use std::fmt::Write as _;

use portcullis_engine::finding::FindingCode;
use portcullis_engine::policy::{Mapping, PolicyName, Profile};
use portcullis_engine::wire::hgs::REASONS;
use portcullis_tests::corpus::repository;
use portcullis_tests::golden;

const INTRODUCTION: &str = "\
# Policies

Made from the code by `cargo xtask bless`. The names, purposes, reasons and sub-statuses are those
of HGS: Microsoft, \"Manage the Host Guardian Service\" and \"Troubleshooting Guarded Hosts\";
[MS-HGSA] 9.0, section 2.2.2.13.

Which measurement answers which policy is published for few of them. *Documented* means that
Microsoft's documentation names what is read; *inferred*, that the names of the measurements and the
purpose of the policy suggest it. Which policies are on by default is not published either, except
that BitLocker is off: the states here are ours. None is locked unless a policy set locks it.
A policy set that gives policies states of their own makes the profile a custom one; results list
the state of each.

A measurement that is absent or contradicts itself satisfies nothing. Windows' measurements (PCR 11
to 14) count only where a Windows authority and an allowed boot manager stand behind them; see
`WINDOWS-NOT-VOUCHED` in [findings.md](findings.md).
";

#[test]
fn golden_policies_document_says_what_each_policy_reads_and_how_it_fails() {
    let mut text = String::from(INTRODUCTION);
    overview(&mut text);
    PolicyName::ALL.into_iter().for_each(|policy| section(&mut text, policy));
    reasons(&mut text);
    golden::check(&repository().join("engine/docs/policies.md"), &text);
}

fn overview(text: &mut String) {
    text.push_str(
        "\n| policy | demands | `hyper-v` | `linux` | mapping |\n|---|---|---|---|---|\n",
    );
    for policy in PolicyName::ALL {
        let (name, purpose, mapping) = (policy.text(), policy.purpose(), policy.mapping().name());
        let [windows, linux] =
            [Profile::HyperV, Profile::Linux].map(|profile| policy.default_state(profile).text());
        let _ = writeln!(
            text,
            "| [`{name}`](#{}) | {purpose} | {windows} | {linux} | {mapping} |",
            name.to_lowercase()
        );
    }
}

fn section(text: &mut String, policy: PolicyName) {
    let _ = writeln!(text, "\n## {policy}\n\nDemands: {}.\n", policy.purpose());
    for measurement in policy.measurements() {
        let _ = writeln!(text, "- reads {measurement}");
    }
    if policy.reads_windows(Profile::HyperV) && policy.applies_to_linux() {
        text.push_str("- under profile `linux` reads PCR 7 alone\n");
    }
    let _ = writeln!(text, "- {}: {}", policy.mapping().name(), policy.basis());
    let _ = writeln!(text, "- sub-status `{}`", policy.sub_status());
    for reason in policy.reasons() {
        let _ = writeln!(text, "- reason `{}` (`{}`)", reason.guid, reason.name);
    }
    text.push_str("\n| finding | meaning | remedy |\n|---|---|---|\n");
    for code in policy.findings() {
        row(text, *code);
    }
    if policy == PolicyName::SecureBootEnabled {
        row(text, FindingCode::EventUnbound);
    }
}

fn row(text: &mut String, code: FindingCode) {
    let _ = writeln!(text, "| `{code}` | {} | {} |", code.meaning(), code.remedy());
}

fn reasons(text: &mut String) {
    text.push_str(
        "\n## Reasons\n\nThe results name them by GUID (`reasons` of a policy).\n\n\
         | GUID | name | policy |\n|---|---|---|\n",
    );
    for reason in REASONS {
        let policies =
            PolicyName::ALL.into_iter().filter(|policy| policy.reasons().contains(reason));
        let names: Vec<String> = policies.map(|policy| format!("`{policy}`")).collect();
        let _ = writeln!(text, "| `{}` | `{}` | {} |", reason.guid, reason.name, names.join(", "));
    }
}

/// What says so stands beside every mapping, and one that is inferred never passes for documented.
#[test]
fn a_mapping_is_documented_only_where_the_documentation_names_what_is_read() {
    let documented: Vec<&str> = PolicyName::ALL
        .into_iter()
        .filter(|policy| policy.mapping() == Mapping::Documented)
        .map(PolicyName::text)
        .collect();
    assert_eq!(documented, ["Hgs_SecureBootSettings", "Hgs_IommuEnabled"]);
    for policy in PolicyName::ALL {
        assert!(!policy.measurements().is_empty(), "{policy}");
        assert!(policy.basis().len() > 10, "{policy}");
    }
}
