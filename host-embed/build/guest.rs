//! The guest, built by cargo: the same bytes from the same sources, `Cargo.lock` and compiler,
//! wherever they lie. A test builds it again, in another place.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Builds of the guest, and the features of WebAssembly that they may use.
pub const BUILDS: [(&str, &str); 2] = [("base", ""), ("wide", "+simd128,+wide-arithmetic")];

const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// The guest's own stack, in its memory. It is reset for every instance, so it is small; the
/// deepest recursion of the engine (JSON, 128 levels) uses a fraction.
const STACK_SIZE_BYTES: u32 = 128 << 10;

/// The guest of the workspace at `root`, with these features, built below `target`.
pub fn build(root: &Path, target: &Path, features: &str) -> Result<Vec<u8>, String> {
    check_target(root)?;
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or("cargo".into()));
    cargo
        .current_dir(root)
        .args(["build", "--quiet", "--locked", "--package", "portcullis-guest"])
        .args(["--profile", "guest", "--target", WASM_TARGET, "--target-dir"])
        .arg(target)
        .env("CARGO_ENCODED_RUSTFLAGS", flags(root, features).join("\u{1f}"));
    // Settings of the outer build (clippy, coverage, fuzzing) are not the guest's.
    for name in ["RUSTFLAGS", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER", "CARGO_BUILD_TARGET"] {
        cargo.env_remove(name);
    }
    let status = cargo.status().map_err(|error| format!("cargo: {error}"))?;
    if !status.success() {
        return Err(format!("the guest cannot be built ({status})"));
    }
    let wasm = target.join(WASM_TARGET).join("guest/portcullis_guest.wasm");
    std::fs::read(&wasm).map_err(|error| format!("{}: {error}", wasm.display()))
}

/// Paths of the machine are replaced, so that they are not in the guest.
fn flags(root: &Path, features: &str) -> Vec<String> {
    let mut flags = vec![format!("-Clink-arg=-zstack-size={STACK_SIZE_BYTES}")];
    if !features.is_empty() {
        flags.push(format!("-Ctarget-feature={features}"));
    }
    for (path, name) in [(root.to_owned(), "/portcullis"), (cargo_home(), "/cargo")] {
        flags.push(format!("--remap-path-prefix={}={name}", path.display()));
    }
    flags
}

fn cargo_home() -> PathBuf {
    let home = || env::home_dir().unwrap_or_default().join(".cargo");
    env::var_os("CARGO_HOME").map_or_else(home, PathBuf::from)
}

/// rustup adds the target of `rust-toolchain.toml` to a toolchain that it installs itself, but
/// not to one that was there before.
fn check_target(root: &Path) -> Result<(), String> {
    let mut rustc = Command::new(env::var_os("RUSTC").unwrap_or("rustc".into()));
    rustc.current_dir(root).args(["--print", "target-libdir", "--target", WASM_TARGET]);
    let output = rustc.output().map_err(|error| format!("rustc: {error}"))?;
    let folder = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    match output.status.success() && Path::new(&folder).is_dir() {
        true => Ok(()),
        false => Err(format!(
            "the compiler lacks the target {WASM_TARGET}, which the sandbox is built for; \
             try: rustup target add {WASM_TARGET}"
        )),
    }
}
