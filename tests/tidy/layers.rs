//! Who may know whom.

use std::collections::BTreeMap;
use std::process::Command;

use portcullis_tests::corpus::repository;
use serde_json::Value;

/// The arrows of the architecture. A crate that is not listed here must be added with a reason.
const ARROWS: &[(&str, &[&str])] = &[
    ("portcullis-wire", &[]),
    ("portcullis-engine", &["portcullis-wire"]),
    ("portcullis-api", &["portcullis-engine"]),
    ("portcullis-simulator", &["portcullis-wire"]),
    ("portcullis-wasm", &["portcullis-api"]),
    // Types of the api alone: its file links none of the engine, which a size would show.
    ("portcullis-wasm-simulated", &["portcullis-api", "portcullis-simulator"]),
    ("portcullis-guest", &["portcullis-api"]),
    // Itself: its tests turn on the guests that misbehave.
    ("portcullis-host", &["portcullis-api", "portcullis-host"]),
    ("portcullis-tpm", &["portcullis-wire"]),
    ("portcullis-agent", &["portcullis-api", "portcullis-tpm", "portcullis-wire"]),
    ("portcullis-service", &["portcullis-api", "portcullis-store"]),
    // What is registered; the engine's word reaches it through the api alone, and never wasm.
    ("portcullis-store", &["portcullis-api"]),
    (
        "portcullis",
        &[
            "portcullis-agent",
            "portcullis-api",
            "portcullis-host",
            "portcullis-service",
            "portcullis-simulator",
            "portcullis-store",
            "portcullis-tpm",
        ],
    ),
];

/// Crates below `tests` may know everything: they are not part of the product.
const REFEREES: [&str; 4] =
    ["portcullis-tests", "portcullis-fuzz", "portcullis-bench", "portcullis-xtask"];

/// Crates whose name alone says clock, randomness, I/O or serialisation.
const IMPURE: &[&str] = &[
    "chrono",
    "getrandom",
    "instant",
    "jiff",
    "js-sys",
    "mio",
    "rand",
    "rand_chacha",
    "reqwest",
    "time",
    "tokio",
    "wasm-bindgen",
    "web-sys",
    "web-time",
];
const SERIALISATION: &[&str] = &["schemars", "serde", "serde_core", "serde_derive", "serde_json"];

#[test]
fn arrows_between_crates_are_those_of_the_architecture() {
    let allowed: BTreeMap<&str, &[&str]> = ARROWS.iter().copied().collect();
    for package in packages() {
        let name = text(&package, "name");
        if REFEREES.contains(&name) {
            continue;
        }
        let allowed = allowed.get(name).unwrap_or_else(|| panic!("{name} has no place yet"));
        for dependency in package["dependencies"].as_array().unwrap() {
            let (other, is_dev) = (text(dependency, "name"), dependency["kind"] == "dev");
            let is_ours = dependency["path"].is_string();
            // Programs and their sandbox may be tested by the referees; the layers below them test
            // themselves.
            let is_edge = ["portcullis", "portcullis-host"].contains(&name);
            let tested = is_dev && is_edge && REFEREES.contains(&other);
            assert!(!is_ours || tested || allowed.contains(&other), "{name} must not know {other}");
        }
    }
}

#[test]
fn wire_depends_on_nothing() {
    let wire = packages().into_iter().find(|package| package["name"] == "portcullis-wire").unwrap();
    assert_eq!(wire["dependencies"], Value::Array(Vec::new()));
}

#[test]
fn the_engine_is_pure_all_the_way_down() {
    let tree = tree("portcullis-engine");
    assert_none(&tree, IMPURE);
    assert_none(&tree, SERIALISATION);
}

#[test]
fn api_and_simulator_know_no_clock_no_randomness_no_host() {
    assert_none(&tree("portcullis-api"), IMPURE);
    assert_none(&tree("portcullis-simulator"), IMPURE);
}

#[test]
fn the_store_knows_no_wasm_and_no_http() {
    let wasm = ["wasmtime", "wasm-bindgen", "web-sys", "js-sys"];
    let http = ["axum", "hyper", "reqwest", "http"];
    // What a database driver would need in a browser is never built: only this target counts.
    let tree = tree_for("portcullis-store", "x86_64-unknown-linux-gnu");
    assert_none(&tree, &wasm);
    assert_none(&tree, &http);
}

#[test]
fn the_simulator_never_sees_a_decoder() {
    assert_none(&tree("portcullis-simulator"), &["portcullis-engine", "portcullis-api"]);
}

fn assert_none(tree: &[String], forbidden: &[&str]) {
    for name in forbidden {
        assert!(!tree.iter().any(|known| known == name), "{} knows {name}", tree[0]);
    }
}

/// Names of all crates that a crate is built from, itself first, on any target.
fn tree(package: &str) -> Vec<String> {
    tree_for(package, "all")
}

/// The same, for one target.
fn tree_for(package: &str, target: &str) -> Vec<String> {
    let arguments =
        ["--edges", "normal", "--target", target, "--prefix", "none", "--format", "{p}"];
    let output = cargo("tree", &[&["-p", package], arguments.as_slice()].concat());
    let names = output.lines().filter_map(|line| line.split(' ').next().map(str::to_owned));
    let names: Vec<String> = names.collect();
    assert_eq!(names[0], package);
    names
}

/// The members of the workspace.
pub fn packages() -> Vec<Value> {
    let metadata = cargo("metadata", &["--no-deps", "--format-version", "1"]);
    let metadata: Value = serde_json::from_str(&metadata).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

fn text<'v>(value: &'v Value, field: &str) -> &'v str {
    value[field].as_str().unwrap()
}

/// What a `cargo` command prints; it must not touch the lock file or the network.
pub fn cargo(command: &str, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .arg(command)
        .args(arguments)
        .args(["--locked", "--offline"])
        .current_dir(repository())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
