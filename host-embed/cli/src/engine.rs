//! Where evidence is parsed and judged: in the sandbox, or by native code. Both say the same
//! bytes; the sandbox bounds what hostile evidence can do.

use portcullis_api::call::{Operation, RefusalDoc, call};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::args::EngineChoice;
use crate::failure::Failure;
use crate::output;
use sandboxed::Guest;

/// The engine of one run of the program.
pub struct Engine {
    choice: EngineChoice,
    guest: Guest,
}

/// A reply that was not read yet.
pub struct Reply(Vec<u8>);

impl Engine {
    pub fn new(choice: EngineChoice) -> Self {
        Self { choice, guest: Guest::default() }
    }

    /// Runs an operation over a JSON document; `refused` says what the caller did wrong.
    pub fn call(
        &self,
        operation: Operation,
        input: &[u8],
        refused: impl FnOnce(&RefusalDoc) -> Failure,
    ) -> Result<Reply, Failure> {
        let reply = match self.choice {
            EngineChoice::Native => call(operation, input),
            EngineChoice::Wasm => self.guest.call(operation, input)?,
        };
        reply.map(Reply).map_err(|refusal| refused(&refusal))
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
    use std::cell::OnceCell;

    use portcullis_api::call::{Operation, RefusalDoc};
    use portcullis_host::{Build, CallError, Limits, Sandbox};

    use crate::failure::Failure;

    /// The guest, loaded when it is first asked.
    #[derive(Default)]
    pub struct Guest(OnceCell<Sandbox>);

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

    pub fn digests() -> String {
        let line = |build: Build| format!("\nguest {}: sha256 {}", build.name(), build.sha256());
        Build::ALL.into_iter().map(line).collect()
    }
}

/// A program that was built without a sandbox, which takes a fraction of the time to build.
#[cfg(not(feature = "sandbox"))]
mod sandboxed {
    use portcullis_api::call::{Operation, RefusalDoc};

    use crate::failure::Failure;

    #[derive(Default)]
    pub struct Guest;

    impl Guest {
        pub fn call(&self, _: Operation, _: &[u8]) -> Result<Result<Vec<u8>, RefusalDoc>, Failure> {
            Err(Failure::usage("this program was built without its sandbox", "--engine native"))
        }
    }

    pub fn digests() -> String {
        "\nbuilt without a sandbox".into()
    }
}
