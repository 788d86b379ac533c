//! The standard policies, ready to be asked in both ways: as components in the sandbox, and natively.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use gate_core::code::Code;
use gate_core::finding::Finding;
use gate_core::gate::GateName;
use gate_core::policy::{Counters, Decision, PolicyDisposition, PolicyFailure, PolicyReason};
use gate_core::request::{EvaluationRequest, Limits, PolicyUse, Question, Requirement, Terms};
use gate_core::scan_report::{Completeness, Problem, RecordCounts, ScanReport};
use gate_core::threshold::{Layer, Read, Role, refuse_unread, resolve};
use gate_core::verdict::Outcome;
use gate_guest::bindings::exports::gate::policy::guest::Batch;
use gate_guest::{Context, Description, Refusal, native};
use gate_runtime::columns::{self, Reads};
use gate_runtime::convert;
use gate_runtime::{LoadedPolicy, Runtime};

use crate::gate::component;

/// A policy's own function.
pub(crate) struct Native {
    pub(crate) description: &'static Description,
    run: fn(Context, Batch) -> Result<gate_guest::Decision, Refusal>,
}

macro_rules! native {
    ($policy:ident) => {
        Native {
            description: &$policy::DESCRIPTION,
            run: |context, batch| {
                let description = &$policy::DESCRIPTION;
                native::run_on_batches(description, $policy::policy, context, [batch])
            },
        }
    };
}

/// Every standard policy, in order of name.
pub(crate) const NATIVE: &[Native] = &[
    native!(corroborated_finding),
    native!(denied_license),
    native!(fixable_vulnerability),
    native!(known_exploited_vulnerability),
    native!(likely_exploited_vulnerability),
    native!(misconfiguration),
    native!(mutable_image),
    native!(new_finding),
    native!(overdue_vulnerability),
    native!(pipeline_integrity),
    native!(quality_below_minimum),
    native!(runtime_alert_over_budget),
    native!(secret_in_source),
    native!(severity_over_budget),
    native!(unfixable_vulnerability),
    native!(web_alert_over_budget),
    native!(workload_hardening),
];

/// The components, compiled once for all tests.
pub(crate) struct Standard {
    pub(crate) runtime: Runtime,
    pub(crate) loaded: Vec<LoadedPolicy>,
}

impl Standard {
    /// The components in this runtime.
    pub(crate) fn of(mut runtime: Runtime) -> Self {
        let load = |native: &Native| runtime.load(&component(native.description.name)).unwrap();
        let loaded = NATIVE.iter().map(load).collect();
        Self { runtime, loaded }
    }
}

pub(crate) static STANDARD: LazyLock<Standard> =
    LazyLock::new(|| Standard::of(Runtime::new(&Limits::STANDARD).unwrap()));

/// What a policy is given when a layer sets some of its thresholds.
pub(crate) fn with(policy: &LoadedPolicy, layer: &Layer) -> PolicyUse {
    let description = &policy.description;
    let read = |parameter| Read {
        policy: &description.name,
        parameter,
    };
    let read: Vec<_> = description.thresholds.iter().map(read).collect();
    refuse_unread(Role::Threshold, &read, layer.names()).unwrap();
    PolicyUse {
        name: description.name.clone(),
        digest: policy.digest,
        thresholds: resolve(
            &description.name,
            &description.thresholds,
            &[layer],
            &BTreeMap::new(),
        )
        .unwrap(),
        settings: BTreeMap::new(),
        terms: Terms::default(),
    }
}

/// All standard policies at their defaults.
pub(crate) fn defaults() -> Vec<PolicyUse> {
    STANDARD
        .loaded
        .iter()
        .map(|policy| with(policy, &Layer::default()))
        .collect()
}

/// The standard policies that need nothing but findings, at their defaults: what they say of none is a pass.
pub(crate) fn of_findings() -> Vec<PolicyUse> {
    // The others ask for reports of certain tools, for measures or for a subject.
    const MORE: [&str; 5] = [
        "mutable-image",
        "pipeline-integrity",
        "quality-below-minimum",
        "web-alert-over-budget",
        "workload-hardening",
    ];
    let mut policies = defaults();
    policies.retain(|policy| !MORE.contains(&&*policy.name));
    policies
}

/// A complete report that holds these findings.
pub(crate) fn report_of(findings: &[Finding]) -> ScanReport {
    let number = findings.len() as u32;
    let problem = Problem::new(Code::ReportEmpty, "unused");
    ScanReport {
        completeness: Completeness::Complete,
        problems: Vec::new(),
        counts: RecordCounts {
            findings: number,
            records: number,
            ..RecordCounts::default()
        },
        ..ScanReport::unreadable("report", problem)
    }
}

/// A request in which nothing stands that a test does not name.
pub(crate) fn request(
    policies: Vec<PolicyUse>,
    findings: Vec<Finding>,
    reports: Vec<ScanReport>,
    required: Vec<Requirement>,
) -> EvaluationRequest {
    let at = "2026-01-31T23:59:59Z".parse().unwrap();
    let question = Question {
        scope: "shop".to_owned(),
        required,
        policies,
        ..Question::of(GateName::new("image").unwrap(), at)
    };
    EvaluationRequest::new(question, reports, findings)
}

/// What a policy answers natively to a request. It gets every field of a finding, also those that it does not
/// say it reads.
pub(crate) fn ask_natively(
    native: &Native,
    using: &PolicyUse,
    request: &EvaluationRequest,
) -> Result<Decision, PolicyFailure> {
    let context = serde_json::to_value(convert::context(using, request)).unwrap();
    let batch = over(&request.findings, native.description);
    let answer = (native.run)(serde_json::from_value(context).unwrap(), batch);
    let refused = |refusal: Refusal| PolicyFailure::Refused(refusal.why().to_owned());
    answer.map(host_decision).map_err(refused)
}

/// Findings as the policy's side knows them. Host and guest generate their types from one contract, each with
/// its own generator; as JSON they are the same.
fn over(findings: &[Finding], description: &Description) -> Batch {
    // All columns; an attribute that no finding has arrives where the policy names it.
    let named = description.reads.iter().copied();
    let named = named.filter(|name| name.starts_with("attributes."));
    let names = gate_core::policy::Description::COLUMNS.into_iter();
    let names: Vec<String> = names.chain(named).map(str::to_owned).collect();
    let reads = Reads::new(&names).unwrap();
    let host = serde_json::to_value(columns::batch(findings, &reads)).unwrap();
    let guest: Batch = serde_json::from_value(host.clone()).unwrap();
    assert_eq!(
        serde_json::to_value(&guest).unwrap(),
        host,
        "the two sides' types differ"
    );
    guest
}

fn host_decision(from: gate_guest::Decision) -> Decision {
    let outcome = |from| match from {
        gate_guest::Outcome::Pass => Outcome::Pass,
        gate_guest::Outcome::Warn => Outcome::Warn,
        gate_guest::Outcome::Fail => Outcome::Fail,
    };
    let reason = |reason: gate_guest::Reason| PolicyReason {
        code: reason.code,
        message: reason.message,
        help: reason.help,
        findings: reason.findings,
        outcome: outcome(reason.outcome),
    };
    let disposition = |(at, what)| match what {
        gate_guest::Disposition::Counted => (at, PolicyDisposition::Counted),
        gate_guest::Disposition::Tolerated => (at, PolicyDisposition::Tolerated),
    };
    Decision {
        outcome: outcome(from.outcome),
        reasons: from.reasons.into_iter().map(reason).collect(),
        dispositions: from.dispositions.into_iter().map(disposition).collect(),
        counters: Counters {
            matched: from.counters.matched,
            rules: from.counters.rules,
            seen: from.counters.seen,
        },
    }
}
