//! One verdict everywhere: native code, both builds of the guest and another WebAssembly engine
//! give the same bytes, for evidence of every kind and origin.

use std::fs;
use std::path::Path;

use portcullis_api::BundleDoc;
use portcullis_api::call::{
    ConvertCallDoc, DeriveCallDoc, DiffCallDoc, ExplainCallDoc, FileCallDoc, InspectCallDoc,
    MatchCallDoc, Operation, PairCallDoc,
};
use portcullis_tests::corpus;
use portcullis_tests::simulated::service::{Version, challenge};
use portcullis_tests::simulated::{EkTemplate, PRESETS, Preset, in_parallel, of_preset};
use serde::Serialize;

use crate::everywhere::Everywhere;

/// Largest file that is compared, in bytes: what a request may hold, as base64.
const FILE_SIZE_BYTES_MAX: u64 = 12 << 20;

/// Simulated hosts that are judged.
const HOSTS: u64 = 1_000;

fn json(document: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(document).unwrap()
}

/// Calls back with every file below a folder that a request can hold.
fn files_below(folder: &Path, use_file: &mut impl FnMut(&str, Vec<u8>)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_below(&path, use_file);
        } else if path.metadata().unwrap().len() <= FILE_SIZE_BYTES_MAX {
            use_file(&path.file_name().unwrap().to_string_lossy(), corpus::read(&path));
        }
    }
}

#[test]
fn every_file_of_the_captures_is_inspected_alike() {
    let mut everywhere = Everywhere::new();
    files_below(&corpus::capture(""), &mut |name, bytes| everywhere.inspect(name, &bytes));
    assert!(everywhere.answered_count > 500, "{}", everywhere.answered_count);
}

#[test]
fn every_file_of_the_corpus_is_inspected_alike() {
    let mut everywhere = Everywhere::new();
    for folder in ["eventlogs", "ekcerts", "cipolicies"] {
        if let Some(folder) = corpus::third_party(folder) {
            files_below(&folder, &mut |name, bytes| everywhere.inspect(name, &bytes));
            assert!(everywhere.answered_count > 0);
        }
    }
}

#[test]
fn every_policy_of_the_corpus_is_read_converted_and_compared_alike() {
    let Some(folder) = corpus::third_party("cipolicies") else { return };
    let log = corpus::read(&corpus::capture("a-sb-on-ms/eventlog.bin"));
    let (mut everywhere, mut read) = (Everywhere::new(), 0);
    files_below(&folder, &mut |name, bytes| {
        let content = portcullis_api::text::Blob::from(bytes);
        let file = InspectCallDoc { file: name.to_owned(), content: content.clone() };
        let one = json(&FileCallDoc { content: content.clone() });
        let (format, tie_order, target) = (None, None, None);
        let convert = ConvertCallDoc { content: content.clone(), format, tie_order, target };
        let pair = PairCallDoc { before: content.clone(), after: content };
        let shown = everywhere.check(name, Operation::ShowCiPolicy, &json(&file));
        read += usize::from(shown.is_ok());
        for (operation, input) in [
            (Operation::HashCiPolicy, one.clone()),
            (Operation::UnwrapCiPolicy, one),
            (Operation::ConvertCiPolicy, json(&convert)),
            (Operation::DiffCiPolicies, json(&pair)),
            (
                Operation::MatchCiPolicies,
                json(&MatchCallDoc { files: vec![file], log: log.clone().into() }),
            ),
        ] {
            let _ = everywhere.check(name, operation, &input);
        }
    });
    assert!(read > 10, "only {read} policies");
}

/// Judges, assesses and explains a bundle.
fn check_bundle(everywhere: &mut Everywhere, about: &str, bundle: &[u8]) {
    for operation in [Operation::Appraise, Operation::Assess] {
        everywhere.check(about, operation, bundle).unwrap();
    }
    for lang in ["en", "ja"] {
        let call = ExplainCallDoc { document: bundle.to_vec().into(), lang: lang.into() };
        everywhere.check(about, Operation::Explain, &json(&call)).unwrap();
    }
}

#[test]
fn bundles_of_recorded_hosts_are_judged_alike() {
    let mut everywhere = Everywhere::new();
    for name in ["dbx-added.bundle.json", "reboot.bundle.json"] {
        let bundle = corpus::read(&corpus::capture(name));
        check_bundle(&mut everywhere, name, &bundle);
        let parsed = BundleDoc::parse(&bundle).unwrap();
        everywhere.check(name, Operation::CheckPolicySet, &json(&parsed.policy_set)).unwrap();
        let truncated = &bundle[..bundle.len() / 2];
        everywhere.check(name, Operation::Appraise, truncated).unwrap_err();
    }
}

fn simulated(preset: &Preset, ek: EkTemplate, seed: u64, version: Version) -> Vec<u8> {
    let mut machine = of_preset(preset.name, ek, seed);
    json(&challenge(&mut machine, &preset.expect, version))
}

#[test]
fn every_preset_is_judged_and_explained_alike() {
    let mut everywhere = Everywhere::new();
    for preset in PRESETS {
        for version in [Version::V2, Version::V1] {
            let bundle = simulated(preset, EkTemplate::P256, 1, version);
            check_bundle(&mut everywhere, preset.name, &bundle);
        }
    }
}

#[test]
fn a_thousand_simulated_hosts_are_judged_alike() {
    const KINDS: [EkTemplate; 3] = [EkTemplate::Rsa2048, EkTemplate::P256, EkTemplate::P384];
    let presets = PRESETS.len() as u64;
    // One of everything for each thread.
    thread_local! {
        static EVERYWHERE: std::cell::RefCell<Everywhere> = Everywhere::new().into();
    }
    in_parallel(HOSTS, |seed| {
        let preset = &PRESETS[(seed % presets) as usize];
        let ek = KINDS[(seed / presets % KINDS.len() as u64) as usize];
        let bundle = simulated(preset, ek, seed, Version::V2);
        EVERYWHERE.with_borrow_mut(|everywhere| {
            let about = format!("{}, seed {seed}", preset.name);
            everywhere.check(&about, Operation::Appraise, &bundle).unwrap();
        });
    });
}

#[test]
fn logs_are_compared_and_become_baselines_alike() {
    let (mut everywhere, mut derived) = (Everywhere::new(), 0);
    let logs = corpus::event_logs();
    for (before, after) in logs.iter().zip(logs.iter().skip(1)) {
        for bank in ["sha1", "sha256"] {
            let diff = DiffCallDoc {
                before: before.bytes.clone().into(),
                after: after.bytes.clone().into(),
                bank: bank.into(),
            };
            let _ = everywhere.check(&before.path, Operation::Diff, &json(&diff));
            let derive = DeriveCallDoc {
                name: "class".into(),
                logs: vec![before.bytes.clone().into()],
                level: "strict".into(),
                bank: bank.into(),
                pcrs_bitmap: 0x78ff,
            };
            let reply = everywhere.check(&before.path, Operation::DeriveBaseline, &json(&derive));
            derived += usize::from(reply.is_ok());
        }
    }
    assert!(derived > 20, "only {derived} baselines");
}

#[test]
fn input_that_cannot_be_used_is_refused_alike() {
    let mut everywhere = Everywhere::new();
    for operation in Operation::ALL {
        for input in
            [&b""[..], b"\0", b"[]", b"[[[[[[", b"\"\xff\"", b"1.5", b"-1e300", b"{\"schema\":0.1}"]
        {
            everywhere.check("garbage", operation, input).unwrap_err();
        }
        let nested = vec![b'['; 100_000];
        everywhere.check("nested", operation, &nested).unwrap_err();
    }
}
