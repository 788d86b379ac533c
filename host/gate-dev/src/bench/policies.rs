//! What a policy costs: each part of asking it, what the metering of fuel adds, and what more policies take.
//!
//! The parts are timed outside the runtime, with the engine's own calls: the runtime has one configuration, and here
//! the same one is also used without fuel.

use std::fs;
use std::time::Instant;

use gate_core::request::{EvaluationRequest, Limits, PolicyUse};
use gate_core::threshold::resolve;
use gate_runtime::bindings::PolicyPre;
use gate_runtime::columns::{Reads, batch};
use gate_runtime::convert::context;
use gate_runtime::{BATCH, LoadedPolicy, Runtime, configuration};
use wasmtime::component::{Component, Linker};
use wasmtime::{Engine, Store, StoreLimits, StoreLimitsBuilder};

use super::Setting;
use super::input::trivy;
use super::page::{Table, headed};
use super::process::{Process, Taken, in_turn};
use super::stages::{read_trivy, request};
use super::whole::findings;
use crate::run::{Result, target};

/// A standard policy.
pub struct StandardPolicy {
    /// With its own defaults.
    pub using: PolicyUse,
    reads: Reads,
    component: Vec<u8>,
}

/// What the image gate asks where nobody says otherwise.
const ASKED: [&str; 4] = [
    "fixable-vulnerability",
    "known-exploited-vulnerability",
    "secret-in-source",
    "severity-over-budget",
];

/// The image gate's policies, loaded into a runtime.
pub fn standard_policies(runtime: &mut Runtime) -> Result<Vec<StandardPolicy>> {
    let mut policies = Vec::new();
    for name in ASKED.map(str::to_owned) {
        let component = fs::read(target().join("policies").join(format!("{name}.wasm")))?;
        let LoadedPolicy {
            digest,
            description,
            ..
        } = runtime.load(&component)?;
        policies.push(StandardPolicy {
            using: PolicyUse {
                thresholds: resolve(&name, &description.thresholds, &[], &Default::default())?,
                name,
                digest,
                settings: Default::default(),
                terms: Default::default(),
            },
            reads: Reads::new(&description.reads)?,
            component,
        });
    }
    Ok(policies)
}

/// The parts of asking, and the memory of several policies.
pub fn section(setting: &Setting) -> Result<String> {
    Ok(format!("{}\n{}", parts(setting)?, memory(setting)?))
}

/// Microseconds of each part of asking a policy.
#[derive(Debug, Clone, Copy)]
struct Parts {
    /// A store and an instance in it.
    instantiate: f64,
    /// Findings made into the columns that the policy reads, all batches.
    columns: f64,
    /// Columns copied into the policy's memory, and what it does with them.
    push: f64,
    /// The decision: what the policy still does, and the answer copied out and checked.
    finish: f64,
}

impl Parts {
    fn sum(&self) -> f64 {
        self.instantiate + self.columns + self.push + self.finish
    }

    fn least(self, other: Self) -> Self {
        Self {
            instantiate: self.instantiate.min(other.instantiate),
            columns: self.columns.min(other.columns),
            push: self.push.min(other.push),
            finish: self.finish.min(other.finish),
        }
    }
}

/// Whether the policy's instructions are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fuel {
    Metered,
    Free,
}

/// A policy, compiled.
struct Compiled {
    pre: PolicyPre<StoreLimits>,
    fuel: Fuel,
}

impl Compiled {
    fn new(component: &[u8], fuel: Fuel) -> Result<Self> {
        let mut configuration = configuration(Limits::STANDARD.stack_bytes)?;
        configuration.consume_fuel(fuel == Fuel::Metered);
        let compile = || {
            let engine = Engine::new(&configuration)?;
            let component = Component::new(&engine, component)?;
            PolicyPre::new(Linker::new(&engine).instantiate_pre(&component)?)
        };
        let pre = compile().map_err(|error| format!("{error:#}"))?;
        Ok(Self { pre, fuel })
    }

    fn ask(&self, policy: &StandardPolicy, request: &EvaluationRequest) -> Result<Parts> {
        self.parts(policy, request)
            .map_err(|error| format!("asking `{}`: {error:#}", policy.using.name).into())
    }

    fn parts(
        &self,
        policy: &StandardPolicy,
        request: &EvaluationRequest,
    ) -> wasmtime::Result<Parts> {
        let mut clock = Instant::now();
        let mut lap = || {
            let taken = clock.elapsed().as_secs_f64() * 1e6;
            clock = Instant::now();
            taken
        };
        let limits = &Limits::STANDARD;
        let bytes = usize::try_from(limits.memory_bytes)?;
        let within = StoreLimitsBuilder::new().memory_size(bytes).build();
        let mut store = Store::new(self.pre.engine(), within);
        store.limiter(|within| within);
        if self.fuel == Fuel::Metered {
            store.set_fuel(limits.fuel_for(request.findings.len()))?;
        }
        let bindings = self.pre.instantiate(&mut store)?;
        let instantiate = lap();

        let guest = bindings.gate_policy_guest().evaluation();
        let handle = guest.call_constructor(&mut store, &context(&policy.using, request))?;
        let (mut columns, mut push) = (0.0, lap());
        for findings in request.findings.chunks(BATCH) {
            let batch = batch(findings, &policy.reads);
            columns += lap();
            let pushed = guest.call_on_findings(&mut store, handle, &batch)?;
            pushed.map_err(wasmtime::Error::msg)?;
            push += lap();
        }
        let decision = guest.call_finish(&mut store, handle)?;
        decision.map_err(wasmtime::Error::msg)?;
        handle.resource_drop(&mut store)?;
        Ok(Parts {
            instantiate,
            columns,
            push,
            finish: lap(),
        })
    }
}

fn parts(setting: &Setting) -> Result<String> {
    let runs = setting.scale.runs;
    let mut runtime = Runtime::new(&Limits::STANDARD)?;
    let policies = standard_policies(&mut runtime)?;
    let mut table = Table::new([
        "policy",
        "report",
        "instantiate",
        "columns",
        "push",
        "finish",
        "all, ns for each finding",
        "with ÷ without fuel",
    ]);
    let reports = setting.scale.sizes.iter().map(|n| {
        let request = request(read_trivy(&trivy(*n))?, Vec::new())?;
        Ok((*n, request))
    });
    let reports = reports.collect::<Result<Vec<_>>>()?;
    for policy in &policies {
        let metered = Compiled::new(&policy.component, Fuel::Metered)?;
        let free = Compiled::new(&policy.component, Fuel::Free)?;
        for (n, request) in &reports {
            let ask = |compiled: &Compiled| compiled.ask(policy, request);
            let (mut with, mut without) = (ask(&metered)?, ask(&free)?);
            // What takes a few microseconds needs more than a few runs.
            for _ in 0..runs.max(runs * 1_000 / n) {
                with = with.least(ask(&metered)?);
                without = without.least(ask(&free)?);
            }
            let times = [with.instantiate, with.columns, with.push, with.finish];
            let first = [policy.using.name.clone(), findings(*n)].into_iter();
            let cells = first.chain(times.map(|micros| format!("{micros:.1}")));
            let inside = |parts: Parts| parts.push + parts.finish;
            table.row(cells.chain([
                format!("{:.0}", with.sum() * 1e3 / *n as f64),
                format!("{:.2}", inside(with) / inside(without)),
            ]));
        }
    }
    Ok(format!(
        "### What a policy costs\n\nMicroseconds on one thread, least of at least {runs} runs. *Instantiate*: a store \
         and an instance; *columns*: the fields that the policy reads, made from findings; *push*: copied into its \
         memory, {BATCH} findings at once, and looked at there; *finish*: its decision, copied out. What fuel adds is \
         measured over push and finish, with the same engine without it.\n\n{table}"
    ))
}

/// How many policies are asked at once.
const POLICIES: [usize; 3] = [1, 3, 8];

fn memory(setting: &Setting) -> Result<String> {
    let n = setting.scale.sizes.last().copied().unwrap_or(1);
    fs::write(setting.folder.join(format!("{n}.json")), trivy(n))?;
    let folder = target().join("policies");
    let mut processes = Vec::new();
    for count in POLICIES {
        let asked = (1..).zip(ASKED.iter().cycle()).take(count);
        let asked: Vec<(String, String)> = asked
            .map(|(at, name)| {
                let path = folder.join(format!("{name}.wasm")).display().to_string();
                (format!("policy-{at}"), path)
            })
            .collect();
        let list: Vec<&String> = asked.iter().map(|(name, _)| name).collect();
        let tables = asked
            .iter()
            .map(|(name, path)| format!("[policies.{name}]\npath = {path:?}\n"));
        let tables: String = tables.collect();
        let profile = format!("format = 1\n[defaults]\npolicies = {list:?}\n{tables}");
        fs::write(setting.folder.join(format!("{count}.toml")), profile)?;
        let arguments = format!("--config {count}.toml evaluate image --report trivy={n}.json");
        processes.push(Process::new(&setting.gate, &arguments));
    }
    let taken = in_turn(&processes, &setting.folder, setting.scale.long_runs)?;
    let heads = ["policies"].into_iter().chain(Taken::HEADS);
    let mut table = Table::new(heads.chain(["peak ÷ one policy"]));
    let one = taken.first().map_or(f64::NAN, |taken| taken.peak_mib);
    for (count, taken) in POLICIES.iter().zip(&taken) {
        let ratio = format!("{:.3}", taken.peak_mib / one);
        table.row(headed(count, taken.cells().into_iter().chain([ratio])));
    }
    Ok(format!(
        "### More policies, on {}\n\nThe image gate's in turn under other names, from files; each has an instance of \
         its own, and the findings are shared.\n\n{table}",
        findings(n)
    ))
}
