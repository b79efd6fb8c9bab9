//! The result in the vocabulary of AR4SI, for relying parties that know many kinds of attesters.
//!
//! Source: draft-ietf-rats-ar4si-09, section 2.3 (trustworthiness claims). Of the eight claims,
//! TPM evidence of a boot says something about four; the others stay 0, "no claim", for nothing
//! here was measured about file systems, memory, storage or data.

use super::GradedFinding;
use crate::baseline::BaselineLevel;
use crate::finding::FindingCode;
use crate::policy::{Outcome, RuleOutcome};

/// A trustworthiness claim: -1 to 1 says nothing, 2 to 31 affirms, 32 to 95 warns, from 96 on
/// contraindicates.
pub type TrustClaim = i8;

/// Nothing is claimed.
pub const NO_CLAIM: TrustClaim = 0;
/// The instance is recognised; the hardware genuine; the configuration approved.
pub const AFFIRMED: TrustClaim = 2;
/// Approved code was started.
pub const APPROVED_BOOT: TrustClaim = 3;
/// The code that was started is not recognised.
pub const UNRECOGNIZED_CODE: TrustClaim = 33;
/// The configuration does not meet the policy; the hardware is known to be broken.
pub const CONTRAINDICATED: TrustClaim = 96;
/// The instance or the hardware is not recognised.
pub const UNRECOGNIZED: TrustClaim = 97;
/// A cryptographic check failed.
pub const CRYPTO_FAILED: TrustClaim = 99;

/// The four claims that boot evidence supports.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct TrustVector {
    /// Whose TPM, and whether its key answered.
    pub instance_identity: TrustClaim,
    /// Whether the policies hold.
    pub configuration: TrustClaim,
    /// Which boot applications ran.
    pub executables: TrustClaim,
    /// Whether a manufacturer vouches for the TPM.
    pub hardware: TrustClaim,
}

/// What the vector is made of.
pub struct Basis<'r> {
    /// The graded findings.
    pub findings: &'r [GradedFinding],
    /// The policies.
    pub policies: &'r [RuleOutcome],
    /// True when a proof stands behind EK, AK, quote, nonce and log.
    pub proven: bool,
    /// True when a manufacturer vouches for the TPM.
    pub endorsed: bool,
    /// Level of the baseline that the host matched.
    pub matched_level: Option<BaselineLevel>,
}

impl TrustVector {
    /// The vector of a judgement.
    #[must_use]
    pub fn of(basis: &Basis<'_>) -> Self {
        use FindingCode as C;
        let has =
            |codes: &[C]| basis.findings.iter().any(|graded| codes.contains(&graded.finding.code));
        let broken = has(&[
            C::QuoteSignatureInvalid,
            C::QuoteDigestMismatch,
            C::QuoteSchemeMismatch,
            C::NonceMismatch,
            C::PcrReplayMismatch,
        ]);
        let rules_hold = !basis.policies.is_empty()
            && basis
                .policies
                .iter()
                .all(|rule| matches!(rule.outcome, Outcome::Satisfied | Outcome::NotApplicable));
        let unproven = match (broken, basis.proven) {
            (true, _) => Some(CRYPTO_FAILED),
            (false, false) => Some(NO_CLAIM),
            (false, true) => None,
        };
        let instance_identity = if has(&[C::EkNotRegistered, C::AkNameMismatch]) {
            UNRECOGNIZED
        } else if has(&[C::AkActivationMismatch]) {
            CRYPTO_FAILED
        } else {
            unproven.unwrap_or(AFFIRMED)
        };
        let configuration = if rules_hold { AFFIRMED } else { CONTRAINDICATED };
        let executables = if has(&[C::BootImageNotAllowed, C::BootImageMissing]) {
            UNRECOGNIZED_CODE
        } else if basis.matched_level >= Some(BaselineLevel::BootChain) {
            APPROVED_BOOT
        } else {
            NO_CLAIM
        };
        let hardware = if has(&[C::EkKeyWeak]) {
            CONTRAINDICATED
        } else if basis.endorsed {
            AFFIRMED
        } else if has(&[C::EkChainUntrusted, C::EkCertificateUnfit]) {
            UNRECOGNIZED
        } else {
            NO_CLAIM
        };
        Self {
            instance_identity,
            configuration: unproven.unwrap_or(configuration),
            executables: unproven.unwrap_or(executables),
            hardware,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Finding, Subject};
    use crate::policy::{PolicyName, PolicyState};
    use crate::verdict::Tier;

    fn graded(code: FindingCode) -> GradedFinding {
        GradedFinding { tier: Tier::Failure, finding: Finding::new(code, Subject::Host) }
    }

    fn rule(outcome: Outcome) -> RuleOutcome {
        RuleOutcome {
            policy: PolicyName::SecureBootEnabled,
            state: PolicyState::Enabled,
            outcome,
            matched: None,
        }
    }

    fn vector(codes: &[FindingCode], outcome: Outcome, proven: bool) -> TrustVector {
        let findings: Vec<GradedFinding> = codes.iter().map(|code| graded(*code)).collect();
        TrustVector::of(&Basis {
            findings: &findings,
            policies: &[rule(outcome)],
            proven,
            endorsed: proven,
            matched_level: proven.then_some(BaselineLevel::BootChain),
        })
    }

    #[test]
    fn nothing_is_affirmed_without_proof() {
        let claims = vector(&[], Outcome::Satisfied, false);
        assert_eq!(claims, TrustVector::default());
    }

    #[test]
    fn a_proven_host_that_keeps_the_rules_is_affirmed() {
        let claims = vector(&[], Outcome::Satisfied, true);
        let TrustVector { instance_identity, configuration, executables, hardware } = claims;
        assert_eq!((instance_identity, configuration), (AFFIRMED, AFFIRMED));
        assert_eq!((executables, hardware), (APPROVED_BOOT, AFFIRMED));
    }

    #[test]
    fn a_broken_signature_overrides_every_affirmation() {
        let claims = vector(&[FindingCode::QuoteSignatureInvalid], Outcome::Satisfied, true);
        assert_eq!(claims.instance_identity, CRYPTO_FAILED);
        assert_eq!(claims.configuration, CRYPTO_FAILED);
        assert_eq!(claims.executables, CRYPTO_FAILED);
    }

    #[test]
    fn an_errored_rule_contraindicates_the_configuration() {
        for outcome in [Outcome::Violated, Outcome::Errored] {
            assert_eq!(vector(&[], outcome, true).configuration, CONTRAINDICATED);
        }
    }

    #[test]
    fn an_unknown_ek_is_not_recognised() {
        let claims = vector(&[FindingCode::EkNotRegistered], Outcome::Satisfied, true);
        assert_eq!(claims.instance_identity, UNRECOGNIZED);
    }
}
