//! From the options of `assess` and `bundle` to a bundle.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use portcullis_api::call::{
    FileCallDoc, IdentifyCallDoc, IdentifyReplyDoc, InspectCallDoc, Operation, RefusalDoc,
};
use portcullis_api::ci_policy::CiPolicyHashDoc;
use portcullis_api::policy_set::{RegisteredBaselineDoc, RegisteredCiPolicyDoc};
use portcullis_api::request::{self, CiPolicyFileDoc, HostRecordDoc, RegistrationDoc, RequestDoc};
use portcullis_api::text::Blob;
use portcullis_api::{BaselineDoc, BundleDoc, PolicySetDoc};

use crate::args::{Profile, Question, Version};
use crate::capture::Capture;
use crate::engine::Engine;
use crate::failure::{Failure, read};

/// Reads everything that the options name. The bundle registers no host.
pub fn bundle(question: &Question, engine: &Engine) -> Result<BundleDoc, Failure> {
    if question.evidence.is_none() && question.identifier.is_none() && question.log.is_none() {
        let reason = "there is no evidence to judge";
        return Err(Failure::usage(reason, "name it with `--evidence`, `--identifier` or `--log`"));
    }
    let nonce = question.nonce.as_deref().map(hex_or_file).transpose()?;
    let mut request = match &question.evidence {
        Some(folder) => {
            Capture::open(folder, question.key)?.request(now(question), nonce, engine)?
        }
        None => {
            RequestDoc { now: now(question), nonce: nonce.map(Into::into), ..RequestDoc::default() }
        }
    };
    if let Some(path) = &question.identifier {
        let evidence = &mut request.evidence;
        evidence.platform_identifier = Some(read(path)?.into());
        (evidence.ek_public, evidence.ek_certificate) = (None, None);
    }
    if let Some(path) = &question.log {
        request.evidence.event_log = Some(read(path)?.into());
    }
    request.evidence.ci_policies = ci_policy_files(question, engine)?;
    let set = match &question.policy_set {
        Some(path) => PolicySetDoc::parse(&read(path)?)
            .map_err(|error| Failure::file(path, error, "see `portcullis bundle --help`"))?,
        None => policy_set(question, engine)?,
    };
    // What is wrong with the rules is the caller's to mend, and is said before any evidence.
    engine.ask(Operation::CheckPolicySet, &set, |refusal| {
        Failure::usage(refusal, "see `portcullis assess --help`")
    })?;
    Ok(BundleDoc::new(set, None, request))
}

/// The registration that the options describe, for a host of this name: in every version that
/// the rules accept.
pub fn host_record(
    question: &Question,
    name: &str,
    bundle: &BundleDoc,
    engine: &Engine,
) -> Result<Option<HostRecordDoc>, Failure> {
    let ak_name = question.ak_record.as_deref().map(hex_or_file).transpose()?;
    let evidence = &bundle.request.evidence;
    let keys = IdentifyCallDoc {
        ek_public: evidence.ek_public.clone(),
        ek_certificate: evidence.ek_certificate.clone(),
        platform_identifier: evidence.platform_identifier.clone(),
        ak_public: None,
    };
    let Some(ek_sha256) = identify(&keys, engine)?.ek_sha256 else {
        return Ok(None);
    };
    let registrations = bundle.policy_set.versions.iter().map(|version| RegistrationDoc {
        ek_sha256: ek_sha256.clone(),
        policy_version: version.clone(),
    });
    Ok(Some(HostRecordDoc {
        name: name.to_owned(),
        registrations: registrations.collect(),
        ak_name: ak_name.map(|name| request::hex(&name)),
        reset_count: None,
    }))
}

/// The versions that the options ask for, in the order in which they are tried.
fn versions(question: &Question) -> Vec<&'static str> {
    let asked = |version| question.policy_version.contains(&version);
    match (asked(Version::V2), asked(Version::V1)) {
        (true, true) => vec!["v2", "v1"],
        (true, false) => vec!["v2"],
        (false, true) => vec!["v1"],
        (false, false) if question.trust.is_some() => vec!["v2"],
        (false, false) => vec!["v1"],
    }
}

/// The names of keys. One that cannot be decoded has none, and becomes a finding of the appraisal.
pub fn identify(keys: &IdentifyCallDoc, engine: &Engine) -> Result<IdentifyReplyDoc, Failure> {
    engine.ask(Operation::Identify, keys, |refusal| Failure::usage(refusal, ""))?.read()
}

fn policy_set(question: &Question, engine: &Engine) -> Result<PolicySetDoc, Failure> {
    let versions = versions(question);
    Ok(PolicySetDoc {
        profile: match question.profile {
            Profile::HyperV => "hyper-v".into(),
            Profile::Linux => "linux".into(),
        },
        bank: question.bank.clone(),
        trust: trust(question)?,
        baselines: baselines(question, &versions)?,
        ci_policies: ci_policies(question, &versions, engine)?,
        versions: versions.into_iter().map(Into::into).collect(),
        event_log_size_bytes_max: question.log_size_max,
        ..PolicySetDoc::default()
    })
}

/// The baselines of the options serve every version that is asked for.
fn baselines(
    question: &Question,
    versions: &[&str],
) -> Result<Vec<RegisteredBaselineDoc>, Failure> {
    let mut baselines = Vec::new();
    for path in &question.baseline {
        let remedy = "derive it with `portcullis baseline derive`";
        let baseline = BaselineDoc::parse(&read(path)?)
            .and_then(|doc| doc.to_engine().map(|_| doc))
            .map_err(|error| Failure::file(path, error, remedy))?;
        let registered = |version: &&str| RegisteredBaselineDoc::new(*version, baseline.clone());
        baselines.extend(versions.iter().map(registered));
    }
    Ok(baselines)
}

/// The policies of the options, by the digest that a host measures: a signed file counts for what
/// is inside. Like baselines, they serve every version that is asked for.
fn ci_policies(
    question: &Question,
    versions: &[&str],
    engine: &Engine,
) -> Result<Vec<RegisteredCiPolicyDoc>, Failure> {
    let mut policies = Vec::new();
    for path in &question.ci_policy {
        let file = FileCallDoc { content: read(path)?.into() };
        let hash = engine.ask(Operation::HashCiPolicy, &file, |refusal| {
            Failure::file(path, refusal, "make the binary with `portcullis ci-policy convert`")
        });
        let hash: CiPolicyHashDoc = hash?.read()?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        policies.extend(versions.iter().map(|version| RegisteredCiPolicyDoc {
            policy_version: (*version).to_owned(),
            name: name.clone().into_owned(),
            policy_sha256: hash.policy_sha256.clone(),
        }));
    }
    Ok(policies)
}

/// The same files, so that the answer can say what a measured digest is. A file that is no policy
/// would explain nothing without a word.
fn ci_policy_files(question: &Question, engine: &Engine) -> Result<Vec<CiPolicyFileDoc>, Failure> {
    let file = |path: &PathBuf| {
        let content: Blob = read(path)?.into();
        let refused = |refusal: &RefusalDoc| {
            Failure::file(path, refusal, "name code integrity policies: XML, binary or signed")
        };
        // A body that breaks its format has a digest all the same; an XML has none.
        let file = FileCallDoc { content: content.clone() };
        if engine.ask(Operation::HashCiPolicy, &file, refused).is_err() {
            let file = InspectCallDoc { file: String::new(), content: content.clone() };
            engine.ask(Operation::ShowCiPolicy, &file, refused)?;
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(CiPolicyFileDoc { name, content })
    };
    question.ci_policy.iter().map(file).collect()
}

fn trust(question: &Question) -> Result<Vec<Blob>, Failure> {
    let Some(folder) = &question.trust else { return Ok(Vec::new()) };
    let mut trust = Vec::new();
    for path in certificate_files(folder)? {
        trust.push(read(&path)?.into());
    }
    if trust.is_empty() {
        return Err(Failure::file(
            folder,
            "holds no certificates (.pem .crt .cer .der)",
            "put the TPM vendors' roots and intermediates there",
        ));
    }
    Ok(trust)
}

fn certificate_files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let failed = |source| Failure::Io { verb: "read", path: folder.to_owned(), source };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
        if path.is_file() && ["pem", "crt", "cer", "der"].iter().any(|known| extension == *known) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn now(question: &Question) -> u64 {
    question.now.unwrap_or_else(|| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        since.map_or(0, |elapsed| elapsed.as_secs())
    })
}

/// The bytes of a file of this name, or of this hexadecimal text.
pub fn hex_or_file(text: &str) -> Result<Vec<u8>, Failure> {
    let path = Path::new(text);
    if path.is_file() {
        return read(path);
    }
    request::unhex(text).filter(|bytes| !bytes.is_empty()).ok_or_else(|| {
        Failure::usage(
            format!("`{text}` is neither a file nor hexadecimal"),
            "give an even number of hexadecimal digits, or the path of a file",
        )
    })
}
