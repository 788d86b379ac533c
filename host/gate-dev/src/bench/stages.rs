//! What each stage of the road takes, inside one process.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use gate_adapters::read::{Among, Options, ReadReport, read};
use gate_adapters::registry::of_tool;
use gate_core::digest::Digest;
use gate_core::evaluate::evaluate;
use gate_core::finding::Status;
use gate_core::fingerprint::assemble;
use gate_core::gate::GateName;
use gate_core::ports::{EvidenceStore as _, PolicyRuntime as _};
use gate_core::record::write_findings;
use gate_core::request::{EvaluationRequest, Limits, PolicyUse, Question};
use gate_core::severity::Level;
use gate_core::time::Moment;
use gate_evidence::DirectoryStore;
use gate_guest::bindings::exports::gate::policy::guest::Batch;
use gate_runtime::Runtime;
use gate_runtime::columns::{Reads, batch};

use super::Setting;
use super::input::trivy;
use super::page::{Table, headed};
use super::policies::standard_policies;
use super::whole::findings as words;
use crate::run::{Result, target};

/// What is timed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    /// Reading: split, check, redact, hash, parse into findings.
    Read,
    /// Identity, merging, order.
    Assemble,
    /// The standard policies and the verdict.
    Evaluate,
    /// Findings as canonical JSON lines.
    Canonical,
    /// Findings and report into the evidence store, durable.
    Store,
    /// `serde_json` over the same bytes, nothing kept: the floor for any reader of JSON.
    Skim,
    /// One policy in the sandbox: severity-over-budget.
    Sandbox,
    /// The same question, native, on copies of the findings.
    ByValue,
    /// The same function, native, on the same columns.
    Native,
}

/// What a gate does, in order.
const ROAD: [(Step, &str); 5] = [
    (Step::Read, "read: split, check, redact, hash, parse"),
    (Step::Assemble, "assemble: identity, merge, sort"),
    (Step::Evaluate, "evaluate: the policies in the sandbox"),
    (Step::Canonical, "findings as canonical JSON"),
    (Step::Store, "store: report and findings, durable"),
];

/// What is held against the same work done natively.
const RATIOS: [(Step, Step, &str); 3] = [
    (
        Step::Read,
        Step::Skim,
        "Trivy adapter ÷ `serde_json` skim of the same bytes",
    ),
    (
        Step::Sandbox,
        Step::ByValue,
        "policy in the sandbox ÷ the same question native, on findings by value",
    ),
    (
        Step::Sandbox,
        Step::Native,
        "policy in the sandbox ÷ the same function native, on the same columns",
    ),
];

/// Milliseconds of each step.
#[derive(Debug, Default)]
struct Stages {
    times: BTreeMap<Step, f64>,
    /// Fuel of one policy, per finding.
    fuel_per_finding: u64,
    /// Memory of one policy, in bytes.
    policy_memory: u64,
}

impl Stages {
    fn time<T>(&mut self, step: Step, work: impl FnOnce() -> T) -> T {
        let started = Instant::now();
        let result = work();
        self.least(step, started.elapsed().as_secs_f64() * 1000.0);
        result
    }

    fn least(&mut self, step: Step, milliseconds: f64) {
        let kept = self.times.entry(step).or_insert(milliseconds);
        *kept = kept.min(milliseconds);
    }

    fn of(&self, step: Step) -> f64 {
        self.times.get(&step).copied().unwrap_or(f64::NAN)
    }

    fn share(&self, step: Step) -> String {
        let sum: f64 = ROAD.iter().map(|(step, _)| self.of(*step)).sum();
        let time = self.of(step);
        format!("{time:.2} ({:.0} %)", 100.0 * time / sum)
    }
}

/// A table of the stages, and one of ratios.
pub(super) fn section(setting: &Setting) -> Result<String> {
    let runs = setting.scale.runs;
    let measured = setting.many().map(|n| stages(&trivy(n), runs));
    let measured = measured.collect::<Result<Vec<_>>>()?;
    let heads = |first: &str| headed(first, setting.many().map(words));
    let cells = |cell: &dyn Fn(&Stages) -> String| measured.iter().map(cell).collect::<Vec<_>>();

    let mut road = Table::new(heads("stage"));
    for (step, name) in ROAD {
        road.row(headed(name, cells(&|s| s.share(step))));
    }
    let mut ratios = Table::new(heads("ratio"));
    for (step, floor, name) in RATIOS {
        let ratio = |s: &Stages| format!("{:.2}", s.of(step) / s.of(floor));
        ratios.row(headed(name, cells(&ratio)));
    }
    let fuel = cells(&|s| s.fuel_per_finding.to_string());
    ratios.row(headed("fuel per finding", fuel));
    let memory = cells(&|s| format!("{:.2}", s.policy_memory as f64 / 1_048_576.0));
    ratios.row(headed("memory of the policy, MiB", memory));
    Ok(format!(
        "### Stages, in one process\n\nMilliseconds, least of {runs} runs. Shares are of the sum.\n\n{road}\n\
         ### Ratios to a native baseline in the same process\n\n{ratios}"
    ))
}

fn stages(text: &str, runs: usize) -> Result<Stages> {
    let mut stages = Stages::default();
    let mut runtime = Runtime::new(&Limits::STANDARD)?;
    let policies = standard_policies(&mut runtime)?;
    let policies: Vec<PolicyUse> = policies.into_iter().map(|policy| policy.using).collect();
    for _ in 0..runs {
        run_once(&mut stages, text, &runtime, &policies)?;
    }
    Ok(stages)
}

/// A Trivy report's findings.
pub fn read_trivy(text: &str) -> Result<ReadReport> {
    let (mut bytes, mut twin) = (text.as_bytes(), std::io::sink());
    let among = Among::Tool(of_tool("trivy"));
    let report = read(
        "trivy.json",
        among,
        &mut bytes,
        &mut twin,
        &Options::default(),
    );
    if report.readable {
        return Ok(report);
    }
    let problems = report.report.problems;
    Err(format!("the benchmark's report is not read: {problems:?}").into())
}

/// What a gate asks these policies about a report and its findings.
pub fn request(report: ReadReport, policies: Vec<PolicyUse>) -> Result<EvaluationRequest> {
    let question = Question {
        scope: "shop".to_owned(),
        policies,
        ..Question::of(GateName::new("image")?, Moment::from_unix(1_790_000_000)?)
    };
    let mut scan = report.report;
    let assembled = assemble(&question.scope, vec![report.findings]);
    assembled.account(std::slice::from_mut(&mut scan));
    Ok(EvaluationRequest::new(
        question,
        vec![scan],
        assembled.findings,
    ))
}

fn run_once(stages: &mut Stages, text: &str, runtime: &Runtime, policies: &[PolicyUse]) -> Result {
    stages.time(Step::Skim, || {
        serde_json::from_str::<serde::de::IgnoredAny>(text)
    })?;
    let report = stages.time(Step::Read, || read_trivy(text))?;
    let mut request = stages.time(Step::Assemble, || request(report, policies.to_vec()))?;
    stages.time(Step::Evaluate, || evaluate(&request, runtime));

    let budget = policies
        .iter()
        .filter(|policy| policy.name == severity_over_budget::DESCRIPTION.name);
    request.question.policies = budget.cloned().collect();
    let answers = stages.time(Step::Sandbox, || runtime.run(&request));
    let answer = answers
        .first()
        .ok_or("the severity budget is not among the standard policies")?;
    let findings = Arc::clone(&request.findings);
    stages.fuel_per_finding = answer.diagnostics.fuel_used / findings.len().max(1) as u64;
    stages.policy_memory = answer.diagnostics.memory_peak;

    // The same typed findings, by value: what crosses into the sandbox is a copy, and so is what a native policy gets
    // that keeps nothing of the gate's own.
    stages.time(Step::ByValue, || {
        let mut positions: BTreeMap<Level, Vec<u32>> = BTreeMap::new();
        for (at, finding) in (0..).zip(findings.iter().cloned()) {
            let counts = matches!(finding.status, Status::Fail | Status::Open);
            if counts && !finding.is_suppressed() {
                positions
                    .entry(finding.severity.level)
                    .or_default()
                    .push(at);
            }
        }
        positions
    });
    // The same function on the same columns: what the sandbox adds.
    let reads: Vec<String> = severity_over_budget::DESCRIPTION
        .reads
        .iter()
        .map(|name| (*name).to_owned())
        .collect();
    let host = serde_json::to_value(batch(&findings, &Reads::new(&reads)?))?;
    let columns: Batch = serde_json::from_value(host)?;
    stages.time(Step::Native, || {
        let description = &severity_over_budget::DESCRIPTION;
        let context = gate_guest::native::context();
        let batches = [columns.clone()];
        gate_guest::native::run_on_batches(
            description,
            severity_over_budget::policy,
            context,
            batches,
        )
    })?;

    let mut bytes = Vec::new();
    stages.time(Step::Canonical, || write_findings(&findings, &mut bytes))?;
    let folder = tempfile::tempdir_in(target())?;
    let store = DirectoryStore::new(folder.path());
    stages.time(Step::Store, || -> Result<Digest> {
        store.put(text.as_bytes())?;
        Ok(store.put(&bytes)?)
    })?;
    Ok(())
}
