//! The guest builds that are embedded in the program.

use wasmtime::{Engine, Module};

use crate::config::{self, Meter};
use crate::error::SandboxError;

/// A build of the guest. All give the same bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Build {
    /// For any host: WebAssembly without optional features.
    Base,
    /// With `simd128` and `wide-arithmetic`, which make signatures several times faster.
    Wide,
}

impl Build {
    /// All builds.
    pub const ALL: [Self; 2] = [Self::Base, Self::Wide];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Base => "base",
            Self::Wide => "wide",
        }
    }

    /// The WebAssembly module, for hosts of one's own.
    #[must_use]
    pub const fn wasm(self) -> &'static [u8] {
        match self {
            Self::Base => include_bytes!(concat!(env!("OUT_DIR"), "/base.wasm")),
            Self::Wide => include_bytes!(concat!(env!("OUT_DIR"), "/wide.wasm")),
        }
    }

    /// SHA-256 of [`Build::wasm`], as hexadecimal.
    #[must_use]
    pub const fn sha256(self) -> &'static str {
        match self {
            Self::Base => env!("GUEST_BASE_SHA256"),
            Self::Wide => env!("GUEST_WIDE_SHA256"),
        }
    }
}

/// Code that was compiled when this program was built, and how it is stopped.
#[derive(Clone, Copy)]
pub struct Compiled {
    code: &'static [u8],
    pub(crate) meter: Meter,
}

impl From<Build> for Compiled {
    fn from(build: Build) -> Self {
        let code: &[u8] = match build {
            Build::Base => include_bytes!(concat!(env!("OUT_DIR"), "/base.cwasm")),
            Build::Wide => include_bytes!(concat!(env!("OUT_DIR"), "/wide.cwasm")),
        };
        Self { code, meter: Meter::Epoch }
    }
}

impl Compiled {
    /// Loads the code.
    #[allow(unsafe_code, reason = "the one place where compiled code is trusted")]
    pub(crate) fn load(self, engine: &Engine) -> Result<Module, SandboxError> {
        // SAFETY: the bytes are what `build.rs` compiled, a constant of this program: whoever can
        // change them can change the program. There is no other way to make a `Compiled`.
        unsafe { Module::deserialize(engine, self.code) }.map_err(SandboxError::load)
    }

    /// The settings that the code was compiled with.
    pub(crate) fn config(self) -> wasmtime::Config {
        config::compiled(self.meter)
    }
}

/// Code for tests of the limits.
#[cfg(feature = "hostile")]
impl Compiled {
    /// The `wide` build, which counts fuel.
    #[must_use]
    pub fn fuel() -> Self {
        let code = include_bytes!(concat!(env!("OUT_DIR"), "/wide-fuel.cwasm"));
        Self { code, meter: Meter::Fuel }
    }

    /// A module of `tests/hostile` by its name.
    #[must_use]
    pub fn hostile(name: &str) -> Option<Self> {
        let modules: &[(&str, &'static [u8])] = include!(concat!(env!("OUT_DIR"), "/hostile.rs"));
        let found = modules.iter().find(|(known, _)| *known == name);
        found.map(|(_, code)| Self { code, meter: Meter::Epoch })
    }
}
