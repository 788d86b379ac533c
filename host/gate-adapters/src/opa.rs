//! The result of `opa eval --format json`, where the query is for decisions.
//!
//! Format: <https://www.openpolicyagent.org/docs/cli#eval>, `v1/rego/resultset.go` and `internal/presentation` of
//! <https://github.com/open-policy-agent/opa>: `result` has the expressions of the query with their values, `errors`
//! what went wrong. An undefined query writes `{}`: nothing was decided, which is not the same as nothing denied.
//!
//! OPA answers any question; only these answers are decisions: a rule `deny`, `violation` or `warn` (or one whose name
//! begins so, with an underscore), asked for by itself (`data.main.deny`) or with its package (`data.main`). It is a
//! set of messages, or of objects with a `msg`; or true or false. Everything else is quarantined, not guessed about.
//! OPA does not write what was judged: the place of a finding is its rule.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::{Map, Value};

use gate_core::finding::{Location, Text};
use gate_core::scan_report::Completeness;

use crate::adapter::{Adapter, Exits, Findings, Reader, Record, RecordError, Run, escaped};
use crate::envelope::object;
use crate::error::ReadError;
use crate::format::Format;
use crate::redact::secret;
use crate::rego::{Decision, Kind};
use crate::shape::Root;

/// What stands beside `result`, with options of the command.
const BESIDE: &[&str] = &[
    "result",
    "errors",
    "metrics",
    "explanation",
    "profile",
    "coverage",
];

/// The row of the registry.
pub(crate) static ADAPTER: Adapter = Adapter {
    tool: "opa",
    id: "opa-json@1",
    reads: "JSON of `opa eval` for `deny`, `violation` and `warn` rules or their package",
    severity: "none written: deny and violation are high, warn medium, unless the decision has a `severity`",
    completeness: "failed with `errors`; empty when the query is undefined",
    format: Format::Json,
    lists: &["/result/*/expressions/*"],
    unread: &[],
    sensitive: &[secret("bindings"), secret("details"), secret("explanation")],
    // 1 comes with `--fail` (nothing is defined) as well as with `--fail-defined`.
    exits: Exits::ONE_ON_DEMAND,
    recognizes: &|shape| {
        shape.root == Root::Object
            && shape.has("result")
            && shape.keys.iter().all(|key| BESIDE.contains(&&**key))
    },
    start: &|| Box::new(Opa),
};

struct Opa;

#[derive(Deserialize)]
struct Expression<'a> {
    #[serde(borrow)]
    text: Cow<'a, str>,
    value: Value,
}

#[derive(Deserialize)]
struct Envelope {
    errors: Option<Vec<Failure>>,
    result: Option<Vec<Row>>,
}

#[derive(Deserialize)]
struct Failure {
    code: Option<String>,
}

#[derive(Deserialize)]
struct Row {
    expressions: Vec<u8>,
}

impl Reader for Opa {
    fn record(&mut self, record: &Record<'_>, findings: &mut Findings) -> Result<(), RecordError> {
        let Expression { text, value } = record.parse()?;
        // `data.main.deny[msg]` is one element of the set.
        let query = text.split('[').next().unwrap_or_default().trim();
        let rule = query.rsplit('.').next().unwrap_or_default();
        if let Some(kind) = Kind::of_rule(rule) {
            return decisions(record, findings, (kind, query, "/value"), &value);
        }
        let members = value.as_object().into_iter().flatten();
        let decided = members.filter_map(|(name, value)| Some((name, Kind::of_rule(name)?, value)));
        let mut odd = None;
        let mut any = false;
        for (name, kind, value) in decided {
            any = true;
            let (query, at) = (
                format!("{query}.{name}"),
                format!("/value/{}", escaped(name)),
            );
            let read = decisions(record, findings, (kind, &query, &at), value);
            odd = odd.or(read.err());
        }
        match odd {
            Some(error) => Err(error),
            None if any => Ok(()),
            None => Err(RecordError::Shape(
                "it holds no `deny`, `violation` or `warn`".to_owned(),
            )),
        }
    }

    fn finish(&mut self, envelope: &[u8]) -> Result<Run, ReadError> {
        let Envelope { errors, result } = object(ADAPTER.tool, envelope)?;
        if let Some([first, ..]) = errors.as_deref() {
            let code = first.code.as_deref().unwrap_or("no code");
            return Err(ReadError::ScannerFailed(format!(
                "OPA could not evaluate the query ({code})"
            )));
        }
        let mut run = Run::new(Completeness::Complete);
        let decided: usize = result
            .iter()
            .flatten()
            .map(|row| row.expressions.len())
            .sum();
        if decided == 0 {
            run.nothing_scanned("the query is undefined: OPA decided nothing");
        }
        Ok(run)
    }
}

/// Takes the value of one rule.
fn decisions(
    record: &Record<'_>,
    findings: &mut Findings,
    (kind, query, at): (Kind, &str, &str),
    value: &Value,
) -> Result<(), RecordError> {
    let mut push = |message: &str, metadata: &Map<String, Value>, at: &str| {
        let decision = Decision {
            tool: ADAPTER.tool,
            kind,
            query,
            message,
            metadata,
        };
        let mut finding = decision.finding(record.evidence_of(at))?;
        finding.locations = vec![Location {
            logical: Some(Text::from(query)),
            ..Location::default()
        }];
        findings.push(finding, 0);
        Ok(())
    };
    match value {
        Value::Array(all) if all.is_empty() => findings.passed(),
        Value::Bool(false) => findings.passed(),
        Value::Bool(true) => push(query, &Map::new(), at)?,
        Value::Array(all) => {
            let mut odd = None;
            for (n, decision) in all.iter().enumerate() {
                let read = message(decision)
                    .and_then(|(message, said)| push(message, &said, &format!("{at}/{n}")));
                odd = odd.or(read.err());
            }
            return odd.map_or(Ok(()), Err);
        }
        one => {
            let (message, said) = message(one)?;
            push(message, &said, at)?;
        }
    }
    Ok(())
}

/// What a decision says besides its message.
type Said<'a> = Cow<'a, Map<String, Value>>;

/// The message of a decision, and what is said besides.
fn message(decision: &Value) -> Result<(&str, Said<'_>), RecordError> {
    let odd = || RecordError::Shape("a decision is neither a message nor has a `msg`".to_owned());
    match decision {
        Value::String(message) => Ok((message, Cow::Owned(Map::new()))),
        Value::Object(said) => {
            let message = said.get("msg").or_else(|| said.get("message"));
            let message = message.and_then(Value::as_str).ok_or_else(odd)?;
            Ok((message, Cow::Borrowed(said)))
        }
        _ => Err(odd()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::testing::read_text;

    fn read(text: &str, value: &str) -> (usize, u32, u32, Completeness) {
        let report =
            format!(r#"{{"result":[{{"expressions":[{{"text":"{text}","value":{value}}}]}}]}}"#);
        let report = read_text(&ADAPTER, &report).0;
        let counts = report.report.counts;
        (
            report.findings.len(),
            counts.passed,
            counts.quarantined,
            report.report.completeness,
        )
    }

    #[test]
    fn only_decisions_are_read() {
        use Completeness::{Complete, Partial};
        for (text, value, expected) in [
            (
                "data.main.deny",
                r#"["a",{"msg":"b"}]"#,
                (2, 0, 0, Complete),
            ),
            ("data.main.deny", "[]", (0, 1, 0, Complete)),
            ("data.main.deny", "true", (1, 0, 0, Complete)),
            ("data.main.deny", "false", (0, 1, 0, Complete)),
            ("data.main.deny[msg]", r#""a""#, (1, 0, 0, Complete)),
            ("data.main.deny", r#"["a",{"x":1},""]"#, (1, 0, 1, Partial)),
            (
                "data.main",
                r#"{"deny":["a"],"warn_label":[],"x":1}"#,
                (1, 1, 0, Complete),
            ),
            ("data.main", r#"{"allow":false}"#, (0, 0, 1, Partial)),
            ("data.main.allow", "true", (0, 0, 1, Partial)),
            ("x := data.main", "true", (0, 0, 1, Partial)),
            ("data.main.deny", "{}", (0, 0, 1, Partial)),
            ("data.main.deny", "3", (0, 0, 1, Partial)),
        ] {
            assert_eq!(read(text, value), expected, "{text} {value}");
        }
    }

    #[test]
    fn undefined_is_not_clean() {
        for (text, completeness) in [
            ("{}", Completeness::Empty),
            (r#"{"result":[]}"#, Completeness::Empty),
            (r#"{"result":[{"expressions":[]}]}"#, Completeness::Empty),
            (r#"{"result":[{}]}"#, Completeness::Failed),
            (r#"{"result":true}"#, Completeness::Failed),
            (
                r#"{"errors":[{"message":"m","code":"rego_parse_error"}]}"#,
                Completeness::Failed,
            ),
            ("[]", Completeness::Failed),
        ] {
            assert_eq!(
                read_text(&ADAPTER, text).0.report.completeness,
                completeness,
                "{text}"
            );
        }
    }
}
