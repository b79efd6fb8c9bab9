//! Results: the documents that `assess` and `appraise` answer with.

use portcullis_engine::appraise::{Appraisal, Assessment, Report, Track};
use portcullis_engine::claims::{ListedClaim, SignatureId};
use portcullis_engine::explain;
use portcullis_engine::finding::{Difference, Place};
use portcullis_engine::formats::x509::well_known;
use portcullis_engine::limits::{CLAIM_PLACES_MAX, DIFFERENCE_ENTRIES_MAX};
use portcullis_engine::policy::{Outcome, RuleOutcome};
use portcullis_engine::replay::{PcrRow, PcrState};
use portcullis_engine::unbound::Unbound;
use portcullis_engine::verdict::GradedFinding;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::text::hex;

/// Answer to `assess`: what an appraisal would say. Never a verdict, never a token.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct AssessmentDoc {
    /// `portcullis.assessment/1`.
    pub schema: String,
    /// `WouldPass` or `WouldFail`.
    pub outcome: String,
    /// `quoted`, `self_consistent` or `hypothetical`: what stands behind the outcome.
    pub assurance: String,
    /// The rest, shared with [`ResultDoc`].
    #[serde(flatten)]
    pub report: ReportDoc,
}

/// Answer to `appraise`: the verdict on evidence.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ResultDoc {
    /// `portcullis.result/1`.
    pub schema: String,
    /// `AttestationStatus`: `Passed`, `UnauthorizedHost`, `TpmError`, `InsecureHostConfiguration`.
    pub status: String,
    /// `AttestationSubStatus`.
    pub sub_status: String,
    /// What to remember of a host that passed; the caller commits it with compare-and-set.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub record_update: Option<RecordUpdateDoc>,
    /// The rest, shared with [`AssessmentDoc`].
    #[serde(flatten)]
    pub report: ReportDoc,
}

/// What a passing appraisal leaves in the host's record.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordUpdateDoc {
    /// TPM name of the AK, in hexadecimal.
    pub ak_name: String,
    /// The TPM's reset counter.
    pub reset_count: u32,
}

/// What both answers list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ReportDoc {
    /// Code of the finding that says most.
    pub headline: String,
    /// `endorsed` when a trusted chain vouches for the TPM, else `unproven`.
    pub hardware: String,
    /// How the AK is bound to the EK: `activation`, `stored_name`, `certificate` or `none`.
    pub ak_binding: String,
    /// Profile of the policy set.
    pub profile: String,
    /// SHA-256 of the policy set's canonical document.
    pub policy_set_sha256: String,
    /// The result in the vocabulary of AR4SI.
    pub trust_vector: TrustVectorDoc,
    /// What each accepted version says, in the order in which they are tried.
    pub tracks: Vec<TrackDoc>,
    /// Every policy under the version that decided, in a fixed order.
    pub policies: Vec<PolicyDoc>,
    /// Every finding, the most important first.
    pub findings: Vec<FindingDoc>,
    /// What was measured, claim by claim, in a fixed order; empty when no measurement counts.
    /// Whether a claim may be believed is what the findings say.
    #[serde(default)]
    pub claims: Vec<ClaimDoc>,
    /// Every register of the required bank.
    pub pcrs: Vec<PcrDoc>,
    /// Bytes of the evidence that nothing vouches for.
    pub unbound: Vec<UnboundDoc>,
}

/// Trustworthiness claims of AR4SI: 0 no claim, 2 to 31 affirming, 32 to 95 warning, from 96 on
/// contraindicated.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct TrustVectorDoc {
    /// Whose TPM, and whether its key answered.
    pub instance_identity: i8,
    /// Whether the policies hold.
    pub configuration: i8,
    /// Which boot applications ran.
    pub executables: i8,
    /// Whether a manufacturer vouches for the TPM.
    pub hardware: i8,
}

/// What one version says.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct TrackDoc {
    /// `v2` or `v1`.
    pub version: String,
    /// `holds` or `fails`.
    pub outcome: String,
    /// Code of the finding that says most about this version.
    pub headline: String,
    /// True when the EK is registered and trusted in this version.
    pub identifier: bool,
    /// The baseline of this version that the host matched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline: Option<String>,
    /// The CI policy of this version that the host matched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ci_policy: Option<String>,
}

/// What one policy says.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct PolicyDoc {
    /// Documented name, `Hgs_...`.
    pub name: String,
    /// `Disabled`, `Enabled` or `Locked`.
    pub state: String,
    /// `satisfied`, `violated`, `errored` or `not_applicable`.
    pub outcome: String,
    /// What it demands.
    pub purpose: String,
    /// The reference that the host matched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matched: Option<String>,
    /// GUIDs of the reasons for which it is violated, as `EvaluationLog` of [MS-HGSA] names them.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub reasons: Vec<String>,
}

/// One finding.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct FindingDoc {
    /// Stable code.
    pub code: String,
    /// `failure`, `warning` or `info`.
    pub tier: String,
    /// What it is about.
    pub subject: String,
    /// The finding as one sentence.
    pub text: String,
    /// What was expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
    /// What a signature database gained and lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference: Option<DifferenceDoc>,
    /// The policy or baseline that asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// What can be done about it.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub remedy: String,
    /// The bytes that it rests on.
    pub because: Vec<PlaceDoc>,
}

/// What was measured about one thing.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ClaimDoc {
    /// Its name: `secure_boot`, `code_integrity`, `application_svn`, ...
    pub name: String,
    /// `unknown`, `consistently` or `conflicting`.
    pub state: String,
    /// What was measured; of `loaded_modules` their number.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub values: Vec<String>,
    /// Number of places that say so.
    pub places_count: usize,
    /// The first of these places.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub because: Vec<PlaceDoc>,
}

/// What a signature database gained and lost, entry by entry.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct DifferenceDoc {
    /// Number of entries that were not expected.
    pub added_count: usize,
    /// Number of entries that were expected and are not there.
    pub removed_count: usize,
    /// The first of the added entries.
    pub added: Vec<EntryDoc>,
    /// The first of the removed entries.
    pub removed: Vec<EntryDoc>,
}

/// An entry of a signature database.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct EntryDoc {
    /// The kind of entry: `EFI_CERT_X509`, `EFI_CERT_SHA256`, ..., or its GUID.
    pub kind: String,
    /// The image digest itself, or SHA-256 of a certificate or other data.
    pub digest: String,
    /// Name of a well-known certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// Bytes in an artefact.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct PlaceDoc {
    /// The artefact.
    pub artefact: String,
    /// Number of the record in the event log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<usize>,
    /// The register that this record names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pcr: Option<u32>,
    /// Offset of the first byte.
    pub offset: usize,
    /// Number of bytes.
    pub size: usize,
}

/// One register.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct PcrDoc {
    /// Its index.
    pub pcr: u8,
    /// `matches`, `differs`, `untouched`, `unlogged` or `not_quoted`.
    pub state: String,
    /// Number of events.
    pub events_count: usize,
    /// Signed value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quoted: Option<String>,
    /// Replayed value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replayed: Option<String>,
}

/// Bytes that nothing vouches for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct UnboundDoc {
    /// The artefact.
    pub artefact: String,
    /// Why.
    pub reason: String,
    /// Pairs of offset and size in bytes.
    pub spans: Vec<(usize, usize)>,
}

impl AssessmentDoc {
    /// The document of an assessment under a policy set.
    #[must_use]
    pub fn new(assessment: &Assessment, policy_set_sha256: &[u8]) -> Self {
        Self {
            schema: "portcullis.assessment/1".into(),
            outcome: assessment.outcome.name().into(),
            assurance: assessment.assurance.name().into(),
            report: report(&assessment.report, policy_set_sha256),
        }
    }
}

impl ResultDoc {
    /// The document of an appraisal under a policy set.
    #[must_use]
    pub fn new(appraisal: &Appraisal, policy_set_sha256: &[u8]) -> Self {
        Self {
            schema: "portcullis.result/1".into(),
            status: appraisal.status.name().into(),
            sub_status: appraisal.sub_status.into(),
            record_update: appraisal.record_update.as_ref().map(|update| RecordUpdateDoc {
                ak_name: hex(&update.ak_name),
                reset_count: update.reset_count,
            }),
            report: report(&appraisal.report, policy_set_sha256),
        }
    }
}

fn report(report: &Report, policy_set_sha256: &[u8]) -> ReportDoc {
    ReportDoc {
        headline: report.verdict.headline.text().into(),
        hardware: report.hardware.name().into(),
        ak_binding: report.ak_binding.map_or("none", |binding| binding.name()).into(),
        profile: report.profile.name().into(),
        policy_set_sha256: hex(policy_set_sha256),
        trust_vector: TrustVectorDoc {
            instance_identity: report.trust_vector.instance_identity,
            configuration: report.trust_vector.configuration,
            executables: report.trust_vector.executables,
            hardware: report.trust_vector.hardware,
        },
        tracks: report.tracks.iter().map(track).collect(),
        policies: report.policies.iter().map(|rule| policy(rule, report)).collect(),
        findings: report.verdict.findings.iter().map(|graded| finding(graded, report)).collect(),
        claims: report.claims.iter().map(|listed| claim(listed, report)).collect(),
        pcrs: report.pcrs.iter().map(pcr).collect(),
        unbound: report.unbound.iter().map(unbound).collect(),
    }
}

fn track(track: &Track) -> TrackDoc {
    TrackDoc {
        version: track.version.name().into(),
        outcome: if track.holds { "holds" } else { "fails" }.into(),
        headline: track.headline.text().into(),
        identifier: track.identifier,
        baseline: track.baseline.clone(),
        ci_policy: track.ci_policy.clone(),
    }
}

fn policy(rule: &RuleOutcome, report: &Report) -> PolicyDoc {
    let codes = report.verdict.findings.iter().map(|graded| graded.finding.code);
    let reasons = match rule.outcome {
        Outcome::Violated => rule.policy.reasons_for(codes),
        _ => Vec::new(),
    };
    PolicyDoc {
        name: rule.policy.text().into(),
        state: rule.state.text().into(),
        outcome: rule.outcome.name().into(),
        purpose: rule.policy.purpose().into(),
        matched: rule.matched.clone(),
        reasons: reasons.iter().map(|reason| reason.guid.to_string()).collect(),
    }
}

fn finding(graded: &GradedFinding, report: &Report) -> FindingDoc {
    let finding = &graded.finding;
    FindingDoc {
        code: finding.code.text().into(),
        tier: graded.tier.name().into(),
        subject: finding.subject.to_string(),
        text: explain::sentence(finding),
        expected: finding.expected.as_ref().map(ToString::to_string),
        found: finding.found.as_ref().map(ToString::to_string),
        difference: finding.difference.as_ref().map(difference),
        rule: finding.rule.clone(),
        remedy: finding.code.remedy().into(),
        because: finding.because.iter().map(|place| self::place(place, report)).collect(),
    }
}

fn claim(claim: &ListedClaim, report: &Report) -> ClaimDoc {
    let places = claim.places.iter().take(CLAIM_PLACES_MAX);
    ClaimDoc {
        name: claim.name.into(),
        state: claim.state.name().into(),
        values: claim.values.clone(),
        places_count: claim.places.len(),
        because: places.map(|place| self::place(place, report)).collect(),
    }
}

fn difference(difference: &Difference) -> DifferenceDoc {
    let first = |entries: &[SignatureId]| {
        entries.iter().take(DIFFERENCE_ENTRIES_MAX).map(entry).collect::<Vec<_>>()
    };
    DifferenceDoc {
        added_count: difference.added.len(),
        removed_count: difference.removed.len(),
        added: first(&difference.added),
        removed: first(&difference.removed),
    }
}

fn entry(id: &SignatureId) -> EntryDoc {
    let kind = id.signature_type;
    EntryDoc {
        kind: kind.name().map_or_else(|| kind.to_string(), str::to_owned),
        digest: id.digest.to_string(),
        name: well_known::certificate_name(id.digest.as_bytes()).map(str::to_owned),
    }
}

fn place(place: &Place, report: &Report) -> PlaceDoc {
    PlaceDoc {
        artefact: place.artefact.to_string(),
        event: place.event,
        pcr: place.event.and_then(|index| report.event_pcrs.get(&index).copied()),
        offset: place.span.offset,
        size: place.span.size,
    }
}

fn pcr(row: &PcrRow) -> PcrDoc {
    let state = match row.state {
        PcrState::Matches => "matches",
        PcrState::Differs => "differs",
        PcrState::Untouched => "untouched",
        PcrState::Unlogged => "unlogged",
        PcrState::NotQuoted => "not_quoted",
    };
    PcrDoc {
        pcr: row.pcr,
        state: state.into(),
        events_count: row.events_count,
        quoted: row.quoted.map(|value| value.to_string()),
        replayed: row.replayed.map(|value| value.to_string()),
    }
}

fn unbound(unbound: &Unbound) -> UnboundDoc {
    UnboundDoc {
        artefact: unbound.artefact.to_string(),
        reason: unbound.reason.into(),
        spans: unbound.spans.iter().map(|span| (span.offset, span.size)).collect(),
    }
}
