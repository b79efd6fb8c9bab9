//! Every place where the engine runs: native code, both builds of the guest in wasmtime, and the
//! `base` build in node. A question must be answered by the same bytes in all of them.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use portcullis_api::call::{InspectCallDoc, Operation, RefusalDoc, call};
use portcullis_host::{Build, CallError, Compiled, Limits, Sandbox};
use portcullis_tests::tools;

pub struct Everywhere {
    sandboxes: [Sandbox; 2],
    node: Option<Node>,
    pub answered_count: usize,
}

type Reply = Result<Vec<u8>, RefusalDoc>;

impl Everywhere {
    pub fn new() -> Self {
        let sandbox =
            |build| Sandbox::with_guest(Compiled::build(build), Limits::interactive()).unwrap();
        Self { sandboxes: Build::ALL.map(sandbox), node: Node::start(), answered_count: 0 }
    }

    /// Compares replies and refusals; returns the native one.
    pub fn check(&mut self, about: &str, operation: Operation, input: &[u8]) -> Reply {
        let native = call(operation, input);
        let differs = |place: &str, other: &Reply| {
            let shown = |reply: &Reply| match reply {
                Ok(bytes) => format!("{} bytes", bytes.len()),
                Err(refusal) => format!("refused: {refusal}"),
            };
            panic!("{about}, {operation:?}: native {}, {place} {}", shown(&native), shown(other))
        };
        for (sandbox, build) in self.sandboxes.iter().zip(Build::ALL) {
            let reply = match sandbox.call(operation, input) {
                Ok(reply) => Ok(reply),
                Err(CallError::Refused(refusal)) => Err(refusal),
                Err(error) => panic!("{about}, {operation:?}, {}: {error}", build.name()),
            };
            if reply != native {
                differs(build.name(), &reply);
            }
        }
        if let Some(node) = &mut self.node {
            let reply = node.call(operation, input);
            if reply != native {
                differs("node", &reply);
            }
        }
        self.answered_count += 1;
        native
    }

    /// Inspects a file.
    pub fn inspect(&mut self, file: &str, content: &[u8]) {
        let call = InspectCallDoc { file: file.to_owned(), content: content.to_vec().into() };
        let input = serde_json::to_vec(&call).unwrap();
        self.check(file, Operation::Inspect, &input).unwrap();
    }
}

/// A process that answers one question after the other.
struct Node(Child);

impl Node {
    /// `None` with a loud note when node is not installed.
    fn start() -> Option<Self> {
        tools::run("node", "nodejs", &["--version".as_ref()])?;
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        // Tests run at once; the file is the same for all, and replaced in one step.
        let part = folder.join(format!("base.{:?}.part", std::thread::current().id()));
        let guest = folder.join("base.wasm");
        std::fs::write(&part, Build::Base.wasm()).unwrap();
        std::fs::rename(&part, &guest).unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sandbox/guest.mjs");
        let mut node = Command::new("node");
        node.arg(script).arg(guest).stdin(Stdio::piped()).stdout(Stdio::piped());
        Some(Self(node.spawn().unwrap()))
    }

    fn call(&mut self, operation: Operation, input: &[u8]) -> Reply {
        let stdin = self.0.stdin.as_mut().unwrap();
        stdin.write_all(&operation.number().to_le_bytes()).unwrap();
        stdin.write_all(&u32::try_from(input.len()).unwrap().to_le_bytes()).unwrap();
        stdin.write_all(input).unwrap();
        stdin.flush().unwrap();
        let stdout = self.0.stdout.as_mut().unwrap();
        let mut number = || {
            let mut bytes = [0; 4];
            stdout.read_exact(&mut bytes).unwrap();
            u32::from_le_bytes(bytes)
        };
        let (refused, size) = (number(), number());
        let mut bytes = vec![0; size as usize];
        stdout.read_exact(&mut bytes).unwrap();
        if refused == 0 { Ok(bytes) } else { Err(serde_json::from_slice(&bytes).unwrap()) }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // The end of its input ends it.
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}
