//! Starting, listening, and ending without cutting anybody off.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use hyper_util::rt::TokioTimer;
use tokio::sync::Semaphore;

use crate::clock::Clock;
use crate::config::Config;
use crate::credentials::Credentials;
use crate::database::Database;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::keys::Keys;
use crate::metrics::Metrics;
use crate::routes::router;
use crate::state::State;

/// A client that does not say within this time what it wants is let go.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);

/// How long requests under way may take when the service ends.
const GRACE: Duration = Duration::from_secs(20);

/// A service that is ready to listen.
pub struct Service {
    router: Router,
    config: Config,
    /// Where the administrator's credential is, when this start made it.
    pub new_credential: Option<PathBuf>,
}

impl Service {
    /// Opens the store and the keys.
    ///
    /// # Errors
    /// [`Error`]: nothing listens then.
    pub fn open(config: Config, engine: Arc<dyn Engine>) -> Result<Self> {
        if config.tls.is_none() && !config.listen.ip().is_loopback() {
            let reason = format!(
                "{} can be reached from elsewhere, which needs a certificate; name one with \
                 `--tls-cert` and `--tls-key`, or listen on 127.0.0.1 behind a proxy",
                config.listen
            );
            return Err(Error::Config { field: "listen", reason });
        }
        let clock = Clock::start();
        let keys = Keys::open(&config.keys, clock.now())?;
        let credentials = Credentials::open(&config.keys)?;
        let database = Database::open(&config.store, &config.keys, clock)?;
        let new_credential = credentials.made.clone();
        let state = State {
            judges: Semaphore::new(config.judges.max(1)),
            config: config.clone(),
            engine,
            database,
            keys,
            credentials,
            metrics: Metrics::new(),
            clock,
        };
        Ok(Self { router: router(Arc::new(state)), config, new_credential })
    }

    /// Listens until `handle` says to end. `handle.listening()` tells where.
    ///
    /// # Errors
    /// [`Error::Network`], [`Error::File`].
    pub async fn run(self, handle: Handle<SocketAddr>) -> Result<()> {
        let network = |error: std::io::Error| {
            Error::Network(format!("cannot listen on {}: {error}", self.config.listen))
        };
        let app = self.router.into_make_service();
        match &self.config.tls {
            None => {
                let mut server = axum_server::bind(self.config.listen).handle(handle);
                server
                    .http_builder()
                    .http1()
                    .timer(TokioTimer::new())
                    .header_read_timeout(HEADER_TIMEOUT);
                server.serve(app).await.map_err(network)
            }
            Some((certificate, key)) => {
                // A second service in one process finds it installed, which is as good.
                let _ = rustls::crypto::ring::default_provider().install_default();
                let tls = RustlsConfig::from_pem_file(certificate, key).await;
                let tls = tls.map_err(|error| Error::File {
                    path: certificate.clone(),
                    reason: format!("{error}, or its key in {}", key.display()),
                })?;
                let mut server = axum_server::bind_rustls(self.config.listen, tls).handle(handle);
                server
                    .http_builder()
                    .http1()
                    .timer(TokioTimer::new())
                    .header_read_timeout(HEADER_TIMEOUT);
                server.serve(app).await.map_err(network)
            }
        }
    }
}

/// Serves until the process is told to end (SIGINT, SIGTERM); then finishes what is under way.
/// `ready` is told where the service listens.
///
/// # Errors
/// [`Error`].
pub fn serve(service: Service, ready: impl FnOnce(SocketAddr) + Send + 'static) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Error::Network(error.to_string()))?;
    runtime.block_on(async {
        let handle = Handle::new();
        let listening = handle.clone();
        tokio::spawn(async move {
            if let Some(address) = listening.listening().await {
                ready(address);
            }
        });
        let ending = handle.clone();
        tokio::spawn(async move {
            told_to_end().await;
            ending.graceful_shutdown(Some(GRACE));
        });
        service.run(handle).await
    })
}

#[cfg(unix)]
async fn told_to_end() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return };
    let Ok(mut interrupt) = signal(SignalKind::interrupt()) else { return };
    // Whichever comes first.
    std::future::poll_fn(|context| {
        let told =
            terminate.poll_recv(context).is_ready() || interrupt.poll_recv(context).is_ready();
        if told { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
}

#[cfg(not(unix))]
async fn told_to_end() {
    let _ = tokio::signal::ctrl_c().await;
}
