//! A verdict in each form: the same verdict, the same exit code, every finding.

use serde_json::Value;

use crate::gate::{Folder, Ran, each, report};

const FORMS: [&str; 5] = ["human", "json", "sarif", "junit", "markdown"];

fn evaluate(folder: &Folder, reports: &[&str], more: &[&str]) -> Ran {
    let reports: Vec<String> = reports
        .iter()
        .map(|name| {
            let tool = name.split('/').next().unwrap();
            format!("{tool}={}", report(name).display())
        })
        .collect();
    let mut arguments = vec!["evaluate", "image"];
    for report in &reports {
        arguments.extend(["--report", report]);
    }
    arguments.extend(more);
    folder.gate(&arguments)
}

#[test]
fn the_form_changes_no_verdict() {
    each(
        [
            (&["trivy/clean.json"][..], 0),
            (&["trivy/image.json"], 1),
            (&["trivy/clean.json", "bandit/syntax-error.json"], 3),
        ],
        |(reports, code)| {
            let folder = Folder::new();
            for form in FORMS {
                let ran = evaluate(&folder, reports, &["--format", form]);
                assert_eq!((ran.code, &*ran.stderr), (code, ""), "{reports:?}: {ran:?}");
                assert!(ran.stdout.ends_with('\n'), "{ran:?}");
                let file = evaluate(&folder, reports, &["--format", form, "-o", "answer"]);
                assert_eq!((file.code, &*file.stdout), (code, ""), "{file:?}");
                let written = std::fs::read_to_string(folder.path().join("answer")).unwrap();
                assert_eq!(written.lines().count(), ran.stdout.lines().count());
            }
        },
    );
}

/// Only what is over budget closes the gate; what is within it is in the answer all the same.
#[test]
fn json_and_sarif_hold_all_findings_of_which_some_fail() {
    let folder = Folder::new();
    let ask = |form: &str| evaluate(&folder, &["trivy/image.json"], &["--format", form]);
    let (json, sarif) = (ask("json"), ask("sarif"));
    assert_eq!((json.code, sarif.code), (1, 1));
    let (json, sarif) = (json.json(), sarif.json());
    let findings = json["findings"].as_array().unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let counted = |all: &[Value], pointer: &str| {
        let found = all
            .iter()
            .filter(|one| one.pointer(pointer).unwrap() == "counted");
        found.count()
    };
    let failed = counted(findings, "/disposition");
    assert!(
        0 < failed && failed < findings.len(),
        "{failed} of {}",
        findings.len()
    );
    assert_eq!(counted(results, "/properties/disposition"), failed);
    assert_eq!(results.len(), findings.len());
    for (finding, result) in findings.iter().zip(results) {
        assert_eq!(result["fingerprints"]["gate/v1"], finding["finding"]["id"]);
        assert_eq!(
            result["properties"]["severity"],
            finding["finding"]["severity"]
        );
    }
}

#[test]
fn what_is_written_as_sarif_is_read_as_a_report() {
    let folder = Folder::new();
    let ran = evaluate(
        &folder,
        &["trivy/image.json", "bandit/findings.json"],
        &["--format", "sarif", "-o", "gate.sarif"],
    );
    assert_eq!(ran.code, 1, "{ran:?}");
    let text = std::fs::read_to_string(folder.path().join("gate.sarif")).unwrap();
    let log: Value = serde_json::from_str(&text).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    let read = folder.gate(&["normalize", "--report", "gate.sarif", "--format", "json"]);
    assert_eq!(read.code, 0, "{read:?}");
    let read = read.json();
    assert_eq!(read["scan_report"]["tool"], "gate");
    assert_eq!(read["scan_report"]["completeness"], "complete");
    assert_eq!(read["scan_report"]["counts"]["records"], results.len());
    assert_eq!(read["scan_report"]["counts"]["quarantined"], 0);
    let rules = |all: &[Value], pointer: &str| {
        let rule = |one: &Value| one.pointer(pointer).unwrap().as_str().unwrap().to_owned();
        let mut rules: Vec<_> = all.iter().map(rule).collect();
        rules.sort();
        rules
    };
    let findings = read["findings"].as_array().unwrap();
    assert_eq!(rules(findings, "/rule/id"), rules(results, "/ruleId"));
}
