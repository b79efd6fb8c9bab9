//! From an authored XML to a binary: what Microsoft's converter does between the two.
//!
//! Defaults are filled in ([`settle`]), rules of the converter are checked, lists are put in
//! order. Formats 7 and 8 are proven by real pairs of XML and binary; others are written from what
//! is known of their sections, and [`Authored::is_proven`] says so.
//!
//! An XML that was decoded from a binary carries a note of that: it keeps its format and order and
//! is not checked, so that it becomes the same bytes again.

mod check;
mod target;

use portcullis_wire::Guid;
use portcullis_wire::ci_policy::{self as wire, APP_ID_PROVIDER, APP_ID_TAGGING_FLAGS};

use super::binary;
use super::model::{CiPolicy, PolicyKind, Setting};
use super::order::{self, TieOrder};
use super::xml::{Document, XmlError, XmlReason};

pub use target::{Ignored, Target};

/// Format that is written when nothing asks for another one: that of Windows 10 2004 to Windows 11
/// and Server 2022.
pub const FORMAT_DEFAULT: u32 = 7;

/// How to convert.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Choice {
    /// The format; by default that of the origin, else [`FORMAT_DEFAULT`].
    pub format: Option<u32>,
    /// The order; by default `stored` for a decoded XML, else `introsort`.
    pub order: Option<TieOrder>,
}

/// A converted policy.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Authored {
    /// The binary.
    pub bytes: Vec<u8>,
    /// The policy as it stands in the binary.
    pub policy: CiPolicy,
    /// Its format.
    pub format: u32,
    /// The order that was chosen.
    pub order: TieOrder,
    /// Pairs of rules whose order no rule decides: where there are any, `order` decides the hash.
    pub ties_count: usize,
}

impl Authored {
    /// True when real pairs of XML and binary prove that this format is written as Microsoft's
    /// converter writes it.
    #[must_use]
    pub const fn is_proven(&self) -> bool {
        matches!(self.format, 7 | 8)
    }
}

/// Converts an XML.
///
/// # Errors
/// [`XmlError`] for what no schema knows, for a rule of the converter that is broken, and for what
/// the format cannot hold. Nothing is left out silently.
pub fn author(document: &Document<'_>, choice: Choice) -> Result<Authored, XmlError> {
    if let Some(unsupported) = document.unsupported.first() {
        return Err(XmlError {
            place: unsupported.place,
            element: unsupported.element.clone(),
            reason: XmlReason::Unsupported(unsupported.what.clone()),
        });
    }
    let origin = document.origin;
    let format = choice.format.or(origin.map(|origin| origin.format)).unwrap_or(FORMAT_DEFAULT);
    let default_order = if origin.is_some() { TieOrder::Stored } else { TieOrder::Introsort };
    let order = choice.order.unwrap_or(default_order);
    let mut policy = document.policy.clone();
    if origin.is_none() {
        check::check(document)?;
        settle(&mut policy);
    }
    settle_ids(&mut policy, format, origin.is_some());
    order::arrange(&mut policy, order);
    let bytes = binary::write(&policy, format).map_err(|need| {
        let offset = label_of(&document.policy, &need);
        document.error(offset, XmlReason::Format(need))
    })?;
    policy.format = Some(format);
    policy.kind = PolicyKind::of_binary(policy.is_supplemental(), format);
    let ties_count = order::ties_count(&policy);
    Ok(Authored { bytes, policy, format, order, ties_count })
}

/// Where the rule or signer stands that needs a newer format. The need names it by its index in
/// the sorted policy, so the first that needs the same in the document is taken.
fn label_of(policy: &CiPolicy, need: &binary::Need) -> Option<usize> {
    let same = binary::needs(policy).into_iter().find(|other| other.what == need.what)?;
    let index = same.index?;
    if same.what == "SignTimeAfter" {
        return policy.signers.get(index)?.label.offset;
    }
    policy.file_rules.get(index)?.label.offset
}

/// What the converter adds to AppID tagging policies. One source.
fn settle(policy: &mut CiPolicy) {
    if policy.kind != PolicyKind::AppIdTagging {
        return;
    }
    for flag in APP_ID_TAGGING_FLAGS {
        policy.flags |= flag.0;
    }
    let default = Setting::boolean(APP_ID_PROVIDER, "TaggingSettings", "DefaultPolicy");
    policy.settings.insert(0, default);
    if policy.ci_signers.is_empty() {
        policy.ci_signers = (0_u32..).zip(&policy.signers).map(|(index, _)| index).collect();
    }
}

/// Ids where the XML gives none. With formats that have policy ids, the type in the header is the
/// id of the base policy (real files), and all three fall back to the type, else to that of an
/// enterprise policy (real files for the latter, the former is inferred).
fn settle_ids(policy: &mut CiPolicy, format: u32, decoded: bool) {
    let given: Option<Guid> = policy.base_policy_id.or(policy.policy_id).or(policy.type_id);
    let fallback = given.unwrap_or(wire::ENTERPRISE);
    if format < wire::FORMAT_MULTIPLE {
        policy.type_id = Some(policy.type_id.unwrap_or(fallback));
        return;
    }
    let base = policy.base_policy_id.unwrap_or(fallback);
    policy.policy_id = Some(policy.policy_id.unwrap_or(base));
    policy.base_policy_id = Some(base);
    policy.type_id = Some(policy.type_id.filter(|_| decoded).unwrap_or(base));
}

#[cfg(test)]
mod tests;
