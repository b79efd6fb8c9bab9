//! What the native engine makes of every file at hand, as digests for node to compare with.

use std::path::{Path, PathBuf};

use portcullis_api::call::{ExplainCallDoc, Operation, call};
use portcullis_api::{Lang, explain, inspect};
use portcullis_engine::crypto::{HashAlg, digest};
use portcullis_tests::corpus::{self, repository};
use portcullis_wasm_simulated::doc::SimulateCallDoc;
use portcullis_wasm_simulated::simulate;
use serde_json::{Value, json};

/// Files of each folder of the corpus that are compared.
const CORPUS_FILES_MAX: usize = 150;
/// Files beyond this take node seconds and say nothing new.
const FILE_SIZE_BYTES_MAX: u64 = 1 << 20;
const SEED: u32 = 3;
const NOW: &str = "1795600000";
/// Presets that WebAssembly builds again: making keys takes it seconds.
const REMADE: [&str; 2] = ["dell-r740-ws2022", "fails-ci-policy"];

/// Writes the cases into a file; its path.
pub fn write_cases() -> PathBuf {
    let mut cases = Vec::new();
    for file in files() {
        let bytes = std::fs::read(&file).unwrap();
        let name = file.file_name().unwrap().to_string_lossy();
        let document = serde_json::to_vec(&inspect::inspect(&name, &bytes)).unwrap();
        cases.push(case("inspect", &file, &document));
        if name.ends_with(".bundle.json") {
            of_bundle(&file, &bytes, &mut cases);
        }
    }
    for preset in portcullis_wasm_simulated::presets() {
        of_preset(&preset.name, &mut cases);
    }
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cases.json");
    std::fs::write(&path, Value::Array(cases).to_string()).unwrap();
    path
}

fn case(operation: &str, file: &Path, document: &[u8]) -> Value {
    let sha256 = digest(HashAlg::Sha256, &[document]).to_string();
    json!({ "operation": operation, "file": file, "sha256": sha256 })
}

fn of_bundle(file: &Path, bytes: &[u8], cases: &mut Vec<Value>) {
    for (name, operation) in [("appraise", Operation::Appraise), ("assess", Operation::Assess)] {
        cases.push(case(name, file, &call(operation, bytes).unwrap()));
    }
    let question = ExplainCallDoc { document: bytes.to_vec().into(), lang: "en".into() };
    let question = serde_json::to_vec(&question).unwrap();
    cases.push(case("explain", file, &call(Operation::Explain, &question).unwrap()));
    for (name, lang) in [("explain_en", Lang::En), ("explain_ja", Lang::Ja)] {
        let document = serde_json::to_vec(&explain::document(bytes, lang).unwrap()).unwrap();
        cases.push(case(name, file, &document));
    }
}

/// A simulated host: its verdicts, and, for some, that WebAssembly makes the same evidence.
fn of_preset(preset: &str, cases: &mut Vec<Value>) {
    let document = SimulateCallDoc {
        preset: preset.to_owned(),
        set: std::collections::BTreeMap::new(),
        seed: SEED,
        now: NOW.to_owned(),
        rules_of_preset: false,
    };
    let host = simulate(&document).unwrap();
    let bundle = serde_json::to_vec(&host.bundle).unwrap();
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{preset}.bundle.json"));
    std::fs::write(&file, &bundle).unwrap();
    of_bundle(&file, &bundle, cases);
    if REMADE.contains(&preset) {
        let request = serde_json::to_vec(&host.bundle.request).unwrap();
        let sha256 = digest(HashAlg::Sha256, &[&request]).to_string();
        cases.push(json!({ "operation": "simulate", "call": document, "sha256": sha256 }));
    }
}

/// Every recorded file, and some of the third-party evidence, where it is.
fn files() -> Vec<PathBuf> {
    let mut files = Vec::new();
    walk(&repository().join("tests/captures"), usize::MAX, &mut files);
    for folder in ["eventlogs", "cipolicies", "ekcerts"] {
        let count_max = files.len() + CORPUS_FILES_MAX;
        if let Some(folder) = corpus::third_party(folder) {
            walk(&folder, count_max, &mut files);
        }
    }
    files
}

fn walk(folder: &Path, count_max: usize, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if files.len() >= count_max {
            return;
        }
        if path.is_dir() {
            walk(&path, count_max, files);
        } else if path.metadata().unwrap().len() <= FILE_SIZE_BYTES_MAX {
            files.push(path);
        }
    }
}
