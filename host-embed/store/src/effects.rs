//! What a change would do to the hosts: the latest evidence of each is judged under the rules
//! before and after. A host that never attested has no evidence, and is counted as such.

use std::collections::BTreeMap;

use portcullis_api::request::HostRecordDoc;
use portcullis_api::{AssessmentDoc, PolicySetDoc};
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::hosts::HostDoc;
use crate::judge::{Judge, Question};
use crate::results::LatestEvidence;
use crate::store::View;

/// Hosts of one cause that are named; all are counted.
pub const HOSTS_NAMED_MAX: usize = 20;
/// Hosts whose evidence is held in memory at once.
const PAGE: i64 = 64;

/// What a change would do.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct EffectsDoc {
    /// Hosts that were judged.
    pub judged_count: usize,
    /// Registered hosts without evidence: nothing can be said about them.
    pub unknown_count: usize,
    /// Hosts that stay as they are.
    pub unchanged_count: usize,
    /// Hosts that change, grouped by what happens and why; the largest group first.
    pub groups: Vec<EffectGroup>,
}

/// Hosts that change in one way, for one reason.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct EffectGroup {
    /// The outcome before.
    pub before: String,
    /// The outcome afterwards.
    pub after: String,
    /// Codes of the failures that come, or go when the host then passes.
    pub because: Vec<String>,
    /// What the first of them says.
    pub text: String,
    /// How many hosts.
    pub hosts_count: usize,
    /// The first of them, by name.
    pub hosts: Vec<String>,
}

/// The rules before and after a change, and the one host whose registration it touches.
#[derive(Clone, Debug)]
pub struct Effects {
    /// Before.
    pub before: PolicySetDoc,
    /// After.
    pub after: PolicySetDoc,
    /// The registrations that change: by EK digest, before and after.
    pub records: BTreeMap<String, (Option<HostRecordDoc>, Option<HostRecordDoc>)>,
}

struct Outcome {
    text: String,
    failures: Vec<(String, String)>,
}

type Key = (String, String, Vec<String>);

impl Effects {
    /// Judges every host that has evidence, in the store as it is before the change: nobody has
    /// to wait for it. `progress` is told how many are done, of how many.
    ///
    /// # Errors
    /// [`crate::StoreError`].
    pub fn judge(
        &self,
        view: &mut View<'_>,
        judge: &dyn Judge,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<EffectsDoc> {
        let mut groups: BTreeMap<Key, EffectGroup> = BTreeMap::new();
        let mut effects = EffectsDoc::default();
        let total = usize::try_from(view.evidence_count()?).unwrap_or(0);
        let known = usize::try_from(view.hosts_count()?).unwrap_or(0);
        let only_records = self.before == self.after;
        let mut after = String::new();
        loop {
            let page = view.latest_evidence(&after, PAGE)?;
            let Some(last) = page.last() else { break };
            after.clone_from(&last.ek_sha256);
            let mut asked = Vec::new();
            for evidence in &page {
                let record =
                    view.host_by_ek(&evidence.ek_sha256)?.map(|host| HostDoc::record(&host));
                let touched = self.records.get(&evidence.ek_sha256);
                let sides = touched.cloned().unwrap_or_else(|| (record.clone(), record));
                effects.judged_count += usize::from(sides.0.is_some() || sides.1.is_some());
                if touched.is_some() || (!only_records && sides.0.is_some()) {
                    asked.push((evidence, sides));
                } else {
                    effects.unchanged_count += usize::from(sides.0.is_some());
                }
            }
            for (name, before, now) in self.both(judge, &asked)? {
                match group_of(&before, &now) {
                    None => effects.unchanged_count += 1,
                    Some((key, text)) => add(&mut groups, key, text, name),
                }
            }
            progress(effects.judged_count.min(total), total);
        }
        effects.unknown_count = known.saturating_sub(effects.judged_count);
        effects.groups = groups.into_values().collect();
        for group in &mut effects.groups {
            group.hosts.sort();
            group.hosts.truncate(HOSTS_NAMED_MAX);
        }
        effects
            .groups
            .sort_by(|a, b| b.hosts_count.cmp(&a.hosts_count).then(a.because.cmp(&b.because)));
        Ok(effects)
    }

    /// Judges a page on both sides, on as many threads as the machine runs at once.
    fn both(&self, judge: &dyn Judge, asked: &[Asked<'_>]) -> Result<Vec<Both>> {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let share = asked.len().div_ceil(threads).max(1);
        std::thread::scope(|scope| {
            let parts: Vec<_> = asked
                .chunks(share)
                .map(|part| scope.spawn(move || self.share(judge, part)))
                .collect();
            let mut all = Vec::new();
            for part in parts {
                let done: Result<Vec<Both>> =
                    part.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
                all.extend(done?);
            }
            Ok(all)
        })
    }

    fn share(&self, judge: &dyn Judge, part: &[Asked<'_>]) -> Result<Vec<Both>> {
        let before = part.iter().map(|(evidence, sides)| (sides.0.as_ref(), &evidence.request));
        let after = part.iter().map(|(evidence, sides)| (sides.1.as_ref(), &evidence.request));
        let before = outcomes(judge, &self.before, before)?;
        let after = outcomes(judge, &self.after, after)?;
        let name = |(_, sides): &Asked<'_>| {
            let host = sides.0.as_ref().or(sides.1.as_ref());
            host.map(|host| host.name.clone()).unwrap_or_default()
        };
        let both = part.iter().zip(before).zip(after);
        Ok(both.map(|((asked, before), after)| (name(asked), before, after)).collect())
    }
}

type Asked<'p> = (&'p LatestEvidence, Sides);
type Both = (String, Outcome, Outcome);
type Sides = (Option<HostRecordDoc>, Option<HostRecordDoc>);

/// What would be said of hosts. One without registration is unknown, not assumed.
fn outcomes<'q>(
    judge: &dyn Judge,
    set: &PolicySetDoc,
    asked: impl Iterator<Item = Question<'q>> + Clone,
) -> Result<Vec<Outcome>> {
    let registered: Vec<Question<'_>> = asked.clone().filter(|(host, _)| host.is_some()).collect();
    let mut said = judge.assess_many(set, &registered)?.into_iter();
    let one = |(host, _): Question<'_>| match host.and_then(|_| said.next()) {
        Some(assessment) => of_assessment(assessment),
        None => Outcome {
            text: "not registered".into(),
            failures: vec![("EK-NOT-REGISTERED".into(), "the host is not registered".into())],
        },
    };
    Ok(asked.map(one).collect())
}

fn of_assessment(assessment: AssessmentDoc) -> Outcome {
    let failures = assessment.report.findings.into_iter().filter(|f| f.tier == "failure");
    Outcome {
        text: assessment.outcome,
        failures: failures.map(|finding| (finding.code, finding.text)).collect(),
    }
}

/// The group of a host that changes: what comes new, or what goes.
fn group_of(before: &Outcome, now: &Outcome) -> Option<(Key, String)> {
    if before.text == now.text {
        return None;
    }
    let lacks = |side: &Outcome, code: &str| !side.failures.iter().any(|(known, _)| known == code);
    let come = now.failures.iter().filter(|(code, _)| lacks(before, code));
    let go = before.failures.iter().filter(|(code, _)| lacks(now, code));
    let reasons: Vec<&(String, String)> = match now.failures.is_empty() {
        true => go.collect(),
        false => come.collect(),
    };
    let mut because: Vec<String> = reasons.iter().map(|(code, _)| code.clone()).collect();
    because.sort();
    because.dedup();
    let text = reasons.first().map(|(_, text)| text.clone()).unwrap_or_default();
    Some(((before.text.clone(), now.text.clone(), because), text))
}

fn add(groups: &mut BTreeMap<Key, EffectGroup>, key: Key, text: String, host: String) {
    let (before, after, because) = key.clone();
    let group = groups.entry(key).or_insert(EffectGroup {
        before,
        after,
        because,
        text,
        hosts_count: 0,
        hosts: Vec::new(),
    });
    group.hosts_count += 1;
    group.hosts.push(host);
    // The first names of the alphabet, whatever the order of the digests.
    if group.hosts.len() > HOSTS_NAMED_MAX * 2 {
        group.hosts.sort();
        group.hosts.truncate(HOSTS_NAMED_MAX);
    }
}
