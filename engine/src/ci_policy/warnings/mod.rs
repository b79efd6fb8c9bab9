//! What an administrator should know about a policy before registering it.
//!
//! One table of codes, as for findings: stable texts, each with a meaning and with what speaks for
//! it. A warning is about a policy at hand, never about a host, and decides nothing.

mod observe;

use core::fmt;

use super::Evidence;

pub use observe::{of_conversion, of_file};

macro_rules! codes {
    ($( $name:ident = $text:literal, $meaning:literal, $evidence:ident; )*) => {
        /// A stable text that names a kind of warning.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[allow(missing_docs, reason = "the table is the documentation: see `meaning`")]
        pub enum WarningCode { $( $name, )* }

        impl WarningCode {
            /// Every code, in the order of the table.
            pub const ALL: &'static [Self] = &[$( Self::$name, )*];

            /// The stable text.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self { $( Self::$name => $text, )* }
            }

            /// The code of a stable text, in any case.
            #[must_use]
            pub fn from_text(text: &str) -> Option<Self> {
                let mut all = Self::ALL.iter().copied();
                all.find(|code| code.text().eq_ignore_ascii_case(text))
            }

            /// What it means, as one sentence.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $( Self::$name => $meaning, )* }
            }

            /// What speaks for it.
            #[must_use]
            pub const fn evidence(self) -> Evidence {
                match self { $( Self::$name => Evidence::$evidence, )* }
            }
        }
    };
}

codes! {
    // What the policy lets happen.
    AuditMode = "CI-AUDIT-MODE",
        "the policy only logs what it would block; attestation does not tell the difference, the digest does", Documented;
    AllowAll = "CI-ALLOW-ALL",
        "a rule allows every file that no other rule denies", Documented;
    UserModeUnchecked = "CI-USER-MODE-UNCHECKED",
        "user-mode code is not checked: `Enabled:UMCI` is not set", Documented;
    BlocksAll = "CI-BLOCKS-ALL",
        "a scenario has no rule that allows anything, so it blocks everything", Documented;
    TestRoot = "CI-TEST-ROOT",
        "a signer trusts a root that signs tests or previews; no doubt it counts under test signing only", Inferred;
    UpdateNoReboot = "CI-UPDATE-NO-REBOOT",
        "the policy may be replaced without a reboot: a host can attest with it, and then run another one", Documented;
    UnsignedAllowed = "CI-UNSIGNED-ALLOWED",
        "the policy need not be signed: an administrator of the host can replace it", Documented;
    SupplementalAllowed = "CI-SUPPLEMENTAL-ALLOWED",
        "supplemental policies may allow more than this policy says", Documented;

    // What has no effect.
    SupplementalDeny = "CI-SUPPLEMENTAL-DENY",
        "deny rules of a supplemental policy have no effect", Documented;
    SupplementalOption = "CI-SUPPLEMENTAL-OPTION",
        "an option has no effect in a supplemental policy", Documented;
    UnnamedFlags = "CI-UNNAMED-FLAGS",
        "the option flags have bits that no option names", RealFiles;

    // The file and its signature.
    NotSigned = "CI-NOT-SIGNED",
        "the file is not signed, and the policy demands that it is: Windows would not load it", Documented;
    UpdateSignersMissing = "CI-UPDATE-SIGNERS-MISSING",
        "the policy must be signed and does not say whose signature an update needs", Documented;
    SignedCopy = "CI-SIGNED-COPY",
        "the file is signed; a host measures the policy inside, so that digest is the one to register", TwoSources;
    CmsVersion = "CI-CMS-VERSION",
        "the signature has CMS version 3, which Windows refuses; version 1 is the known cure", TwoSources;
    SignatureBroken = "CI-SIGNATURE-BROKEN",
        "a signature does not hold", Documented;
    SignatureUnchecked = "CI-SIGNATURE-UNCHECKED",
        "a signature could not be checked", Documented;
    Unsupported = "CI-UNSUPPORTED",
        "the XML has something that no schema knows; conversion refuses it", Documented;
    BodyUnreadable = "CI-BODY-UNREADABLE",
        "the file begins as a policy does and breaks its format later", RealFiles;

    // The conversion, which decides the digest.
    OrderUnusual = "CI-ORDER-UNUSUAL",
        "rules or settings do not stand in the order that Microsoft's converter gives them", RealFiles;
    OrderTied = "CI-ORDER-TIED",
        "rules tie in the converter's order: which converter ran decides the digest", RealFiles;
    FormatUnproven = "CI-FORMAT-UNPROVEN",
        "no public pair of XML and binary proves this format: compare the digest with that of a host", Inferred;
    ContentUnproven = "CI-CONTENT-UNPROVEN",
        "the policy has content whose binary form one public implementation alone shows", OneSource;
    PolicyTypeId = "CI-POLICY-TYPE-ID",
        "`PolicyTypeID` is the form of a single policy; the converter of newer systems warns about it", OneSource;
    IgnoredByTarget = "CI-IGNORED-BY-TARGET",
        "the system does not look at a part of the policy", Inferred;
}

impl fmt::Display for WarningCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

/// A warning.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Warning {
    /// Its kind.
    pub code: WarningCode,
    /// What it is about, safe to print; may be empty.
    pub detail: String,
    /// What speaks for it; usually that of the code.
    pub evidence: Evidence,
}

impl Warning {
    pub(super) fn new(code: WarningCode, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), evidence: code.evidence() }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.meaning())?;
        if !self.detail.is_empty() {
            write!(f, ": {}", self.detail)?;
        }
        write!(f, " [{}]", self.evidence)
    }
}

#[cfg(test)]
mod tests;
