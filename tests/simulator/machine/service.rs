//! A service that attests simulated machines: what it trusts, and what it asks.

use std::collections::BTreeMap;

use portcullis_api::baseline::{HashAlg, derive};
use portcullis_api::policy_set::{DumpKeyDoc, RegisteredBaselineDoc, RegisteredCiPolicyDoc};
use portcullis_api::request::{
    CredentialDoc, EvidenceDoc, HostRecordDoc, QuoteDoc, RegistrationDoc, RequestDoc, hex,
};
use portcullis_api::{BundleDoc, PolicySetDoc};
use portcullis_simulator::hash::sha256;
use portcullis_simulator::host::{Authority, CiPolicy, dump_key_sha256};
use portcullis_simulator::machine::{Activation, Evidence, Machine};
use portcullis_simulator::pki::NOW_UNIX_S;
use portcullis_simulator::spec::System;
use portcullis_simulator::spec::preset::Expectation;
use portcullis_simulator::tpm::Quote;

use super::of_preset;

/// What a machine is asked: answer for this challenge.
pub const NONCE: [u8; 32] = [0x5a; 32];
/// What the credential for it holds.
const SECRET: [u8; 32] = [0xa5; 32];

/// The version of everything that is registered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Version {
    /// A bare EK, registered by hand.
    V1,
    /// An endorsed EK.
    V2,
}

impl Version {
    pub const fn name(self) -> &'static str {
        match self {
            Self::V1 => "v1",
            Self::V2 => "v2",
        }
    }
}

/// The rules of a service that expects a machine to be as its preset says.
pub fn policy_set(machine: &Machine, expect: &Expectation, version: Version) -> PolicySetDoc {
    let version_name = || version.name().to_owned();
    let off = expect.switched_off.iter().map(|policy| (*policy, "Disabled"));
    let on = expect.switched_on.iter().map(|policy| (*policy, "Enabled"));
    let states = off.chain(on).map(|(policy, state)| (policy.to_owned(), state.to_owned()));
    let endorsement = machine.endorsement();
    let trust = match version {
        Version::V1 => Vec::new(),
        Version::V2 => [endorsement.roots.as_slice(), &endorsement.published].concat(),
    };
    let ci_policies = expect.ci_labels.iter().map(|label| RegisteredCiPolicyDoc {
        policy_version: version_name(),
        name: (*label).to_owned(),
        policy_sha256: hex(&CiPolicy::site(label).digest),
    });
    let dump_keys = expect.dump_keys.iter().map(|label| DumpKeyDoc {
        name: (*label).to_owned(),
        sha256: hex(&dump_key_sha256(label)),
    });
    PolicySetDoc {
        profile: match machine.host().spec().boot.system {
            System::Windows => "hyper-v".into(),
            System::LinuxShim | System::LinuxUki => "linux".into(),
        },
        policies: states.collect::<BTreeMap<_, _>>(),
        versions: vec![version_name()],
        trust: trust.into_iter().map(Into::into).collect(),
        baselines: vec![RegisteredBaselineDoc::new(version_name(), baseline(machine, expect))],
        ci_policies: ci_policies.collect(),
        dump_keys: dump_keys.collect(),
        windows_authorities: [Authority::WINDOWS_2011, Authority::WINDOWS_2023]
            .map(|authority| hex(&sha256(&[authority.der])))
            .into(),
        ..PolicySetDoc::default()
    }
}

/// The baseline of the machine's own last full start, or of the preset that stands for it.
fn baseline(machine: &Machine, expect: &Expectation) -> portcullis_api::BaselineDoc {
    let log = match expect.baseline {
        None => machine.host().capture_baseline(true).unwrap().to_vec(),
        Some(name) => {
            let reference = of_preset(name, machine.ek(), machine.host().truth().seed);
            reference.host().last_boot().unwrap().event_log.clone()
        }
    };
    derive("reference", &[&log], "boot_chain", HashAlg::Sha256, 0).unwrap()
}

/// The registration of a machine, with nothing known of earlier attestations.
pub fn registration(ek_sha256: &str, version: Version) -> HostRecordDoc {
    HostRecordDoc {
        name: "host".into(),
        registrations: vec![RegistrationDoc {
            ek_sha256: ek_sha256.to_owned(),
            policy_version: version.name().into(),
        }],
        ..HostRecordDoc::default()
    }
}

/// The request that evidence answers. Under v1 the EK comes bare.
pub fn request(
    evidence: &Evidence,
    activation: &Activation,
    ek_sha256: &str,
    version: Version,
) -> RequestDoc {
    let endorsed = version == Version::V2;
    let certificate = evidence.ek_certificate.clone().filter(|_| endorsed);
    let chain = evidence.ek_chain.iter().filter(|_| endorsed).cloned();
    RequestDoc {
        now: NOW_UNIX_S,
        nonce: Some(evidence.nonce.clone().into()),
        credential: Some(CredentialDoc {
            ek_sha256: ek_sha256.to_owned(),
            ak_name: hex(&evidence.ak_name),
            secret: activation.secret.clone().into(),
        }),
        evidence: EvidenceDoc {
            ek_public: Some(evidence.ek_public.clone().into()),
            ek_certificate: certificate.map(Into::into),
            ek_intermediates: chain.map(Into::into).collect(),
            ak_public: Some(evidence.ak_public.clone().into()),
            activated_secret: Some(activation.activated.clone().into()),
            quotes: vec![quote_doc(&evidence.quote)],
            event_log: Some(evidence.event_log.clone().into()),
            ..EvidenceDoc::default()
        },
    }
}

/// A quote as it travels.
pub fn quote_doc(quote: &Quote) -> QuoteDoc {
    QuoteDoc {
        other_ak_public: None,
        attest: quote.attestation.attest.clone().into(),
        signature: quote.attestation.signature.clone().into(),
        pcr_values: Some(quote.pcr_values_file().into()),
    }
}

/// Challenges a machine, and asks under the rules of a service.
pub fn challenge(machine: &mut Machine, expect: &Expectation, version: Version) -> BundleDoc {
    let evidence = machine.evidence(&NONCE).unwrap();
    let activation = machine.activation(&SECRET).unwrap();
    let ek_sha256 = machine.truth().unwrap().ek_sha256;
    BundleDoc::new(
        policy_set(machine, expect, version),
        Some(registration(&ek_sha256, version)),
        request(&evidence, &activation, &ek_sha256, version),
    )
}
