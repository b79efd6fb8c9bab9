//! Simulated TPMs against tpm2-tools, recorded TPMs and the engine.

use std::ffi::OsStr;

use portcullis_engine::crypto;
use portcullis_engine::formats::Input;
use portcullis_engine::formats::tpm as engine;
use portcullis_simulator::hash::{Digest, HashAlg};
use portcullis_simulator::key::Scheme;
use portcullis_simulator::rng::Rng;
use portcullis_simulator::tpm::{
    Attestation, Credential, EkTemplate, Hierarchy, PcrSelection, Quote, SeedSize, TpmtPublic,
    credential, template,
};
use portcullis_tests::corpus::{capture, read, read_json};
use portcullis_wire::TpmAlg;
use portcullis_wire::alg::EccCurve;
use portcullis_wire::tpm::Handle;

use crate::fixture::{AK, Scratch, provisioned, run, selection, text_of};

const TPM2_TOOLS: &str = "tpm2-tools";

/// Every kind of AK that the simulator makes quotes with.
const SCHEMES: [(&str, Scheme); 7] = [
    ("rsassa-sha1", Scheme::RSASSA_SHA1),
    ("rsassa-sha256", Scheme::RSASSA_SHA256),
    ("rsassa-sha384", Scheme { algorithm: TpmAlg::RSASSA, hash: HashAlg::Sha384 }),
    ("rsapss-sha256", Scheme::RSAPSS_SHA256),
    ("rsapss-sha512", Scheme { algorithm: TpmAlg::RSAPSS, hash: HashAlg::Sha512 }),
    ("ecdsa-sha256", Scheme::ECDSA_SHA256),
    ("ecdsa-sha384", Scheme::ECDSA_SHA384),
];

fn a(text: &str) -> &OsStr {
    OsStr::new(text)
}

/// What `tpm2_checkquote` gets.
struct CheckQuote {
    ak: Vec<u8>,
    hash: HashAlg,
    nonce: String,
    attest: Vec<u8>,
    signature: Vec<u8>,
    values: Vec<u8>,
}

impl CheckQuote {
    /// Its verdict, or `None` when it is not installed.
    fn accepted(&self, folder: &Scratch) -> Option<bool> {
        let ak = folder.write("ak", &self.ak);
        let attest = folder.write("attest", &self.attest);
        let signature = folder.write("signature", &self.signature);
        let values = folder.write("values", &self.values);
        let hash = self.hash.to_string();
        let arguments = [
            a("-u"),
            &ak,
            a("-m"),
            &attest,
            a("-s"),
            &signature,
            a("-f"),
            &values,
            a("-g"),
            a(&hash),
            a("-q"),
            a(&self.nonce),
        ];
        run("tpm2_checkquote", TPM2_TOOLS, &arguments).map(|output| output.status.success())
    }
}

#[test]
fn tpm2_checkquote_accepts_our_quotes_and_refuses_altered_ones() {
    let folder = Scratch::new("checkquote");
    // tpm2_checkquote 5.4 refuses every PSS quote, those of real TPMs too.
    let schemes = SCHEMES.into_iter().filter(|(_, scheme)| scheme.algorithm != TpmAlg::RSAPSS);
    for (name, scheme) in schemes {
        let mut tpm = provisioned(1, EkTemplate::P256, scheme);
        let nonce: Vec<u8> = (1..=20).collect();
        let everything = HashAlg::ALL.into_iter().fold(selection(), |selection, bank| {
            if bank == HashAlg::Sha256 { selection } else { selection.and(bank, &[0, 7, 23]) }
        });
        let quote = tpm.quote(AK, &nonce, &everything, None).unwrap();
        let check = |ak: Vec<u8>| CheckQuote {
            ak,
            hash: scheme.hash,
            nonce: nonce.iter().map(|byte| format!("{byte:02x}")).collect(),
            attest: quote.attestation.attest.clone(),
            signature: quote.attestation.signature.clone(),
            values: quote.pcr_values_file(),
        };
        let public = &tpm.object(AK).unwrap().public;
        let pem = check(public.public_key().to_pem().into_bytes());
        let Some(accepted) = pem.accepted(&folder) else { return };
        assert!(accepted, "{name}");
        assert_eq!(check(public.to_tpm2b()).accepted(&folder), Some(true), "{name}");
        refuses_alterations(name, &pem, &folder);
    }
}

fn refuses_alterations(name: &str, sound: &CheckQuote, folder: &Scratch) {
    let altered = |alter: &dyn Fn(&mut CheckQuote)| {
        let mut changed = CheckQuote {
            ak: sound.ak.clone(),
            hash: sound.hash,
            nonce: sound.nonce.clone(),
            attest: sound.attest.clone(),
            signature: sound.signature.clone(),
            values: sound.values.clone(),
        };
        alter(&mut changed);
        changed.accepted(folder)
    };
    let last = sound.attest.len() - 1;
    for at in [0, 4, 8, 46, 64, 80, last - 40, last] {
        let accepted = altered(&|quote| quote.attest[at] ^= 1);
        assert_eq!(accepted, Some(false), "{name}: attest byte {at}");
    }
    let last = sound.signature.len() - 1;
    for at in [8, last / 2, last] {
        let accepted = altered(&|quote| quote.signature[at] ^= 1);
        assert_eq!(accepted, Some(false), "{name}: signature byte {at}");
    }
    // The first value: 4 + 16 * 8 selections, two counts, one size.
    let accepted = altered(&|quote| quote.values[4 + 128 + 4 + 4 + 2] ^= 1);
    assert_eq!(accepted, Some(false), "{name}: a register");
    let accepted = altered(&|quote| quote.nonce.replace_range(..2, "ff"));
    assert_eq!(accepted, Some(false), "{name}: the nonce");
}

#[test]
fn openssl_accepts_our_pss_quotes_with_the_salt_of_a_recorded_tpm() {
    let folder = Scratch::new("pss");
    let verify = |ak: &OsStr, hash: HashAlg, attest: &[u8], signature: &[u8]| {
        // sigAlg, hash, size
        let signature = folder.write("signature", &signature[6..]);
        let attest = folder.write("attest", attest);
        let hash = format!("-{hash}");
        let arguments = [
            a("dgst"),
            a(&hash),
            a("-verify"),
            ak,
            a("-sigopt"),
            a("rsa_padding_mode:pss"),
            a("-sigopt"),
            a("rsa_pss_saltlen:-1"),
            a("-signature"),
            &signature,
            &attest,
        ];
        run("openssl", "openssl", &arguments).map(|output| output.status.success())
    };
    let recorded = capture("a-sb-on-ms");
    let attest = read(&recorded.join("quote-rsapss-sel.attest"));
    let signature = read(&recorded.join("quote-rsapss-sel.sig"));
    let ak = recorded.join("ak-rsapss.pem").into_os_string();
    let Some(accepted) = verify(&ak, HashAlg::Sha256, &attest, &signature) else { return };
    assert!(accepted, "the recorded quote");
    for (name, scheme) in SCHEMES {
        if scheme.algorithm != TpmAlg::RSAPSS {
            continue;
        }
        let mut tpm = provisioned(1, EkTemplate::P256, scheme);
        let Attestation { attest, signature } =
            tpm.quote(AK, b"nonce", &selection(), None).unwrap().attestation;
        let ak = folder.write("ak", tpm.object(AK).unwrap().public.public_key().to_pem());
        assert_eq!(verify(&ak, scheme.hash, &attest, &signature), Some(true), "{name}");
        let mut changed = attest.clone();
        changed[50] ^= 1;
        assert_eq!(verify(&ak, scheme.hash, &changed, &signature), Some(false), "{name}");
    }
}

/// The engine parses, verifies and understands what the simulator signs.
fn signed_by<'a>(ak: &TpmtPublic, attestation: &'a Attestation) -> engine::TpmsAttest<'a> {
    let public = ak.to_tpm2b();
    let public = engine::TpmtPublic::parse_tpm2b(Input::new(&public)).unwrap();
    let signature = engine::TpmtSignature::parse(Input::new(&attestation.signature)).unwrap();
    assert!(signature.fits(&public));
    let key = public.to_public_key().unwrap();
    let hash = signature.hash_alg().unwrap();
    crypto::verify(&key, hash, &attestation.attest, signature.to_signature()).unwrap();
    engine::TpmsAttest::parse(Input::new(&attestation.attest)).unwrap()
}

#[test]
fn the_engine_authenticates_our_quotes() {
    for (name, scheme) in SCHEMES {
        let mut tpm = provisioned(2, EkTemplate::P256, scheme);
        let quote = tpm.quote(AK, b"a nonce", &selection(), None).unwrap();
        let ak = &tpm.object(AK).unwrap();
        let attest = signed_by(&ak.public, &quote.attestation);
        assert_eq!(attest.extra_data.bytes(), b"a nonce", "{name}");
        assert_eq!(attest.qualified_signer.bytes(), ak.qualified_name, "{name}");
        let clock = tpm.clock();
        assert_eq!(attest.clock.clock_ms, clock.clock_ms, "{name}");
        assert_eq!(attest.clock.reset_count, 1, "{name}");
        assert_eq!(attest.firmware_version, tpm.config().firmware_version, "{name}");
        let info = attest.quote().unwrap();
        let values: Vec<&[u8]> =
            quote.values.iter().map(|(_, _, value)| value.as_bytes()).collect();
        let hash = engine_hash(scheme.hash);
        assert_eq!(info.pcr_digest.bytes(), crypto::digest(hash, &values).as_bytes(), "{name}");
        let file = quote.pcr_values_file();
        let file = engine::PcrValues::parse_dump(Input::new(&file)).unwrap();
        assert_eq!(file.selections.len(), 1, "{name}");
        assert_eq!(file.selections[0].pcrs, info.selections[0].pcrs, "{name}");
        assert_eq!(file.values.len(), quote.values.len(), "{name}");
    }
}

fn engine_hash(alg: HashAlg) -> crypto::HashAlg {
    crypto::HashAlg::from_tpm(alg.tpm_alg()).unwrap()
}

#[test]
fn the_engine_reads_our_other_attestations() {
    let mut tpm = provisioned(3, EkTemplate::P256, Scheme::ECDSA_SHA256);
    let ek = EkTemplate::P256.handle();
    let made = tpm.create(ek, &template::ak(Scheme::RSASSA_SHA1), &Default::default()).unwrap();
    let object = tpm.load(ek, &made.public, &made.private).unwrap();
    let (name, qualified) = {
        let object = tpm.object(object).unwrap();
        (object.name.clone(), object.qualified_name.clone())
    };
    let ak = tpm.object(AK).unwrap().public.clone();

    let certified = tpm.certify(AK, object, b"x", None).unwrap();
    let engine::AttestBody::Certify { name: certified_name, qualified_name } =
        signed_by(&ak, &certified).body
    else {
        panic!("is no certification");
    };
    assert_eq!(certified_name.bytes(), name);
    assert_eq!(qualified_name.bytes(), qualified);

    let creation = &made.creation;
    let certified =
        tpm.certify_creation(AK, object, &creation.hash, &creation.ticket, b"x", None).unwrap();
    let engine::AttestBody::Creation { object_name, creation_hash } =
        signed_by(&ak, &certified).body
    else {
        panic!("is no certification of a creation");
    };
    assert_eq!(object_name.bytes(), name);
    assert_eq!(
        creation_hash.bytes(),
        crypto::digest(crypto::HashAlg::Sha256, &[&creation.data]).as_bytes()
    );

    let certified = tpm.certify_time(AK, b"x", None).unwrap();
    let engine::AttestBody::Time { time_ms, clock, firmware_version } =
        signed_by(&ak, &certified).body
    else {
        panic!("is no time");
    };
    assert_eq!((time_ms, clock.clock_ms), (12_345, 12_345));
    assert_eq!(firmware_version, tpm.config().firmware_version);
}

/// Name and structure of every key in the captures, which tpm2-tools wrote.
#[test]
fn names_and_public_areas_are_those_that_tpm2_tools_record() {
    let folder = capture("a-sb-on-ms");
    for ak in ["ak-rsa", "ak-ecc", "ak-ecc384", "ak-rsapss"] {
        let public = read(&folder.join(format!("{ak}.pub")));
        let area = TpmtPublic::from_tpm2b(&public).unwrap();
        assert_eq!(area.to_tpm2b(), public, "{ak}");
        assert_eq!(area.name(), read(&folder.join(format!("{ak}.name"))), "{ak}");
        let pem = String::from_utf8(read(&folder.join(format!("{ak}.pem")))).unwrap();
        assert_eq!(area.public_key().to_pem(), pem, "{ak}");
    }
    for (ek, template) in [
        ("ek-rsa.pub", EkTemplate::Rsa2048),
        ("ek-ecc.pub", EkTemplate::P256),
        ("ek-persistent-81010016.pub", EkTemplate::P384),
    ] {
        let public = read(&folder.join(ek));
        let area = TpmtPublic::from_tpm2b(&public).unwrap();
        assert_eq!(area.to_tpm2b(), public, "{ek}");
        let template = template.template();
        assert_eq!(area.attributes, template.attributes, "{ek}");
        assert_eq!(area.auth_policy, template.auth_policy, "{ek}");
        assert_eq!(area.symmetric_bits, template.symmetric_bits, "{ek}");
    }
}

/// The dump of register values is tpm2-tools' own, byte for byte.
#[test]
fn the_file_of_register_values_is_that_of_tpm2_quote() {
    let folder = capture("a-sb-on-ms");
    let recorded = read_json(&folder.join("expected-pcrs.json"));
    for (name, pcrs) in
        [("quote-rsa-sel", crate::fixture::required_pcrs()), ("quote-rsa-all", (0..24).collect())]
    {
        let value = |pcr: &u8| {
            let text = recorded["pcrs"]["sha256"][pcr.to_string()].as_str().unwrap();
            let bytes: Vec<u8> = (0..32)
                .map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap())
                .collect();
            (HashAlg::Sha256, *pcr, Digest::new(HashAlg::Sha256, &bytes).unwrap())
        };
        let quote = Quote {
            attestation: Attestation { attest: Vec::new(), signature: Vec::new() },
            selection: PcrSelection::of(HashAlg::Sha256, &pcrs),
            values: pcrs.iter().map(value).collect(),
        };
        assert!(quote.pcr_values_file() == read(&folder.join(format!("{name}.pcrs"))), "{name}");
    }
}

/// A register of a bank that is not active: the bank stays in the selection, without registers.
#[test]
fn a_quote_of_an_inactive_bank_is_that_of_a_recorded_tpm() {
    let recorded = read(&capture("a-sb-on-ms").join("quote-rsa-inactive-sha512.attest"));
    let recorded = engine::TpmsAttest::parse(Input::new(&recorded)).unwrap();
    let mut tpm = {
        use portcullis_simulator::tpm::{StartedBy, Tpm, TpmConfig};
        let config = TpmConfig { banks: vec![HashAlg::Sha256], ..TpmConfig::default() };
        let mut tpm = Tpm::manufacture(1, config);
        tpm.boot(&StartedBy::Locality(0)).unwrap();
        tpm
    };
    tpm.provision_primary(Hierarchy::Endorsement, &EkTemplate::P256.template(), Handle::EK_ECC)
        .unwrap();
    tpm.provision_key(Handle::EK_ECC, &template::ak(Scheme::ECDSA_SHA256), AK).unwrap();
    let inactive = PcrSelection::of(HashAlg::Sha512, &[0, 1, 2, 3, 4, 5, 6, 7]);
    let quote = tpm.quote(AK, b"x", &inactive, None).unwrap();
    let ours = engine::TpmsAttest::parse(Input::new(&quote.attestation.attest)).unwrap();
    let (ours, recorded) = (ours.quote().unwrap(), recorded.quote().unwrap());
    assert_eq!(ours.pcr_digest.bytes(), recorded.pcr_digest.bytes());
    assert_eq!(ours.selections.len(), 1);
    assert_eq!(ours.selections[0].bank, recorded.selections[0].bank);
    assert_eq!(ours.selections[0].pcrs, recorded.selections[0].pcrs);
    assert!(quote.values.is_empty());
}

/// `tpm2_makecredential -T none` needs no TPM: it is the verifier's side, by other people's code.
#[test]
fn credentials_of_tpm2_makecredential_activate_in_our_tpm() {
    let folder = Scratch::new("makecredential");
    let kinds = [EkTemplate::Rsa2048, EkTemplate::P256, EkTemplate::P384];
    for (kind, scheme) in
        kinds.into_iter().zip([Scheme::RSASSA_SHA256, Scheme::ECDSA_SHA256, Scheme::ECDSA_SHA384])
    {
        let mut tpm = provisioned(4, kind, scheme);
        let ek = folder.write("ek", tpm.object(kind.handle()).unwrap().public.to_tpm2b());
        let secret = folder.write("secret", b"the secret of thirty-two bytes!!");
        let blob = folder.path("blob").into_os_string();
        let name: String =
            tpm.object(AK).unwrap().name.iter().map(|byte| format!("{byte:02x}")).collect();
        let arguments =
            [a("-T"), a("none"), a("-u"), &ek, a("-s"), &secret, a("-n"), a(&name), a("-o"), &blob];
        let Some(output) = run("tpm2_makecredential", TPM2_TOOLS, &arguments) else { return };
        assert!(output.status.success(), "{}: {}", kind.name(), text_of(&output));
        let made = Credential::from_file(&read(&folder.path("blob"))).unwrap();
        let opened = tpm.activate_credential(AK, kind.handle(), &made).unwrap();
        assert_eq!(opened, b"the secret of thirty-two bytes!!", "{}", kind.name());

        let mut other = provisioned(5, kind, scheme);
        assert!(other.activate_credential(AK, kind.handle(), &made).is_err(), "{}", kind.name());
    }
}

/// The engine reads the file that the simulator writes for a credential.
#[test]
fn the_engine_reads_our_credential_files() {
    let tpm = provisioned(6, EkTemplate::Rsa2048, Scheme::RSASSA_SHA256);
    let ek = &tpm.object(Handle::EK_RSA).unwrap().public;
    let rng = &mut Rng::from_seed("verifier", 1);
    let made = credential::make(ek, &[0, 11], b"secret", SeedSize::SymmetricKey, rng).unwrap();
    let file = made.to_file();
    let read = engine::CredentialFile::parse(Input::new(&file)).unwrap();
    assert_eq!(read.id_object.bytes(), made.id_object);
    assert_eq!(read.encrypted_secret.bytes(), made.encrypted_secret);
    assert_eq!(read.integrity.len(), 32);
}

#[test]
fn the_engine_reads_every_key_and_names_it_alike() {
    let mut tpm = provisioned(7, EkTemplate::P256, Scheme::ECDSA_SHA256);
    let kinds = EkTemplate::ALL.into_iter().filter(|kind| {
        // Larger RSA keys take seconds, and no other code.
        !matches!(kind, EkTemplate::Rsa3072 | EkTemplate::Rsa4096)
    });
    let templates =
        kinds.map(EkTemplate::template).chain([template::srk_rsa2048(), template::srk_p256()]);
    for template in templates {
        let (handle, _) =
            tpm.create_primary(Hierarchy::Owner, &template, &Default::default()).unwrap();
        let object = tpm.object(handle).unwrap();
        let bytes = object.public.to_tpm2b();
        let public = engine::TpmtPublic::parse_tpm2b(Input::new(&bytes)).unwrap();
        let name = engine::Name::of(&public).unwrap();
        assert_eq!(name.to_bytes(), object.name);
        let hierarchy = Handle::OWNER.0.to_be_bytes();
        assert_eq!(name.qualified(&hierarchy).to_bytes(), object.qualified_name);
        match (public.key, public.to_public_key().unwrap()) {
            (engine::public::TpmKey::Rsa { key_bits, .. }, crypto::PublicKey::Rsa { .. }) => {
                assert_eq!(key_bits, 2_048);
            }
            (engine::public::TpmKey::Ecc { curve, .. }, crypto::PublicKey::Ecc { .. }) => {
                assert!(matches!(curve, EccCurve::NIST_P256 | EccCurve::NIST_P384));
            }
            _ => panic!("kinds differ"),
        }
    }
}
