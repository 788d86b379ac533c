//! Runs a policy's function without WebAssembly, for unit tests.

use crate::bindings::exports::gate::policy::guest::{self as wit, Batch};
use crate::evaluation::Evaluation;
use crate::{
    Answer, Class, Context, Decision, Description, Findings, FixState, Level, Refusal, Status,
    Value,
};

mod columns;

/// Runs a policy on findings. Thresholds and settings that the context does not give have the defaults of the
/// description.
///
/// # Errors
/// When the policy gives up.
pub fn run<P, F>(
    description: &Description,
    policy: P,
    context: Context,
    findings: impl IntoIterator<Item = Finding>,
) -> Result<Decision, Refusal>
where
    P: FnOnce(Context, Findings) -> F,
    F: Future<Output = Result<Answer, Refusal>> + 'static,
{
    let findings: Vec<Finding> = findings.into_iter().collect();
    let batch = columns::batch(&findings, description);
    run_on_batches(description, policy, context, [batch])
}

/// Runs a policy on findings as they arrive from the gate.
///
/// # Errors
/// When the policy gives up.
#[doc(hidden)]
pub fn run_on_batches<P, F>(
    description: &Description,
    policy: P,
    mut context: Context,
    batches: impl IntoIterator<Item = Batch>,
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
    let evaluation = Evaluation::start(description, context, policy);
    for batch in batches {
        evaluation.on_findings(batch).map_err(Refusal::new)?;
    }
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

/// A context with one more report: a complete scan of this tool, with what it measured.
#[must_use]
pub fn with_report(mut context: Context, tool: &str, measures: &[(&str, u64)]) -> Context {
    let at = context.reports.len();
    context.reports.push(wit::ScanReport {
        tool: tool.to_owned(),
        tool_version: None,
        completeness: wit::Completeness::Complete,
        target: None,
        target_digest: None,
        findings: 0,
    });
    let content = ("content".to_owned(), "scan".to_owned());
    let measures = measures.iter();
    let measures = measures.map(|(name, value)| (format!("measures.{name}"), value.to_string()));
    for (what, value) in std::iter::once(content).chain(measures) {
        let name = format!("reports.{at}.{what}");
        context.attributes.push((name, value));
    }
    context.attributes.sort_unstable();
    context
}

/// A finding of a unit test: what policies ask of one most often. The columns that the gate also fills, and that
/// have no field here, say nothing.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Identity.
    pub id: String,
    /// What kind of problem.
    pub class: Class,
    /// What the tool said of it.
    pub status: Status,
    /// How bad.
    pub level: Level,
    /// The tool.
    pub tool: String,
    /// The rule's identifier.
    pub rule: String,
    /// The rule's tags.
    pub tags: Vec<String>,
    /// One line.
    pub title: String,
    /// The vulnerable package, of a known vulnerability.
    pub package: Option<Package>,
    /// The place; empty when there is none.
    pub path: String,
    /// Whether a comment in the source takes it out.
    pub suppressed: bool,
    /// Attributes by name.
    pub attributes: Vec<(String, String)>,
}

/// The vulnerable package of a finding.
#[derive(Clone, Debug)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The vulnerability's names.
    pub ids: Vec<String>,
    /// Versions that contain a fix.
    pub fixed_in: Vec<String>,
    /// Whether a fix exists.
    pub fix_state: FixState,
}

/// A finding that has a rule and a level and nothing else.
#[must_use]
pub fn finding(rule: &str, level: Level) -> Finding {
    Finding {
        id: String::new(),
        class: Class::Vulnerability,
        status: Status::Fail,
        level,
        tool: "test".to_owned(),
        rule: rule.to_owned(),
        tags: Vec::new(),
        title: rule.to_owned(),
        package: None,
        path: String::new(),
        suppressed: false,
        attributes: Vec::new(),
    }
}
