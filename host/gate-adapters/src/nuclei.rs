//! Nuclei's results (`nuclei -jsonl`, and the array of `-json-export`), versions 2.3 to 3.
//!
//! Format: <https://github.com/projectdiscovery/nuclei>, `pkg/output/output.go` (`ResultEvent`) and `pkg/model`;
//! before 2.5 the keys were written otherwise (`templateID`, `matched`, `extracted_results`). Only what matched is
//! written, so that a clean run leaves an empty file; with `-matcher-status` the checks that did not match are
//! written too, and those that could not be run.
//!
//! A rule is a template with its matcher or extractor, as Nuclei itself writes it (`tech-detect:php`): the matchers
//! of one template are different things. Requests, responses, payloads and what was extracted never get as far as
//! this file; two results that differ in nothing else are one finding with a count.

use serde::Deserialize;

use gate_core::finding::{Class, Endpoint, Finding, Location, Text};
use gate_core::scan_report::Completeness;
use gate_core::severity::{Level, Severity};
use gate_core::time::Moment;

use crate::adapter::{Adapter, Exits, Findings, Reader, Record, RecordError, Run};
use crate::error::ReadError;
use crate::format::Format;
use crate::normalize::{address as web_address, cwe, decimal, given, level, path, position};
use crate::redact::{address, secret};

/// The row of the registry.
pub(crate) static ADAPTER: Adapter = Adapter {
    tool: "nuclei",
    id: "nuclei-json@1",
    reads: "JSON lines (`nuclei -jsonl`) and the array of `-json-export`, seen from 2.3 to 3",
    severity: "info.severity: critical, high, medium, low, info; unknown and any other word are unknown",
    completeness: "an empty file is a clean run when the exit code is given and 0; partial when a template could not be \
                   run; what was looked at, the format does not say",
    format: Format::JsonLines,
    lists: &["", "/*"],
    unread: &[],
    sensitive: &[
        secret("request"),
        secret("response"),
        secret("curl-command"),
        secret("extracted-results"),
        secret("extracted_results"),
        secret("interaction"),
        // Payloads: names and passwords that were tried.
        secret("meta"),
        secret("analyzer_details"),
        secret("template-encoded"),
        secret("error"),
        address("host"),
        address("url"),
        address("path"),
        address("matched-at"),
        address("matched"),
        address("req_url_pattern"),
    ],
    exits: Exits::ZERO,
    recognizes: &|shape| shape.has("info") && (shape.has("template-id") || shape.has("templateID")),
    start: &|| Box::new(Nuclei::default()),
};

const LEVELS: &[(&str, Level)] = &[
    ("critical", Level::Critical),
    ("high", Level::High),
    ("medium", Level::Medium),
    ("low", Level::Low),
    ("info", Level::Info),
    ("unknown", Level::Unknown),
];

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Match {
    #[serde(alias = "templateID")]
    template_id: Text,
    #[serde(rename = "template-url")]
    template_url: Option<Text>,
    info: Info,
    #[serde(alias = "matcher_name")]
    matcher_name: Option<Text>,
    #[serde(alias = "extractor_name")]
    extractor_name: Option<Text>,
    #[serde(rename = "type")]
    kind: Option<Text>,
    host: Option<Text>,
    url: Option<Text>,
    #[serde(alias = "matched")]
    matched_at: Option<Text>,
    matched_line: Option<Vec<i64>>,
    /// Only `-matcher-status` writes what did not match.
    matcher_status: Option<bool>,
    error: Option<Text>,
    timestamp: Option<String>,
    #[serde(rename = "fuzzing_method")]
    fuzzing_method: Option<Text>,
    #[serde(rename = "fuzzing_parameter")]
    fuzzing_parameter: Option<Text>,
}

/// What the template says of itself.
#[derive(Deserialize)]
struct Info {
    name: Option<Text>,
    severity: Option<Text>,
    tags: Option<Words>,
    description: Option<Text>,
    impact: Option<Text>,
    remediation: Option<Text>,
    reference: Option<Words>,
    classification: Option<Classification>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Classification {
    cve_id: Option<Words>,
    cwe_id: Option<Words>,
    cvss_metrics: Option<Text>,
    cvss_score: Option<f64>,
    epss_score: Option<f64>,
}

/// A list, or one text with commas or lines in it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Words {
    List(Vec<Text>),
    Text(Text),
}

impl Words {
    fn all(words: Option<Self>) -> Vec<Text> {
        let all: Vec<Text> = match words {
            None => Vec::new(),
            Some(Self::List(list)) => list,
            Some(Self::Text(text)) => text
                .split([',', '\n'])
                .map(|word| word.trim().trim_start_matches("- ").trim().into())
                .collect(),
        };
        all.into_iter().filter(|word| !word.is_empty()).collect()
    }
}

/// Reads one report.
#[derive(Default)]
struct Nuclei {
    last: Option<Moment>,
    /// Templates that could not be run on something.
    not_run: u64,
}

impl Reader for Nuclei {
    fn record(&mut self, record: &Record<'_>, findings: &mut Findings) -> Result<(), RecordError> {
        let found: Match = record.parse()?;
        let at = found.timestamp.as_deref().and_then(|at| at.parse().ok());
        self.last = self.last.max(at);
        if found.error.as_ref().is_some_and(|error| !error.is_empty()) {
            self.not_run += 1;
        }
        if found.matcher_status == Some(false) {
            findings.passed();
        } else {
            findings.push(found.finding(record)?, 0);
        }
        Ok(())
    }

    fn finish(&mut self, _: &[u8]) -> Result<Run, ReadError> {
        let mut run = Run::new(Completeness::Complete);
        run.finished = self.last;
        if self.not_run > 0 {
            run.left_out(
                "error",
                format!("templates that could not be run: {}", self.not_run),
            );
        }
        Ok(run)
    }
}

impl Match {
    fn finding(self, record: &Record<'_>) -> Result<Finding, RecordError> {
        if self.template_id.is_empty() {
            return Err(RecordError::Shape("`template-id` is empty".to_owned()));
        }
        let info = self.info;
        let class = info.classification.unwrap_or_default();
        let part = given(self.matcher_name).or_else(|| given(self.extractor_name));
        let name = given(info.name).unwrap_or_else(|| self.template_id.clone());
        let (rule, title) = match part {
            Some(part) => (
                format!("{}:{part}", self.template_id).into(),
                format!("{name}: {part}").into(),
            ),
            None => (self.template_id, name.clone()),
        };
        let mut severity = match given(info.severity) {
            Some(word) => Severity::tool(level(&word, LEVELS), word),
            None => Severity::unknown(),
        };
        severity.score = class.cvss_score.and_then(decimal);
        let of_files = self.kind.as_deref() == Some("file");
        let kind = if of_files {
            Class::CodeWeakness
        } else {
            Class::WebAlert
        };
        let mut finding =
            Finding::new(ADAPTER.tool, kind, rule, severity, title, record.evidence());
        finding.rule.name = Some(name);
        finding.rule.url = given(self.template_url);
        let mut tags = Words::all(info.tags);
        tags.extend(
            Words::all(class.cve_id)
                .iter()
                .map(|id| id.to_uppercase().into()),
        );
        let weaknesses = Words::all(class.cwe_id);
        let weaknesses = weaknesses.iter().filter_map(|id| cwe(id));
        tags.extend(weaknesses.map(|n| format!("CWE-{n}").into()));
        tags.sort_unstable();
        tags.dedup();
        finding.rule.tags = tags;
        let texts = [info.description, info.impact];
        let texts = texts.iter().flatten().map(|text| text.trim());
        let texts: Vec<&str> = texts.filter(|text| !text.is_empty()).collect();
        finding.description = texts.join("\n").into();
        finding.remediation = given(info.remediation);
        finding.references = Words::all(info.reference);
        for (name, value) in [
            ("type", self.kind),
            ("cvss-vector", class.cvss_metrics),
            ("epss", class.epss_score.and_then(decimal)),
        ] {
            if let Some(value) = given(value) {
                finding.attributes.insert(name.into(), value);
            }
        }
        // Where it matched; else what was looked at, which some versions write with a slash before it.
        let places = [self.matched_at, self.url, self.host];
        let Some(place) = places.into_iter().find_map(given) else {
            return Ok(finding);
        };
        if of_files {
            let line = self.matched_line.and_then(|lines| lines.first().copied());
            finding.locations = vec![Location {
                path: Some(path(&place)),
                start_line: position(line),
                ..Location::default()
            }];
        } else {
            finding.endpoint = Some(Box::new(Endpoint {
                method: given(self.fuzzing_method),
                parameter: given(self.fuzzing_parameter),
                url: web_address(place.trim_start_matches('/')),
            }));
        }
        Ok(finding)
    }
}

#[cfg(test)]
mod tests {
    use gate_core::fingerprint::assemble;

    use super::*;
    use crate::read::{Among, Options, ReadReport, read, testing::read_text};

    fn line(rest: &str) -> String {
        format!(
            r#"{{"template-id":"t","info":{{"name":"n","severity":"high"}},"matched-at":"https://h/a?x=1"{rest}}}"#
        )
    }

    fn with_exit_code(text: &str, exit_code: Option<i32>) -> ReadReport {
        let options = Options {
            exit_code,
            ..Options::default()
        };
        let among = Among::Tool(&[&ADAPTER]);
        read(
            "r",
            among,
            &mut text.as_bytes(),
            &mut std::io::sink(),
            &options,
        )
    }

    #[test]
    fn nothing_is_clean_only_after_a_run_that_ended_well() {
        for (text, code, completeness) in [
            ("", Some(0), Completeness::Complete),
            ("", None, Completeness::Failed),
            ("", Some(1), Completeness::Failed),
            ("[]", Some(0), Completeness::Complete),
            ("{}", Some(0), Completeness::Partial),
            ("[[]]", Some(0), Completeness::Partial),
            ("null", Some(0), Completeness::Failed),
        ] {
            let read = with_exit_code(text, code);
            assert_eq!(read.report.completeness, completeness, "{text} {code:?}");
        }
    }

    #[test]
    fn a_severity_that_nobody_knows_is_unknown() {
        for (written, level) in [
            (r#""Critical""#, Level::Critical),
            (r#""severe""#, Level::Unknown),
            ("null", Level::Unknown),
        ] {
            let text = format!(r#"{{"template-id":"t","info":{{"severity":{written}}}}}"#);
            let read = read_text(&ADAPTER, &text).0;
            assert_eq!(read.findings[0].severity.level, level, "{written}");
            assert_eq!(read.findings[0].endpoint, None);
        }
    }

    #[test]
    fn what_was_extracted_and_when_is_no_identity() {
        let text = [
            line(r#","extracted-results":["a"],"timestamp":"2026-01-01T00:00:00Z""#),
            line(r#","extracted-results":["b"],"timestamp":"2026-01-01T00:00:01Z""#),
            line(r#","matcher-name":"m""#),
        ];
        let read = read_text(&ADAPTER, &text.join("\n")).0;
        let all = assemble("s", vec![read.findings]).findings;
        let mut found: Vec<_> = all.iter().map(|f| (&*f.rule.id, f.count)).collect();
        found.sort_unstable();
        assert_eq!(found, [("t", 2), ("t:m", 1)]);
    }
}
