//! Simulated endorsements against openssl and the engine: every sound chain is accepted, and
//! every flaw has the effect that it should have, or is listed with the reason why not.

use std::ffi::OsStr;

use portcullis_engine::chain::{
    self, ChainPolicy, FailureReason, Flaw as IssuerFlaw, Issuers, NoteKind, Revocation,
};
use portcullis_engine::formats::Input;
use portcullis_engine::formats::tpm::TpmtPublic as EngineTpmtPublic;
use portcullis_engine::formats::x509::crl::Crl;
use portcullis_engine::formats::x509::ek_profile::{self, Rule};
use portcullis_engine::formats::x509::{self, Certificate, QuirkKind};
use portcullis_simulator::encode::pem::armour;
use portcullis_simulator::key::{PublicKey, RsaPrimes, Scheme};
use portcullis_simulator::pki::{
    AttestationCa, CaKeys, CertificateSpec, CrlSpec, Device, Endorsement, Flaw, NOW_UNIX_S,
    Revoked, Validity, Vendor,
};
use portcullis_simulator::tpm::{EkTemplate, Hierarchy, StartedBy, Tpm, TpmConfig};
use portcullis_wire::oid;
use portcullis_wire::tpm::Handle;

use crate::fixture::{AK, Scratch, config, provisioned, run, text_of};

const EKS: [EkTemplate; 3] = [EkTemplate::Rsa2048, EkTemplate::P256, EkTemplate::P384];

/// Kinds of keys of root and intermediate.
const VENDORS: [(CaKeys, CaKeys); 3] = [
    (CaKeys::P384, CaKeys::P256),
    (CaKeys::P384, CaKeys::P384),
    (CaKeys::Rsa2048, CaKeys::Rsa2048),
];

fn a(text: &str) -> &OsStr {
    OsStr::new(text)
}

fn vendors() -> Vec<Vendor> {
    VENDORS.iter().map(|(root, issuer)| Vendor::new(1, *root, *issuer).unwrap()).collect()
}

/// An EK, as the simulator and as the engine have it.
struct Ek {
    key: PublicKey,
    engine_key: portcullis_engine::crypto::PublicKey,
    device: Device,
}

fn ek_of(template: EkTemplate) -> Ek {
    let tpm = provisioned(1, template, Scheme::ECDSA_SHA256);
    let public = &tpm.object(template.handle()).unwrap().public;
    let bytes = public.to_tpm2b();
    let engine_key = EngineTpmtPublic::parse_tpm2b(Input::new(&bytes)).unwrap();
    Ek {
        key: public.public_key(),
        engine_key: engine_key.to_public_key().unwrap(),
        device: Device::of(tpm.config()),
    }
}

/// What openssl says about a certificate.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Accepted,
    /// Error numbers of `openssl verify`.
    Refused(Vec<u32>),
    /// No certificate in it.
    Unreadable,
}

/// `openssl verify` at the moment of the simulation, at a level that refuses SHA-1, with
/// revocation lists. `None` when openssl is missing.
fn openssl(folder: &Scratch, endorsement: &Endorsement, leaf: &[u8]) -> Option<Verdict> {
    let pem = |label: &str, ders: &[Vec<u8>]| -> String {
        ders.iter().map(|der| armour(label, der)).collect()
    };
    let leaf = folder.write("leaf.pem", armour("CERTIFICATE", leaf));
    let roots = folder.write("roots.pem", pem("CERTIFICATE", &endorsement.roots));
    let untrusted = folder.write("untrusted.pem", pem("CERTIFICATE", &endorsement.intermediates));
    let lists = folder.write("lists.pem", pem("X509 CRL", &endorsement.crls));
    let now = NOW_UNIX_S.to_string();
    let mut arguments = vec![a("verify"), a("-attime"), a(&now), a("-auth_level"), a("2")];
    arguments.extend([a("-CAfile"), &roots, a("-no-CApath"), a("-no-CAstore")]);
    if !endorsement.intermediates.is_empty() {
        arguments.extend([a("-untrusted"), &untrusted]);
    }
    if !endorsement.crls.is_empty() {
        arguments.extend([a("-crl_check_all"), a("-CRLfile"), &lists]);
    }
    arguments.push(&leaf);
    let output = run("openssl", "openssl", &arguments)?;
    if output.status.success() {
        return Some(Verdict::Accepted);
    }
    // "error 10 at 0 depth lookup: certificate has expired"
    let text = text_of(&output);
    let number = |line: &str| line.strip_prefix("error ")?.split(' ').next()?.parse().ok();
    let numbers: Vec<u32> = text.lines().filter_map(number).collect();
    Some(if numbers.is_empty() { Verdict::Unreadable } else { Verdict::Refused(numbers) })
}

/// What must become of a flaw.
struct Expected {
    /// openssl's error number, 0 when it accepts, `None` when it finds no certificate.
    openssl: Option<u32>,
    /// What the engine must notice.
    engine: Engine,
}

enum Engine {
    /// The path does not hold.
    Refuses(fn(&FailureReason) -> bool),
    /// The path holds, with a note about the certificate of this index.
    Notes(usize, fn(&NoteKind) -> bool),
    /// The path holds, and the certificate deviates from the profile.
    Deviates(Rule),
    /// The path holds, and reading had to be tolerant.
    Quirk(fn(&QuirkKind) -> bool),
    /// The path holds for a key that is not the TPM's.
    OtherKey,
    /// The path holds, and nothing is noteworthy.
    Silent,
}

fn expected(flaw: Flaw) -> Option<Expected> {
    use Engine::{Deviates, Notes, OtherKey, Quirk, Refuses};
    let of = |openssl, engine| Some(Expected { openssl, engine });
    // Profile and key are the verifier's own questions: openssl knows neither.
    let profile = |rule| of(Some(0), Deviates(rule));
    match flaw {
        Flaw::Missing => None,
        Flaw::NvHeader => of(None, Quirk(|kind| *kind == QuirkKind::NvHeader)),
        // openssl ignores what stands behind the certificate.
        Flaw::NvPadding => {
            of(Some(0), Quirk(|kind| matches!(kind, QuirkKind::TrailingPadding { byte: 0xff })))
        }
        // openssl cannot read the key and calls it too weak.
        Flaw::OaepKey => of(Some(66), Quirk(|kind| matches!(kind, QuirkKind::RsaesOaepKey))),
        Flaw::OtherKey => of(Some(0), OtherKey),
        Flaw::ExpiredLeaf => of(Some(10), Notes(0, |n| matches!(n, NoteKind::Expired { .. }))),
        Flaw::NotYetValidLeaf => {
            of(Some(9), Notes(0, |n| matches!(n, NoteKind::NotYetValid { .. })))
        }
        Flaw::ExpiredIntermediate => {
            of(Some(10), Notes(1, |n| matches!(n, NoteKind::Expired { .. })))
        }
        Flaw::ExpiredRoot => of(Some(10), Notes(2, |n| matches!(n, NoteKind::Expired { .. }))),
        Flaw::MissingIntermediate => {
            of(Some(20), Refuses(|r| matches!(r, FailureReason::MissingIssuer { .. })))
        }
        Flaw::UntrustedRoot => of(Some(19), Refuses(|r| matches!(r, FailureReason::UntrustedRoot))),
        // openssl follows the key identifiers to the forged root.
        Flaw::ForgedChain => {
            of(Some(19), Refuses(|r| matches!(r, FailureReason::Signature { .. })))
        }
        Flaw::BadSignature => {
            of(Some(7), Refuses(|r| matches!(r, FailureReason::Signature { .. })))
        }
        Flaw::IntermediateNotCa => of(Some(79), Refuses(|r| unfit(r, &IssuerFlaw::NotCa))),
        Flaw::IntermediateMayNotSign => of(Some(32), Refuses(|r| unfit(r, &IssuerFlaw::KeyUsage))),
        Flaw::PathTooLong => {
            of(Some(25), Refuses(|r| unfit(r, &IssuerFlaw::PathLength { allowed: 0, found: 1 })))
        }
        Flaw::RevokedLeaf => {
            of(Some(23), Refuses(|r| matches!(r, FailureReason::Revoked { index: 0 })))
        }
        Flaw::RevokedIntermediate => {
            of(Some(23), Refuses(|r| matches!(r, FailureReason::Revoked { index: 1 })))
        }
        // openssl takes what is configured, of any version.
        Flaw::Version1Root => of(Some(0), Notes(2, |n| *n == NoteKind::Version1Root)),
        Flaw::Sha1Leaf => of(Some(68), Notes(0, |n| *n == NoteKind::Sha1Signature)),
        Flaw::Sha1Intermediate => of(Some(68), Notes(1, |n| *n == NoteKind::Sha1Signature)),
        Flaw::WrongEku => profile(Rule::Purpose),
        Flaw::MissingEku => profile(Rule::ExtendedKeyUsage),
        Flaw::WrongKeyUsage => profile(Rule::KeyUsage),
        Flaw::CaLeaf => profile(Rule::NotCa),
        Flaw::MissingSan | Flaw::UncriticalSan => profile(Rule::SubjectAltName),
        Flaw::MissingAuthorityKeyId => profile(Rule::AuthorityKeyId),
        Flaw::ZeroSerial | Flaw::NegativeSerial => profile(Rule::SerialNumber),
        // openssl keeps the bytes and does not look at their order.
        Flaw::UnsortedName => of(Some(0), Quirk(|kind| *kind == QuirkKind::SetOrder)),
        Flaw::ExplicitDefaults => of(Some(0), Quirk(|kind| *kind == QuirkKind::EncodedDefault)),
    }
}

fn unfit(reason: &FailureReason, expected: &IssuerFlaw) -> bool {
    matches!(reason, FailureReason::UnfitIssuer { flaw, .. } if flaw == expected)
}

/// What the engine finds.
struct Found {
    path: Result<Vec<(usize, NoteKind)>, FailureReason>,
    deviations: Vec<Rule>,
    quirks: Vec<QuirkKind>,
    certifies_ek: bool,
}

fn engine(endorsement: &Endorsement, nv: &[u8], ek: &Ek) -> Found {
    fn certificates(ders: &[Vec<u8>]) -> Vec<Certificate<'_>> {
        ders.iter().map(|der| Certificate::parse(Input::new(der)).unwrap()).collect()
    }
    let found = x509::find_certificates(nv).unwrap();
    let leaf = found[0].parse().unwrap();
    let roots = certificates(&endorsement.roots);
    let from_host = certificates(&endorsement.intermediates);
    let lists: Vec<Crl<'_>> =
        endorsement.crls.iter().map(|der| Crl::parse(Input::new(der)).unwrap()).collect();
    let revocation = Revocation { certificates: &[], lists: &lists };
    let policy = ChainPolicy { revocation, ..ChainPolicy::default() };
    let issuers = Issuers { roots: &roots, intermediates: &[], from_host: &from_host };
    let path = chain::verify_chain(&leaf, issuers, NOW_UNIX_S, &policy);
    let notes = |chain: chain::VerifiedChain| {
        chain.notes().iter().map(|note| (note.index, note.kind.clone())).collect()
    };
    Found {
        path: path.map(notes).map_err(|failure| failure.reason),
        deviations: ek_profile::deviations(&leaf).iter().map(|deviation| deviation.rule).collect(),
        quirks: leaf.quirks.iter().map(|quirk| quirk.kind).collect(),
        certifies_ek: leaf.subject_key.key.as_ref() == Ok(&ek.engine_key),
    }
}

impl Found {
    /// Asserts that nothing is noteworthy but what `engine` says.
    fn check(&self, engine: &Engine, what: &str) {
        let path = |found: &Self| format!("{what}: {:?}", found.path);
        match engine {
            Engine::Refuses(reason) => {
                assert!(self.path.as_ref().is_err_and(reason), "{}", path(self));
            }
            Engine::Notes(index, kind) => {
                let only = |notes: &Vec<(usize, NoteKind)>| matches!(&notes[..], [note] if note.0 == *index && kind(&note.1));
                assert!(self.path.as_ref().is_ok_and(only), "{}", path(self));
            }
            _ => assert!(self.path.as_ref().is_ok_and(Vec::is_empty), "{}", path(self)),
        }
        match engine {
            Engine::Deviates(rule) => assert_eq!(self.deviations, [*rule], "{what}"),
            _ => assert!(self.deviations.is_empty(), "{what}: {:?}", self.deviations),
        }
        let serial = matches!(engine, Engine::Deviates(Rule::SerialNumber));
        match engine {
            Engine::Quirk(kind) => {
                assert!(!self.quirks.is_empty(), "{what}");
                assert!(self.quirks.iter().all(kind), "{what}: {:?}", self.quirks);
            }
            _ => assert_eq!(self.quirks.is_empty(), !serial, "{what}: {:?}", self.quirks),
        }
        let other_key = matches!(engine, Engine::OtherKey);
        assert_eq!(self.certifies_ek, !other_key, "{what}");
    }
}

#[test]
fn sound_endorsements_are_accepted_by_openssl_and_the_engine() {
    let folder = Scratch::new("pki-sound");
    for (vendor, keys) in vendors().iter().zip(VENDORS) {
        for template in EKS {
            let ek = ek_of(template);
            let endorsement = vendor.endorse(&ek.key, &ek.device, &[]);
            let what = format!("{keys:?} {}", template.name());
            let nv = endorsement.nv.as_deref().unwrap();
            assert_eq!(Some(nv), endorsement.certificate.as_deref(), "{what}");
            engine(&endorsement, nv, &ek).check(&Engine::Silent, &what);
            let Some(verdict) = openssl(&folder, &endorsement, nv) else { return };
            assert_eq!(verdict, Verdict::Accepted, "{what}");
        }
    }
}

#[test]
fn every_flaw_is_noticed_by_openssl_and_the_engine_or_listed() {
    let folder = Scratch::new("pki-flaws");
    for ((vendor, keys), template) in vendors().iter().zip(VENDORS).zip(EKS) {
        let ek = ek_of(template);
        for flaw in Flaw::ALL {
            if flaw == Flaw::OaepKey && template != EkTemplate::Rsa2048 {
                continue;
            }
            let endorsement = vendor.endorse(&ek.key, &ek.device, &[flaw]);
            let what = format!("{} for {} by {keys:?}", flaw.name(), template.name());
            let Some(expected) = expected(flaw) else {
                assert_eq!(endorsement.nv, None, "{what}");
                assert_eq!(endorsement.certificate, None, "{what}");
                continue;
            };
            let nv = endorsement.nv.as_deref().unwrap();
            engine(&endorsement, nv, &ek).check(&expected.engine, &what);
            let Some(verdict) = openssl(&folder, &endorsement, nv) else { continue };
            match expected.openssl {
                Some(0) => assert_eq!(verdict, Verdict::Accepted, "{what}"),
                None => assert_eq!(verdict, Verdict::Unreadable, "{what}"),
                Some(number) => assert!(
                    matches!(&verdict, Verdict::Refused(numbers) if numbers.contains(&number)),
                    "{what}: {verdict:?}"
                ),
            }
        }
    }
}

#[test]
fn flaws_are_found_by_their_names() {
    for flaw in Flaw::ALL {
        assert_eq!(Flaw::from_name(flaw.name()), Some(flaw));
        assert!(!flaw.explanation().is_empty());
    }
    assert_eq!(Flaw::from_name("none"), None);
}

#[test]
fn several_flaws_add_up() {
    let vendor = &vendors()[0];
    let ek = ek_of(EkTemplate::Rsa2048);
    let flaws = [Flaw::NvHeader, Flaw::NvPadding, Flaw::OaepKey, Flaw::MissingEku];
    let endorsement = vendor.endorse(&ek.key, &ek.device, &flaws);
    let found = engine(&endorsement, endorsement.nv.as_deref().unwrap(), &ek);
    assert_eq!(found.deviations, [Rule::ExtendedKeyUsage]);
    assert_eq!(found.quirks.len(), 3);
    assert!(found.path.is_ok() && found.certifies_ek);
}

/// openssl prints what the profile asks for, and reads the key as the TPM's.
#[test]
fn openssl_reads_certificates_keys_and_lists() {
    let folder = Scratch::new("pki-read");
    let vendor = &vendors()[0];
    for (template, usage, algorithm) in [
        (EkTemplate::Rsa2048, "Key Encipherment", "Public-Key: (2048 bit)"),
        (EkTemplate::P384, "Key Agreement", "NIST CURVE: P-384"),
    ] {
        let ek = ek_of(template);
        let endorsement = vendor.endorse(&ek.key, &ek.device, &[Flaw::RevokedLeaf]);
        let certificate = endorsement.certificate.as_deref().unwrap();
        let certificate = folder.write("ek.pem", armour("CERTIFICATE", certificate));
        let print = [a("x509"), a("-in"), &certificate, a("-noout"), a("-text"), a("-pubkey")];
        let Some(output) = run("openssl", "openssl", &print) else { return };
        let text = text_of(&output);
        let wanted = [
            usage,
            algorithm,
            "Version: 3",
            "Subject: \n",
            "X509v3 Subject Alternative Name: critical",
            "2.23.133.2.1=id:49465800",
            "2.23.133.2.2=SLB9670",
            "2.23.133.2.3=id:00070055",
            "X509v3 Basic Constraints: critical",
            "CA:FALSE",
            "2.23.133.8.1",
            "X509v3 Authority Key Identifier",
            "X509v3 Subject Key Identifier",
            "X509v3 Subject Directory Attributes",
            "CA Issuers - URI:http://pki.portcullis.example/ek-issuing-ca.cer",
        ];
        for wanted in wanted {
            assert!(text.contains(wanted), "{}: no {wanted:?} in {text}", template.name());
        }
        assert!(text.contains(&ek.key.to_pem()), "{}: another key", template.name());

        let public = folder.write("ek.pub.pem", ek.key.to_pem());
        let read = [a("pkey"), a("-pubin"), a("-in"), &public, a("-noout"), a("-text")];
        let text = text_of(&run("openssl", "openssl", &read).unwrap());
        assert!(text.contains(algorithm), "{text}");

        let list = folder.write("list.pem", armour("X509 CRL", &endorsement.crls[0]));
        let print = [a("crl"), a("-in"), &list, a("-noout"), a("-text")];
        let text = text_of(&run("openssl", "openssl", &print).unwrap());
        for wanted in ["Version 2", "X509v3 CRL Number", "Key Compromise", "Revoked Certificates:"]
        {
            assert!(text.contains(wanted), "no {wanted:?} in {text}");
        }
    }
}

#[test]
fn a_delta_list_says_that_it_is_one() {
    let folder = Scratch::new("pki-delta");
    let ca = AttestationCa::new(1, CaKeys::P256).unwrap();
    let spec = CrlSpec {
        this_update_unix_s: NOW_UNIX_S,
        next_update_unix_s: NOW_UNIX_S + 1,
        number: 9,
        revoked: vec![Revoked { serial: vec![0x55], time_unix_s: NOW_UNIX_S, reason: 1 }],
        delta_base: Some(7),
        hash: ca.authority().hash(),
    };
    let list = ca.authority().issue_crl(&spec);
    let parsed = Crl::parse(Input::new(&list)).unwrap();
    assert!(parsed.obstacle.is_some());
    assert!(parsed.entry(&[0x55]).is_some());
    let list = folder.write("list.pem", armour("X509 CRL", &list));
    let print = [a("crl"), a("-in"), &list, a("-noout"), a("-text")];
    let Some(output) = run("openssl", "openssl", &print) else { return };
    assert!(text_of(&output).contains("X509v3 Delta CRL Indicator: critical"));
}

#[test]
fn ak_certificates_tie_an_ak_to_a_trusted_authority() {
    let folder = Scratch::new("pki-ak");
    let schemes = [Scheme::RSASSA_SHA256, Scheme::ECDSA_SHA256, Scheme::ECDSA_SHA384];
    for (keys, scheme) in [CaKeys::P256, CaKeys::P384, CaKeys::Rsa2048].into_iter().zip(schemes) {
        let ca = AttestationCa::new(1, keys).unwrap();
        let tpm = provisioned(2, EkTemplate::P256, scheme);
        let ak = tpm.object(AK).unwrap().public.public_key();
        let spec = ca.certificate_spec(&ak, &Device::of(tpm.config()));
        let check = |spec: &CertificateSpec| {
            let certificate = ca.authority().issue(spec);
            let endorsement = Endorsement {
                nv: None,
                certificate: None,
                intermediates: Vec::new(),
                roots: vec![ca.root().to_vec()],
                published: Vec::new(),
                crls: Vec::new(),
            };
            let parsed = Certificate::parse(Input::new(&certificate)).unwrap();
            let for_aks = parsed.extensions.allows_purpose(oid::KP_AIK_CERTIFICATE);
            (openssl(&folder, &endorsement, &certificate), for_aks)
        };
        let (Some(verdict), for_aks) = check(&spec) else { return };
        assert_eq!((verdict, for_aks), (Verdict::Accepted, true), "{keys:?}");
        let expired = CertificateSpec { validity: Validity::years(0, 1), ..spec.clone() };
        assert_eq!(check(&expired), (Some(Verdict::Refused(vec![10])), true), "{keys:?}");
        let mut other_purpose = spec.clone();
        other_purpose.extensions.retain(|extension| extension.oid != oid::EXTENDED_KEY_USAGE);
        assert_eq!(check(&other_purpose), (Some(Verdict::Accepted), false), "{keys:?}");
    }
}

/// CVE-2017-15361 is a property of the key: the certificate is sound.
#[test]
fn a_weak_key_bears_its_fingerprint_and_a_sound_one_does_not() {
    let vendor = &vendors()[0];
    let config = TpmConfig { rsa_primes: RsaPrimes::Roca, ..config(1) };
    let mut tpm = Tpm::manufacture(1, config);
    tpm.boot(&StartedBy::Locality(0)).unwrap();
    let template = EkTemplate::Rsa2048.template();
    tpm.provision_primary(Hierarchy::Endorsement, &template, Handle::EK_RSA).unwrap();
    let weak = tpm.object(Handle::EK_RSA).unwrap().public.public_key();
    let ek = ek_of(EkTemplate::Rsa2048);
    for (key, deviations) in [(weak, &[Rule::RocaFingerprint][..]), (ek.key.clone(), &[])] {
        let endorsement = vendor.endorse(&key, &ek.device, &[]);
        let found = engine(&endorsement, endorsement.nv.as_deref().unwrap(), &ek);
        assert_eq!(found.deviations, deviations);
        assert!(found.path.is_ok());
    }
}
