//! Checkov's JSON report (`checkov -o json`), versions 1 to 3.
//!
//! Format: <https://www.checkov.io/2.Basics/Reviewing%20Scan%20Results.html>, and what 3.3.30 writes: one report,
//! a list of one report for each framework, or, when there was nothing to scan, the bare summary. With `--quiet`
//! only `failed_checks` are there, and files that could not be parsed show in the summary alone. Checkov exits
//! with 0 in both cases.
//!
//! Of a hard-coded secret (`CKV_SECRET_…`) `resource` is the plain SHA-1, from which a short secret can be
//! guessed: findings do not carry it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use gate_core::finding::{
    CONTEXT, Class, Finding, FixState, Location, Software, Suppression, SuppressionKind,
    SuppressionState, Text, Vulnerability,
};
use gate_core::scan_report::Completeness;
use gate_core::severity::{Level, Severity};

use crate::adapter::{Adapter, Findings, Reader, Record, RecordError, Run};
use crate::error::ReadError;
use crate::normalize::{path, vulnerability_ids, vulnerability_key};
use crate::read::{array, object};
use crate::redact::{source, token};

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
    lists: LISTS,
    sensitive: &[
        source("code_block"),
        source("entity"),
        source("evaluations"),
        source("fixed_definition"),
        source("connected_node"),
        source("breadcrumbs"),
    ],
    recognizes: |shape| {
        shape.has_all(&["check_type", "results"])
            || shape.has_all(&["checkov_version", "parsing_errors"])
    },
    start: || Box::new(Checkov::default()),
};

const SEVERITIES: &[(&str, Level)] = &[
    ("CRITICAL", Level::Critical),
    ("HIGH", Level::High),
    ("MEDIUM", Level::Medium),
    ("LOW", Level::Low),
    ("INFO", Level::Info),
    ("NONE", Level::Info),
];

/// Beginnings of identifiers of checks that are not about configuration.
const CLASSES: &[(&str, Class)] = &[
    ("CKV_SECRET_", Class::Secret),
    ("CKV_CVE_", Class::Vulnerability),
    ("BC_CVE_", Class::Vulnerability),
    ("BC_LIC_", Class::License),
    ("CKV3_SAST_", Class::CodeWeakness),
];

/// How many checks failed, by report.
#[derive(Default)]
struct Checkov {
    failed: BTreeMap<usize, u64>,
}

#[derive(Deserialize)]
struct Check<'a> {
    #[serde(borrow)]
    check_id: Cow<'a, str>,
    #[serde(borrow)]
    check_name: Option<Cow<'a, str>>,
    check_result: Option<Outcome>,
    code_block: Option<Value>,
    #[serde(borrow)]
    description: Option<Cow<'a, str>>,
    file_line_range: Option<Vec<i64>>,
    #[serde(borrow)]
    file_path: Option<Cow<'a, str>>,
    #[serde(borrow)]
    guideline: Option<Cow<'a, str>>,
    #[serde(borrow)]
    repo_file_path: Option<Cow<'a, str>>,
    #[serde(borrow)]
    resource: Option<Cow<'a, str>>,
    #[serde(borrow)]
    severity: Option<Cow<'a, str>>,
    vulnerability_details: Option<Details>,
}

#[derive(Deserialize)]
struct Outcome {
    suppress_comment: Option<Text>,
}

#[derive(Deserialize)]
struct Details {
    id: Option<Text>,
    package_name: Option<Text>,
    package_version: Option<Text>,
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
        let check: Check<'_> = record.parse()?;
        if outcome != FAILED && outcome != SKIPPED {
            findings.passed();
            return Ok(());
        }
        findings.push(read(check, record, outcome == SKIPPED), 0);
        Ok(())
    }

    fn finish(&mut self, envelope: &[u8]) -> Result<Run, ReadError> {
        let list = envelope.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'[');
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
            looked_at = Some(looked_at.unwrap_or(0) + looked);
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

/// A check as a finding. One that was skipped was suppressed by a comment in the source.
fn read(check: Check<'_>, record: &Record<'_>, skipped: bool) -> Finding {
    let class = CLASSES
        .iter()
        .find(|(beginning, _)| check.check_id.starts_with(beginning));
    let class = class.map_or(Class::Misconfiguration, |(_, class)| *class);
    let severity = match check.severity.as_deref() {
        None => Severity::unknown(),
        Some(word) => {
            let known = SEVERITIES
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(word));
            Severity::tool(known.map_or(Level::Unknown, |(_, level)| *level), word)
        }
    };
    let name = check.check_name.filter(|name| !name.is_empty());
    let title = name.unwrap_or_else(|| check.check_id.clone());
    let mut finding = Finding::new(
        ADAPTER.tool,
        class,
        &*check.check_id,
        severity,
        title,
        record.evidence(),
    );
    finding.rule.url = check
        .guideline
        .filter(|url| !url.is_empty())
        .map(Into::into);
    finding.description = check.description.unwrap_or_default().into();
    let file = check.file_path.as_deref().map(path);
    if let Some(in_repository) = check.repo_file_path.as_deref().map(path)
        && file.as_ref() != Some(&in_repository)
    {
        finding
            .attributes
            .insert("repo-file-path".into(), in_repository);
    }
    let lines = check.file_line_range.unwrap_or_default();
    let line = |n: Option<&i64>| n.and_then(|n| u32::try_from(*n).ok()).filter(|n| *n > 0);
    finding.locations = vec![Location {
        start_line: line(lines.first()),
        end_line: line(lines.last()),
        logical: check
            .resource
            .filter(|_| class != Class::Secret)
            .map(Into::into),
        path: file,
        ..Location::default()
    }];
    let first_line = check
        .code_block
        .as_ref()
        .and_then(|block| block.get(0)?.get(1)?.as_str());
    match (class, first_line.and_then(token)) {
        // A resource is known by its address; of a secret there is a keyed digest of its line, at best.
        (Class::Secret, Some(context)) if context.starts_with("hmac:") => {
            finding.attributes.insert(CONTEXT.into(), context.into());
        }
        (Class::Vulnerability, _) => know_package(&mut finding, check.vulnerability_details),
        _ => {}
    }
    finding.suppression = skipped.then(|| Suppression {
        justification: check
            .check_result
            .and_then(|result| result.suppress_comment),
        kind: SuppressionKind::InSource,
        state: SuppressionState::Accepted,
    });
    finding
}

fn know_package(finding: &mut Finding, details: Option<Details>) {
    let Some(Details {
        id: Some(id),
        package_name: Some(name),
        package_version,
    }) = details
    else {
        return;
    };
    finding.keys = vec![vulnerability_key(&id, &name)];
    finding.rule.id = id.clone();
    finding.vulnerability = Some(Box::new(Vulnerability {
        cvss: Vec::new(),
        cwes: Vec::new(),
        epss: None,
        fix_state: FixState::Unknown,
        fixed_in: Vec::new(),
        ids: vulnerability_ids(&id, []),
        known_exploited: None,
        software: Software {
            name,
            version: package_version,
            ..Software::default()
        },
    }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::{Options, ReadReport, read};

    fn read_text(text: &str) -> ReadReport {
        let mut twin = Vec::new();
        read(
            "r",
            Some(&ADAPTER),
            &mut text.as_bytes(),
            &mut twin,
            &Options::default(),
        )
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
