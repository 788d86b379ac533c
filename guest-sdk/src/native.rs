//! Runs a policy's function without WebAssembly, for unit tests.

use crate::bindings::exports::gate::policy::guest as wit;
use crate::evaluation::Evaluation;
use crate::{
    Answer, Class, Context, Decision, Description, Finding, Findings, Level, Origin, Refusal, Rule,
    Severity, Status, Value,
};

/// Runs a policy on findings. Thresholds and settings that the context does not give have the defaults of the
/// description.
///
/// # Errors
/// When the policy gives up.
pub fn run<P, F>(
    description: &Description,
    policy: P,
    mut context: Context,
    findings: impl IntoIterator<Item = Finding>,
) -> Result<Decision, Refusal>
where
    P: FnOnce(Context, Findings) -> F,
    F: Future<Output = Result<Answer, Refusal>> + 'static,
{
    for (given, described) in [
        (&mut context.thresholds, description.thresholds),
        (&mut context.settings, description.settings),
    ] {
        for threshold in described {
            if !given.iter().any(|(name, _)| name == threshold.name()) {
                given.push((threshold.name().to_owned(), threshold.default_value()));
            }
        }
        given.sort_by(|(a, _), (b, _)| a.cmp(b));
    }
    let evaluation = Evaluation::start(context, policy);
    evaluation
        .on_findings(findings.into_iter().collect())
        .map_err(Refusal::new)?;
    evaluation.finish().map_err(Refusal::new)
}

/// A context that gives no thresholds: those of the description hold.
#[must_use]
pub fn context() -> Context {
    wit::Context {
        gate: "image".to_owned(),
        subject: None,
        evaluated_at: "2026-01-31T23:59:59Z".to_owned(),
        thresholds: Vec::new(),
        settings: Vec::new(),
        reports: Vec::new(),
        attributes: Vec::new(),
    }
}

/// A context that gives one threshold.
#[must_use]
pub fn context_with(name: &str, value: Value) -> Context {
    Context {
        thresholds: vec![(name.to_owned(), value)],
        ..context()
    }
}

/// A finding that has a rule and a level and nothing else.
#[must_use]
pub fn finding(rule: &str, level: Level) -> Finding {
    wit::Finding {
        id: String::new(),
        class: Class::Vulnerability,
        status: Status::Fail,
        severity: Severity {
            level,
            origin: Origin::Tool,
            original: None,
            source: None,
            score: None,
        },
        tool: "test".to_owned(),
        rule: Rule {
            id: rule.to_owned(),
            name: None,
            url: None,
            tags: Vec::new(),
        },
        title: rule.to_owned(),
        description: String::new(),
        remediation: None,
        references: Vec::new(),
        confidence: None,
        vulnerability: None,
        locations: Vec::new(),
        endpoint: None,
        resource: None,
        suppression: None,
        keys: Vec::new(),
        first_seen: None,
        count: 1,
        attributes: Vec::new(),
    }
}
