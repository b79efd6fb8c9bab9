//! Ids for what the binary numbers.

use portcullis_wire::ci_policy::{FileRuleKind, Scenario as ScenarioValue};

use crate::ci_policy::model::{CiPolicy, Scenario, at};

/// Ids by index. Labels that a policy still has (it came from an XML) are not used: they may
/// break the schema's pattern.
pub(super) struct Ids {
    pub(super) ekus: Vec<String>,
    pub(super) rules: Vec<String>,
    pub(super) artifacts: Vec<String>,
    pub(super) signers: Vec<String>,
    pub(super) scenarios: Vec<String>,
}

fn numbered<T>(items: &[T], prefix: impl Fn(&T) -> &'static str) -> Vec<String> {
    (1_usize..).zip(items).map(|(number, item)| format!("{}_{number:X}", prefix(item))).collect()
}

impl Ids {
    pub(super) fn new(policy: &CiPolicy) -> Self {
        Self {
            ekus: numbered(&policy.ekus, |_| "ID_EKU_E"),
            rules: numbered(&policy.file_rules, |rule| match rule.kind {
                FileRuleKind::DENY => "ID_DENY_D",
                FileRuleKind::ALLOW => "ID_ALLOW_A",
                _ => "ID_FILEATTRIB_F",
            }),
            artifacts: numbered(&policy.artifact_rules, |_| "ID_ARTIFACT_A"),
            signers: numbered(&policy.signers, |_| "ID_SIGNER_S"),
            scenarios: scenarios(&policy.scenarios),
        }
    }
}

/// The usual ids of the two usual scenarios; numbers for anything else.
fn scenarios(scenarios: &[Scenario]) -> Vec<String> {
    let usual = |value| match value {
        ScenarioValue::KERNEL => Some("ID_SIGNINGSCENARIO_DRIVERS_1"),
        ScenarioValue::USER => Some("ID_SIGNINGSCENARIO_WINDOWS"),
        _ => None,
    };
    (1_usize..)
        .zip(scenarios)
        .map(|(number, scenario)| {
            let first = scenarios.iter().find(|other| other.value == scenario.value);
            let is_first = first.is_some_and(|first| core::ptr::eq(first, scenario));
            match usual(scenario.value).filter(|_| is_first) {
                Some(id) => id.to_owned(),
                None => format!("ID_SIGNINGSCENARIO_S_{number:X}"),
            }
        })
        .collect()
}

/// The id at an index. Indices were checked by whoever made the model; a wrong one is no id of
/// the schema, so that it cannot be read back.
pub(super) fn id(ids: &[String], index: u32) -> &str {
    at(ids, index).map_or("", String::as_str)
}
