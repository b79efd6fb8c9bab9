//! Writes the guests that this crate embeds: for hosts in other languages, and for measuring.
//!
//!     cargo run -p portcullis-host --example guests -- FOLDER

use std::path::PathBuf;
use std::process::ExitCode;

use portcullis_host::Build;

fn main() -> ExitCode {
    let Some(folder) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("usage: guests FOLDER");
        return ExitCode::FAILURE;
    };
    let written = std::fs::create_dir_all(&folder).and_then(|()| {
        Build::ALL.into_iter().try_for_each(|build| {
            let path = folder.join(format!("{}.wasm", build.name()));
            println!("{}  {}", build.sha256(), path.display());
            std::fs::write(path, build.wasm())
        })
    });
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error}", folder.display());
            ExitCode::FAILURE
        }
    }
}
