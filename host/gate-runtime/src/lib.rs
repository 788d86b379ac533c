//! Runs policies, and adapters of tools that the gate does not know: components that can touch nothing.
//!
//! A policy gets a fresh store for every evaluation, an empty linker, a fixed amount of fuel and memory, and the
//! findings' fields that it says it reads. It gives an answer, or one of the failures of
//! [`gate_core::policy::PolicyFailure`], each of which is outcome `error`. `docs/adr/0002-engine-profile.md` says
//! why each setting is as it is.
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use gate_core::request::Limits;
//! use gate_runtime::Runtime;
//!
//! let mut runtime = Runtime::new(&Limits::STANDARD)?;
//! let policy = runtime.load(&std::fs::read("severity-over-budget.wasm")?)?;
//! println!("{}", policy.description.question);
//! # Ok(())
//! # }
//! ```

pub mod adapter;
#[doc(hidden)]
pub mod bindings;
mod cache;
mod child;
#[doc(hidden)]
pub mod columns;
mod compiler;
#[doc(hidden)]
pub mod convert;
mod engine;
mod limiter;
mod policy;
mod runtime;
mod sandbox;
mod scan;
#[cfg(feature = "variants")]
mod variant;

pub use cache::{Cache, MAX_CACHE};
pub use child::{COMPILE, MAX_CODE, MAX_CPU_SECONDS, MAX_MEMORY, compile_from_stdin};
pub use compiler::Compiler;
pub use engine::{EngineError, TARGET, engine_id, precompile};
pub use policy::{Embedded, LoadedPolicy};
pub use runtime::{Prepared, Runtime};
pub use sandbox::Fault;
pub use scan::{Beyond, CAPS, Cap, MAX_COMPONENT};
#[cfg(feature = "variants")]
pub use variant::{BATCH, Variant, configuration};
