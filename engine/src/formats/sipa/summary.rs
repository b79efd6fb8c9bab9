//! One line per element for a human.

use std::fmt::{self, Write};

use portcullis_wire::SipaType;
use portcullis_wire::sipa::{
    BitlockerUnlock, DepPolicy, IommuPolicy, LaunchType, SbcpOptions, SmtStatus,
};

use super::policy::SiPolicySigner;
use super::tree::{NodeBudget, SipaNode, SipaTree, parse};
use super::value::SipaValue;
use crate::crypto::{self, HashAlg};
use crate::formats::body::TaggedEvent;
use crate::formats::input::Input;
use crate::formats::line::{Count, Hex, Line};
use crate::formats::tpm::TpmsAttest;

impl SipaTree<'_> {
    /// What an element says, in one line of at most
    /// [`SUMMARY_CHARS_MAX`](crate::limits::SUMMARY_CHARS_MAX) characters and an ellipsis.
    /// Everything that is not plainly visible is escaped. A container shows what it holds.
    ///
    /// For display only: a module's line shows the first of each field.
    #[must_use]
    pub fn summary(&self, node: &SipaNode<'_>) -> String {
        Line::of(|line| write_node(line, self, node))
    }
}

/// Writes an outermost element of a tagged event, SIPA or not.
pub(in crate::formats) fn write_element(line: &mut Line, element: &TaggedEvent<'_>) -> fmt::Result {
    let kind = SipaType(element.id);
    if !kind.is_plausible() {
        return write!(line, "{kind} of {} bytes", element.data.len());
    }
    match SipaTree::of_element(element) {
        Ok(tree) => tree.roots().try_for_each(|root| write_node(line, &tree, root)),
        Err(reason) => write!(line, "{kind}: undecodable: {reason}"),
    }
}

/// Writes a trust point and the keys that it names. A broken one only has a size.
pub(in crate::formats) fn write_trust_point(line: &mut Line, data: &[u8]) -> fmt::Result {
    write!(line, "trust point of {} bytes", data.len())?;
    let Ok(tree) = parse(Input::new(data), &mut NodeBudget::default()) else { return Ok(()) };
    let mut separator = ", key ";
    for key in tree.find(SipaType::AIKID) {
        if let SipaValue::Text(name) = key.value() {
            write!(line, "{separator}{}", name.text)?;
            separator = ", ";
        }
    }
    Ok(())
}

fn write_node(line: &mut Line, tree: &SipaTree<'_>, node: &SipaNode<'_>) -> fmt::Result {
    if node.kind == SipaType::LOADEDMODULE_AGGREGATION {
        return write_module(line, tree, node);
    }
    write!(line, "{}", node.kind)?;
    let value = node.value();
    if value != SipaValue::Container {
        return write_value(line, node.kind, &value);
    }
    let is_module = |node: &&SipaNode<'_>| node.kind == SipaType::LOADEDMODULE_AGGREGATION;
    let mut separator = ": ";
    let modules_count = tree.children_of(node).filter(is_module).count();
    if modules_count > 0 {
        write!(line, "{separator}{}", Count(modules_count, "module"))?;
        separator = ", ";
    }
    for child in tree.children_of(node).filter(|child| !is_module(child)) {
        line.write_str(separator)?;
        // A container inside a container is only named: its own line shows the rest.
        match child.value() {
            SipaValue::Container if child.descendants_count == 0 => write!(line, "{}", child.kind)?,
            SipaValue::Container => {
                let count = Count(child.descendants_count, "element");
                write!(line, "{} of {count}", child.kind)?;
            }
            value => {
                write!(line, "{}", child.kind)?;
                write_value(line, child.kind, &value)?;
            }
        }
        separator = ", ";
    }
    Ok(())
}

fn write_module(line: &mut Line, tree: &SipaTree<'_>, node: &SipaNode<'_>) -> fmt::Result {
    let first = |kind| {
        let found = tree.children_of(node).find(|child| child.kind == kind);
        found.map(SipaNode::value)
    };
    line.write_str("module")?;
    if let Some(SipaValue::Text(path)) = first(SipaType::FILEPATH) {
        write!(line, " {}", path.text)?;
    }
    if let Some(SipaValue::Digest(hash)) = first(SipaType::AUTHENTICODEHASH) {
        write!(line, " {}", Hex(hash))?;
    }
    if let Some(SipaValue::U64(base)) = first(SipaType::IMAGEBASE) {
        write!(line, " at {base:#x}")?;
    }
    if first(SipaType::IMAGEVALIDATED) == Some(SipaValue::Boolean(false)) {
        line.write_str(", not validated")?;
    }
    if let Some(SipaValue::Text(publisher)) = first(SipaType::AUTHORITYPUBLISHER) {
        write!(line, " by {}", publisher.text)?;
    }
    Ok(())
}

fn write_value(line: &mut Line, kind: SipaType, value: &SipaValue<'_>) -> fmt::Result {
    if !matches!(value, SipaValue::Container | SipaValue::Undecodable { .. }) {
        line.write_str(" = ")?;
    }
    match value {
        SipaValue::Container => Ok(()),
        SipaValue::Boolean(value) => line.write_str(if *value { "yes" } else { "no" }),
        SipaValue::U32(value) => write_number(line, kind, u64::from(*value)),
        SipaValue::U64(value) => write_number(line, kind, *value),
        SipaValue::TransferControl(value) => write!(line, "{value}"),
        SipaValue::BitlockerUnlock(flags) => write_flags(
            line,
            flags.0,
            BitlockerUnlock::NAMED.iter().map(|flag| (flag.0, flag.name())),
        ),
        SipaValue::OsDevice(value) => write!(line, "{value}"),
        SipaValue::HashAlgorithm(value) => write!(line, "{value}"),
        SipaValue::Text(text) => line.write_str(&text.text),
        SipaValue::Digest(digest) => write!(line, "{}", Hex(digest)),
        SipaValue::PublicKey(spki) => {
            write!(line, "key with SHA-256 {}", crypto::digest(HashAlg::Sha256, &[spki]))
        }
        SipaValue::SiPolicy(policy) => {
            write!(line, "{} {}, ", policy.name.text, policy.version)?;
            write!(line, "{} {}", policy.hash_alg, Hex(policy.digest))
        }
        SipaValue::SiPolicySigner(signer) => write_signer(line, signer),
        SipaValue::RevocationList(list) => {
            match list.created() {
                Some(time) => write!(line, "of {time}, ")?,
                None => write!(line, "of time {}, ", list.created_filetime)?,
            }
            write!(line, "{} {}", list.hash_alg, Hex(list.digest))
        }
        SipaValue::SbcpInfo(info) => {
            line.write_str("options ")?;
            let names = SbcpOptions::NAMED.iter().map(|flag| (flag.0, flag.name()));
            write_flags(line, info.options.0, names)?;
            write!(line, ", {}, ", Count(size(info.signers_count), "signer"))?;
            write!(line, "{} {}", info.hash_alg, Hex(info.digest))
        }
        SipaValue::VsmIdk(key) => {
            write!(line, "RSA key of {} bits with modulus ", key.key_bits)?;
            line.write_bytes(key.modulus)
        }
        SipaValue::KsrSignature(signature) => {
            write!(line, "algorithm {:#x}, ", signature.alg)?;
            line.write_bytes(signature.signature)
        }
        SipaValue::Quote(attest) => write_quote(line, attest),
        SipaValue::Bytes(data) | SipaValue::Unknown(data) => line.write_bytes(data),
        SipaValue::Undecodable { reason } => write!(line, ": undecodable: {reason}"),
    }
}

/// A number with its meaning where it has one.
fn write_number(line: &mut Line, kind: SipaType, value: u64) -> fmt::Result {
    let meaning = match kind {
        SipaType::DATAEXECUTIONPREVENTION => DepPolicy(value).name(),
        SipaType::HYPERVISOR_LAUNCH_TYPE | SipaType::VSM_LAUNCH_TYPE => LaunchType(value).name(),
        SipaType::HYPERVISOR_IOMMU_POLICY => IommuPolicy(value).name(),
        SipaType::SMT_STATUS => {
            u32::try_from(value).ok().and_then(|status| SmtStatus(status).name())
        }
        // Handles, addresses and status codes are known by their hexadecimal form.
        SipaType::COUNTERID | SipaType::IMAGEBASE | SipaType::MORBIT_API_STATUS => {
            return write!(line, "{value:#x}");
        }
        _ => None,
    };
    match meaning {
        Some(meaning) => write!(line, "{value} ({meaning})"),
        None => write!(line, "{value}"),
    }
}

/// Named flags, and what is left of the number in hexadecimal.
fn write_flags(
    line: &mut Line,
    value: u32,
    names: impl Iterator<Item = (u32, Option<&'static str>)>,
) -> fmt::Result {
    if value == 0 {
        return line.write_str("none");
    }
    let (mut left, mut separator) = (value, "");
    for (flag, name) in names {
        if let (true, Some(name)) = (left & flag != 0, name) {
            write!(line, "{separator}{name}")?;
            left &= !flag;
            separator = " ";
        }
    }
    if left == 0 { Ok(()) } else { write!(line, "{separator}{left:#x}") }
}

fn write_signer(line: &mut Line, signer: &SiPolicySigner<'_>) -> fmt::Result {
    write!(line, "{}, root {}", signer.policy_name.text, signer.root_id)?;
    for certificate in &signer.certificates {
        let (publisher, issuer) = (&certificate.publisher.text, &certificate.issuer.text);
        write!(line, ", {publisher} of {issuer}")?;
    }
    write!(line, ", {}", Count(signer.ekus.len(), "key usage"))
}

fn write_quote(line: &mut Line, attest: &TpmsAttest<'_>) -> fmt::Result {
    line.write_str("quote of")?;
    let Some(quote) = attest.quote() else { return Ok(()) };
    for selection in &quote.selections {
        write!(line, " {}", selection.bank)?;
        let mut separator = ":";
        for pcr in selection.pcrs.iter() {
            write!(line, "{separator}{pcr}")?;
            separator = ",";
        }
    }
    Ok(())
}

fn size(value: u32) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}
