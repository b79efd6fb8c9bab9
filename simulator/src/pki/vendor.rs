//! A TPM vendor: a root, an intermediate that certifies EKs, and what it hands over.

use portcullis_wire::oid;

use super::NOW_UNIX_S;
use super::authority::{Authority, CaKeys};
use super::certificate::{CertificateSpec, Validity};
use super::crl::{CrlSpec, REASON_KEY_COMPROMISE, Revoked};
use super::ek::{self, Device};
use super::extension::{self, usage};
use super::flaw::Flaw;
use super::name::Name;
use crate::hash::HashAlg;
use crate::key::{EccKey, PrivateKey, PublicKey};
use crate::rng::Rng;

/// Header of a certificate in the NV of a TPM 1.2 (`TCG_PCCLIENT_STORED_CERT` with
/// `TCG_FULL_CERT`): tag, kind, size, inner tag.
const STORED_CERT: [u8; 3] = [0x10, 0x01, 0x00];
const FULL_CERT: [u8; 2] = [0x10, 0x02];

/// Size of NV indices that are filled with 0xFF.
const PADDED_SIZE_BYTES: usize = 0x700;

/// 2014-01-01 and 30 years.
const ROOT: Validity = Validity::years(1_388_534_400, 30);
/// 2016-01-01 and 25 years.
const INTERMEDIATE: Validity = Validity::years(1_451_606_400, 25);
/// 2014-01-01 and ten years.
const EXPIRED: Validity = Validity::years(1_388_534_400, 10);

/// Day in seconds.
const DAY_S: u64 = 86_400;

/// A vendor.
#[derive(Clone, Debug)]
pub struct Vendor {
    authorities: Authorities,
    /// Another vendor of no name, whom nobody trusts.
    stranger: Authorities,
    /// Other keys under the same names.
    forger: Authorities,
    sound: Chain,
}

#[derive(Clone, Debug)]
struct Authorities {
    root: Authority,
    intermediate: Authority,
}

/// Certificates of the authorities.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Chain {
    root: Vec<u8>,
    intermediate: Vec<u8>,
    intermediate_serial: Vec<u8>,
    /// Revocation lists that revoke nothing.
    crls: Vec<Vec<u8>>,
}

/// Everything that vouches for an EK, or pretends to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Endorsement {
    /// Content of the NV index, `None` when there is no certificate.
    pub nv: Option<Vec<u8>>,
    /// The certificate itself.
    pub certificate: Option<Vec<u8>>,
    /// Certificates that the host can hand over to complete the path.
    pub intermediates: Vec<Vec<u8>>,
    /// Certificates that an administrator trusts for this vendor.
    pub roots: Vec<Vec<u8>>,
    /// Certificates of issuers that the vendor publishes, and that an administrator installs
    /// beside the roots.
    pub published: Vec<Vec<u8>>,
    /// Revocation lists of intermediate and root.
    pub crls: Vec<Vec<u8>>,
}

impl Vendor {
    /// A vendor with authorities from a seed. `None` never happens: all kinds of keys can be
    /// made.
    #[must_use]
    pub fn new(seed: u64, root: CaKeys, intermediate: CaKeys) -> Option<Self> {
        const VENDOR: &str = "Portcullis Test TPM Vendor";
        const STRANGER: &str = "Portcullis Test Stranger";
        let authorities = Authorities::new(VENDOR, seed, root, intermediate)?;
        let sound = authorities.chain(&[]);
        Some(Self {
            authorities,
            stranger: Authorities::new(STRANGER, seed, CaKeys::P256, CaKeys::P256)?,
            forger: Authorities::new(VENDOR, !seed, CaKeys::P256, CaKeys::P256)?,
            sound,
        })
    }

    /// The certificate of the root.
    #[must_use]
    pub fn root(&self) -> &[u8] {
        &self.sound.root
    }

    /// The certificate of the intermediate.
    #[must_use]
    pub fn intermediate(&self) -> &[u8] {
        &self.sound.intermediate
    }

    /// Endorses an EK.
    #[must_use]
    pub fn endorse(&self, ek: &PublicKey, device: &Device, flaws: &[Flaw]) -> Endorsement {
        let has = |flaw| flaws.contains(&flaw);
        let impostor = has(Flaw::UntrustedRoot) || has(Flaw::ForgedChain);
        let (authorities, chain) = self.chain_for(flaws);
        let key = if has(Flaw::OtherKey) { unrelated_key(ek) } else { ek.clone() };
        let spec = ek::spec(&key, device, &authorities.intermediate, flaws);
        let crls = match (has(Flaw::RevokedLeaf), has(Flaw::RevokedIntermediate)) {
            (false, false) => chain.crls,
            (leaf, intermediate) => authorities.crls(
                leaf.then_some(spec.serial.as_slice()),
                intermediate.then_some(chain.intermediate_serial.as_slice()),
            ),
        };
        let mut intermediates = vec![chain.intermediate];
        let mut published = intermediates.clone();
        if impostor {
            // Who wants to be believed hands over everything; the vendor knows nothing of it.
            intermediates.push(chain.root.clone());
            published = vec![self.sound.intermediate.clone()];
        }
        if has(Flaw::MissingIntermediate) {
            intermediates.clear();
            published.clear();
        }
        let root = if impostor { self.sound.root.clone() } else { chain.root };
        let certificate = certificate(&authorities.intermediate, &spec, flaws);
        Endorsement {
            nv: certificate.as_deref().map(|certificate| nv_content(certificate, flaws)),
            certificate,
            intermediates,
            roots: vec![root],
            published,
            crls,
        }
    }

    /// Who certifies, with which chain. The sound chain is at hand, others are made.
    fn chain_for(&self, flaws: &[Flaw]) -> (&Authorities, Chain) {
        let has = |flaw| flaws.contains(&flaw);
        let authorities = match (has(Flaw::UntrustedRoot), has(Flaw::ForgedChain)) {
            (true, _) => &self.stranger,
            (_, true) => &self.forger,
            (false, false) if !flaws.iter().any(|flaw| flaw.is_of_chain()) => {
                return (&self.authorities, self.sound.clone());
            }
            _ => &self.authorities,
        };
        (authorities, authorities.chain(flaws))
    }
}

/// The certificate, unless there is none.
fn certificate(issuer: &Authority, spec: &CertificateSpec, flaws: &[Flaw]) -> Option<Vec<u8>> {
    if flaws.contains(&Flaw::Missing) {
        return None;
    }
    let mut certificate = issuer.issue(spec);
    if flaws.contains(&Flaw::BadSignature)
        && let Some(last) = certificate.last_mut()
    {
        *last ^= 1;
    }
    Some(certificate)
}

/// A key of the same kind that is not the TPM's.
fn unrelated_key(ek: &PublicKey) -> PublicKey {
    match ek {
        // Any odd number of the same size passes for a modulus.
        PublicKey::Rsa { modulus } => {
            let mut modulus = modulus.clone();
            if let Some(byte) = modulus.iter_mut().rev().nth(1) {
                *byte ^= 1;
            }
            PublicKey::Rsa { modulus }
        }
        PublicKey::Ecc { curve, x, .. } => {
            let key = EccKey::generate(*curve, &mut Rng::new("unrelated key", &[x]));
            key.map_or_else(|| ek.clone(), |key| PrivateKey::Ecc(key).public())
        }
    }
}

impl Authorities {
    fn new(organization: &str, seed: u64, root: CaKeys, intermediate: CaKeys) -> Option<Self> {
        let name = |common_name| Name::new(organization, common_name);
        Some(Self {
            root: Authority::new(name("Test TPM Root CA"), root, seed)?,
            intermediate: Authority::new(name("Test TPM EK Issuing CA"), intermediate, seed)?,
        })
    }

    fn chain(&self, flaws: &[Flaw]) -> Chain {
        let intermediate = self.intermediate_spec(flaws);
        Chain {
            root: self.root.issue(&self.root_spec(flaws)),
            intermediate: self.root.issue(&intermediate),
            intermediate_serial: intermediate.serial,
            crls: self.crls(None, None),
        }
    }

    fn root_spec(&self, flaws: &[Flaw]) -> CertificateSpec {
        let has = |flaw| flaws.contains(&flaw);
        let validity = if has(Flaw::ExpiredRoot) { EXPIRED } else { ROOT };
        let path_length_max = has(Flaw::PathTooLong).then_some(0);
        let version = if has(Flaw::Version1Root) { 1 } else { 3 };
        let spec = self.root.certificate_spec(validity, path_length_max, Vec::new());
        CertificateSpec { version, ..spec }
    }

    fn intermediate_spec(&self, flaws: &[Flaw]) -> CertificateSpec {
        let has = |flaw| flaws.contains(&flaw);
        let validity = if has(Flaw::ExpiredIntermediate) { EXPIRED } else { INTERMEDIATE };
        let more = vec![
            extension::authority_key_id(&self.root.key_id()),
            extension::authority_info_access("http://pki.portcullis.example/root-ca.cer"),
            extension::crl_distribution_point("http://pki.portcullis.example/root-ca.crl"),
        ];
        let mut spec = self.intermediate.certificate_spec(validity, Some(0), more);
        spec.hash = if has(Flaw::Sha1Intermediate) { HashAlg::Sha1 } else { self.root.hash() };
        for extension in &mut spec.extensions {
            let replacement = match extension.oid {
                oid::BASIC_CONSTRAINTS if has(Flaw::IntermediateNotCa) => extension::end_entity(),
                oid::KEY_USAGE if has(Flaw::IntermediateMayNotSign) => {
                    extension::key_usage(&[usage::CRL_SIGN])
                }
                _ => continue,
            };
            *extension = replacement;
        }
        spec
    }

    /// Revocation lists of the intermediate and of the root.
    fn crls(
        &self,
        revoked_leaf: Option<&[u8]>,
        revoked_intermediate: Option<&[u8]>,
    ) -> Vec<Vec<u8>> {
        let list = |authority: &Authority, revoked: Option<&[u8]>| {
            let revoked = revoked.map(|serial| Revoked {
                serial: serial.to_vec(),
                time_unix_s: NOW_UNIX_S.saturating_sub(30 * DAY_S),
                reason: REASON_KEY_COMPROMISE,
            });
            authority.issue_crl(&CrlSpec {
                this_update_unix_s: NOW_UNIX_S.saturating_sub(10 * DAY_S),
                next_update_unix_s: NOW_UNIX_S.saturating_add(80 * DAY_S),
                number: 7,
                revoked: revoked.into_iter().collect(),
                delta_base: None,
                hash: authority.hash(),
            })
        };
        vec![list(&self.intermediate, revoked_leaf), list(&self.root, revoked_intermediate)]
    }
}

/// The certificate as the NV index holds it.
fn nv_content(certificate: &[u8], flaws: &[Flaw]) -> Vec<u8> {
    let mut content = Vec::new();
    if flaws.contains(&Flaw::NvHeader) {
        // The size counts the inner tag too.
        let size = certificate.len().saturating_add(FULL_CERT.len());
        let size = u16::try_from(size).unwrap_or(u16::MAX);
        content.extend(STORED_CERT);
        content.extend(size.to_be_bytes());
        content.extend(FULL_CERT);
    }
    content.extend_from_slice(certificate);
    if flaws.contains(&Flaw::NvPadding) {
        content.resize(PADDED_SIZE_BYTES.max(content.len()), 0xff);
    }
    content
}
