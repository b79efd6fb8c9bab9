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
    /// [`crate::PolicySetDoc`] to [`super::CheckedPolicySetDoc`]: whether rules can be used.
    CheckPolicySet = 7,
    /// [`super::IdentifyCallDoc`] to [`super::IdentifyReplyDoc`]: the names of keys.
    Identify = 8,
    /// [`super::InspectCallDoc`] to [`crate::inspect::InspectDoc`], and refused unless the file is
    /// a platform identifier: what is registered of a host.
    CheckIdentifier = 9,
    /// [`super::InspectCallDoc`] to [`crate::ci_policy::CiPolicyShowDoc`]: what a policy says.
    ShowCiPolicy = 10,
    /// [`super::FileCallDoc`] to [`crate::ci_policy::CiPolicyHashDoc`]: what a host measures of it.
    HashCiPolicy = 11,
    /// [`super::PairCallDoc`] to [`crate::ci_policy::CiPolicyDiffDoc`].
    DiffCiPolicies = 12,
    /// [`super::ConvertCallDoc`] to [`super::ConvertReplyDoc`]: XML to binary, and back.
    ConvertCiPolicy = 13,
    /// [`super::FileCallDoc`] to [`super::ConvertReplyDoc`]: the policy out of its signature.
    UnwrapCiPolicy = 14,
    /// [`super::EditCallDoc`] to [`super::EditReplyDoc`]: changes to the XML.
    EditCiPolicy = 15,
    /// [`super::MatchCallDoc`] to [`crate::ci_policy::CiPolicyMatchDoc`]: which file a host
    /// measured.
    MatchCiPolicies = 16,
}

/// Every operation and its name.
const NAMES: [(Operation, &str); 16] = [
    (Operation::Appraise, "appraise"),
    (Operation::Assess, "assess"),
    (Operation::Inspect, "inspect"),
    (Operation::Explain, "explain"),
    (Operation::Diff, "diff"),
    (Operation::DeriveBaseline, "derive_baseline"),
    (Operation::CheckPolicySet, "check_policy_set"),
    (Operation::Identify, "identify"),
    (Operation::CheckIdentifier, "check_identifier"),
    (Operation::ShowCiPolicy, "show_ci_policy"),
    (Operation::HashCiPolicy, "hash_ci_policy"),
    (Operation::DiffCiPolicies, "diff_ci_policies"),
    (Operation::ConvertCiPolicy, "convert_ci_policy"),
    (Operation::UnwrapCiPolicy, "unwrap_ci_policy"),
    (Operation::EditCiPolicy, "edit_ci_policy"),
    (Operation::MatchCiPolicies, "match_ci_policies"),
];

impl Operation {
    /// All operations, in the order of their numbers.
    pub fn all() -> impl Iterator<Item = Self> {
        NAMES.iter().map(|(operation, _)| *operation)
    }

    /// The number in the calling convention of the guest.
    #[must_use]
    pub const fn number(self) -> u32 {
        self as u32
    }

    /// The name in messages and logs.
    #[must_use]
    pub fn name(self) -> &'static str {
        // A test checks that every operation has one.
        NAMES.iter().find(|(operation, _)| *operation == self).map_or("", |(_, name)| name)
    }

    /// The operation of a number.
    #[must_use]
    pub fn from_number(number: u32) -> Option<Self> {
        Self::all().find(|operation| operation.number() == number)
    }
}
