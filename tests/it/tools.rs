//! Every adapter, and what the tests need to know of its reports. A row of [`TOOLS`] is data; a test holds the table
//! against docs/adapters.md, which is written from the adapters themselves.

use std::ops::Range;

use crate::gate::report;

/// How a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Json,
    /// JSON documents one after the other: several are legitimate.
    JsonLines,
    Xml,
    Csv,
    Text,
}

use Format::{Csv, Json, JsonLines, Text, Xml};

/// An adapter. A key that its reports don't have is the empty text.
///
/// A key is a key of JSON, the name of an element of XML, or of an attribute with `@` before it, the name of a column
/// of CSV, or what stands on a line of text before the value.
#[derive(Debug)]
pub(crate) struct Tool {
    pub name: &'static str,
    /// The adapter's reading, without its version.
    pub adapter: &'static str,
    pub format: Format,
    /// A report without findings that opens every gate; empty where that is an empty file.
    pub clean: &'static str,
    /// A report with findings, or with records where the tool finds nothing.
    pub findings: &'static str,
    /// A key that stands in every record and holds a text.
    pub text_key: &'static str,
    /// A key that holds the level of a finding.
    pub severity_key: &'static str,
    /// A key of `findings` that holds a number which the adapter reads.
    pub number_key: &'static str,
}

/// Every adapter, in order of name and reading.
#[rustfmt::skip]
pub(crate) static TOOLS: &[Tool] = &[
    tool("anchore", "anchore-json", Json, ["clean.json", "findings.json"], ["vuln", "severity", "base_score"]),
    tool("asff", "asff-json", JsonLines, ["clean.json", "findings.json"], ["GeneratorId", "Label", "Normalized"]),
    tool("aws-config", "aws-config-json", JsonLines, ["clean.json", "findings.json"], ["ComplianceType", "", ""]),
    tool("bandit", "bandit-json", Json, ["clean.json", "findings.json"], ["test_id", "issue_severity", "line_number"]),
    tool("cargo-audit", "cargo-audit-json", Json, ["clean.json", "findings.json"], ["name", "cvss", "advisory-count"]),
    tool("cfn-guard", "cfn-guard-json", Json, ["clean.json", "findings.json"], ["context", "", ""]),
    tool("cfn-lint", "cfn-lint-json", Json, ["clean.json", "findings.json"], ["Level", "Level", "LineNumber"]),
    tool("cfn-nag", "cfn-nag-json", Json, ["clean.json", "findings.json"], ["filename", "type", "failure_count"]),
    tool("checkov", "checkov-json", Json, ["clean.json", "findings.json"], ["check_id", "severity", "resource_count"]),
    tool("clair", "clair-json", Json, ["clean.json", "findings.json"], ["name", "normalized_severity", "baseScore"]),
    tool("cobertura", "cobertura-xml", Xml, ["clean.xml", "methods.xml"], ["@hits", "", "@hits"]),
    tool("conftest", "conftest-json", Json, ["clean.json", "findings.json"], ["namespace", "severity", "successes"]),
    tool("csaf", "csaf-json", Json, ["clean.json", "advisory.json"], ["cve", "baseSeverity", "baseScore"]),
    tool("cyclonedx", "cyclonedx-json", Json, ["clean.json", "findings.json"], ["id", "severity", "score"]),
    tool("cyclonedx", "cyclonedx-xml", Xml, ["clean.xml", "findings.xml"], ["id", "", ""]),
    tool("dependency-check", "dependency-check-json", Json, ["clean.json", "findings.json"], ["fileName", "severity", "score"]),
    tool("dependency-check", "dependency-check-xml", Xml, ["clean.xml", "findings.xml"], ["fileName", "severity", "baseScore"]),
    tool("detect-secrets", "detect-secrets-json", Json, ["clean.json", "findings.json"], ["type", "", "line_number"]),
    tool("ecr", "ecr-json", Json, ["clean.json", "enhanced.json"], ["type", "severity", "score"]),
    tool("eslint", "eslint-json", Json, ["clean.json", "findings.json"], ["message", "severity", "line"]),
    tool("falco", "falco-json", JsonLines, ["clean.jsonl", "findings.jsonl"], ["rule", "priority", ""]),
    tool("git-secrets", "git-secrets-text", Text, ["", "findings.txt"], ["./app/settings.py:", "", "./app/settings.py:"]),
    tool("gitleaks", "gitleaks-json", Json, ["clean.json", "findings.json"], ["RuleID", "", "StartLine"]),
    tool("grype", "grype-json", Json, ["clean.json", "image.json"], ["severity", "severity", "baseScore"]),
    tool("guardduty", "guardduty-json", JsonLines, ["clean.json", "findings.json"], ["Id", "Severity", "Severity"]),
    tool("hadolint", "hadolint-json", Json, ["clean.json", "findings.json"], ["code", "level", "line"]),
    tool("inspector2", "inspector2-json", JsonLines, ["clean.json", "findings.json"], ["type", "severity", "inspectorScore"]),
    tool("junit", "junit-xml", Xml, ["clean.xml", "findings.xml"], ["@classname", "", "@tests"]),
    tool("kics", "kics-json", Json, ["clean.json", "findings.json"], ["query_id", "severity", "files_scanned"]),
    tool("kube-bench", "kube-bench-json", Json, ["clean.json", "findings.json"], ["test_number", "", "total_fail"]),
    tool("kubescape", "kubescape-json", Json, ["clean.json", "findings.json"], ["controlID", "scoreFactor", "failedResources"]),
    tool("lcov", "lcov-text", Text, ["clean.info", "several-tests.info"], ["SF:", "", "DA:"]),
    tool("npm-audit", "npm-audit-json", Json, ["clean.json", "findings.json"], ["severity", "severity", "score"]),
    tool("nuclei", "nuclei-json", JsonLines, ["clean.json", "findings.jsonl"], ["template-id", "severity", "cvss-score"]),
    tool("ocsf", "ocsf-json", JsonLines, ["clean.json", "prowler.json"], ["title", "severity_id", "severity_id"]),
    tool("opa", "opa-json", Json, ["clean.json", "findings.json"], ["text", "severity", ""]),
    tool("openvex", "openvex-json", Json, ["clean.json", "statements.json"], ["status", "", ""]),
    tool("osv-scanner", "osv-scanner-json", Json, ["clean.json", "findings.json"], ["id", "severity", ""]),
    tool("phpstan", "phpstan-json", Json, ["clean.json", "findings.json"], ["message", "", "line"]),
    tool("pip-audit", "pip-audit-json", Json, ["clean.json", "findings.json"], ["name", "", ""]),
    tool("polaris", "polaris-json", Json, ["clean.json", "findings.json"], ["Message", "Severity", ""]),
    tool("prowler", "prowler-csv", Csv, ["clean.csv", "findings.csv"], ["CHECK_ID", "SEVERITY", ""]),
    tool("sarif", "sarif", Json, ["semgrep-clean.sarif", "semgrep.sarif"], ["ruleId", "level", "startLine"]),
    tool("semgrep", "semgrep-json", Json, ["clean.json", "findings.json"], ["check_id", "severity", "line"]),
    tool("snyk", "snyk-json", Json, ["clean.json", "findings.json"], ["id", "severity", "cvssScore"]),
    tool("sonarqube", "sonarqube-json", Json, ["clean.json", "findings.json"], ["component", "severity", "line"]),
    tool("spdx", "spdx-json", Json, ["clean.json", "advisories.json"], ["versionInfo", "", ""]),
    tool("spdx", "spdx-text", Text, ["clean.spdx", "advisories.spdx"], ["PackageName: ", "", ""]),
    tool("tflint", "tflint-json", Json, ["clean.json", "findings.json"], ["filename", "severity", "line"]),
    tool("tfsec", "tfsec-json", Json, ["clean.json", "findings.json"], ["rule_id", "severity", "start_line"]),
    tool("trivy", "trivy-json", Json, ["clean.json", "image.json"], ["VulnerabilityID", "Severity", "V3Score"]),
    tool("trufflehog", "trufflehog-json", JsonLines, ["clean.jsonl", "findings.jsonl"], ["DetectorName", "", "line"]),
    tool("zap", "zap-json", Json, ["clean.json", "findings.json"], ["pluginid", "riskcode", "count"]),
    tool("zap", "zap-text", Text, ["baseline-clean.txt", "baseline-findings.txt"], ["WARN-NEW: ", "", "FAIL-NEW: "]),
    tool("zap", "zap-xml", Xml, ["clean.xml", "plus.xml"], ["pluginid", "riskcode", "count"]),
];

/// The six that are looked at from every side where all of them would take too long.
pub(crate) fn six() -> impl Iterator<Item = &'static Tool> + Clone {
    const SIX: [&str; 6] = ["bandit", "checkov", "gitleaks", "grype", "sarif", "trivy"];
    TOOLS.iter().filter(|tool| SIX.contains(&tool.name))
}

const fn tool(
    name: &'static str,
    adapter: &'static str,
    format: Format,
    [clean, findings]: [&'static str; 2],
    [text_key, severity_key, number_key]: [&'static str; 3],
) -> Tool {
    Tool {
        name,
        adapter,
        format,
        clean,
        findings,
        text_key,
        severity_key,
        number_key,
    }
}

/// A profile whose gate `image` judges what is no scan too, and whose gate `levels` asks of levels that are not known
/// and of nothing else.
pub(crate) const EVERY_KIND: &str = r#"
format = 1

[gates.image]
accepts = ["scan", "inventory", "statements", "measurement"]

[gates.levels]
custom = true
accepts = ["scan", "inventory", "statements", "measurement"]
policies = ["severity-over-budget"]

[gates.levels.thresholds]
max-critical = "unlimited"
max-high = "unlimited"
max-unknown = 0
"#;

impl Tool {
    /// The path of one of its reports, as a name of [`report`].
    pub(crate) fn path(&self, name: &str) -> String {
        format!("{}/{name}", self.name)
    }

    /// The bytes of one of its reports.
    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(report(&self.path(name))).unwrap()
    }

    /// The report with findings.
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.read(self.findings)).unwrap()
    }

    /// The report without findings.
    pub(crate) fn clean_bytes(&self) -> Vec<u8> {
        if self.clean.is_empty() {
            return Vec::new();
        }
        self.read(self.clean)
    }

    /// The report that is damaged: the clean one, for which the gate would open; the one with findings where the
    /// clean one is `[]`, `{"Findings":[]}` and the like, in which there is nothing to damage.
    pub(crate) fn base(&self) -> Vec<u8> {
        const NOTHING: usize = 40;
        Some(self.clean_bytes())
            .filter(|clean| clean.len() > NOTHING)
            .unwrap_or_else(|| self.read(self.findings))
    }

    /// The report with findings, with another value where a key stands first.
    pub(crate) fn with_first(&self, key: &str, value: &str) -> String {
        self.with_nth(key, value, <[_]>::first)
    }

    /// The report with findings, with another value where a key stands last.
    pub(crate) fn with_last(&self, key: &str, value: &str) -> String {
        self.with_nth(key, value, <[_]>::last)
    }

    fn with_nth(
        &self,
        key: &str,
        value: &str,
        which: fn(&[Range<usize>]) -> Option<&Range<usize>>,
    ) -> String {
        let mut text = self.text();
        let values = self.values(&text, key);
        let range = which(&values).unwrap_or_else(|| panic!("no {key:?} in {}", self.findings));
        text.replace_range(range.clone(), value);
        text
    }

    /// The report with findings, with another value wherever a key stands.
    pub(crate) fn with_every(&self, key: &str, value: &str) -> String {
        let mut text = self.text();
        for range in self.values(&text, key).into_iter().rev() {
            text.replace_range(range, value);
        }
        text
    }

    /// Where the values of a key stand in a report.
    pub(crate) fn values(&self, text: &str, key: &str) -> Vec<Range<usize>> {
        match self.format {
            Json | JsonLines => after(text, &format!("\"{key}\""), json_value),
            Xml => match key.strip_prefix('@') {
                Some(name) => after(text, &format!(" {name}=\""), |rest| {
                    Some(0..rest.find('"')?)
                }),
                None => after(text, &format!("<{key}>"), |rest| Some(0..rest.find('<')?)),
            },
            Csv => vec![field(text, key)],
            Text => after(text, key, |rest| Some(0..rest.find('\n')?)),
        }
    }
}

fn after(
    text: &str,
    mark: &str,
    value: impl Fn(&str) -> Option<Range<usize>>,
) -> Vec<Range<usize>> {
    let ends = text.match_indices(mark).map(|(at, _)| at + mark.len());
    ends.filter_map(|at| value(&text[at..]).map(|range| at + range.start..at + range.end))
        .collect()
}

/// The value after the key of a member; none if it was no key.
fn json_value(rest: &str) -> Option<Range<usize>> {
    let value = rest.trim_start().strip_prefix(':')?.trim_start();
    let start = rest.len() - value.len();
    let mut values = serde_json::Deserializer::from_str(value).into_iter::<serde_json::Value>();
    values.next()?.ok()?;
    Some(start..start + values.byte_offset())
}

/// A field of the first row, which has none in quotes before it.
fn field(text: &str, column: &str) -> Range<usize> {
    let (header, rows) = text.split_once('\n').unwrap();
    let before = header.split(';').take_while(|name| *name != column).count();
    let mut at = header.len() + 1;
    for field in rows.split(';').take(before) {
        at += field.len() + 1;
    }
    at..at + text[at..].find(';').unwrap()
}
