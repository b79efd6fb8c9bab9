//! Machines with broken endorsements: what spoils the manufacturer's word fails the machine under
//! v2 by its own finding, what ships on sound hardware is remarked upon, and v1, which never asks
//! a manufacturer, is not concerned.

use std::collections::BTreeSet;

use portcullis_simulator::pki::Flaw;
use portcullis_simulator::spec::{HostSpec, preset};
use portcullis_simulator::tpm::EkTemplate;

use super::service::{Version, challenge};
use super::started;

/// What v2 makes of an endorsement.
enum Verdict {
    /// The machine fails, with this headline.
    Refused(&'static str),
    /// It passes, with nothing but these findings as remarks.
    Remarked(&'static [&'static str]),
}

/// `None` for what no policy set knows: it holds no revocation lists. That the engine refuses what
/// a list revokes is shown where lists are at hand, by the tests of the chain.
const fn verdict(flaw: Flaw) -> Option<Verdict> {
    use Verdict::{Refused, Remarked};
    Some(match flaw {
        Flaw::RevokedLeaf | Flaw::RevokedIntermediate => return None,
        Flaw::Missing => Refused("EK-CERTIFICATE-MISSING"),
        Flaw::OtherKey => Refused("EK-KEY-MISMATCH"),
        Flaw::WrongEku | Flaw::CaLeaf => Refused("EK-CERTIFICATE-UNFIT"),
        Flaw::MissingIntermediate
        | Flaw::UntrustedRoot
        | Flaw::ForgedChain
        | Flaw::BadSignature
        | Flaw::IntermediateNotCa
        | Flaw::IntermediateMayNotSign
        | Flaw::PathTooLong => Refused("EK-CHAIN-UNTRUSTED"),
        Flaw::ExpiredLeaf
        | Flaw::NotYetValidLeaf
        | Flaw::ExpiredIntermediate
        | Flaw::ExpiredRoot
        | Flaw::Version1Root
        | Flaw::Sha1Leaf
        | Flaw::Sha1Intermediate => Remarked(&["EK-CERTIFICATE-NOTE"]),
        Flaw::MissingEku
        | Flaw::WrongKeyUsage
        | Flaw::MissingSan
        | Flaw::UncriticalSan
        | Flaw::MissingAuthorityKeyId => Remarked(&["EK-PROFILE-DEVIATION"]),
        Flaw::ZeroSerial | Flaw::NegativeSerial => {
            Remarked(&["EK-CERTIFICATE-QUIRK", "EK-PROFILE-DEVIATION"])
        }
        Flaw::NvHeader
        | Flaw::NvPadding
        | Flaw::OaepKey
        | Flaw::UnsortedName
        | Flaw::ExplicitDefaults => Remarked(&["EK-CERTIFICATE-QUIRK"]),
    })
}

#[test]
fn a_broken_endorsement_is_refused_or_remarked_upon_under_v2_and_never_asked_for_under_v1() {
    let expect = preset::find("dell-r740-ws2022").unwrap().expect;
    for flaw in Flaw::ALL {
        let mut spec = HostSpec::default();
        spec.tpm.ek_flaws = vec![flaw];
        spec.tpm.ek = if flaw == Flaw::OaepKey { EkTemplate::Rsa2048 } else { EkTemplate::P256 };
        let mut machine = started(spec, 1);
        let v1 = challenge(&mut machine, &expect, Version::V1).appraise().unwrap();
        assert_eq!(v1.status, "Passed", "{flaw:?} under v1");
        let Some(verdict) = verdict(flaw) else { continue };
        let v2 = challenge(&mut machine, &expect, Version::V2).appraise().unwrap();
        let report = &v2.report;
        let mut codes: BTreeSet<&str> =
            report.findings.iter().map(|finding| finding.code.as_str()).collect();
        codes.remove("ALL-CHECKS-HOLD");
        let (status, expected) = match verdict {
            Verdict::Refused(code) => ("UnauthorizedHost", BTreeSet::from([code])),
            Verdict::Remarked(remarks) => ("Passed", remarks.iter().copied().collect()),
        };
        assert_eq!(v2.status, status, "{flaw:?}");
        assert_eq!(codes, expected, "{flaw:?}");
    }
}

#[test]
fn an_ek_with_the_fingerprint_of_weak_keys_is_refused_in_both_versions() {
    let expect = preset::find("dell-r740-ws2022").unwrap().expect;
    let mut spec = HostSpec::default();
    spec.set("tpm.rsa_primes", "roca").unwrap();
    let mut machine = started(spec, 1);
    for version in [Version::V1, Version::V2] {
        let result = challenge(&mut machine, &expect, version).appraise().unwrap();
        assert_eq!(result.status, "UnauthorizedHost", "{version:?}");
        assert_eq!(result.report.headline, "EK-KEY-WEAK", "{version:?}");
    }
}
