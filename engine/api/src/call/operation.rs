//! The operations, with their numbers and names. What they do is in the module above.

/// What can be asked. The numbers are those of the calling convention, and never reused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Operation {
    /// [`crate::BundleDoc`] to [`crate::ResultDoc`]: the verdict.
    Appraise = 1,
    /// [`crate::BundleDoc`] to [`crate::AssessmentDoc`]: what the verdict would be.
    Assess = 2,
    /// [`super::InspectCallDoc`] to [`crate::inspect::InspectDoc`]: what one file holds.
    Inspect = 3,
    /// [`super::ExplainCallDoc`] to [`crate::ExplanationDoc`]: a bundle or result in words.
    Explain = 4,
    /// [`super::DiffCallDoc`] to [`crate::diff::DiffDoc`]: what was measured in one log and not in
    /// the other.
    Diff = 5,
    /// [`super::DeriveCallDoc`] to [`crate::BaselineDoc`]: reference values of good boots.
    DeriveBaseline = 6,
    /// [`crate::credential::CredentialCallDoc`] to [`crate::credential::CredentialReplyDoc`]: a
    /// secret that only one TPM can open.
    MakeCredential = 7,
    /// [`crate::PolicySetDoc`] to [`super::CheckedPolicySetDoc`]: whether rules can be used.
    CheckPolicySet = 8,
    /// [`super::IdentifyCallDoc`] to [`super::IdentifyReplyDoc`]: the names of keys.
    Identify = 9,
    /// [`super::InspectCallDoc`] to [`crate::inspect::InspectDoc`], and refused unless the file is
    /// a platform identifier: what is registered of a host.
    CheckIdentifier = 10,
    /// [`super::InspectCallDoc`] to [`crate::ci_policy::CiPolicyShowDoc`]: what a policy says.
    ShowCiPolicy = 11,
    /// [`super::FileCallDoc`] to [`crate::ci_policy::CiPolicyHashDoc`]: what a host measures of it.
    HashCiPolicy = 12,
    /// [`super::PairCallDoc`] to [`crate::ci_policy::CiPolicyDiffDoc`].
    DiffCiPolicies = 13,
    /// [`super::ConvertCallDoc`] to [`super::ConvertReplyDoc`]: XML to binary, and back.
    ConvertCiPolicy = 14,
    /// [`super::FileCallDoc`] to [`super::ConvertReplyDoc`]: the policy out of its signature.
    UnwrapCiPolicy = 15,
    /// [`super::EditCallDoc`] to [`super::EditReplyDoc`]: changes to the XML.
    EditCiPolicy = 16,
    /// [`super::MatchCallDoc`] to [`crate::ci_policy::CiPolicyMatchDoc`]: which file a host
    /// measured.
    MatchCiPolicies = 17,
}

impl Operation {
    /// All operations, in the order of their numbers.
    pub const ALL: [Self; 17] = [
        Self::Appraise,
        Self::Assess,
        Self::Inspect,
        Self::Explain,
        Self::Diff,
        Self::DeriveBaseline,
        Self::MakeCredential,
        Self::CheckPolicySet,
        Self::Identify,
        Self::CheckIdentifier,
        Self::ShowCiPolicy,
        Self::HashCiPolicy,
        Self::DiffCiPolicies,
        Self::ConvertCiPolicy,
        Self::UnwrapCiPolicy,
        Self::EditCiPolicy,
        Self::MatchCiPolicies,
    ];

    /// The number in the calling convention of the guest.
    #[must_use]
    pub const fn number(self) -> u32 {
        self as u32
    }

    /// The name in messages and logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Appraise => "appraise",
            Self::Assess => "assess",
            Self::Inspect => "inspect",
            Self::Explain => "explain",
            Self::Diff => "diff",
            Self::DeriveBaseline => "derive_baseline",
            Self::MakeCredential => "make_credential",
            Self::CheckPolicySet => "check_policy_set",
            Self::Identify => "identify",
            Self::CheckIdentifier => "check_identifier",
            Self::ShowCiPolicy => "show_ci_policy",
            Self::HashCiPolicy => "hash_ci_policy",
            Self::DiffCiPolicies => "diff_ci_policies",
            Self::ConvertCiPolicy => "convert_ci_policy",
            Self::UnwrapCiPolicy => "unwrap_ci_policy",
            Self::EditCiPolicy => "edit_ci_policy",
            Self::MatchCiPolicies => "match_ci_policies",
        }
    }

    /// The operation of a number.
    #[must_use]
    pub fn from_number(number: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|operation| operation.number() == number)
    }
}
