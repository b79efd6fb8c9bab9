//! EKUs, signers, lists of signers.

use portcullis_wire::ci_policy::RootKind;

use super::super::read::format_time;
use super::emit::Emit;
use super::ids::{Ids, id};
use super::{Result, hex, refuse, root_name};
use crate::ci_policy::model::{CiPolicy, References, Root, Signer};

pub(super) fn ekus(emit: &mut Emit, policy: &CiPolicy, ids: &Ids) -> Result {
    if policy.ekus.is_empty() {
        return emit.empty("EKUs", &[]);
    }
    emit.open("EKUs", &[])?;
    for (eku, id) in policy.ekus.iter().zip(&ids.ekus) {
        let value = hex(&eku.value);
        let attributes =
            [("ID", Some(id.as_str())), ("FriendlyName", eku.purpose()), ("Value", Some(&value))];
        emit.empty("EKU", &attributes)?;
    }
    emit.close("EKUs");
    Ok(())
}

pub(super) fn signers(emit: &mut Emit, policy: &CiPolicy, ids: &Ids) -> Result {
    let artifacts = by_signer(&policy.signer_artifacts, "ArtifactRuleRef")?;
    let exceptions = by_signer(&policy.eku_exceptions, "CertEKU")?;
    if policy.signers.is_empty() {
        return emit.empty("Signers", &[]);
    }
    emit.open("Signers", &[])?;
    for (index, signer) in (0_u32..).zip(&policy.signers) {
        let of = |references: &[(u32, &[u32])]| {
            references
                .binary_search_by_key(&index, |(signer, _)| *signer)
                .ok()
                .and_then(|at| references.get(at).map(|(_, to)| to.to_vec()))
                .unwrap_or_default()
        };
        let more = (of(&artifacts), of(&exceptions));
        write_signer(emit, signer, id(&ids.signers, index), ids, &more)?;
    }
    emit.close("Signers");
    Ok(())
}

/// References as the XML can hold them: one list for each signer, in the order of the signers,
/// none of them empty.
fn by_signer<'p>(
    references: &'p [References],
    what: &'static str,
) -> Result<Vec<(u32, &'p [u32])>> {
    let list: Vec<_> =
        references.iter().map(|reference| (reference.signer, reference.to.as_slice())).collect();
    if list.iter().any(|(_, to)| to.is_empty()) {
        return refuse(what, "lists nothing");
    }
    if !list.is_sorted_by(|left, right| left.0 < right.0) {
        return refuse(what, "lists signers twice, or out of order");
    }
    Ok(list)
}

fn write_signer(
    emit: &mut Emit,
    signer: &Signer,
    own_id: &str,
    ids: &Ids,
    (artifacts, exceptions): &(Vec<u32>, Vec<u32>),
) -> Result {
    let time = match signer.sign_time_after.0 {
        0 => None,
        _ => match format_time(signer.sign_time_after) {
            Some(time) => Some(time),
            None => return refuse("SignTimeAfter", "is no time between 1601 and 9999"),
        },
    };
    let publisher = signer.publisher.as_deref().filter(|_| matches!(signer.root, Root::Tbs(_)));
    let name = publisher.map_or_else(|| root_name(&signer.root), str::to_owned);
    emit.open(
        "Signer",
        &[("ID", Some(own_id)), ("Name", Some(&name)), ("SignTimeAfter", time.as_deref())],
    )?;
    let (kind, value) = match &signer.root {
        Root::Tbs(digest) => (RootKind::TBS, hex(digest)),
        Root::Wellknown(root) => match u8::try_from(root.0) {
            Ok(number) => (RootKind::WELLKNOWN, hex(&[number])),
            Err(_) => return refuse("CertRoot", "has a number above 255"),
        },
    };
    emit.empty("CertRoot", &[("Type", kind.name()), ("Value", Some(&value))])?;
    for eku in &signer.ekus {
        emit.empty("CertEKU", &[("ID", Some(id(&ids.ekus, *eku)))])?;
    }
    for eku in exceptions {
        let condition = ("Condition", Some("Except"));
        emit.empty("CertEKU", &[("ID", Some(id(&ids.ekus, *eku))), condition])?;
    }
    for (name, value) in [
        ("CertIssuer", &signer.issuer),
        ("CertPublisher", &signer.publisher),
        ("CertOemID", &signer.oem_id),
    ] {
        if let Some(value) = value {
            emit.empty(name, &[("Value", Some(value))])?;
        }
    }
    for rule in &signer.file_attribs {
        emit.empty("FileAttribRef", &[("RuleID", Some(id(&ids.rules, *rule)))])?;
    }
    for rule in artifacts {
        emit.empty("ArtifactRuleRef", &[("RuleID", Some(id(&ids.artifacts, *rule)))])?;
    }
    emit.close("Signer");
    Ok(())
}

pub(super) fn lists(emit: &mut Emit, policy: &CiPolicy, ids: &Ids) -> Result {
    for (list, child, indices, always) in [
        ("UpdatePolicySigners", "UpdatePolicySigner", &policy.update_signers, true),
        ("CiSigners", "CiSigner", &policy.ci_signers, true),
        (
            "SupplementalPolicySigners",
            "SupplementalPolicySigner",
            &policy.supplemental_signers,
            false,
        ),
    ] {
        if indices.is_empty() {
            if always {
                emit.empty(list, &[])?;
            }
            continue;
        }
        emit.open(list, &[])?;
        for index in indices {
            emit.empty(child, &[("SignerId", Some(id(&ids.signers, *index)))])?;
        }
        emit.close(list);
    }
    Ok(())
}
