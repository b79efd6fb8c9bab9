//! One RSA-1024 and one P-256 key in every encoding. The keys and their digests are OpenSSL's
//! (`openssl pkey -pubin -outform DER | sha256sum`).

use base64ct::{Base64, Encoding};

use super::*;
use crate::crypto::Curve;

const RSA_PEM: &str = "\
-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC7stnF8pjUDlE8N2TYngnWbQ/D
OXkLfrPu1l4B99nZrKnPQnOaAEo/eC2JvX1yyVD7FPsqx4xNC4lth2BR4Cu8GqfA
1uAbRyk+tLxMpfLkH6KXWN34HcOciz70Vhf6bgIVnDWLX0mY4Mrf2efpMCvqw8uq
VbE+LDKcZ8CmAsFQHwIDAQAB
-----END PUBLIC KEY-----
";
const RSA_SHA256: &str = "2e532e04c8097b7614b5015bfff1f825d1bf14e3b3fdda8a71e844845f52d68e";

const P256_PEM: &str = "\
-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEvzrJkDdbWfuEMcp41yj6txNbWri/
hXkUF8HLEY9P6Lgl0CvNQyMm3Acf52jICP1t+oU6yF51nSBNeFzJBPjvtg==
-----END PUBLIC KEY-----
";
const P256_SHA256: &str = "16c1165f158c162bae05b9f44e637ab0e6d9f5da87c82ed6477ea7e0b3c4cfa9";

const P384_PEM: &str = "\
-----BEGIN PUBLIC KEY-----
MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEsRZXrUmPk5FM8YlZnSsoxIiN61CqwKmJ
M/RqTpscOQiXECO/viM3LrSI/tvJoALBYZ5wwQ2qNWkUGSfTulvGDtXYkoZ+dNEy
lA04PSCjQZf9JVjXoZKCjR4+Vp8HOSq/
-----END PUBLIC KEY-----
";
const P384_SHA256: &str = "8a2a942a277d55992a058e83d8554ec47f6381addecc72a9f213f93d41a64ca5";

fn der(pem: &str) -> Vec<u8> {
    let lines = pem.lines().filter(|line| !line.starts_with("-----"));
    Base64::decode_vec(&lines.collect::<String>()).unwrap()
}

fn rsa_modulus() -> Vec<u8> {
    der(RSA_PEM)[29..157].to_vec()
}

fn p256_point() -> Vec<u8> {
    der(P256_PEM)[27..91].to_vec()
}

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<_> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(pair).collect()
}

/// `TPMT_PUBLIC` of the RSA key: SHA-256, AK attributes, no policy, RSASSA with SHA-256.
fn rsa_tpmt(exponent: &str) -> Vec<u8> {
    let head = hex(&format!("0001 000b 00050072 0000 0010 0014000b 0400 {exponent} 0080"));
    [head, rsa_modulus()].concat()
}

/// `TPMT_PUBLIC` of the P-256 key: SHA-256, AK attributes, no policy, ECDSA with SHA-256.
fn p256_tpmt() -> Vec<u8> {
    let head = hex("0023 000b 00050072 0000 0010 0018000b 0003 0010");
    let point = p256_point();
    [&head[..], &[0, 32], &point[..32], &[0, 32], &point[32..]].concat()
}

fn sized(bytes: &[u8]) -> Vec<u8> {
    [&u16::try_from(bytes.len()).unwrap().to_be_bytes(), bytes].concat()
}

fn words(words: &[usize]) -> Vec<u8> {
    words.iter().flat_map(|&word| u32::try_from(word).unwrap().to_le_bytes()).collect()
}

fn rsa_bcrypt() -> Vec<u8> {
    [&b"RSA1"[..], &words(&[1_024, 3, 128, 0, 0]), &[1, 0, 1], &rsa_modulus()].concat()
}

fn p256_bcrypt() -> Vec<u8> {
    [&b"ECK1"[..], &words(&[32]), &p256_point()].concat()
}

/// A key file with one byte of private part.
fn rsa_pcp() -> Vec<u8> {
    let public = sized(&rsa_tpmt("00000000"));
    let sizes = words(&[56, 2, 0, public.len(), 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    [&b"PCPM"[..], &sizes, &public, &[7]].concat()
}

/// The RSA key in every encoding.
fn rsa_files() -> Vec<(KeyEncoding, Vec<u8>)> {
    vec![
        (KeyEncoding::PemSpki, RSA_PEM.into()),
        (KeyEncoding::DerSpki, der(RSA_PEM)),
        (KeyEncoding::Tpm2bPublic, sized(&rsa_tpmt("00000000"))),
        (KeyEncoding::TpmtPublic, rsa_tpmt("00010001")),
        (KeyEncoding::BcryptRsa, rsa_bcrypt()),
        (KeyEncoding::PcpKeyFile, rsa_pcp()),
    ]
}

/// The P-256 key in every encoding.
fn p256_files() -> Vec<(KeyEncoding, Vec<u8>)> {
    vec![
        (KeyEncoding::PemSpki, P256_PEM.into()),
        (KeyEncoding::DerSpki, der(P256_PEM)),
        (KeyEncoding::Tpm2bPublic, sized(&p256_tpmt())),
        (KeyEncoding::TpmtPublic, p256_tpmt()),
        (KeyEncoding::BcryptEcc, p256_bcrypt()),
    ]
}

fn parse(bytes: &[u8]) -> PublicKeyFile<'_> {
    parse_public_key(bytes).unwrap_or_else(|error| panic!("{error}"))
}

fn refused(bytes: &[u8]) -> String {
    parse_public_key(bytes).unwrap_err().to_string()
}

#[test]
fn a_key_has_one_digest_in_every_encoding() {
    for (files, expected) in [(rsa_files(), RSA_SHA256), (p256_files(), P256_SHA256)] {
        for (encoding, bytes) in files {
            let file = parse(&bytes);
            assert_eq!(file.encoding, encoding);
            assert_eq!(spki_sha256(&file.key).to_string(), expected, "{encoding}");
            let has_area = matches!(
                encoding,
                KeyEncoding::Tpm2bPublic | KeyEncoding::TpmtPublic | KeyEncoding::PcpKeyFile
            );
            assert_eq!(file.tpm.is_some(), has_area, "{encoding}");
        }
    }
    assert_eq!(spki_sha256(&parse(P384_PEM.as_bytes()).key).to_string(), P384_SHA256);
}

#[test]
fn the_canonical_form_is_openssls() {
    for pem in [RSA_PEM, P256_PEM, P384_PEM] {
        assert_eq!(spki_der(&parse(pem.as_bytes()).key), der(pem));
    }
}

#[test]
fn leading_zeroes_of_a_number_do_not_change_the_digest() {
    let (modulus, exponent) = ([&[0, 0][..], &rsa_modulus()].concat(), vec![0, 1, 0, 1]);
    let key = PublicKey::Rsa { modulus, exponent };
    assert_eq!(spki_sha256(&key).to_string(), RSA_SHA256);
}

#[test]
fn keys_that_are_declared_for_oaep_or_pss_are_the_same_keys() {
    for last_arc in [7, 10] {
        let mut bytes = der(RSA_PEM);
        bytes[15] = last_arc;
        assert_eq!(spki_sha256(&parse(&bytes).key).to_string(), RSA_SHA256);
    }
}

/// Every byte of every file, with every other value.
#[test]
fn a_flipped_byte_changes_the_key_breaks_the_file_or_is_listed_as_unbound() {
    let mut unbound_count = 0;
    for (encoding, bytes) in rsa_files().into_iter().chain(p256_files()) {
        let original = parse(&bytes);
        let listed = |offset| {
            original.unbound.iter().any(|span| span.offset <= offset && offset < span.end())
        };
        for offset in 0..bytes.len() {
            for mask in 1..=255 {
                let mut changed = bytes.clone();
                changed[offset] ^= mask;
                let kept = parse_public_key(&changed).is_ok_and(|file| file.key == original.key);
                assert!(!kept || listed(offset), "{encoding}: byte {offset} mask {mask}");
                unbound_count += usize::from(kept);
            }
        }
    }
    assert!(unbound_count > 0, "the property was never put to the test");
}

#[test]
fn unbound_bytes_are_those_beside_the_key() {
    let check = |bytes: &[u8], expected: &[(usize, usize)]| {
        let expected: Vec<_> =
            expected.iter().map(|&(offset, end)| Span::new(offset, end - offset)).collect();
        assert_eq!(parse(bytes).unbound, expected);
    };
    check(&der(RSA_PEM), &[(3, 18)]);
    check(&der(P256_PEM), &[]);
    check(&rsa_bcrypt(), &[]);
    check(&p256_bcrypt(), &[(0, 4)]);
    // The name algorithm, the attributes, the policy, the ciphers; of an ECC key also the KDF.
    check(&rsa_tpmt("00000000"), &[(2, 16)]);
    check(&sized(&p256_tpmt()), &[(4, 18), (20, 22)]);
    // The header, the same inside the public area, the private part.
    check(&rsa_pcp(), &[(0, 58), (60, 74), (210, 211)]);
    // Line ends; a comment before; the characters of the algorithm identifier.
    check(P256_PEM.as_bytes(), &[(26, 27), (91, 92), (152, 153), (177, 178)]);
    let text = format!("# EK\n{RSA_PEM}\n");
    check(
        text.as_bytes(),
        &[(0, 5), (31, 32), (36, 56), (96, 97), (161, 162), (226, 227), (251, 252), (276, 278)],
    );
}

#[test]
fn bytes_behind_a_key_are_refused_with_their_offset() {
    for (encoding, mut bytes) in rsa_files().into_iter().chain(p256_files()) {
        let size = bytes.len();
        bytes.extend(b"x\n");
        let error = parse_public_key(&bytes).unwrap_err();
        // A public area whose size no longer fits the file is refused there, too.
        assert_eq!(error.kind, ParseErrorKind::Trailing { size_bytes: 2 }, "{encoding}");
        assert_eq!(error.span, Span::new(size, 2), "{encoding}");
    }
}

#[test]
fn a_file_that_ends_early_is_refused() {
    for (encoding, bytes) in rsa_files().into_iter().chain(p256_files()) {
        // The line end behind a PEM block is no part of it.
        let size = bytes.len() - usize::from(encoding == KeyEncoding::PemSpki);
        for size in 0..size {
            assert!(parse_public_key(&bytes[..size]).is_err(), "{encoding}: {size} bytes");
        }
    }
}

#[test]
fn errors_name_the_place_in_the_file() {
    let mut bytes = der(RSA_PEM);
    bytes[14] = 9;
    assert_eq!(refused(&bytes), "`algorithm` at byte 3: is an algorithm that is not supported");
    let mut bytes = der(P256_PEM);
    bytes[22] = 8;
    assert_eq!(refused(&bytes), "`algorithm` at byte 2: is a curve that is not supported");
    let mut bytes = der(P256_PEM);
    bytes[26] = 2;
    assert_eq!(
        refused(&bytes),
        "`algorithm` at byte 23: is not an uncompressed point of a named curve"
    );
    assert_eq!(refused(&[0x30, 0]), "`algorithm` at byte 2: needs 1 bytes, 0 are left");
    let short = sized(&rsa_tpmt("00000000")[..30]);
    assert_eq!(refused(&short), "`unique` at byte 26: needs 128 bytes, 6 are left");
}

#[test]
fn errors_inside_armour_name_the_place_in_the_text() {
    // The algorithm identifier stands in the 20 characters from the fifth of the body on.
    let unknown = RSA_PEM.replace("DQEBAQUA", "DQEBCQUA");
    let error = parse_public_key(unknown.as_bytes()).unwrap_err();
    assert_eq!(error.span, Span::new(27 + 4, 20));
    assert_eq!(error.field, "algorithm");
}

#[test]
fn armour_that_is_no_single_public_key_is_refused_with_its_place() {
    let check = |text: &str, message: &str| assert_eq!(refused(text.as_bytes()), message);
    check(&format!("{RSA_PEM}{P256_PEM}"), "`PEM` at byte 272: 178 bytes follow the structure");
    check(
        &RSA_PEM.replace("PUBLIC KEY", "CERTIFICATE"),
        "`PEM` at byte 0: holds something else than a public key",
    );
    check(&RSA_PEM.replace("MIGf", "MI-f"), "`PEM` at byte 0: is not base64");
    check(&RSA_PEM.replace("-----END", "-----and"), "`PEM` at byte 0: has no last line");
    check(
        &RSA_PEM.replace("END PUBLIC", "END RSA"),
        "`PEM` at byte 0: begins and ends with different labels",
    );
    // The last character holds two bits that belong to no byte.
    check(&P256_PEM.replace("vtg==", "vth=="), "`PEM` at byte 0: is not base64");
    check(
        "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----",
        "`SubjectPublicKeyInfo` at byte 0: needs 1 bytes, 0 are left",
    );
}

#[test]
fn lines_of_any_length_and_space_at_their_ends_are_read() {
    let text = RSA_PEM.replace('\n', " \t\r\n").replace("MIGf", "MI\nGf");
    assert_eq!(spki_sha256(&parse(text.as_bytes()).key).to_string(), RSA_SHA256);
}

#[test]
fn numbers_of_zero_are_no_rsa_key() {
    let zero_exponent = hex("301a 300d 06092a864886f70d0101010500 0309 00 3006 020103 020100");
    assert_eq!(
        refused(&zero_exponent),
        "`RSAPublicKey` at byte 0: has a modulus or exponent of zero"
    );
    let zero_modulus = hex("301a 300d 06092a864886f70d0101010500 0309 00 3006 020100 020103");
    assert_eq!(
        refused(&zero_modulus),
        "`RSAPublicKey` at byte 0: has a modulus or exponent of zero"
    );
    let template = [rsa_tpmt("00000000")[..24].to_vec(), vec![0; 128]].concat();
    assert_eq!(
        refused(&template),
        "`unique` at byte 24: modulus does not have the size of `keyBits`"
    );
}

#[test]
fn coordinates_with_cut_zeroes_are_the_same_point() {
    let head = hex("0023 000b 00050072 0000 0010 0018000b 0003 0010");
    let cut = [&head[..], &[0, 1, 5, 0, 2, 6, 7]].concat();
    let mut x = vec![0; 31];
    x.push(5);
    let mut y = vec![0; 30];
    y.extend([6, 7]);
    assert_eq!(parse(&cut).key, PublicKey::Ecc { curve: Curve::P256, x, y });
}

#[test]
fn files_that_are_no_keys_are_refused() {
    assert_eq!(refused(b""), "`publicKey` at byte 0: is in no known encoding of a public key");
    assert_eq!(
        refused(b"# EK of a host\n"),
        "`publicKey` at byte 0: is in no known encoding of a public key"
    );
    assert_eq!(refused(&[0]), "`TPM2B_PUBLIC` at byte 0: needs 2 bytes, 1 are left");
    let large = vec![0; KEY_FILE_SIZE_BYTES_MAX + 1];
    assert_eq!(refused(&large), "`publicKey` at byte 0: 65537 is over the limit of 65536");
}
