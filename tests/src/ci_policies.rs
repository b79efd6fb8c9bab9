//! Code integrity policies made up from a number: every element that the model has.
//!
//! They are what Windows' tools could have written, in the sense that the XML can say all of
//! them; whether Windows would load them is another matter.

use portcullis_engine::ci_policy::model::{
    ArtifactRule, Eku, FileRule, FileTime, Hotpatch, Label, PolicyKind, References, Root, Scenario,
    Setting, SettingValue, Signer, SignerGroup, SignerReference, Version,
};
use portcullis_engine::ci_policy::{CiPolicy, binary};
use portcullis_engine::wire::Guid;
use portcullis_engine::wire::ci_policy::{
    self as wire, ArtifactAction, ArtifactKind, FileRuleKind, HashAlgId, OptionFlag,
    Scenario as ScenarioValue, WellknownRoot, section,
};

/// A policy as `New-CIPolicy -UserPEs` makes one (walk-through W14): it audits only.
pub const NEW_CI_POLICY: &str = "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n\
<SiPolicy xmlns=\"urn:schemas-microsoft-com:sipolicy\">\r\n\
\x20 <VersionEx>10.0.0.0</VersionEx>\r\n\
\x20 <PolicyTypeID>{A244370E-44C9-4C06-B551-F6016E563076}</PolicyTypeID>\r\n\
\x20 <PlatformID>{2E07F7E4-194C-4D20-B7C9-6F44A6C5A234}</PlatformID>\r\n\
\x20 <Rules>\r\n\
\x20   <Rule>\r\n\
\x20     <Option>Enabled:Unsigned System Integrity Policy</Option>\r\n\
\x20   </Rule>\r\n\
\x20   <Rule>\r\n\
\x20     <Option>Enabled:Audit Mode</Option>\r\n\
\x20   </Rule>\r\n\
\x20   <Rule>\r\n\
\x20     <Option>Enabled:UMCI</Option>\r\n\
\x20   </Rule>\r\n\
\x20 </Rules>\r\n\
\x20 <!--EKUS-->\r\n\
\x20 <EKUs />\r\n\
\x20 <!--File Rules-->\r\n\
\x20 <FileRules>\r\n\
\x20   <Allow ID=\"ID_ALLOW_A_1\" FriendlyName=\"agent.exe Hash Sha256\" Hash=\"0101010101010101010101010101010101010101010101010101010101010101\" />\r\n\
\x20 </FileRules>\r\n\
\x20 <!--Signers-->\r\n\
\x20 <Signers>\r\n\
\x20   <Signer ID=\"ID_SIGNER_S_1\" Name=\"Contoso PCA\">\r\n\
\x20     <CertRoot Type=\"TBS\" Value=\"0202020202020202020202020202020202020202020202020202020202020202\" />\r\n\
\x20     <CertPublisher Value=\"Contoso\" />\r\n\
\x20   </Signer>\r\n\
\x20 </Signers>\r\n\
\x20 <!--Driver Signing Scenarios-->\r\n\
\x20 <SigningScenarios>\r\n\
\x20   <SigningScenario Value=\"131\" ID=\"ID_SIGNINGSCENARIO_DRIVERS_1\">\r\n\
\x20     <ProductSigners><AllowedSigners><AllowedSigner SignerId=\"ID_SIGNER_S_1\" /></AllowedSigners></ProductSigners>\r\n\
\x20   </SigningScenario>\r\n\
\x20   <SigningScenario Value=\"12\" ID=\"ID_SIGNINGSCENARIO_WINDOWS\">\r\n\
\x20     <ProductSigners><FileRulesRef><FileRuleRef RuleID=\"ID_ALLOW_A_1\" /></FileRulesRef></ProductSigners>\r\n\
\x20   </SigningScenario>\r\n\
\x20 </SigningScenarios>\r\n\
\x20 <UpdatePolicySigners />\r\n\
\x20 <CiSigners />\r\n\
\x20 <HvciOptions>0</HvciOptions>\r\n\
</SiPolicy>\r\n";

/// The binary of a policy that was made for a format.
///
/// # Panics
/// When the policy has no format, or one without a place for something in it.
#[must_use]
pub fn write(policy: &CiPolicy) -> Vec<u8> {
    let format = policy.format.expect("a made-up policy has a format");
    binary::write(policy, format).expect("and fits into it")
}

/// A generator of numbers that look random (SplitMix64), and of policies from them.
#[derive(Clone, Debug)]
pub struct Generator(u64);

/// Texts that XML, UTF-16 and the order of rules treat differently.
const TEXTS: [&str; 12] = [
    "a.sys",
    "A.SYS",
    "b.sys",
    "a_b.sys",
    "*",
    "%OSDRIVE%\\Apps\\*",
    "<&>\"'",
    "line\r\nend\ttab",
    "\u{e9}\u{c9}",
    "\u{1f600}",
    " white ",
    "$(macro)",
];

impl Generator {
    /// A generator of one seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: u32) -> u32 {
        u32::try_from(self.number() % u64::from(end.max(1))).unwrap_or(0)
    }

    fn chance(&mut self, one_in: u32) -> bool {
        self.below(one_in) == 0
    }

    fn some<T>(&mut self, one_in: u32, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.chance(one_in).then(|| make(self))
    }

    fn list<T>(&mut self, up_to: u32, mut make: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.below(up_to + 1)).map(|_| make(self)).collect()
    }

    fn text(&mut self) -> String {
        TEXTS[self.below(12) as usize].to_owned()
    }

    fn bytes(&mut self, size: usize) -> Vec<u8> {
        (0..size).map(|_| self.number().to_le_bytes()[0]).collect()
    }

    fn guid(&mut self) -> Guid {
        let [low, high] = [self.number(), self.number()].map(u64::to_le_bytes);
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&low);
        bytes[8..].copy_from_slice(&high);
        Guid(bytes)
    }

    /// Few versions, so that rules tie.
    fn version(&mut self) -> Version {
        let versions = [0, 1, 0x000a_0000_4c2c_0000, u64::MAX];
        Version(versions[self.below(4) as usize])
    }

    /// Indices into a list of `count`.
    fn indices(&mut self, count: usize, up_to: u32) -> Vec<u32> {
        let count = u32::try_from(count).unwrap_or(0);
        if count == 0 { Vec::new() } else { self.list(up_to, |own| own.below(count)) }
    }

    /// A policy that a binary of `format` can hold, and that XML can say.
    pub fn policy(&mut self, format: u32) -> CiPolicy {
        let mut policy = self.header(format);
        policy.ekus = self.list(3, |own| {
            let size = own.below(12) as usize;
            Eku { label: Label::default(), value: own.bytes(size) }
        });
        policy.file_rules = self.list(24, |own| own.file_rule(format));
        let (ekus, rules) = (policy.ekus.len(), policy.file_rules.len());
        policy.signers = self.list(5, |own| own.signer(format, ekus, rules));
        let signers = policy.signers.len();
        policy.update_signers = self.indices(signers, 2);
        policy.ci_signers = self.indices(signers, 2);
        policy.hvci_options = self.below(16);
        policy.settings = self.list(5, Self::setting);
        if format >= section::HOTPATCHES {
            self.hotpatches(&mut policy);
        }
        if format >= section::ARTIFACTS {
            policy.artifact_rules = self.list(4, Self::artifact_rule);
            policy.signer_artifacts = self.references(signers, policy.artifact_rules.len());
        }
        if format >= section::EKU_CONDITIONS {
            policy.eku_exceptions = self.references(signers, ekus);
        }
        let scenarios_count = self.below(4);
        for index in 0..scenarios_count {
            let scenario = self.scenario(format, index, scenarios_count, &policy);
            policy.scenarios.push(scenario);
        }
        if format >= wire::FORMAT_MULTIPLE {
            policy.supplemental_signers = self.indices(signers, 2);
        }
        policy
    }

    fn header(&mut self, format: u32) -> CiPolicy {
        let supplemental = self.chance(4);
        let mut flags = wire::FLAG_ALWAYS;
        for option in OptionFlag::NAMED {
            flags |= if self.chance(3) { option.0 } else { 0 };
        }
        flags |= if self.chance(5) { 0x0000_1200 } else { 0 };
        flags |= if supplemental { wire::FLAG_SUPPLEMENTAL } else { 0 };
        let ids = format >= wire::FORMAT_MULTIPLE;
        let base = self.guid();
        CiPolicy {
            format: Some(format),
            kind: PolicyKind::of_binary(supplemental, format),
            type_id: Some(if ids && !self.chance(8) { base } else { self.guid() }),
            platform: if self.chance(8) { Guid([0; 16]) } else { wire::PLATFORM },
            policy_id: ids.then(|| self.guid()),
            base_policy_id: ids.then_some(base),
            version: self.version(),
            flags,
            ..CiPolicy::default()
        }
    }

    fn file_rule(&mut self, format: u32) -> FileRule {
        let kind = FileRuleKind(self.below(3));
        let since = |section: u32| format >= section;
        FileRule {
            file_name: self.some(2, Self::text),
            minimum_version: self.version(),
            maximum_version: if since(3) { self.version() } else { Version::ZERO },
            hash: self.some(3, |own| own.bytes(20)).unwrap_or_default(),
            app_ids: if since(3) && self.chance(4) { self.list(3, Self::text) } else { Vec::new() },
            internal_name: self.some(6, Self::text).filter(|_| since(section::NAMES)),
            file_description: self.some(6, Self::text).filter(|_| since(section::NAMES)),
            product_name: self.some(6, Self::text).filter(|_| since(section::NAMES)),
            package_family_name: self.some(6, Self::text).filter(|_| since(section::PACKAGES)),
            package_version: if since(section::PACKAGES) { self.version() } else { Version::ZERO },
            file_path: self.some(6, Self::text).filter(|_| since(section::FILE_PATHS)),
            ..FileRule::new(kind)
        }
    }

    fn signer(&mut self, format: u32, ekus: usize, rules: usize) -> Signer {
        let root = match self.below(3) {
            0 => Root::Wellknown(WellknownRoot(self.below(256))),
            _ => Root::Tbs(self.bytes(32)),
        };
        // Times that four digits of a year can say.
        let time = i64::from(self.below(u32::MAX)) * 600_000_000;
        Signer {
            ekus: self.indices(ekus, 2),
            issuer: self.some(4, Self::text),
            publisher: self.some(2, Self::text),
            oem_id: self.some(4, Self::text),
            file_attribs: self.indices(rules, 3),
            sign_time_after: FileTime(if format >= 3 && self.chance(4) { time } else { 0 }),
            ..Signer::new(root)
        }
    }

    fn setting(&mut self) -> Setting {
        let value = match self.below(4) {
            0 => SettingValue::Boolean(self.chance(2)),
            1 => SettingValue::DWord(self.below(u32::MAX)),
            2 => SettingValue::Binary(self.bytes(5)),
            _ => SettingValue::String(self.text()),
        };
        let (provider, key, value_name) = (self.text(), self.text(), self.text());
        Setting { provider, key, value_name, value }
    }

    /// Pairs of neighbouring allow rules, each pair once.
    fn hotpatches(&mut self, policy: &mut CiPolicy) {
        let pairs = policy.file_rules.chunks_exact(2).zip(0_u32..);
        let allowing =
            pairs.filter(|(pair, _)| pair.iter().all(|rule| rule.kind == FileRuleKind::ALLOW));
        let bases: Vec<u32> = allowing.map(|(_, number)| number * 2).collect();
        policy.hotpatches = bases
            .into_iter()
            .map(|base| Hotpatch {
                base,
                hotpatch: base + 1,
                minimum_sequence: self.below(3),
                maximum_sequence: u32::MAX - self.below(3),
            })
            .collect();
    }

    fn artifact_rule(&mut self) -> ArtifactRule {
        let size = [0, 32, 48, 64][self.below(4) as usize];
        ArtifactRule {
            label: Label::default(),
            kind: ArtifactKind(self.below(2)),
            action: ArtifactAction(self.below(2)),
            name: self.some(2, Self::text),
            description: self.some(2, Self::text),
            minimum_version: self.version(),
            maximum_version: self.version(),
            hash: self.bytes(size),
        }
    }

    /// References of some signers, in their order, none empty.
    fn references(&mut self, signers: usize, targets: usize) -> Vec<References> {
        let all = (0..u32::try_from(signers).unwrap_or(0))
            .map(|signer| References { signer, to: self.indices(targets, 2) });
        all.filter(|references| !references.to.is_empty()).collect()
    }

    fn scenario(&mut self, format: u32, own: u32, count: u32, policy: &CiPolicy) -> Scenario {
        let value = [131, 12, 5, 255][self.below(4) as usize];
        let mut scenario = Scenario::new(ScenarioValue(value));
        scenario.inherited = self.indices(count as usize, 1);
        scenario.inherited.retain(|index| *index != own);
        scenario.minimum_hash = HashAlgId(0x8004 + 8 * self.below(2));
        let (signers, rules) = (policy.signers.len(), policy.file_rules.len());
        for group in [&mut scenario.product, &mut scenario.test, &mut scenario.test_signing] {
            *group = self.group(signers, rules);
        }
        if format >= section::ARTIFACTS {
            scenario.artifacts = self.group(signers, policy.artifact_rules.len());
        }
        scenario
    }

    fn group(&mut self, signers: usize, rules: usize) -> SignerGroup {
        let references = |own: &mut Self| {
            let signers = own.indices(signers, 2);
            signers
                .into_iter()
                .map(|signer| SignerReference { signer, except: own.indices(rules, 2) })
                .collect()
        };
        SignerGroup {
            allowed: references(self),
            denied: references(self),
            rules: self.indices(rules, 6),
        }
    }
}
