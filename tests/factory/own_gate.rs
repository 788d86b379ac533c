//! The factory passes its own gate: what scanners of infrastructure say of `iac/` is judged by the profile that it ships, with
//! waivers of its own.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::files::{below, iac, root};
use crate::tool::{Ran, gate, run, tool};

/// What checkov reads there. Workflows and the toolbox have names that it does not look for; their own tests show them to it,
/// and to hadolint.
const FRAMEWORKS: [&str; 3] = ["terraform", "cloudformation", "kubernetes"];

/// What the gate says of `iac/` below a folder: the answer, and how the program ended.
fn judged(gate: &Path, folder: &Path, reports: &[(&str, &Path, Option<i32>)]) -> (Value, Ran) {
    let mut command = Command::new(gate);
    command
        .args([
            "evaluate",
            "iac",
            "--environment",
            "production",
            "--format",
            "json",
        ])
        .args(["--evidence", "evidence", "--config"])
        .arg(iac("profile/gate.toml"))
        .arg("--waivers")
        .arg(iac("waivers.toml"));
    for (tool, path, code) in reports {
        command
            .arg("--report")
            .arg(format!("{tool}={}", path.display()));
        let code = code.map_or_else(|| "-1".to_owned(), |code| code.to_string());
        command.args(["--scanner-exit", &format!("{tool}={code}")]);
    }
    let ran = run(command.current_dir(folder));
    let answer = serde_json::from_str(&ran.stdout).unwrap_or(Value::Null);
    (answer, ran)
}

/// Runs a scanner that writes its report to stdout.
fn scan(command: &mut Command, report: &Path) -> Option<i32> {
    let ran = run(command);
    fs::write(report, ran.stdout).unwrap();
    ran.code
}

#[test]
fn what_scanners_say_of_the_factory_passes_its_own_gate() {
    let (Some(gate), Some(checkov), Some(cfn_lint)) = (gate(), tool("checkov"), tool("cfn-lint"))
    else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let (of_checkov, of_cfn_lint) = (
        folder.path().join("checkov.json"),
        folder.path().join("cfn-lint.json"),
    );
    let mut command = Command::new(checkov);
    command
        // The example is there to be stopped.
        .args([
            "--directory",
            "iac",
            "--skip-path",
            "iac/example/",
            "--output",
            "json",
            "--compact",
            "--skip-download",
        ])
        .arg("--framework")
        .args(FRAMEWORKS)
        .current_dir(root());
    let checkov_ended = scan(&mut command, &of_checkov);
    let templates = fs::read_dir(iac("cloudformation"))
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let templates = templates.filter(|path| path.extension().is_some_and(|end| end == "yaml"));
    let cfn_lint_ended = scan(
        Command::new(cfn_lint)
            .args(["--format", "json"])
            .args(templates),
        &of_cfn_lint,
    );
    let reports = [
        ("checkov", &*of_checkov, checkov_ended),
        ("cfn-lint", &*of_cfn_lint, cfn_lint_ended),
    ];
    let (answer, ran) = judged(&gate, folder.path(), &reports);
    assert_eq!(
        (ran.code, &answer["outcome"]),
        (Some(0), &Value::from("pass")),
        "{}{}",
        ran.stderr,
        said(&answer)
    );

    // All of it was looked at: a framework without a single check would pass, too.
    let document: Value = serde_json::from_str(&fs::read_to_string(&of_checkov).unwrap()).unwrap();
    let parts = document.as_array().unwrap();
    for framework in FRAMEWORKS {
        let part = parts.iter().find(|part| part["check_type"] == framework);
        let passed = part.and_then(|part| part["summary"]["passed"].as_u64());
        assert!(
            passed.is_some_and(|passed| passed > 0),
            "checkov looked at nothing of {framework}"
        );
    }
    let needed = waivers_are_needed(&gate, folder.path(), &answer);
    assert_eq!(needed.code, Some(0), "{}{}", needed.stdout, needed.stderr);
}

/// Whether there is a finding for each waiver: one that matches nothing is a risk that nobody has.
fn waivers_are_needed(gate: &Path, folder: &Path, answer: &Value) -> Ran {
    let mut command = Command::new(gate);
    command
        // When one ends is for people to watch; past its end it counts no more, above.
        .args(["waiver", "check", "--strict", "--within", "1m"])
        .args(["--evidence", "evidence", "--record"])
        .arg(answer["record"].as_str().unwrap())
        .arg("--config")
        .arg(iac("profile/gate.toml"))
        .arg("--waivers")
        .arg(iac("waivers.toml"));
    run(command.current_dir(folder))
}

/// What Checkov is told to skip says why, beside it.
#[test]
fn each_skip_says_why() {
    let mut skips = 0;
    for file in below(&iac("")) {
        let Ok(text) = fs::read_to_string(&file) else {
            continue;
        };
        for (number, line) in text.lines().enumerate() {
            let Some((_, skip)) = line.split_once("checkov:skip=") else {
                continue;
            };
            skips += 1;
            let (rule, why) = skip.split_once(':').unwrap_or((skip, ""));
            let words = why.split_whitespace().count();
            assert!(
                rule.starts_with("CKV") && words >= 3,
                "{}:{}: {skip}",
                file.display(),
                number + 1
            );
        }
    }
    assert!(skips > 20, "{skips}");
}

/// The reasons and the findings that count.
fn said(answer: &Value) -> String {
    let findings = answer["findings"].as_array().into_iter().flatten();
    let counted = findings.filter(|finding| finding["disposition"] == "counted");
    let counted = counted.map(|finding| {
        let finding = &finding["finding"];
        format!(
            "\n{} {} {}",
            finding["rule"], finding["severity"]["level"], finding["locations"]
        )
    });
    format!("{}{}", answer["reasons"], counted.collect::<String>())
}

#[test]
fn a_bucket_that_anybody_can_read_does_not_pass_it() {
    let (Some(gate), Some(checkov)) = (gate(), tool("checkov")) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let bucket = "resource \"aws_s3_bucket\" \"open\" {\n  bucket = \"open\"\n}\n\nresource \"aws_s3_bucket_acl\" \"open\" {\n  bucket = aws_s3_bucket.open.id\n  acl    = \"public-read-write\"\n}\n";
    fs::write(folder.path().join("main.tf"), bucket).unwrap();
    let report = folder.path().join("checkov.json");
    let mut command = Command::new(checkov);
    command
        .args([
            "--directory",
            ".",
            "--framework",
            "terraform",
            "--output",
            "json",
            "--compact",
            "--skip-download",
        ])
        .current_dir(folder.path());
    let ended = scan(&mut command, &report);
    let lint = folder.path().join("cfn-lint.json");
    fs::write(&lint, "[]").unwrap();
    let reports = [("checkov", &*report, ended), ("cfn-lint", &*lint, Some(0))];
    let (answer, ran) = judged(&gate, folder.path(), &reports);
    assert_eq!(
        (ran.code, &answer["outcome"]),
        (Some(1), &Value::from("fail")),
        "{}",
        ran.stderr
    );
    // Nothing of this is what the factory's waivers are about.
    let needed = waivers_are_needed(&gate, folder.path(), &answer);
    assert_eq!(needed.code, Some(1), "{}{}", needed.stdout, needed.stderr);
    assert!(
        needed.stdout.contains("gate::waiver::unused"),
        "{}",
        needed.stdout
    );
}
