//! `portcullis host doctor`: what is wrong with an EK and its certificate, and where to get what
//! is missing. It fetches nothing and decides nothing: `host add` does.

use std::fmt::Write as _;
use std::path::Path;

use portcullis_api::PolicySetDoc;
use portcullis_api::inspect::{CertificateDoc, Content};
use portcullis_api::request::EvidenceDoc;
use portcullis_store::{CertificateState, Examined, Name};
use serde::Serialize;

use super::super::capture::{evidence, inspect};
use super::super::session::{now, open, open_if_any};
use super::super::trust;
use crate::args::registry::hosts::Doctor;
use crate::engine::current;
use crate::failure::{EXIT_NOT_PASSED, EXIT_OK, Failure};
use crate::output;

/// Certificates of a path, as the engine bounds it.
const DEPTH_MAX: usize = 5;

#[derive(Serialize)]
struct DoctorDoc {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ek_sha256: Option<String>,
    certificate: CertificateState,
    /// Whether `host add` takes it as v2.
    v2: bool,
    /// `yes`, `with --force`, or `no`.
    v1: &'static str,
    /// The certificates from the EK's on, as far as they are known.
    path: Vec<StepDoc>,
    /// Where to get what is missing.
    fetch: Vec<FetchDoc>,
    notes: Vec<NoteDoc>,
}

#[derive(Serialize)]
struct StepDoc {
    subject: String,
    issuer: String,
    /// `ek`, `host`, `trusted intermediate`, `trusted root`.
    from: &'static str,
    /// `valid`, `expired` or `not yet valid`.
    validity: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    tpm: Option<String>,
}

#[derive(Serialize)]
struct FetchDoc {
    what: String,
    urls: Vec<String>,
}

#[derive(Serialize)]
struct NoteDoc {
    code: String,
    tier: String,
    text: String,
    remedy: String,
}

pub fn run(args: &Doctor) -> Result<u8, Failure> {
    let mut rules = match open_if_any(&args.reading)? {
        Some(mut store) => (*store.policy_set()?).clone(),
        None => PolicySetDoc::default(),
    };
    for path in &args.trust {
        let found = trust::certificates(path, &mut Vec::new())?;
        rules.trust.extend(found.into_iter().map(|one| one.der.into()));
    }
    let examined = Examined::new(current(), &rules, subject(args)?, now())?;
    let doc = diagnose(&rules, &examined)?;
    if args.reading.json {
        output::json(&doc);
    } else {
        output::text(&render(&doc));
    }
    Ok(if doc.v2 { EXIT_OK } else { EXIT_NOT_PASSED })
}

/// A file or folder of this name, or a registered host.
fn subject(args: &Doctor) -> Result<EvidenceDoc, Failure> {
    let path = Path::new(&args.what);
    if path.exists() {
        return evidence(path, false);
    }
    Ok(open(&args.reading)?.view().host_evidence(&Name::new("PATH|NAME", &args.what)?)?)
}

fn diagnose(rules: &PolicySetDoc, examined: &Examined) -> Result<DoctorDoc, Failure> {
    let never = examined.never().is_some() || examined.ek_sha256.is_none();
    let trusted = examined.state == CertificateState::Trusted && !never;
    let mut doc = DoctorDoc {
        name: examined.name.clone(),
        ek_sha256: examined.ek_sha256.clone(),
        certificate: examined.state,
        v2: trusted,
        v1: match (never, trusted) {
            (true, _) => "no",
            (false, true) => "yes",
            (false, false) => "with --force",
        },
        path: Vec::new(),
        fetch: Vec::new(),
        notes: Vec::new(),
    };
    for finding in &examined.findings {
        doc.notes.push(NoteDoc {
            code: finding.code.clone(),
            tier: finding.tier.clone(),
            text: finding.text.clone(),
            remedy: finding.remedy.clone(),
        });
    }
    walk(rules, &examined.evidence, &mut doc)?;
    Ok(doc)
}

/// Follows the names of issuers from the EK's certificate on. What the signatures say, the
/// findings say.
fn walk(rules: &PolicySetDoc, evidence: &EvidenceDoc, doc: &mut DoctorDoc) -> Result<(), Failure> {
    let Some(leaf) = leaf(evidence, doc)? else { return Ok(()) };
    let mut known = Vec::new();
    for (blobs, intermediate, root) in [
        (&rules.trust, "trusted intermediate", "trusted root"),
        (&evidence.ek_intermediates, "host", "host"),
    ] {
        for blob in blobs {
            if let Some(found) = certificate(blob.0.clone())? {
                known.push((if found.self_issued { root } else { intermediate }, found));
            }
        }
    }
    firmware(&leaf, doc);
    let mut last = leaf;
    doc.path.push(step("ek", &last));
    while doc.path.len() < DEPTH_MAX && !last.self_issued {
        let Some((from, issuer)) = known.iter().find(|(_, one)| one.subject == last.issuer) else {
            doc.fetch.push(FetchDoc {
                what: format!("the certificate of the issuer `{}`", last.issuer),
                urls: last.ca_issuers_urls.clone(),
            });
            return Ok(());
        };
        doc.path.push(step(from, issuer));
        last = issuer.clone();
    }
    if last.self_issued && doc.certificate != CertificateState::Trusted {
        let is_trusted = doc.path.last().is_some_and(|step| step.from == "trusted root");
        if !is_trusted {
            let what = format!("the root `{}`, from its vendor, to trust it", last.subject);
            doc.fetch.push(FetchDoc { what, urls: Vec::new() });
        }
    }
    Ok(())
}

/// The EK's certificate; or else, where vendors publish it.
fn leaf(evidence: &EvidenceDoc, doc: &mut DoctorDoc) -> Result<Option<CertificateDoc>, Failure> {
    if let Some(blob) = &evidence.ek_certificate {
        return certificate(blob.0.clone());
    }
    let mut urls = Vec::new();
    if let Some(blob) = &evidence.platform_identifier
        && let Content::PlatformIdentifier(found) = inspect("", blob.0.clone())?.content
    {
        if found.ek_certificate {
            return Ok(in_identifier(blob.0.clone()));
        }
        urls = found.ek_certificate_urls;
    }
    if let Some(blob) = &evidence.ek_public
        && let Content::PublicKey(found) = inspect("", blob.0.clone())?.content
    {
        urls = found.ek_certificate_urls;
    }
    let what = "the EK certificate: from the TPM's NV (`tpm2_getekcertificate`), or, for a \
                firmware TPM, from its vendor (Intel, AMD)";
    doc.fetch.push(FetchDoc { what: what.into(), urls });
    Ok(None)
}

fn in_identifier(bytes: Vec<u8>) -> Option<CertificateDoc> {
    match inspect("", bytes).ok()?.content {
        Content::PlatformIdentifier(found) => found.certificate,
        _ => None,
    }
}

fn certificate(bytes: Vec<u8>) -> Result<Option<CertificateDoc>, Failure> {
    match inspect("", bytes)?.content {
        Content::EkCertificate(found) if !found.sha256.is_empty() => Ok(Some(found)),
        _ => Ok(None),
    }
}

fn step(from: &'static str, certificate: &CertificateDoc) -> StepDoc {
    let seconds = |text: &str| text.parse::<u64>().unwrap_or(u64::MAX);
    let now = now();
    let validity = match () {
        () if seconds(&certificate.not_after) < now => "expired",
        () if seconds(&certificate.not_before) > now => "not yet valid",
        () => "valid",
    };
    let parts = [&certificate.tpm_manufacturer, &certificate.tpm_model, &certificate.tpm_version];
    let tpm: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
    StepDoc {
        subject: certificate.subject.clone(),
        issuer: certificate.issuer.clone(),
        from,
        validity,
        tpm: (!tpm.is_empty()).then(|| tpm.join(" ")),
    }
}

/// Infineon's firmware that made weak RSA keys (CVE-2017-15361), of TPM 2.0: major version with
/// the first and last minor version. Source: Infineon's list of affected versions. The certificate
/// names the firmware of its making; the fingerprint of the key itself is checked apart.
const ROCA_FIRMWARE: [(u8, u8, u8); 3] = [(5, 0, 61), (7, 0, 61), (133, 0, 32)];
const INFINEON: &str = "id:49465800";

fn firmware(leaf: &CertificateDoc, doc: &mut DoctorDoc) {
    let Some(version) = leaf.tpm_version.as_deref().and_then(major_minor) else { return };
    if leaf.tpm_manufacturer.as_deref() != Some(INFINEON) {
        return;
    }
    let weak = ROCA_FIRMWARE
        .iter()
        .any(|(major, from, to)| version.0 == *major && (*from..=*to).contains(&version.1));
    if weak {
        doc.notes.push(NoteDoc {
            code: "TPM-FIRMWARE-ROCA".into(),
            tier: "warning".into(),
            text: format!(
                "the certificate was made with Infineon firmware {}.{}, which made weak RSA keys \
                 (CVE-2017-15361)",
                version.0, version.1
            ),
            remedy: "update the TPM's firmware and clear the TPM, then `portcullis host rebind`"
                .into(),
        });
    }
}

/// `id:` with the major and the minor version, each of one or two bytes.
fn major_minor(text: &str) -> Option<(u8, u8)> {
    let digits = text.strip_prefix("id:")?;
    let bytes = portcullis_api::text::unhex(digits)?;
    match bytes.as_slice() {
        [major, minor] | [0, major, 0, minor] => Some((*major, *minor)),
        _ => None,
    }
}

fn render(doc: &DoctorDoc) -> String {
    let mut text = format!(
        "{}\n  EK           {}\n  certificate  {}\n  v2           {}\n  v1           {}\n",
        doc.name.as_deref().unwrap_or("host"),
        doc.ek_sha256.as_deref().unwrap_or("none"),
        doc.certificate.name(),
        if doc.v2 { "yes" } else { "no" },
        doc.v1
    );
    for step in &doc.path {
        let tpm = step.tpm.as_ref().map(|tpm| format!(", TPM {tpm}")).unwrap_or_default();
        let _ = writeln!(text, "  {:<20} {} ({}{tpm})", step.from, step.subject, step.validity);
    }
    for fetch in &doc.fetch {
        let _ = writeln!(text, "  missing: {}", fetch.what);
        for url in &fetch.urls {
            let _ = writeln!(text, "    {url}");
        }
        if fetch.urls.is_empty() {
            text.push_str("    no address is known\n");
        }
    }
    for note in &doc.notes {
        let _ = writeln!(text, "  {} {}: {}", note.tier, note.code, note.text);
        if !note.remedy.is_empty() {
            let _ = writeln!(text, "    {}", note.remedy);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::major_minor;

    #[test]
    fn versions_of_both_lengths_are_read() {
        assert_eq!(major_minor("id:053D"), Some((5, 61)));
        assert_eq!(major_minor("id:0005003D"), Some((5, 61)));
        for other in ["053D", "id:", "id:05", "id:01050003", "id:xyz"] {
            assert_eq!(major_minor(other), None, "{other}");
        }
    }
}
