//! Adapters as components: compiled once, a fresh instance for each report.
//!
//! They run under the same engine, the same limits and the same empty linker as policies. What an adapter says is
//! checked here: a finding that can't be true puts its record into quarantine, and anything else fails the report.

mod description;
mod failure;
mod finding;
mod reading;
mod run;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use wasmtime::Engine;

use gate_core::digest::Digest;
use gate_core::request::Limits;

use crate::bindings::adapter::AdapterPre;
use crate::bindings::adapter::exports::gate::adapter::guest as wit;
use crate::compiler::Compiler;
use crate::engine::{EngineError, engine};
use crate::limiter::Limiter;
use crate::sandbox::{Sealed, fault, guarded, instantiate};

pub use crate::bindings::adapter::exports::gate::adapter::guest::Record;
pub use description::{Description, Exits, Format, Sensitive, Sensitivity};
pub use failure::AdapterFailure;
pub use reading::{Answer, Reading};
pub use run::{Complaint, Misread, Run, Shortfall};

/// Loads adapters.
pub struct AdapterRuntime {
    engine: Engine,
    compiler: Compiler,
    limits: Limits,
}

impl std::fmt::Debug for AdapterRuntime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AdapterRuntime")
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

impl AdapterRuntime {
    /// A runtime whose adapters have these limits, which compiles in this process.
    ///
    /// # Errors
    /// When the engine does not support this machine.
    pub fn new(limits: &Limits) -> Result<Self, EngineError> {
        let engine = engine(limits.stack_bytes)?;
        Ok(Self {
            engine,
            compiler: Compiler::in_process(),
            limits: *limits,
        })
    }

    /// Has another compiler from now on.
    #[must_use]
    pub fn with_compiler(self, compiler: Compiler) -> Self {
        Self { compiler, ..self }
    }

    /// Compiles a component and asks it to describe itself.
    ///
    /// # Errors
    /// When it is not an adapter, imports something, can't be compiled within the limits of compilation, or can't
    /// describe itself within its own.
    pub fn load(&self, component: &[u8]) -> Result<LoadedAdapter, AdapterFailure> {
        let digest = Digest::of(component);
        let limits = self.limits;
        let sealed = Sealed::compile(&self.compiler, &self.engine, &limits, digest, component)?;
        guarded(&limits, move || LoadedAdapter::new(sealed, limits, digest))
    }
}

/// An adapter that is ready to read.
#[derive(Clone)]
pub struct LoadedAdapter {
    /// Digest of the component's bytes.
    pub digest: Digest,
    /// What it says of itself.
    pub description: Arc<Description>,
    /// Names of its imports; always empty, because any other component is refused.
    pub imports: Vec<String>,
    /// Names of its exports.
    pub exports: Vec<String>,
    pre: AdapterPre<Limiter>,
    limits: Limits,
}

impl std::fmt::Debug for LoadedAdapter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LoadedAdapter")
            .field("digest", &self.digest)
            .field("description", &self.description)
            .finish_non_exhaustive()
    }
}

impl LoadedAdapter {
    fn new(sealed: Sealed, limits: Limits, digest: Digest) -> Result<Self, AdapterFailure> {
        let Sealed {
            pre,
            imports,
            exports,
        } = sealed;
        let pre = AdapterPre::new(pre).map_err(|_| AdapterFailure::Invalid)?;
        let instance = |store: &mut _| pre.instantiate(store);
        let (mut store, bindings) = instantiate(pre.engine(), &limits, limits.fuel, instance)
            .map_err(|(fault, _)| fault)?;
        let described = bindings.gate_adapter_guest().call_describe(&mut store);
        let described = described.map_err(|error| fault(&error, store.data()))?;
        Ok(Self {
            digest,
            description: Arc::new(Description::new(described, &limits)?),
            imports,
            exports,
            pre,
            limits,
        })
    }

    /// What stands in a scan report: format, version and digest, such as `acme-json@1.0.0+sha256:…`. The same
    /// report gives the same findings as long as this is the same.
    #[must_use]
    pub fn id(&self) -> String {
        let Description {
            tool,
            version,
            format,
            ..
        } = &*self.description;
        format!("{tool}-{}@{version}+{}", format.word(), self.digest)
    }

    /// Begins to read a report, with a fresh instance on a thread of its own.
    ///
    /// # Errors
    /// When it can't be instantiated within its limits.
    pub fn start(&self) -> Result<Reading, AdapterFailure> {
        Reading::start(self.pre.clone(), self.limits, &self.description)
    }
}
