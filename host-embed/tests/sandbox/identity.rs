//! One verdict everywhere: native code and both builds of the guest give the same bytes.

use std::fs;
use std::path::Path;

use portcullis_api::call::{
    DeriveCallDoc, DiffCallDoc, InspectCallDoc, Operation, RefusalDoc, call,
};
use portcullis_host::{Build, CallError, Limits, Sandbox};
use portcullis_tests::corpus;

/// Largest file that is compared, in bytes: what a request may hold, as base64.
const FILE_SIZE_BYTES_MAX: usize = 12 << 20;

struct Everywhere([Sandbox; 2]);

impl Everywhere {
    fn new() -> Self {
        Self(Build::ALL.map(|build| Sandbox::with_guest(build, Limits::interactive()).unwrap()))
    }

    /// Compares replies and refusals; returns the native one.
    fn check(
        &self,
        about: &str,
        operation: Operation,
        input: &[u8],
    ) -> Result<Vec<u8>, RefusalDoc> {
        let native = call(operation, input);
        for (sandbox, build) in self.0.iter().zip(Build::ALL) {
            let about = format!("{about}: {operation:?}, {}", build.name());
            match (&native, sandbox.call(operation, input)) {
                (Ok(native), Ok(sandboxed)) => assert!(*native == sandboxed, "{about} differs"),
                (Err(native), Err(CallError::Refused(sandboxed))) => {
                    assert_eq!(*native, sandboxed, "{about}");
                }
                (native, sandboxed) => panic!("{about}: {native:?} is not {sandboxed:?}"),
            }
        }
        native
    }

    fn inspect(&self, file: &str, content: &[u8]) {
        let call = InspectCallDoc { file: file.to_owned(), content: content.to_vec().into() };
        let input = serde_json::to_vec(&call).unwrap();
        self.check(file, Operation::Inspect, &input).unwrap();
    }

    /// Inspects every file below a folder; returns their number.
    fn inspect_all(&self, folder: &Path) -> usize {
        let mut count = 0;
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                count += self.inspect_all(&path);
            } else if path.metadata().unwrap().len() <= FILE_SIZE_BYTES_MAX as u64 {
                self.inspect(&path.file_name().unwrap().to_string_lossy(), &corpus::read(&path));
                count += 1;
            }
        }
        count
    }
}

#[test]
fn every_file_of_the_captures_is_inspected_alike() {
    assert!(Everywhere::new().inspect_all(&corpus::capture("")) > 500);
}

#[test]
fn every_file_of_the_corpus_is_inspected_alike() {
    let everywhere = Everywhere::new();
    for folder in ["eventlogs", "ekcerts", "cipolicies"] {
        if let Some(folder) = corpus::third_party(folder) {
            assert!(everywhere.inspect_all(&folder) > 0);
        }
    }
}

#[test]
fn bundles_are_judged_alike() {
    let everywhere = Everywhere::new();
    for name in ["dbx-added.bundle.json", "reboot.bundle.json"] {
        let bundle = corpus::read(&corpus::capture(name));
        for operation in [Operation::Appraise, Operation::Assess, Operation::Explain] {
            everywhere.check(name, operation, &bundle).unwrap();
        }
        let truncated = &bundle[..bundle.len() / 2];
        everywhere.check(name, Operation::Appraise, truncated).unwrap_err();
    }
}

#[test]
fn logs_are_compared_and_become_baselines_alike() {
    let everywhere = Everywhere::new();
    let logs = corpus::event_logs();
    let mut derived = 0;
    for (before, after) in logs.iter().zip(logs.iter().skip(1)) {
        for bank in ["sha1", "sha256"] {
            let call = DiffCallDoc {
                before: before.bytes.clone().into(),
                after: after.bytes.clone().into(),
                bank: bank.into(),
            };
            let input = serde_json::to_vec(&call).unwrap();
            let _ = everywhere.check(&before.path, Operation::Diff, &input);
            let call = DeriveCallDoc {
                name: "class".into(),
                logs: vec![before.bytes.clone().into()],
                level: "strict".into(),
                bank: bank.into(),
                pcrs_bitmap: 0x78ff,
            };
            let input = serde_json::to_vec(&call).unwrap();
            let reply = everywhere.check(&before.path, Operation::DeriveBaseline, &input);
            derived += usize::from(reply.is_ok());
        }
    }
    assert!(derived > 20, "only {derived} baselines");
}

#[test]
fn input_that_cannot_be_used_is_refused_alike() {
    let everywhere = Everywhere::new();
    for operation in Operation::ALL {
        for input in [&b""[..], b"\0", b"{}", b"[[[[[[", b"\"\xff\""] {
            everywhere.check("garbage", operation, input).unwrap_err();
        }
        let nested = vec![b'['; 100_000];
        everywhere.check("nested", operation, &nested).unwrap_err();
    }
}
