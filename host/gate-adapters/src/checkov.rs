//! Checkov's JSON report (`checkov -o json`), versions 1 to 3.
//!
//! Format: <https://www.checkov.io/2.Basics/Reviewing%20Scan%20Results.html>, and what 3.3.30 writes: one report,
//! a list of one report for each framework, or, when there was nothing to scan, the bare summary. With `--quiet`
//! only `failed_checks` are there, and files that could not be parsed show in the summary alone. Checkov exits
//! with 0 in both cases.
//!
//! Of a hard-coded secret (`CKV_SECRET_…`) `resource` is the plain SHA-1, from which a short secret can be
//! guessed: findings do not carry it.

mod check;

use std::collections::BTreeMap;

use serde::Deserialize;

use gate_core::scan_report::Completeness;

use crate::adapter::{Adapter, Exits, Findings, Reader, Record, RecordError, Run};
use crate::envelope::{array, is_array, object};
use crate::error::ReadError;
use crate::format::Format;
use crate::normalize::path;
use crate::redact::{digests, source};

/// Where checks stand: in one report, then in each of a list of reports.
const LISTS: &[&str] = &[
    "/results/failed_checks/*",
    "/results/skipped_checks/*",
    "/results/passed_checks/*",
    "/*/results/failed_checks/*",
    "/*/results/skipped_checks/*",
    "/*/results/passed_checks/*",
];
/// How many of them are of one report; what a check's result is follows from its list.
const OUTCOMES: usize = 3;
const FAILED: usize = 0;
const SKIPPED: usize = 1;

/// The row of the registry.
pub(crate) static ADAPTER: Adapter = Adapter {
    tool: "checkov",
    id: "checkov-json@1",
    reads: "JSON (`checkov -o json`), seen from 1.0.467 to 3.3.30",
    severity: "severity: CRITICAL, HIGH, MEDIUM, LOW, INFO, NONE; unknown where it is null, as it is without an API \
               key",
    completeness: "partial when a file could not be parsed; empty when there was no resource to check",
    format: Format::Json,
    lists: LISTS,
    unread: &[],
    sensitive: &[
        source("code_block"),
        source("entity"),
        source("evaluations"),
        source("fixed_definition"),
        source("connected_node"),
        source("breadcrumbs"),
        // For its secret checks Checkov names the SHA-1 of the secret as the resource.
        digests("resource"),
    ],
    exits: Exits::ONE_ON_DEMAND,
    recognizes: &|shape| {
        shape.has_all(&["check_type", "results"])
            || shape.has_all(&["checkov_version", "parsing_errors"])
    },
    start: &|| Box::new(Checkov::default()),
};

/// How many checks failed, by report.
#[derive(Default)]
struct Checkov {
    failed: BTreeMap<usize, u64>,
}

/// A report of one framework, or the bare summary.
#[derive(Deserialize)]
struct Report {
    #[serde(flatten)]
    bare: Summary,
    check_type: Option<String>,
    results: Option<Results>,
    summary: Option<Summary>,
}

#[derive(Deserialize)]
struct Results {
    failed_checks: Option<Vec<u8>>,
    parsing_errors: Option<Vec<String>>,
}

#[derive(Default, Deserialize)]
struct Summary {
    checkov_version: Option<String>,
    failed: Option<u64>,
    parsing_errors: Option<u64>,
    passed: Option<u64>,
    resource_count: Option<u64>,
    skipped: Option<u64>,
}

impl Reader for Checkov {
    fn record(&mut self, record: &Record<'_>, findings: &mut Findings) -> Result<(), RecordError> {
        let outcome = record.list % OUTCOMES;
        if outcome == FAILED {
            let report = if record.list < OUTCOMES {
                0
            } else {
                record.outer_index() as usize
            };
            *self.failed.entry(report).or_default() += 1;
        }
        let check: check::Check<'_> = record.parse()?;
        if outcome != FAILED && outcome != SKIPPED {
            findings.passed();
            return Ok(());
        }
        findings.push(check.read(record, outcome == SKIPPED), 0);
        Ok(())
    }

    fn finish(&mut self, envelope: &[u8]) -> Result<Run, ReadError> {
        let list = is_array(envelope);
        let reports: Vec<Report> = if list {
            array(ADAPTER.tool, envelope)?
        } else {
            vec![object(ADAPTER.tool, envelope)?]
        };
        let mut run = Run::new(Completeness::Complete);
        let mut looked_at = None;
        for (at, report) in reports.into_iter().enumerate() {
            let seen = self.failed.get(&at).copied().unwrap_or_default();
            let looked = account(report, seen, &mut run)?;
            looked_at = Some(looked.saturating_add(looked_at.unwrap_or(0)));
        }
        run.scanned = looked_at;
        if looked_at.unwrap_or(0) == 0 {
            run.nothing_scanned("Checkov found nothing to check");
        }
        Ok(run)
    }
}

/// Takes in what one report says about its run; gives how many resources it looked at.
fn account(report: Report, seen: u64, run: &mut Run) -> Result<u64, ReadError> {
    let Report {
        bare,
        check_type,
        results,
        summary,
    } = report;
    let what = check_type.unwrap_or_else(|| "summary".to_owned());
    let summary = match (&results, summary) {
        (Some(results), summary) if results.failed_checks.is_some() => summary.unwrap_or_default(),
        (None, None) if bare.checkov_version.is_some() && bare.passed.is_some() => bare,
        _ => {
            return Err(ReadError::wrong_tool(
                ADAPTER.tool,
                "it has neither `failed_checks` nor a summary",
            ));
        }
    };
    run.tool_version = summary.checkov_version.or(run.tool_version.take());
    let unparsed = results.and_then(|r| r.parsing_errors).unwrap_or_default();
    let listed = unparsed.len() as u64;
    for file in unparsed {
        run.left_out(
            &*path(&file),
            format!("Checkov ({what}) could not parse the file"),
        );
    }
    let unlisted = summary.parsing_errors.unwrap_or(0).saturating_sub(listed);
    if unlisted > 0 {
        run.left_out(
            &*what,
            format!("files that could not be parsed and are not named: {unlisted}"),
        );
    }
    let failed = summary.failed.unwrap_or(0);
    if failed > seen {
        run.left_out(
            &*what,
            format!("the summary counts {failed} failed checks, the report has {seen}"),
        );
    }
    // Version 1 counts no resources; where no check ran there was none. A failed check is of a resource, whatever
    // the count says.
    let checks = [summary.passed, summary.failed, summary.skipped];
    let checks: u64 = checks.into_iter().flatten().fold(0, u64::saturating_add);
    Ok(summary
        .resource_count
        .unwrap_or_else(|| checks.max(seen))
        .max(seen.min(1)))
}

#[cfg(test)]
mod tests {
    use gate_core::finding::Class;
    use gate_core::severity::Level;

    use super::*;
    use crate::read::{ReadReport, testing};

    fn read_text(text: &str) -> ReadReport {
        testing::read_text(&ADAPTER, text).0
    }

    #[test]
    fn a_summary_tells_what_the_lists_do_not() {
        for (text, completeness) in [
            (
                r#"{"results":{"failed_checks":[]},"summary":{"passed":1,"resource_count":1}}"#,
                Completeness::Complete,
            ),
            (
                r#"{"results":{"failed_checks":[]},"summary":{"passed":1,"parsing_errors":2,"resource_count":1}}"#,
                Completeness::Partial,
            ),
            (
                r#"{"results":{"failed_checks":[]},"summary":{"failed":1,"resource_count":1}}"#,
                Completeness::Partial,
            ),
            (
                r#"{"results":{"failed_checks":[]},"summary":{"passed":0,"resource_count":0}}"#,
                Completeness::Empty,
            ),
            (
                r#"{"results":{"failed_checks":[]},"summary":{"passed":0}}"#,
                Completeness::Empty,
            ),
            (r#"{"passed":0,"checkov_version":"3"}"#, Completeness::Empty),
            ("[]", Completeness::Empty),
            ("{}", Completeness::Failed),
            (r#"{"results":{}}"#, Completeness::Failed),
            (
                r#"[{"results":{"failed_checks":[7]},"summary":{"failed":1}}]"#,
                Completeness::Partial,
            ),
        ] {
            assert_eq!(read_text(text).report.completeness, completeness, "{text}");
        }
    }

    #[test]
    fn severities_are_taken_as_written() {
        for (written, level) in [
            ("null", Level::Unknown),
            (r#""HIGH""#, Level::High),
            (r#""none""#, Level::Info),
            (r#""SEVERE""#, Level::Unknown),
        ] {
            let text = format!(
                r#"{{"results":{{"failed_checks":[{{"check_id":"CKV_1","severity":{written}}}]}},"summary":{{}}}}"#
            );
            assert_eq!(
                read_text(&text).findings[0].severity.level,
                level,
                "{written}"
            );
        }
    }

    #[test]
    fn the_plain_digest_of_a_secret_is_not_carried() {
        let text = r#"{"results":{"failed_checks":[{"check_id":"CKV_SECRET_2","resource":"25910f98"}]},"summary":{}}"#;
        let findings = read_text(text).findings;
        assert_eq!(
            (findings[0].class, &findings[0].locations[0].logical),
            (Class::Secret, &None)
        );
    }

    #[test]
    fn a_package_is_named_by_its_details() {
        let text = r#"{"results":{"failed_checks":[{"check_id":"CKV_CVE_2026_1","resource":"requirements.txt.x",
            "vulnerability_details":{"id":"CVE-2026-1","package_name":"x","package_version":"1"}}]},"summary":{}}"#;
        let finding = &read_text(text).findings[0];
        let software = &finding.vulnerability.as_ref().unwrap().software;
        assert_eq!(
            (&*finding.rule.id, &*software.name, finding.class),
            ("CVE-2026-1", "x", Class::Vulnerability)
        );
    }
}
