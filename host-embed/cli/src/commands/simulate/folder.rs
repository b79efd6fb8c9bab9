//! The folder of a simulated host: what it hands over, under the names of an evidence folder; what
//! an administrator has of it; and the truth.

use std::io;
use std::path::{Path, PathBuf};

use portcullis_simulator::host::{CiPolicy, IdentifierEncoding};
use portcullis_simulator::machine::{Activation, Evidence, Machine};
use portcullis_simulator::tpm::EkTemplate;

use super::rules::{Rules, WINDOWS};
use crate::args::KeyFamily;
use crate::capture::{self, names};
use crate::failure::Failure;
use crate::output;

/// What a host answered to one challenge.
pub struct Handed {
    pub evidence: Evidence,
    pub activation: Activation,
}

/// Files by their paths below the folder.
type Files = Vec<(String, Vec<u8>)>;

/// A folder that exists is somebody's.
pub fn refuse_existing(out: &Path) -> Result<(), Failure> {
    if !out.exists() {
        return Ok(());
    }
    Err(Failure::file(out, "exists already", "name a folder that does not exist yet"))
}

/// Writes the whole folder, or nothing.
pub fn write(out: &Path, machine: &Machine, handed: &Handed, rules: &Rules) -> Result<(), Failure> {
    let mut files = evidence_files(machine, handed);
    files.extend(administrator_files(machine, handed));
    let rules = output::to_json(&rules.policy_set).into_bytes();
    files.push(("policy-set.json".into(), rules));
    let truth = machine.truth().map_err(|error| Failure::usage(error, ""))?;
    files.push(("truth.json".into(), (truth.to_json() + "\n").into_bytes()));

    let part = part_of(out);
    let written = write_files(&part, &files).and_then(|()| std::fs::rename(&part, out));
    written.map_err(|source| {
        let _ = std::fs::remove_dir_all(&part);
        Failure::Io { verb: "write", path: out.to_owned(), source }
    })
}

/// Where the folder grows: beside its place, so that it can be moved there in one step.
fn part_of(out: &Path) -> PathBuf {
    let mut name = out.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    out.with_file_name(name)
}

fn write_files(folder: &Path, files: &Files) -> io::Result<()> {
    for (name, bytes) in files {
        let path = folder.join(name);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(path, bytes)?;
    }
    Ok(())
}

/// What `--evidence` reads.
fn evidence_files(machine: &Machine, handed: &Handed) -> Files {
    let Handed { evidence, activation } = handed;
    let names = names(match evidence.ek {
        EkTemplate::P256 | EkTemplate::P256High => KeyFamily::Ecc,
        EkTemplate::P384 => KeyFamily::Ecc384,
        _ => KeyFamily::Rsa,
    });
    let first = |names: &[&'static str]| names.first().copied().unwrap_or_default();
    let (ek_public, ek_certificate) = (first(names.ek_public), first(names.ek_certificate));
    let credential = names.credential.last().copied().unwrap_or_default();
    let all_registers = names.quotes.iter().find(|name| name.ends_with("-all"));
    let quote = all_registers.copied().unwrap_or_default();
    let attestation = &evidence.quote.attestation;
    let mut files: Files = vec![
        ("eventlog.bin".into(), evidence.event_log.clone()),
        ("nonce.bin".into(), evidence.nonce.clone()),
        (ek_public.to_owned(), evidence.ek_public.clone()),
        (format!("{}.pub", names.ak), evidence.ak_public.clone()),
        (format!("{}.name", names.ak), evidence.ak_name.clone()),
        (format!("{quote}.attest"), attestation.attest.clone()),
        (format!("{quote}.sig"), attestation.signature.clone()),
        (format!("{quote}.pcrs"), evidence.quote.pcr_values_file()),
        (format!("{credential}.secret"), activation.secret.clone()),
        (format!("{credential}.blob"), activation.credential.to_file()),
        (format!("{credential}.activated"), activation.activated.clone()),
    ];
    let certificate = evidence.ek_certificate.clone();
    files.extend(certificate.map(|bytes| (ek_certificate.to_owned(), bytes)));
    let chain = evidence.ek_chain.iter().cloned().zip(0..);
    files.extend(chain.map(|(bytes, number)| (capture::chain_name(number), bytes)));
    for bank in machine.host().banks() {
        let registers = (0..24).filter_map(|pcr| machine.tpm().pcrs().value(*bank, pcr));
        let values: Vec<u8> = registers.flat_map(|value| value.as_bytes().to_vec()).collect();
        files.push((format!("pcrs-{bank}.bin"), values));
    }
    files
}

/// What an administrator captures on the host, and has from the TPM's vendor.
fn administrator_files(machine: &Machine, handed: &Handed) -> Files {
    let identifier = handed.evidence.identifier.to_xml(IdentifierEncoding::Utf8WithMark);
    let mut files: Files = vec![("identifier.xml".into(), identifier)];
    if let Ok(log) = machine.host().capture_baseline(true) {
        files.push(("host.tcglog".into(), log.to_vec()));
    }
    for (policy, number) in machine.host().code_integrity().on_disk().iter().zip(0..) {
        if let Some(content) = &policy.content {
            files.push((format!("ci/{}", ci_name(policy, number)), content.clone()));
        }
    }
    let endorsement = machine.endorsement();
    let mut add = |kind: &str, extension: &str, ders: &[Vec<u8>]| {
        let numbered = ders.iter().cloned().zip(0_usize..);
        files
            .extend(numbered.map(|(der, number)| (format!("ca/{kind}-{number}.{extension}"), der)));
    };
    add("root", "cer", &endorsement.roots);
    add("issuer", "cer", &endorsement.published);
    add("list", "crl", &endorsement.crls);
    for (authority, number) in WINDOWS.iter().zip(0_usize..) {
        files.push((format!("windows/boot-manager-{number}.cer"), authority.der.to_vec()));
    }
    files
}

/// The name of a policy's file, where that is a plain one.
fn ci_name(policy: &CiPolicy, number: usize) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '{' | '}');
    let name = &policy.file_name;
    match name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.chars().all(plain) {
        true => name.clone(),
        false => format!("policy-{number}.p7b"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_cannot_choose_a_place_outside_its_folder() {
        let name = |text: &str| {
            let mut policy = CiPolicy::site("site");
            policy.file_name = text.into();
            ci_name(&policy, 3)
        };
        assert_eq!(name("SiPolicy.p7b"), "SiPolicy.p7b");
        for hostile in ["", "..", "../x", "/x", "a/b", "a\\b", ".hidden", "a\0b", "con:"] {
            assert_eq!(name(hostile), "policy-3.p7b", "{hostile:?}");
        }
    }
}
