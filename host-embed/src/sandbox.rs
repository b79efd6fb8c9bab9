//! One engine, one compiled guest, a fresh instance for every call.
//!
//! An instance starts as the same copy-on-write image each time, sees the bytes of its call and
//! nothing else, and is thrown away: no call can see or disturb another. What this does *not*
//! bound is the time until a call starts; [`Limits::waiting_count_max`] bounds who waits.

use portcullis_api::call::{Operation, RefusalDoc};
use wasmtime::{
    Engine, Instance, InstancePre, Linker, Memory, PoolingAllocationConfig, ResourceLimiter, Store,
    Trap,
};

use crate::config::Meter;
use crate::error::{CallError, KEPT_SIZE_BYTES_MAX, Limit, SandboxError};
use crate::gate::Gate;
use crate::guest::{Compiled, Loaded};
use crate::limits::Limits;
use crate::ticker;

/// Fuel for each millisecond of the time limit. A verdict burns about 20 million units in a
/// millisecond; the exact figure does not matter, because fuel is for tests.
const FUEL_PER_MS: u64 = 20_000_000;

/// Functions that a guest may call indirectly. Ours has about 230, in a table of fixed size.
const TABLE_ELEMENTS_MAX: usize = 4096;

/// The image lies in a file without a name, in memory.
const IMAGE_REMEDY: &str = "allow files of 1 MiB (`ulimit -f`)";

/// Marks a reply as a refusal; see the calling convention in `host-embed/guest`.
const REFUSED: u64 = 1 << 63;

/// A guest that is ready to be called, from any thread.
pub struct Sandbox {
    engine: Engine,
    guest: InstancePre<Account>,
    meter: Meter,
    limits: Limits,
    gate: Gate,
    misfit: Option<SandboxError>,
}

/// What one call has asked for.
struct Account {
    memory_size_bytes_max: usize,
    memory_refused: bool,
}

impl ResourceLimiter for Account {
    fn memory_growing(
        &mut self,
        _: usize,
        desired: usize,
        _: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let granted = desired <= self.memory_size_bytes_max;
        self.memory_refused |= !granted;
        Ok(granted)
    }

    fn table_growing(
        &mut self,
        _: usize,
        desired: usize,
        _: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(desired <= TABLE_ELEMENTS_MAX)
    }
}

impl Sandbox {
    /// A sandbox with the fastest build of the guest.
    ///
    /// # Errors
    /// [`SandboxError`] with [`Limit::Load`].
    pub fn new(limits: Limits) -> Result<Self, SandboxError> {
        Self::with_guest(Compiled::wide(), limits)
    }

    /// A sandbox with this guest.
    ///
    /// # Errors
    /// [`SandboxError`] with [`Limit::Load`].
    pub fn with_guest(compiled: Compiled, limits: Limits) -> Result<Self, SandboxError> {
        let Loaded { engine, module, misfit } = compiled.load(&pool(&limits))?;
        // Now, and not in the first call, which would have no answer for it.
        module.initialize_copy_on_write_image().map_err(|error| {
            SandboxError::load(format!("{error:#}, for the image of its memory; {IMAGE_REMEDY}"))
        })?;
        // The linker offers nothing, so a guest with imports is refused here.
        let guest = Linker::new(&engine).instantiate_pre(&module).map_err(SandboxError::load)?;
        if compiled.meter == Meter::Epoch {
            ticker::start(&engine).map_err(SandboxError::load)?;
        }
        let gate = Gate::new(limits.running_count_max, limits.waiting_count_max);
        Ok(Self { engine, guest, meter: compiled.meter, limits, gate, misfit })
    }

    /// Why the embedded code was not used, if it had to be compiled anew; with the feature
    /// `compile` alone.
    #[must_use]
    pub fn misfit(&self) -> Option<&SandboxError> {
        self.misfit.as_ref()
    }

    /// Runs an operation in a fresh instance; see [`portcullis_api::call::call`].
    ///
    /// # Errors
    /// [`CallError::Refused`] for input that cannot be used; [`CallError::Sandbox`] when a limit
    /// ended the call. Neither says anything about the evidence.
    pub fn call(&self, operation: Operation, input: &[u8]) -> Result<Vec<u8>, CallError> {
        self.run(operation, input).unwrap_or_else(|(limit, detail)| {
            let input = (input.len() <= KEPT_SIZE_BYTES_MAX).then(|| input.to_vec());
            let error = SandboxError { limit, operation: Some(operation), input, detail };
            Err(CallError::Sandbox(Box::new(error)))
        })
    }

    /// Instances that exist at this moment.
    #[must_use]
    pub fn instances_count(&self) -> u64 {
        self.engine.pooling_allocator_metrics().map_or(0, |metrics| metrics.core_instances())
    }

    fn run(
        &self,
        operation: Operation,
        input: &[u8],
    ) -> Result<Result<Vec<u8>, CallError>, (Limit, String)> {
        let plain = |limit| (limit, String::new());
        let input_max = self.limits.input_size_bytes_max;
        let size = u32::try_from(input.len()).ok().filter(|_| input.len() <= input_max);
        let size = size.ok_or_else(|| plain(Limit::InputSize(input_max)))?;
        let waiting_max = self.limits.waiting_count_max;
        let _place = self.gate.enter().ok_or_else(|| plain(Limit::Queue(waiting_max)))?;
        let (mut store, allowance) = self.store(operation, input.len());
        // Two steps, because what is no trap has another cause in each.
        let why = |store: &Store<Account>, error: &wasmtime::Error, otherwise| {
            let limit = match error.downcast_ref::<Trap>() {
                // A refused growth makes the guest give up: the cause is said, not the trap.
                _ if store.data().memory_refused => {
                    Limit::Memory(self.limits.memory_size_bytes_max)
                }
                Some(Trap::Interrupt | Trap::OutOfFuel) => allowance,
                Some(Trap::StackOverflow) => Limit::Stack,
                Some(_) => Limit::Trap,
                None => otherwise,
            };
            (limit, error.root_cause().to_string())
        };
        let instance = self.guest.instantiate(&mut store);
        let instance = instance.map_err(|error| why(&store, &error, Limit::Instance))?;
        exchange(&instance, &mut store, operation, input, size)
            .map_err(|error| why(&store, &error, Limit::Convention))
    }

    /// A store for one call, and the limit that its meter enforces.
    fn store(&self, operation: Operation, input_size_bytes: usize) -> (Store<Account>, Limit) {
        let memory_size_bytes_max = self.limits.memory_size_bytes_max;
        let account = Account { memory_size_bytes_max, memory_refused: false };
        let mut store = Store::new(&self.engine, account);
        store.limiter(|account| account);
        let time = self.limits.time(operation, input_size_bytes);
        let limit = match self.meter {
            Meter::Epoch => {
                store.set_epoch_deadline(ticker::ticks(time));
                Limit::Time(time)
            }
            Meter::Fuel => {
                let time_ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
                let fuel = time_ms.saturating_mul(FUEL_PER_MS);
                // Fails only for an engine that counts no fuel; then there is none to burn.
                let _ = store.set_fuel(fuel);
                Limit::Fuel(fuel)
            }
        };
        (store, limit)
    }
}

/// A pool of as many instances as may run, each of one memory and one table.
fn pool(limits: &Limits) -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::default();
    pool.total_core_instances(limits.running_count_max.max(1))
        .total_memories(limits.running_count_max.max(1))
        .total_tables(limits.running_count_max.max(1))
        .max_memories_per_module(1)
        .max_tables_per_module(1)
        .table_elements(TABLE_ELEMENTS_MAX)
        .max_memory_size(limits.memory_size_bytes_max)
        // Small pages of a past call are zeroed in place, which is cheaper than to fault anew.
        .linear_memory_keep_resident(512 << 10)
        .table_keep_resident(16 << 10);
    pool
}

/// One call: bytes in, run, bytes out.
fn exchange(
    instance: &Instance,
    store: &mut Store<Account>,
    operation: Operation,
    input: &[u8],
    size: u32,
) -> wasmtime::Result<Result<Vec<u8>, CallError>> {
    let memory = memory(instance, store)?;
    let pointer = if size == 0 {
        0
    } else {
        instance.get_typed_func::<u32, u32>(&mut *store, "alloc")?.call(&mut *store, size)?
    };
    memory.write(&mut *store, pointer as usize, input)?;
    let call = instance.get_typed_func::<(u32, u32, u32), u64>(&mut *store, "call")?;
    let reply = call.call(&mut *store, (operation.number(), pointer, size))?;
    let bytes = region(memory.data(&*store), reply & !REFUSED)?;
    if reply & REFUSED == 0 {
        return Ok(Ok(bytes.to_vec()));
    }
    let refusal: RefusalDoc = serde_json::from_slice(bytes)
        .map_err(|error| wasmtime::Error::msg(format!("an unreadable refusal: {error}")))?;
    Ok(Err(CallError::Refused(refusal)))
}

fn memory(instance: &Instance, store: &mut Store<Account>) -> wasmtime::Result<Memory> {
    let memory = instance.get_memory(&mut *store, "memory");
    memory.ok_or_else(|| wasmtime::Error::msg("the guest exports no `memory`"))
}

/// The bytes that a reply names, if they lie within the memory. A reply is never empty.
fn region(memory: &[u8], reply: u64) -> wasmtime::Result<&[u8]> {
    let (pointer, size) = (reply & u64::from(u32::MAX), reply >> 32);
    let bytes = usize::try_from(pointer).ok().zip(usize::try_from(size).ok());
    let bytes = bytes.and_then(|(start, size)| memory.get(start..start.checked_add(size)?));
    bytes.filter(|bytes| !bytes.is_empty()).ok_or_else(|| {
        let reason = format!("the guest names {size} bytes at {pointer}");
        wasmtime::Error::msg(format!("{reason}; its memory has {}", memory.len()))
    })
}
