//! Where each tool writes lines and how bad something is, by the keys of its reports.

/// What a tool writes.
pub(crate) struct Row {
    pub(crate) tool: &'static str,
    /// Keys of lines: numbers, texts of digits, or lists of numbers.
    pub(crate) lines: &'static [&'static str],
    /// Keys of ratings, and what they may say.
    pub(crate) ratings: &'static [(&'static str, Scale)],
    /// Why one of them is empty; empty where none is.
    pub(crate) because: &'static str,
}

/// What a rating may say.
#[derive(Clone, Copy)]
pub(crate) enum Scale {
    /// One of some words or numbers. Re-rating takes the next one.
    Words(&'static [&'static str]),
    /// A number from 0 to 10. Re-rating turns it around.
    Score,
}

use Scale::{Score, Words};

const FOUR: Scale = Words(&["CRITICAL", "HIGH", "MEDIUM", "LOW"]);
const NO_LINES: &str = "it is about packages, addresses or resources, which have no lines";
const NO_RATINGS: &str = "it does not rate what it finds";
const NEITHER: &str = "it names files, packages or resources as a whole, and rates nothing";

const fn row(
    tool: &'static str,
    lines: &'static [&'static str],
    ratings: &'static [(&'static str, Scale)],
    because: &'static str,
) -> Row {
    Row {
        tool,
        lines,
        ratings,
        because,
    }
}

/// In an XML document a key is an attribute or an element; of other texts, a key that is a sign is what stands on
/// both sides.
pub(crate) const ROWS: &[Row] = &[
    row(
        "anchore",
        &[],
        &[("severity", Words(&["Critical", "High", "Medium", "Low"]))],
        NO_LINES,
    ),
    row("asff", &["StartLine", "EndLine"], &[("Label", FOUR)], ""),
    row("aws-config", &[], &[], NEITHER),
    row(
        "bandit",
        &["line_number", "line_range"],
        &[("issue_severity", Words(&["HIGH", "MEDIUM", "LOW"]))],
        "",
    ),
    row(
        "cargo-audit",
        &[],
        &[(
            "cvss",
            Words(&[
                "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H",
                "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
            ]),
        )],
        NO_LINES,
    ),
    row("cfn-guard", &[], &[], NEITHER),
    row(
        "cfn-lint",
        &["LineNumber"],
        &[("Level", Words(&["Error", "Warning", "Informational"]))],
        "",
    ),
    row(
        "cfn-nag",
        &["line_numbers"],
        &[("type", Words(&["FAIL", "WARN"]))],
        "",
    ),
    row("checkov", &["file_line_range"], &[], NO_RATINGS),
    row(
        "clair",
        &[],
        &[
            (
                "normalized_severity",
                Words(&["Critical", "High", "Negligible"]),
            ),
            ("severity", Words(&["High", "Medium", "Low"])),
            ("Severity", Words(&["Defcon1", "High", "Low"])),
        ],
        NO_LINES,
    ),
    row(
        "conftest",
        &["line"],
        &[("severity", Words(&["critical", "high", "medium"]))],
        "",
    ),
    row(
        "csaf",
        &[],
        &[("baseSeverity", FOUR), ("baseScore", Score)],
        NO_LINES,
    ),
    row(
        "cyclonedx",
        &[],
        &[
            (
                "severity",
                Words(&["critical", "high", "medium", "low", "info"]),
            ),
            ("score", Score),
        ],
        NO_LINES,
    ),
    row(
        "dependency-check",
        &[],
        &[
            ("severity", FOUR),
            ("baseSeverity", FOUR),
            ("score", Score),
            ("baseScore", Score),
        ],
        NO_LINES,
    ),
    row("detect-secrets", &["line_number"], &[], NO_RATINGS),
    row("ecr", &[], &[("severity", FOUR)], NO_LINES),
    row(
        "eslint",
        &["line", "endLine"],
        &[("severity", Words(&["1", "2"]))],
        "",
    ),
    row(
        "falco",
        &[],
        &[(
            "priority",
            Words(&["Critical", "Error", "Warning", "Notice", "Informational"]),
        )],
        NO_LINES,
    ),
    row("git-secrets", &[":"], &[], NO_RATINGS),
    row(
        "gitleaks",
        &["StartLine", "EndLine", "lineNumber"],
        &[],
        NO_RATINGS,
    ),
    row(
        "grype",
        &[],
        &[("severity", Words(&["Critical", "High", "Medium", "Low"]))],
        NO_LINES,
    ),
    row(
        "guardduty",
        &[],
        &[("Severity", Score), ("severity", Score)],
        NO_LINES,
    ),
    row(
        "hadolint",
        &["line"],
        &[("level", Words(&["error", "warning", "info", "style"]))],
        "",
    ),
    row(
        "inspector2",
        &["startLine", "endLine"],
        &[("severity", FOUR)],
        "",
    ),
    row("junit", &["line"], &[], NO_RATINGS),
    row("kics", &["line", "search_line"], &[("severity", FOUR)], ""),
    row(
        "kube-bench",
        &[],
        &[("status", Words(&["FAIL", "WARN"]))],
        NO_LINES,
    ),
    row("kubescape", &[], &[("scoreFactor", Score)], NO_LINES),
    row(
        "npm-audit",
        &[],
        &[("severity", Words(&["critical", "high", "moderate", "low"]))],
        NO_LINES,
    ),
    row(
        "nuclei",
        &["matched-line"],
        &[("severity", Words(&["critical", "high", "medium", "low"]))],
        "",
    ),
    row(
        "ocsf",
        &["start_line", "end_line"],
        &[
            ("severity", Words(&["Critical", "High", "Medium", "Low"])),
            ("severity_id", Words(&["2", "3", "4", "5"])),
        ],
        "",
    ),
    row(
        "opa",
        &[],
        &[("severity", Words(&["critical", "high"]))],
        NO_LINES,
    ),
    row("openvex", &[], &[], NEITHER),
    row(
        "osv-scanner",
        &[],
        &[("severity", Words(&["HIGH", "MODERATE", "LOW"]))],
        NO_LINES,
    ),
    row("phpstan", &["line"], &[], NO_RATINGS),
    row("pip-audit", &[], &[], NEITHER),
    row(
        "polaris",
        &[],
        &[("Severity", Words(&["danger", "warning"]))],
        NO_LINES,
    ),
    row(
        "prowler",
        &[],
        &[(";", Words(&["critical", "high", "medium", "low"]))],
        NO_LINES,
    ),
    row(
        "sarif",
        &["startLine", "endLine"],
        &[
            ("level", Words(&["error", "warning", "note"])),
            ("security-severity", Score),
        ],
        "",
    ),
    row(
        "semgrep",
        &["line", "line_number", "startLine", "endLine"],
        &[("severity", Words(&["CRITICAL", "ERROR", "WARNING", "INFO"]))],
        "",
    ),
    row(
        "snyk",
        &["lineNumber"],
        &[("severity", Words(&["critical", "high", "medium", "low"]))],
        "",
    ),
    row(
        "sonarqube",
        &["line", "startLine", "endLine"],
        &[
            (
                "severity",
                Words(&[
                    "BLOCKER", "CRITICAL", "MAJOR", "MINOR", "HIGH", "MEDIUM", "LOW",
                ]),
            ),
            (
                "vulnerabilityProbability",
                Words(&["HIGH", "MEDIUM", "LOW"]),
            ),
        ],
        "",
    ),
    row(
        "spdx",
        &[],
        &[
            ("security_severity", Words(&["medium", "high"])),
            ("security_score", Score),
        ],
        NO_LINES,
    ),
    row(
        "tflint",
        &["line"],
        &[("severity", Words(&["error", "warning", "notice"]))],
        "",
    ),
    row(
        "tfsec",
        &["start_line", "end_line"],
        &[(
            "severity",
            Words(&["CRITICAL", "HIGH", "MEDIUM", "ERROR", "WARNING", "INFO"]),
        )],
        "",
    ),
    row(
        "trivy",
        &["StartLine", "EndLine"],
        &[("Severity", FOUR)],
        "",
    ),
    row("trufflehog", &["line"], &[], NO_RATINGS),
    row(
        "zap",
        &[],
        &[("riskcode", Words(&["0", "1", "2", "3"]))],
        NO_LINES,
    ),
];
