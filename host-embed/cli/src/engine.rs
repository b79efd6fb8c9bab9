//! Where evidence is parsed and judged: in the sandbox, or by native code. Both say the same
//! bytes; the sandbox bounds what hostile evidence can do.

use std::sync::OnceLock;

use portcullis_api::call::{Operation, RefusalDoc, call};
use serde::Serialize;
use serde::de::DeserializeOwned;

use portcullis_service::Engine as Judges;
use portcullis_store::Judge;

use crate::args::EngineChoice;
use crate::failure::Failure;
use crate::output;
use sandboxed::Guest;

/// The engine of one run of the program.
pub struct Engine {
    choice: EngineChoice,
    guest: Guest,
}

/// The engine of this run: chosen once, before anything is read.
static CURRENT: OnceLock<Engine> = OnceLock::new();

/// Chooses the engine of this run.
pub fn choose(choice: EngineChoice) -> &'static Engine {
    CURRENT.get_or_init(|| Engine::new(choice))
}

/// The engine of this run.
pub fn current() -> &'static Engine {
    choose(EngineChoice::DEFAULT)
}

/// A reply that was not read yet.
pub struct Reply(Vec<u8>);

impl Engine {
    fn new(choice: EngineChoice) -> Self {
        Self { choice, guest: Guest::default() }
    }

    /// The engine of a service: shared by its threads, and as strict as a service needs.
    pub fn shared(&self, judges: usize, queue: usize) -> Result<Box<dyn Judges>, Failure> {
        match self.choice {
            EngineChoice::Native => Ok(Box::new(portcullis_service::Native)),
            EngineChoice::Wasm => sandboxed::shared(judges, queue),
        }
    }

    /// Runs an operation over a JSON document; `refused` says what the caller did wrong.
    pub fn call(
        &self,
        operation: Operation,
        input: &[u8],
        refused: impl FnOnce(&RefusalDoc) -> Failure,
    ) -> Result<Reply, Failure> {
        self.run(operation, input)?.map(Reply).map_err(|refusal| refused(&refusal))
    }

    /// The outer error is the sandbox's, the inner one the engine's.
    fn run(
        &self,
        operation: Operation,
        input: &[u8],
    ) -> Result<Result<Vec<u8>, RefusalDoc>, Failure> {
        match self.choice {
            EngineChoice::Native => Ok(call(operation, input)),
            EngineChoice::Wasm => self.guest.call(operation, input),
        }
    }

    /// [`Engine::call`] with a document that is no JSON yet.
    pub fn ask(
        &self,
        operation: Operation,
        question: &impl Serialize,
        refused: impl FnOnce(&RefusalDoc) -> Failure,
    ) -> Result<Reply, Failure> {
        self.call(operation, output::to_json(question).as_bytes(), refused)
    }
}

impl Judge for Engine {
    fn call(&self, operation: Operation, input: &[u8]) -> Result<Vec<u8>, String> {
        match self.run(operation, input) {
            Ok(reply) => reply.map_err(|refusal| refusal.to_string()),
            Err(failure) => Err(failure.to_string()),
        }
    }
}

impl Reply {
    /// The document.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        serde_json::from_slice(&self.0)
            .map_err(|error| Failure::Engine(format!("unreadable reply: {error}")))
    }

    /// The document as it was said.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0).into_owned()
    }

    /// The document as it was said, with a line feed.
    pub fn line(&self) -> String {
        self.text() + "\n"
    }
}

/// The version of the program, and what it holds in its sandbox.
pub fn long_version() -> String {
    format!("{}{}", env!("CARGO_PKG_VERSION"), sandboxed::digests())
}

#[cfg(feature = "sandbox")]
mod sandboxed {
    use std::sync::OnceLock;

    use portcullis_api::call::{Operation, RefusalDoc};
    use portcullis_host::{Build, CallError, Limits, Sandbox};
    use portcullis_service::{Engine as Judges, EngineError};

    use crate::failure::Failure;

    /// The guest, loaded when it is first asked.
    #[derive(Default)]
    pub struct Guest(OnceLock<Sandbox>);

    impl Guest {
        /// The outer error is the sandbox's, the inner one the guest's.
        pub fn call(
            &self,
            operation: Operation,
            input: &[u8],
        ) -> Result<Result<Vec<u8>, RefusalDoc>, Failure> {
            match self.sandbox()?.call(operation, input) {
                Ok(reply) => Ok(Ok(reply)),
                Err(CallError::Refused(refusal)) => Ok(Err(refusal)),
                Err(CallError::Sandbox(error)) => Err(Failure::Engine(error.to_string())),
            }
        }

        fn sandbox(&self) -> Result<&Sandbox, Failure> {
            if let Some(sandbox) = self.0.get() {
                return Ok(sandbox);
            }
            let sandbox = Sandbox::new(Limits::interactive())
                .map_err(|error| Failure::Engine(error.to_string()))?;
            Ok(self.0.get_or_init(|| sandbox))
        }
    }

    /// A sandbox for many threads, with the limits of a service.
    struct Shared(Sandbox);

    impl Judges for Shared {
        fn call(&self, operation: Operation, input: &[u8]) -> Result<Vec<u8>, EngineError> {
            self.0.call(operation, input).map_err(|error| match error {
                CallError::Refused(refusal) => EngineError::Refused(refusal),
                CallError::Sandbox(error) => EngineError::Stopped(error.to_string()),
            })
        }

        fn digest(&self) -> &str {
            Build::Wide.sha256()
        }
    }

    pub fn shared(judges: usize, queue: usize) -> Result<Box<dyn Judges>, Failure> {
        let limits = Limits {
            running_count_max: u32::try_from(judges).unwrap_or(u32::MAX),
            waiting_count_max: queue,
            ..Limits::default()
        };
        let sandbox = Sandbox::new(limits).map_err(|error| Failure::Engine(error.to_string()))?;
        Ok(Box::new(Shared(sandbox)))
    }

    pub fn digests() -> String {
        let line = |build: Build| format!("\nguest {}: sha256 {}", build.name(), build.sha256());
        Build::ALL.into_iter().map(line).collect()
    }
}

/// A program that was built without a sandbox, which takes a fraction of the time to build.
#[cfg(not(feature = "sandbox"))]
mod sandboxed {
    use portcullis_api::call::{Operation, RefusalDoc};
    use portcullis_service::Engine as Judges;

    use crate::failure::Failure;

    #[derive(Default)]
    pub struct Guest {
        _none: (),
    }

    impl Guest {
        pub fn call(&self, _: Operation, _: &[u8]) -> Result<Result<Vec<u8>, RefusalDoc>, Failure> {
            Err(Failure::usage("this program was built without its sandbox", "--engine native"))
        }
    }

    pub fn shared(_: usize, _: usize) -> Result<Box<dyn Judges>, Failure> {
        Err(Failure::usage("this program was built without its sandbox", "--engine native"))
    }

    pub fn digests() -> String {
        "\nbuilt without a sandbox".into()
    }
}
