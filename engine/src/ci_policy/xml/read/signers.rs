//! EKUs, signers, and the lists that name signers.

use portcullis_wire::ci_policy::{RootKind, WellknownRoot};

use super::super::error::{XmlError, XmlReason};
use super::super::tree::Element;
use super::context::{Context, Ids};
use super::time;
use crate::ci_policy::model::{CiPolicy, Eku, References, Root, Signer};

/// What signers refer to.
pub(super) struct Targets<'e> {
    pub(super) ekus: Ids<'e>,
    pub(super) rules: Ids<'e>,
    pub(super) artifacts: Ids<'e>,
}

/// Reads `EKUs`; returns their indices by id.
pub(super) fn ekus<'e>(
    context: &mut Context<'_>,
    root: &'e Element<'_>,
    policy: &mut CiPolicy,
) -> Result<Ids<'e>, XmlError> {
    let mut ids = Ids::new();
    let Some(list) = root.child("EKUs") else { return Ok(ids) };
    context.known(list, &[], &["EKU"]);
    for element in list.children("EKU") {
        context.known(element, &["ID", "Value", "OID", "FriendlyName"], &[]);
        let label = context.label(element, "FriendlyName", &mut ids, policy.ekus.len())?;
        let value = eku_value(context, element)?;
        policy.ekus.push(Eku { label, value });
    }
    Ok(ids)
}

/// The bytes of `Value`, or those that `OID` stands for. Both may be given, and must agree.
fn eku_value(context: &Context<'_>, element: &Element<'_>) -> Result<Vec<u8>, XmlError> {
    let value =
        element.attribute("Value").map(|text| context.hex(element, "Value", text)).transpose()?;
    let Some(dotted) = element.attribute("OID") else {
        return value.ok_or_else(|| context.error(element, XmlReason::Missing("Value")));
    };
    let Some(of_oid) = Eku::from_dotted(dotted.trim()) else {
        return Err(context.value_error(element, "OID", dotted, "an object identifier"));
    };
    if value.as_ref().is_some_and(|value| *value != of_oid) {
        return Err(context.value_error(element, "OID", dotted, "that of `Value`"));
    }
    Ok(value.unwrap_or(of_oid))
}

/// Reads `Signers` and the three lists of signers; returns the signers' indices by id.
pub(super) fn signers<'e>(
    context: &mut Context<'_>,
    root: &'e Element<'_>,
    targets: &Targets<'_>,
    policy: &mut CiPolicy,
) -> Result<Ids<'e>, XmlError> {
    let mut ids = Ids::new();
    if let Some(list) = root.child("Signers") {
        context.known(list, &[], &["Signer"]);
        for element in list.children("Signer") {
            let label = context.label(element, "Name", &mut ids, policy.signers.len())?;
            let signer = signer(context, element, targets, policy)?;
            policy.signers.push(Signer { label, ..signer });
        }
    }
    for (list, child, indices) in [
        ("UpdatePolicySigners", "UpdatePolicySigner", &mut policy.update_signers),
        ("CiSigners", "CiSigner", &mut policy.ci_signers),
        ("SupplementalPolicySigners", "SupplementalPolicySigner", &mut policy.supplemental_signers),
    ] {
        if let Some(list) = root.child(list) {
            context.known(list, &[], &[child]);
            *indices = context.references(list, child, "SignerId", &ids)?;
        }
    }
    Ok(ids)
}

fn signer(
    context: &mut Context<'_>,
    element: &Element<'_>,
    targets: &Targets<'_>,
    policy: &mut CiPolicy,
) -> Result<Signer, XmlError> {
    let single = ["CertRoot", "CertIssuer", "CertPublisher", "CertOemID"];
    let lists = ["CertEKU", "FileAttribRef", "ArtifactRuleRef"];
    context.known(element, &["ID", "Name", "SignTimeAfter"], &[&single[..], &lists].concat());
    context.once(element, &single)?;

    let mut signer = Signer::new(cert_root(context, element)?);
    signer.issuer = value_of(context, element, "CertIssuer")?;
    signer.publisher = value_of(context, element, "CertPublisher")?;
    signer.oem_id = value_of(context, element, "CertOemID")?;
    signer.file_attribs = context.references(element, "FileAttribRef", "RuleID", &targets.rules)?;
    if let Some(time) = element.attribute("SignTimeAfter") {
        signer.sign_time_after = time::parse(time).ok_or_else(|| {
            let expected = "a date and time such as 2024-01-02T03:04:05Z";
            context.value_error(element, "SignTimeAfter", time, expected)
        })?;
    }
    let index = u32::try_from(policy.signers.len()).unwrap_or(u32::MAX);
    let exceptions = cert_ekus(context, element, targets, &mut signer)?;
    let artifacts = context.references(element, "ArtifactRuleRef", "RuleID", &targets.artifacts)?;
    for (list, to) in
        [(&mut policy.eku_exceptions, exceptions), (&mut policy.signer_artifacts, artifacts)]
    {
        if !to.is_empty() {
            list.push(References { signer: index, to });
        }
    }
    Ok(signer)
}

fn cert_root(context: &mut Context<'_>, signer: &Element<'_>) -> Result<Root, XmlError> {
    let element = context.required_child(signer, "CertRoot")?;
    context.known(element, &["Type", "Value"], &[]);
    let (kind, text) = (context.required(element, "Type")?, context.required(element, "Value")?);
    let value = context.hex(element, "Value", text)?;
    let known = RootKind::NAMED.iter().find(|known| known.name() == Some(kind));
    match (known, value.as_slice()) {
        (Some(&RootKind::TBS), _) => Ok(Root::Tbs(value)),
        (Some(_), [number]) => Ok(Root::Wellknown(WellknownRoot(u32::from(*number)))),
        (Some(_), _) => Err(context.value_error(element, "Value", text, "one byte")),
        (None, _) => Err(context.value_error(element, "Type", kind, "`TBS` or `Wellknown`")),
    }
}

fn value_of(
    context: &mut Context<'_>,
    signer: &Element<'_>,
    name: &'static str,
) -> Result<Option<String>, XmlError> {
    let Some(element) = signer.child(name) else { return Ok(None) };
    context.known(element, &["Value"], &[]);
    Ok(Some(context.required(element, "Value")?.to_owned()))
}

/// EKUs that the leaf must have go to the signer; returned are those that it must not have.
fn cert_ekus(
    context: &mut Context<'_>,
    element: &Element<'_>,
    targets: &Targets<'_>,
    signer: &mut Signer,
) -> Result<Vec<u32>, XmlError> {
    let mut exceptions = Vec::new();
    for eku in element.children("CertEKU") {
        context.known(eku, &["ID", "Condition"], &[]);
        let index = context.reference(eku, "ID", &targets.ekus)?;
        match eku.attribute("Condition") {
            None => signer.ekus.push(index),
            Some("Except") => exceptions.push(index),
            Some(other) => return Err(context.value_error(eku, "Condition", other, "`Except`")),
        }
    }
    Ok(exceptions)
}
