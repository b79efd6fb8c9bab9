//! The engine's verdict on every chain of the corpus beside that of OpenSSL.

use std::collections::BTreeMap;

use portcullis_engine::chain::{ChainFailure, FailureReason, Flaw, VerifiedChain};
use portcullis_engine::formats::x509::signature::SignatureError;
use portcullis_engine::formats::x509::{Certificate, KeyError, find_certificates};
use portcullis_tests::corpus::{read, third_party};
use portcullis_tests::openssl::{Question, verify};

use super::{authorities, chain, parse, walk};

/// Reasons for which the two may differ, each with the number of certificates of the corpus that
/// it explains. Another number fails, less as well as more.
const EXCEPTIONS: &[(&str, usize)] = &[
    ("a root is no chain of its own here", 43),
    ("the key is on P-521, which is not computed here", 29),
    ("OpenSSL compares the serial number of the authority's certificate, which was renewed", 18),
    ("OpenSSL does not read keys that are declared as RSAES-OAEP", 5),
];

/// Why the two differ on a certificate, or `None` when there is no good reason.
fn exception(
    certificate: &Certificate<'_>,
    here: &Result<VerifiedChain, Box<ChainFailure>>,
    openssl: Option<&str>,
) -> Option<usize> {
    match (here, openssl) {
        (Err(failure), None) => match &failure.reason {
            FailureReason::LeafIsRoot => Some(0),
            FailureReason::UnfitLeaf(Flaw::Key(KeyError::Curve(_)))
            | FailureReason::Signature { error: SignatureError::Key(KeyError::Curve(_)), .. } => {
                Some(1)
            }
            _ => None,
        },
        (Ok(chain), Some(words)) => {
            let issuers = chain.path().iter().skip(1);
            let renewed =
                issuers.into_iter().any(|step| step.subject.starts_with("CN=IFX TPM EK Root CA,"));
            let missing = words.contains("unable to get local issuer certificate");
            if renewed && missing {
                return Some(2);
            }
            (!certificate.subject_key.may_sign()).then_some(3)
        }
        _ => None,
    }
}

#[test]
fn verdicts_equal_those_of_openssl() {
    let Some(folder) = third_party("ekcerts") else { return };
    let own = authorities(&folder);
    let mut leaves = own.clone();
    for (path, file) in walk(&folder) {
        if !path.starts_with("ca/") {
            let bytes = read(&file);
            let found = find_certificates(&bytes).unwrap_or_default();
            let readable = found.into_iter().filter(|file| file.parse().is_ok());
            leaves.extend(readable.map(|file| (path.clone(), file.der.into_owned())));
        }
    }
    let parsed: Vec<Certificate<'_>> = own.iter().map(|(_, der)| parse(der)).collect();
    let ders = |self_issued: bool| {
        let chosen = parsed.iter().filter(|c| c.is_self_issued() == self_issued);
        chosen.map(|certificate| certificate.der.to_vec()).collect::<Vec<_>>()
    };
    let question = Question {
        leaves: &leaves.iter().map(|(_, der)| der.clone()).collect::<Vec<_>>(),
        roots: &ders(true),
        intermediates: &ders(false),
        ..Question::default()
    };
    let Some(answers) = verify(&question) else { return };
    let mut explained: BTreeMap<usize, usize> = BTreeMap::new();
    let mut agreed = [0, 0];
    for ((path, der), answer) in leaves.iter().zip(answers) {
        let certificate = parse(der);
        let here = chain(&certificate, &parsed);
        if here.is_ok() == answer.is_none() {
            agreed[usize::from(here.is_ok())] += 1;
            continue;
        }
        let Some(reason) = exception(&certificate, &here, answer.as_deref()) else {
            let here = here.map(|chain| format!("{:?}", chain.path())).map_err(|e| e.to_string());
            panic!("{path}, {}: {here:?} here, OpenSSL: {answer:?}", certificate.subject_text());
        };
        *explained.entry(reason).or_default() += 1;
    }
    eprintln!(
        "{} certificates: both refuse {}, both accept {}",
        leaves.len(),
        agreed[0],
        agreed[1]
    );
    let found: Vec<(&str, usize)> = EXCEPTIONS
        .iter()
        .enumerate()
        .map(|(index, (reason, _))| (*reason, explained.get(&index).copied().unwrap_or_default()))
        .collect();
    assert_eq!(found, EXCEPTIONS);
}
