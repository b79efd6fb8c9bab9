//! `portcullis serve`.

mod settings;

use std::sync::Arc;

use portcullis_service::{Service, serve};

use crate::args::serve::Serve;
use crate::engine::Engine;
use crate::failure::{EXIT_OK, Failure};
use crate::output;

pub fn run(args: &Serve, engine: &Engine) -> Result<u8, Failure> {
    let config = settings::config(args)?;
    let (store, keys) = (config.store.shown(), config.keys.clone());
    let scheme = if config.tls.is_some() { "https" } else { "http" };
    let judge = engine.shared(config.judges, config.queue)?;
    let service = Service::open(config, Arc::from(judge)).map_err(failed)?;
    // Said on standard error: standard output is for documents.
    output::note(&format!("store {store}, keys {}", keys.display()));
    if let Some(path) = &service.new_credential {
        output::note(&format!(
            "made the administrator's credential: {}\n  take it from there and delete the file; \
             the service keeps its digest alone",
            path.display()
        ));
    }
    serve(service, move |address| {
        output::note(&format!("listening on {scheme}://{address}"));
    })
    .map_err(failed)?;
    output::note("ended");
    Ok(EXIT_OK)
}

fn failed(error: portcullis_service::Error) -> Failure {
    Failure::usage(error, "")
}
