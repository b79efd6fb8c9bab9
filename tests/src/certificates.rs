//! Certificates and revocation lists that tests make: right ones, and wrong ones in one place.
//!
//! An [`Authority`] is a name and a key; what it signs is a [`Template`], whose every field a test
//! may spoil. Nothing here reads a certificate, and OpenSSL judges what comes out.

use rsa::rand_core::{TryCryptoRng, TryRng};
use rsa::{BoxedUint, Pkcs1v15Sign, Pss, RsaPrivateKey};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

use crate::der::{self, bits, boolean, explicit, octets, oid, printable, sequence, set, utf8};
use crate::keys;

/// 2020-01-01, before which nothing here is valid.
pub const NOT_BEFORE: u64 = 1_577_836_800;
/// 2025-01-01, the time of a test that does not care.
pub const NOW: u64 = 1_735_689_600;
/// 2030-01-01, the last second of everything here.
pub const NOT_AFTER: u64 = 1_893_456_000;

/// Hash of a signature.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Hash {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

/// How something is signed. The scheme is that of the key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scheme {
    /// RSASSA-PKCS1-v1_5, or ECDSA for an EC key.
    Plain(Hash),
    /// RSASSA-PSS with a salt of the hash's size.
    Pss(Hash),
}

/// A signing key.
#[derive(Clone, Debug)]
pub enum Key {
    /// RSA of a number of bits: 1024, 2048, 3072 or 4096.
    Rsa(usize),
    /// P-256 with a number from 1 on for its scalar.
    P256(u8),
    /// P-384 with a number from 1 on for its scalar.
    P384(u8),
}

/// Who signs: a name and a key.
#[derive(Clone, Debug)]
pub struct Authority {
    /// Common name.
    pub name: String,
    /// Key.
    pub key: Key,
}

/// An extension: object identifier in dotted text, whether it is critical, value.
pub type Extension = (String, bool, Vec<u8>);

/// What a certificate says. Names, key, serial number and times are DER.
#[derive(Clone, Debug)]
pub struct Template {
    /// 0 for version 1.
    pub version: u8,
    /// Contents of the INTEGER.
    pub serial: Vec<u8>,
    /// The issuer's name.
    pub issuer: Vec<u8>,
    /// The subject's name.
    pub subject: Vec<u8>,
    /// First second.
    pub not_before: u64,
    /// Last second.
    pub not_after: u64,
    /// `SubjectPublicKeyInfo`.
    pub spki: Vec<u8>,
    /// In this order.
    pub extensions: Vec<Extension>,
    /// How it is signed.
    pub scheme: Scheme,
}

/// What a revocation list says.
#[derive(Clone, Debug)]
pub struct CrlTemplate {
    /// `None` for version 1.
    pub version: Option<u8>,
    /// When the next one is due.
    pub next_update: Option<u64>,
    /// Serial numbers, contents of INTEGERs, with entry extensions.
    pub entries: Vec<(Vec<u8>, Vec<Extension>)>,
    /// Extensions of the list.
    pub extensions: Vec<Extension>,
}

impl Hash {
    fn digest(self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha1 => Sha1::digest(message).to_vec(),
            Self::Sha256 => Sha256::digest(message).to_vec(),
            Self::Sha384 => Sha384::digest(message).to_vec(),
            Self::Sha512 => Sha512::digest(message).to_vec(),
        }
    }

    const fn oid(self) -> &'static str {
        match self {
            Self::Sha1 => "1.3.14.3.2.26",
            Self::Sha256 => "2.16.840.1.101.3.4.2.1",
            Self::Sha384 => "2.16.840.1.101.3.4.2.2",
            Self::Sha512 => "2.16.840.1.101.3.4.2.3",
        }
    }
}

impl Key {
    /// `SubjectPublicKeyInfo`.
    #[must_use]
    pub fn spki(&self) -> Vec<u8> {
        let curve = |curve, point: &[u8]| {
            let algorithm = sequence(&[&oid("1.2.840.10045.2.1"), &oid(curve)]);
            sequence(&[&algorithm, &bits(point)])
        };
        match self {
            Self::Rsa(_) => self.rsa_spki("1.2.840.113549.1.1.1"),
            Self::P256(_) => curve(
                "1.2.840.10045.3.1.7",
                self.p256().verifying_key().to_sec1_point(false).as_bytes(),
            ),
            Self::P384(_) => {
                curve("1.3.132.0.34", self.p384().verifying_key().to_sec1_point(false).as_bytes())
            }
        }
    }

    /// `SubjectPublicKeyInfo` of an RSA key that is declared for another algorithm.
    #[must_use]
    pub fn rsa_spki(&self, algorithm: &str) -> Vec<u8> {
        use rsa::traits::PublicKeyParts as _;
        let key = self.rsa();
        let modulus = der::unsigned(&key.n().to_be_bytes());
        let key = sequence(&[&modulus, &der::unsigned(&key.e().to_be_bytes())]);
        sequence(&[&sequence(&[&oid(algorithm), der::NULL]), &bits(&key)])
    }

    fn sign(&self, scheme: Scheme, message: &[u8]) -> Vec<u8> {
        use p256::ecdsa::signature::hazmat::PrehashSigner as _;
        match (self, scheme) {
            (Self::Rsa(_), Scheme::Plain(hash)) => {
                let padding = match hash {
                    Hash::Sha1 => Pkcs1v15Sign::new::<Sha1>(),
                    Hash::Sha256 => Pkcs1v15Sign::new::<Sha256>(),
                    Hash::Sha384 => Pkcs1v15Sign::new::<Sha384>(),
                    Hash::Sha512 => Pkcs1v15Sign::new::<Sha512>(),
                };
                self.rsa().sign(padding, &hash.digest(message)).expect("signs")
            }
            (Self::Rsa(_), Scheme::Pss(hash)) => {
                let (key, digest) = (self.rsa(), hash.digest(message));
                let signed = match hash {
                    Hash::Sha1 => key.sign_with_rng(&mut Counter(0), Pss::<Sha1>::new(), &digest),
                    Hash::Sha256 => {
                        key.sign_with_rng(&mut Counter(0), Pss::<Sha256>::new(), &digest)
                    }
                    Hash::Sha384 => {
                        key.sign_with_rng(&mut Counter(0), Pss::<Sha384>::new(), &digest)
                    }
                    Hash::Sha512 => {
                        key.sign_with_rng(&mut Counter(0), Pss::<Sha512>::new(), &digest)
                    }
                };
                signed.expect("signs")
            }
            (Self::P256(_), Scheme::Plain(hash)) => {
                let signature: p256::ecdsa::Signature =
                    self.p256().sign_prehash(&hash.digest(message)).expect("signs");
                signature.to_der().as_bytes().to_vec()
            }
            (Self::P384(_), Scheme::Plain(hash)) => {
                let signature: p384::ecdsa::Signature =
                    self.p384().sign_prehash(&hash.digest(message)).expect("signs");
                signature.to_der().as_bytes().to_vec()
            }
            _ => panic!("RSASSA-PSS is for RSA keys"),
        }
    }

    /// The `AlgorithmIdentifier` of a signature.
    fn algorithm(&self, scheme: Scheme) -> Vec<u8> {
        let rsa = |last| format!("1.2.840.113549.1.1.{last}");
        let ecdsa = |last| format!("1.2.840.10045.4.{last}");
        match (self, scheme) {
            (_, Scheme::Pss(hash)) => {
                let digest = sequence(&[&oid(hash.oid()), der::NULL]);
                let mask = sequence(&[&oid("1.2.840.113549.1.1.8"), &digest]);
                let salt = der::integer(&[hash.digest(&[]).len() as u8]);
                let parameters =
                    [explicit(0, &digest), explicit(1, &mask), explicit(2, &salt)].concat();
                sequence(&[&oid(&rsa(10)), &sequence(&[&parameters])])
            }
            (Self::Rsa(_), Scheme::Plain(hash)) => {
                let last = match hash {
                    Hash::Sha1 => 5,
                    Hash::Sha256 => 11,
                    Hash::Sha384 => 12,
                    Hash::Sha512 => 13,
                };
                sequence(&[&oid(&rsa(last)), der::NULL])
            }
            (_, Scheme::Plain(hash)) => {
                let last = match hash {
                    Hash::Sha1 => "1",
                    Hash::Sha256 => "3.2",
                    Hash::Sha384 => "3.3",
                    Hash::Sha512 => "3.4",
                };
                sequence(&[&oid(&ecdsa(last))])
            }
        }
    }

    fn rsa(&self) -> RsaPrivateKey {
        let Self::Rsa(size_bits) = self else { panic!("not an RSA key") };
        let primes = match size_bits {
            1_024 => keys::RSA_1024,
            2_048 => keys::RSA_2048,
            3_072 => keys::RSA_3072,
            4_096 => keys::RSA_4096,
            _ => panic!("no key of {size_bits} bits"),
        };
        let [p, q] = primes.map(|hex| {
            let pairs = hex.as_bytes().as_chunks::<2>().0.iter();
            let digits = pairs.map(|pair| core::str::from_utf8(pair).expect("ASCII"));
            let bytes: Vec<u8> =
                digits.map(|pair| u8::from_str_radix(pair, 16).expect("hexadecimal")).collect();
            BoxedUint::from_be_slice_vartime(&bytes)
        });
        RsaPrivateKey::from_p_q(p, q, BoxedUint::from(65_537_u64)).expect("a key")
    }

    fn p256(&self) -> p256::ecdsa::SigningKey {
        let Self::P256(number) = self else { panic!("not a P-256 key") };
        let mut scalar = [0; 32];
        scalar[31] = *number;
        p256::ecdsa::SigningKey::from_slice(&scalar).expect("a scalar")
    }

    fn p384(&self) -> p384::ecdsa::SigningKey {
        let Self::P384(number) = self else { panic!("not a P-384 key") };
        let mut scalar = [0; 48];
        scalar[47] = *number;
        p384::ecdsa::SigningKey::from_slice(&scalar).expect("a scalar")
    }
}

/// Not random at all: salts of test signatures.
struct Counter(u8);

impl TryRng for Counter {
    type Error = core::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        self.0 = self.0.wrapping_add(1);
        Ok(u32::from(self.0))
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        self.try_next_u32().map(u64::from)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        for byte in bytes {
            *byte = self.try_next_u32()? as u8;
        }
        Ok(())
    }
}

impl TryCryptoRng for Counter {}

/// A name of one common name as UTF8String.
#[must_use]
pub fn name(common_name: &str) -> Vec<u8> {
    sequence(&[&set(&sequence(&[&oid("2.5.4.3"), &utf8(common_name)]))])
}

/// The same name as PrintableString.
#[must_use]
pub fn printable_name(common_name: &str) -> Vec<u8> {
    sequence(&[&set(&sequence(&[&oid("2.5.4.3"), &printable(common_name)]))])
}

/// The key identifier of a key: the start of SHA-256 over its `SubjectPublicKeyInfo`.
#[must_use]
pub fn key_id(spki: &[u8]) -> Vec<u8> {
    Hash::Sha256.digest(spki)[..20].to_vec()
}

/// `basicConstraints`.
#[must_use]
pub fn basic_constraints(ca: bool, path_length_max: Option<u8>) -> Extension {
    let flag = if ca { boolean(true) } else { Vec::new() };
    let length = path_length_max.map(|length| der::integer(&[length])).unwrap_or_default();
    ("2.5.29.19".into(), true, sequence(&[&flag, &length]))
}

/// `keyUsage` from its one byte of bits, the first bit highest.
#[must_use]
pub fn key_usage(usage: u8) -> Extension {
    let unused = usage.trailing_zeros() as u8;
    ("2.5.29.15".into(), true, der::element(0x03, &[unused, usage]))
}

/// `keyCertSign` and `cRLSign`.
pub const USAGE_CA: u8 = 0b0000_0110;
/// `keyEncipherment`.
pub const USAGE_ENCIPHERMENT: u8 = 0b0010_0000;
/// `keyAgreement`.
pub const USAGE_AGREEMENT: u8 = 0b0000_1000;

/// `extKeyUsage`.
#[must_use]
pub fn extended_key_usage(purposes: &[&str]) -> Extension {
    let purposes: Vec<u8> = purposes.iter().flat_map(|purpose| oid(purpose)).collect();
    ("2.5.29.37".into(), false, sequence(&[&purposes]))
}

/// The subject alternative name of an EK certificate with these attribute values.
#[must_use]
pub fn tpm_name(manufacturer: &str, model: &str, version: &str) -> Extension {
    let attribute =
        |last: u8, text: &str| set(&sequence(&[&oid(&format!("2.23.133.2.{last}")), &utf8(text)]));
    let attributes =
        [attribute(1, manufacturer), attribute(2, model), attribute(3, version)].concat();
    ("2.5.29.17".into(), true, sequence(&[&explicit(4, &sequence(&[&attributes]))]))
}

/// `authorityKeyIdentifier` with a key identifier.
#[must_use]
pub fn authority_key_id(id: &[u8]) -> Extension {
    ("2.5.29.35".into(), false, sequence(&[&der::element(0x80, id)]))
}

impl Template {
    /// The certificate of an authority, not yet of an issuer.
    #[must_use]
    pub fn of(authority: &Authority) -> Self {
        let spki = authority.key.spki();
        let id = octets(&key_id(&spki));
        Self {
            subject: name(&authority.name),
            extensions: vec![
                basic_constraints(true, None),
                key_usage(USAGE_CA),
                ("2.5.29.14".into(), false, id),
            ],
            ..Self::new(spki)
        }
    }

    /// An EK certificate that follows the TCG's profile.
    #[must_use]
    pub fn ek(key: &Key) -> Self {
        let usage = match key {
            Key::Rsa(_) => USAGE_ENCIPHERMENT,
            _ => USAGE_AGREEMENT,
        };
        Self {
            extensions: vec![
                tpm_name("id:49465800", "SLB 9670", "id:0705"),
                basic_constraints(false, None),
                key_usage(usage),
                extended_key_usage(&["2.23.133.8.1"]),
            ],
            ..Self::new(key.spki())
        }
    }

    fn new(spki: Vec<u8>) -> Self {
        Self {
            version: 2,
            serial: [&[1], &Hash::Sha256.digest(&spki)[..7]].concat(),
            issuer: sequence(&[]),
            subject: sequence(&[]),
            not_before: NOT_BEFORE,
            not_after: NOT_AFTER,
            spki,
            extensions: Vec::new(),
            scheme: Scheme::Plain(Hash::Sha256),
        }
    }

    /// The template with something changed.
    #[must_use]
    pub fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// The template with an extension in the place of that of the same kind, or added.
    #[must_use]
    pub fn extension(mut self, extension: Extension) -> Self {
        match self.extensions.iter_mut().find(|other| other.0 == extension.0) {
            Some(other) => *other = extension,
            None => self.extensions.push(extension),
        }
        self
    }

    /// The template without the extensions of a kind.
    #[must_use]
    pub fn without(mut self, oid: &str) -> Self {
        self.extensions.retain(|extension| extension.0 != oid);
        self
    }

    /// `tbsCertificate`, with the algorithm given.
    fn to_be_signed(&self, algorithm: &[u8]) -> Vec<u8> {
        let version = match self.version {
            0 => Vec::new(),
            version => explicit(0, &der::integer(&[version])),
        };
        let extensions = match self.extensions.is_empty() {
            true => Vec::new(),
            false => explicit(3, &sequence(&[&extension_list(&self.extensions)])),
        };
        sequence(&[
            &version,
            &der::integer(&self.serial),
            algorithm,
            &self.issuer,
            &sequence(&[&der::time(self.not_before), &der::time(self.not_after)]),
            &self.subject,
            &self.spki,
            &extensions,
        ])
    }
}

fn extension_list(extensions: &[Extension]) -> Vec<u8> {
    let encoded = extensions.iter().map(|(kind, critical, value)| {
        let critical = if *critical { boolean(true) } else { Vec::new() };
        sequence(&[&oid(kind), &critical, &octets(value)])
    });
    encoded.collect::<Vec<_>>().concat()
}

impl Authority {
    /// An authority.
    #[must_use]
    pub fn new(name: &str, key: Key) -> Self {
        Self { name: name.to_owned(), key }
    }

    /// Its own certificate, signed by itself.
    #[must_use]
    pub fn root(&self) -> Vec<u8> {
        self.sign(&Template::of(self))
    }

    /// Signs a template as its issuer: fills in the issuer's name and, for version 3, the key
    /// identifier unless there is one.
    #[must_use]
    pub fn issue(&self, template: &Template) -> Vec<u8> {
        let mut template = template.clone().with(|template| template.issuer = name(&self.name));
        let authority = authority_key_id(&key_id(&self.key.spki()));
        let given = template.extensions.iter().any(|extension| extension.0 == authority.0);
        if template.version == 2 && !given {
            template.extensions.push(authority);
        }
        self.sign(&template)
    }

    /// Signs a template as it stands; an issuer of no attributes becomes the authority.
    #[must_use]
    pub fn sign(&self, template: &Template) -> Vec<u8> {
        let mut template = template.clone();
        if template.issuer == sequence(&[]) {
            template.issuer = name(&self.name);
        }
        let algorithm = self.key.algorithm(template.scheme);
        self.envelope(&template.to_be_signed(&algorithm), template.scheme)
    }

    /// Signs a revocation list.
    #[must_use]
    pub fn revoke(&self, list: &CrlTemplate) -> Vec<u8> {
        let scheme = Scheme::Plain(Hash::Sha256);
        let entries = list.entries.iter().map(|(serial, extensions)| {
            let extensions = match extensions.is_empty() {
                true => Vec::new(),
                false => sequence(&[&extension_list(extensions)]),
            };
            sequence(&[&der::integer(serial), &der::time(NOT_BEFORE), &extensions])
        });
        let entries = entries.collect::<Vec<_>>().concat();
        let message = sequence(&[
            &list.version.map(|version| der::integer(&[version])).unwrap_or_default(),
            &self.key.algorithm(scheme),
            &name(&self.name),
            &der::time(NOT_BEFORE),
            &list.next_update.map(der::time).unwrap_or_default(),
            &if entries.is_empty() { Vec::new() } else { sequence(&[&entries]) },
            &match list.extensions.is_empty() {
                true => Vec::new(),
                false => explicit(0, &sequence(&[&extension_list(&list.extensions)])),
            },
        ]);
        self.envelope(&message, scheme)
    }

    fn envelope(&self, message: &[u8], scheme: Scheme) -> Vec<u8> {
        let signature = self.key.sign(scheme, message);
        sequence(&[message, &self.key.algorithm(scheme), &bits(&signature)])
    }
}

impl CrlTemplate {
    /// A list of version 2 that names serial numbers.
    #[must_use]
    pub fn of(serials: &[&[u8]]) -> Self {
        Self {
            version: Some(1),
            next_update: Some(NOT_AFTER),
            entries: serials.iter().map(|serial| (serial.to_vec(), Vec::new())).collect(),
            extensions: Vec::new(),
        }
    }
}
