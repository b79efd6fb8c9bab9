//! What gets no credential. That a TPM opens those that are made is shown beside the simulator and
//! swtpm (`tests/simulator/credential.rs`).

use super::*;
use crate::wire::tpm::policy::POLICY_A_SHA256;

/// The base point of P-256 (FIPS 186-5): a public key whose private key everybody knows.
const G: [[u8; 32]; 2] = [
    [
        0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40,
        0xf2, 0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98,
        0xc2, 0x96,
    ],
    [
        0x4f, 0xe3, 0x42, 0xe2, 0xfe, 0x1a, 0x7f, 0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e,
        0x16, 0x2b, 0xce, 0x33, 0x57, 0x6b, 0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf,
        0x51, 0xf5,
    ],
];
const EK_ATTRIBUTES: u32 = 0x0003_00b2;
const AK_ATTRIBUTES: u32 = 0x0005_0072;
const AES_128_CFB: [u16; 3] = [0x0006, 128, 0x0043];
const ENTROPY: [u8; ENTROPY_SIZE_BYTES] = [0x5a; ENTROPY_SIZE_BYTES];

fn words(words: &[u16]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}

/// `TPMT_PUBLIC` of an elliptic curve key.
fn public(attributes: u32, policy: &[u8], middle: &[u16], point: &[[u8; 32]; 2]) -> Vec<u8> {
    let [x, y] = point;
    let (head, tail) = (words(&[0x0023, 0x000b]), words(&[0x0003, 0x0010]));
    let attributes = attributes.to_be_bytes();
    [&head, &attributes[..], &sized(policy), &words(middle), &tail, &sized(x), &sized(y)].concat()
}

fn ek(attributes: u32, symmetric: &[u16], point: &[[u8; 32]; 2]) -> Vec<u8> {
    public(attributes, POLICY_A_SHA256, &[symmetric, &[0x0010]].concat(), point)
}

fn ak(attributes: u32) -> Vec<u8> {
    public(attributes, &[], &[0x0010, 0x0018, 0x000b], &G)
}

fn make_with(
    ek_public: &[u8],
    ak_public: &[u8],
    secret: &[u8],
) -> Result<Credential, CredentialError> {
    make(&CredentialRequest { ek_public, ak_public, secret, entropy: &ENTROPY })
}

#[test]
fn a_credential_is_as_long_as_the_specification_says_and_depends_on_its_entropy() {
    let (ek, ak) = (ek(EK_ATTRIBUTES, &AES_128_CFB, &G), ak(AK_ATTRIBUTES));
    let first = make_with(&ek, &ak, &[1; 32]).unwrap();
    assert_eq!(first.id_object.len(), 2 + 32 + 2 + 32);
    assert_eq!(first.encrypted_secret.len(), 2 * (2 + 32));
    assert_eq!(first, make_with(&ek, &ak, &[1; 32]).unwrap());
    let mut entropy = ENTROPY;
    entropy[31] ^= 1;
    let request =
        CredentialRequest { ek_public: &ek, ak_public: &ak, secret: &[1; 32], entropy: &entropy };
    let second = make(&request).unwrap();
    assert_ne!(first.id_object, second.id_object);
    assert_ne!(first.encrypted_secret, second.encrypted_secret);
}

#[test]
fn keys_that_could_answer_for_anybody_get_no_credential() {
    let good_ek = ek(EK_ATTRIBUTES, &AES_128_CFB, &G);
    let good_ak = ak(AK_ATTRIBUTES);
    let off_curve = [G[0], G[0]];
    let cases = [
        (ek(EK_ATTRIBUTES & !(1 << 1), &AES_128_CFB, &G), "is no restricted storage key"),
        (ek(EK_ATTRIBUTES & !(1 << 16), &AES_128_CFB, &G), "is no restricted storage key"),
        (ek(EK_ATTRIBUTES | 1 << 18, &AES_128_CFB, &G), "is no restricted storage key"),
        (ek(EK_ATTRIBUTES, &[0x0006, 192, 0x0043], &G), "neither 128 nor 256 bits"),
        (ek(EK_ATTRIBUTES, &[0x0006, 128, 0x0040], &G), "another mode than CFB"),
        (ek(EK_ATTRIBUTES, &[0x0010], &G), "another cipher than AES"),
        (ek(EK_ATTRIBUTES, &AES_128_CFB, &off_curve), "is no point of its curve"),
        (good_ek[..20].to_vec(), "ek_public"),
        (Vec::new(), "ek_public"),
    ];
    for (ek, reason) in cases {
        let error = make_with(&ek, &good_ak, &[1; 16]).unwrap_err().to_string();
        assert!(error.contains(reason), "{error} does not say {reason}");
    }
    for (ak, code) in [
        (ak(AK_ATTRIBUTES & !(1 << 16)), FindingCode::AkAttributesUnfit),
        (ak(AK_ATTRIBUTES & !(1 << 1)), FindingCode::AkAttributesUnfit),
        (ak(AK_ATTRIBUTES | 1 << 17), FindingCode::AkAttributesUnfit),
    ] {
        let error = make_with(&good_ek, &ak, &[1; 16]).unwrap_err();
        assert_eq!(error, CredentialError::AkUnfit(code));
    }
    let error = make_with(&good_ek, b"garbage", &[1; 16]).unwrap_err();
    assert!(matches!(error, CredentialError::AkUnreadable(_)));
}

#[test]
fn a_secret_that_proves_nothing_or_does_not_fit_is_refused() {
    let (ek, ak) = (ek(EK_ATTRIBUTES, &AES_128_CFB, &G), ak(AK_ATTRIBUTES));
    for (size, fits) in [(0, false), (1, true), (32, true), (33, false)] {
        let made = make_with(&ek, &ak, &vec![7; size]);
        let refused = CredentialError::SecretSize { found_bytes: size, limit_bytes: 32 };
        assert_eq!(made.is_ok(), fits);
        assert!(fits || made == Err(refused));
    }
}

#[test]
fn zeroes_for_entropy_are_no_scalar() {
    let (ek, ak) = (ek(EK_ATTRIBUTES, &AES_128_CFB, &G), ak(AK_ATTRIBUTES));
    let entropy = &[0; ENTROPY_SIZE_BYTES];
    let request = CredentialRequest { ek_public: &ek, ak_public: &ak, secret: &[1], entropy };
    assert_eq!(make(&request), Err(CredentialError::EntropyUnlucky));
}
