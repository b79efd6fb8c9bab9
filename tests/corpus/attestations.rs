//! Attestations of the QEMU boots: structure, signature and register digest against the word of
//! OpenSSL and an independent script, recorded in `attestations.json`.

use std::path::Path;

use portcullis_tests::corpus::{capture, read, read_json};
use serde_json::{Value, json};

use portcullis_engine::crypto::{self, Digest, HashAlg, Signature, VerifyError};
use portcullis_engine::formats::tpm::{
    AttestBody, PcrSelection, PcrSet, PcrValues, TpmsAttest, TpmtPublic, TpmtSignature,
};
use portcullis_engine::formats::{Input, key};
use portcullis_engine::wire::TpmAlg;

use crate::keys::{boots, entries, file_name, key_of};

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The bytes of a hexadecimal text in a JSON document.
pub fn unhex(text: &Value) -> Vec<u8> {
    let text = text.as_str().expect("text");
    let byte = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).expect("hex");
    text.as_bytes().chunks(2).map(byte).collect()
}

pub fn attest(bytes: &[u8]) -> TpmsAttest<'_> {
    TpmsAttest::parse(Input::new(bytes)).unwrap_or_else(|error| panic!("{error}"))
}

/// The digest over the registers of some selections, or `None` when a value is missing.
pub fn pcr_digest(
    alg: HashAlg,
    selections: &[PcrSelection],
    value: impl Fn(TpmAlg, u32) -> Option<Vec<u8>>,
) -> Option<Digest> {
    let selected =
        selections.iter().flat_map(|part| part.pcrs.iter().map(move |pcr| (part.bank, pcr)));
    let values: Option<Vec<_>> = selected.map(|(bank, pcr)| value(bank, pcr)).collect();
    Some(crypto::digest(alg, &[&values?.concat()]))
}

/// Every attestation of a folder: its name, and the path without extension.
fn attestations(folder: &Path) -> Vec<(String, std::path::PathBuf)> {
    let paths = entries(folder).into_iter();
    let attests =
        paths.filter(|path| path.extension().is_some_and(|extension| extension == "attest"));
    attests.map(|path| path.with_extension("")).map(|path| (file_name(&path), path)).collect()
}

/// Name and public area of every attestation key of a folder.
fn attestation_keys(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let paths = entries(folder).into_iter().filter(|path| {
        let name = file_name(path);
        name.starts_with("ak-") && name.ends_with(".pub") && !name.contains("createak")
    });
    paths.map(|path| (file_name(&path.with_extension("")), read(&path))).collect()
}

/// `r` and `s` of an ECDSA signature in DER, as `tpm2_quote -f plain` writes it.
fn der_scalars(der: &[u8]) -> (&[u8], &[u8]) {
    assert_eq!((der[0], usize::from(der[1])), (0x30, der.len() - 2));
    let (r, rest) = der_integer(&der[2..]);
    let (s, rest) = der_integer(rest);
    assert!(rest.is_empty());
    (r, s)
}

fn der_integer(der: &[u8]) -> (&[u8], &[u8]) {
    assert_eq!(der[0], 2);
    let (value, rest) = der[2..].split_at(usize::from(der[1]));
    (value.strip_prefix(&[0]).unwrap_or(value), rest)
}

/// True when a signature file verifies under a key, whatever scheme the key is restricted to.
fn verifies(public: &TpmtPublic<'_>, attest: &[u8], file: &[u8], plain: bool) -> bool {
    let key = public.to_public_key().expect("key");
    if !plain {
        let signature = TpmtSignature::parse(Input::new(file)).expect("TPMT_SIGNATURE");
        let alg = signature.hash_alg().expect("hash");
        let verified = crypto::verify(&key, alg, attest, signature.to_signature()).is_ok();
        assert!(!verified || signature.fits(public), "another scheme than the key's");
        return verified;
    }
    let alg = scheme_hash(public);
    match (public.scheme.expect("scheme").algorithm, file.first()) {
        (TpmAlg::ECDSA, Some(0x30)) => {
            let (r, s) = der_scalars(file);
            crypto::verify(&key, alg, attest, Signature::Ecdsa { r, s }).is_ok()
        }
        (TpmAlg::RSAPSS, _) => crypto::verify(&key, alg, attest, Signature::RsaPss(file)).is_ok(),
        _ => crypto::verify(&key, alg, attest, Signature::RsaPkcs1(file)).is_ok(),
    }
}

fn scheme_hash(public: &TpmtPublic<'_>) -> HashAlg {
    HashAlg::from_tpm(public.scheme.expect("scheme").hash.expect("hash")).expect("known hash")
}

#[test]
fn every_signature_verifies_under_the_one_key_that_openssl_names() {
    let mut compared = 0;
    for folder in boots() {
        let recorded = read_json(&folder.join("attestations.json"));
        let keys = attestation_keys(&folder);
        for (name, path) in attestations(&folder) {
            let entry = &recorded[&name];
            let (attest, signature) =
                (read(&path.with_extension("attest")), read(&path.with_extension("sig")));
            let plain = name.ends_with("-plain");
            let under: Vec<&str> = keys
                .iter()
                .filter(|(_, public)| {
                    let public = TpmtPublic::parse_tpm2b(Input::new(public)).expect("public area");
                    verifies(&public, &attest, &signature, plain)
                })
                .map(|(name, _)| name.as_str())
                .collect();
            assert_eq!(json!(under), entry["signatureVerifiesWith"], "{path:?}");
            assert_eq!(under.len(), 1, "{path:?}");
            if !plain {
                let signature = TpmtSignature::parse(Input::new(&signature)).expect("signature");
                let scheme = signature.scheme.to_string();
                assert_eq!(json!(scheme), entry["sigScheme"], "{path:?}");
            }
            compared += 1;
        }
    }
    assert!(compared >= 120, "only {compared} signatures");
}

/// What the engine reads of an attestation, in the words of the independent script.
fn described(attest: &TpmsAttest<'_>) -> Value {
    let mut fields = json!({
        "magic": "0xff544347",
        "qualifiedSigner": hex(attest.qualified_signer.bytes()),
        "extraData": hex(attest.extra_data.bytes()),
        "clock": attest.clock.clock_ms,
        "resetCount": attest.clock.reset_count,
        "restartCount": attest.clock.restart_count,
        "safe": u8::from(attest.clock.safe),
        "firmwareVersion": format!("0x{:016x}", attest.firmware_version),
        "leftover": 0,
    });
    let body = match &attest.body {
        AttestBody::Quote(quote) => {
            let selections = quote.selections.iter();
            let selections = selections.map(|selection| {
                json!([selection.bank.to_string(), selection.pcrs.iter().collect::<Vec<_>>()])
            });
            json!({
                "type": "quote",
                "pcrSelect": selections.collect::<Vec<_>>(),
                "pcrDigest": hex(quote.pcr_digest.bytes()),
            })
        }
        AttestBody::Certify { name, qualified_name } => json!({
            "type": "certify",
            "name": hex(name.bytes()),
            "qualifiedName": hex(qualified_name.bytes()),
        }),
        AttestBody::Creation { object_name, creation_hash } => json!({
            "type": "creation",
            "objectName": hex(object_name.bytes()),
            "creationHash": hex(creation_hash.bytes()),
        }),
        AttestBody::Nv { index_name, offset, contents } => json!({
            "type": "nv",
            "indexName": hex(index_name.bytes()),
            "offset": offset,
            "nvContents": hex(contents.bytes()),
        }),
        AttestBody::Time { time_ms, clock, firmware_version } => json!({
            "type": "time",
            "time": time_ms,
            "tclock": clock.clock_ms,
            "tresetCount": clock.reset_count,
            "trestartCount": clock.restart_count,
            "tsafe": u8::from(clock.safe),
            "tfirmwareVersion": format!("0x{firmware_version:016x}"),
        }),
        other => panic!("{other:?}"),
    };
    fields.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
    fields
}

#[test]
fn every_attestation_reads_as_the_independent_script_reads_it() {
    const VERDICTS: [&str; 5] = [
        "sigScheme",
        "signatureVerifiesWith",
        "qualifiedSignerIsAkQname",
        "nonceMatches",
        "pcrDigestMatchesPcrreadAtStart",
    ];
    let mut compared = 0;
    for folder in boots() {
        let recorded = read_json(&folder.join("attestations.json"));
        for (name, path) in attestations(&folder) {
            let mut expected = recorded[&name].clone();
            let fields = expected.as_object_mut().unwrap_or_else(|| panic!("{path:?}"));
            fields.retain(|field, _| !VERDICTS.contains(&field.as_str()));
            let bytes = read(&path.with_extension("attest"));
            assert_eq!(described(&attest(&bytes)), expected, "{path:?}");
            compared += 1;
        }
    }
    assert!(compared >= 120, "only {compared} attestations");
}

#[test]
fn nonces_match_as_recorded() {
    let mut matching = 0;
    for folder in boots() {
        let (recorded, nonce) =
            (read_json(&folder.join("attestations.json")), read(&folder.join("nonce.bin")));
        for (name, path) in attestations(&folder) {
            // Quotes that were made without a nonce have no verdict.
            let Some(expected) = recorded[&name]["nonceMatches"].as_bool() else { continue };
            let bytes = read(&path.with_extension("attest"));
            assert_eq!(attest(&bytes).extra_data.bytes() == nonce, expected, "{path:?}");
            matching += usize::from(expected);
        }
    }
    assert!(matching >= 100, "only {matching} nonces");
}

/// The quote's own value file always has the quoted digest; the values that were read at the
/// start of the session have it where the script says so.
#[test]
fn register_digests_match_the_values_of_the_quote_and_those_read_before_as_recorded() {
    let (mut own, mut before) = (0, 0);
    for folder in boots() {
        let recorded = read_json(&folder.join("attestations.json"));
        for (name, path) in attestations(&folder) {
            let bytes = read(&path.with_extension("attest"));
            let attest = attest(&bytes);
            let Some(quote) = attest.quote() else { continue };
            let signer = recorded[&name]["signatureVerifiesWith"][0].as_str().expect("signer");
            let public = read(&folder.join(format!("{signer}.pub")));
            let alg = scheme_hash(&TpmtPublic::parse_tpm2b(Input::new(&public)).expect("key"));
            let of_quote = |value: &dyn Fn(TpmAlg, u32) -> Option<Vec<u8>>| {
                let digest = pcr_digest(alg, &quote.selections, value)?;
                Some(digest.as_bytes() == quote.pcr_digest.bytes())
            };
            let bytes = value_file(&path);
            let values = own_values(&bytes, &quote.selections);
            let value =
                |bank, pcr| values.value(bank, pcr).map(|value| value.digest.bytes().to_vec());
            assert_eq!(of_quote(&value), Some(true), "{path:?}");
            own += 1;
            let expected = recorded[&name]["pcrDigestMatchesPcrreadAtStart"].as_bool();
            let read_before = |bank: TpmAlg, pcr: u32| {
                let size = bank.digest_size_bytes()?;
                let file = read(&folder.join(format!("pcrs-{bank}.bin")));
                file.chunks(size).nth(pcr as usize).map(<[u8]>::to_vec)
            };
            assert_eq!(of_quote(&read_before), expected, "{path:?}");
            before += usize::from(expected == Some(true));
        }
    }
    assert!(own >= 100 && before >= 90, "only {own} and {before} digests");
}

fn value_file(quote: &Path) -> (Vec<u8>, bool) {
    let dump = quote.with_extension("pcrs");
    let is_dump = dump.is_file();
    (read(&if is_dump { dump } else { quote.with_extension("pcrvalues") }), is_dump)
}

/// The values that tpm2-tools wrote beside a quote: its dump, or bare digests of one bank.
fn own_values<'a>(
    (bytes, is_dump): &'a (Vec<u8>, bool),
    selections: &[PcrSelection],
) -> PcrValues<'a> {
    let input = Input::new(bytes);
    let values = match (is_dump, selections) {
        (true, _) => PcrValues::parse_dump(input),
        (false, [one]) => PcrValues::parse_concatenated(input, one.bank, one.pcrs),
        (false, _) => panic!("bare values of several banks"),
    };
    values.unwrap_or_else(|error| panic!("{error}"))
}

/// A bank that is not active is dropped from what is quoted: signed, and worth nothing.
#[test]
fn a_quote_of_an_inactive_bank_selects_no_register() {
    let mut seen = 0;
    for (name, path) in boots().iter().flat_map(|folder| attestations(folder)) {
        if !name.starts_with("quote-rsa-inactive-") {
            continue;
        }
        let bytes = read(&path.with_extension("attest"));
        let attest = attest(&bytes);
        let selections = &attest.quote().expect("quote").selections;
        assert!(selections.iter().all(|selection| selection.pcrs == PcrSet::EMPTY), "{path:?}");
        seen += 1;
    }
    assert!(seen >= 3, "only {seen} quotes");
}

/// Reboots, power cuts and resumes of a software TPM, each with the clock that it reported.
#[test]
fn quotes_around_power_cuts_carry_the_clock_that_the_tpm_reported() {
    let folder = capture("m-clock");
    let key = key_of(&read(&folder.join("ak-rsa.pem")));
    let mut last_clock_ms = 0;
    let mut ran_back = 0;
    for (name, path) in attestations(&folder) {
        let bytes = read(&path.with_extension("attest"));
        let attest = attest(&bytes);
        let signature = read(&path.with_extension("sig"));
        let signature = TpmtSignature::parse(Input::new(&signature)).expect("signature");
        let alg = signature.hash_alg().expect("hash");
        crypto::verify(&key, alg, &bytes, signature.to_signature()).expect(&name);
        assert_eq!(attest.extra_data.bytes(), read(&path.with_extension("nonce")), "{name}");
        assert_eq!(attest.qualified_signer.bytes(), read(&folder.join("ak-rsa.qname")), "{name}");
        let quote = attest.quote().expect("quote");
        let dump = value_file(&path);
        let values = own_values(&dump, &quote.selections);
        let value = |bank, pcr| values.value(bank, pcr).map(|value| value.digest.bytes().to_vec());
        let digest = pcr_digest(alg, &quote.selections, value).expect("all values");
        assert_eq!(digest.as_bytes(), quote.pcr_digest.bytes(), "{name}");

        let clock = String::from_utf8(read(&folder.join(format!("{name}.clock.txt")))).unwrap();
        let reported = |field: &str| {
            let line = clock.lines().find_map(|line| line.trim().strip_prefix(field));
            line.expect(field).trim_start_matches(':').trim().to_owned()
        };
        assert_eq!(attest.clock.reset_count.to_string(), reported("reset_count"), "{name}");
        assert_eq!(attest.clock.restart_count.to_string(), reported("restart_count"), "{name}");
        assert_eq!(if attest.clock.safe { "yes" } else { "no" }, reported("safe"), "{name}");
        ran_back += usize::from(attest.clock.clock_ms < last_clock_ms);
        last_clock_ms = attest.clock.clock_ms;
    }
    // After the power cut; the manifest says why.
    assert_eq!(ran_back, 1);
}

/// What must be wrong with a tampered quote.
#[derive(PartialEq, Debug)]
enum Tampering {
    /// The structure is refused with this message.
    Structure(&'static str),
    /// The signature does not verify, although scheme and hash are the key's.
    Signature,
    /// The scheme or the hash is not the key's, and the signature does not verify either.
    Scheme(VerifyError),
    /// The register values do not have the quoted digest.
    Values,
}

/// The files of `g-tampered/quotes` in the order of their names.
const TAMPERED: &[(&str, &str, Tampering)] = &[
    ("ecc-sig-flipped.sig", "ecc", Tampering::Signature),
    ("ecc-sig-is-rsa.sig", "ecc", Tampering::Scheme(VerifyError::SchemeMismatch)),
    (
        "rsa-attest-magic-changed.attest",
        "rsa",
        Tampering::Structure("`magic` at byte 0: is 0x544347, expected 0xff544347"),
    ),
    ("rsa-attest-nonce-flipped.attest", "rsa", Tampering::Signature),
    ("rsa-attest-pcrdigest-flipped.attest", "rsa", Tampering::Signature),
    (
        "rsa-attest-trailing-byte.attest",
        "rsa",
        Tampering::Structure("`TPMS_ATTEST` at byte 133: 1 bytes follow the structure"),
    ),
    (
        "rsa-attest-truncated.attest",
        "rsa",
        Tampering::Structure("`pcrDigest` at byte 101: needs 32 bytes, 27 are left"),
    ),
    ("rsa-pcrs-flipped.pcrs", "rsa", Tampering::Values),
    ("rsa-sig-alg-rsapss.sig", "rsa", Tampering::Scheme(VerifyError::BadSignature)),
    ("rsa-sig-flipped.sig", "rsa", Tampering::Signature),
    ("rsa-sig-hash-sha1.sig", "rsa", Tampering::Scheme(VerifyError::BadSignature)),
];

#[test]
fn every_tampered_quote_is_refused_for_its_tampering() {
    let (folder, original) = (capture("g-tampered/quotes"), capture("a-sb-on-ms"));
    let expectations = read_json(&folder.join("expectations.json"));
    let described: Vec<_> = expectations.as_object().expect("object").keys().collect();
    let mut names: Vec<_> = TAMPERED.iter().map(|(name, ..)| *name).collect();
    names.sort_unstable();
    assert_eq!(described.len(), names.len());
    for (name, kind, expected) in TAMPERED {
        assert!(described.iter().any(|file| file == name), "{name} has no expectation");
        let public = read(&original.join(format!("ak-{kind}.pub")));
        let public = key::parse_public_key(&public).expect("key").tpm.expect("public area");
        let part = |extension: &str| {
            let path = match name.ends_with(&format!(".{extension}")) {
                true => folder.join(name),
                false => original.join(format!("quote-{kind}-sel.{extension}")),
            };
            read(&path)
        };
        let found = tampering(&public, &part("attest"), &part("sig"), &part("pcrs"));
        assert_eq!(found, Some(message(expected)), "{name}");
    }
}

fn message(expected: &Tampering) -> String {
    match expected {
        Tampering::Structure(message) => (*message).to_owned(),
        other => format!("{other:?}"),
    }
}

/// The first thing that is wrong with a quote, in the order in which an appraisal looks.
fn tampering(
    public: &TpmtPublic<'_>,
    attest: &[u8],
    signature: &[u8],
    pcrs: &[u8],
) -> Option<String> {
    let parsed = match TpmsAttest::parse(Input::new(attest)) {
        Ok(parsed) => parsed,
        Err(error) => return Some(error.to_string()),
    };
    let signature = match TpmtSignature::parse(Input::new(signature)) {
        Ok(signature) => signature,
        Err(error) => return Some(error.to_string()),
    };
    let alg = signature.hash_alg().expect("hash");
    let key = public.to_public_key().expect("key");
    let verified = crypto::verify(&key, alg, attest, signature.to_signature());
    match (signature.fits(public), verified) {
        (true, Err(_)) => return Some(message(&Tampering::Signature)),
        (false, Err(error)) => return Some(message(&Tampering::Scheme(error))),
        (false, Ok(())) => panic!("verifies with a scheme that is not the key's"),
        (true, Ok(())) => {}
    }
    let quote = parsed.quote().expect("quote");
    let values = PcrValues::parse_dump(Input::new(pcrs)).expect("register values");
    let value = |bank, pcr| values.value(bank, pcr).map(|value| value.digest.bytes().to_vec());
    let digest = pcr_digest(alg, &quote.selections, value)?;
    (digest.as_bytes() != quote.pcr_digest.bytes()).then(|| message(&Tampering::Values))
}
