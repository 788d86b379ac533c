//! The runtime: policies by digest, and the threads that run them.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;

use wasmtime::Engine;

use gate_core::digest::Digest;
use gate_core::policy::PolicyFailure;
use gate_core::ports::{PolicyAnswer, PolicyRuntime};
use gate_core::request::{EvaluationRequest, Limits};

use crate::compiler::Compiler;
use crate::engine::{EngineError, engine};
use crate::policy::{Compiled, Embedded, LoadedPolicy, Policy};
use crate::sandbox::{Sealed, THREAD_STACK, guarded, patience};

/// From so many findings on, more than one thread runs policies. Beginning a thread takes as long as a policy takes for
/// some hundred findings.
const WORTH: usize = 1_000;

/// A policy that is ready to run, or why it is not.
type Loaded = Result<Arc<Policy>, PolicyFailure>;

/// Policies that are ready to run, by the digest of their component.
pub struct Runtime {
    engine: Engine,
    compiler: Compiler,
    limits: Limits,
    /// Ready to run, or why not: a policy that can't be loaded fails in the same way on replay.
    policies: BTreeMap<Digest, Loaded>,
}

/// A policy on its way into a runtime.
pub struct Prepared {
    digest: Digest,
    policy: Result<(Policy, LoadedPolicy), PolicyFailure>,
}

impl std::fmt::Debug for Prepared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Prepared")
            .field("digest", &self.digest)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Runtime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runtime")
            .field("policies", &self.policies.keys())
            .finish_non_exhaustive()
    }
}

impl Runtime {
    /// A runtime without policies, which compiles in this process.
    ///
    /// # Errors
    /// When the engine does not support this machine.
    pub fn new(limits: &Limits) -> Result<Self, EngineError> {
        Ok(Self::of(engine(limits.stack_bytes)?, limits))
    }

    /// As [`Runtime::new`], with another engine than `det1`.
    ///
    /// # Errors
    /// When the engine does not support this machine, or was built without what it needs.
    #[cfg(feature = "variants")]
    pub fn of_variant(limits: &Limits, variant: crate::Variant) -> Result<Self, EngineError> {
        Ok(Self::of(variant.engine(limits.stack_bytes)?, limits))
    }

    fn of(engine: Engine, limits: &Limits) -> Self {
        Self {
            engine,
            compiler: Compiler::in_process(),
            limits: *limits,
            policies: BTreeMap::new(),
        }
    }

    /// Has another compiler from now on.
    #[must_use]
    pub fn with_compiler(self, compiler: Compiler) -> Self {
        Self { compiler, ..self }
    }

    /// Compiles a component and asks it to describe itself. A component that fails here is remembered: asked to
    /// run, it gives the same failure.
    ///
    /// # Errors
    /// When it is not a policy, imports something, can't be compiled within the limits of compilation, or can't
    /// describe itself within its own.
    pub fn load(&mut self, component: &[u8]) -> Result<LoadedPolicy, PolicyFailure> {
        let prepared = self.prepare(component);
        self.keep(prepared)
    }

    /// The part of [`Runtime::load`] that takes time, so that several threads can share it.
    #[must_use]
    pub fn prepare(&self, component: &[u8]) -> Prepared {
        let digest = Digest::of(component);
        let sealed = Sealed::compile(
            &self.compiler,
            &self.engine,
            &self.limits,
            digest,
            component,
        );
        let limits = self.limits;
        let policy = sealed.map_err(Into::into).and_then(|sealed| {
            guarded(&limits, move || {
                Compiled::prepare(sealed)?.describe(digest, &limits)
            })
        });
        Prepared { digest, policy }
    }

    /// Takes a policy that is part of the program.
    ///
    /// # Errors
    /// As [`Runtime::load`].
    pub fn load_embedded(&mut self, policy: &Embedded) -> Result<LoadedPolicy, PolicyFailure> {
        let prepared = self.prepare_embedded(policy);
        self.keep(prepared)
    }

    /// As [`Runtime::prepare`], for [`Runtime::load_embedded`].
    #[must_use]
    pub fn prepare_embedded(&self, policy: &Embedded) -> Prepared {
        match Policy::embedded(&self.engine, policy) {
            Some((policy, loaded)) => Prepared {
                digest: loaded.digest,
                policy: Ok((policy, loaded)),
            },
            // The component is the same as the code that does not fit this machine.
            None => self.prepare(policy.component()),
        }
    }

    /// The part of [`Runtime::load`] that remembers.
    ///
    /// # Errors
    /// As [`Runtime::load`].
    pub fn keep(&mut self, prepared: Prepared) -> Result<LoadedPolicy, PolicyFailure> {
        let Prepared { digest, policy } = prepared;
        let (policy, loaded) = match policy {
            Ok((policy, loaded)) => (Ok(Arc::new(policy)), Ok(loaded)),
            Err(failure) => (Err(failure.clone()), Err(failure)),
        };
        self.policies.insert(digest, policy);
        loaded
    }
}

impl PolicyRuntime for Runtime {
    /// Runs the policies on as many threads as there are processors. Which one is ready first does not show: the
    /// answers stand in the request's order.
    fn run(&self, request: &EvaluationRequest) -> Vec<PolicyAnswer> {
        let jobs: Arc<[Option<Loaded>]> = request
            .question
            .policies
            .iter()
            .map(|p| self.policies.get(&p.digest).cloned())
            .collect();
        let mut answers: Vec<Option<PolicyAnswer>> = jobs.iter().map(|_| None).collect();
        let threads = if request.findings.len() < WORTH {
            1
        } else {
            thread::available_parallelism().map_or(1, usize::from)
        };
        let next = Arc::new(AtomicUsize::new(0));
        let (sender, receiver) = mpsc::channel();
        // A clone of the request is cheap: the findings are shared.
        let request = Arc::new(request.clone());
        for _ in 0..threads.min(jobs.len()) {
            let (jobs, next, request, sender) = (
                Arc::clone(&jobs),
                Arc::clone(&next),
                Arc::clone(&request),
                sender.clone(),
            );
            let work = move || {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some((job, using)) = jobs.get(at).zip(request.question.policies.get(at))
                    else {
                        break;
                    };
                    let answer = match job {
                        Some(Ok(policy)) => policy.run(using, &request),
                        Some(Err(failure)) => Err(failure.clone()).into(),
                        None => Err(PolicyFailure::Missing).into(),
                    };
                    if sender.send((at, answer)).is_err() {
                        break;
                    }
                }
            };
            // A thread that can't be had leaves its work to the others; if none could be had, no answer comes.
            let _ = thread::Builder::new().stack_size(THREAD_STACK).spawn(work);
        }
        drop(sender);
        let patience = patience(&request.question.limits);
        let mut unanswered = PolicyFailure::Engine;
        for _ in 0..jobs.len() {
            match receiver.recv_timeout(patience) {
                Ok((at, answer)) => {
                    if let Some(place) = answers.get_mut(at) {
                        *place = Some(answer);
                    }
                }
                // The thread still runs; it ends when its fuel does.
                Err(mpsc::RecvTimeoutError::Timeout) => {
                    unanswered = PolicyFailure::WallClock;
                    break;
                }
                // A thread panicked: the engine failed.
                Err(mpsc::RecvTimeoutError::Disconnected) => break,
            }
        }
        answers
            .into_iter()
            .map(|answer| answer.unwrap_or_else(|| Err(unanswered.clone()).into()))
            .collect()
    }
}
