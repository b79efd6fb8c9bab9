//! Builds the guest for WebAssembly, twice, and compiles both builds ahead of time.
//!
//! The bytes of a guest depend on the sources, `Cargo.lock` and the compiler alone: paths of the
//! machine are replaced. The compiled code uses no processor feature beyond the architecture's
//! baseline, so that a program built here runs elsewhere.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use sha2::{Digest as _, Sha256};
use wasmtime::{Config, Engine};

#[path = "../src/config.rs"]
mod config;
mod guest;
mod miscompiled;

use config::Meter;

/// What the guest is made of.
const GUEST_SOURCES: [&str; 9] = [
    "Cargo.toml",
    "Cargo.lock",
    "rust-toolchain.toml",
    "engine/Cargo.toml",
    "engine/src",
    "engine/wire",
    "engine/api/Cargo.toml",
    "engine/api/src",
    "host-embed/guest",
];

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            println!("cargo::error={reason}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let folder = PathBuf::from(variable("CARGO_MANIFEST_DIR"));
    let root = folder.parent().expect("the workspace").to_owned();
    for source in GUEST_SOURCES {
        println!("cargo::rerun-if-changed={}", root.join(source).display());
    }
    for source in ["build", "src/config.rs"] {
        println!("cargo::rerun-if-changed={source}");
    }
    println!("cargo::rustc-env=GUEST_TARGET={}", variable("TARGET"));
    let out = PathBuf::from(variable("OUT_DIR"));
    // One folder for all profiles of the host.
    let target = target_folder(&out).join("guest");
    for (name, features) in guest::BUILDS {
        let wasm = guest::build(&root, &target, features)?;
        miscompiled::check(&wasm).map_err(|error| format!("guest {name}, {error}"))?;
        fs::write(out.join(format!("{name}.wasm")), &wasm).expect("write the guest");
        if name == "wide" || cfg!(feature = "hostile") {
            compile(&out, name, &wasm, Meter::Epoch);
        }
        println!("cargo::rustc-env=GUEST_{}_SHA256={}", name.to_uppercase(), sha256(&wasm));
    }
    #[cfg(feature = "hostile")]
    hostile::compile_all(&folder, &out);
    Ok(())
}

/// The folder of all builds; cargo marks it.
fn target_folder(out: &Path) -> PathBuf {
    let marked = out.ancestors().find(|folder| folder.join("CACHEDIR.TAG").is_file());
    marked.unwrap_or(out).to_owned()
}

/// Compiles a module for the machine that the host is built for.
fn compile(out: &Path, name: &str, wasm: &[u8], meter: Meter) {
    compile_with(config::compiled(meter), out, name, wasm);
}

fn compile_with(mut config: Config, out: &Path, name: &str, wasm: &[u8]) {
    config.target(&variable("TARGET")).expect("a known target");
    let engine = Engine::new(&config).expect("an engine for this target");
    let compiled = engine.precompile_module(wasm).unwrap_or_else(|error| panic!("{name}: {error}"));
    fs::write(out.join(format!("{name}.cwasm")), compiled).expect("write the compiled guest");
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("cargo sets `{name}`"))
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Test modules that misbehave.
#[cfg(feature = "hostile")]
mod hostile {
    use wasmtime::ModuleVersionStrategy;

    use super::{Engine, Meter, Path, compile, compile_with, config, fs};

    pub fn compile_all(folder: &Path, out: &Path) {
        let wide = fs::read(out.join("wide.wasm")).expect("read the guest");
        compile(out, "wide-fuel", &wide, Meter::Fuel);
        let sources = folder.join("tests/hostile");
        println!("cargo::rerun-if-changed={}", sources.display());
        let sources =
            fs::read_dir(sources).expect("the modules").map(|entry| entry.unwrap().path());
        let mut table = entry("other-version") + &entry("other-processor");
        for path in sources {
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            let wasm = wat::parse_file(&path).unwrap_or_else(|error| panic!("{error}"));
            compile(out, &format!("hostile-{name}"), &wasm, Meter::Epoch);
            table.push_str(&entry(&name));
        }
        fs::write(out.join("hostile.rs"), format!("&[\n{table}]")).expect("write the table");
        other_version(out);
        other_processor(out);
    }

    /// The code that another version of the runtime would have made.
    fn other_version(out: &Path) {
        let mut config = config::compiled(Meter::Epoch);
        let version = ModuleVersionStrategy::Custom("another".into());
        config.module_version(version).expect("a short version");
        compile_with(config, out, "hostile-other-version", b"\0asm\x01\0\0\0");
    }

    /// Code that uses whatever this very processor can do: nothing says that another one can.
    fn other_processor(out: &Path) {
        let engine = Engine::new(&config::compiled(Meter::Epoch)).expect("an engine");
        let compiled = engine.precompile_module(b"\0asm\x01\0\0\0").expect("a module");
        fs::write(out.join("hostile-other-processor.cwasm"), compiled).expect("write the module");
    }

    fn entry(name: &str) -> String {
        let path = format!("concat!(env!(\"OUT_DIR\"), \"/hostile-{name}.cwasm\")");
        format!("({name:?}, include_bytes!({path})),\n")
    }
}
