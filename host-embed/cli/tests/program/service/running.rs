//! A running service over a store of its own.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use portcullis_agent::{Http, HttpOptions, Outcome, attest};
use portcullis_simulator::host::AllowAll;
use portcullis_simulator::machine::Fleet;
use portcullis_simulator::spec::preset;
use portcullis_tests::simulated_host::SimulatedHost;
use serde_json::Value;

use crate::registry::fabric::Fabric;

/// The preset that [`Fabric::simulate`] makes.
const PRESET: &str = "dell-r740-ws2022";

/// A service that runs until it is dropped.
pub struct Running {
    process: Child,
    pub url: String,
    keys: PathBuf,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Running {
    /// Starts one over the store of a fabric.
    pub fn start(fabric: &Fabric, more: &[&str]) -> Self {
        let keys = fabric.folder.join("keys");
        let mut process = Command::new(env!("CARGO_BIN_EXE_portcullis"))
            .args(["serve", "--listen", "127.0.0.1:0", "--store", &fabric.store, "--keys"])
            .arg(&keys)
            .args(more)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let mut said = Vec::new();
        for line in lines {
            let line = line.unwrap();
            if let Some(url) = line.strip_prefix("listening on ") {
                return Self { process, url: url.to_owned(), keys };
            }
            said.push(line);
        }
        let _ = process.wait();
        panic!("the service did not start: {said:?}");
    }

    /// Ends it as a machine that loses power would.
    pub fn kill(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    /// Ends it as an operator would, and returns its exit code.
    pub fn terminate(mut self) -> Option<i32> {
        let pid = self.process.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        self.process.wait().unwrap().code()
    }

    /// The administrator's credential, which the first start made.
    pub fn credential(&self) -> String {
        std::fs::read_to_string(self.keys.join("admin.token")).unwrap()
    }

    pub fn http(&self) -> Http {
        Http::new(&HttpOptions { url: self.url.clone(), ca: None }).unwrap()
    }

    /// Lets a host attest.
    pub fn attest(&self, host: &mut SimulatedHost) -> Outcome {
        attest(host, &mut self.http(), None).unwrap()
    }

    /// One request; its status and its body.
    pub fn request(
        &self,
        method: &str,
        path: &str,
        credential: &str,
        body: &[u8],
    ) -> (u16, Vec<u8>) {
        let mut command = Command::new("curl");
        command.args(["-s", "-o", "-", "-w", "\n%{http_code}", "-X", method]);
        if !credential.is_empty() {
            command.args(["-H", &format!("Authorization: Bearer {credential}")]);
        }
        if method == "POST" {
            command.args(["-H", "Content-Type: application/json", "--data-binary", "@-"]);
        }
        command.arg(format!("{}{path}", self.url)).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().expect("curl is installed");
        {
            use std::io::Write as _;
            // A server that refuses early reads no more.
            let _ = process.stdin.take().unwrap().write_all(body);
        }
        let output = process.wait_with_output().unwrap().stdout;
        let line = output.iter().rposition(|byte| *byte == b'\n').unwrap();
        let status = String::from_utf8_lossy(&output[line + 1..]).parse().unwrap();
        (status, output[..line].to_vec())
    }

    /// A document that the administrator reads.
    pub fn json(&self, path: &str) -> Value {
        let (status, body) = self.request("GET", path, &self.credential(), &[]);
        assert_eq!(status, 200, "{path}: {}", String::from_utf8_lossy(&body));
        serde_json::from_slice(&body).unwrap()
    }
}

/// The machine of [`Fabric::simulate`] with that seed, started.
pub fn machine(seed: u64, set: &[(&str, &str)]) -> SimulatedHost {
    let mut spec = preset::find(PRESET).unwrap().spec();
    spec.set("name", &format!("host-{seed}")).unwrap();
    for (field, value) in set {
        spec.set(field, value).unwrap();
    }
    let mut machine = Fleet::new().unwrap().machine(spec, seed).unwrap();
    machine.start(&AllowAll).unwrap();
    SimulatedHost(machine)
}
