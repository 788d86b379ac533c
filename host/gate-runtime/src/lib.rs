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
#[doc(hidden)]
pub mod columns;
#[doc(hidden)]
pub mod convert;
mod engine;
mod limiter;
mod policy;
mod runtime;
mod sandbox;

pub use engine::{EngineError, TARGET, engine_id, precompile};
pub use policy::{Embedded, LoadedPolicy};
pub use runtime::Runtime;
pub use sandbox::{Fault, MAX_COMPONENT};
