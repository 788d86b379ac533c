//! Between the model and the contract's types.

use gate_core::policy::{
    Counters, Decision, Description, PolicyDisposition, PolicyFailure, PolicyReason,
};
use gate_core::request::{EvaluationRequest, Limits, PolicyUse};
use gate_core::scan_report::{Completeness, ScanReport};
use gate_core::severity::Level;
use gate_core::threshold::{Given, Parameter, Value, ValueKind};
use gate_core::verdict::Outcome;

use crate::bindings::exports::gate::policy::guest as wit;

/// A function between two enums with the same cases.
macro_rules! same_cases {
    ($name:ident: $from:path => $to:path, $($case:ident)+) => {
        pub(crate) const fn $name(from: $from) -> $to {
            match from { $(<$from>::$case => <$to>::$case,)+ }
        }
    };
}
pub(crate) use same_cases;

same_cases!(level: Level => wit::Level, Unknown Info Low Medium High Critical);
same_cases!(level_back: wit::Level => Level, Unknown Info Low Medium High Critical);
same_cases!(completeness: Completeness => wit::Completeness, Complete Partial Failed Empty);
same_cases!(outcome: wit::Outcome => Outcome, Pass Warn Fail);
same_cases!(disposition: wit::Disposition => PolicyDisposition, Counted Tolerated);
same_cases!(value_kind: wit::ValueKind => ValueKind, Flag Count Level Text Texts);

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
        attributes: attributes(&request.reports),
    }
}

/// What reports say that has no field in the contract. All of it crosses; what does not fit into a policy's memory ends
/// as an error there.
fn attributes(reports: &[ScanReport]) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for (at, report) in reports.iter().enumerate() {
        let mut say = |what: &str, value: String| all.push((format!("reports.{at}.{what}"), value));
        say("content", report.content.as_str().to_owned());
        if let Some(scanned) = report.scanned {
            say("scanned", scanned.to_string());
        }
        for (name, number) in &report.measures {
            say(&format!("measures.{name}"), number.to_string());
        }
    }
    all.sort_unstable();
    all
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

#[cfg(test)]
mod tests {
    use gate_core::code::Code;
    use gate_core::scan_report::{Content, Problem};

    use super::*;

    #[test]
    fn what_reports_measured_crosses_sorted_by_name() {
        let report = |scanned, measures: &[(&str, u64)]| {
            let unread = Problem::new(Code::ReportEmpty, "unused");
            let mut report = ScanReport::unreadable("report", unread);
            report.scanned = scanned;
            report.measures = measures
                .iter()
                .map(|(name, n)| ((*name).to_owned(), *n))
                .collect();
            report
        };
        let mut reports = vec![report(None, &[]); 10];
        reports[1].content = Content::Measurement;
        reports.push(report(Some(3), &[("tests", u64::MAX), ("lines-valid", 7)]));
        let attributes = attributes(&reports);
        assert!(attributes.is_sorted());
        let said = |name: &str| {
            attributes
                .iter()
                .find(|(n, _)| n == name)
                .map(|(_, v)| &**v)
        };
        for (name, value) in [
            ("reports.0.content", Some("scan")),
            ("reports.0.scanned", None),
            ("reports.1.content", Some("measurement")),
            ("reports.10.scanned", Some("3")),
            ("reports.10.measures.lines-valid", Some("7")),
            ("reports.10.measures.tests", Some("18446744073709551615")),
        ] {
            assert_eq!(said(name), value, "{name}");
        }
        assert_eq!(attributes.len(), 14);
    }
}
