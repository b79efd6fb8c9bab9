//! From the paths of a command line to what identifies hosts.

use std::path::{Path, PathBuf};

use portcullis_api::call::{InspectCallDoc, Operation};
use portcullis_api::inspect::{Content, InspectDoc};
use portcullis_api::request::EvidenceDoc;
use portcullis_api::text::Blob;

use crate::args::registry::hosts::Identity;
use crate::capture::Capture;
use crate::engine::current;
use crate::failure::{Failure, read_limited};

/// A file that identifies a host. The engine's own limit of an identifier is 1 MiB.
const FILE_SIZE_BYTES_MAX: u64 = 1 << 20;
/// Platform identifiers of one folder.
const FILES_MAX: usize = 100_000;

/// What identifies one host.
pub struct Source {
    /// The path, to be shown.
    pub shown: String,
    /// The name of a host whose file gives none.
    pub stem: String,
    /// EK, certificate, intermediates; or why the file cannot serve.
    pub evidence: Result<EvidenceDoc, Failure>,
}

/// The hosts that paths and options name, in the order of their names.
pub fn sources(paths: &[PathBuf], identity: &Identity) -> Result<Vec<Source>, Failure> {
    let given = identity.ek_pub.is_some() || identity.ek_cert.is_some();
    if paths.is_empty() {
        let path = identity.ek_pub.as_ref().or(identity.ek_cert.as_ref());
        let evidence = complete(EvidenceDoc::default(), identity)?;
        return Ok(vec![source(path.map_or(Path::new(""), PathBuf::as_path), Ok(evidence))]);
    }
    let mut files = Vec::new();
    for path in paths {
        match path.is_dir() && !is_capture(path) {
            true => files.extend(identifiers(path)?),
            false => files.push(path.clone()),
        }
    }
    if (given || !identity.intermediate.is_empty()) && files.len() > 1 {
        let reason = format!("`--ek-pub` and `--ek-cert` are of one host, not of {}", files.len());
        return Err(Failure::usage(reason, "name one file"));
    }
    let read = |path: &PathBuf| {
        source(path, evidence(path, given).and_then(|found| complete(found, identity)))
    };
    Ok(files.iter().map(read).collect())
}

fn source(path: &Path, evidence: Result<EvidenceDoc, Failure>) -> Source {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Source { shown: path.display().to_string(), stem, evidence }
}

fn is_capture(folder: &Path) -> bool {
    ["eventlog.bin", "ek-rsa.pub", "ek-rsa.pem", "ek-ecc.pub", "ek-ecc.pem"]
        .iter()
        .any(|name| folder.join(name).exists())
}

fn identifiers(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let failed = |source| Failure::Io { verb: "read", path: folder.to_owned(), source };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("xml")) {
            files.push(path);
        }
    }
    if files.is_empty() {
        let remedy = "name the folder of the files of Get-PlatformIdentifier";
        return Err(Failure::file(folder, "holds no .xml file", remedy));
    }
    if files.len() > FILES_MAX {
        let reason = format!("holds more than {FILES_MAX} files");
        return Err(Failure::file(folder, reason, "split the folder"));
    }
    files.sort();
    Ok(files)
}

/// What one path identifies a host by. `given` says that options bring a key or certificate.
pub fn evidence(path: &Path, given: bool) -> Result<EvidenceDoc, Failure> {
    if path.is_dir() {
        let evidence = Capture::open(path, None)?.request(0, None, current())?.evidence;
        return Ok(EvidenceDoc {
            ek_public: evidence.ek_public,
            ek_certificate: evidence.ek_certificate,
            ek_intermediates: evidence.ek_intermediates,
            ..EvidenceDoc::default()
        });
    }
    let bytes = read_limited(path, FILE_SIZE_BYTES_MAX)?;
    let shown = path.display().to_string();
    let found = inspect(&shown, bytes.clone())?;
    let mut evidence = EvidenceDoc::default();
    let slot = match &found.content {
        Content::PlatformIdentifier(doc) => {
            if doc.ek_sha256.is_none() && !given {
                return Err(unknown_layout(path, &doc.other_blobs));
            }
            &mut evidence.platform_identifier
        }
        Content::PublicKey(_) => &mut evidence.ek_public,
        Content::EkCertificate(_) => &mut evidence.ek_certificate,
        _ => {
            let reason =
                found.findings.first().map_or("is no platform identifier", |note| &note.text);
            let remedy =
                "name the XML of Get-PlatformIdentifier, an EK's public key or certificate";
            return Err(Failure::file(path, reason, remedy));
        }
    };
    *slot = Some(Blob(bytes));
    Ok(evidence)
}

/// A layout that nobody has seen yet: everything that could be a key is shown.
fn unknown_layout(path: &Path, blobs: &[portcullis_api::inspect::IdentifierBlobDoc]) -> Failure {
    let mut reason = String::from("holds no endorsement key where one is known to stand");
    if !blobs.is_empty() {
        reason.push_str("; it holds");
    }
    for blob in blobs {
        reason.push_str(&format!(
            "\n    {}: {} bytes, {}, SHA-256 {}",
            blob.path, blob.size, blob.content, blob.sha256
        ));
    }
    let remedy = "hand in key and certificate with `--ek-pub` and `--ek-cert`";
    Failure::file(path, reason, remedy)
}

/// Inspects bytes.
pub fn inspect(file: &str, bytes: Vec<u8>) -> Result<InspectDoc, Failure> {
    let call = InspectCallDoc { file: file.to_owned(), content: bytes.into() };
    super::ask::ask(Operation::Inspect, &call, |reason| Failure::file(Path::new(file), reason, ""))
}

fn complete(mut evidence: EvidenceDoc, identity: &Identity) -> Result<EvidenceDoc, Failure> {
    let file = |path: &PathBuf| read_limited(path, FILE_SIZE_BYTES_MAX).map(Blob);
    if let Some(path) = &identity.ek_pub {
        evidence.ek_public = Some(file(path)?);
    }
    if let Some(path) = &identity.ek_cert {
        evidence.ek_certificate = Some(file(path)?);
    }
    for path in &identity.intermediate {
        evidence.ek_intermediates.push(file(path)?);
    }
    Ok(evidence)
}
