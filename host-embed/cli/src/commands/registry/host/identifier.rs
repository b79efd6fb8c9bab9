//! `portcullis host capture`: a platform identifier from files.
//!
//! The elements are ours: what Microsoft's file calls them is not public. `host add` reads both.

use std::path::Path;

use portcullis_api::request::EvidenceDoc;
use portcullis_api::text::Blob;
use portcullis_store::Name;
use serde::Serialize;

use super::super::capture::{evidence, inspect};
use crate::args::registry::hosts::Capture;
use crate::failure::{EXIT_OK, Failure, read_limited, write};
use crate::output;

/// Files of keys and certificates.
const FILE_SIZE_BYTES_MAX: u64 = 1 << 20;

#[derive(Serialize)]
struct CapturedDoc {
    file: String,
    name: String,
    ek_sha256: String,
    /// True when the file holds an EK certificate.
    ek_certificate: bool,
}

pub fn capture(args: &Capture) -> Result<u8, Failure> {
    let name = Name::new("--name", &args.name)?;
    let mut found = match &args.from {
        Some(folder) if folder.is_dir() => evidence(folder, false)?,
        Some(folder) => {
            return Err(Failure::file(folder, "is no folder", "name the folder of one capture"));
        }
        None => EvidenceDoc::default(),
    };
    let file = |path: &Path| read_limited(path, FILE_SIZE_BYTES_MAX).map(Blob);
    if let Some(path) = &args.ek_pub {
        found.ek_public = Some(file(path)?);
    }
    if let Some(path) = &args.ek_cert {
        found.ek_certificate = Some(file(path)?);
    }
    let xml = identifier(name.as_str(), &found);
    // What is written is read as `host add` will read it: nothing that it would refuse is handed
    // on.
    let ek_sha256 = match inspect("", xml.clone().into_bytes())?.content {
        portcullis_api::inspect::Content::PlatformIdentifier(doc) => doc.ek_sha256,
        _ => None,
    };
    let Some(ek_sha256) = ek_sha256 else {
        let path = args.ek_pub.as_deref().or(args.from.as_deref()).unwrap_or(Path::new(""));
        let remedy = "name the EK's public key: TPM2B_PUBLIC, PEM or DER";
        return Err(Failure::file(path, "holds no endorsement key that can be read", remedy));
    };
    write(&args.output, xml.as_bytes())?;
    let done = CapturedDoc {
        file: args.output.display().to_string(),
        name: name.to_string(),
        ek_sha256,
        ek_certificate: found.ek_certificate.is_some(),
    };
    if args.json {
        output::json(&done);
    } else {
        let with = if done.ek_certificate { "with" } else { "without" };
        output::text(&format!("wrote {}: EK {}, {with} certificate\n", done.file, done.ek_sha256));
    }
    Ok(EXIT_OK)
}

fn identifier(name: &str, evidence: &EvidenceDoc) -> String {
    let base64 = |blob: &Option<Blob>| {
        let value = blob.as_ref().and_then(|blob| serde_json::to_value(blob).ok());
        value.and_then(|value| value.as_str().map(str::to_owned))
    };
    let element = |tag: &str, text: Option<String>| {
        text.map(|text| format!("  <{tag}>{text}</{tag}>\n")).unwrap_or_default()
    };
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<PlatformIdentifier>\n{}{}{}</PlatformIdentifier>\n",
        element("Name", Some(escaped(name))),
        element("EKpub", base64(&evidence.ek_public)),
        element("EKcert", base64(&evidence.ek_certificate)),
    )
}

/// Text of an element (XML 1.0, section 2.4).
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
