//! The store behind two threads: one that writes, in batches, and one that reads.
//!
//! Every acknowledged write is durable. Writes that wait while one is being made durable go
//! together into the next transaction, so that a slow disk bounds the delay and not the number.

use std::sync::Arc;
use std::sync::mpsc;

use portcullis_api::PolicySetDoc;
use portcullis_store::{Actor, Change, HostDoc, Location, Missing, Store, StoreError};
use tokio::sync::oneshot;

use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::problem::Problem;

/// Writes that go into one transaction.
const BATCH_MAX: usize = 64;

/// Requests to the store that may wait. Each belongs to a connection that waits for it.
const QUEUE_MAX: usize = 4_096;

/// Name of the service in the audit trail.
const ACTOR: &str = "portcullis serve";

type Write = Box<dyn FnOnce(&mut Change<'_>) -> std::result::Result<(), StoreError> + Send>;
type Read = Box<dyn FnOnce(&mut Store) + Send>;

struct WriteJob {
    work: Write,
    done: oneshot::Sender<std::result::Result<(), Arc<StoreError>>>,
}

/// Handles of the two threads. They end when the last handle is dropped.
#[derive(Clone)]
pub(crate) struct Database {
    writes: mpsc::SyncSender<WriteJob>,
    reads: mpsc::SyncSender<Read>,
}

impl Database {
    pub(crate) fn open(location: &Location, keys: &std::path::Path, clock: Clock) -> Result<Self> {
        let open = || Store::open(location, &keys.join("audit.pem"), Missing::Create);
        let (writer, reader) = (open()?, open()?);
        let (writes, jobs) = mpsc::sync_channel(QUEUE_MAX);
        spawn("store-writer", move || write_all(writer, &jobs, clock))?;
        let (reads, questions) = mpsc::sync_channel::<Read>(QUEUE_MAX);
        spawn("store-reader", move || {
            let mut reader = reader;
            while let Ok(question) = questions.recv() {
                question(&mut reader);
            }
        })?;
        Ok(Self { writes, reads })
    }

    /// Writes something; it is durable when this returns.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Change<'_>) -> std::result::Result<T, StoreError> + Send + 'static,
    ) -> std::result::Result<T, Problem> {
        let (sender, value) = mpsc::sync_channel(1);
        let (done, written) = oneshot::channel();
        let work: Write = Box::new(move |change| {
            // Nobody listens only when the request was given up.
            let _ = sender.send(work(change)?);
            Ok(())
        });
        self.writes.try_send(WriteJob { work, done }).map_err(|_| Problem::overloaded())?;
        match written.await {
            Ok(Ok(())) => {
                value.try_recv().map_err(|_| Problem::internal("the store gave no answer"))
            }
            Ok(Err(error)) => Err(Problem::from_shared(&error)),
            Err(_) => Err(Problem::internal("the store's thread ended")),
        }
    }

    /// Reads something.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Store) -> std::result::Result<T, StoreError> + Send + 'static,
    ) -> std::result::Result<T, Problem> {
        let (sender, value) = oneshot::channel();
        let question: Read = Box::new(move |store| {
            let _ = sender.send(work(store));
        });
        self.reads.try_send(question).map_err(|_| Problem::overloaded())?;
        match value.await {
            Ok(read) => Ok(read?),
            Err(_) => Err(Problem::internal("the store's thread ended")),
        }
    }

    /// The rules, and what is known of the host of an EK.
    pub(crate) async fn rules_and_host(
        &self,
        ek_sha256: String,
    ) -> std::result::Result<(Arc<PolicySetDoc>, Option<HostDoc>), Problem> {
        self.read(move |store| Ok((store.policy_set()?, store.view().host_by_ek(&ek_sha256)?)))
            .await
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<()> {
    let thread = std::thread::Builder::new().name(name.into()).spawn(work);
    thread.map(drop).map_err(|error| Error::Network(error.to_string()))
}

fn write_all(mut store: Store, jobs: &mpsc::Receiver<WriteJob>, clock: Clock) {
    while let Ok(first) = jobs.recv() {
        let mut batch = vec![first];
        while batch.len() < BATCH_MAX
            && let Ok(next) = jobs.try_recv()
        {
            batch.push(next);
        }
        let (work, done): (Vec<Write>, Vec<_>) =
            batch.into_iter().map(|job| (job.work, job.done)).unzip();
        let actor = Actor { who: ACTOR.into(), now: clock.now() };
        // A write that fails fails its batch: what failed is the store, not the write.
        let written =
            store.change(&actor, |change| work.into_iter().try_for_each(|work| work(change)));
        let written = written.map_err(Arc::new);
        for done in done {
            let _ = done.send(written.clone());
        }
    }
}

impl Problem {
    fn from_shared(error: &StoreError) -> Self {
        match error {
            StoreError::Unavailable { .. } => Self::unavailable("the store cannot be written"),
            _ => Self::internal("the store refused"),
        }
    }
}
