//! Loads a gate's policies and gives them their thresholds.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use gate_core::code::Code;
use gate_core::digest::Digest;
use gate_core::policy::PolicyFailure;
use gate_core::request::{Limits, PolicyUse};
use gate_core::scan_report::Problem;
use gate_core::threshold::{
    Bound, Layer, Parameter, Read, Role, ThresholdError, refuse_unread, resolve,
};
use gate_runtime::{Embedded, LoadedPolicy, Runtime};

use crate::compiler::compiler;
use crate::config::{Asked, PolicySource};
use crate::failure::{Failure, Result};
use crate::thresholds::problem;
use crate::{parallel, standard};

type Bounds = BTreeMap<String, Bound>;

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

/// The policies of a gate, not given anything yet.
pub(crate) struct Loaded<'a> {
    asked: Asked<'a>,
    runtime: Runtime,
    components: Vec<Cow<'static, [u8]>>,
    /// In the components' order; none where one can't be loaded.
    loaded: Vec<Option<LoadedPolicy>>,
}

/// Loads the policies of a gate. One that can't be loaded is part of the question all the same: its failure is
/// the answer, now and on replay.
///
/// # Errors
/// When a component can't be read.
pub(crate) fn load_gate<'a>(asked: &Asked<'a>) -> Result<Loaded<'a>> {
    let gate = asked.profile;
    let mut runtime = runtime(&Limits::STANDARD)?;
    let components = gate.policies.iter().map(component);
    let components = components.collect::<Result<Vec<_>>>()?;
    let sources: Vec<_> = gate
        .policies
        .iter()
        .zip(&components)
        .map(|(source, component)| match standard::find(&source.name) {
            Some(embedded) if source.path.is_none() => Source::Standard(embedded),
            _ => Source::Component(component),
        })
        .collect();
    let loaded = load(&mut runtime, &sources).into_iter();
    let loaded = loaded.map(std::result::Result::ok).collect();
    Ok(Loaded {
        asked: *asked,
        runtime,
        components,
        loaded,
    })
}

/// Gives policies their thresholds and settings: the profile's, and over them what a source says.
///
/// # Errors
/// When the profile bounds what is in no order.
pub(crate) fn give(of: Loaded<'_>, sourced: &[Layer]) -> Result<Prepared> {
    let Loaded {
        asked,
        runtime,
        components,
        loaded,
    } = of;
    let gate = asked.profile;
    let named = || gate.policies.iter().zip(&components);
    let values = asked.values;
    let thresholds: Vec<&Layer> = values.thresholds.iter().chain(sourced).collect();
    let settings: Vec<&Layer> = values.settings.iter().collect();
    let mut problems = Vec::new();
    // A policy that could not be loaded might have read what nobody reads; it is an error already.
    if loaded.iter().all(Option::is_some) {
        let unread = Unread {
            policies: named()
                .map(|(source, _)| &*source.name)
                .zip(loaded.iter().flatten())
                .collect(),
            custom_policies: gate.custom_policies,
        };
        let edges: Vec<_> = values.edges.iter().collect();
        let errors = [
            unread.refuse(Role::Threshold, &thresholds),
            unread.refuse(Role::Setting, &settings),
            unread.refuse(Role::Bound, &edges),
        ];
        problems.extend(
            errors
                .into_iter()
                .filter_map(std::result::Result::err)
                .map(|error| problem(&error)),
        );
    }

    let mut policies = Vec::new();
    for ((source, component), policy) in named().zip(&loaded) {
        let mut given = |parameters: &[Parameter], layers: &[&Layer], bounds: &Bounds| {
            match resolve(&source.name, parameters, layers, bounds) {
                Err(error @ ThresholdError::WrongBound { .. }) => {
                    Err(Failure::new(Code::ConfigInvalid, error.to_string()).help(
                        "bound counts by a number and levels by a level; nothing else has an order",
                    ))
                }
                Err(error) => {
                    problems.push(problem(&error));
                    // The outcome is `error` already; with its own defaults the policy still shows what it finds.
                    Ok(resolve(&source.name, parameters, &[], &Bounds::new()).unwrap_or_default())
                }
                Ok(given) => Ok(given),
            }
        };
        let (digest, thresholds, settings) = match policy {
            Some(LoadedPolicy {
                description,
                digest,
                ..
            }) => (
                *digest,
                given(&description.thresholds, &thresholds, &values.bounds)?,
                given(&description.settings, &settings, &Bounds::new())?,
            ),
            None => (
                Digest::of(component),
                Default::default(),
                Default::default(),
            ),
        };
        policies.push(PolicyUse {
            name: source.name.clone(),
            digest,
            thresholds,
            settings,
            terms: source.terms,
        });
    }
    Ok(Prepared {
        runtime,
        policies,
        components,
        problems,
    })
}

/// Finds names that no policy reads.
struct Unread<'a> {
    /// The gate's policies, by the names that the profile gives them.
    policies: Vec<(&'a str, &'a LoadedPolicy)>,
    custom_policies: bool,
}

impl Unread<'_> {
    /// Refuses a name that the gate's policies do not read. What is for several gates may also be meant for the policies
    /// of another one, and those of the profile's own are not all at hand.
    fn refuse<T>(
        &self,
        role: Role,
        layers: &[&Layer<T>],
    ) -> std::result::Result<(), ThresholdError> {
        let policies = self.policies.iter();
        let known: Vec<Read<'_>> = policies
            .flat_map(|(policy, loaded)| of(role, policy, loaded))
            .collect();
        let names = |shared| {
            let layers = layers.iter().filter(move |layer| layer.shared == shared);
            layers.flat_map(|layer| layer.names())
        };
        refuse_unread(role, &known, names(false))?;
        if self.custom_policies || refuse_unread(role, &known, names(true)).is_ok() {
            return Ok(());
        }
        let others = standard::STANDARD.iter();
        let others: Vec<_> = others
            .filter_map(|(name, policy)| Some((*name, policy.loaded()?)))
            .collect();
        let others = others
            .iter()
            .flat_map(|(name, policy)| of(role, name, policy));
        let known: Vec<Read<'_>> = known.into_iter().chain(others).collect();
        refuse_unread(role, &known, names(true))
    }
}

/// What a policy reads.
fn of<'a>(role: Role, policy: &'a str, loaded: &'a LoadedPolicy) -> impl Iterator<Item = Read<'a>> {
    let parameters = match role {
        Role::Threshold | Role::Bound => &loaded.description.thresholds,
        Role::Setting => &loaded.description.settings,
    };
    parameters
        .iter()
        .map(move |parameter| Read { policy, parameter })
}
