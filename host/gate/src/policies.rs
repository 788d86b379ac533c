//! Loads a gate's policies and gives them their thresholds.

use std::borrow::Cow;
use std::fs;
use std::path::Path;

use gate_core::code::Code;
use gate_core::digest::Digest;
use gate_core::policy::PolicyFailure;
use gate_core::request::{Limits, PolicyUse, Terms};
use gate_core::scan_report::Problem;
use gate_core::threshold::{Layer, Parameter, refuse_unread, resolve};
use gate_runtime::{Embedded, LoadedPolicy, Runtime};

use crate::compiler::compiler;
use crate::config::{GateProfile, PolicySource};
use crate::failure::{Failure, Result};
use crate::thresholds::problem;
use crate::{parallel, standard};

/// A runtime with a gate's policies, and what they are given.
pub(crate) struct Prepared {
    pub(crate) runtime: Runtime,
    pub(crate) policies: Vec<PolicyUse>,
    /// The components' bytes, to be kept as evidence.
    pub(crate) components: Vec<Cow<'static, [u8]>>,
    /// Thresholds that could not be given.
    pub(crate) problems: Vec<Problem>,
}

/// A runtime without policies.
pub(crate) fn runtime(limits: &Limits) -> Result<Runtime> {
    let compiler = compiler()?;
    Runtime::new(limits)
        .map(|runtime| runtime.with_compiler(compiler))
        .map_err(|error| Failure::new(Code::PolicyEngine, error.to_string()))
}

/// A policy to be loaded.
pub(crate) enum Source<'a> {
    /// One of the program.
    Standard(&'static Embedded),
    /// A component from elsewhere.
    Component(&'a [u8]),
}

impl<'a> Source<'a> {
    /// By the bytes: those of the program where they are a standard policy's.
    pub(crate) fn of(component: &'a [u8]) -> Self {
        let mut standard = standard::STANDARD.iter().map(|(_, policy)| policy);
        match standard.find(|policy| policy.component() == component) {
            Some(policy) => Self::Standard(policy),
            None => Self::Component(component),
        }
    }
}

/// Loads policies, several at once where some may have to be compiled. One that can't be loaded gives its failure, now
/// and whenever it is asked.
pub(crate) fn load(
    runtime: &mut Runtime,
    policies: &[Source<'_>],
) -> Vec<std::result::Result<LoadedPolicy, PolicyFailure>> {
    let prepare = |policy: &Source<'_>| match policy {
        Source::Standard(policy) => runtime.prepare_embedded(policy),
        Source::Component(component) => runtime.prepare(component),
    };
    let compiled = |policy: &Source<'_>| matches!(policy, Source::Component(_));
    let prepared: Vec<_> = if policies.iter().any(compiled) {
        parallel::map(policies, prepare)
    } else {
        policies.iter().map(prepare).collect()
    };
    let keep = |prepared| runtime.keep(prepared);
    prepared.into_iter().map(keep).collect()
}

/// The bytes of a component.
pub(crate) fn component(source: &PolicySource) -> Result<Cow<'static, [u8]>> {
    match &source.path {
        Some(path) => read_component(path).map(Cow::Owned),
        None => Ok(standard::find(&source.name)
            .map(|policy| policy.component().into())
            .unwrap_or_default()),
    }
}

/// Reads a component from a file.
pub(crate) fn read_component(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|error| {
        let message = format!("reading the policy `{}`: {error}", path.display());
        Failure::new(Code::ConfigInvalid, message).help("check its path in the profile")
    })
}

/// Loads the policies of a gate. One that can't be loaded is part of the question all the same: its failure is
/// the answer, now and on replay.
pub(crate) fn prepare(gate: &GateProfile, file: Option<&Layer>) -> Result<Prepared> {
    let mut runtime = runtime(&Limits::STANDARD)?;
    let components = gate.policies.iter().map(component);
    let components = components.collect::<Result<Vec<_>>>()?;
    let named = || gate.policies.iter().zip(&components);
    let sources: Vec<_> = named()
        .map(|(source, component)| match standard::find(&source.name) {
            Some(embedded) if source.path.is_none() => Source::Standard(embedded),
            _ => Source::Component(component),
        })
        .collect();
    let loaded = named().zip(load(&mut runtime, &sources));
    let loaded: Vec<_> = loaded
        .map(|((source, component), policy)| {
            let policy = policy.ok();
            let digest = policy.as_ref().map(|policy| policy.digest);
            let digest = digest.unwrap_or_else(|| Digest::of(component));
            (source.name.clone(), digest, policy)
        })
        .collect();

    let mut layers = vec![&gate.defaults, &gate.own];
    layers.extend(file);
    let mut problems = Vec::new();
    let described = || loaded.iter().filter_map(|(.., policy)| policy.as_ref());
    let parameters = || described().flat_map(|policy| &policy.description.thresholds);
    // A policy that could not be loaded might have read what nobody reads; it is an error already.
    if described().count() == loaded.len() {
        let own: Vec<&Layer> = layers.iter().skip(1).copied().collect();
        let unread = refuse_unread(parameters(), &own).and_then(|()| {
            // The profile's defaults may speak to the policies of other gates, too, and not all are at hand.
            if gate.custom_policies || refuse_unread(parameters(), &[&gate.defaults]).is_ok() {
                return Ok(());
            }
            let others = standard::STANDARD.iter();
            let others = others.filter_map(|(_, policy)| policy.loaded());
            let others: Vec<_> = others.flat_map(|p| p.description.thresholds).collect();
            let mut known: Vec<&Parameter> = parameters().collect();
            known.extend(&others);
            refuse_unread(known.into_iter(), &[&gate.defaults])
        });
        problems.extend(unread.err().map(|error| problem(&error)));
    }

    let mut policies = Vec::new();
    for (name, digest, policy) in &loaded {
        let mut given = |parameters: &[Parameter], layers: &[&Layer]| {
            resolve(parameters, layers).unwrap_or_else(|error| {
                problems.push(problem(&error));
                // The outcome is `error` already; with its own defaults the policy still shows what it finds.
                resolve(parameters, &[]).unwrap_or_default()
            })
        };
        let (thresholds, settings) = match policy {
            Some(LoadedPolicy { description, .. }) => (
                given(&description.thresholds, &layers),
                given(&description.settings, &[]),
            ),
            None => Default::default(),
        };
        policies.push(PolicyUse {
            name: name.clone(),
            digest: *digest,
            thresholds,
            settings,
            terms: Terms::default(),
        });
    }
    Ok(Prepared {
        runtime,
        policies,
        components,
        problems,
    })
}
