//! A store of its own for one test, and simulated hosts.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::tools::{Outcome, portcullis, scratch};

/// A store, and the folder that it is in.
pub struct Fabric {
    pub folder: PathBuf,
    pub store: String,
}

impl Fabric {
    /// An empty one.
    pub fn new(test: &str) -> Self {
        let folder = scratch(&format!("registry-{test}"));
        let store = folder.join("store.db").to_str().unwrap().to_owned();
        Self { folder, store }
    }

    /// One that trusts the TPM vendor of simulated hosts and their Windows.
    pub fn trusting(test: &str) -> (Self, Simulated) {
        let fabric = Self::new(test);
        let host = fabric.simulate("host-1", 1, &[]);
        fabric.done(&["trust", "add", &host.path("ca")]);
        fabric.done(&["trust", "add", "--windows", &host.path("windows")]);
        (fabric, host)
    }

    /// One with a registered host that passes.
    pub fn ready(test: &str) -> (Self, Simulated) {
        let (fabric, host) = Self::trusting(test);
        fabric.done(&["host", "add", &host.path("identifier.xml")]);
        fabric.done(&["baseline", "add", &host.path("host.tcglog"), "--name", "R740"]);
        fabric.done(&["ci-policy", "add", &host.path("ci/SiPolicy.p7b"), "--name", "site"]);
        (fabric, host)
    }

    /// Runs a command on the store.
    pub fn run(&self, arguments: &[&str]) -> Outcome {
        let store = ["--store", &self.store];
        portcullis(arguments.iter().copied().chain(store))
    }

    /// Runs a command that must succeed.
    pub fn done(&self, arguments: &[&str]) -> Outcome {
        let outcome = self.run(arguments);
        assert_eq!(outcome.code, 0, "{arguments:?}: {}{}", outcome.stdout, outcome.stderr);
        outcome
    }

    /// The JSON of a command that must succeed.
    pub fn json(&self, arguments: &[&str]) -> Value {
        self.done(&[arguments, &["--json"]].concat()).json()
    }

    /// Runs a command that must be refused, with these words in its message, and changes nothing.
    pub fn refused(&self, arguments: &[&str], words: &[&str]) {
        let before = self.contents();
        let outcome = self.run(arguments);
        assert_eq!(outcome.code, 2, "{arguments:?}: {}{}", outcome.stdout, outcome.stderr);
        for word in words {
            assert!(outcome.stderr.contains(word), "`{word}` is not in {}", outcome.stderr);
        }
        assert!(outcome.stderr.contains("try: "), "no remedy: {}", outcome.stderr);
        assert_eq!(self.contents(), before, "{arguments:?} changed something");
    }

    /// Everything that can be listed; empty when there is no store.
    pub fn contents(&self) -> Vec<String> {
        if !Path::new(&self.store).exists() {
            return Vec::new();
        }
        let lists: [&[&str]; 8] = [
            &["host", "list"],
            &["trust", "list"],
            &["baseline", "list"],
            &["ci-policy", "list"],
            &["dump-key", "list"],
            &["policy", "list"],
            &["server", "version"],
            &["audit", "verify"],
        ];
        lists.iter().map(|list| self.done(&[list, &["--json"][..]].concat()).stdout).collect()
    }

    /// Makes a host up.
    pub fn simulate(&self, name: &str, seed: u32, set: &[&str]) -> Simulated {
        let folder = self.folder.join(format!("sim-{name}"));
        let (seed, named) = (seed.to_string(), format!("name={name}"));
        let mut arguments =
            vec!["simulate", "host", "--preset", "dell-r740-ws2022", "--seed", &seed];
        arguments.extend(["--out", folder.to_str().unwrap(), "--set", &named]);
        arguments.extend(set);
        let outcome = portcullis(&arguments);
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
        Simulated { folder }
    }

    /// Writes a file beside the store.
    pub fn write(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

/// The folder of a simulated host.
pub struct Simulated {
    pub folder: PathBuf,
}

impl Simulated {
    /// A file of the folder.
    pub fn path(&self, name: &str) -> String {
        self.folder.join(name).to_str().unwrap().to_owned()
    }

    /// The folder itself.
    pub fn evidence(&self) -> &str {
        self.folder.to_str().unwrap()
    }
}
