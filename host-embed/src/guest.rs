//! The guest builds that are embedded in the program.

use wasmtime::{Config, Engine, InstanceAllocationStrategy, Module, PoolingAllocationConfig};

use crate::config::{self, Meter};
use crate::error::SandboxError;

/// What to do about code that does not fit.
const REMEDY: &str =
    "build the program for this machine, or with the feature `compile` of `portcullis-host`";

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
    /// The module that the code was compiled from, where it may be compiled anew.
    #[cfg_attr(not(feature = "compile"), expect(dead_code, reason = "there is no compiler"))]
    wasm: Option<&'static [u8]>,
    pub(crate) meter: Meter,
    /// False in a test that stands for a processor with nothing but the baseline.
    has_features: bool,
}

/// Code that can be run.
pub(crate) struct Loaded {
    pub(crate) engine: Engine,
    pub(crate) module: Module,
    /// Why the code had to be compiled anew.
    pub(crate) misfit: Option<SandboxError>,
}

impl Compiled {
    /// The `wide` build: what a [`crate::Sandbox`] runs.
    #[must_use]
    pub const fn wide() -> Self {
        let code = include_bytes!(concat!(env!("OUT_DIR"), "/wide.cwasm"));
        Self { code, wasm: Some(Build::Wide.wasm()), meter: Meter::Epoch, has_features: true }
    }

    /// Loads the code; if it does not fit this machine, and there is a compiler, compiles it anew.
    pub(crate) fn load(self, pool: &PoolingAllocationConfig) -> Result<Loaded, SandboxError> {
        self.load_embedded(pool).or_else(|misfit| self.compile(pool, misfit))
    }

    #[allow(unsafe_code, reason = "the one place where compiled code is trusted")]
    fn load_embedded(self, pool: &PoolingAllocationConfig) -> Result<Loaded, SandboxError> {
        let mut config = self.config(pool);
        if !self.has_features {
            // SAFETY: it says that features are absent, which keeps code from using them.
            unsafe { config.detect_host_feature(|_| Some(false)) };
        }
        // A compiler that is there would ask for the features of this processor.
        #[cfg(feature = "compile")]
        config.target(env!("GUEST_TARGET")).map_err(SandboxError::load)?;
        let engine = Engine::new(&config).map_err(SandboxError::load)?;
        // SAFETY: the bytes are what `build.rs` compiled, a constant of this program: whoever can
        // change them can change the program. There is no other way to make a `Compiled`.
        let module = unsafe { Module::deserialize(&engine, self.code) };
        let module = module.map_err(|error| SandboxError::load(format!("{error:#}; {REMEDY}")))?;
        Ok(Loaded { engine, module, misfit: None })
    }

    #[cfg(feature = "compile")]
    fn compile(
        self,
        pool: &PoolingAllocationConfig,
        misfit: SandboxError,
    ) -> Result<Loaded, SandboxError> {
        let Some(wasm) = self.wasm else { return Err(misfit) };
        let engine = Engine::new(&self.config(pool)).map_err(SandboxError::load)?;
        let module = Module::new(&engine, wasm).map_err(SandboxError::load)?;
        Ok(Loaded { engine, module, misfit: Some(misfit) })
    }

    #[cfg(not(feature = "compile"))]
    fn compile(
        self,
        _: &PoolingAllocationConfig,
        misfit: SandboxError,
    ) -> Result<Loaded, SandboxError> {
        Err(misfit)
    }

    /// The settings that the code was compiled with, and the pool for its instances.
    fn config(self, pool: &PoolingAllocationConfig) -> Config {
        let mut config = config::compiled(self.meter);
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool.clone()));
        config
    }
}

/// Code for tests.
#[cfg(feature = "hostile")]
impl Compiled {
    const fn of_test(code: &'static [u8], meter: Meter) -> Self {
        Self { code, wasm: None, meter, has_features: true }
    }

    /// A build of the guest.
    #[must_use]
    pub const fn build(build: Build) -> Self {
        match build {
            Build::Base => {
                let code = include_bytes!(concat!(env!("OUT_DIR"), "/base.cwasm"));
                Self::of_test(code, Meter::Epoch)
            }
            Build::Wide => Self::wide(),
        }
    }

    /// The `wide` build, which counts fuel.
    #[must_use]
    pub const fn fuel() -> Self {
        Self::of_test(include_bytes!(concat!(env!("OUT_DIR"), "/wide-fuel.cwasm")), Meter::Fuel)
    }

    /// A module of `tests/hostile` by its name, `other-version` or `other-processor`.
    #[must_use]
    pub fn hostile(name: &str) -> Option<Self> {
        let modules: &[(&str, &'static [u8])] = include!(concat!(env!("OUT_DIR"), "/hostile.rs"));
        let (_, code) = modules.iter().find(|(known, _)| *known == name)?;
        let has_features = name != "other-processor";
        Some(Self { has_features, ..Self::of_test(code, Meter::Epoch) })
    }

    /// The `wide` build in place of this code, when this code does not fit.
    #[must_use]
    pub const fn or_compile_wide(self) -> Self {
        Self { wasm: Some(Build::Wide.wasm()), ..self }
    }
}
