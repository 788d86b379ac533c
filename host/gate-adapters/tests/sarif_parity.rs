//! One run says the same in a tool's own JSON and in its SARIF: the same rules at the same places.

#![expect(
    clippy::unwrap_used,
    reason = "a test says what it expects by panicking"
)]

mod common;

use std::collections::BTreeSet;
use std::fs;

use gate_core::finding::Finding;

use common::{assembled, read_bytes, root};

/// A rule, a file or a package, and a line.
type Place = (String, String, Option<u32>);

/// What is lost, and whether a finding has it.
type Loss = (&'static str, fn(&Finding) -> bool);

/// A run of a tool that is written in two ways.
struct Run {
    tool: &'static str,
    json: &'static str,
    sarif: &'static str,
    /// What a finding is compared by.
    place: fn(&Finding) -> Place,
    /// What is known from the JSON only: SARIF does not say it or, of package URLs and CVSS, only in properties of a
    /// tool's own that are not read. Once it is known from SARIF, too, it is to be taken out of the list.
    lost: &'static [Loss],
}

const RUNS: &[Run] = &[
    Run {
        tool: "checkov",
        json: "three-frameworks.json",
        sarif: "checkov-three-frameworks.sarif",
        place: rule_and_line,
        lost: &[("the resource", |f| {
            f.locations.iter().any(|at| at.logical.is_some())
        })],
    },
    Run {
        tool: "grype",
        json: "image.json",
        sarif: "grype-image.sarif",
        // In SARIF the path begins with the image's name and is that of any of the package's files.
        place: name_and_package,
        lost: &[
            ("the names beside the tool's own", |f| {
                f.vulnerability.as_ref().unwrap().ids.len() > 1
            }),
            ("the versions with a fix", |f| {
                !f.vulnerability.as_ref().unwrap().fixed_in.is_empty()
            }),
            ("what is known to be exploited", |f| {
                f.vulnerability.as_ref().unwrap().known_exploited == Some(true)
            }),
            ("CVSS", has_cvss),
            ("the package URL", has_purl),
        ],
    },
    Run {
        tool: "semgrep",
        json: "findings.json",
        sarif: "semgrep-severities.sarif",
        place: rule_and_line,
        lost: &[("critical beside high", |f| {
            f.severity.level == gate_core::severity::Level::Critical
        })],
    },
    Run {
        tool: "trivy",
        json: "image.json",
        sarif: "trivy-image.sarif",
        place: rule_and_line,
        lost: &[
            ("the names beside the tool's own", |f| {
                f.vulnerability.as_ref().unwrap().ids.len() > 1
            }),
            ("the kind of package", |f| {
                let software = &f.vulnerability.as_ref().unwrap().software;
                software.ecosystem.is_some()
            }),
            ("CVSS", has_cvss),
            ("the package URL", has_purl),
        ],
    },
];

fn rule_and_line(finding: &Finding) -> Place {
    let at = finding.locations.first().unwrap();
    (
        finding.rule.id.to_string(),
        at.path.as_deref().unwrap_or_default().to_owned(),
        at.start_line,
    )
}

/// By the advisory where there is one: that a CVE is the same, SARIF does not say.
fn name_and_package(finding: &Finding) -> Place {
    let known = finding.vulnerability.as_ref().unwrap();
    let advisory = known.ids.iter().find(|id| id.starts_with("GHSA-"));
    let software = &known.software;
    let version = software.version.as_deref().unwrap_or_default();
    (
        advisory.unwrap_or(&finding.rule.id).to_string(),
        format!("{}@{version}", software.name),
        finding.locations.first().unwrap().start_line,
    )
}

fn has_cvss(finding: &Finding) -> bool {
    !finding.vulnerability.as_ref().unwrap().cvss.is_empty()
}

fn has_purl(finding: &Finding) -> bool {
    let software = &finding.vulnerability.as_ref().unwrap().software;
    software.purl.is_some()
}

/// What counts: JSON of some tools leaves out what its user suppressed.
fn counted(tool: &str, path: &str) -> Vec<Finding> {
    let report = fs::read(root().join(path)).unwrap();
    let findings = assembled(read_bytes(Some(tool), path, &report).0);
    findings
        .into_iter()
        .filter(|finding| !finding.is_suppressed())
        .collect()
}

#[test]
fn one_run_has_the_same_rules_at_the_same_places_in_json_and_in_sarif() {
    for run in RUNS {
        let json = counted(run.tool, &format!("{}/{}", run.tool, run.json));
        let sarif = counted("sarif", &format!("sarif/{}", run.sarif));
        let places = |all: &[Finding]| all.iter().map(run.place).collect::<BTreeSet<_>>();
        assert!(!json.is_empty(), "{}", run.tool);
        assert_eq!(places(&json), places(&sarif), "{}", run.tool);
        assert_eq!(json.len(), sarif.len(), "{}", run.tool);
        assert!(sarif.iter().all(|f| &*f.tool == run.tool), "{}", run.tool);
        for (what, says) in run.lost {
            assert!(json.iter().any(says), "{}: JSON lost {what}", run.tool);
            assert!(!sarif.iter().any(says), "{}: SARIF has {what}", run.tool);
        }
    }
}
