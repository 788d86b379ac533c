//! pip-audit's JSON report (`pip-audit --format json`), and the bare list that it wrote before 2.5.
//!
//! Format: `pip_audit/_format/json.py` of <https://github.com/pypa/pip-audit>, and what 2.10.1 writes. It holds every
//! dependency, those without a vulnerability too. A dependency that pip-audit could not look up has a `skip_reason`
//! in the place of its version, and pip-audit exits with 0 all the same: such a report is partial, and empty when it
//! is so for all. Nothing is rated.

use serde::Deserialize;
use serde::de::IgnoredAny;

use gate_core::finding::{Evidence, Finding, FixState, Software, Text};
use gate_core::scan_report::Completeness;
use gate_core::severity::Severity;

use crate::adapter::{Adapter, Exits, Findings, Reader, Record, RecordError, Run};
use crate::envelope::{array, is_array, object};
use crate::error::ReadError;
use crate::format::Format;
use crate::package::{Known, details};
use crate::shape::{Root, Shape};

/// The row of the registry.
pub(crate) static ADAPTER: Adapter = Adapter {
    tool: "pip-audit",
    id: "pip-audit-json@1",
    reads: "JSON (`pip-audit --format json`), seen up to 2.10.1, and the list before 2.5",
    severity: "none written; every vulnerability is unknown",
    completeness: "partial with a `skip_reason`; empty when no dependency was looked up",
    format: Format::Json,
    lists: &["/dependencies/*", "/*"],
    unread: &[],
    sensitive: &[],
    exits: Exits::ONE_WHEN_FOUND,
    recognizes: &recognizes,
    start: &|| Box::new(PipAudit::default()),
};

/// In a long report `fixes` is beyond what is looked at.
fn recognizes(shape: &Shape) -> bool {
    match shape.root {
        Root::Object => {
            let known = |key: &String| key == "dependencies" || key == "fixes";
            shape.has("dependencies") && shape.keys.iter().all(known)
        }
        Root::Array => {
            shape.has("name") && (shape.has_all(&["version", "vulns"]) || shape.has("skip_reason"))
        }
        Root::EmptyArray | Root::Xml | Root::Other => false,
    }
}

/// Reads one report; counts what was looked up and holds what was not.
#[derive(Default)]
struct PipAudit {
    looked_up: u64,
    skipped: Vec<(String, String)>,
}

#[derive(Deserialize)]
struct Dependency {
    name: Text,
    version: Option<Text>,
    vulns: Option<Vec<Entry>>,
    skip_reason: Option<String>,
}

/// A vulnerability that can't be understood must not take the others of its dependency with it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Entry {
    Understood(Vulnerability),
    Odd(IgnoredAny),
}

#[derive(Deserialize)]
struct Vulnerability {
    id: Text,
    fix_versions: Option<Vec<Text>>,
    aliases: Option<Vec<Text>>,
    description: Option<Text>,
}

impl Vulnerability {
    fn finding(self, software: &Software, at: Evidence) -> Result<Finding, RecordError> {
        let aliases = self.aliases.as_deref().unwrap_or_default();
        let mut finding = Known {
            tool: ADAPTER.tool,
            id: &self.id,
            aliases: aliases.iter().map(|id| &**id).collect(),
            software: software.clone(),
            severity: Severity::unknown(),
            title: None,
        }
        .finding(at)?;
        finding.description = self.description.unwrap_or_default();
        details(&mut finding, |known| match self.fix_versions {
            Some(versions) if versions.is_empty() => known.fix_state = FixState::None,
            versions => known.fixed_in = versions.unwrap_or_default(),
        });
        Ok(finding)
    }
}

#[derive(Deserialize)]
#[expect(
    dead_code,
    reason = "the lists are there so that another shape than a list is refused"
)]
struct Envelope {
    dependencies: Vec<u8>,
    fixes: Option<Vec<IgnoredAny>>,
}

impl Reader for PipAudit {
    fn record(&mut self, record: &Record<'_>, findings: &mut Findings) -> Result<(), RecordError> {
        let Dependency {
            name,
            version,
            vulns,
            skip_reason,
        } = record.parse()?;
        let Some(vulns) = vulns else {
            let Some(reason) = skip_reason else {
                let what = "neither `vulns` nor `skip_reason` is there";
                return Err(RecordError::Shape(what.to_owned()));
            };
            self.skipped
                .push((record.pointer(), format!("{name} was skipped: {reason}")));
            findings.passed();
            return Ok(());
        };
        self.looked_up += 1;
        if vulns.is_empty() {
            findings.passed();
        }
        let software = Software {
            ecosystem: Some("pypi".into()),
            name,
            version,
            ..Software::default()
        };
        let mut read = Ok(());
        for (at, entry) in vulns.into_iter().enumerate() {
            let mut evidence = record.evidence();
            evidence.pointer = format!("{}/vulns/{at}", evidence.pointer).into();
            let finding = match entry {
                Entry::Understood(vulnerability) => vulnerability.finding(&software, evidence),
                Entry::Odd(_) => {
                    let what = format!("vulnerability {at} of the dependency is none");
                    Err(RecordError::Shape(what))
                }
            };
            match finding {
                Ok(finding) => findings.push(finding, 0),
                // The others are read all the same.
                Err(error) => read = Err(error),
            }
        }
        read
    }

    fn finish(&mut self, envelope: &[u8]) -> Result<Run, ReadError> {
        if is_array(envelope) {
            let _: Vec<u8> = array(ADAPTER.tool, envelope)?;
        } else {
            let _: Envelope = object(ADAPTER.tool, envelope)?;
        }
        let mut run = Run::new(Completeness::Complete);
        run.scanned = Some(self.looked_up);
        for (place, message) in std::mem::take(&mut self.skipped) {
            run.left_out(place, message);
        }
        if self.looked_up == 0 {
            run.nothing_scanned("pip-audit looked up no dependency");
        }
        Ok(run)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::testing::read_text;

    #[test]
    fn only_a_list_of_dependencies_is_a_report() {
        let good = r#"{"name":"a","version":"1","vulns":[]}"#;
        for (text, completeness) in [
            (format!("[{good}]"), Completeness::Complete),
            (
                format!(r#"{{"dependencies":[{good}]}}"#),
                Completeness::Complete,
            ),
            (
                format!(r#"{{"dependencies":[{good}],"fixes":{{}}}}"#),
                Completeness::Failed,
            ),
            (
                format!(r#"{{"dependencies":{good}}}"#),
                Completeness::Failed,
            ),
            (r#"[{"name":"a"}]"#.to_owned(), Completeness::Empty),
            (
                r#"[{"name":"a","version":"1","vulns":{}}]"#.to_owned(),
                Completeness::Empty,
            ),
            ("[]".to_owned(), Completeness::Empty),
            ("{}".to_owned(), Completeness::Failed),
            ("null".to_owned(), Completeness::Failed),
        ] {
            let report = read_text(&ADAPTER, &text).0.report;
            assert_eq!(report.completeness, completeness, "{text}");
        }
    }

    #[test]
    fn one_odd_vulnerability_leaves_the_others() {
        let vulns = r#"{"id":"PYSEC-1"},{"id":1},{"id":""},{"id":"PYSEC-2"}"#;
        let text = format!(r#"[{{"name":"a","version":"1","vulns":[{vulns}]}}]"#);
        let read = read_text(&ADAPTER, &text).0;
        let ids: Vec<&str> = read
            .findings
            .iter()
            .map(|finding| &*finding.rule.id)
            .collect();
        assert_eq!(ids, ["PYSEC-1", "PYSEC-2"]);
        assert_eq!(read.report.completeness, Completeness::Partial);
    }
}
