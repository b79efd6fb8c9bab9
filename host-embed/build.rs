//! Builds the guest for WebAssembly, twice, and compiles both builds ahead of time.
//!
//! The bytes of a guest depend on the sources, `Cargo.lock` and the compiler alone: paths of the
//! machine are replaced. The compiled code uses no processor feature beyond the architecture's
//! baseline, so that a program built here runs elsewhere.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest as _, Sha256};
use wasmtime::{Config, Engine};

#[path = "src/config.rs"]
mod config;

use config::Meter;

const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// Builds of the guest, and the features of WebAssembly that they may use.
const BUILDS: [(&str, &str); 2] = [("base", ""), ("wide", "+simd128,+wide-arithmetic")];

fn main() {
    let folder = PathBuf::from(variable("CARGO_MANIFEST_DIR"));
    let root = folder.parent().expect("the workspace").to_owned();
    for source in ["Cargo.toml", "Cargo.lock", "rust-toolchain.toml", "engine", "host-embed/guest"]
    {
        println!("cargo::rerun-if-changed={}", root.join(source).display());
    }
    println!("cargo::rerun-if-changed=src/config.rs");
    let out = PathBuf::from(variable("OUT_DIR"));
    for (name, features) in BUILDS {
        let wasm = build_guest(&root, &out, features);
        fs::write(out.join(format!("{name}.wasm")), &wasm).expect("write the guest");
        compile(&out, name, &wasm, Meter::Epoch);
        println!("cargo::rustc-env=GUEST_{}_SHA256={}", name.to_uppercase(), sha256(&wasm));
    }
    #[cfg(feature = "hostile")]
    hostile::compile_all(&folder, &out);
}

/// Runs cargo for the guest, in a target folder that all profiles of the host share.
fn build_guest(root: &Path, out: &Path, features: &str) -> Vec<u8> {
    let target = target_folder(out).join("guest");
    let mut flags = vec!["-Clink-arg=-zstack-size=131072".to_owned()];
    if !features.is_empty() {
        flags.push(format!("-Ctarget-feature={features}"));
    }
    for (path, name) in [(root.to_owned(), "/portcullis"), (cargo_home(), "/cargo")] {
        flags.push(format!("--remap-path-prefix={}={name}", path.display()));
    }
    let mut cargo = Command::new(variable("CARGO"));
    cargo
        .current_dir(root)
        .args(["build", "--quiet", "--locked", "--package", "portcullis-guest"])
        .args(["--profile", "guest", "--target", WASM_TARGET, "--target-dir"])
        .arg(&target)
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
    // Settings of the outer build (clippy, coverage, fuzzing) are not the guest's.
    for name in ["RUSTFLAGS", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER", "CARGO_BUILD_TARGET"] {
        cargo.env_remove(name);
    }
    let status = cargo.status().expect("run cargo");
    assert!(status.success(), "the guest cannot be built; `rustup target add {WASM_TARGET}`?");
    let wasm = target.join(WASM_TARGET).join("guest/portcullis_guest.wasm");
    fs::read(&wasm).expect("read the guest")
}

/// The folder of all builds; cargo marks it.
fn target_folder(out: &Path) -> PathBuf {
    let marked = out.ancestors().find(|folder| folder.join("CACHEDIR.TAG").is_file());
    marked.unwrap_or(out).to_owned()
}

fn cargo_home() -> PathBuf {
    let home = || env::home_dir().unwrap_or_default().join(".cargo");
    env::var_os("CARGO_HOME").map_or_else(home, PathBuf::from)
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

    use super::{Meter, Path, compile, compile_with, config, fs};

    pub fn compile_all(folder: &Path, out: &Path) {
        let wide = fs::read(out.join("wide.wasm")).expect("read the guest");
        compile(out, "wide-fuel", &wide, Meter::Fuel);
        let sources = folder.join("tests/hostile");
        println!("cargo::rerun-if-changed={}", sources.display());
        let sources =
            fs::read_dir(sources).expect("the modules").map(|entry| entry.unwrap().path());
        let mut table = entry("other-version");
        for path in sources {
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            let wasm = wat::parse_file(&path).unwrap_or_else(|error| panic!("{error}"));
            compile(out, &format!("hostile-{name}"), &wasm, Meter::Epoch);
            table.push_str(&entry(&name));
        }
        fs::write(out.join("hostile.rs"), format!("&[\n{table}]")).expect("write the table");
        other_version(out);
    }

    /// The code that another version of the runtime would have made.
    fn other_version(out: &Path) {
        let mut config = config::compiled(Meter::Epoch);
        let version = ModuleVersionStrategy::Custom("another".into());
        config.module_version(version).expect("a short version");
        compile_with(config, out, "hostile-other-version", b"\0asm\x01\0\0\0");
    }

    fn entry(name: &str) -> String {
        let path = format!("concat!(env!(\"OUT_DIR\"), \"/hostile-{name}.cwasm\")");
        format!("({name:?}, include_bytes!({path})),\n")
    }
}
