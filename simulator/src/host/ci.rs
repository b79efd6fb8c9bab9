//! Code integrity on a host: which policies lie on its disk, which are measured, which are in
//! force, and what they do to code that is loaded.
//!
//! Walk-through W16 to W19: applying a policy takes effect at the next start, or at once when the
//! policy says so (rule option 16), and then without being measured. Whether a policy allows an
//! image is asked of an evaluator that the caller injects: this crate cannot read policies.

use super::ci_file;
use super::signer::Signer;
use crate::hash::sha256;
use crate::sipa::{Element, SiPolicy};
use crate::spec::{CiMode, CiPolicySpec, CiUpdate};

/// A code integrity policy, as its file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CiPolicy {
    /// Name of the file: `SiPolicy.p7b` for that of the site.
    pub file_name: String,
    /// Major, minor, build, revision.
    pub version: [u16; 4],
    /// SHA-256 of the policy without its signature: what is measured.
    pub digest: [u8; 32],
    /// The file, when it is known.
    pub content: Option<Vec<u8>>,
    /// What it does about code that it does not allow.
    pub mode: CiMode,
    /// When an update takes effect.
    pub update: CiUpdate,
}

impl CiPolicy {
    /// The policy of a specification.
    #[must_use]
    pub fn of(spec: &CiPolicySpec) -> Self {
        let content = match spec.digest {
            Some(_) => None,
            None => Some(ci_file::content(spec)),
        };
        let digest = match &content {
            Some(content) => sha256(&[content]),
            None => spec.digest.unwrap_or_default(),
        };
        Self {
            file_name: spec.file_name.clone(),
            version: spec.version,
            digest,
            content,
            mode: spec.mode,
            update: spec.update,
        }
    }

    /// The policy of the site that a label stands for.
    #[must_use]
    pub fn site(label: &str) -> Self {
        Self::of(&CiPolicySpec { label: label.to_owned(), ..CiPolicySpec::default() })
    }

    /// True for the policy of the site, which the boot manager measures too. The others are
    /// Windows' own (`DriverSiPolicy.p7b`).
    #[must_use]
    pub fn is_site_policy(&self) -> bool {
        self.file_name.eq_ignore_ascii_case("SiPolicy.p7b")
    }

    /// The element that measures it.
    #[must_use]
    pub fn element(&self) -> Element {
        let Self { file_name, version, digest, .. } = self;
        SiPolicy { file_name: file_name.clone(), version: *version, digest: *digest }.element()
    }
}

/// What a policy may look at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CiImage {
    /// Path of the file.
    pub path: String,
    /// Runs in the kernel.
    pub kernel_mode: bool,
    /// Who signed it, unless nobody did.
    pub signer: Option<Signer>,
    /// Authenticode digest, SHA-256.
    pub authenticode_sha256: Vec<u8>,
    /// Authenticode digest, SHA-1.
    pub authenticode_sha1: Vec<u8>,
}

/// Decides whether a policy allows an image.
pub trait CiEvaluator {
    /// True when `policy` allows `image`. Modes are not its business.
    fn allows(&self, policy: &CiPolicy, image: &CiImage) -> bool;
}

/// An evaluator that allows everything.
#[derive(Clone, Copy, Debug, Default)]
pub struct AllowAll;

impl CiEvaluator for AllowAll {
    fn allows(&self, _: &CiPolicy, _: &CiImage) -> bool {
        true
    }
}

/// When an applied policy takes effect.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Applied {
    /// With the next start.
    AtNextBoot,
    /// It is in force now, and not measured.
    Now,
}

/// What became of an image that was to be loaded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Load {
    /// It runs.
    Loaded,
    /// It runs, and the log of violations has an entry.
    Audited,
    /// It was refused.
    Blocked,
}

/// An entry of the log of violations.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Violation {
    /// The policy that does not allow the image.
    pub policy: String,
    /// The image.
    pub path: String,
    /// It was refused; otherwise it was only logged.
    pub blocked: bool,
}

/// The policies of a host.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CodeIntegrity {
    on_disk: Vec<CiPolicy>,
    in_force: Vec<CiPolicy>,
    measured: Vec<CiPolicy>,
    violations: Vec<Violation>,
}

/// Entries of the log of violations; older ones are dropped, as Windows' logs do.
const VIOLATIONS_MAX: usize = 1024;

impl CodeIntegrity {
    pub(super) fn new(on_disk: Vec<CiPolicy>) -> Self {
        Self { on_disk, ..Self::default() }
    }

    /// Policies that the next start will measure and put in force.
    #[must_use]
    pub fn on_disk(&self) -> &[CiPolicy] {
        &self.on_disk
    }

    /// Policies that decide at present.
    #[must_use]
    pub fn in_force(&self) -> &[CiPolicy] {
        &self.in_force
    }

    /// Policies that the last start measured.
    #[must_use]
    pub fn measured(&self) -> &[CiPolicy] {
        &self.measured
    }

    /// The log of violations.
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }

    pub(super) fn apply(&mut self, policy: CiPolicy) -> Applied {
        replace(&mut self.on_disk, policy.clone());
        if policy.update == CiUpdate::NoReboot {
            replace(&mut self.in_force, policy);
            return Applied::Now;
        }
        Applied::AtNextBoot
    }

    pub(super) fn remove(&mut self, file_name: &str) {
        self.on_disk.retain(|policy| policy.file_name != file_name);
    }

    /// A full start puts in force what lies on the disk. A system without Windows has nothing to
    /// put in force.
    pub(super) fn start(&mut self, windows: bool) {
        self.measured = if windows { self.on_disk.clone() } else { Vec::new() };
        self.in_force.clone_from(&self.measured);
    }

    /// A resume wakes a system with its policies; only the boot manager measures, and it knows
    /// the policy of the site alone.
    pub(super) fn resume(&mut self) {
        self.measured.clone_from(&self.on_disk);
        self.measured.retain(CiPolicy::is_site_policy);
    }

    /// Every policy in force must allow an image; one that enforces refuses it otherwise.
    pub(super) fn load(&mut self, image: &CiImage, evaluator: &dyn CiEvaluator) -> Load {
        let refusing = self.in_force.iter().filter(|policy| !evaluator.allows(policy, image));
        let violations: Vec<_> = refusing
            .map(|policy| Violation {
                policy: policy.file_name.clone(),
                path: image.path.clone(),
                blocked: policy.mode == CiMode::Enforced,
            })
            .collect();
        let load = match violations.iter().any(|violation| violation.blocked) {
            true => Load::Blocked,
            false if violations.is_empty() => Load::Loaded,
            false => Load::Audited,
        };
        self.violations.extend(violations);
        let surplus = self.violations.len().saturating_sub(VIOLATIONS_MAX);
        self.violations.drain(..surplus);
        load
    }
}

fn replace(policies: &mut Vec<CiPolicy>, policy: CiPolicy) {
    match policies.iter_mut().find(|known| known.file_name == policy.file_name) {
        Some(known) => *known = policy,
        None => policies.push(policy),
    }
}
