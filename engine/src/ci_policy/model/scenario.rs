//! Signing scenarios: what is checked against what.

use portcullis_wire::ci_policy::{HashAlgId, Scenario as ScenarioValue};

use super::Label;

/// A signing scenario: the rules for kernel-mode or for user-mode code.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Scenario {
    /// Its label.
    pub label: Label,
    /// Which code it is about.
    pub value: ScenarioValue,
    /// Scenarios that it takes the rules of, too: indices.
    pub inherited: Vec<u32>,
    /// Weakest hash of a signature that counts.
    pub minimum_hash: HashAlgId,
    /// The rules.
    pub product: SignerGroup,
    /// The rules under test signing.
    pub test: SignerGroup,
    /// The rules for test signers.
    pub test_signing: SignerGroup,
    /// The rules for artifacts, from format 10; [`SignerGroup::rules`] are artifact rules.
    pub artifacts: SignerGroup,
}

impl Scenario {
    /// A scenario without rules.
    #[must_use]
    pub fn new(value: ScenarioValue) -> Self {
        Self {
            label: Label::default(),
            value,
            inherited: Vec::new(),
            minimum_hash: HashAlgId::SHA256,
            product: SignerGroup::default(),
            test: SignerGroup::default(),
            test_signing: SignerGroup::default(),
            artifacts: SignerGroup::default(),
        }
    }

    /// The groups that refer to file rules, with their names in the XML.
    #[must_use]
    pub const fn groups(&self) -> [(&'static str, &SignerGroup); 3] {
        [
            ("ProductSigners", &self.product),
            ("TestSigners", &self.test),
            ("TestSigningSigners", &self.test_signing),
        ]
    }

    pub(in crate::ci_policy) const fn groups_mut(&mut self) -> [&mut SignerGroup; 3] {
        [&mut self.product, &mut self.test, &mut self.test_signing]
    }
}

/// Signers and rules that allow or deny.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SignerGroup {
    /// Signers that allow, each with deny rules that take a file out.
    pub allowed: Vec<SignerReference>,
    /// Signers that deny, each with allow rules that take a file out.
    pub denied: Vec<SignerReference>,
    /// File rules that allow or deny by themselves: indices.
    pub rules: Vec<u32>,
}

impl SignerGroup {
    /// True when it says nothing.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.allowed.is_empty() && self.denied.is_empty() && self.rules.is_empty()
    }
}

/// A signer in a group.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignerReference {
    /// Index of the signer.
    pub signer: u32,
    /// File rules for which it does not count: indices.
    pub except: Vec<u32>,
}
