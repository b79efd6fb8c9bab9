//! Why a call has no answer. Never a verdict: what a guest did not say, nobody knows.

use std::fmt;
use std::time::Duration;

use portcullis_api::call::{Operation, RefusalDoc};

/// Input that is kept with an error, in bytes, so that the operator can replay the call. Bundles
/// of real hosts are 100 to 400 KB; larger ones are left out.
pub const KEPT_SIZE_BYTES_MAX: usize = 1 << 20;

/// Why a call has no document.
#[derive(Debug)]
pub enum CallError {
    /// The caller's or operator's fault: the input cannot be used.
    Refused(RefusalDoc),
    /// The sandbox ended the call.
    Sandbox(Box<SandboxError>),
}

/// A call that the sandbox ended.
#[derive(Debug)]
pub struct SandboxError {
    /// The limit that the call met.
    pub limit: Limit,
    /// What was asked; absent when the sandbox itself could not be made.
    pub operation: Option<Operation>,
    /// The input, unless it is larger than [`KEPT_SIZE_BYTES_MAX`].
    pub input: Option<Vec<u8>>,
    /// The words of the WebAssembly runtime.
    pub detail: String,
}

/// The limits of a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Limit {
    /// It ran longer than this.
    Time(Duration),
    /// It executed more instructions than this many units of fuel.
    Fuel(u64),
    /// It asked for more memory than this many bytes.
    Memory(usize),
    /// It nested deeper than the stack allows.
    Stack,
    /// The guest gave up or did what WebAssembly forbids.
    Trap,
    /// The machine refused what an instance needs.
    Instance,
    /// Its reply lies outside of its memory, or the guest lacks an export.
    Convention,
    /// The input is larger than this many bytes.
    InputSize(usize),
    /// So many calls were waiting already.
    Queue(usize),
    /// The compiled guest cannot be loaded: it was made by another version or for another machine.
    Load,
}

impl SandboxError {
    /// The sandbox could not be made.
    pub(crate) fn load(detail: impl fmt::Display) -> Self {
        // With its causes: the outermost words alone seldom name the limit.
        let detail = format!("{detail:#}");
        Self { limit: Limit::Load, operation: None, input: None, detail }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Time(limit) => write!(f, "it ran longer than {} ms", limit.as_millis()),
            Self::Fuel(limit) => write!(f, "it used more than {limit} units of fuel"),
            Self::Memory(limit) => write!(f, "it asked for more than {limit} bytes of memory"),
            Self::Stack => f.write_str("it exhausted its stack"),
            Self::Trap => f.write_str("the guest trapped"),
            Self::Instance => f.write_str("no instance of the guest can be made"),
            Self::Convention => f.write_str("the guest broke the calling convention"),
            Self::InputSize(limit) => write!(f, "its input is over the limit of {limit} bytes"),
            Self::Queue(limit) => write!(f, "{limit} calls are waiting already"),
            Self::Load => f.write_str("the compiled guest cannot be loaded"),
        }
    }
}

impl fmt::Display for SandboxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.operation {
            Some(operation) => write!(f, "sandbox: `{}` has no answer: ", operation.name())?,
            None => f.write_str("sandbox: ")?,
        }
        write!(f, "{}", self.limit)?;
        if self.detail.is_empty() { Ok(()) } else { write!(f, " ({})", self.detail) }
    }
}

impl std::error::Error for SandboxError {}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => refusal.fmt(f),
            Self::Sandbox(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for CallError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            Self::Sandbox(error) => Some(error),
        }
    }
}
