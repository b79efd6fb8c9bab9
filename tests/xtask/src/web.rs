//! The npm package and the page.
//!
//! WebAssembly comes from cargo, its glue from the program in `wasm-pkg/pack`, the rest from node.
//! What node needs is installed into `wasm-pkg/node_modules`, as its lock file says.

use std::process::Command;

use crate::shell::{Outcome, cargo, root, run, succeeds};

const TARGET: &str = "wasm32-unknown-unknown";
/// Crates, and what their files are called in the package.
const FILES: [(&str, &str); 2] =
    [("portcullis_wasm", "portcullis"), ("portcullis_wasm_simulated", "simulator")];
const BUILD: &str = "target/npm-build";
/// Glue and types as they were generated.
const RAW: &str = "target/npm/raw";
const PACKAGE: &str = "target/npm/portcullis";
/// Every browser of the last years has it, and SHA-256 is a fifth faster.
const RUSTFLAGS: &str = "-C target-feature=+simd128";

/// Makes the npm package.
pub fn npm() -> Outcome {
    install()?;
    let _ = run(Command::new("rustup").args(["target", "add", TARGET]).current_dir(root()));
    let crates = "-p portcullis-wasm -p portcullis-wasm-simulated";
    let build =
        format!("build --locked --profile npm --target {TARGET} {crates} --target-dir {BUILD}");
    run(cargo(&build).env("RUSTFLAGS", RUSTFLAGS))?;
    for (file, name) in FILES {
        pack(&format!("glue {BUILD}/{TARGET}/npm/{file}.wasm {name} {RAW}"))?;
    }
    pack(&format!("types {RAW}/documents.d.ts engine/api/schema wasm-pkg/schema"))?;
    run(&mut node(&format!("wasm-pkg/build.mjs {RAW} {PACKAGE}")))
}

/// Makes the page, after the package.
pub fn page() -> Outcome {
    npm()?;
    run(&mut node("wasm-pkg/node_modules/typescript/bin/tsc -p wasm-pkg/web"))?;
    run(&mut node("wasm-pkg/node_modules/vite/bin/vite.js build wasm-pkg/web --logLevel warn"))
}

fn pack(arguments: &str) -> Outcome {
    let manifest =
        "--quiet --locked --manifest-path wasm-pkg/pack/Cargo.toml --target-dir target/pack";
    run(&mut cargo(&format!("run {manifest} -- {arguments}")))
}

pub fn node(arguments: &str) -> Command {
    let mut command = Command::new("node");
    command.args(arguments.split_whitespace()).current_dir(root());
    command
}

/// Installs what the lock file names, unless exactly that is there.
pub fn install() -> Outcome {
    if !succeeds(Command::new("npm").arg("--version")) {
        return Err("`npm` is missing (Debian packages nodejs and npm)".into());
    }
    let folder = root().join("wasm-pkg");
    let is_there = succeeds(Command::new("npm").arg("ls").current_dir(&folder));
    if is_there {
        return Ok(());
    }
    run(Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(&folder))
}
