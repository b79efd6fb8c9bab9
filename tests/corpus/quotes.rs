//! Quotes of machines in the field, collected from other projects' test data: each verifies or
//! fails exactly as an independent script recorded it.

use std::collections::BTreeMap;
use std::path::Path;

use portcullis_tests::corpus::{read, read_json, third_party};
use serde_json::{Value, json};

use portcullis_engine::crypto::{self, Digest, HashAlg, PublicKey, Signature};
use portcullis_engine::formats::eventlog;
use portcullis_engine::formats::pcp::IdBinding;
use portcullis_engine::formats::tpm::{AttestBody, Name, PcrValues, TpmsAttest, TpmtSignature};
use portcullis_engine::formats::{Input, key, x509};
use portcullis_engine::limits::Limits;
use portcullis_engine::replay;
use portcullis_engine::wire::TpmAlg;

use crate::attestations::{attest, hex, pcr_digest, unhex};
use crate::keys::{entries, file_name, key_of};

/// The scheme of a signature as the script spells it.
fn scheme_name(signature: &TpmtSignature<'_>) -> String {
    signature.scheme.to_string().to_uppercase()
}

/// Verifies a signature and describes it as the script does: verified, scheme, hash.
fn checked_signature(key: &PublicKey, attest: &[u8], signature: &[u8]) -> Value {
    let signature = TpmtSignature::parse(Input::new(signature)).expect("TPMT_SIGNATURE");
    let alg = signature.hash_alg().expect("hash");
    let verified = crypto::verify(key, alg, attest, signature.to_signature()).is_ok();
    json!([verified, scheme_name(&signature), alg.to_string()])
}

/// Whether the register digest is right under each of two hash algorithms, as the script tried.
fn checked_digest(
    attest: &TpmsAttest<'_>,
    value: impl Fn(TpmAlg, u32) -> Option<Vec<u8>>,
) -> Value {
    let quote = attest.quote().expect("quote");
    let holds = |alg| {
        let digest = pcr_digest(alg, &quote.selections, &value).expect("all values");
        digest.as_bytes() == quote.pcr_digest.bytes()
    };
    json!({ "sha1": holds(HashAlg::Sha1), "sha256": holds(HashAlg::Sha256) })
}

/// The script's reading of an attestation against ours.
fn compare_attest(attest: &TpmsAttest<'_>, recorded: &Value) {
    let quote = attest.quote().expect("quote");
    let number = |text: &Value| {
        let digits = text.as_str().expect("text").trim_start_matches("0x");
        u64::from_str_radix(digits, 16).expect("number")
    };
    assert_eq!(hex(attest.qualified_signer.bytes()), recorded["qualifiedSigner"]);
    assert_eq!(hex(attest.extra_data.bytes()), recorded["extraData"]);
    assert_eq!(attest.clock.clock_ms, recorded["clock"]);
    assert_eq!(attest.clock.reset_count, recorded["resetCount"]);
    assert_eq!(attest.clock.restart_count, recorded["restartCount"]);
    assert_eq!(u8::from(attest.clock.safe), recorded["safe"]);
    assert_eq!(attest.firmware_version, number(&recorded["firmwareVersion"]));
    assert_eq!(hex(quote.pcr_digest.bytes()), recorded["pcrDigest"]);
    let selections = quote.selections.iter().map(|selection| {
        let pcrs: Vec<_> = selection.pcrs.iter().collect();
        json!({ "alg": selection.bank.to_string(), "pcrs": pcrs })
    });
    assert_eq!(json!(selections.collect::<Vec<_>>()), recorded["pcrSelect"]);
}

/// Registers of one bank in a JSON object by index.
fn values_of(recorded: &Value) -> impl Fn(TpmAlg, u32) -> Option<Vec<u8>> {
    |_, pcr| recorded.get(pcr.to_string()).map(unhex)
}

/// The registers of a log after replay.
fn replayed(log: &Path, bank: HashAlg) -> BTreeMap<u32, Digest> {
    let bytes = read(log);
    let log = eventlog::parse(&bytes, &Limits::default()).unwrap_or_else(|error| panic!("{error}"));
    let bank = replay::replay_bank(&log, bank);
    let register = |pcr: u8| match bank.register(pcr) {
        Some(register) => register.value,
        None => bank.reset_value(pcr),
    };
    (0..24).map(|pcr| (u32::from(pcr), register(pcr))).collect()
}

#[test]
fn quotes_of_a_cloud_tpm_verify_in_every_bank() {
    let Some(folder) = third_party("eventlogs") else { return };
    for (file, nonce) in [("gce-cos-85-no-nonce.json", ""), ("gce-cos-85-nonce9009.json", "9009")] {
        let recorded = read_json(&folder.join("quotes").join(file));
        let public = unhex(&recorded["ak_tpmt_public_hex"]);
        let public = key::parse_public_key(&public).expect("TPMT_PUBLIC");
        let area = public.tpm.expect("public area");
        assert_eq!(Name::of(&area).expect("name").to_string(), recorded["ak"]["name"], "{file}");
        let quotes = recorded["quotes"].as_array().expect("quotes");
        assert_eq!(quotes.len(), 3);
        for quote in quotes {
            let (bytes, signature) = (unhex(&quote["quote_hex"]), unhex(&quote["signature_hex"]));
            let attest = attest(&bytes);
            compare_attest(&attest, &quote["attest"]);
            assert_eq!(hex(attest.extra_data.bytes()), nonce);
            let found = checked_signature(&public.key, &bytes, &signature);
            assert_eq!(found, quote["check_signature"], "{file}");
            let parsed = TpmtSignature::parse(Input::new(&signature)).expect("signature");
            assert!(parsed.fits(&area), "{file}");
            let found = checked_digest(&attest, values_of(&quote["pcrs"]));
            assert_eq!(found, quote["check_pcrdigest"], "{file}");
            compare_replay(&folder, &recorded, quote);
        }
    }
}

/// The registers that have events.
fn compare_replay(folder: &Path, recorded: &Value, quote: &Value) {
    let bank = quote["bank"].as_str().expect("bank");
    assert_eq!(recorded["check_replay"][bank], true);
    let log = folder.join(recorded["log"].as_str().expect("log"));
    let replayed = replayed(&log, HashAlg::from_name(bank).expect("bank"));
    for pcr in 0..10 {
        let expected = quote["pcrs"][pcr.to_string()].as_str();
        assert_eq!(Some(replayed[&pcr].to_string().as_str()), expected, "{bank} PCR {pcr}");
    }
}

#[test]
fn a_quote_of_a_legacy_bios_machine_verifies_under_the_certified_key() {
    let Some(folder) = third_party("eventlogs") else { return };
    let recorded = read_json(&folder.join("quotes/gta-legacy-bios-vm-quote.json"));
    let sidecar = read_json(&folder.join("legacy/gta_legacy_bios_vm.bin.json"));
    let pem = sidecar["ak_cert_pem"].as_str().expect("PEM").as_bytes();
    let files = x509::find_certificates(pem).expect("certificate");
    let certificate = files[0].parse().expect("certificate");
    let key = certificate.subject_key.key.clone().expect("key");
    let bytes = unhex(&recorded["quote_hex"]);
    let attest = attest(&bytes);
    compare_attest(&attest, &recorded["attest"]);
    let found = checked_signature(&key, &bytes, &unhex(&recorded["signature_hex"]));
    assert_eq!(found, recorded["check_signature"]);
    let found = checked_digest(&attest, values_of(&sidecar["pcrs"]["sha256"]));
    assert_eq!(found, recorded["check_pcrdigest"]);
}

#[test]
fn a_quote_of_a_confidential_vm_verifies_under_a_bare_public_key() {
    let Some(folder) = third_party("eventlogs/quotes") else { return };
    let recorded = read_json(&folder.join("trustee-swtpm-quote.json"));
    let key = key_of(&unhex(&recorded["ak_spki_der_hex"]));
    let bytes = unhex(&recorded["quote_hex"]);
    let attest = attest(&bytes);
    compare_attest(&attest, &recorded["attest"]);
    let found = checked_signature(&key, &bytes, &unhex(&recorded["signature_hex"]));
    assert_eq!(found, recorded["check_signature"]);
    let value = |_, pcr: u32| recorded["pcrs"].get(pcr as usize).map(unhex);
    assert_eq!(checked_digest(&attest, value), recorded["check_pcrdigest"]);
}

/// keylime sends `r<quote>:<signature>:<values>` in base64. The key was not published, and the
/// values are cut in the corpus, behind the one that was quoted.
#[test]
fn a_quote_string_of_keylime_reads_and_its_cut_values_are_refused() {
    let Some(folder) = third_party("eventlogs/quotes") else { return };
    let recorded = read_json(&folder.join("keylime-quote-string.json"));
    let bytes = unhex(&recorded["quote_hex"]);
    let attest = attest(&bytes);
    compare_attest(&attest, &recorded["attest"]);
    let signature = unhex(&recorded["signature_hex"]);
    let signature = TpmtSignature::parse(Input::new(&signature)).expect("signature");
    assert_eq!((signature.scheme, signature.hash), (TpmAlg::RSASSA, TpmAlg::SHA1));
    let values = unhex(&recorded["pcr_blob_hex"]);
    let error = PcrValues::parse_dump(Input::new(&values)).unwrap_err();
    assert_eq!(error.to_string(), "`buffer` at byte 142: needs 64 bytes, 58 are left");
    let value = |_, _| Some(values[142..162].to_vec());
    assert_eq!(checked_digest(&attest, value), json!({ "sha1": true, "sha256": false }));
}

/// Windows quotes at boot by a key of its own. The signature is a bare integer.
#[test]
fn trust_points_verify_under_the_key_that_made_them_and_no_other() {
    let Some(folder) = third_party("eventlogs") else { return };
    let key_files = entries(&folder.join("windows/pcpkeys"));
    let mut verdicts = Vec::new();
    for path in entries(&folder.join("quotes")) {
        let name = file_name(&path);
        if !name.starts_with("trustpoint-") {
            continue;
        }
        let recorded = read_json(&path);
        let bytes = unhex(&recorded["quote_hex"]);
        let attest = attest(&bytes);
        compare_attest(&attest, &recorded["attest"]);
        let signature = unhex(&recorded["raw_signature_hex"]);
        for candidate in recorded["candidate_keys"].as_array().expect("candidates") {
            let key = key_of(&unhex(&candidate["pub_hex"]));
            let found = verified_trust_point(&key, &bytes, &signature, &recorded);
            let expected = (
                &candidate["sha1_modulus"],
                &candidate["digest_matches"],
                &candidate["signature_ok"],
            );
            assert_eq!((&json!(found.0), &json!(found.1), &json!(found.2)), expected, "{name}");
        }
        let under: Vec<_> = key_files
            .iter()
            .filter(|file| {
                let key = key_of(&read(file));
                verified_trust_point(&key, &bytes, &signature, &recorded).2
            })
            .map(|file| file_name(file))
            .collect();
        let log = folder.join(recorded["log"].as_str().expect("log"));
        let registers = replayed(&log, HashAlg::Sha256);
        let value = |_, pcr| registers.get(&pcr).map(|digest| digest.as_bytes().to_vec());
        assert_eq!(checked_digest(&attest, value), recorded["check_pcrdigest_from_log"], "{name}");
        verdicts.push((name, under));
    }
    assert_eq!(
        verdicts,
        [
            // The machine made itself a new key before the only one that was published.
            ("trustpoint-ws2019-dell-r340-two-trustpoints-Windows_AIK.json".to_owned(), vec![]),
            (
                "trustpoint-ws2022-supermicro-sipolicy-trustpoint-bla.json".to_owned(),
                vec!["ws2022-supermicro-sipolicy-trustpoint.bla.pcpm".to_owned()]
            ),
        ]
    );
}

/// SHA-1 of the modulus, whether the trust point names it, and whether the signature verifies.
fn verified_trust_point(
    key: &PublicKey,
    attest: &[u8],
    signature: &[u8],
    recorded: &Value,
) -> (String, bool, bool) {
    let PublicKey::Rsa { modulus, .. } = key else { panic!("no RSA key") };
    let digest = hex(crypto::digest(HashAlg::Sha1, &[modulus]).as_bytes());
    let signature = Signature::RsaPkcs1(signature);
    let verified = crypto::verify(key, HashAlg::Sha1, attest, signature).is_ok();
    let named = recorded["aikpubdigest"] == digest;
    (digest, named, verified)
}

/// The parts of two identity bindings of Windows, an RSA and an ECC one.
#[test]
fn creation_attestations_of_windows_keys_hold_in_every_part() {
    let Some(folder) = third_party("eventlogs/quotes") else { return };
    let recorded = read_json(&folder.join("ak-creation-vectors.json"));
    let vectors = recorded["vectors"].as_array().expect("vectors");
    assert_eq!(vectors.len(), 2);
    for vector in vectors {
        let sized = |part: &str| {
            let bytes = unhex(&vector[part]);
            [&u16::try_from(bytes.len()).expect("size").to_be_bytes(), &bytes[..]].concat()
        };
        let signature = unhex(&vector["CreateSignature"]);
        let bytes =
            [sized("Public"), sized("CreateData"), sized("CreateAttestation"), signature.clone()]
                .concat();
        let binding =
            IdBinding::parse(Input::new(&bytes)).unwrap_or_else(|error| panic!("{error}"));
        let name = Name::of(&binding.public).expect("name");
        assert_eq!(name.to_string(), vector["ak"]["name"]);
        let attested = binding.attest.bytes.bytes();
        let key = binding.public.to_public_key().expect("key");
        assert_eq!(checked_signature(&key, attested, &signature), vector["check_sig"]);
        assert!(binding.signature.fits(&binding.public));
        let AttestBody::Creation { object_name, creation_hash } = &binding.attest.body else {
            panic!("no creation")
        };
        let names_agree = object_name.bytes() == name.to_bytes();
        assert_eq!(json!(names_agree), vector["check_name"]);
        let digest = crypto::digest(HashAlg::Sha256, &[binding.creation_data.bytes.bytes()]);
        let digests_agree = digest.as_bytes() == creation_hash.bytes();
        assert_eq!(json!(digests_agree), vector["check_creationHash"]);
        // One changed byte of the attestation, and the key has not signed it.
        let mut changed = attested.to_vec();
        changed[20] ^= 1;
        assert_eq!(checked_signature(&key, &changed, &signature)[0], false);
    }
}

/// Logs with a quote beside them whose key was not published: what can be checked without it.
#[test]
fn quotes_beside_logs_have_the_digest_of_the_registers_beside_them() {
    let Some(folder) = third_party("eventlogs") else { return };
    let mut compared = 0;
    for path in entries(&folder).into_iter().filter(|path| path.is_dir()) {
        let files = entries(&path).into_iter();
        for path in files.filter(|path| file_name(path).ends_with(".json")) {
            let sidecar = read_json(&path);
            let quote = &sidecar["quote"];
            if file_name(&path).ends_with(".sipa.json") || !quote.is_object() {
                continue;
            }
            let bytes = unhex(&quote["attest_hex"]);
            let attest = attest(&bytes);
            compare_attest(&attest, &quote["parsed"]);
            let signature = unhex(&quote["tpmt_signature_hex"]);
            let signature = TpmtSignature::parse(Input::new(&signature)).expect("signature");
            let alg = signature.hash_alg().expect("hash");
            let quote = attest.quote().expect("quote");
            let value = |bank: TpmAlg, pcr: u32| {
                let bank = sidecar["pcrs"].get(bank.to_string())?;
                bank.get(pcr.to_string()).map(unhex)
            };
            // Some sources give fewer registers than were quoted.
            let Some(digest) = pcr_digest(alg, &quote.selections, value) else { continue };
            assert_eq!(digest.as_bytes(), quote.pcr_digest.bytes(), "{path:?}");
            compared += 1;
        }
    }
    assert!(compared >= 10, "only {compared} quotes");
}

/// A new file must not be passed over.
#[test]
fn every_quote_file_of_the_corpus_has_its_test() {
    let Some(folder) = third_party("eventlogs/quotes") else { return };
    let names: Vec<_> = entries(&folder).iter().map(|path| file_name(path)).collect();
    let quotes: Vec<_> = names.iter().filter(|name| name.ends_with(".json")).collect();
    assert_eq!(
        quotes,
        [
            "ak-creation-vectors.json",
            "gce-cos-85-no-nonce.json",
            "gce-cos-85-nonce9009.json",
            "gta-legacy-bios-vm-quote.json",
            "keylime-quote-string.json",
            "trustee-swtpm-quote.json",
            "trustpoint-ws2019-dell-r340-two-trustpoints-Windows_AIK.json",
            "trustpoint-ws2022-supermicro-sipolicy-trustpoint-bla.json",
        ]
    );
}
