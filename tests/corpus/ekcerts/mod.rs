//! Certificates of shipped TPMs, of clouds and of tests, against their manifest and OpenSSL.
//!
//! The corpus is not part of the repository; without it these tests say so and pass.

mod captures;
mod manifest;
mod openssl;
mod reader;

use std::collections::BTreeSet;

use manifest::{Row, walk};
use portcullis_engine::chain::{
    ChainFailure, ChainPolicy, FailureReason, Issuers, VerifiedChain, verify_chain,
};
use portcullis_engine::crypto::{Curve, HashAlg, PublicKey};
use portcullis_engine::formats::x509::{
    Certificate, CertificateBytes, QuirkKind, SignatureAlgorithm, find_certificates,
};
use portcullis_engine::wire::oid;
use portcullis_tests::corpus::{read, third_party};

/// 2026-11-24. Whether something has expired is no part of the manifest.
const NOW: u64 = 1_795_500_000;

/// What the engine says otherwise than the manifest: file, field, reason.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    ("keylime_iak.der", "SAN", NO_DIRECTORY_NAME),
    ("keylime_idevid.der", "SAN", NO_DIRECTORY_NAME),
];
const NO_DIRECTORY_NAME: &str = "the manifest took the directory name of the authority key \
                                 identifier; the alternative name is of another kind";

/// The text of the manifest.
fn manifest_text(folder: &std::path::Path) -> String {
    String::from_utf8(read(&folder.join("MANIFEST.md"))).expect("UTF-8")
}

/// Every certificate below `ca`, each once, with the file that it was found in first.
fn authorities(folder: &std::path::Path) -> Vec<(String, Vec<u8>)> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for (name, path) in walk(&folder.join("ca")) {
        let bytes = read(&path);
        let certificates = find_certificates(&bytes).unwrap_or_else(|e| panic!("{name}: {e}"));
        for certificate in certificates {
            if seen.insert(certificate.der.to_vec()) {
                found.push((name.clone(), certificate.der.into_owned()));
            }
        }
    }
    found
}

fn parse(der: &[u8]) -> Certificate<'_> {
    Certificate::parse(portcullis_engine::formats::Input::new(der)).expect("a certificate")
}

fn chain(
    leaf: &Certificate<'_>,
    authorities: &[Certificate<'_>],
) -> Result<VerifiedChain, Box<ChainFailure>> {
    let (roots, intermediates): (Vec<_>, Vec<_>) =
        authorities.iter().cloned().partition(Certificate::is_self_issued);
    let issuers = Issuers { roots: &roots, intermediates: &intermediates, from_host: &[] };
    verify_chain(leaf, issuers, NOW, &ChainPolicy::default())
}

/// The key as the manifest writes it, and the same for the signature.
fn algorithms(certificate: &Certificate<'_>) -> (String, String) {
    let declared = certificate.subject_key.algorithm.to_string();
    let size_bits = match certificate.subject_key.key.as_ref().expect("a key") {
        PublicKey::Rsa { modulus, .. } => modulus.len() * 8 - modulus[0].leading_zeros() as usize,
        PublicKey::Ecc { curve: Curve::P256, .. } => 256,
        PublicKey::Ecc { curve: Curve::P384, .. } => 384,
    };
    let key = match declared.as_str() {
        oid::RSA_ENCRYPTION => format!("rsaEncryption {size_bits} bit"),
        oid::RSASSA_PSS => format!("rsassaPss {size_bits} bit"),
        // OpenSSL does not read such a key, so that it gives no size.
        oid::RSAES_OAEP => "rsaesOaep".to_owned(),
        oid::EC_PUBLIC_KEY => format!("id-ecPublicKey {size_bits} bit"),
        other => other.to_owned(),
    };
    let hash = |hash: HashAlg| hash.to_string();
    let signature = match certificate.signed.algorithm.expect("an algorithm") {
        SignatureAlgorithm::RsaPkcs1(alg) => format!("{}WithRSAEncryption", hash(alg)),
        SignatureAlgorithm::RsaPss(alg) => format!("rsassaPss {}", hash(alg)),
        SignatureAlgorithm::Ecdsa(alg) => format!("ecdsa-with-{}", hash(alg).to_uppercase()),
    };
    (key, signature)
}

/// Quirks of the certificate that a strict reader stops at, of the bytes around it, and of its key.
fn quirks_expected(row: &Row) -> BTreeSet<String> {
    let mut expected = BTreeSet::new();
    if row.strict.contains("InvalidSetOrdering") {
        expected.insert("SetOrder".to_owned());
    }
    if row.strict.contains("EncodedDefault") {
        expected.insert("EncodedDefault".to_owned());
    }
    let (before, behind) = row.around();
    if before > 0 {
        expected.insert(format!("NvHeader {before}"));
    }
    if behind > 0 {
        expected.insert(format!("TrailingPadding {behind}"));
    }
    if row.field("key") == Some("rsaesOaep") {
        expected.insert("RsaesOaepKey".to_owned());
    }
    expected
}

fn quirks_found(certificate: &Certificate<'_>) -> BTreeSet<String> {
    let relevant = certificate.quirks.iter().filter_map(|quirk| match quirk.kind {
        QuirkKind::NvHeader => Some(format!("NvHeader {}", quirk.span.size)),
        QuirkKind::TrailingPadding { .. } => Some(format!("TrailingPadding {}", quirk.span.size)),
        // A strict reader does not look at these, and the manifest does not tell them.
        QuirkKind::AlgorithmParameters | QuirkKind::MalformedExtension => None,
        other => Some(format!("{other:?}")),
    });
    relevant.collect()
}

/// The manifest's words about a chain for a verdict of the engine.
fn chain_text(row: &Row, verdict: &Result<VerifiedChain, Box<ChainFailure>>) -> String {
    let by_hand = row.chain.starts_with("signature OK by ");
    match verdict {
        Ok(chain) if by_hand => {
            let issuer = &chain.path()[1].subject;
            let common_name = issuer.split([',', '+']).find_map(|part| part.strip_prefix("CN="));
            format!("signature OK by {}", common_name.expect("CN"))
        }
        Ok(_) if row.chain.starts_with("OK with ") => row.chain.clone(),
        Ok(chain) => format!("OK depth {}", chain.path().len() - 1),
        Err(failure) => match failure.reason {
            FailureReason::MissingIssuer { .. } => "error 20 at 0 depth lookup".to_owned(),
            FailureReason::UntrustedRoot => "error 18 at 0 depth lookup".to_owned(),
            _ => failure.to_string(),
        },
    }
}

/// What differs between a row and the first certificate of its file: field, manifest, engine.
fn differences(
    row: &Row,
    certificate: &Certificate<'_>,
    authorities: &[Certificate<'_>],
) -> Vec<(&'static str, String, String)> {
    let (key, signature) = algorithms(certificate);
    let alternative = certificate.extensions.subject_alt_name.as_ref();
    let alternative = alternative.and_then(|name| name.value.directory_names.first());
    let chain = chain_text(row, &chain(certificate, authorities));
    let chain_expected = match row.chain.starts_with(&chain) {
        true => chain.clone(),
        false => row.chain.clone(),
    };
    let field = |name| row.field(name).unwrap_or_default().to_owned();
    let until = manifest::unix_s(row.field("until").expect("until"));
    let fields = [
        ("issuer", field("issuer"), manifest::one_line(&certificate.issuer)),
        ("SAN", field("SAN"), alternative.map(manifest::with_slashes).unwrap_or_default()),
        ("key", field("key"), key),
        ("sig", field("sig"), signature),
        ("until", until.to_string(), certificate.validity.not_after_unix_s.to_string()),
        (
            "quirks",
            format!("{:?}", quirks_expected(row)),
            format!("{:?}", quirks_found(certificate)),
        ),
        ("chain", chain_expected, chain),
    ];
    fields.into_iter().filter(|(_, expected, found)| expected != found).collect()
}

/// Files without a certificate that can be read: what the engine says instead.
const REFUSED: &[(&str, &str)] = &[
    ("badCert.pem", "`Certificate` at byte 0: is no certificate"),
    (
        "hirs_certificate_notParsable.crt",
        "`Certificate` at byte 4: needs 1198 bytes, 1083 are left",
    ),
    ("hirs_fakeIntel_S2600KP_F00F00F00F00.pem", ATTRIBUTE_CERTIFICATE),
    ("hirs_fakeSGI_J2_F00F00F0.pem", ATTRIBUTE_CERTIFICATE),
    ("hirs_laptop_base_platform.cer", ATTRIBUTE_CERTIFICATE),
    ("intel_ptt_spth_service_response.json", "`Certificate` at byte 0: is no certificate"),
    ("url_vectors/testAMDRSAKey.pem", "`PEM` at byte 0: holds no certificate"),
    ("url_vectors/testIntelRSAKey.pem", "`PEM` at byte 0: holds no certificate"),
];
const ATTRIBUTE_CERTIFICATE: &str = "`tbsCertificate` at byte 4: is an attribute certificate, as \
                                     TCG platform certificates are, and certifies no key";

fn first(bytes: &[u8]) -> Result<CertificateBytes<'_>, portcullis_engine::formats::ParseError> {
    find_certificates(bytes).map(|files| files.into_iter().next().expect("at least one"))
}

#[test]
fn every_file_is_what_its_manifest_says() {
    let Some(folder) = third_party("ekcerts") else { return };
    let text = manifest_text(&folder);
    let rows = manifest::files(&text);
    let own = authorities(&folder);
    let own: Vec<Certificate<'_>> = own.iter().map(|(_, der)| parse(der)).collect();
    let test_authority = read(&folder.join("ak/keylime_test_ca_iak_idevid_chain.pem"));
    let test_authority = find_certificates(&test_authority).expect("certificates");
    let test_authority: Vec<_> =
        test_authority.iter().map(|file| file.parse().expect("a certificate")).collect();

    let mut unseen: BTreeSet<&str> = rows.iter().map(|row| row.file.as_str()).collect();
    let mut expected: BTreeSet<(&str, &str)> =
        EXCEPTIONS.iter().map(|(file, field, _)| (*file, *field)).collect();
    let mut refused: BTreeSet<&str> = REFUSED.iter().map(|(file, _)| *file).collect();
    let files = walk(&folder);
    for (path, file) in &files {
        let (kind, name) = path.split_once('/').unwrap_or(("", path));
        if kind == "ca" || name == "MANIFEST.md" {
            continue;
        }
        let row = rows.iter().find(|row| row.file == name);
        let row = row.unwrap_or_else(|| panic!("{path} has no row in the manifest"));
        assert!(unseen.remove(name), "{name} is there twice");
        let bytes = read(file);
        assert_eq!(bytes.len(), row.size, "{path}");
        let found = first(&bytes);
        let certificate = found.as_ref().map_err(Clone::clone).and_then(CertificateBytes::parse);
        match certificate {
            Ok(certificate) => {
                assert!(!row.content.is_empty(), "{path} is read, the manifest has nothing of it");
                let with_test_authority = row.chain.starts_with("OK with keylime_test_ca");
                let authorities = if with_test_authority { &test_authority } else { &own };
                for (field, manifest, engine) in differences(row, &certificate, authorities) {
                    assert!(
                        expected.remove(&(name, field)),
                        "{path}, {field}: {manifest} in the manifest, {engine} here"
                    );
                }
            }
            Err(error) => {
                let text = REFUSED.iter().find(|(file, _)| *file == name).map(|(_, text)| *text);
                assert_eq!(Some(error.to_string().as_str()), text, "{path}");
                assert!(row.content.is_empty(), "{path} is refused, the manifest describes it");
                assert!(error.span.end() <= bytes.len(), "{path}: {error}");
                refused.remove(name);
            }
        }
    }
    assert_eq!(unseen, BTreeSet::new(), "rows without a file");
    assert_eq!(expected, BTreeSet::new(), "exceptions that are none any more");
    assert_eq!(refused, BTreeSet::new(), "files that should have been refused");
}

#[test]
fn every_ca_file_has_its_row_and_is_read_to_the_end() {
    let Some(folder) = third_party("ekcerts") else { return };
    let text = manifest_text(&folder);
    let files = walk(&folder);
    let mut covered = BTreeSet::new();
    for row in manifest::ca_files(&text) {
        let of_row: Vec<_> = files
            .iter()
            .filter(|(path, _)| match row.place.ends_with('/') {
                true => path.starts_with(&row.place),
                false => **path == row.place,
            })
            .collect();
        assert_eq!(of_row.len(), row.files_count, "{}", row.place);
        for (path, file) in of_row {
            let bytes = read(file);
            assert!(row.size.is_none_or(|size| size == bytes.len()), "{path}");
            let certificates = find_certificates(&bytes).unwrap_or_else(|e| panic!("{path}: {e}"));
            for certificate in &certificates {
                let certificate = certificate.parse().unwrap_or_else(|e| panic!("{path}: {e}"));
                assert!(certificate.signed.algorithm.is_ok(), "{path}");
                assert_eq!(certificate.extensions.undecodable, [], "{path}");
            }
            covered.insert(path.as_str());
        }
    }
    let missing: Vec<_> = files
        .keys()
        .filter(|path| path.starts_with("ca/") && !covered.contains(path.as_str()))
        .collect();
    assert_eq!(missing, [] as [&String; 0], "files without a row");
    assert_eq!(covered.len(), 358);
}

/// The reason that `limits.rs` gives for its budgets.
#[test]
fn a_search_over_the_real_store_costs_few_signatures() {
    let Some(folder) = third_party("ekcerts") else { return };
    let own = authorities(&folder);
    let parsed: Vec<Certificate<'_>> = own.iter().map(|(_, der)| parse(der)).collect();
    let costs = parsed.iter().map(|certificate| match chain(certificate, &parsed) {
        Ok(chain) => chain.signatures_checked(),
        Err(failure) => failure.signatures_checked,
    });
    let costs: Vec<usize> = costs.collect();
    // One more for an EK certificate below one of them.
    assert_eq!((costs.len(), costs.iter().max()), (398, Some(&2)));
}
