//! Makes the generated half of the npm package: JavaScript around a WebAssembly file, and
//! TypeScript of the JSON Schemas.
//!
//! ```text
//! portcullis-pack glue FILE.wasm NAME OUT-FOLDER
//! portcullis-pack types OUT-FILE.d.ts SCHEMA-FOLDER...
//! ```
//!
//! What it does *not* do: decide anything about the package. Its entry points are written by hand
//! in `wasm-pkg/npm`.

mod types;

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["glue", wasm, name, out] => glue(Path::new(wasm), name, Path::new(out)),
        ["types", out, folders @ ..] if !folders.is_empty() => {
            types::write(Path::new(out), folders)
        }
        _ => {
            Err("usage: glue FILE.wasm NAME OUT-FOLDER | types OUT-FILE.d.ts SCHEMA-FOLDER..."
                .into())
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("portcullis-pack: {reason}");
            ExitCode::FAILURE
        }
    }
}

/// The glue of wasm-bindgen's target `web`: one ES module that takes the WebAssembly from wherever
/// the caller has it. The entry points for node and bundlers are built on it.
fn glue(wasm: &Path, name: &str, out: &Path) -> Result<(), String> {
    let mut bindgen = wasm_bindgen_cli_support::Bindgen::new();
    bindgen.input_path(wasm).out_name(name).typescript(true);
    // Without a default path, bundlers do not look for the file in two places.
    bindgen.omit_default_module_path(true).keep_debug(false).remove_name_section(true);
    bindgen.remove_producers_section(true);
    bindgen.web(true).map_err(|error| error.to_string())?;
    bindgen.generate(out).map_err(|error| format!("{}: {error:#}", wasm.display()))
}
