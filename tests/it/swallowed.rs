//! What pipelines were seen to let through: a hit that nobody counted, an error document that was taken for a clean result,
//! a severity that was lost on its way. Each is a report that looks harmless to a `grep`, and what the gate makes of it.
//!
//! What happens to the pipeline's own commands, templates and scripts stands in the tests of the factory.

use std::fs;

use serde_json::{Value, json};

use crate::gate::{Folder, Ran, each, report};

/// What the gate says of a report.
fn judged(folder: &Folder, gate: &str, tool: &str, report: &[u8], more: &[&str]) -> Ran {
    let path = folder.file("report", report);
    let report = format!("{tool}={}", path.display());
    let arguments = ["evaluate", gate, "--report", &report, "--format", "json"];
    folder.gate(&[&arguments[..], more].concat())
}

/// A report of the tests as JSON, changed.
fn changed(name: &str, change: impl Fn(&mut Value)) -> Vec<u8> {
    let mut document = serde_json::from_slice(&fs::read(report(name)).unwrap()).unwrap();
    change(&mut document);
    document.to_string().into_bytes()
}

/// A report of trivy with the vulnerabilities that are made of one.
fn image(make: impl Fn(&Value) -> Vec<Value>) -> Vec<u8> {
    changed("trivy/image.json", |document| {
        let results = document["Results"].as_array_mut().unwrap();
        results.truncate(1);
        results[0]["Vulnerabilities"] = make(&results[0]["Vulnerabilities"][0]).into();
    })
}

/// The same vulnerability with a field replaced.
fn with(vulnerability: &Value, field: &str, value: impl Into<Value>) -> Value {
    let mut vulnerability = vulnerability.clone();
    vulnerability[field] = value.into();
    vulnerability
}

fn codes(answer: &Value) -> Vec<&str> {
    let reasons = answer["reasons"].as_array().unwrap();
    reasons
        .iter()
        .filter_map(|reason| reason["code"].as_str())
        .collect()
}

/// What it is; the gate and the tool; the report; how the program ends and a reason that it gives.
type Row = (&'static str, [&'static str; 2], Vec<u8>, i32, &'static str);

#[test]
fn what_looks_harmless_closes_the_gate() {
    let read = |name: &str| fs::read(report(name)).unwrap();
    let zap = |success: u64| {
        changed("zap/clean.json", |document| {
            document["insights"][0]["statistic"] = success.to_string().into();
        })
    };
    let rows: Vec<Row> = vec![
        (
            "a hit whose exit code was swallowed",
            ["secrets", "git-secrets"],
            read("git-secrets/findings.txt"),
            1,
            "secret-found",
        ),
        (
            "the scanner was refused, and says so in JSON",
            ["sca", "snyk"],
            read("snyk/error.json"),
            3,
            "scanner-failed",
        ),
        (
            "an empty file",
            ["image", "trivy"],
            Vec::new(),
            3,
            "report-empty",
        ),
        (
            "a file that was cut off",
            ["image", "trivy"],
            read("trivy/image.json")[..4000].to_vec(),
            3,
            "report-malformed",
        ),
        (
            "the reply of a function in place of the report",
            ["image", "ecr"],
            br#"{"StatusCode":200,"FunctionError":"Unhandled"}"#.to_vec(),
            3,
            "report-wrong-tool",
        ),
        (
            "one page of many",
            ["sast", "sonarqube"],
            changed("sonarqube/findings.json", |document| {
                document["paging"]["total"] = json!(1500);
            }),
            3,
            "report-incomplete",
        ),
        (
            "sites without a list of alerts",
            ["dast", "zap"],
            changed("zap/clean.json", |document| {
                drop(
                    document["site"][0]
                        .as_object_mut()
                        .unwrap()
                        .remove("alerts"),
                );
            }),
            3,
            "report-wrong-tool",
        ),
        (
            "no site at all",
            ["dast", "zap"],
            changed("zap/clean.json", |document| document["site"] = json!([])),
            3,
            "report-incomplete",
        ),
        (
            "a level that nobody knows",
            ["image", "trivy"],
            image(|one| vec![with(one, "Severity", "weird")]),
            1,
            "unknown-over-budget",
        ),
        (
            "no level at all",
            ["image", "trivy"],
            image(|one| vec![with(one, "Severity", "")]),
            1,
            "unknown-over-budget",
        ),
        (
            "ECR's basic form",
            ["image", "ecr"],
            read("ecr/basic.json"),
            1,
            "critical-over-budget",
        ),
        (
            "ECR's enhanced form",
            ["image", "ecr"],
            read("ecr/enhanced.json"),
            1,
            "critical-over-budget",
        ),
        (
            "a scan that was let in nowhere",
            ["dast", "zap"],
            zap(3),
            1,
            "web-success-below-minimum",
        ),
    ];
    each(rows, |(what, [gate, tool], bytes, code, reason)| {
        let folder = Folder::new();
        folder.file(
            "gate.toml",
            "format = 1\n[gates.dast]\npolicies = [\"severity-over-budget\", \"web-alert-over-budget\"]\nthresholds = { min-web-success-percent = 50 }\n",
        );
        let ended = format!("{tool}=0");
        let ended = if gate == "secrets" {
            vec!["--scanner-exit", &*ended]
        } else {
            vec![]
        };
        let ran = judged(&folder, gate, tool, &bytes, &ended);
        assert_eq!(ran.code, code, "{what}: {ran:?}");
        let answer = ran.json();
        assert!(codes(&answer).contains(&reason), "{what}: {answer}");
    });
}

#[test]
fn a_name_is_written_as_it_is_or_nothing_is_judged() {
    for name in ["OWASP-ZAP", "Zap", "ZAP"] {
        let folder = Folder::new();
        let ran = judged(
            &folder,
            "dast",
            name,
            &fs::read(report("zap/findings.json")).unwrap(),
            &[],
        );
        let said = ran
            .stderr
            .contains(&format!("there is no adapter for the tool `{name}`"));
        assert!(ran.code == 2 && said, "{ran:?}");
    }
}

#[test]
fn a_level_is_the_same_however_it_is_written() {
    let levels: Vec<_> = ["critical", "Critical", "CRITICAL"]
        .map(|word| {
            let report = image(|one| vec![with(one, "Severity", word)]);
            let ran = judged(&Folder::new(), "image", "trivy", &report, &[]);
            assert_eq!(ran.code, 1, "{word}: {ran:?}");
            ran.json()["findings"][0]["finding"]["severity"]["level"].clone()
        })
        .into();
    assert_eq!(levels, ["critical"; 3]);
}

#[test]
fn a_word_in_a_description_is_no_level_and_confidence_is_none() {
    let report = image(|one| {
        let one = with(one, "Severity", "LOW");
        let one = with(&one, "FixedVersion", "");
        vec![with(
            &one,
            "Description",
            "CRITICAL, HIGH: high and critical",
        )]
    });
    let ran = judged(&Folder::new(), "image", "trivy", &report, &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    // A package that is recognised with the highest confidence, and has no vulnerability.
    let clean = changed("dependency-check/findings.json", |document| {
        for dependency in document["dependencies"].as_array_mut().unwrap() {
            let dependency = dependency.as_object_mut().unwrap();
            dependency.retain(|key, _| !key.to_lowercase().contains("vulnerabilities"));
        }
    });
    assert!(String::from_utf8_lossy(&clean).contains("HIGHEST"));
    let ran = judged(&Folder::new(), "sca", "dependency-check", &clean, &[]);
    assert_eq!(
        (ran.code, ran.json()["findings"].as_array().map(Vec::len)),
        (0, Some(0)),
        "{ran:?}"
    );
}

#[test]
fn three_packages_with_one_title_are_three_findings_and_the_same_in_the_next_build() {
    let build = |id: &str| {
        let mut report: Value = serde_json::from_slice(&image(|one| {
            ["a", "b", "c"]
                .map(|name| {
                    let one = with(one, "PkgName", name);
                    let one = with(&one, "PkgID", format!("{name}@1"));
                    with(
                        &one,
                        "PkgIdentifier",
                        json!({"PURL": format!("pkg:deb/debian/{name}@1")}),
                    )
                })
                .into()
        }))
        .unwrap();
        report["ReportID"] = id.into();
        let bytes = report.to_string().into_bytes();
        let answer = judged(&Folder::new(), "image", "trivy", &bytes, &[]).json();
        let findings = answer["findings"].as_array().unwrap().iter();
        let mut prints: Vec<_> = findings
            .map(|finding| finding["finding"]["id"].to_string())
            .collect();
        prints.sort_unstable();
        prints.dedup();
        prints
    };
    let (first, second) = (build("build-1"), build("build-2"));
    assert!(first.len() == 3 && first[0].contains("gf1:"), "{first:?}");
    assert_eq!(first, second);
}

#[test]
fn a_field_that_is_not_there_loses_no_finding() {
    let report = image(|one| {
        let mut few = one.clone();
        for field in [
            "CVSS",
            "PrimaryURL",
            "References",
            "Title",
            "Description",
            "FixedVersion",
        ] {
            few.as_object_mut().unwrap().remove(field);
        }
        vec![few, with(one, "VulnerabilityID", "CVE-2026-1")]
    });
    let ran = judged(&Folder::new(), "image", "trivy", &report, &[]);
    assert_eq!(
        (ran.code, ran.json()["findings"].as_array().map(Vec::len)),
        (1, Some(2)),
        "{ran:?}"
    );
}
