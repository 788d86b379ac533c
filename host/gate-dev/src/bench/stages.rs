//! What each stage of the road takes, inside one process.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use gate_adapters::read::{Among, Options, read};
use gate_adapters::registry::of_tool;
use gate_core::digest::Digest;
use gate_core::evaluate::evaluate;
use gate_core::finding::Status;
use gate_core::fingerprint::assemble;
use gate_core::gate::GateName;
use gate_core::ports::{EvidenceStore as _, PolicyRuntime as _};
use gate_core::record::write_findings;
use gate_core::request::{
    Enforcement, EvaluationRequest, Limits, PolicyUse, Question, ReportRules,
};
use gate_core::severity::Level;
use gate_core::threshold::resolve;
use gate_core::time::Moment;
use gate_evidence::DirectoryStore;
use gate_guest::bindings::exports::gate::policy::guest::Batch;
use gate_runtime::columns::{Reads, batch};
use gate_runtime::{LoadedPolicy, Runtime};

use crate::run::{Result, target};

/// Milliseconds of each stage, the least of several runs.
#[derive(Debug, Default)]
pub struct Stages {
    /// `serde_json` over the same bytes, nothing kept: the floor for any reader of JSON.
    pub skim: f64,
    /// Reading: split, check, redact, hash, parse into findings.
    pub read: f64,
    /// Identity, merging, order.
    pub assemble: f64,
    /// One policy in the sandbox: severity-over-budget.
    pub policy_wasm: f64,
    /// The same function, native, on the same columns.
    pub policy_native: f64,
    /// The same question, native, on copies of the findings.
    pub policy_by_value: f64,
    /// The standard policies and the verdict.
    pub evaluate: f64,
    /// Findings as canonical JSON lines.
    pub canonical: f64,
    /// Findings and report into the evidence store, durable.
    pub store: f64,
    /// Fuel of one policy, per finding.
    pub fuel_per_finding: u64,
    /// Memory of one policy, in bytes.
    pub policy_memory: u64,
}

/// Measures the stages on a report with `n` findings.
pub fn stages(text: &str, runs: usize) -> Result<Stages> {
    let mut least = Stages::default();
    let mut runtime = Runtime::new(&Limits::STANDARD)?;
    let folder = target().join("policies");
    let mut policies = Vec::new();
    for name in crate::build::policy_names()? {
        let component = std::fs::read(folder.join(format!("{name}.wasm")))?;
        let LoadedPolicy {
            digest,
            description,
            ..
        } = runtime.load(&component)?;
        let thresholds = resolve(&description.thresholds, &[])?;
        policies.push(PolicyUse {
            name,
            digest,
            thresholds,
            settings: Default::default(),
        });
    }
    for _ in 0..runs {
        let once = run_once(text, &runtime, &policies)?;
        for (kept, new) in least.times().into_iter().zip(once.clone_times()) {
            if *kept == 0.0 || new < *kept {
                *kept = new;
            }
        }
        least.fuel_per_finding = once.fuel_per_finding;
        least.policy_memory = once.policy_memory;
    }
    Ok(least)
}

impl Stages {
    fn times(&mut self) -> [&mut f64; 9] {
        [
            &mut self.skim,
            &mut self.read,
            &mut self.assemble,
            &mut self.policy_wasm,
            &mut self.policy_native,
            &mut self.policy_by_value,
            &mut self.evaluate,
            &mut self.canonical,
            &mut self.store,
        ]
    }

    fn clone_times(&self) -> [f64; 9] {
        [
            self.skim,
            self.read,
            self.assemble,
            self.policy_wasm,
            self.policy_native,
            self.policy_by_value,
            self.evaluate,
            self.canonical,
            self.store,
        ]
    }
}

fn timed<T>(into: &mut f64, work: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let result = work();
    *into = started.elapsed().as_secs_f64() * 1000.0;
    result
}

fn run_once(text: &str, runtime: &Runtime, policies: &[PolicyUse]) -> Result<Stages> {
    let mut stages = Stages::default();
    timed(&mut stages.skim, || {
        serde_json::from_str::<serde::de::IgnoredAny>(text)
    })?;
    let report = timed(&mut stages.read, || {
        let mut bytes = text.as_bytes();
        read(
            "trivy.json",
            Among::Tool(of_tool("trivy")),
            &mut bytes,
            &mut std::io::sink(),
            &Options::default(),
        )
    });
    if !report.readable {
        return Err(format!(
            "the benchmark's report is not read: {:?}",
            report.report.problems
        )
        .into());
    }
    let mut scan = report.report;
    let found = vec![report.findings];
    let assembled = timed(&mut stages.assemble, || assemble("shop", found));
    assembled.account(std::slice::from_mut(&mut scan));
    let findings = Arc::new(assembled.findings);
    let question = |policies: Vec<PolicyUse>| -> Result<Question> {
        Ok(Question {
            gate: GateName::new("image")?,
            subject: None,
            evaluated_at: Moment::from_unix(1_790_000_000)?,
            scope: "shop".to_owned(),
            enforcement: Enforcement::Enforce,
            required: Vec::new(),
            report_rules: ReportRules::standard(),
            policies,
            limits: Limits::STANDARD,
            problems: Vec::new(),
            overrides: Vec::new(),
        })
    };
    let mut request = EvaluationRequest {
        question: question(policies.to_vec())?,
        reports: vec![scan],
        findings: Arc::clone(&findings),
    };
    timed(&mut stages.evaluate, || evaluate(&request, runtime));

    let budget = policies
        .iter()
        .filter(|policy| policy.name == "severity-over-budget")
        .cloned();
    request.question = question(budget.collect())?;
    let answers = timed(&mut stages.policy_wasm, || runtime.run(&request));
    let diagnostics = answers
        .first()
        .map(|answer| answer.diagnostics.clone())
        .unwrap_or_default();
    stages.fuel_per_finding = diagnostics.fuel_used / findings.len().max(1) as u64;
    stages.policy_memory = diagnostics.memory_peak;

    // The same typed findings, by value: what crosses into the sandbox is a copy, and so is what a native policy gets
    // that keeps nothing of the gate's own.
    timed(&mut stages.policy_by_value, || {
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
    timed(&mut stages.policy_native, || {
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
    timed(&mut stages.canonical, || {
        write_findings(&findings, &mut bytes)
    })?;
    let folder = tempfile::tempdir_in(target())?;
    let store = DirectoryStore::new(folder.path());
    timed(&mut stages.store, || -> Result<Digest> {
        store.put(text.as_bytes())?;
        Ok(store.put(&bytes)?)
    })?;
    Ok(stages)
}
