//! Whether the signatures of a signed policy hold.
//!
//! RFC 5652, section 5.4 and 5.6. A signature that holds establishes that the policy has not
//! changed since the holder of the named certificate's key signed it. It does **not** establish
//! who that is: no chain is built and no time looked at. Nor does it matter to attestation, which
//! measures the content alone; it is shown so that a damaged file is noticed.

use der::Tag;
use der::asn1::ObjectIdentifier;
use portcullis_wire::oid;

use super::unwrap::Wrapper;
use crate::crypto::{self, HashAlg, PublicKey, Signature};
use crate::formats::ParseError;
use crate::formats::x509::Certificate;
use crate::formats::x509::element::{Element, context, only, optional, tagged};
use crate::limits::{
    CI_POLICY_CERTIFICATES_MAX, CI_POLICY_SIGNATURES_MAX, CI_POLICY_SIGNED_ATTRIBUTES_MAX,
};

/// One signature.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PolicySignature {
    /// Subject of the certificate that it names, when the file has that certificate.
    pub signer: Option<String>,
    /// Whether it holds.
    pub state: SignatureState,
}

/// Whether a signature holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SignatureState {
    /// It holds.
    Holds,
    /// It does not.
    Broken(&'static str),
    /// It could not be checked.
    Unchecked(&'static str),
}

const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap(oid::CONTENT_TYPE);
const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap(oid::MESSAGE_DIGEST);

/// Checks every signature of a signed policy, at most [`CI_POLICY_SIGNATURES_MAX`].
#[must_use]
pub fn check(wrapper: &Wrapper<'_>) -> Vec<PolicySignature> {
    let certificates: Vec<Certificate<'_>> = wrapper
        .certificates
        .iter()
        .flat_map(|set| set.members("certificates"))
        .filter_map(Result::ok)
        .take(CI_POLICY_CERTIFICATES_MAX)
        .filter_map(|element| Certificate::parse(element.whole).ok())
        .collect();
    let signers = wrapper.signers.members("signerInfos").take(CI_POLICY_SIGNATURES_MAX);
    signers
        .map(|signer| match signer.and_then(|signer| SignerInfo::parse(&signer)) {
            Ok(signer) => check_one(wrapper, &signer, &certificates),
            Err(_) => PolicySignature {
                signer: None,
                state: SignatureState::Unchecked("it cannot be decoded"),
            },
        })
        .collect()
}

/// The parts of a `SignerInfo` that a check needs.
struct SignerInfo<'a> {
    issuer: &'a [u8],
    serial: &'a [u8],
    digest: ObjectIdentifier,
    attributes: Option<Element<'a>>,
    algorithm: ObjectIdentifier,
    signature: &'a [u8],
}

impl<'a> SignerInfo<'a> {
    fn parse(element: &Element<'a>) -> Result<Self, ParseError> {
        let (rest, _version) = tagged("version", Tag::Integer)(element.contents)?;
        // Certificates named by key identifier are not looked up: no signer of policies does that.
        let (rest, issuer_and_serial) = tagged("sid", Tag::Sequence)(rest)?;
        let (rest, digest) = tagged("digestAlgorithm", Tag::Sequence)(rest)?;
        let (rest, attributes) = optional("signedAttrs", context(0, true))(rest)?;
        let (rest, algorithm) = tagged("signatureAlgorithm", Tag::Sequence)(rest)?;
        let (_, signature) = tagged("signature", Tag::OctetString)(rest)?;
        let (serial, issuer) = tagged("issuer", Tag::Sequence)(issuer_and_serial.contents)?;
        let serial = only(serial, "serialNumber")?;
        Ok(Self {
            issuer: issuer.whole.bytes(),
            serial: serial.contents.bytes(),
            digest: algorithm_oid(&digest)?,
            attributes,
            algorithm: algorithm_oid(&algorithm)?,
            signature: signature.contents.bytes(),
        })
    }

    fn is_of(&self, certificate: &Certificate<'_>) -> bool {
        certificate.issuer.raw == self.issuer && certificate.serial == self.serial
    }
}

fn algorithm_oid(element: &Element<'_>) -> Result<ObjectIdentifier, ParseError> {
    let (_, oid) = tagged("algorithm", Tag::ObjectIdentifier)(element.contents)?;
    oid.decode("algorithm")
}

fn check_one(
    wrapper: &Wrapper<'_>,
    info: &SignerInfo<'_>,
    certificates: &[Certificate<'_>],
) -> PolicySignature {
    let certificate = certificates.iter().find(|certificate| info.is_of(certificate));
    let state = match certificate {
        None => SignatureState::Unchecked("the certificate of its signer is missing"),
        Some(certificate) => match certificate.subject_key.key.as_ref() {
            Ok(key @ PublicKey::Rsa { .. }) if certificate.subject_key.may_sign() => {
                state(wrapper, info, key)
            }
            // Windows takes RSA alone for policies.
            _ => SignatureState::Unchecked("the key of its signer is not RSA"),
        },
    };
    let signer = certificate.map(|certificate| certificate.subject.text());
    PolicySignature { signer, state }
}

fn state(wrapper: &Wrapper<'_>, info: &SignerInfo<'_>, key: &PublicKey) -> SignatureState {
    let Some(hash) = hash_alg(info) else {
        return SignatureState::Unchecked("its algorithm is not supported");
    };
    let signature = Signature::RsaPkcs1(info.signature);
    let content = wrapper.signed.bytes();
    let Some(attributes) = info.attributes else {
        return match crypto::verify(key, hash, content, signature) {
            Ok(()) => SignatureState::Holds,
            Err(_) => SignatureState::Broken("the signature does not verify"),
        };
    };
    let digest = attribute(&attributes, MESSAGE_DIGEST, Tag::OctetString);
    let Some(digest) = digest else {
        return SignatureState::Broken("the signed digest of the policy is missing");
    };
    if digest != crypto::digest(hash, &[content]).as_bytes() {
        return SignatureState::Broken("the policy is not the one that was signed");
    }
    let content_type = attribute(&attributes, CONTENT_TYPE, Tag::ObjectIdentifier);
    if content_type != Some(wrapper.content_oid.as_bytes()) {
        return SignatureState::Broken("the content type is not the one that was signed");
    }
    // Section 5.4: what is signed is the SET OF, with its own tag instead of the implicit one.
    let mut message = vec![0x31];
    message.extend_from_slice(attributes.whole.bytes().get(1..).unwrap_or_default());
    match crypto::verify(key, hash, &message, signature) {
        Ok(()) => SignatureState::Holds,
        Err(_) => SignatureState::Broken("the signature does not verify"),
    }
}

/// The hash of a signature. A signature algorithm that names one, too, must name the same.
fn hash_alg(info: &SignerInfo<'_>) -> Option<HashAlg> {
    let (hash, with_rsa) = [
        (HashAlg::Sha1, oid::SHA1, oid::SHA1_WITH_RSA),
        (HashAlg::Sha256, oid::SHA256, oid::SHA256_WITH_RSA),
        (HashAlg::Sha384, oid::SHA384, oid::SHA384_WITH_RSA),
        (HashAlg::Sha512, oid::SHA512, oid::SHA512_WITH_RSA),
    ]
    .into_iter()
    .find(|(_, digest, _)| info.digest == ObjectIdentifier::new_unwrap(digest))
    .map(|(hash, _, with_rsa)| (hash, with_rsa))?;
    let known = [oid::RSA_ENCRYPTION, with_rsa];
    known.iter().any(|oid| info.algorithm == ObjectIdentifier::new_unwrap(oid)).then_some(hash)
}

/// The contents of the one value of the one attribute of a type.
fn attribute<'a>(attributes: &Element<'a>, wanted: ObjectIdentifier, tag: Tag) -> Option<&'a [u8]> {
    let mut found = None;
    for attribute in attributes.members("signedAttrs").take(CI_POLICY_SIGNED_ATTRIBUTES_MAX) {
        let attribute = attribute.ok()?;
        let (values, oid) = tagged("attrType", Tag::ObjectIdentifier)(attribute.contents).ok()?;
        if oid.decode::<ObjectIdentifier>("attrType").ok()? != wanted {
            continue;
        }
        let set = only(values, "attrValues").ok()?;
        let value = only(set.contents, "attrValue").ok().filter(|value| value.tag == tag)?;
        if found.replace(value.contents.bytes()).is_some() {
            return None;
        }
    }
    found
}
