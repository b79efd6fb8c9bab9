//! The identifier that a machine hands out is read with equal EK and certificate, in each
//! encoding that administrators produce.

use portcullis_engine::formats::{identifier, key, x509};
use portcullis_simulator::hash::sha256;
use portcullis_simulator::host::IdentifierEncoding;
use portcullis_simulator::pki::Flaw;
use portcullis_simulator::spec::HostSpec;
use portcullis_simulator::tpm::EkTemplate;

use super::started;

const ENCODINGS: [IdentifierEncoding; 3] = [
    IdentifierEncoding::Utf8WithMark,
    IdentifierEncoding::Utf8WithDeclaration,
    IdentifierEncoding::Utf16WithMark,
];

fn check(ek: EkTemplate, flaws: &[Flaw]) {
    let mut spec = HostSpec::default();
    (spec.tpm.ek, spec.tpm.ek_flaws) = (ek, flaws.to_vec());
    let machine = started(spec, 1);
    let ek = machine.endorsement_key().unwrap().public.public_key();
    for encoding in ENCODINGS {
        let xml = machine.identifier().unwrap().to_xml(encoding);
        let read = identifier::parse(&xml).unwrap();
        let public = read.ek_public.unwrap();
        let public = key::parse_public_key(&public.bytes).unwrap().key;
        let digest = key::spki_sha256(&public);
        assert_eq!(digest.as_bytes(), sha256(&[&ek.to_spki()]), "{encoding:?}");
        let certificate = read.ek_certificate.map(|blob| blob.bytes);
        assert_eq!(certificate, machine.endorsement().nv, "{encoding:?}");
        assert_eq!(read.ek_certificate_error.is_some(), flaws.contains(&Flaw::Missing));
        if let Some(bytes) = certificate {
            let files = x509::find_certificates(&bytes).unwrap();
            let certificate = files[0].parse().unwrap();
            assert_eq!(certificate.subject_key.key, Ok(public), "{encoding:?}");
        }
    }
}

#[test]
fn an_identifier_is_read_with_the_key_and_the_certificate_that_it_was_written_with() {
    for ek in [EkTemplate::Rsa2048, EkTemplate::P256, EkTemplate::P384] {
        check(ek, &[]);
    }
    for flaw in [Flaw::Missing, Flaw::NvHeader, Flaw::NvPadding, Flaw::OaepKey] {
        check(EkTemplate::Rsa2048, &[flaw]);
    }
}
