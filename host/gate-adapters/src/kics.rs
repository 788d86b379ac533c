//! KICS' JSON report (`kics scan --report-formats json`), versions 1 and 2.
//!
//! Format: `pkg/model/summary.go` of <https://github.com/Checkmarx/kics>: one element of `queries` for each rule, with
//! all places in `files`. `bill_of_materials` lists resources (severity TRACE) and is no list of problems.
//!
//! `search_key` says where in the file, in KICS' own words, and holds source lines of Dockerfiles (`RUN={{…}}`); the
//! values found and expected hold whatever the file holds; `similarity_id` is a plain digest over them. None of them
//! gets as far as this file but as a token that tells two places of one rule apart.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;

use gate_core::finding::{CONTEXT, Class, Finding, Location, Status, Text};
use gate_core::scan_report::Completeness;
use gate_core::severity::{Level, Severity};

use crate::adapter::{Adapter, Exits, Findings, Reader, Record, RecordError, Run};
use crate::envelope::object;
use crate::error::ReadError;
use crate::format::Format;
use crate::normalize::{cwe, level, path, position};
use crate::redact::{digests, source, token};

const QUERIES: usize = 0;

/// The row of the registry.
pub(crate) static ADAPTER: Adapter = Adapter {
    tool: "kics",
    id: "kics-json@1",
    reads: "JSON (`--report-formats json`), versions 1 and 2",
    severity: "severity: CRITICAL, HIGH, MEDIUM, LOW, INFO; TRACE is info",
    completeness: "partial when files could not be scanned, queries could not be executed, or fewer results are there \
                   than `total_counter` says; empty when no file was scanned or parsed",
    format: Format::Json,
    lists: &["/queries/*", "/bill_of_materials/*"],
    unread: &[],
    sensitive: &[
        source("search_key"),
        source("search_value"),
        source("actual_value"),
        source("expected_value"),
        source("value"),
        source("remediation"),
        digests("similarity_id"),
        digests("old_similarity_id"),
    ],
    // By the highest severity found.
    exits: Exits {
        ended: &[0],
        found: &[20, 30, 40, 50, 60],
    },
    recognizes: &|shape| shape.has_all(&["files_scanned", "queries_total", "queries"]),
    start: &|| Box::new(Kics::default()),
};

const LEVELS: &[(&str, Level)] = &[
    ("CRITICAL", Level::Critical),
    ("HIGH", Level::High),
    ("MEDIUM", Level::Medium),
    ("LOW", Level::Low),
    ("INFO", Level::Info),
    (TRACE, Level::Info),
];
const TRACE: &str = "TRACE";
/// How the names of the queries for secrets begin.
const SECRETS: &str = "Passwords And Secrets";

/// How many results were seen.
#[derive(Default)]
struct Kics {
    seen: u64,
}

#[derive(Deserialize)]
struct Query<'a> {
    #[serde(borrow)]
    category: Option<Cow<'a, str>>,
    #[serde(borrow)]
    cloud_provider: Option<Cow<'a, str>>,
    #[serde(borrow)]
    cwe: Option<Cow<'a, str>>,
    #[serde(borrow)]
    description: Option<Cow<'a, str>>,
    files: Vec<Value>,
    #[serde(borrow)]
    platform: Option<Cow<'a, str>>,
    #[serde(borrow)]
    query_id: Cow<'a, str>,
    #[serde(borrow)]
    query_name: Cow<'a, str>,
    #[serde(borrow)]
    query_url: Option<Cow<'a, str>>,
    #[serde(borrow)]
    severity: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Place<'a> {
    #[serde(borrow)]
    expected_value: Option<Cow<'a, str>>,
    #[serde(borrow)]
    file_name: Cow<'a, str>,
    #[serde(borrow)]
    issue_type: Option<Cow<'a, str>>,
    line: Option<i64>,
    #[serde(borrow)]
    resource_name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    resource_type: Option<Cow<'a, str>>,
    #[serde(borrow)]
    search_key: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Envelope {
    end: Option<String>,
    files_failed_to_scan: u64,
    files_parsed: Option<u64>,
    files_scanned: u64,
    kics_version: Option<String>,
    #[serde(rename = "queries")]
    _queries: Vec<u8>,
    queries_failed_to_execute: u64,
    queries_total: u64,
    total_counter: Option<u64>,
}

impl Reader for Kics {
    fn record(&mut self, record: &Record<'_>, findings: &mut Findings) -> Result<(), RecordError> {
        let query: Query<'_> = record.parse()?;
        if record.list != QUERIES || query.files.is_empty() {
            findings.passed();
            return Ok(());
        }
        let mut odd = None;
        for (at, place) in query.files.iter().enumerate() {
            self.seen += 1;
            match Place::deserialize(place) {
                Ok(place) => {
                    let inside = format!("/files/{at}");
                    findings.push(query.finding(record, &inside, &place), 0);
                }
                Err(error) => odd = odd.or(Some(error.into())),
            }
        }
        odd.map_or(Ok(()), Err)
    }

    fn finish(&mut self, envelope: &[u8]) -> Result<Run, ReadError> {
        let report: Envelope = object(ADAPTER.tool, envelope)?;
        let mut run = Run::new(Completeness::Complete);
        run.tool_version = report.kics_version.filter(|version| !version.is_empty());
        run.finished = report.end.and_then(|end| end.parse().ok());
        run.scanned = Some(report.files_scanned);
        if report.files_failed_to_scan > 0 {
            let failed = report.files_failed_to_scan;
            run.left_out("files", format!("KICS could not scan files: {failed}"));
        }
        if report.queries_failed_to_execute > 0 {
            let failed = report.queries_failed_to_execute;
            run.left_out(
                "queries",
                format!("KICS could not execute queries: {failed}"),
            );
        }
        if let Some(total) = report.total_counter.filter(|total| *total > self.seen) {
            let message = format!("KICS counts {total} results, the report has {}", self.seen);
            run.left_out("queries", message);
        }
        if report.files_scanned == 0 || report.files_parsed == Some(0) {
            run.nothing_scanned("KICS looked at no file");
        } else if report.queries_total == 0 {
            run.nothing_scanned("KICS had no query to execute");
        }
        Ok(run)
    }
}

impl Query<'_> {
    fn finding(&self, record: &Record<'_>, inside: &str, place: &Place<'_>) -> Finding {
        let class = if self.query_name.starts_with(SECRETS) {
            Class::Secret
        } else {
            Class::Misconfiguration
        };
        let mut finding = Finding::new(
            ADAPTER.tool,
            class,
            &*self.query_id,
            Severity::tool(level(&self.severity, LEVELS), &*self.severity),
            &*self.query_name,
            record.evidence_of(inside),
        );
        if self.severity == TRACE {
            finding.status = Status::Informational;
        }
        let said = |text: &Option<Cow<'_, str>>| -> Option<Text> {
            let text = text.as_deref().filter(|text| !text.is_empty());
            text.map(Into::into)
        };
        finding.description = said(&self.description).unwrap_or_default();
        finding.rule.name = Some((&*self.query_name).into());
        finding.rule.url = said(&self.query_url);
        let weakness = self.cwe.as_deref().and_then(cwe);
        finding.rule.tags = [&self.category, &self.cloud_provider, &self.platform]
            .into_iter()
            .filter_map(said)
            .chain(weakness.map(|number| format!("CWE-{number}").into()))
            .collect();
        finding.rule.tags.sort_unstable();
        finding.rule.tags.dedup();
        let resource = match (said(&place.resource_type), said(&place.resource_name)) {
            (Some(kind), Some(name)) => Some(format!("{kind}.{name}").into()),
            (one, other) => one.or(other),
        };
        finding.locations = vec![Location {
            logical: resource,
            path: Some(path(&place.file_name)),
            start_line: position(place.line),
            ..Location::default()
        }];
        // What is expected is worded anew now and then, so that it is no identity; but two results in one place are
        // two when they expect different things.
        let issue = said(&place.issue_type);
        for (name, value) in [
            (CONTEXT, place.search_key.as_deref().and_then(token)),
            ("expected", place.expected_value.as_deref().and_then(token)),
            ("issue-type", issue.as_deref()),
        ] {
            if let Some(value) = value {
                finding.attributes.insert(name.into(), value.into());
            }
        }
        finding
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::testing::read_text;

    fn report(counts: &str, queries: &str) -> String {
        format!(
            r#"{{"files_scanned":2,"files_parsed":2,"files_failed_to_scan":0,"queries_total":9,
                "queries_failed_to_execute":0,{counts}"queries":[{queries}]}}"#
        )
    }

    fn query(severity: &str, files: &str) -> String {
        format!(r#"{{"query_id":"q","query_name":"n","severity":"{severity}","files":[{files}]}}"#)
    }

    #[test]
    fn what_was_not_looked_at_is_not_clean() {
        use Completeness::{Complete, Empty, Failed, Partial};
        let text = report("", "");
        for (from, to, completeness) in [
            ("", "", Complete),
            ("to_scan\":0", "to_scan\":1", Partial),
            ("to_execute\":0", "to_execute\":1", Partial),
            ("\"queries\":", "\"total_counter\":1,\"queries\":", Partial),
            ("scanned\":2", "scanned\":0", Empty),
            ("parsed\":2", "parsed\":0", Empty),
            ("total\":9", "total\":0", Empty),
            ("\"queries\":[]", "\"queries\":null", Failed),
            ("\"queries\":[]", "\"other\":[]", Failed),
            ("\"files_failed_to_scan\":0,", "", Failed),
        ] {
            let text = text.replacen(from, to, 1);
            let report = read_text(&ADAPTER, &text).0.report;
            assert_eq!(report.completeness, completeness, "{text}");
        }
    }

    #[test]
    fn an_odd_place_leaves_its_neighbours_alone() {
        let places = r#"{"file_name":"a.tf","line":-1,"search_key":"aws[x].y"},{"line":3},{"file_name":"b.tf","line":4}"#;
        let read = read_text(
            &ADAPTER,
            &report(r#""total_counter":3,"#, &query("NASTY", places)),
        )
        .0;
        let seen: Vec<_> = read
            .findings
            .iter()
            .map(|f| (f.locations[0].start_line, f.severity.level))
            .collect();
        assert_eq!(seen, [(None, Level::Unknown), (Some(4), Level::Unknown)]);
        assert_eq!(read.report.counts.quarantined, 1);
        assert_eq!(read.report.problems.len(), 1, "{:?}", read.report.problems);
    }

    #[test]
    fn a_query_without_places_found_nothing() {
        let read = read_text(&ADAPTER, &report("", &query("HIGH", "")))
            .0
            .report;
        assert_eq!(
            (read.counts.passed, read.completeness),
            (1, Completeness::Complete)
        );
    }
}
