//! kube-bench's JSON report (`kube-bench --json`).
//!
//! Format: `check/controls.go` and `check/check.go` of <https://github.com/aquasecurity/kube-bench>: `Controls` with
//! `Totals`; in older versions the bare list of controls, or one of them. Several documents, one after the other, are
//! refused.
//!
//! PASS is no finding. FAIL is one; WARN is a check that could not be carried out or that somebody has to do by hand, and
//! stays open; INFO is a check that was skipped. What the commands of a check are, and what they wrote (`audit…`,
//! `actual_value`, `reason`), does not get as far as this file.

use std::borrow::Cow;

use serde::Deserialize;

use gate_core::finding::{Class, Finding, Resource, Status, Text};
use gate_core::scan_report::Completeness;
use gate_core::severity::{Level, Severity};

use crate::adapter::{Adapter, Exits, Findings, Reader, Record, RecordError, Run};
use crate::envelope::{array, is_array, object};
use crate::error::ReadError;
use crate::format::Format;
use crate::redact::source;
use crate::shape::Root;

/// Checks of the whole report, of a bare list of controls, and of one control by itself.
const LISTS: &[&str] = &[
    "/Controls/*/tests/*/results/*",
    "/*/tests/*/results/*",
    "/tests/*/results/*",
];
const ONE_CONTROL: usize = 2;

/// The row of the registry.
pub(crate) static ADAPTER: Adapter = Adapter {
    tool: "kube-bench",
    id: "kube-bench-json@1",
    reads: "JSON (`--json`): controls with totals, a bare list of controls, or one control",
    severity: "none written: FAIL is medium, WARN low and open, INFO info",
    completeness: "partial when fewer checks are there than the totals say; empty when no check ran",
    format: Format::Json,
    lists: LISTS,
    unread: &[],
    sensitive: &[
        source("actual_value"),
        source("audit"),
        source("AuditConfig"),
        source("AuditEnv"),
        source("audit_config"),
        source("audit_env"),
        source("reason"),
    ],
    // 1 comes with `--exit-code 1`.
    exits: Exits::ONE_WHEN_FOUND,
    recognizes: &|shape| {
        // `Totals` comes last, beyond what is looked at of a long report.
        let own = |key: &String| key == "Controls" || key == "Totals";
        (shape.root == Root::Object && shape.has("Controls") && shape.keys.iter().all(own))
            || shape.has_all(&["id", "node_type", "tests"])
    },
    start: &|| Box::new(KubeBench::default()),
};

/// The controls, known at the end, and how many checks were seen.
#[derive(Default)]
struct KubeBench {
    controls: Vec<Control>,
    seen: u64,
}

#[derive(Deserialize)]
struct Check<'a> {
    #[serde(borrow)]
    remediation: Option<Cow<'a, str>>,
    scored: Option<bool>,
    #[serde(borrow)]
    status: Cow<'a, str>,
    #[serde(borrow)]
    test_desc: Cow<'a, str>,
    #[serde(borrow)]
    test_number: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Report {
    #[serde(rename = "Controls")]
    controls: Vec<Control>,
    #[serde(rename = "Totals")]
    totals: Totals,
}

#[derive(Deserialize)]
struct Control {
    node_type: Text,
    #[serde(rename = "tests")]
    _tests: Option<Vec<Group>>,
    #[serde(flatten)]
    totals: Totals,
    version: Option<Text>,
}

#[derive(Deserialize)]
struct Group {
    #[serde(rename = "results")]
    _results: Option<Vec<u8>>,
}

#[derive(Deserialize)]
struct Totals {
    total_fail: u64,
    total_info: Option<u64>,
    total_pass: u64,
    total_warn: u64,
}

impl Totals {
    fn sum(&self) -> u64 {
        [
            self.total_fail,
            self.total_info.unwrap_or(0),
            self.total_pass,
            self.total_warn,
        ]
        .into_iter()
        .fold(0, u64::saturating_add)
    }
}

impl Reader for KubeBench {
    fn record(&mut self, record: &Record<'_>, findings: &mut Findings) -> Result<(), RecordError> {
        self.seen += 1;
        let check: Check<'_> = record.parse()?;
        let (level, status) = match &*check.status {
            "PASS" => {
                findings.passed();
                return Ok(());
            }
            "FAIL" => (Level::Medium, Status::Fail),
            "WARN" => (Level::Low, Status::Open),
            "INFO" => (Level::Info, Status::Informational),
            _ => return Err(RecordError::Shape("the status is unknown".to_owned())),
        };
        let mut finding = Finding::new(
            ADAPTER.tool,
            Class::Compliance,
            check.test_number,
            Severity::default_of_tool(level),
            check.test_desc,
            record.evidence(),
        );
        finding.status = status;
        finding.remediation = check
            .remediation
            .map(|text| text.trim().into())
            .filter(|text: &Text| !text.is_empty());
        if check.scored == Some(false) {
            finding.rule.tags = vec!["not-scored".into()];
        }
        let control = match record.list {
            ONE_CONTROL => 0,
            _ => record.outer_index(),
        };
        findings.push(finding, control);
        Ok(())
    }

    fn finish(&mut self, envelope: &[u8]) -> Result<Run, ReadError> {
        let mut totals = None;
        self.controls = if is_array(envelope) {
            array(ADAPTER.tool, envelope)?
        } else if let Ok(Report {
            controls,
            totals: all,
        }) = object(ADAPTER.tool, envelope)
        {
            totals = Some(all.sum());
            controls
        } else {
            vec![object(ADAPTER.tool, envelope)?]
        };
        let each = self.controls.iter().map(|control| control.totals.sum());
        let counted = totals.unwrap_or(0).max(each.fold(0, u64::saturating_add));
        let mut run = Run::new(Completeness::Complete);
        run.scanned = Some(self.seen);
        if counted > self.seen {
            let message = format!(
                "kube-bench counts {counted} checks, the report has {}",
                self.seen
            );
            run.left_out("Totals", message);
        }
        if self.seen == 0 {
            run.nothing_scanned("kube-bench ran no check");
        }
        Ok(run)
    }

    fn settle(&self, finding: &mut Finding, control: u32) {
        let Some(control) = self.controls.get(control as usize) else {
            return;
        };
        finding.resource = Some(Box::new(Resource {
            account: None,
            id: control.node_type.clone(),
            image_digest: None,
            kind: "kubernetes-node".into(),
            region: None,
        }));
        if let Some(version) = control
            .version
            .clone()
            .filter(|version| !version.is_empty())
        {
            finding.attributes.insert("benchmark".into(), version);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::testing::read_text;

    const CHECK: &str = r#"{"test_number":"1.1","test_desc":"d","status":"FAIL"}"#;

    fn control(fail: u32, checks: &str) -> String {
        format!(
            r#"{{"id":"1","version":"1.6","node_type":"master","tests":[{{"section":"1","results":[{checks}]}}],
                "total_pass":0,"total_fail":{fail},"total_warn":0}}"#
        )
    }

    #[test]
    fn the_totals_must_be_reached() {
        use Completeness::{Complete, Empty, Failed, Partial};
        let totals = r#"{"total_pass":0,"total_fail":2,"total_warn":0,"total_info":0}"#;
        let odd = CHECK.replace("FAIL", "MAYBE");
        for (text, completeness) in [
            (control(1, CHECK), Complete),
            (
                format!("[{},{}]", control(1, CHECK), control(1, CHECK)),
                Complete,
            ),
            (format!("[{}]", control(2, CHECK)), Partial),
            (
                format!(
                    r#"{{"Controls":[{}],"Totals":{totals}}}"#,
                    control(1, CHECK)
                ),
                Partial,
            ),
            (control(1, &odd), Partial),
            (control(0, ""), Empty),
            (
                control(0, "").replace("[{\"section\":\"1\",\"results\":[]}]", "null"),
                Empty,
            ),
            ("[]".to_owned(), Empty),
            ("{}".to_owned(), Failed),
            (r#"{"Controls":[]}"#.to_owned(), Failed),
            (control(0, "").replace("[]", "{}"), Failed),
        ] {
            let report = read_text(&ADAPTER, &text).0.report;
            assert_eq!(report.completeness, completeness, "{text}");
        }
    }
}
