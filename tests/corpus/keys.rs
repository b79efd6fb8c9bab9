//! Key files of real TPMs: one key, one digest and one name, whatever tool wrote it down. The
//! referees are OpenSSL (digests), tpm2-tools (names), the vendors' certificates, and Windows'
//! own notes in its key files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use portcullis_tests::corpus::{capture, read, read_json, third_party};

use portcullis_engine::crypto::{self, HashAlg, PublicKey};
use portcullis_engine::formats::key::{self, KeyEncoding, spki_sha256};
use portcullis_engine::formats::pcp::PcpKeyFile;
use portcullis_engine::formats::tpm::{CreationData, Name, TpmtPublic};
use portcullis_engine::formats::{Input, x509};
use portcullis_engine::wire::TpmAlg;
use portcullis_engine::wire::tpm::{Handle, ObjectAttributes, policy};

/// The folders of captures, and those of the larger corpus where it is there.
pub fn boots() -> Vec<PathBuf> {
    let roots = [Some(capture("")), third_party("qemu")];
    let mut folders: Vec<PathBuf> = roots.iter().flatten().flat_map(|root| entries(root)).collect();
    folders.retain(|path| path.join("attestations.json").is_file());
    assert!(folders.len() >= 23, "only {} folders", folders.len());
    folders
}

/// The files of a folder in the order of their names.
pub fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("readable entry").path()).collect();
    paths.sort();
    paths
}

/// Name of a file without its folder.
pub fn file_name(path: &Path) -> String {
    path.file_name().expect("name").to_string_lossy().into_owned()
}

pub fn key_of(bytes: &[u8]) -> PublicKey {
    key::parse_public_key(bytes).unwrap_or_else(|error| panic!("{error}")).key
}

/// What `openssl pkey -pubin -outform DER | sha256sum` says of the PEM files.
const OPENSSL: &[(&str, &str)] = &[
    ("a-sb-on-ms/ek-rsa", "d48e3ed7063051fbe6775e508e59e9a31dd0f62741a1d829dfd0e82f3ec67c8d"),
    ("a-sb-on-ms/ek-ecc", "5e316845e6aa5e724f62b7006c84d36f70771896e97cadf72fedf3c1720e2497"),
    ("a-sb-on-ms/ak-rsa", "8ca5cf956f339a6f65b4b6421190e8c6fc5b5be17fdece2ccfabc71011779800"),
    ("a-sb-on-ms/ak-ecc", "8f9181da99891c1b7d229bc1c461c06bc4c60879c605c940c058bb28b0fca9dc"),
    ("a-sb-on-ms/ak-rsapss", "4b2cc72949a31754b76bf456afe12c855adc893400451dac8b7ff3c26fbf0cdb"),
    ("a-sb-on-ms/ak-ecc384", "a48f51e7bdb45f0642181e47b6ff5b3a06bc659ff78baecd39209bef7c4928ad"),
    (
        "f1-sha1-only-tpm2/ek-rsa",
        "72a8be0d67be10b4720d24c492122f8c1734a22fcafa079ccd3fa9ae7364ac37",
    ),
    (
        "i1-ecc-ek-crb-sha256/ek-ecc",
        "4ed4b56454388aebd65dae9a5afa4bed2d3f9ac09f1f2d126288ec010880c44d",
    ),
    ("j1-four-banks/ak-ecc384", "79aa97c4c0be7aecea440744db6097de203e2e121384b3897756681efe95bd2e"),
];

#[test]
fn digests_are_those_of_openssl() {
    for (file, expected) in OPENSSL {
        for extension in ["pem", "pub"] {
            let key = key_of(&read(&capture(&format!("{file}.{extension}"))));
            assert_eq!(spki_sha256(&key).to_string(), *expected, "{file}.{extension}");
        }
    }
}

#[test]
fn pem_and_public_area_are_the_same_key() {
    let mut compared = BTreeMap::new();
    for path in boots().iter().flat_map(|folder| entries(folder)) {
        if path.extension().is_none_or(|extension| extension != "pem") {
            continue;
        }
        let (pem, public) = (read(&path), read(&path.with_extension("pub")));
        let (pem, public) = (key::parse_public_key(&pem), key::parse_public_key(&public));
        let (pem, public) = (pem.expect("PEM"), public.expect("TPM2B_PUBLIC"));
        assert_eq!(pem.encoding, KeyEncoding::PemSpki, "{path:?}");
        assert_eq!(public.encoding, KeyEncoding::Tpm2bPublic, "{path:?}");
        assert_eq!(pem.key, public.key, "{path:?}");
        assert_eq!(spki_sha256(&pem.key), spki_sha256(&public.key), "{path:?}");
        *compared.entry(file_name(&path)).or_insert(0) += 1;
    }
    for name in ["ek-rsa.pem", "ek-ecc.pem", "ak-rsa.pem", "ak-ecc.pem"] {
        assert!(compared[name] >= 23, "{name}: {compared:?}");
    }
    assert!(compared["ak-ecc384.pem"] >= 4 && compared["ak-rsapss.pem"] >= 4);
}

#[test]
fn names_are_those_of_tpm2_tools() {
    let mut compared = 0;
    for path in boots().iter().flat_map(|folder| entries(folder)) {
        if path.extension().is_none_or(|extension| extension != "name") {
            continue;
        }
        let (expected, public) = (read(&path), read(&path.with_extension("pub")));
        let public = TpmtPublic::parse_tpm2b(Input::new(&public)).expect("TPM2B_PUBLIC");
        let name = Name::of(&public).expect("known name algorithm");
        assert_eq!(name.to_bytes(), expected, "{path:?}");
        assert_eq!(Name::from_bytes(&expected), Some(name), "{path:?}");
        compared += 1;
    }
    assert!(compared >= 54, "only {compared} names");
}

/// Every attestation key was created under the endorsement key of its own kind.
#[test]
fn qualified_names_follow_from_the_parents() {
    let mut compared = 0;
    for folder in boots() {
        let name = |file: &str| {
            let bytes = read(&folder.join(file));
            Name::of(&TpmtPublic::parse_tpm2b(Input::new(&bytes)).expect(file)).expect(file)
        };
        let attestations = read_json(&folder.join("attestations.json"));
        for kind in ["rsa", "ecc"] {
            let ek = name(&format!("ek-{kind}.pub"));
            let ek = ek.qualified(&Handle::ENDORSEMENT.0.to_be_bytes());
            let ak = name(&format!("ak-{kind}.pub")).qualified(&ek.to_bytes());
            let quote = &attestations[format!("quote-{kind}-sel")];
            assert_eq!(quote["qualifiedSigner"], ak.to_string(), "{folder:?}");
            compared += 1;
        }
    }
    assert!(compared >= 46, "only {compared} qualified names");
}

#[test]
fn certificates_in_nv_are_of_the_endorsement_keys() {
    let mut compared = 0;
    for folder in boots() {
        for (certificate, public) in [
            ("nv-01c00002.bin", "ek-persistent-81010001.pub"),
            ("nv-01c00016.bin", "ek-persistent-81010016.pub"),
            ("nv-01c0000a.bin", "ek-ecc.pub"),
        ] {
            let certificate = folder.join(certificate);
            if certificate.is_file() {
                let key = key_of(&read(&folder.join(public)));
                assert_eq!(certified_digest(&certificate), spki_sha256(&key).to_string());
                compared += 1;
            }
        }
    }
    assert!(compared >= 47, "only {compared} certificates");
}

/// Digest of the first certificate's key.
fn certified_digest(path: &Path) -> String {
    let bytes = read(path);
    let files = x509::find_certificates(&bytes).expect("certificate");
    let certificate = files[0].parse().unwrap_or_else(|error| panic!("{path:?}: {error}"));
    spki_sha256(certificate.subject_key.key.as_ref().expect("key")).to_string()
}

/// OpenSSL refuses keys that are declared for RSAES-OAEP; the digests are those that it gives
/// the same modulus and exponent declared as `rsaEncryption`.
#[test]
fn a_key_that_is_certified_for_oaep_has_the_digest_of_the_plain_key() {
    let Some(folder) = third_party("ekcerts/ek") else { return };
    for (file, expected) in [
        (
            "stm_st33zp24pvsp_tpm12_nuc1.pem",
            "d7dc1f41bc8d6d9dc698e92f6bb60a0e6c5d9f534e0f77d11dc8d87c70efb2f1",
        ),
        (
            "nuvoton_npct6xx_padded.cer",
            "65eaa62f9ab6797249c00d388aba411ab937625eb79c34bd1f6cc746981a8cee",
        ),
        (
            "security_assertions.cer",
            "02b5af600ea63c7db384908e643f19f76bae4c3d571e1b8ca39c593b3de0f8fd",
        ),
    ] {
        assert_eq!(certified_digest(&folder.join(file)), expected, "{file}");
    }
}

/// Attributes of the attestation keys that Windows makes.
const WINDOWS_AIK: ObjectAttributes = ObjectAttributes(0x0005_0472);

#[test]
fn windows_key_files_hold_attestation_keys_with_the_policy_of_their_branches() {
    let Some(folder) = third_party("eventlogs/windows/pcpkeys") else { return };
    let files = entries(&folder);
    assert_eq!(files.len(), 3);
    for path in files {
        let bytes = read(&path);
        let file =
            key::parse_public_key(&bytes).unwrap_or_else(|error| panic!("{path:?}: {error}"));
        assert_eq!(file.encoding, KeyEncoding::PcpKeyFile, "{path:?}");
        let windows = PcpKeyFile::parse(Input::new(&bytes)).expect("key file");
        assert_eq!(file.tpm, Some(windows.public), "{path:?}");
        assert_eq!(windows.public.attributes, WINDOWS_AIK, "{path:?}");
        let scheme = windows.public.scheme.expect("a signing scheme");
        assert_eq!((scheme.algorithm, scheme.hash), (TpmAlg::RSASSA, Some(TpmAlg::SHA1)));
        // TPM2_PolicyOR: a digest of zeroes, the command code, the branches.
        let branches = windows.policy_digests.iter().map(Input::bytes);
        let parts: Vec<&[u8]> =
            [&[0; 32][..], &[0, 0, 1, 0x71]].into_iter().chain(branches).collect();
        let policy_or = crypto::digest(HashAlg::Sha256, &parts);
        assert_eq!(policy_or.as_bytes(), windows.public.auth_policy.bytes(), "{path:?}");
        assert_eq!(policy_or.as_bytes(), policy::WINDOWS_AIK_SHA256, "{path:?}");
    }
}

/// In the file of a persistent key Windows notes, in the place of register values: the handle, a
/// name (not that of the public area in the file), creation data and their digest.
#[test]
fn the_creation_data_in_a_windows_key_file_have_the_digest_beside_them() {
    let Some(folder) = third_party("eventlogs/windows/pcpkeys") else { return };
    let bytes = read(&folder.join("ws2019-dell-bootcounters.Windows_AIK.pcpm"));
    let file = PcpKeyFile::parse(Input::new(&bytes)).expect("key file");
    assert!(file.private.is_empty());
    let note = file.pcr_digest.bytes();
    assert_eq!(note[..4], Handle::WINDOWS_AIK.0.to_be_bytes());
    let noted_name = Name::from_bytes(&note[6..40]).expect("name");
    assert_ne!(noted_name, Name::of(&file.public).expect("SHA-256"));
    assert_eq!(note[40..44], 55_u32.to_be_bytes());
    let creation = CreationData::parse(Input::new(&note[44..99])).expect("creation data");
    assert_eq!(creation.parent_name.bytes(), Handle::OWNER.0.to_be_bytes());
    assert_eq!(note[99..105], [0, 0, 0, 34, 0, 32]);
    let digest = crypto::digest(HashAlg::Sha256, &[creation.bytes.bytes()]);
    assert_eq!(note[105..137], *digest.as_bytes());
}

#[test]
fn a_public_area_without_a_scheme_and_without_a_key_is_seen_as_such() {
    let Some(folder) = third_party("eventlogs/malformed") else { return };
    let bytes = read(&folder.join("tpmt_public_bug139.bin"));
    let public = TpmtPublic::parse(Input::new(&bytes)).expect("TPMT_PUBLIC");
    assert_eq!(public.scheme, None);
    assert_eq!(
        key::parse_public_key(&bytes).unwrap_err().to_string(),
        "`unique` at byte 26: modulus does not have the size of `keyBits`"
    );
}

/// Every byte of real key files, inverted.
#[test]
fn a_flipped_byte_of_a_real_key_file_changes_the_key_or_is_listed_as_unbound() {
    let mut files: Vec<Vec<u8>> = Vec::new();
    for name in ["ek-rsa", "ek-ecc", "ak-rsa", "ak-ecc384"] {
        files.extend(
            ["pem", "pub"].map(|kind| read(&capture(&format!("a-sb-on-ms/{name}.{kind}")))),
        );
    }
    let windows = third_party("eventlogs/windows/pcpkeys");
    files.extend(windows.iter().flat_map(|folder| entries(folder)).map(|path| read(&path)));
    for bytes in files {
        let original = key::parse_public_key(&bytes).expect("key");
        let listed = |offset| {
            original.unbound.iter().any(|span| span.offset <= offset && offset < span.end())
        };
        for offset in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[offset] ^= 0xff;
            let kept = key::parse_public_key(&changed).is_ok_and(|file| file.key == original.key);
            assert!(!kept || listed(offset), "{}: byte {offset}", original.encoding);
        }
    }
}
