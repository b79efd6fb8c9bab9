//! Signed policies: the policy inside, and whether the signature holds, with OpenSSL as referee.

use std::path::Path;
use std::process::Command;

use portcullis_engine::ci_policy::hash::digests;
use portcullis_engine::ci_policy::signature::{SignatureState, check};
use portcullis_engine::ci_policy::unwrap::{ContentType, unwrap};
use portcullis_engine::ci_policy::{self, Encoding};
use portcullis_engine::crypto::HashAlg;
use portcullis_engine::formats::Input;
use portcullis_tests::corpus::read;

use super::{corpus, files, manifest, sha256};

fn signed(folder: &Path) -> std::collections::BTreeMap<String, Vec<u8>> {
    files(folder, &["p7"])
}

#[test]
fn signed_policies_hold_their_unsigned_twins() {
    let Some(folder) = corpus() else { return };
    let rows = manifest(&folder);
    for (name, bytes) in signed(&folder) {
        let kind = if name.contains("supplemental") { "supplemental" } else { "base" };
        let twin = read(&folder.join(format!("synthetic/{kind}_tobesigned_v7.cip")));
        let wrapper = unwrap(Input::new(&bytes)).unwrap();
        assert!(wrapper.raw.bytes() == twin, "{name}");
        assert_eq!(wrapper.version, if name.contains("cmsv3") { 3 } else { 1 }, "{name}");
        assert_eq!((wrapper.content_type, wrapper.doubled), (ContentType::Policy, false));
        let digests = digests(HashAlg::Sha256, &bytes).unwrap();
        let row = rows.iter().find(|row| row[0] == name).unwrap();
        assert!(digests.signed);
        assert_eq!([digests.file.to_string(), digests.policy.to_string()], row[8..10], "{name}");
        let file = ci_policy::read(&bytes).unwrap();
        assert_eq!(file.encoding, Encoding::SignedBinary);
        assert_eq!(ci_policy::recognise(&bytes), Some(Encoding::SignedBinary));
    }
}

/// What `openssl cms -verify -noverify` hands out, or nothing when it refuses.
fn openssl_content(bytes: &[u8], name: &str) -> Option<Vec<u8>> {
    let folder = std::env::temp_dir().join(format!("portcullis-cms-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (file, out) = (folder.join(name), folder.join(format!("{name}.out")));
    std::fs::write(&file, bytes).unwrap();
    let output = Command::new("openssl")
        .args(["cms", "-verify", "-noverify", "-binary", "-inform", "DER", "-in"])
        .args([&file, Path::new("-out"), &out])
        .output()
        .expect("openssl runs");
    let content = output.status.success().then(|| read(&out));
    std::fs::remove_dir_all(&folder).unwrap();
    content
}

fn holds(bytes: &[u8]) -> bool {
    let wrapper = unwrap(Input::new(bytes)).unwrap();
    let signatures = check(&wrapper);
    assert_eq!(signatures.len(), 1);
    signatures[0].state == SignatureState::Holds
}

#[test]
fn openssl_agrees_on_signatures_and_content() {
    let Some(folder) = corpus() else { return };
    if Command::new("openssl").arg("version").output().is_err() {
        eprintln!("SKIPPED: there is no `openssl`; nothing was compared with it");
        return;
    }
    for (name, bytes) in signed(&folder) {
        let wrapper = unwrap(Input::new(&bytes)).unwrap();
        let label = name.rsplit('/').next().unwrap();
        let content = openssl_content(&bytes, label);
        assert!(content.as_deref() == Some(wrapper.raw.bytes()), "{name}");
        assert!(holds(&bytes), "{name}");

        let inside = wrapper.raw.span();
        let signature = bytes.len() - 20;
        for offset in [inside.offset + 0x24, inside.end() - 1, signature] {
            let mut changed = bytes.clone();
            changed[offset] ^= 1;
            assert_eq!(openssl_content(&changed, label), None, "{name} at {offset}");
            assert!(!holds(&changed), "{name} at {offset}");
        }
    }
}

/// The version is outside of what is signed: the known cure for OpenSSL's version 3.
#[test]
fn the_cms_version_changes_neither_signature_nor_policy() {
    let Some(folder) = corpus() else { return };
    let file =
        |version| read(&folder.join(format!("synthetic/base_signed_v7_sha256_cmsv{version}.p7")));
    let (one, three) = (file(1), file(3));
    let differing = one.iter().zip(&three).filter(|(a, b)| a != b).count();
    assert_eq!((one.len(), differing), (three.len(), 1));
    let policy = |bytes: &[u8]| digests(HashAlg::Sha256, bytes).unwrap().policy;
    assert_eq!(policy(&one), policy(&three));
    assert_ne!(sha256(&one), sha256(&three));
    assert!(holds(&one) && holds(&three));
}

/// The tag, length and contents of a DER element.
fn der(tag: u8, contents: &[u8]) -> Vec<u8> {
    let size = contents.len().to_be_bytes();
    let first = size.iter().position(|byte| *byte != 0).unwrap_or(size.len() - 1);
    let digits = &size[first..];
    let length = match digits {
        [short @ 0..=0x7f] => vec![*short],
        _ => [&[0x80 | u8::try_from(digits.len()).unwrap()], digits].concat(),
    };
    [&[tag], &length[..], contents].concat()
}

fn wrapped(content_type: &[u8], content: &[u8]) -> Vec<u8> {
    let oid = |body: &[u8]| [&[0x06, u8::try_from(body.len()).unwrap()], body].concat();
    let inner = der(0x30, &[oid(content_type), der(0xa0, &der(0x04, content))].concat());
    let parts = [vec![2, 1, 1], vec![0x31, 0], inner, vec![0x31, 0]].concat();
    let signed = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
    der(0x30, &[oid(&signed), der(0xa0, &der(0x30, &parts))].concat())
}

const POLICY: &[u8] = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x4f, 0x01];
const REVOCATION: &[u8] = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x5d, 0x01];
const DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01];

#[test]
fn both_content_types_and_a_doubled_octet_string_are_unwrapped() {
    let Some(folder) = corpus() else { return };
    let raw = read(&folder.join("pairs_exact/SiPolicy_Audit.p7b"));
    for (oid, content_type) in
        [(POLICY, ContentType::Policy), (REVOCATION, ContentType::Revocation)]
    {
        for (content, doubled) in [(raw.clone(), false), (der(0x04, &raw), true)] {
            let bytes = wrapped(oid, &content);
            let wrapper = unwrap(Input::new(&bytes)).unwrap_or_else(|e| panic!("{e}"));
            assert!(wrapper.raw.bytes() == raw);
            assert_eq!((wrapper.content_type, wrapper.doubled), (content_type, doubled));
            let span = wrapper.raw.span();
            assert!(bytes[span.offset..span.end()] == raw[..], "offsets count in the file");
        }
    }
    let error = unwrap(Input::new(&wrapped(DATA, &raw))).unwrap_err();
    assert_eq!(error.field, "eContentType");
}
