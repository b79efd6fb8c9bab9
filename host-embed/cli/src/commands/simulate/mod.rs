//! `portcullis simulate`.

mod folder;
mod rules;

use std::path::Path;

use portcullis_simulator::host::AllowAll;
use portcullis_simulator::machine::{Fleet, Machine, MachineError};
use portcullis_simulator::rng::Rng;
use portcullis_simulator::spec::preset::{self, Preset};
use portcullis_simulator::spec::{HostSpec, SpecError, list_knobs, list_presets};

use super::question::hex_or_file;
use crate::args::{Simulate, SimulateHost};
use crate::failure::{EXIT_OK, Failure, read};
use crate::output;

const SEE_LIST: &str = "`portcullis simulate host --list` explains every field";

pub fn run(args: &Simulate) -> Result<u8, Failure> {
    match args {
        Simulate::Host(args) => run_host(args),
    }
}

fn run_host(args: &SimulateHost) -> Result<u8, Failure> {
    if args.list {
        output::text(&list_knobs());
        return Ok(EXIT_OK);
    }
    if args.presets {
        output::text(&list_presets());
        return Ok(EXIT_OK);
    }
    let Some(out) = &args.out else {
        let remedy = "add `--out DIR`, a folder that does not exist yet";
        return Err(Failure::usage("nowhere to write the host to", remedy));
    };
    folder::refuse_existing(out)?;
    let preset = args.preset.as_deref().map(find_preset).transpose()?;
    let fleet = Fleet::new().map_err(refused)?;
    let mut machine = start(&fleet, specification(args, preset)?, args.seed)?;
    let mut rng = Rng::from_seed("challenge", args.seed);
    let nonce = match &args.nonce {
        Some(nonce) => hex_or_file(nonce)?,
        None => rng.bytes(32),
    };
    let handed = folder::Handed {
        evidence: machine.evidence(&nonce).map_err(refused)?,
        activation: machine.activation(&rng.bytes(32)).map_err(refused)?,
    };
    let rules = rules::policy_set(&fleet, &machine, preset, args.seed)?;
    folder::write(out, &machine, &handed, &rules)?;
    output::text(&summary(out, &machine, &rules.notes));
    Ok(EXIT_OK)
}

/// Builds a machine and starts it. Its code integrity policies allow everything.
fn start(fleet: &Fleet, spec: HostSpec, seed: u64) -> Result<Machine, Failure> {
    let mut machine = fleet.machine(spec, seed).map_err(refused)?;
    machine.start(&AllowAll).map_err(refused)?;
    Ok(machine)
}

fn refused(error: MachineError) -> Failure {
    Failure::usage(error, SEE_LIST)
}

fn find_preset(name: &str) -> Result<&'static Preset, Failure> {
    preset::find(name).ok_or_else(|| {
        let remedy = "`portcullis simulate host --presets` lists them";
        Failure::usage(format!("`{name}` is no preset"), remedy)
    })
}

/// The specification of a file or a preset, with what `--set` changes.
fn specification(args: &SimulateHost, preset: Option<&Preset>) -> Result<HostSpec, Failure> {
    let mut spec = match (&args.spec, preset) {
        (Some(path), _) => read_specification(path)?,
        (None, Some(preset)) => preset.spec(),
        (None, None) => HostSpec::default(),
    };
    for change in &args.set {
        let Some((key, value)) = change.split_once('=') else {
            let reason = format!("`--set {change}` has no `=`");
            return Err(Failure::usage(reason, "write `--set field=value`"));
        };
        spec.set(key.trim(), value.trim()).map_err(wrong)?;
    }
    Ok(spec)
}

fn read_specification(path: &Path) -> Result<HostSpec, Failure> {
    let file = path.display().to_string();
    let Ok(text) = String::from_utf8(read(path)?) else {
        return Err(Failure::file(path, "is no text in UTF-8", "write the specification in TOML"));
    };
    HostSpec::from_toml(&text).map_err(|error| wrong(error.in_file(file)))
}

fn wrong(error: SpecError) -> Failure {
    Failure::usage(error, SEE_LIST)
}

fn summary(out: &Path, machine: &Machine, notes: &[String]) -> String {
    let (out, spec) = (out.display(), machine.host().spec());
    let flaws = match spec.tpm.ek_flaws.len() {
        0 => "endorsed".to_owned(),
        count => format!("with {count} flaws of its endorsement"),
    };
    let mut text = format!(
        "wrote {out}: host `{}` of class `{}`, EK {} {flaws}\n",
        spec.name,
        spec.class,
        machine.ek().name(),
    );
    for note in notes {
        text.push_str(&format!("  {note}\n"));
    }
    text.push_str(&format!(
        "  ask about it: portcullis assess --evidence {out} --policy-set {out}/policy-set.json\n"
    ));
    text
}
