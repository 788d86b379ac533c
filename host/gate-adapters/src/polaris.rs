//! Polaris' JSON report (`polaris audit --format json`), output version 1.0.
//!
//! Format: `pkg/validator/output.go` of <https://github.com/FairwindsOps/polaris>: each object of the cluster or of the
//! files with its checks, those of its pod and those of each container in it. An object stands in the report even when
//! only failed checks are written (`--only-show-failed-tests`) and it has none.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use gate_core::finding::{Class, Finding, Location, Resource, Status, Text};
use gate_core::scan_report::{Completeness, Target};
use gate_core::severity::{Level, Severity};

use crate::adapter::{Adapter, Exits, Findings, Reader, Record, RecordError, Run, escaped};
use crate::envelope::{object, or_null};
use crate::error::ReadError;
use crate::format::Format;
use crate::normalize::level;
use crate::redact::secret;

/// The row of the registry.
pub(crate) static ADAPTER: Adapter = Adapter {
    tool: "polaris",
    id: "polaris-json@1",
    reads: "JSON (`polaris audit --format json`), output version 1.0",
    severity: "Severity: danger is high, warning medium, ignore info",
    completeness: "empty when no object was judged; the format has no word for one that could not be read",
    format: Format::Json,
    lists: &["/Results/*"],
    // What a schema complained about, and what is proposed instead.
    unread: &[],
    sensitive: &[secret("Details"), secret("Mutations")],
    // `--set-exit-code-on-danger` and `--set-exit-code-below-score`.
    exits: Exits {
        ended: &[0],
        found: &[3, 4],
    },
    recognizes: &|shape| shape.has_all(&["PolarisOutputVersion", "SourceType", "SourceName"]),
    start: &|| Box::new(Polaris),
};

const LEVELS: &[(&str, Level)] = &[
    ("danger", Level::High),
    ("warning", Level::Medium),
    (IGNORE, Level::Info),
];
const IGNORE: &str = "ignore";

struct Polaris;

/// Checks by name.
type Checks = BTreeMap<Text, Value>;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Judged<'a> {
    #[serde(borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    namespace: Cow<'a, str>,
    pod_result: Option<Pod>,
    results: Option<Checks>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Pod {
    container_results: Option<Vec<Container>>,
    results: Option<Checks>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Container {
    name: Text,
    results: Option<Checks>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Check<'a> {
    #[serde(borrow)]
    category: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "ID")]
    id: Cow<'a, str>,
    #[serde(borrow)]
    message: Cow<'a, str>,
    #[serde(borrow)]
    severity: Cow<'a, str>,
    success: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Envelope {
    audit_time: Option<String>,
    polaris_output_version: String,
    #[serde(deserialize_with = "or_null")]
    results: Option<Vec<u8>>,
    source_name: String,
    source_type: String,
}

impl Reader for Polaris {
    fn record(&mut self, record: &Record<'_>, findings: &mut Findings) -> Result<(), RecordError> {
        let judged: Judged<'_> = record.parse()?;
        let pod = judged.pod_result.as_ref();
        let containers = pod.and_then(|pod| pod.container_results.as_deref());
        let mut places = vec![
            (String::from("/Results"), None, judged.results.as_ref()),
            (
                String::from("/PodResult/Results"),
                None,
                pod.and_then(|pod| pod.results.as_ref()),
            ),
        ];
        for (at, container) in containers.unwrap_or_default().iter().enumerate() {
            let inside = format!("/PodResult/ContainerResults/{at}/Results");
            places.push((inside, Some(&*container.name), container.results.as_ref()));
        }
        let mut any = false;
        let mut odd = None;
        for (inside, container, checks) in places {
            for (name, check) in checks.into_iter().flatten() {
                any = true;
                match Check::deserialize(check) {
                    Ok(check) if check.success => findings.passed(),
                    Ok(check) => {
                        let inside = format!("{inside}/{}", escaped(name));
                        findings.push(judged.finding(record, &inside, container, &check), 0);
                    }
                    Err(error) => odd = odd.or(Some(error.into())),
                }
            }
        }
        if !any {
            findings.passed();
        }
        odd.map_or(Ok(()), Err)
    }

    fn finish(&mut self, envelope: &[u8]) -> Result<Run, ReadError> {
        let report: Envelope = object(ADAPTER.tool, envelope)?;
        if report.polaris_output_version != "1.0" {
            return Err(ReadError::Unsupported(
                "only output version 1.0 of Polaris is known".to_owned(),
            ));
        }
        let mut run = Run::new(Completeness::Complete);
        let judged = report.results.map_or(0, |results| results.len());
        run.scanned = Some(judged as u64);
        run.finished = report.audit_time.and_then(|time| time.parse().ok());
        run.target = (!report.source_name.is_empty()).then(|| Target {
            digests: Vec::new(),
            kind: Some(report.source_type).filter(|kind| !kind.is_empty()),
            name: report.source_name,
        });
        if judged == 0 {
            run.nothing_scanned("Polaris judged no object");
        }
        Ok(run)
    }
}

impl Judged<'_> {
    fn finding(
        &self,
        record: &Record<'_>,
        inside: &str,
        container: Option<&str>,
        check: &Check<'_>,
    ) -> Finding {
        let mut finding = Finding::new(
            ADAPTER.tool,
            Class::Misconfiguration,
            &*check.id,
            Severity::tool(level(&check.severity, LEVELS), &*check.severity),
            if check.message.is_empty() {
                &*check.id
            } else {
                &*check.message
            },
            record.evidence_of(inside),
        );
        if check.severity == IGNORE {
            finding.status = Status::Informational;
        }
        let category = check.category.as_deref().filter(|text| !text.is_empty());
        finding.rule.tags = category.into_iter().map(Into::into).collect();
        let id = format!("{}/{}/{}", self.kind, self.namespace, self.name);
        let logical = match container {
            Some(container) => format!("{id}/{container}"),
            None => id.clone(),
        };
        finding.locations = vec![Location {
            logical: Some(logical.into()),
            ..Location::default()
        }];
        finding.resource = Some(Box::new(Resource {
            account: None,
            id: id.into(),
            image_digest: None,
            kind: (&*self.kind).into(),
            region: None,
        }));
        finding
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::testing::read_text;

    fn report(version: &str, results: &str) -> String {
        format!(
            r#"{{"PolarisOutputVersion":"{version}","SourceType":"Path","SourceName":"/m","Results":{results}}}"#
        )
    }

    fn judged(checks: &str) -> String {
        format!(r#"[{{"Name":"n","Namespace":"","Kind":"Pod","Results":{{{checks}}}}}]"#)
    }

    #[test]
    fn what_was_not_judged_is_not_clean() {
        use Completeness::{Complete, Empty, Failed, Partial};
        for (text, completeness) in [
            (report("1.0", &judged("")), Complete),
            (report("1.0", "[]"), Empty),
            (report("1.0", "null"), Empty),
            (report("1.0", "{}"), Failed),
            (report("2.0", &judged("")), Failed),
            (report("1.0", "[]").replace("Results", "Other"), Failed),
            (report("1.0", r#"[{"Name":"n"}]"#), Partial),
            ("{}".to_owned(), Failed),
        ] {
            let report = read_text(&ADAPTER, &text).0.report;
            assert_eq!(report.completeness, completeness, "{text}");
        }
    }

    #[test]
    fn an_odd_check_leaves_its_neighbours_alone() {
        let checks = r#""a":{"ID":"a","Message":"","Success":false,"Severity":"fatal"},"b":{"ID":"b"},
            "c":{"ID":"c","Message":"m","Success":true,"Severity":"danger"}"#;
        let read = read_text(&ADAPTER, &report("1.0", &judged(checks))).0;
        let counts = read.report.counts;
        assert_eq!(
            (counts.findings, counts.passed, counts.quarantined),
            (1, 1, 1)
        );
        let finding = &read.findings[0];
        assert_eq!(
            (&*finding.title, finding.severity.level),
            ("a", Level::Unknown)
        );
    }
}
