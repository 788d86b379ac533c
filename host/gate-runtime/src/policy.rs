//! One policy: loaded once, run in a fresh store each time.

use std::time::Instant;

use serde::{Deserialize, Serialize};
use wasmtime::component::{Component, ResourceAny};
use wasmtime::{Engine, Store};

use gate_core::digest::Digest;
use gate_core::finding::Finding;
use gate_core::policy::{Description, PolicyFailure};
use gate_core::ports::{Diagnostics, PolicyAnswer};
use gate_core::request::{EvaluationRequest, Limits, PolicyUse};

use crate::bindings::exports::gate::policy::guest::{Batch, Decision, GuestEvaluation};
use crate::bindings::{Policy as Bindings, PolicyPre};
use crate::columns::{self, Reads};
use crate::convert;
use crate::limiter::Limiter;
use crate::sandbox::{Sealed, fault, instantiate};

/// How many findings cross into the sandbox at once. A batch costs a few calls of the guest's allocator for each
/// column; the memory that it takes grows with it.
pub(crate) const BATCH: usize = 256;

/// A standard policy inside the program: the component, its code compiled for the program's own target, and what it
/// said of itself when it was compiled.
#[derive(Debug, Clone, Copy)]
pub struct Embedded {
    component: &'static [u8],
    code: &'static [u8],
    loaded: &'static [u8],
}

impl Embedded {
    /// For [`crate::embedded_policy!`] only.
    #[doc(hidden)]
    #[must_use]
    pub const fn from_included_files(
        component: &'static [u8],
        code: &'static [u8],
        loaded: &'static [u8],
    ) -> Self {
        Self {
            component,
            code,
            loaded,
        }
    }

    /// The component's bytes.
    #[must_use]
    pub const fn component(&self) -> &'static [u8] {
        self.component
    }

    /// What it says of itself, without asking it.
    #[must_use]
    pub fn loaded(&self) -> Option<LoadedPolicy> {
        serde_json::from_slice(self.loaded).ok()
    }
}

/// Includes a standard policy in the program: the component, its code and what it said of itself, files known when the
/// program is built ([`precompile`](crate::precompile)). They are trusted because they are part of the program, and for
/// no other reason; there is no other way to make an [`Embedded`].
#[macro_export]
macro_rules! embedded_policy {
    ($component:expr, $code:expr, $loaded:expr) => {
        $crate::Embedded::from_included_files(
            include_bytes!($component),
            include_bytes!($code),
            include_bytes!($loaded),
        )
    };
}

/// A policy that is ready to run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadedPolicy {
    /// Digest of the component's bytes.
    pub digest: Digest,
    /// What it says of itself.
    pub description: Description,
    /// Names of its imports; always empty, because any other component is refused.
    pub imports: Vec<String>,
    /// Names of its exports.
    pub exports: Vec<String>,
}

/// A compiled policy.
pub(crate) struct Compiled {
    pre: PolicyPre<Limiter>,
    imports: Vec<String>,
    exports: Vec<String>,
}

/// A compiled policy that described itself.
pub(crate) struct Policy {
    pre: PolicyPre<Limiter>,
    reads: Reads,
}

impl Compiled {
    /// Takes a component that was compiled and imports nothing.
    pub(crate) fn prepare(sealed: Sealed) -> Result<Self, PolicyFailure> {
        let Sealed {
            pre,
            imports,
            exports,
        } = sealed;
        let pre = PolicyPre::new(pre).map_err(|_| PolicyFailure::Invalid)?;
        Ok(Self {
            pre,
            imports,
            exports,
        })
    }

    /// Asks the policy to describe itself.
    pub(crate) fn describe(
        self,
        digest: Digest,
        limits: &Limits,
    ) -> Result<(Policy, LoadedPolicy), PolicyFailure> {
        let mut run = Run::new(&self.pre, limits, limits.fuel).map_err(|(failure, _)| failure)?;
        let guest = run.bindings.gate_policy_guest();
        let described = guest.call_describe(&mut run.store);
        let described = described.map_err(|error| run.failure(&error).0)?;
        let description = convert::description(described, limits)?;
        description.check().map_err(PolicyFailure::Description)?;
        let reads = Reads::new(&description.reads)?;
        let loaded = LoadedPolicy {
            digest,
            description,
            imports: self.imports,
            exports: self.exports,
        };
        Ok((
            Policy {
                pre: self.pre,
                reads,
            },
            loaded,
        ))
    }
}

impl Policy {
    /// Takes the code of an embedded policy, and its word for what it is; `None` on a machine that lacks what the code
    /// needs.
    #[expect(
        unsafe_code,
        reason = "the code is part of the program; see the argument inside"
    )]
    pub(crate) fn embedded(engine: &Engine, policy: &Embedded) -> Option<(Self, LoadedPolicy)> {
        let loaded = policy.loaded()?;
        // SAFETY: `deserialize` needs bytes that this engine compiled and nobody altered. An `Embedded` is made by
        // `embedded_policy!` alone, from files that were part of the build: whoever can alter them can alter the
        // program. The engine's own check refuses code of another version or configuration.
        let component = unsafe { Component::deserialize(engine, policy.code) }.ok()?;
        let Compiled { pre, .. } = Compiled::prepare(Sealed::of(engine, &component).ok()?).ok()?;
        let reads = Reads::new(&loaded.description.reads).ok()?;
        Some((Self { pre, reads }, loaded))
    }

    /// Asks the policy about a request.
    pub(crate) fn run(&self, using: &PolicyUse, request: &EvaluationRequest) -> PolicyAnswer {
        let limits = &request.question.limits;
        let all = &request.findings;
        let reached = request.exemptions().reaching(using.terms);
        let fuel = limits.fuel_for(reached.map_or(all.len(), <[u32]>::len));
        let mut run = match Run::new(&self.pre, limits, fuel) {
            Ok(run) => run,
            Err((failure, message)) => {
                let diagnostics = Diagnostics {
                    engine_message: Some(message),
                    ..Diagnostics::default()
                };
                return PolicyAnswer {
                    result: Err(failure),
                    diagnostics,
                };
            }
        };
        let started = Instant::now();
        let (result, engine_message) = match run.ask(&self.reads, using, request, reached) {
            Ok(decision) => (convert::decision(decision, limits), None),
            Err(Unanswered::Refused(why)) => (
                Err(PolicyFailure::Refused(convert::bounded(&why, 1000))),
                None,
            ),
            Err(Unanswered::Engine(error)) => {
                let (failure, message) = run.failure(&error);
                (Err(failure), Some(message))
            }
        };
        let left = run.store.get_fuel().unwrap_or_default();
        let diagnostics = Diagnostics {
            fuel_used: fuel.saturating_sub(left),
            memory_peak: run.store.data().memory_peak as u64,
            micros: u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX),
            engine_message,
        };
        PolicyAnswer {
            result,
            diagnostics,
        }
    }
}

enum Unanswered {
    Refused(String),
    Engine(wasmtime::Error),
}

impl From<wasmtime::Error> for Unanswered {
    fn from(error: wasmtime::Error) -> Self {
        Self::Engine(error)
    }
}

/// One fresh instance in its own store. Thrown away after use; after a trap it could not be used again anyway.
struct Run {
    store: Store<Limiter>,
    bindings: Bindings,
}

impl Run {
    fn new(
        pre: &PolicyPre<Limiter>,
        limits: &Limits,
        fuel: u64,
    ) -> Result<Self, (PolicyFailure, String)> {
        let (store, bindings) =
            instantiate(pre.engine(), limits, fuel, |store| pre.instantiate(store))
                .map_err(|(fault, message)| (fault.into(), message))?;
        Ok(Self { store, bindings })
    }

    fn ask(
        &mut self,
        reads: &Reads,
        using: &PolicyUse,
        request: &EvaluationRequest,
        reached: Option<&[u32]>,
    ) -> Result<Decision, Unanswered> {
        let Self { store, bindings } = self;
        let evaluation = bindings.gate_policy_guest().evaluation();
        let handle = evaluation.call_constructor(&mut *store, &convert::context(using, request))?;
        let all = &request.findings;
        match reached {
            None => {
                for findings in all.chunks(BATCH) {
                    push(&evaluation, store, handle, &columns::batch(findings, reads))?;
                }
            }
            Some(reached) => {
                for positions in reached.chunks(BATCH) {
                    let findings = positions.iter().filter_map(|at| all.get(*at as usize));
                    let findings: Vec<&Finding> = findings.collect();
                    push(
                        &evaluation,
                        store,
                        handle,
                        &columns::batch(&findings, reads),
                    )?;
                }
            }
        }
        let decision = evaluation
            .call_finish(&mut *store, handle)?
            .map_err(Unanswered::Refused)?;
        handle.resource_drop(&mut *store)?;
        Ok(decision)
    }

    fn failure(&self, error: &wasmtime::Error) -> (PolicyFailure, String) {
        (fault(error, self.store.data()).into(), format!("{error:#}"))
    }
}

/// Hands a batch over.
fn push(
    evaluation: &GuestEvaluation<'_>,
    store: &mut Store<Limiter>,
    handle: ResourceAny,
    batch: &Batch,
) -> Result<(), Unanswered> {
    let seen = evaluation.call_on_findings(&mut *store, handle, batch)?;
    seen.map_err(Unanswered::Refused)
}
