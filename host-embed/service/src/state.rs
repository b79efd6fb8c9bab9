//! What every request shares.

use std::sync::Arc;
use std::time::Instant;

use portcullis_api::call::Operation;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::Semaphore;

use crate::clock::Clock;
use crate::config::Config;
use crate::credentials::Credentials;
use crate::database::Database;
use crate::engine::Engine;
use crate::keys::Keys;
use crate::metrics::Metrics;
use crate::problem::Problem;

/// The service's state. Nothing in it changes but counters; what lasts is in the store.
pub(crate) struct State {
    pub(crate) config: Config,
    pub(crate) engine: Arc<dyn Engine>,
    pub(crate) database: Database,
    pub(crate) keys: Keys,
    pub(crate) credentials: Credentials,
    pub(crate) metrics: Metrics,
    pub(crate) clock: Clock,
    pub(crate) judges: Semaphore,
}

/// Counts a request that waits for a judge for as long as it does.
struct Waiting<'s>(&'s State);

impl<'s> Waiting<'s> {
    fn begin(state: &'s State) -> Result<Self, Problem> {
        let limit = state.config.queue.saturating_add(state.config.judges);
        let waiting = Self(state);
        let before = state.metrics.waiting.inc();
        if usize::try_from(before).unwrap_or(0) >= limit {
            return Err(Problem::overloaded());
        }
        Ok(waiting)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.metrics.waiting.dec();
    }
}

impl State {
    /// Asks the engine, when a judge is free. More than the queue holds are told to come back.
    pub(crate) async fn judge<T: DeserializeOwned>(
        &self,
        operation: Operation,
        question: &impl Serialize,
    ) -> Result<T, Problem> {
        let _waiting = Waiting::begin(self)?;
        let malformed = |_| Problem::internal("a document could not be written or read");
        let input = serde_json::to_vec(question).map_err(malformed)?;
        let asked = Instant::now();
        let permit = self.judges.acquire().await.map_err(|_| Problem::overloaded())?;
        self.metrics.stage("wait", asked.elapsed());
        let engine = Arc::clone(&self.engine);
        let began = Instant::now();
        let reply = tokio::task::spawn_blocking(move || engine.call(operation, &input)).await;
        drop(permit);
        self.metrics.stage(operation.name(), began.elapsed());
        // A panic of the engine is a bug of ours and nobody's verdict.
        let reply = reply.map_err(|_| Problem::internal("the engine failed"))??;
        serde_json::from_slice(&reply).map_err(malformed)
    }
}
