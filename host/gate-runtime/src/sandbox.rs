//! What policies and adapters have in common: compiled from a component that imports nothing, instantiated in a
//! store of their own, ended by a fault.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use wasmtime::component::{Component, InstancePre, Linker};
use wasmtime::{Engine, Store, Trap};

use gate_core::digest::Digest;
use gate_core::policy::{BadDecision, PolicyFailure};
use gate_core::request::Limits;

use crate::compiler::Compiler;
use crate::convert::bounded;
use crate::limiter::Limiter;
use crate::scan::{Beyond, Refused};

/// Stack of a thread that runs guests: their own stack, and the host's part with room to spare.
pub(crate) const THREAD_STACK: usize = 4 << 20;

/// How a guest, or the engine under it, ends without an answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The bytes are not a component, or not one that exports our interface.
    #[error("its component does not export the interface that it is loaded for")]
    Invalid,
    /// Its component goes beyond a cap of what is compiled.
    #[error("its component has {0}; that is not compiled")]
    TooLarge(Beyond),
    /// Its compilation broke, or went beyond the limits of its process.
    #[error("its component could not be compiled within the limits of compilation")]
    Compile,
    /// The component wants something from outside.
    #[error("its component imports `{0}`; it may import nothing")]
    Import(String),
    /// It could not be instantiated: a trap in its initialisation, or more memories, tables or instances than
    /// allowed.
    #[error("it could not be instantiated within its limits")]
    Instantiate,
    /// It used up its fuel.
    #[error("it used up its fuel")]
    OutOfFuel,
    /// It asked for more memory or table space than it may have.
    #[error("it asked for more memory than it may have")]
    OutOfMemory,
    /// Its calls nested too deep.
    #[error("its calls nested too deep")]
    StackOverflow,
    /// It trapped: a panic, a division by zero, an access outside its memory.
    #[error("it trapped")]
    Trap,
    /// It answered more than allowed.
    #[error("its answer is larger than allowed")]
    AnswerTooLarge,
    /// Its answer can't be read: no UTF-8, a case that does not exist, a place outside its memory.
    #[error("its answer can't be read")]
    Unreadable,
    /// The outer time limit ran out. The only fault that depends on the machine.
    #[error("it ran into the wall-clock guard")]
    WallClock,
    /// The engine itself failed.
    #[error("the engine failed")]
    Engine,
}

impl From<Fault> for PolicyFailure {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Invalid => Self::Invalid,
            Fault::TooLarge(beyond) => Self::TooLarge(beyond.to_string()),
            Fault::Compile => Self::Compile,
            Fault::Import(name) => Self::Import(name),
            Fault::Instantiate => Self::Instantiate,
            Fault::OutOfFuel => Self::OutOfFuel,
            Fault::OutOfMemory => Self::OutOfMemory,
            Fault::StackOverflow => Self::StackOverflow,
            Fault::Trap => Self::Trap,
            Fault::AnswerTooLarge => Self::AnswerTooLarge,
            Fault::Unreadable => Self::BadDecision(BadDecision::Unreadable),
            Fault::WallClock => Self::WallClock,
            Fault::Engine => Self::Engine,
        }
    }
}

impl From<Refused> for Fault {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::NoComponent => Self::Invalid,
            Refused::Beyond(beyond) => Self::TooLarge(beyond),
        }
    }
}

/// A component that imports nothing, ready to be instantiated.
pub(crate) struct Sealed {
    pub(crate) pre: InstancePre<Limiter>,
    /// Always empty, because any other component is refused.
    pub(crate) imports: Vec<String>,
    pub(crate) exports: Vec<String>,
}

impl Sealed {
    /// Compiles a component that has this digest.
    pub(crate) fn compile(
        compiler: &Compiler,
        engine: &Engine,
        limits: &Limits,
        digest: Digest,
        component: &[u8],
    ) -> Result<Self, Fault> {
        let component = compiler.compile(engine, limits, digest, component)?;
        Self::of(engine, &component)
    }

    /// Takes a component that was compiled.
    pub(crate) fn of(engine: &Engine, component: &Component) -> Result<Self, Fault> {
        let ty = component.component_type();
        let imports: Vec<String> = ty
            .imports(engine)
            .map(|(name, _)| name.to_owned())
            .collect();
        if let Some(import) = imports.first() {
            return Err(Fault::Import(bounded(import, 200)));
        }
        let exports = ty
            .exports(engine)
            .map(|(name, _)| name.to_owned())
            .collect();
        // Empty: there is nothing to link. A component that got here imports nothing.
        let pre = Linker::new(engine)
            .instantiate_pre(component)
            .map_err(|_| Fault::Invalid)?;
        Ok(Self {
            pre,
            imports,
            exports,
        })
    }
}

/// A fresh instance in a store of its own, with this much fuel left, and what the engine says of a fault.
pub(crate) fn instantiate<T>(
    engine: &Engine,
    limits: &Limits,
    fuel: u64,
    instantiate: impl FnOnce(&mut Store<Limiter>) -> wasmtime::Result<T>,
) -> Result<(Store<Limiter>, T), (Fault, String)> {
    let mut store = Store::new(engine, Limiter::new(limits));
    store.limiter(|limiter| limiter);
    store.set_hostcall_fuel(usize::try_from(limits.answer_bytes).unwrap_or(usize::MAX));
    // The host keeps handles outside the guest's memory.
    store.set_max_component_handles(limits.table_elements as usize);
    // Initialisation has fuel of its own: whether data is copied or mapped then is the engine's business and
    // must not show in what is left for the question.
    let engine_failed = |error: wasmtime::Error| (Fault::Engine, error.to_string());
    store.set_fuel(fuel).map_err(engine_failed)?;
    match instantiate(&mut store) {
        Ok(bindings) => {
            store.set_fuel(fuel).map_err(engine_failed)?;
            Ok((store, bindings))
        }
        Err(error) => {
            let fault = match fault(&error, store.data()) {
                // A trap in the initialisation, or more instances than allowed.
                Fault::Trap | Fault::Unreadable => Fault::Instantiate,
                other => other,
            };
            Err((fault, format!("{error:#}")))
        }
    }
}

/// What an error of the engine means. The engine's text goes to diagnostics, never into the record.
pub(crate) fn fault(error: &wasmtime::Error, limiter: &Limiter) -> Fault {
    if limiter.exceeded {
        return Fault::OutOfMemory;
    }
    // The engine has no public types for two of its refusals.
    let says = |what: &str| format!("{error:#}").contains(what);
    match error.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel) => Fault::OutOfFuel,
        Some(Trap::StackOverflow) => Fault::StackOverflow,
        Some(_) => Fault::Trap,
        None if says("fuel allocated for hostcalls") => Fault::AnswerTooLarge,
        None if says("handle limit exceeded") => Fault::OutOfMemory,
        None => Fault::Unreadable,
    }
}

/// Runs something on a thread of its own, so that neither a panic nor an endless wait takes the gate with it.
pub(crate) fn guarded<T: Send + 'static, E: From<Fault> + Send + 'static>(
    limits: &Limits,
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, E> {
    let (sender, receiver) = mpsc::channel();
    let work = move || {
        // The receiver may have given up; then nobody wants the answer.
        let _ = sender.send(work());
    };
    let spawned = thread::Builder::new()
        .stack_size(2 * THREAD_STACK)
        .spawn(work);
    spawned.map_err(|_| Fault::Engine)?;
    match receiver.recv_timeout(patience(limits)) {
        Ok(result) => result,
        Err(mpsc::RecvTimeoutError::Timeout) => Err(Fault::WallClock.into()),
        Err(mpsc::RecvTimeoutError::Disconnected) => Err(Fault::Engine.into()),
    }
}

/// How long the gate waits for an answer.
pub(crate) fn patience(limits: &Limits) -> Duration {
    Duration::from_secs(limits.wall_clock_seconds.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_fault_of_the_engine() {
        let broken = guarded(&Limits::STANDARD, || -> Result<(), Fault> {
            panic!("a defect")
        });
        assert_eq!(broken, Err(Fault::Engine));
    }
}
