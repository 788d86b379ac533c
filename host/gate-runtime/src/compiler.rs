//! From a component of unknown origin to code that runs.

use std::path::PathBuf;
use std::sync::Arc;

use wasmtime::Engine;
use wasmtime::component::Component;

use gate_core::digest::Digest;
use gate_core::request::Limits;

use crate::cache::{Cache, Key, OwnCode};
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
    Child {
        program: PathBuf,
        cache: Option<Arc<Cache>>,
    },
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
    /// the program that asks, because its code is believed. With a cache, that is done only for components whose code
    /// the cache does not have.
    #[must_use]
    pub fn in_child(program: PathBuf, cache: Option<Cache>) -> Self {
        let cache = cache.map(Arc::new);
        Self {
            place: Place::Child { program, cache },
        }
    }

    /// Compiles a component that has this digest.
    pub(crate) fn compile(
        &self,
        engine: &Engine,
        limits: &Limits,
        digest: Digest,
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
            Place::Child { program, cache } => {
                let cache = cache.as_deref().map(|c| (c, Key::of(engine, digest)));
                let kept = cache.and_then(|(cache, key)| from_cache(engine, &cache.get(key)?));
                if let Some(component) = kept {
                    return Ok(component);
                }
                let code = child::compile(program, component, patience(limits))?;
                let component = from_child(engine, &code)?;
                if let Some((cache, key)) = cache {
                    cache.put(key, &code);
                }
                Ok(component)
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
    // other end only the process had that we started, and that process is this program, compiling, as `in_child`
    // demands: whoever can put another in its place can replace the program. It is as trustworthy as a compiler in this process, whose code
    // would be run as well. The engine's own check refuses code of another version or configuration.
    unsafe { Component::deserialize(engine, code) }.map_err(|_| Fault::Compile)
}

/// Takes code that was kept. `None` where the engine does not want it: it is compiled again.
#[expect(
    unsafe_code,
    reason = "the code comes from this program; see the argument inside"
)]
fn from_cache(engine: &Engine, code: &OwnCode) -> Option<Component> {
    // SAFETY: `deserialize` needs bytes that this engine compiled and nobody altered. An `OwnCode` is made by
    // `Cache::get` alone, from bytes in memory whose keyed digest is right for this engine, its configuration and this
    // component. That digest can be made only with a secret that nobody but this user can read, and this program makes
    // it only of code that it has taken from a process of its own.
    unsafe { Component::deserialize(engine, code.bytes()) }.ok()
}
