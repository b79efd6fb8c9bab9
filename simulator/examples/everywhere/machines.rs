//! Digests of everything that a few machines hand over.

use std::fmt::Write as _;

use portcullis_simulator::hash::{HashAlg, digest};
use portcullis_simulator::host::{AllowAll, IdentifierEncoding};
use portcullis_simulator::machine::{Fleet, MachineError};
use portcullis_simulator::spec::preset;
use portcullis_simulator::tpm::EkTemplate;

/// A Windows host with one bank, one with three and nested virtualization, one with Linux; each
/// kind of EK once.
const MACHINES: [(&str, EkTemplate); 3] = [
    ("dell-r740-ws2022", EkTemplate::Rsa2048),
    ("azure-like-vm", EkTemplate::P384),
    ("linux-debian", EkTemplate::P256),
];

/// One line for each artefact.
pub fn digests() -> Result<String, MachineError> {
    let fleet = Fleet::new()?;
    let mut lines = String::new();
    for (name, ek) in MACHINES {
        let mut spec = preset::find(name).map(preset::Preset::spec).unwrap_or_default();
        spec.tpm.ek = ek;
        let mut machine = fleet.machine(spec, 1)?;
        machine.start(&AllowAll)?;
        let evidence = machine.evidence(b"nonce")?;
        let activation = machine.activation(b"secret")?;
        let quote = &evidence.quote.attestation;
        for (artefact, bytes) in [
            ("log", evidence.event_log),
            ("identifier", evidence.identifier.to_xml(IdentifierEncoding::Utf16WithMark)),
            ("ek", evidence.ek_public),
            ("certificate", evidence.ek_certificate.unwrap_or_default()),
            ("chain", evidence.ek_chain.concat()),
            ("ak", evidence.ak_public),
            ("quote", [quote.attest.as_slice(), &quote.signature].concat()),
            ("credential", activation.credential.to_file()),
            ("truth", machine.truth()?.to_json().into_bytes()),
        ] {
            let sha256 = digest(HashAlg::Sha256, &[&bytes]);
            // Writing to a string cannot fail.
            let _ = writeln!(lines, "{sha256} {name} {} {artefact}", ek.name());
        }
    }
    Ok(lines)
}
