//! Each folder of `tests/cases/<gate>/` is a test; `tests/cases/README.md` says what stands in it.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::gate::{Folder, Ran, assert_own_lines, each, files_below, report, workspace};

/// The folders that hold a `cmd`, in order of path.
fn cases() -> Vec<PathBuf> {
    let files = files_below(&workspace().join("tests/cases"));
    let commands = files.iter().filter(|path| path.ends_with("cmd"));
    commands
        .map(|path| path.parent().unwrap().to_path_buf())
        .collect()
}

/// Runs a case in a copy of its folder, so that nothing is written beside it.
fn run(case: &Path, form: &str) -> Ran {
    let folder = Folder::new();
    for path in files_below(case) {
        let name = path.strip_prefix(case).unwrap().to_str().unwrap();
        folder.file(name, fs::read(&path).unwrap());
    }
    let reports = report(".").display().to_string();
    let command = fs::read_to_string(case.join("cmd")).unwrap();
    let arguments = command.replace("{reports}", &reports);
    let mut arguments: Vec<&str> = arguments.lines().collect();
    if arguments.first() == Some(&"evaluate") {
        arguments.extend(["--format", form]);
    }
    folder.gate(&arguments)
}

/// The place at which a document lacks something that was expected of it. Objects may have more keys, lists are as
/// long as they are.
fn missing(expected: &Value, seen: &Value, place: &str) -> Option<String> {
    match (expected, seen) {
        (Value::Object(expected), Value::Object(seen)) => {
            expected.iter().find_map(|(key, value)| {
                missing(
                    value,
                    seen.get(key).unwrap_or(&Value::Null),
                    &format!("{place}/{key}"),
                )
            })
        }
        (Value::Array(expected), Value::Array(seen)) if expected.len() == seen.len() => {
            let pairs = expected.iter().zip(seen).enumerate();
            let mut pairs = pairs.map(|(at, (e, s))| missing(e, s, &format!("{place}/{at}")));
            pairs.find_map(|found| found)
        }
        _ => (expected != seen).then(|| format!("at `{place}`: expected {expected}, seen {seen}")),
    }
}

fn assert_case(case: &Path) {
    let expected = fs::read_to_string(case.join("expect.json")).unwrap();
    let expected: Value =
        serde_json::from_str(&expected).unwrap_or_else(|e| panic!("{case:?}: {e}"));
    let expected = expected.as_object().unwrap();
    let ran = run(case, "json");
    assert_eq!(json!(ran.code), expected["exit"], "{case:?}: {ran:?}");
    for (key, value) in expected {
        match (key.as_str(), value) {
            ("exit", _) => {}
            ("outcome", _) => assert_eq!(ran.json()["outcome"], *value, "{case:?}: {ran:?}"),
            // The codes, worst first: all of them and no other.
            ("reasons", _) => {
                let answer = ran.json();
                let codes = answer["reasons"].as_array().unwrap();
                let codes: Vec<_> = codes.iter().map(|reason| &reason["code"]).collect();
                assert_eq!(json!(codes), *value, "{case:?}: {answer:#}");
            }
            ("answer", _) => {
                let answer = ran.json();
                let lacks = missing(value, &answer, "");
                assert!(
                    lacks.is_none(),
                    "{case:?} {}: {answer:#}",
                    lacks.unwrap_or_default()
                );
            }
            ("stderr", Value::Array(texts)) => {
                for text in texts {
                    assert!(
                        ran.stderr.contains(text.as_str().unwrap()),
                        "{case:?}: {ran:?}"
                    );
                }
            }
            other => panic!("{case:?}: nothing is known of {other:?}"),
        }
    }
    if ran.code == 2 {
        assert_eq!(ran.stdout, "", "{case:?}");
        return;
    }
    assert_eq!(
        (ran.json()["exit_code"].clone(), &*ran.stderr),
        (expected["exit"].clone(), ""),
        "{case:?}"
    );
    let human = run(case, "human");
    assert_eq!(human.code, ran.code, "{case:?}: {human:?}");
    assert_own_lines(&human.stdout);
}

#[test]
fn every_case_ends_as_it_says() {
    let cases = cases();
    assert!(cases.len() >= 40, "{} cases", cases.len());
    each(&cases, |case| assert_case(case));
}

#[test]
fn every_case_is_complete_and_in_the_folder_of_its_gate() {
    for case in cases() {
        let command = fs::read_to_string(case.join("cmd")).unwrap();
        let gate = command.lines().nth(1).unwrap_or_default();
        let folder = case.parent().unwrap().file_name().unwrap();
        assert_eq!(folder.to_str(), Some(gate), "{case:?}");
        assert!(case.join("expect.json").is_file(), "{case:?}");
    }
}

#[test]
fn a_subset_is_told_from_what_is_none() {
    let seen = json!({"a": [{"b": 1, "c": 2}], "d": null});
    for (expected, place) in [
        (json!({}), None),
        (json!({"a": [{"b": 1}]}), None),
        (json!({"a": []}), Some("`/a`")),
        (json!({"a": [{"b": 2}]}), Some("`/a/0/b`")),
        (json!({"e": 1}), Some("`/e`")),
    ] {
        let found = missing(&expected, &seen, "");
        assert_eq!(found.is_some(), place.is_some(), "{expected}: {found:?}");
        assert!(
            found
                .unwrap_or_default()
                .contains(place.unwrap_or_default())
        );
    }
}

/// A report of Trivy with this many vulnerabilities, each of another package.
fn trivy(count: usize, severity: &str) -> String {
    let clean = fs::read_to_string(report("trivy/clean.json")).unwrap();
    let mut clean: Value = serde_json::from_str(&clean).unwrap();
    let one = |n: usize| {
        json!({
            "VulnerabilityID": format!("CVE-2026-{:05}", 10_000 + n),
            "PkgName": format!("package-{n}"),
            "InstalledVersion": "1.0",
            "Status": "affected",
            "Severity": severity,
            "Title": "one title for all",
        })
    };
    clean["Results"][0]["Vulnerabilities"] = (0..count).map(one).collect();
    clean.to_string()
}

fn judge(report: &str) -> (i32, Value) {
    let folder = Folder::new();
    folder.file("report.json", report);
    let ran = folder.gate(&[
        "evaluate",
        "image",
        "--report",
        "trivy=report.json",
        "--format",
        "json",
    ]);
    (ran.code, ran.json())
}

/// No page, batch or list of a fixed length on the way: the last finding counts as the first does.
#[test]
fn every_one_of_many_findings_counts() {
    for count in [1, 100, 101, 250, 10_001] {
        let (code, answer) = judge(&trivy(count, "HIGH"));
        assert_eq!(code, 1);
        assert_eq!(answer["counts"]["findings"], count);
        assert_eq!(
            answer["counts"]["by_disposition"],
            json!({ "counted": count })
        );
        let reason = &answer["reasons"][0];
        assert_eq!(reason["findings"].as_array().unwrap().len(), count);
        assert!(
            reason["message"]
                .as_str()
                .unwrap()
                .starts_with(&format!("{count} high finding"))
        );
    }
}

/// One bad finding behind ten thousand harmless ones.
#[test]
fn the_last_finding_can_close_the_gate() {
    for (last, code) in [("LOW", 0), ("CRITICAL", 1)] {
        let mut report: Value = serde_json::from_str(&trivy(10_001, "LOW")).unwrap();
        report["Results"][0]["Vulnerabilities"][10_000]["Severity"] = json!(last);
        assert_eq!(judge(&report.to_string()).0, code, "{last}");
    }
}

/// Builds differ in image, time and order; a finding is the same one all the same.
#[test]
fn a_finding_keeps_its_name_from_build_to_build() {
    let ids = |answer: &Value| -> Vec<String> {
        let findings = answer["findings"].as_array().unwrap().iter();
        findings
            .map(|f| f["finding"]["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let first = fs::read_to_string(report("trivy/image.json")).unwrap();
    let mut second: Value = serde_json::from_str(&first).unwrap();
    second["CreatedAt"] = json!("2026-09-09T09:09:09Z");
    second["ReportID"] = json!("another");
    second["ArtifactID"] = json!("sha256:0000");
    let list = second["Results"][0]["Vulnerabilities"]
        .as_array_mut()
        .unwrap();
    list.reverse();
    for vulnerability in list {
        // What changes without being another vulnerability.
        vulnerability["Description"] = json!("reworded");
        vulnerability["Severity"] = json!("LOW");
    }
    let (first, second) = (ids(&judge(&first).1), ids(&judge(&second.to_string()).1));
    assert_eq!(first.len(), 8);
    assert_eq!(first, second);
}
