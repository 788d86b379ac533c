//! The findings of Amazon Inspector (`aws inspector2 list-findings`).
//!
//! Format: `ListFindingsResponse` and `Finding` of the interface of 2020-06-08. A finding that names several packages
//! becomes one for each. A finding that is `CLOSED` was remediated, or what it was about is gone: it counts as
//! passed. Amazon EventBridge gives each finding in an event of its own. The list says neither what was scanned nor when, so that an empty one is complete.
//!
//! The list may be about any number of things: a finding's place begins with the name of the thing that does not
//! change when it is built anew (repository, function, project, instance).

use gate_core::scan_report::Completeness;
use serde_json::Value;

use crate::adapter::{Adapter, Exits, Findings, Reader, Record, RecordError, Run};
use crate::aws::inspector::{Inspected, Outcome, Scope};
use crate::aws::{event_evidence, is_events, is_list_of_records, next_page};
use crate::envelope::documents;
use crate::error::ReadError;
use crate::format::Format;
use crate::redact::secret;
use crate::shape::{Root, Shape};

/// The row of the registry.
pub(crate) static ADAPTER: Adapter = Adapter {
    tool: "inspector2",
    id: "inspector2-json@1",
    reads: "JSON (`aws inspector2 list-findings`, or events `Inspector2 Finding`, one or several), interface of 2020-06-08",
    severity: "severity: CRITICAL, HIGH, MEDIUM, LOW, INFORMATIONAL (info); UNTRIAGED, no word and any other word are \
               unknown",
    completeness: "partial with a `nextToken`; the list does not say what was scanned, so that an empty one is \
                   complete",
    format: Format::JsonLines,
    lists: &["/findings/*", "/detail", "/*/detail"],
    unread: &[],
    sensitive: &[
        // What people write on their things may be anything.
        secret("tags"),
        secret("author"),
    ],
    exits: Exits::ZERO,
    recognizes: &recognizes,
    start: &|| Box::new(Inspector2),
};

/// The type of the events that hold a finding.
const EVENT: &str = "Inspector2 Finding";

/// An event looks like that of any other service.
fn recognizes(shape: &Shape) -> bool {
    shape.root == Root::Object
        && shape.has("findings")
        && shape.inner_has_all(&["awsAccountId", "findingArn", "type"])
}

struct Inspector2;

impl Reader for Inspector2 {
    fn record(&mut self, record: &Record<'_>, findings: &mut Findings) -> Result<(), RecordError> {
        let inspected: Inspected = record.parse()?;
        let at = match record.list {
            0 => record.evidence(),
            _ => event_evidence(record),
        };
        match inspected.read(ADAPTER.tool, &at, Scope::Many)? {
            Outcome::Closed => findings.passed(),
            Outcome::Findings(all) => all.into_iter().for_each(|one| findings.push(one, 0)),
        }
        Ok(())
    }

    fn finish(&mut self, envelope: &[u8]) -> Result<Run, ReadError> {
        let mut run = Run::new(Completeness::Complete);
        let mut last = None;
        for document in documents(ADAPTER.tool, envelope) {
            let document = document?;
            let known = match &document {
                Value::Object(page) if page.contains_key("findings") => {
                    page.get("findings").is_some_and(is_list_of_records)
                }
                other => is_events(other, EVENT),
            };
            if !known {
                let what = "there is neither a list `findings` nor an event `Inspector2 Finding`";
                return Err(ReadError::wrong_tool(ADAPTER.tool, what));
            }
            last = Some(document);
        }
        match last {
            // Pages may stand one after the other; what the last one says holds.
            Some(Value::Object(page)) => next_page(&page, &mut run),
            Some(_) => {}
            None => return Err(ReadError::Empty),
        }
        Ok(run)
    }
}

#[cfg(test)]
mod tests {
    use gate_core::fingerprint::assemble;

    use super::*;
    use crate::read::testing::read_text;

    const FINDINGS: &str = include_str!("../../../tests/reports/inspector2/findings.json");

    fn ids(text: &str) -> Vec<String> {
        let findings = read_text(&ADAPTER, text).0.findings;
        let findings = assemble("s", vec![findings]).findings;
        findings
            .iter()
            .map(|finding| finding.id.to_string())
            .collect()
    }

    #[test]
    fn what_is_built_anew_keeps_its_findings() {
        let before = ids(FINDINGS);
        let after = FINDINGS
            .replace("c0ffee", "facade")
            .replace(":$LATEST", ":12")
            .replace("log-injection@v1.0", "log-injection@v1.1")
            .replace("\"startLine\": 268", "\"startLine\": 9");
        assert_ne!(FINDINGS, after);
        assert_eq!(before, ids(&after));
        assert_ne!(
            before,
            ids(&FINDINGS.replace("\"begin\": 22", "\"begin\": 21"))
        );
    }

    #[test]
    fn only_findings_are_a_report() {
        let event = |kind: &str| format!(r#"{{"detail-type":"{kind}","detail":{{"type":"x"}}}}"#);
        for (text, completeness) in [
            (
                r#"{"findings":[]}{"findings":[]}"#.to_owned(),
                Completeness::Complete,
            ),
            (
                r#"{"findings":[],"nextToken":"t"}{"findings":[]}"#.to_owned(),
                Completeness::Complete,
            ),
            (
                r#"{"findings":[],"NextToken":"t"}"#.to_owned(),
                Completeness::Partial,
            ),
            (r#"{"findings":{}}"#.to_owned(), Completeness::Failed),
            (r#"{"findings":null}"#.to_owned(), Completeness::Failed),
            ("{}".to_owned(), Completeness::Failed),
            ("[]".to_owned(), Completeness::Failed),
            ("[[0]]".to_owned(), Completeness::Failed),
            ("0".to_owned(), Completeness::Failed),
            (event("Inspector2 Finding"), Completeness::Partial),
            (
                format!("[{}]", event("Inspector2 Finding")),
                Completeness::Partial,
            ),
            (event("Inspector2 Scan"), Completeness::Failed),
        ] {
            let read = read_text(&ADAPTER, &text).0.report;
            assert_eq!(read.completeness, completeness, "{text}");
        }
    }
}
