//! The one engine configuration, `det1`.
//!
//! The same component on the same input takes the same fuel and gives the same answer: on every run, on every
//! machine, compiled just now or ahead of time.

use wasmtime::{Config, Engine, ModuleVersionStrategy, OptLevel, Strategy, WasmFeatures};

/// The target that policies are compiled for: the program's own, with the instructions that every machine of
/// it has. Code that is embedded in the program then runs wherever the program runs.
pub const TARGET: &str = env!("GATE_TARGET");

const WASMTIME_VERSION: &str = env!("GATE_WASMTIME_VERSION");

/// Name of the configuration and the full version of the engine, such as `det1+wasmtime48.0.8`. Stands in every
/// record, and in compiled code, which is refused by any other configuration or version.
#[must_use]
pub fn engine_id() -> String {
    format!("det1+wasmtime{WASMTIME_VERSION}")
}

/// The engine can't be made or can't compile.
#[derive(Debug, thiserror::Error)]
#[error("the WebAssembly engine can't {what}: {cause}")]
pub struct EngineError {
    what: &'static str,
    cause: wasmtime::Error,
}

impl EngineError {
    pub(crate) fn configured(cause: wasmtime::Error) -> Self {
        Self {
            what: "be configured",
            cause,
        }
    }
}

/// What WebAssembly may use: what compilers need, without garbage collection, threads, exceptions or anything
/// whose result may differ between machines. Everything that is not named is refused, new proposals included.
fn features() -> WasmFeatures {
    WasmFeatures::MUTABLE_GLOBAL
        | WasmFeatures::SATURATING_FLOAT_TO_INT
        | WasmFeatures::SIGN_EXTENSION
        | WasmFeatures::MULTI_VALUE
        | WasmFeatures::BULK_MEMORY
        | WasmFeatures::REFERENCE_TYPES
        | WasmFeatures::FLOATS
        | WasmFeatures::SIMD
        | WasmFeatures::EXTENDED_CONST
        // Adapters between the components of one policy need it; the engine panics without.
        | WasmFeatures::MULTI_MEMORY
        | WasmFeatures::COMPONENT_MODEL
}

/// The engine. `stack_bytes` is the only setting that a request can choose; it does not change the code.
pub(crate) fn engine(stack_bytes: u32) -> Result<Engine, EngineError> {
    Engine::new(&configuration(stack_bytes)?).map_err(EngineError::configured)
}

/// The settings of [`engine`].
pub(crate) fn configuration(stack_bytes: u32) -> Result<Config, EngineError> {
    let mut config = Config::new();
    // One compiler. Winch counts fuel differently and has had sandbox escapes.
    config.strategy(Strategy::Cranelift);
    config.cranelift_opt_level(OptLevel::Speed);
    // Not the instructions of the machine at hand: see `TARGET`.
    config.target(TARGET).map_err(EngineError::configured)?;
    config
        .module_version(ModuleVersionStrategy::Custom(engine_id()))
        .map_err(EngineError::configured)?;
    // CPU is limited by instructions, never by time: a time limit would flip verdicts on a loaded machine.
    config.consume_fuel(true);
    // A NaN has one bit pattern, on every processor.
    config.cranelift_nan_canonicalization(true);
    config.wasm_features(WasmFeatures::all(), false);
    config.wasm_features(features(), true);
    config.concurrency_support(false);
    config.max_wasm_stack(stack_bytes as usize);
    // Traps are mapped to a closed list; texts with addresses are of no use and would differ.
    config.wasm_backtrace_max_frames(None);
    config.generate_address_map(false);
    Ok(config)
}

/// Compiles a component for [`TARGET`], for embedding into the program.
///
/// # Errors
/// When the bytes are not a component, or use what is not allowed.
pub fn precompile(component: &[u8]) -> Result<Vec<u8>, EngineError> {
    let engine = engine(gate_core::request::Limits::STANDARD.stack_bytes)?;
    let error = |cause| EngineError {
        what: "compile the component",
        cause,
    };
    engine.precompile_component(component).map_err(error)
}
