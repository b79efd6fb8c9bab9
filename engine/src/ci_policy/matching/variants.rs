//! Files changed in the ways in which they differ from what hosts run.
//!
//! Options and version stand in the header, so that those changes patch a few bytes; another
//! format or order is another conversion. The fewest changes come first.

use portcullis_wire::ci_policy::{OPTIONS_OFFSET, OptionFlag, VERSION_OFFSET};

use super::{Candidate, Change, MeasuredCiPolicy, Relation};
use crate::ci_policy::author::{self, Choice};
use crate::ci_policy::file::{self, Encoding};
use crate::ci_policy::model::{CiPolicy, Version};
use crate::ci_policy::order::{self, TieOrder};
use crate::ci_policy::{binary, xml};
use crate::crypto::{Digest, HashAlg, digest};

/// Formats that hosts' tools write.
const FORMATS: [u32; 3] = [7, 8, 9];

/// A binary, and by what change it came of the file.
struct Variant {
    bytes: Vec<u8>,
    flags: u32,
    version: Version,
    change: Option<Change>,
}

impl Variant {
    fn new(bytes: Vec<u8>, policy: &CiPolicy, change: Option<Change>) -> Self {
        Self { bytes, flags: policy.flags, version: policy.version, change }
    }
}

/// Searches changes for every measured policy without a relation; false when it was cut short.
pub(super) fn search(
    candidates: &[Candidate<'_>],
    measured: &[MeasuredCiPolicy],
    relations: &mut [Option<Relation>],
    size_bytes_max: usize,
) -> bool {
    let mut left_size_bytes = size_bytes_max;
    for (index, candidate) in candidates.iter().enumerate() {
        for variant in conversions(candidate) {
            let complete = turn(&variant, index, measured, relations, &mut left_size_bytes);
            if !complete {
                return false;
            }
            if relations.iter().all(Option::is_some) {
                return true;
            }
        }
    }
    true
}

/// The file itself, when it is a binary, and every other conversion of it.
fn conversions(candidate: &Candidate<'_>) -> Vec<Variant> {
    let Ok(file) = file::read(candidate.bytes) else { return Vec::new() };
    let mut found: Vec<Variant> = Vec::new();
    if let Some(raw) = file.raw {
        found.push(Variant::new(raw.to_vec(), &file.policy, None));
    }
    for format in FORMATS {
        for order in TieOrder::ALL {
            let converted = match file.encoding {
                Encoding::Xml => from_xml(candidate, format, order),
                Encoding::Binary | Encoding::SignedBinary => {
                    from_binary(&file.policy, format, order)
                }
            };
            let Some((bytes, policy)) = converted else { continue };
            if found.iter().all(|known| known.bytes != bytes) {
                let change = Change::Converted { format, order };
                found.push(Variant::new(bytes, &policy, Some(change)));
            }
        }
    }
    found
}

fn from_xml(
    candidate: &Candidate<'_>,
    format: u32,
    order: TieOrder,
) -> Option<(Vec<u8>, CiPolicy)> {
    let text = xml::decode(candidate.bytes).ok()?;
    let document = xml::read(&text.text).ok()?;
    let choice = Choice { format: Some(format), order: Some(order) };
    let authored = author::author(&document, choice).ok()?;
    Some((authored.bytes, authored.policy))
}

fn from_binary(policy: &CiPolicy, format: u32, order: TieOrder) -> Option<(Vec<u8>, CiPolicy)> {
    let mut policy = policy.clone();
    order::arrange(&mut policy, order);
    let bytes = binary::write(&policy, format).ok()?;
    Some((bytes, policy))
}

/// Turns every option and sets every measured version, alone and together.
fn turn(
    variant: &Variant,
    candidate: usize,
    measured: &[MeasuredCiPolicy],
    relations: &mut [Option<Relation>],
    left_size_bytes: &mut usize,
) -> bool {
    let mut versions: Vec<Version> =
        measured.iter().filter_map(|measured| measured.version).collect();
    versions.sort_unstable();
    versions.dedup();
    versions.retain(|version| *version != variant.version);
    versions.insert(0, variant.version);
    let options = core::iter::once(None).chain(OptionFlag::NAMED.iter().copied().map(Some));
    let mut bytes = variant.bytes.clone();
    for option in options {
        for version in &versions {
            let flags = option.map_or(variant.flags, |option| variant.flags ^ option.0);
            patch(&mut bytes, OPTIONS_OFFSET, &flags.to_le_bytes());
            patch(&mut bytes, VERSION_OFFSET, &version.0.to_le_bytes());
            let mut hasher = Hasher { bytes: &bytes, digests: Vec::new(), left_size_bytes };
            for (measured, relation) in measured.iter().zip(relations.iter_mut()) {
                if relation.is_some() {
                    continue;
                }
                let Some(wanted) = measured.digest() else { continue };
                let Some(found) = hasher.digest(wanted.alg()) else { return false };
                if found == wanted {
                    let changes = changes(variant, option, *version);
                    *relation = Some(Relation::Changed { candidate, changes });
                }
            }
        }
    }
    true
}

fn changes(variant: &Variant, option: Option<OptionFlag>, version: Version) -> Vec<Change> {
    let option = option.map(|option| Change::Option { option, set: variant.flags & option.0 == 0 });
    let version = (version != variant.version).then_some(Change::Version(version));
    [option, version, variant.change].into_iter().flatten().collect()
}

fn patch(bytes: &mut [u8], offset: usize, with: &[u8]) {
    if let Some(slot) = bytes.get_mut(offset..).and_then(|rest| rest.get_mut(..with.len())) {
        slot.copy_from_slice(with);
    }
}

/// Digests of one variant, each computed once and paid from the budget.
struct Hasher<'b> {
    bytes: &'b [u8],
    digests: Vec<Digest>,
    left_size_bytes: &'b mut usize,
}

impl Hasher<'_> {
    /// `None` when the budget is spent.
    fn digest(&mut self, alg: HashAlg) -> Option<Digest> {
        if let Some(known) = self.digests.iter().find(|digest| digest.alg() == alg) {
            return Some(*known);
        }
        *self.left_size_bytes = self.left_size_bytes.checked_sub(self.bytes.len())?;
        let computed = digest(alg, &[self.bytes]);
        self.digests.push(computed);
        Some(computed)
    }
}
