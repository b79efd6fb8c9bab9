//! From the tree to the model: ids become indices, values become numbers.

mod context;
mod rules;
mod scenarios;
mod settings;
mod signers;
mod time;
mod value;

use portcullis_wire::Guid;
use portcullis_wire::ci_policy::{self as wire, OptionFlag};

pub(in crate::ci_policy) use time::format as format_time;
pub use value::guid as parse_guid;

use super::error::{XmlError, XmlReason, quoted};
use super::place::Place;
use super::tree::{Element, Tree, parse};
use crate::ci_policy::model::{CiPolicy, PolicyKind};
use context::Context;

/// Something in an XML that no schema knows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unsupported {
    /// What: an element, an attribute, an option.
    pub what: String,
    /// Where.
    pub place: Place,
    /// The element that it is in.
    pub element: String,
}

/// What an XML says of the binary that it was decoded from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Origin {
    /// Format of the binary.
    pub format: u32,
    /// Bits of its option flags that no option names.
    pub unnamed_flags: u32,
}

/// Target of the processing instruction that carries an [`Origin`]. Other programs skip it.
pub(super) const ORIGIN: &str = "portcullis-ci-policy";

/// A policy in XML.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Document<'t> {
    /// The policy; lists in the order of the document.
    pub policy: CiPolicy,
    /// What no schema knows, at most [`crate::limits::CI_POLICY_UNSUPPORTED_MAX`] of it.
    pub unsupported: Vec<Unsupported>,
    /// Set when the document was decoded from a binary.
    pub origin: Option<Origin>,
    text: &'t str,
    root_offset: usize,
}

impl Document<'_> {
    /// The place of a labelled element.
    #[must_use]
    pub fn place(&self, offset: Option<usize>) -> Place {
        Place::of(self.text, offset.unwrap_or(0))
    }

    /// An error at a labelled element; without an offset, at the root.
    #[must_use]
    pub fn error(&self, offset: Option<usize>, reason: XmlReason) -> XmlError {
        let offset = offset.unwrap_or(self.root_offset);
        let tag = self.text.get(offset..).unwrap_or_default();
        let name = tag
            .trim_start_matches('<')
            .split(|letter: char| letter.is_whitespace() || letter == '>' || letter == '/');
        let element = quoted(name.into_iter().next().unwrap_or_default());
        XmlError { place: Place::of(self.text, offset), element, reason }
    }
}

/// Reads a policy from the text of an XML.
///
/// # Errors
/// [`XmlError`] at the first element that cannot be understood.
pub fn read(text: &str) -> Result<Document<'_>, XmlError> {
    let Tree { root, instructions } = parse(text)?;
    let mut context = Context::new(text);
    if root.name != "SiPolicy" || !root.is_ours {
        return Err(context.error(&root, XmlReason::Root));
    }
    let origin = origin(&context, &root, &instructions)?;
    let mut policy = CiPolicy::default();
    header(&mut context, &root, &mut policy)?;
    let macros = settings::macros(&mut context, &root)?;
    let ekus = signers::ekus(&mut context, &root, &mut policy)?;
    let rules = rules::file_rules(&mut context, &root, &macros, &mut policy)?;
    let artifacts = rules::artifact_rules(&mut context, &root, &mut policy)?;
    let targets = signers::Targets { ekus, rules, artifacts };
    let signers = signers::signers(&mut context, &root, &targets, &mut policy)?;
    scenarios::scenarios(&mut context, &root, &targets, &signers, &mut policy)?;
    settings::settings(&mut context, &root, &mut policy)?;
    settings::app_settings(&mut context, &root);
    if let Some(origin) = origin {
        policy.format = Some(origin.format);
        policy.flags |= origin.unnamed_flags;
    }
    let unsupported = context.into_unsupported();
    Ok(Document { policy, unsupported, origin, text, root_offset: root.start })
}

/// Children of the root, in the order of the schema.
const SECTIONS: [&str; 18] = [
    "VersionEx",
    "PolicyTypeID",
    "PlatformID",
    "PolicyID",
    "BasePolicyID",
    "Rules",
    "EKUs",
    "FileRules",
    "ArtifactRules",
    "Signers",
    "SigningScenarios",
    "UpdatePolicySigners",
    "CiSigners",
    "HvciOptions",
    "Settings",
    "Macros",
    "SupplementalPolicySigners",
    "AppSettings",
];

fn header(
    context: &mut Context<'_>,
    root: &Element<'_>,
    policy: &mut CiPolicy,
) -> Result<(), XmlError> {
    context.known(root, &["FriendlyName", "PolicyType"], &SECTIONS);
    context.once(root, &SECTIONS)?;
    policy.friendly_name = root.attribute("FriendlyName").map(str::to_owned);
    if let Some(kind) = root.attribute("PolicyType") {
        policy.kind = PolicyKind::from_name(kind).ok_or_else(|| {
            let expected = "`Base Policy`, `Supplemental Policy` or `AppID Tagging Policy`";
            context.value_error(root, "PolicyType", kind, expected)
        })?;
    }
    if policy.kind == PolicyKind::Supplemental {
        policy.flags |= wire::FLAG_SUPPLEMENTAL;
    }
    let version = context.required_child(root, "VersionEx")?;
    policy.version = context.version(version, "VersionEx", &version.text)?;
    policy.type_id = guid(context, root, "PolicyTypeID")?;
    policy.platform = guid(context, root, "PlatformID")?.unwrap_or(Guid([0; 16]));
    policy.policy_id = guid(context, root, "PolicyID")?;
    policy.base_policy_id = guid(context, root, "BasePolicyID")?;
    if let Some(hvci) = root.child("HvciOptions") {
        context.known(hvci, &[], &[]);
        policy.hvci_options = context.number(hvci, "HvciOptions", &hvci.text)?;
    }
    options(context, root, policy)
}

fn guid(
    context: &mut Context<'_>,
    root: &Element<'_>,
    name: &'static str,
) -> Result<Option<Guid>, XmlError> {
    let Some(element) = root.child(name) else { return Ok(None) };
    context.known(element, &[], &[]);
    let guid = value::guid(&element.text);
    guid.map(Some).ok_or_else(|| context.value_error(element, name, &element.text, "a GUID"))
}

fn options(
    context: &mut Context<'_>,
    root: &Element<'_>,
    policy: &mut CiPolicy,
) -> Result<(), XmlError> {
    let rules = context.required_child(root, "Rules")?;
    context.known(rules, &[], &["Rule"]);
    for rule in rules.children("Rule") {
        context.known(rule, &[], &["Option"]);
        let option = context.required_child(rule, "Option")?;
        context.known(option, &[], &[]);
        let name = option.text.trim();
        let named = OptionFlag::NAMED.iter().find(|flag| flag.name() == Some(name));
        match named {
            Some(flag) => policy.flags |= flag.0,
            None if name == wire::OPTION_NO_REMAPPING => settings::no_remapping(policy),
            None => context.unsupported(option, format!("the option `{}`", quoted(name))),
        }
    }
    Ok(())
}

/// Finds the processing instruction by which a decoded XML names its origin.
fn origin(
    context: &Context<'_>,
    root: &Element<'_>,
    instructions: &[&str],
) -> Result<Option<Origin>, XmlError> {
    let ours = |text: &&str| {
        text.strip_prefix(ORIGIN).is_some_and(|rest| rest.starts_with([' ', '\t', '\r', '\n']))
    };
    let Some(text) = instructions.iter().copied().find(ours) else { return Ok(None) };
    let field = |name: &str| {
        let (_, rest) = text.split_once(&format!(" {name}=\""))?;
        rest.split_once('"').map(|(value, _)| value)
    };
    let formats = wire::FORMAT_MIN..=wire::FORMAT_NAMED_MAX;
    let format = field("format").and_then(|text| text.parse().ok());
    let Some(format) = format.filter(|format| formats.contains(format)) else {
        let error = context.value_error(root, ORIGIN, text, "a format from 1 to 11");
        return Err(XmlError { element: String::new(), ..error });
    };
    let unnamed_flags = field("unnamed-flags").map_or(Some(0), |text| {
        let bits = u32::from_str_radix(text.strip_prefix("0x")?, 16).ok()?;
        let only = CiPolicy { flags: bits, ..CiPolicy::default() };
        (only.unnamed_flags() == bits).then_some(bits)
    });
    match unnamed_flags {
        Some(unnamed_flags) => Ok(Some(Origin { format, unnamed_flags })),
        None => Err(context.value_error(root, ORIGIN, text, "flags that no option names")),
    }
}

#[cfg(test)]
mod tests;
