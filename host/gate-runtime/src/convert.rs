//! Between the model and the contract's types.

use std::collections::BTreeSet;

use gate_core::finding as core;
use gate_core::policy::{
    Counters, Decision, Description, PolicyDisposition, PolicyFailure, PolicyReason,
};
use gate_core::request::{EvaluationRequest, Limits, PolicyUse};
use gate_core::scan_report::{Completeness, ScanReport};
use gate_core::severity::{Level, Origin, Severity};
use gate_core::threshold::{Given, Parameter, Value, ValueKind};
use gate_core::verdict::Outcome;

use crate::bindings::exports::gate::policy::guest as wit;

/// Which fields of a finding a policy reads.
#[derive(Debug, Clone, Default)]
pub struct Reads {
    fields: BTreeSet<&'static str>,
    attributes: BTreeSet<String>,
}

impl Reads {
    /// From the names in a policy's description: fields, or `attributes.NAME` for one attribute.
    ///
    /// # Errors
    /// For a name that is neither: a misspelt field would arrive empty, and the policy would pass for it.
    pub fn new(names: &[String]) -> Result<Self, PolicyFailure> {
        let mut reads = Self::default();
        for name in names {
            let attribute = name
                .strip_prefix("attributes.")
                .filter(|rest| !rest.is_empty());
            match (
                Description::FIELDS.into_iter().find(|field| field == name),
                attribute,
            ) {
                (Some(field), _) => reads.fields.insert(field),
                (None, Some(attribute)) => reads.attributes.insert(attribute.to_owned()),
                (None, None) => {
                    let why = format!(
                        "reads `{}`, which is no field of a finding",
                        bounded(name, 64)
                    );
                    return Err(PolicyFailure::Description(why));
                }
            };
        }
        Ok(reads)
    }

    /// All fields, for tests.
    #[must_use]
    pub fn everything() -> Self {
        Self {
            fields: Description::FIELDS.into_iter().collect(),
            attributes: BTreeSet::new(),
        }
    }

    fn has(&self, field: &str) -> bool {
        self.fields.contains(field)
    }
}

fn text(text: &core::Text) -> String {
    text.to_string()
}

fn optional(text: &Option<core::Text>) -> Option<String> {
    text.as_ref().map(ToString::to_string)
}

fn texts(texts: &[core::Text]) -> Vec<String> {
    texts.iter().map(ToString::to_string).collect()
}

macro_rules! same_cases {
    ($name:ident: $from:path => $to:path, $($case:ident)+) => {
        const fn $name(from: $from) -> $to {
            match from { $(<$from>::$case => <$to>::$case,)+ }
        }
    };
}

same_cases!(level: Level => wit::Level, Unknown Info Low Medium High Critical);
same_cases!(level_back: wit::Level => Level, Unknown Info Low Medium High Critical);
same_cases!(origin: Origin => wit::Origin, Tool Vendor Cvss Default);
same_cases!(class: core::Class => wit::Class,
    Vulnerability Secret CodeWeakness Misconfiguration License WebAlert RuntimeEvent Compliance Lint);
same_cases!(status: core::Status => wit::Status, Fail Open Pass NotApplicable Informational);
same_cases!(fix_state: core::FixState => wit::FixState, Unknown Fixed None WontFix Deferred EndOfLife);
same_cases!(suppression_kind: core::SuppressionKind => wit::SuppressionKind,
    InSource External Vex Baseline);
same_cases!(suppression_state: core::SuppressionState => wit::SuppressionState,
    Accepted UnderReview Rejected);
same_cases!(completeness: Completeness => wit::Completeness, Complete Partial Failed Empty);
same_cases!(outcome: wit::Outcome => Outcome, Pass Warn Fail);
same_cases!(disposition: wit::Disposition => PolicyDisposition, Counted Tolerated);
same_cases!(value_kind: wit::ValueKind => ValueKind, Flag Count Level Text Texts);

/// A finding with the fields that a policy reads; the others are empty.
#[must_use]
pub fn finding(from: &core::Finding, reads: &Reads) -> wit::Finding {
    let severity = if reads.has("severity") {
        severity(&from.severity)
    } else {
        severity(&Severity::unknown())
    };
    let or_empty = |field, value: &core::Text| {
        if reads.has(field) {
            text(value)
        } else {
            String::new()
        }
    };
    let list = |field, values: &[core::Text]| {
        if reads.has(field) {
            texts(values)
        } else {
            Vec::new()
        }
    };
    wit::Finding {
        id: if reads.has("id") {
            from.id.to_string()
        } else {
            String::new()
        },
        class: class(from.class),
        status: status(from.status),
        severity,
        tool: text(&from.tool),
        rule: if reads.has("rule") {
            wit::Rule {
                id: text(&from.rule.id),
                name: optional(&from.rule.name),
                url: optional(&from.rule.url),
                tags: texts(&from.rule.tags),
            }
        } else {
            wit::Rule {
                id: String::new(),
                name: None,
                url: None,
                tags: Vec::new(),
            }
        },
        title: or_empty("title", &from.title),
        description: or_empty("description", &from.description),
        remediation: if reads.has("remediation") {
            optional(&from.remediation)
        } else {
            None
        },
        references: list("references", &from.references),
        confidence: from.confidence.filter(|_| reads.has("confidence")),
        vulnerability: from
            .vulnerability
            .as_deref()
            .filter(|_| reads.has("vulnerability"))
            .map(vulnerability),
        locations: if reads.has("locations") {
            from.locations.iter().map(location).collect()
        } else {
            Vec::new()
        },
        endpoint: from
            .endpoint
            .as_deref()
            .filter(|_| reads.has("endpoint"))
            .map(|e| wit::Endpoint {
                method: optional(&e.method),
                url: text(&e.url),
                parameter: optional(&e.parameter),
            }),
        resource: from
            .resource
            .as_deref()
            .filter(|_| reads.has("resource"))
            .map(|r| wit::Resource {
                kind: text(&r.kind),
                id: text(&r.id),
                region: optional(&r.region),
                account: optional(&r.account),
                image_digest: optional(&r.image_digest),
            }),
        suppression: from
            .suppression
            .as_ref()
            .filter(|_| reads.has("suppression"))
            .map(|s| wit::Suppression {
                kind: suppression_kind(s.kind),
                state: suppression_state(s.state),
                justification: optional(&s.justification),
            }),
        keys: list("keys", &from.keys),
        first_seen: from
            .first_seen
            .filter(|_| reads.has("first-seen"))
            .map(|at| at.to_string()),
        count: from.count,
        attributes: from
            .attributes
            .iter()
            .filter(|(name, _)| reads.has("attributes") || reads.attributes.contains(&***name))
            .map(|(name, value)| (text(name), text(value)))
            .collect(),
    }
}

fn severity(from: &Severity) -> wit::Severity {
    wit::Severity {
        level: level(from.level),
        origin: origin(from.origin),
        original: optional(&from.original),
        source: optional(&from.source),
        score: optional(&from.score),
    }
}

fn vulnerability(from: &core::Vulnerability) -> wit::Vulnerability {
    wit::Vulnerability {
        ids: texts(&from.ids),
        cwes: from.cwes.clone(),
        software: wit::Software {
            ecosystem: optional(&from.software.ecosystem),
            name: text(&from.software.name),
            version: optional(&from.software.version),
            purl: optional(&from.software.purl),
            path: optional(&from.software.path),
        },
        fixed_in: texts(&from.fixed_in),
        fix_state: fix_state(from.fix_state),
        epss: optional(&from.epss),
        known_exploited: from.known_exploited,
        cvss: from
            .cvss
            .iter()
            .map(|c| wit::Cvss {
                version: text(&c.version),
                vector: optional(&c.vector),
                score: optional(&c.score),
                source: optional(&c.source),
            })
            .collect(),
    }
}

fn location(from: &core::Location) -> wit::Location {
    wit::Location {
        path: optional(&from.path),
        start_line: from.start_line,
        end_line: from.end_line,
        start_column: from.start_column,
        end_column: from.end_column,
        logical: optional(&from.logical),
    }
}

/// What a policy may know besides the findings.
#[must_use]
pub fn context(using: &PolicyUse, request: &EvaluationRequest) -> wit::Context {
    let question = &request.question;
    let values = |values: &std::collections::BTreeMap<String, Given>| {
        values
            .iter()
            .map(|(name, given)| (name.clone(), value(&given.value)))
            .collect()
    };
    wit::Context {
        gate: question.gate.as_str().to_owned(),
        subject: question.subject.as_ref().map(|subject| wit::Subject {
            name: subject.name.clone(),
            digest: subject.digest.map(|digest| digest.to_string()),
        }),
        evaluated_at: question.evaluated_at.to_string(),
        thresholds: values(&using.thresholds),
        settings: values(&using.settings),
        reports: request.reports.iter().map(scan_report).collect(),
        attributes: Vec::new(),
    }
}

fn scan_report(from: &ScanReport) -> wit::ScanReport {
    let target = from.target.as_ref();
    wit::ScanReport {
        tool: from.tool.clone(),
        tool_version: from.tool_version.clone(),
        completeness: completeness(from.completeness),
        target: target.map(|target| target.name.clone()),
        target_digest: target.and_then(|target| target.digests.first().cloned()),
        findings: from.counts.findings,
    }
}

fn value(from: &Value) -> wit::Value {
    match from {
        Value::Flag(flag) => wit::Value::Flag(*flag),
        Value::Count(count) => wit::Value::Count(*count),
        Value::Unlimited => wit::Value::Unlimited,
        Value::Level(l) => wit::Value::Level(level(*l)),
        Value::Text(text) => wit::Value::Text(text.clone()),
        Value::Texts(texts) => wit::Value::Texts(texts.clone()),
    }
}

fn value_back(from: wit::Value) -> Value {
    match from {
        wit::Value::Flag(flag) => Value::Flag(flag),
        wit::Value::Count(count) => Value::Count(count),
        wit::Value::Unlimited => Value::Unlimited,
        wit::Value::Level(level) => Value::Level(level_back(level)),
        wit::Value::Text(text) => Value::Text(text),
        wit::Value::Texts(texts) => Value::Texts(texts),
    }
}

/// A policy's description, its sizes checked.
pub(crate) fn description(
    from: wit::Description,
    limits: &Limits,
) -> Result<Description, PolicyFailure> {
    let most = limits.text_bytes as usize;
    let parameters = |list: Vec<wit::Parameter>| {
        let convert = |p: wit::Parameter| Parameter {
            name: p.name,
            kind: value_kind(p.kind),
            default: value_back(p.default),
            meaning: p.meaning,
        };
        list.into_iter().map(convert).collect::<Vec<_>>()
    };
    let description = Description {
        name: from.name,
        version: from.version,
        question: from.question,
        thresholds: parameters(from.thresholds),
        settings: parameters(from.settings),
        reads: from.reads,
    };
    let parameters = description.thresholds.iter().chain(&description.settings);
    let sizes = [
        &description.name,
        &description.version,
        &description.question,
    ]
    .into_iter()
    .chain(&description.reads)
    .chain(parameters.flat_map(|p| {
        // A default is recorded with every verdict that uses it.
        let default = match &p.default {
            Value::Text(text) => std::slice::from_ref(text),
            Value::Texts(texts) => texts,
            Value::Flag(_) | Value::Count(_) | Value::Unlimited | Value::Level(_) => &[],
        };
        [&p.name, &p.meaning].into_iter().chain(default)
    }));
    if sizes.into_iter().any(|text| text.len() > most) {
        return Err(PolicyFailure::AnswerTooLarge);
    }
    Ok(description)
}

/// A policy's decision, its sizes checked. Whether it makes sense is for
/// [`gate_core::policy::Decision::check`].
pub(crate) fn decision(from: wit::Decision, limits: &Limits) -> Result<Decision, PolicyFailure> {
    let most = limits.text_bytes as usize;
    let long = |reason: &wit::Reason| {
        reason.code.len() > most
            || reason.message.len() > most
            || reason.help.as_ref().is_some_and(|help| help.len() > most)
    };
    if from.reasons.len() > limits.reasons as usize || from.reasons.iter().any(long) {
        return Err(PolicyFailure::AnswerTooLarge);
    }
    let reason = |r: wit::Reason| PolicyReason {
        outcome: outcome(r.outcome),
        code: r.code,
        message: r.message,
        help: r.help,
        findings: r.findings,
    };
    Ok(Decision {
        outcome: outcome(from.outcome),
        reasons: from.reasons.into_iter().map(reason).collect(),
        dispositions: from
            .dispositions
            .into_iter()
            .map(|(at, what)| (at, disposition(what)))
            .collect(),
        counters: Counters {
            matched: from.counters.matched,
            rules: from.counters.rules,
            seen: from.counters.seen,
        },
    })
}

/// The beginning of a guest's text.
pub(crate) fn bounded(text: &str, bytes: usize) -> String {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default().to_owned()
}
