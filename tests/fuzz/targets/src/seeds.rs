//! Inputs to start from: the captures of the repository, the corpus where it is, and a few bytes
//! by hand for formats that neither holds.

use std::path::{Path, PathBuf};

use portcullis_api::baseline::{HashAlg, derive};
use portcullis_api::policy_set::RegisteredBaselineDoc;
use portcullis_api::request::{CredentialDoc, EvidenceDoc, QuoteDoc, ek_sha256, hex};
use portcullis_api::request::{HostRecordDoc, RegistrationDoc};
use portcullis_api::{BundleDoc, PolicySetDoc, RequestDoc};
use portcullis_engine::ci_policy::{binary, xml};
use portcullis_engine::formats::eventlog::{self, Event};
use portcullis_engine::limits::Limits;
use portcullis_engine::wire::EventType;
use portcullis_tests::ci_policies::Generator;
use portcullis_tests::corpus::{capture, read, repository};

/// Larger files only slow the mutations down.
const SEED_SIZE_BYTES_MAX: u64 = 96 << 10;

/// The reference boot of the captures.
const REFERENCE: &str = "a-sb-on-ms";

/// Event logs.
#[must_use]
pub fn event_logs() -> Vec<Vec<u8>> {
    let mut seeds = captured(|name| name == "eventlog.bin");
    seeds.extend(third_party("eventlogs", is_log));
    seeds
}

fn is_log(name: &str) -> bool {
    name.ends_with(".bin") || name.ends_with(".tcglog")
}

/// TPM structures of all kinds.
#[must_use]
pub fn tpm_structures() -> Vec<Vec<u8>> {
    const KINDS: [&str; 6] = [".attest", ".sig", ".pub", ".pcrs", ".name", ".blob"];
    captured(|name| KINDS.iter().any(|kind| name.ends_with(kind)))
}

/// Certificates in DER, PEM and NV indices.
#[must_use]
pub fn certificates() -> Vec<Vec<u8>> {
    const KINDS: [&str; 6] = [".der", ".pem", ".crt", ".cer", ".crl", ".nv.bin"];
    let mut seeds = captured(|name| name.starts_with("nv-") || name.contains("ca"));
    seeds.extend(third_party("ekcerts", |name| KINDS.iter().any(|kind| name.ends_with(kind))));
    seeds
}

/// Public keys.
#[must_use]
pub fn keys() -> Vec<Vec<u8>> {
    let mut seeds = captured(|name| name.ends_with(".pem") || name.ends_with(".pub"));
    seeds.extend(third_party("eventlogs/windows/pcpkeys", |_| true));
    // BCRYPT_RSAKEY_BLOB: magic, bits, sizes of exponent, modulus and primes, then the numbers.
    let sizes = [2_048_u32, 3, 256, 0, 0].map(u32::to_le_bytes).concat();
    seeds.push([b"RSA1", &sizes[..], &[1, 0, 1], &[0xc5; 256]].concat());
    seeds
}

/// Code integrity policies: made-up ones as binary and as XML, signed and example ones where the
/// corpus is.
///
/// # Panics
/// When a made-up policy cannot be written.
#[must_use]
pub fn ci_policies() -> Vec<Vec<u8>> {
    let mut seeds = third_party("cipolicies", |name| {
        [".p7", ".cip", ".bin", ".xml"].iter().any(|kind| name.ends_with(kind))
    });
    for format in 1..=11 {
        let policy = Generator::new(u64::from(format)).policy(format);
        seeds.push(binary::write(&policy, format).expect("a format for its own policy"));
        seeds.push(xml::write(&policy).expect("a policy that XML can say").into_bytes());
    }
    seeds
}

/// SIPA elements: some by hand (type, size, and a boolean, an integer or further elements), and
/// those of the logs of Windows machines.
#[must_use]
pub fn sipa() -> Vec<Vec<u8>> {
    let element = |kind: u32, data: &[u8]| {
        let size = u32::try_from(data.len()).unwrap_or(u32::MAX);
        [&kind.to_le_bytes(), &size.to_le_bytes(), data].concat()
    };
    let settings: Vec<u8> = [
        element(0x0005_0002, &[1]),
        element(0x0004_0001, &[0]),
        element(0x0002_0002, &7_u64.to_le_bytes()),
        element(0x0004_0003, &[0xff; 5]),
    ]
    .concat();
    let aggregation = element(0x4001_0001, &settings);
    let nested = (0..12).fold(settings.clone(), |inner, _| element(0x4001_0001, &inner));
    let mut seeds = vec![settings, aggregation, nested];
    for bytes in third_party("eventlogs/windows", is_log) {
        let log = eventlog::parse(&bytes, &Limits::default()).unwrap_or_else(|log| log.before);
        let tagged = |event: &&Event<'_>| event.untrusted_type == EventType::EVENT_TAG;
        seeds.extend(log.events.iter().filter(tagged).map(|event| event.data.to_vec()));
    }
    seeds.sort();
    seeds.dedup();
    seeds
}

/// Platform identifiers: well-formed XML with the element names of the format.
#[must_use]
pub fn identifiers() -> Vec<Vec<u8>> {
    let text = "<?xml version=\"1.0\" encoding=\"utf-16\"?>\n\
        <PlatformIdentifier Name=\"host&amp;1\" Version=\"1\">\n\
        <EndorsementKeyPublic>UlNBMQAIAAADAAAA</EndorsementKeyPublic>\n\
        <EndorsementKeyCertificate/>\n</PlatformIdentifier>\n";
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    vec![text.as_bytes().to_vec(), [&[0xff, 0xfe], utf16.as_slice()].concat()]
}

/// Bundles: those of the captures, and the reference boot judged by its own baseline.
///
/// # Panics
/// When the reference capture is incomplete.
#[must_use]
pub fn requests() -> Vec<Vec<u8>> {
    let mut seeds = captured(|name| name.ends_with(".bundle.json"));
    let bundle = reference_bundle();
    seeds.push(serde_json::to_vec(&bundle).expect("a bundle has a JSON form"));
    seeds.push(serde_json::to_vec(&BundleDoc { host: None, ..bundle }).expect("JSON"));
    seeds
}

fn reference_bundle() -> BundleDoc {
    let file = |name: &str| read(&capture(REFERENCE).join(name));
    let log = file("eventlog.bin");
    let baseline = derive("reference", &[&log], "strict", HashAlg::Sha256, 0x78ff);
    let policy_set = PolicySetDoc {
        profile: "linux".into(),
        trust: certificate_files("ca").into_iter().map(Into::into).collect(),
        baselines: vec![RegisteredBaselineDoc::new(
            "v2",
            baseline.expect("the reference boot makes a baseline"),
        )],
        ..PolicySetDoc::default()
    };
    let (ek, ak_name) = (file("ek-rsa.pub"), hex(&file("ak-rsa.name")));
    let ek_sha256 = ek_sha256(&ek).expect("the reference EK can be read");
    let registration =
        RegistrationDoc { ek_sha256: ek_sha256.clone(), policy_version: "v2".into() };
    let host = HostRecordDoc {
        name: "host".into(),
        registrations: vec![registration],
        ak_name: Some(ak_name.clone()),
        reset_count: None,
    };
    let evidence = EvidenceDoc {
        ek_public: Some(ek.into()),
        ek_certificate: Some(file("nv-01c00002.bin").into()),
        ak_public: Some(file("ak-rsa.pub").into()),
        activated_secret: Some(file("cred-rsa.activated").into()),
        quotes: vec![QuoteDoc {
            other_ak_public: None,
            attest: file("quote-rsa-sel.attest").into(),
            signature: file("quote-rsa-sel.sig").into(),
            pcr_values: Some(file("quote-rsa-sel.pcrs").into()),
        }],
        event_log: Some(log.into()),
        ..EvidenceDoc::default()
    };
    let secret = file("cred-rsa.secret").into();
    let request = RequestDoc {
        now: 1_767_225_600,
        nonce: Some(file("nonce.bin").into()),
        credential: Some(CredentialDoc { ek_sha256, ak_name, secret }),
        evidence,
    };
    BundleDoc::new(policy_set, Some(host), request)
}

fn certificate_files(folder: &str) -> Vec<Vec<u8>> {
    matching(&capture(folder), &|name| name.ends_with(".pem") || name.ends_with(".crt"))
}

fn captured(wanted: impl Fn(&str) -> bool) -> Vec<Vec<u8>> {
    matching(&capture(""), &wanted)
}

/// Files of the corpus beside the repository; none where it is missing: the captures suffice to
/// reach every decoder.
fn third_party(folder: &str, wanted: impl Fn(&str) -> bool) -> Vec<Vec<u8>> {
    matching(&repository().join("../shared/corpus").join(folder), &wanted)
}

/// The files below a folder whose name is wanted, in the order of their paths.
fn matching(folder: &Path, wanted: &dyn Fn(&str) -> bool) -> Vec<Vec<u8>> {
    let mut paths = Vec::new();
    collect(folder, wanted, &mut paths);
    paths.sort();
    let mut seeds: Vec<Vec<u8>> = paths.iter().map(|path| read(path)).collect();
    seeds.dedup();
    seeds
}

fn collect(folder: &Path, wanted: &dyn Fn(&str) -> bool, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        let Ok(metadata) = entry.metadata() else { continue };
        if metadata.is_dir() {
            collect(&path, wanted, found);
        } else if metadata.len() <= SEED_SIZE_BYTES_MAX && name.to_str().is_some_and(wanted) {
            found.push(path);
        }
    }
}
