//! Other ways to run the same component, all of which have to come to the same answer with the same fuel. For tests and
//! benchmarks, and no part of the program (feature `variants`).

use wasmtime::{Config, Engine, OptLevel};

use crate::engine::{self, EngineError};

/// How many findings cross into the sandbox at once.
pub const BATCH: usize = crate::policy::BATCH;

/// The settings of `det1`.
///
/// # Errors
/// When the engine was built without what they need.
pub fn configuration(stack_bytes: u32) -> Result<Config, EngineError> {
    engine::configuration(stack_bytes)
}

/// A setting in which an engine differs from `det1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    /// The compiler does not optimise.
    Unoptimized,
    /// It optimises for size.
    Small,
    /// NaNs are as the processor makes them. Not the same on purpose: the control of guests that look at them.
    NanAsItComes,
    /// An interpreter in place of machine code. Needs the engine's feature `pulley`.
    Interpreted,
}

impl Variant {
    /// The engine.
    pub(crate) fn engine(self, stack_bytes: u32) -> Result<Engine, EngineError> {
        let mut config = configuration(stack_bytes)?;
        match self {
            Self::Unoptimized => config.cranelift_opt_level(OptLevel::None),
            Self::Small => config.cranelift_opt_level(OptLevel::SpeedAndSize),
            Self::NanAsItComes => config.cranelift_nan_canonicalization(false),
            Self::Interpreted => config.target("pulley64").map_err(EngineError::configured)?,
        };
        Engine::new(&config).map_err(EngineError::configured)
    }
}
