//! The statements of a policy.

use portcullis_wire::ci_policy::OptionFlag;

use super::{Statement, Topic, describe};
use crate::ci_policy::model::{
    AppSettingValue, CiPolicy, References, Scenario, SignerGroup, SignerReference, at,
};
use crate::limits::CI_POLICY_STATEMENTS_SIZE_BYTES_MAX;

/// Everything that a policy says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Statements {
    /// The statements, in the order of the policy.
    pub list: Vec<Statement>,
    /// False when there were more than [`CI_POLICY_STATEMENTS_SIZE_BYTES_MAX`] bytes of them.
    pub complete: bool,
}

/// Lists everything that a policy says.
#[must_use]
pub fn statements(policy: &CiPolicy) -> Statements {
    let mut budget =
        Budget { left_size_bytes: CI_POLICY_STATEMENTS_SIZE_BYTES_MAX, complete: true };
    let described = Described::new(policy, &mut budget);
    let mut speaker = Speaker { found: Vec::new(), budget };
    header(policy, &mut speaker);
    for scenario in &policy.scenarios {
        of_scenario(policy, scenario, &described, &mut speaker);
    }
    unused(policy, &described, &mut speaker);
    for (list, what) in [
        (&policy.update_signers, "may sign updates of the policy"),
        (&policy.ci_signers, "counts for user-mode signing levels"),
        (&policy.supplemental_signers, "may sign supplemental policies"),
    ] {
        for index in list {
            speaker.say(Topic::Signer, &[named(&described.signers, *index), " ", what]);
        }
    }
    settings(policy, &mut speaker);
    Statements { list: speaker.found, complete: speaker.budget.complete }
}

/// Bytes of text that may still be made.
struct Budget {
    left_size_bytes: usize,
    complete: bool,
}

impl Budget {
    fn spend(&mut self, size_bytes: usize) -> bool {
        match self.left_size_bytes.checked_sub(size_bytes) {
            Some(left) => self.left_size_bytes = left,
            None => self.complete = false,
        }
        self.complete
    }
}

struct Speaker {
    found: Vec<Statement>,
    budget: Budget,
}

impl Speaker {
    fn say(&mut self, topic: Topic, parts: &[&str]) {
        let size = parts.iter().fold(0_usize, |size, part| size.saturating_add(part.len()));
        if self.budget.spend(size) {
            self.found.push(Statement { topic, text: parts.concat() });
        }
    }
}

/// Rules and signers, each described once.
struct Described {
    rules: Vec<String>,
    artifacts: Vec<String>,
    signers: Vec<String>,
}

fn named(descriptions: &[String], index: u32) -> &str {
    at(descriptions, index).map_or("", String::as_str)
}

/// Descriptions in a fixed order, or nothing when there are too many.
fn joined(descriptions: &[String], indices: &[u32], budget: &mut Budget) -> String {
    let mut parts: Vec<&str> = indices.iter().map(|index| named(descriptions, *index)).collect();
    let size = parts.iter().fold(0_usize, |size, part| size.saturating_add(part.len()));
    if !budget.spend(size) {
        return String::new();
    }
    parts.sort_unstable();
    parts.join("; ")
}

impl Described {
    fn new(policy: &CiPolicy, budget: &mut Budget) -> Self {
        let rules: Vec<String> = policy.file_rules.iter().map(describe::rule).collect();
        let artifacts: Vec<String> = policy.artifact_rules.iter().map(describe::artifact).collect();
        let exceptions = by_signer(&policy.eku_exceptions, policy.signers.len());
        let of_artifacts = by_signer(&policy.signer_artifacts, policy.signers.len());
        let mut signers = Vec::new();
        for ((signer, exceptions), of_artifacts) in
            policy.signers.iter().zip(exceptions).zip(of_artifacts)
        {
            let mut text = describe::signer(signer);
            for (name, ekus) in [("EKU", &signer.ekus), ("EKU-not", &exceptions)] {
                for eku in ekus.iter().map(|index| describe::eku(policy, *index)) {
                    if budget.spend(eku.len()) {
                        text.push_str(&format!(" {name}={eku}"));
                    }
                }
            }
            for targets in [
                joined(&rules, &signer.file_attribs, budget),
                joined(&artifacts, &of_artifacts, budget),
            ] {
                if !targets.is_empty() {
                    text.push_str(&format!(" for {targets}"));
                }
            }
            signers.push(text);
        }
        Self { rules, artifacts, signers }
    }
}

fn by_signer(references: &[References], signers_count: usize) -> Vec<Vec<u32>> {
    let mut found = vec![Vec::new(); signers_count];
    for reference in references {
        let slot = usize::try_from(reference.signer).ok().and_then(|index| found.get_mut(index));
        if let Some(slot) = slot {
            slot.extend_from_slice(&reference.to);
        }
    }
    found
}

fn header(policy: &CiPolicy, speaker: &mut Speaker) {
    let kind = policy.kind.name().unwrap_or("single policy");
    speaker.say(Topic::Policy, &["kind: ", kind]);
    for (name, id) in [
        ("type", policy.type_id),
        ("platform", Some(policy.platform)),
        ("id", policy.policy_id),
        ("base policy", policy.base_policy_id),
    ] {
        if let Some(id) = id {
            speaker.say(Topic::Policy, &[name, ": {", &id.to_string(), "}"]);
        }
    }
    speaker.say(Topic::Version, &[&policy.version.to_string()]);
    for option in policy.options().filter_map(OptionFlag::name) {
        speaker.say(Topic::Option, &[option]);
    }
    if policy.unnamed_flags() != 0 {
        let flags = format!("flags without a name: 0x{:08x}", policy.unnamed_flags());
        speaker.say(Topic::Option, &[&flags]);
    }
    speaker.say(Topic::Option, &["HVCI: ", &describe::hvci(policy.hvci_options)]);
}

fn of_scenario(
    policy: &CiPolicy,
    scenario: &Scenario,
    described: &Described,
    speaker: &mut Speaker,
) {
    let name = scenario.value.to_string();
    let hash = scenario.minimum_hash.to_string();
    speaker.say(Topic::Policy, &[&name, ": weakest hash ", &hash]);
    for inherited in scenario.inherited.iter().filter_map(|index| at(&policy.scenarios, *index)) {
        let inherited = inherited.value.to_string();
        speaker.say(Topic::Policy, &[&name, ": inherits from ", &inherited]);
    }
    for (group_name, group) in scenario.groups() {
        let place = match group_name {
            "ProductSigners" => name.clone(),
            other => format!("{name}, {other}"),
        };
        for index in &group.rules {
            let rule = named(&described.rules, *index);
            speaker.say(Topic::FileRule, &[&place, ": ", rule]);
        }
        of_signers(&place, group, (described, &described.rules), speaker);
    }
    let place = format!("{name}, artifacts");
    for index in &scenario.artifacts.rules {
        let rule = named(&described.artifacts, *index);
        speaker.say(Topic::ArtifactRule, &[&place, ": ", rule]);
    }
    of_signers(&place, &scenario.artifacts, (described, &described.artifacts), speaker);
}

fn of_signers(
    place: &str,
    group: &SignerGroup,
    (described, rules): (&Described, &[String]),
    speaker: &mut Speaker,
) {
    let lists: [(_, &[SignerReference]); 2] =
        [(": allows ", &group.allowed), (": denies ", &group.denied)];
    for (verb, references) in lists {
        for reference in references {
            let signer = named(&described.signers, reference.signer);
            let exceptions = joined(rules, &reference.except, &mut speaker.budget);
            let except = if exceptions.is_empty() { "" } else { " except " };
            speaker.say(Topic::Signer, &[place, verb, signer, except, &exceptions]);
        }
    }
}

/// Rules and signers that nothing names: they have no effect, and they are in the digest.
fn unused(policy: &CiPolicy, described: &Described, speaker: &mut Speaker) {
    let mut rules = vec![true; policy.file_rules.len()];
    let mut signers = vec![true; policy.signers.len()];
    let clear = |flags: &mut [bool], index: u32| {
        if let Some(flag) = usize::try_from(index).ok().and_then(|index| flags.get_mut(index)) {
            *flag = false;
        }
    };
    for scenario in &policy.scenarios {
        for (_, group) in scenario.groups() {
            let references = || group.allowed.iter().chain(&group.denied);
            references().for_each(|reference| clear(&mut signers, reference.signer));
            let except = references().flat_map(|reference| &reference.except);
            except.chain(&group.rules).for_each(|index| clear(&mut rules, *index));
        }
        let artifacts = &scenario.artifacts;
        let references = artifacts.allowed.iter().chain(&artifacts.denied);
        references.for_each(|reference| clear(&mut signers, reference.signer));
    }
    let of_signers = policy.signers.iter().flat_map(|signer| &signer.file_attribs);
    of_signers.for_each(|index| clear(&mut rules, *index));
    let lists = [&policy.update_signers, &policy.ci_signers, &policy.supplemental_signers];
    lists.into_iter().flatten().for_each(|index| clear(&mut signers, *index));
    for (topic, flags, texts) in
        [(Topic::FileRule, rules, &described.rules), (Topic::Signer, signers, &described.signers)]
    {
        for (text, _) in texts.iter().zip(flags).filter(|(_, unused)| *unused) {
            speaker.say(topic, &["unused: ", text]);
        }
    }
}

fn settings(policy: &CiPolicy, speaker: &mut Speaker) {
    for setting in &policy.settings {
        let names = [&setting.provider, &setting.key, &setting.value_name];
        let names = names.map(|name| describe::shown(name)).join("/");
        let value = describe::setting_value(&setting.value);
        speaker.say(Topic::Setting, &[&names, " = ", &value]);
    }
    for app in &policy.app_settings {
        let manifest = describe::shown(&app.manifest);
        for setting in &app.settings {
            let value = match &setting.value {
                AppSettingValue::Bool(value) => value.to_string(),
                AppSettingValue::String(value) => describe::shown(value),
                AppSettingValue::StringSet(values) => {
                    values.iter().map(|value| describe::shown(value)).collect::<Vec<_>>().join(", ")
                }
            };
            let name = describe::shown(&setting.name);
            let flags = format!(" (flags {:x})", setting.flags);
            speaker.say(Topic::Setting, &["app ", &manifest, "/", &name, " = ", &value, &flags]);
        }
    }
}
