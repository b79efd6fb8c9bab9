//! The `base` guest in another WebAssembly engine: the same bytes as native code.

use std::fs;
use std::path::{Path, PathBuf};

use portcullis_api::call::{InspectCallDoc, Operation, call};
use portcullis_host::Build;
use portcullis_tests::{corpus, tools};

/// What is asked: the bundles, every event log, and garbage.
fn questions() -> Vec<(Operation, Vec<u8>)> {
    let mut questions = vec![(Operation::Appraise, b"{}".to_vec())];
    for name in ["dbx-added.bundle.json", "reboot.bundle.json"] {
        let bundle = corpus::read(&corpus::capture(name));
        for operation in [Operation::Appraise, Operation::Assess, Operation::Explain] {
            questions.push((operation, bundle.clone()));
        }
    }
    for log in corpus::event_logs() {
        let call = InspectCallDoc { file: log.path, content: log.bytes.into() };
        questions.push((Operation::Inspect, serde_json::to_vec(&call).unwrap()));
    }
    questions
}

fn scratch() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("node");
    if folder.exists() {
        fs::remove_dir_all(&folder).unwrap();
    }
    fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn node_says_the_same_as_native_code() {
    let (folder, questions) = (scratch(), questions());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sandbox/guest.mjs");
    let guest = folder.join("base.wasm");
    fs::write(&guest, Build::Base.wasm()).unwrap();
    for (index, (operation, input)) in questions.iter().enumerate() {
        fs::write(folder.join(format!("{index}.{}.in", operation.number())), input).unwrap();
    }
    let arguments = [script.as_os_str(), guest.as_os_str(), folder.as_os_str()];
    let Some(output) = tools::run("node", "nodejs", &arguments) else { return };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for (index, (operation, input)) in questions.iter().enumerate() {
        let reply =
            |ending| fs::read(folder.join(format!("{index}.{}.{ending}", operation.number()))).ok();
        match call(*operation, input) {
            Ok(native) => assert!(reply("ok") == Some(native), "{index} {operation:?} differs"),
            Err(refusal) => assert_eq!(reply("refused"), Some(refusal.to_json())),
        }
    }
}
