//! SARIF 2.1.0, the format that many tools share.
//!
//! Format: OASIS "Static Analysis Results Interchange Format (SARIF) Version 2.1.0"; section numbers in this
//! module are its. Seen from CodeQL, LGTM, Semgrep 1.182, Checkov 3.3, Snyk Code, Flawfinder, njsscan and a
//! converter of ShellCheck's.
//!
//! Hardly anything about a result stands in the result itself: its level may come from an override, from its
//! rule or from the specification, its message from a table, its path from another. The tables stand around
//! the results, before or after them. So a record gives what it has, [`result::Raw`] keeps what refers to the
//! tables, and [`run::Run::settle`] resolves that once the envelope is there.
//!
//! `fingerprints` and `partialFingerprints` are not read: Semgrep writes a constant there, Grype and gitleaks
//! the same one for many results.

mod completeness;
mod family;
mod level;
mod log;
mod message;
mod packages;
mod place;
mod result;
mod rules;
mod run;
mod suppression;

use gate_core::finding::Finding;
use gate_core::scan_report::Completeness;

use crate::adapter::{Adapter, Exits, Findings, Reader, Record, RecordError, Run};
use crate::error::ReadError;
use crate::format::Format;
use crate::redact::{after, digests, secret, secret_under, source};
use crate::shape::Root;

/// The row of the registry.
pub(crate) static ADAPTER: Adapter = Adapter {
    tool: "sarif",
    id: "sarif@1",
    reads: "SARIF 2.1.0 of any tool; findings carry the name of the tool in `driver.name`",
    severity: "`security-severity` by CVSS bands, else the level (error high, warning medium, note low, none \
               info) of the result, an override, the rule, or `warning` (of a tool of secrets: high); `open` without a level is unknown",
    completeness: "failed with `executionSuccessful: false` or without `results`; partial with a notification of \
                   level error; empty without runs",
    format: Format::Json,
    lists: &["/runs/*/results/*"],
    unread: &[],
    sensitive: &[
        source("snippet"),
        source("contents"),
        source("insertedContent"),
        secret("webRequest"),
        secret("webResponse"),
        secret("environmentVariables"),
        secret("commandLine"),
        // Those of a message are what its placeholders stand for.
        secret_under("invocations", "arguments"),
        secret("initialState"),
        secret("immutableState"),
        // gitleaks puts it among the fingerprints; what is a secret in the code is often named there too.
        secret("commitMessage"),
        // Checkov's secret checks put the SHA-1 of the secret into the rule's help.
        digests("help"),
        after("text", &["Possible hardcoded password: "]),
    ],
    exits: Exits::ONE_ON_DEMAND,
    recognizes: &|shape| shape.root == Root::Object && shape.has("runs"),
    start: &|| Box::new(Sarif::default()),
};

/// Reads one log file.
#[derive(Default)]
struct Sarif {
    /// What is left to resolve of each finding, by note.
    raw: Vec<result::Raw>,
    /// The runs, once the envelope is there.
    runs: Vec<run::Run>,
}

impl Reader for Sarif {
    fn record(&mut self, record: &Record<'_>, findings: &mut Findings) -> Result<(), RecordError> {
        let result: result::Result<'_> = record.parse()?;
        match result.read(record)? {
            None => findings.passed(),
            Some((finding, raw)) => {
                let note = u32::try_from(self.raw.len())
                    .map_err(|_| RecordError::Shape("there are too many results".to_owned()))?;
                self.raw.push(raw);
                findings.push(finding, note);
            }
        }
        Ok(())
    }

    fn finish(&mut self, envelope: &[u8]) -> Result<Run, ReadError> {
        let log = log::Log::parse(envelope)?;
        let mut run = Run::new(Completeness::Complete);
        self.runs = completeness::judge(log, &mut run)?;
        Ok(run)
    }

    fn settle(&self, finding: &mut Finding, note: u32) {
        let Some(raw) = self.raw.get(note as usize) else {
            return;
        };
        if let Some(run) = self.runs.get(raw.run) {
            run.settle(finding, raw);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::{ReadReport, testing};

    fn read_text(text: &str) -> ReadReport {
        testing::read_text(&ADAPTER, text).0
    }

    #[test]
    fn what_is_not_there_is_not_clean() {
        let run = r#""tool":{"driver":{"name":"t"}}"#;
        for (text, completeness, problem) in [
            (
                r#"{"version":"2.1.0","runs":null}"#.to_owned(),
                Completeness::Failed,
                "scanner-failed",
            ),
            (
                r#"{"version":"2.1.0"}"#.to_owned(),
                Completeness::Failed,
                "report-wrong-tool",
            ),
            (
                r#"{"runs":[]}"#.to_owned(),
                Completeness::Failed,
                "report-wrong-tool",
            ),
            (
                r#"{"version":"2.1.0","runs":[{}]}"#.to_owned(),
                Completeness::Failed,
                "report-wrong-tool",
            ),
            (
                format!(r#"{{"version":"2.1.0","runs":[{{{run}}}]}}"#),
                Completeness::Failed,
                "scanner-failed",
            ),
            (
                format!(
                    r#"{{"version":"2.1.0","runs":[{{{run},"results":[],
                        "externalPropertyFileReferences":{{"results":[{{}}]}}}}]}}"#
                ),
                Completeness::Failed,
                "report-unsupported",
            ),
            (
                format!(
                    r#"{{"version":"2.1.0","runs":[{{{run},"results":[],
                        "externalPropertyFileReferences":{{"invocations":[{{}}],"taxonomies":[]}}}}]}}"#
                ),
                Completeness::Partial,
                "scanner-problem",
            ),
            (
                format!(
                    r#"{{"version":"2.1.0","inlineExternalProperties":[{{"results":[]}}],
                        "runs":[{{{run},"results":[]}}]}}"#
                ),
                Completeness::Failed,
                "report-unsupported",
            ),
            (
                format!(
                    r#"{{"version":"2.1.0","runs":[{{{run},"results":[{{"kind":"maybe"}},null]}}]}}"#
                ),
                Completeness::Partial,
                "record-quarantined",
            ),
        ] {
            let report = read_text(&text).report;
            assert_eq!(report.completeness, completeness, "{text}");
            assert!(
                report.problems.iter().all(|p| p.code == problem),
                "{text}: {report:?}"
            );
        }
        let clean = format!(r#"{{"version":"2.1.0","runs":[{{{run},"results":[]}}]}}"#);
        assert_eq!(
            read_text(&clean).report.completeness,
            Completeness::Complete
        );
    }

    #[test]
    fn a_place_that_moves_keeps_its_identity() {
        use gate_core::fingerprint::assemble;
        let id = |line: u32| {
            let text = format!(
                r#"{{"version":"2.1.0","runs":[{{"tool":{{"driver":{{"name":"CodeQL"}}}},"results":[{{"ruleId":"r",
                    "message":{{"text":"line {line}"}},"fingerprints":{{"0":"{line}"}},"locations":[
                    {{"physicalLocation":{{"artifactLocation":{{"uri":"a.c"}},"region":{{"startLine":{line},
                    "snippet":{{"text":"return strcpy(a, b);"}}}}}}}}]}}]}}]}}"#
            );
            let findings = read_text(&text).findings;
            assemble("s", vec![findings]).findings[0].id
        };
        assert_eq!(id(3), id(70));
    }
}
