//! From a component of unknown origin to code that runs.

use std::path::PathBuf;

use wasmtime::Engine;
use wasmtime::component::Component;

use gate_core::request::Limits;

use crate::child;
use crate::sandbox::{Fault, guarded, patience};
use crate::scan::scan;

/// Compiles components. Whatever it is told to do, it looks at a component first and refuses one beyond a
/// [`Cap`](crate::Cap).
#[derive(Debug, Clone, Default)]
pub struct Compiler {
    place: Place,
}

#[derive(Debug, Clone, Default)]
enum Place {
    #[default]
    Here,
    Child(PathBuf),
}

impl Compiler {
    /// Compiles in this process. For components that one trusts to compile, and for tests: the compiler's memory has no
    /// limit, and one that breaks takes the process with it.
    #[must_use]
    pub fn in_process() -> Self {
        Self::default()
    }

    /// Compiles in a process of its own for each component. The program is started with the argument
    /// [`COMPILE`](crate::COMPILE) and then has to call [`compile_from_stdin`](crate::compile_from_stdin); it has to be
    /// the program that asks, because its code is believed.
    #[must_use]
    pub fn in_child(program: PathBuf) -> Self {
        Self {
            place: Place::Child(program),
        }
    }

    /// Compiles a component.
    pub(crate) fn compile(
        &self,
        engine: &Engine,
        limits: &Limits,
        component: &[u8],
    ) -> Result<Component, Fault> {
        scan(component)?;
        match &self.place {
            Place::Here => {
                let (engine, component) = (engine.clone(), component.to_vec());
                guarded(limits, move || {
                    Component::new(&engine, component).map_err(|_| Fault::Invalid)
                })
            }
            Place::Child(program) => {
                let code = child::compile(program, component, patience(limits))?;
                from_child(engine, &code)
            }
        }
    }
}

/// Takes the code that a process of our own made.
#[expect(
    unsafe_code,
    reason = "the code comes from this program; see the argument inside"
)]
fn from_child(engine: &Engine, code: &[u8]) -> Result<Component, Fault> {
    // SAFETY: `deserialize` needs bytes that this engine compiled and nobody altered. These were read from a pipe whose
    // other end only the process had that we started, and that process is this program, compiling: whoever can put
    // another in its place can replace the program. It is as trustworthy as a compiler in this process, whose code
    // would be run as well. The engine's own check refuses code of another version or configuration.
    unsafe { Component::deserialize(engine, code) }.map_err(|_| Fault::Compile)
}
