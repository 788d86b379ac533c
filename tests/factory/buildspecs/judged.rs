//! Buildspecs with `gate` itself where it is built: the profile of the factory, signed verdicts and evidence, without AWS.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::buildspecs::BUILDSPECS;
use crate::buildspecs::rehearsal::{DIGEST, REPOSITORY, Rehearsal, SECRET, ready, rehearse};
use crate::buildspecs::runner::Session;
use crate::files::{self, iac, json, root, text};
use crate::tool::{Ran, gate, run};

/// The program, where there is one and what buildspecs call besides.
fn program() -> Option<PathBuf> {
    gate().filter(|_| ready())
}

/// A folder with a key, and with a `gate` that leaves out what only AWS can answer.
fn folder(program: &Path) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("gate.key");
    let mut new = Command::new(program);
    let said = run(new.args(["key", "new", "--output"]).arg(&key)).success();
    let begin = said.find("-----BEGIN").unwrap();
    let end = said.find("-----END PUBLIC KEY-----").unwrap();
    let public = format!("{}-----END PUBLIC KEY-----\n", &said[begin..end]);
    fs::write(folder.path().join("gate.pub"), public).unwrap();
    let wrapper = format!(
        "#!/usr/bin/env bash\n\
         echo \"gate $*\" >> \"$CALLS\"\n\
         arguments=()\n\
         while [ \"$#\" -gt 0 ]; do\n\
         case $1 in --thresholds | --publish) shift ;; --sign) arguments+=(--sign '{}'); shift ;; *) arguments+=(\"$1\") ;; esac\n\
         shift\n\
         done\n\
         exec '{}' \"${{arguments[@]}}\"\n",
        key.display(),
        program.display()
    );
    files::program(&folder.path().join("real-gate"), &wrapper);
    folder
}

/// One build in the folder of those before it, as the pipeline hands them on.
fn go(name: &str, given: &[(&str, &str)], folder: TempDir) -> Rehearsal {
    let evidence = folder.path().join("evidence").display().to_string();
    let mut given = given.to_vec();
    given.push(("GATE_EVIDENCE", &evidence));
    let done = rehearse(name, Session::One, &given, folder);
    if name == "secrets" && done.build.succeeded {
        let kept = done.folder.path().join("secrets");
        fs::create_dir_all(&kept).unwrap();
        for entry in fs::read_dir(done.folder.path().join("gate/reports")).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), kept.join(entry.file_name())).unwrap();
        }
    }
    done
}

#[test]
fn what_is_clean_reaches_production_and_its_verdicts_verify() {
    let Some(program) = program() else {
        return;
    };
    let mut folder = folder(&program);
    for name in BUILDSPECS {
        let done = go(name, &[], folder);
        let what = format!("{name}: {}\n{}", done.build.log, done.calls);
        assert!(done.build.succeeded, "{what}");
        assert_eq!(done.build.exported["GATE_OUTCOME"], "PASS", "{what}");
        assert_eq!(done.pushed(), usize::from(name == "build"), "{what}");
        assert_eq!(
            done.deployed(),
            usize::from(name.starts_with("deploy")),
            "{what}"
        );
        if name == "dast" {
            let summary = &done.build.exported["APPROVAL_SUMMARY"];
            assert!(
                summary.contains("proven: dast, image, sast, sbom, sca, secrets"),
                "{summary}"
            );
        }
        folder = done.folder;
    }
}

/// Each gate stops what it is for, and what comes after it does not begin.
#[test]
fn what_is_found_stops_at_its_gate() {
    let Some(program) = program() else {
        return;
    };
    let table = [
        ("secrets", "git:findings"),
        ("secrets", "detect-secrets:findings"),
        ("build", "bandit:findings"),
        ("build", "semgrep:findings"),
        ("build", "trivy:findings"),
        ("image", "ecr:findings"),
        ("image", "trivy:findings"),
        ("dast", "zap.sh:findings"),
    ];
    for (stops, fault) in table {
        let mut folder = folder(&program);
        for name in BUILDSPECS {
            let given: &[_] = if name == stops {
                &[("FAULT", fault)]
            } else {
                &[]
            };
            let done = go(name, given, folder);
            let what = format!("{fault} {name}: {}\n{}", done.build.log, done.calls);
            assert_eq!(done.build.succeeded, name != stops, "{what}");
            if name == stops {
                assert_eq!(done.build.exported["GATE_OUTCOME"], "FAIL", "{what}");
                assert_eq!((done.pushed(), done.deployed()), (0, 0), "{what}");
                assert!(done.build.log.contains("\n  fail "), "{what}");
                folder = done.folder;
                break;
            }
            folder = done.folder;
        }
        // Somebody who goes on all the same gets no further: nothing is proven.
        let verified = go("deploy-production", &[], folder);
        assert!(
            !verified.build.succeeded && verified.deployed() == 0,
            "{fault}"
        );
    }
}

/// What is no scan is an error of `gate` itself, whatever the scanner was.
#[test]
fn what_is_no_scan_is_an_error() {
    let Some(program) = program() else {
        return;
    };
    let table = [
        ("secrets", "detect-secrets"),
        ("build", "bandit"),
        ("build", "semgrep"),
        ("build", "trivy"),
        ("build", "syft"),
        ("image", "trivy"),
        ("dast", "zap.sh"),
    ];
    for (name, scanner) in table {
        for how in ["missing", "crash", "empty", "garbage"] {
            let fault = format!("{scanner}:{how}");
            let done = go(name, &[("FAULT", &fault)], folder(&program));
            let what = format!("{name} {fault}: {}\n{}", done.build.log, done.calls);
            assert!(!done.build.succeeded, "{what}");
            assert_eq!(done.build.exported["GATE_OUTCOME"], "ERROR", "{what}");
            assert_eq!((done.pushed(), done.deployed()), (0, 0), "{what}");
            assert!(!done.build.log.contains(SECRET), "{what}");
        }
    }
}

/// Asks a gate with the profile of the factory as it stands.
fn ask(program: &Path, gate: &str, arguments: &[&str]) -> (Ran, Value) {
    let folder = folder(program);
    let here = folder.path();
    fs::create_dir_all(here.join("keys")).unwrap();
    fs::copy(here.join("gate.pub"), here.join("keys/gate.pub")).unwrap();
    for name in ["gate.toml", "waivers.toml"] {
        fs::copy(iac("profile").join(name), here.join(name)).unwrap();
    }
    let answer = here.join("verdict.json");
    let mut command = Command::new(program);
    command
        .args(["evaluate", gate, "--format", "json", "--subject"])
        .arg(format!("{REPOSITORY}@{DIGEST}"))
        .arg("--output")
        .arg(&answer)
        .args(arguments)
        .current_dir(here);
    let ran = run(&mut command);
    let verdict = if answer.exists() {
        json(&answer)
    } else {
        Value::Null
    };
    (ran, verdict)
}

/// A report that was recorded, as the argument that hands it over.
fn report(tool: &str, name: &str) -> String {
    let file = root().join("tests/reports").join(tool).join(name);
    format!("--report={tool}={}", file.display())
}

/// Whoever may write thresholds can't allow more than the profile's bounds.
#[test]
fn bounds_hold_whatever_parameter_store_says() {
    let Some(program) = program() else {
        return;
    };
    let loose = tempfile::NamedTempFile::new().unwrap();
    let text = r#"{"max-critical": 99, "max-high": 99, "max-unknown": "unlimited", "fixable-level": "critical", "max-known-exploited": 9}"#;
    fs::write(loose.path(), text).unwrap();
    let loose = format!("--thresholds={}", loose.path().display());
    let (bandit, semgrep) = (
        report("bandit", "findings.json"),
        report("semgrep", "clean.json"),
    );
    let table = [("production", 0), ("dev", 5)];
    for (environment, at_most) in table {
        let environment = format!("--environment={environment}");
        let (ran, verdict) = ask(&program, "sast", &[&bandit, &semgrep, &loose, &environment]);
        let policies = verdict["policies"].as_array().unwrap();
        let budget = policies
            .iter()
            .find(|policy| policy["verdict"]["name"] == "severity-over-budget");
        let thresholds = &budget.unwrap()["thresholds"];
        assert_eq!(
            thresholds["max-high"]["value"]["count"], at_most,
            "{ran:?} {thresholds}"
        );
        assert_eq!(
            thresholds["max-critical"]["value"]["count"], 0,
            "{thresholds}"
        );
        let notes = verdict.to_string();
        assert!(notes.contains("threshold-beyond-bound"), "{notes}");
    }
    // Without a word where it is to go, the laxer values are not taken.
    let (ran, verdict) = ask(&program, "sast", &[&bandit, &semgrep]);
    assert_eq!(
        (ran.code, verdict),
        (Some(2), Value::Null),
        "{}",
        ran.stderr
    );
}

/// Another tool's report does not stand in for the one that a gate requires.
#[test]
fn each_gate_wants_its_own_tools() {
    let Some(program) = program() else {
        return;
    };
    let table = [
        ("secrets", "detect-secrets", "clean.json"),
        ("sast", "bandit", "clean.json"),
        ("sast", "semgrep", "clean.json"),
        ("sca", "bandit", "clean.json"),
        ("sbom", "trivy", "clean.json"),
        ("image", "trivy", "clean.json"),
        ("image", "ecr", "clean.json"),
        ("iac", "tfsec", "clean.json"),
        ("dast", "nuclei", "clean.json"),
    ];
    for (gate, tool, name) in table {
        let file = root().join("tests/reports").join(tool).join(name);
        assert!(file.exists(), "{}", file.display());
        let (ran, verdict) = ask(
            &program,
            gate,
            &[&report(tool, name), "--environment=production"],
        );
        assert_eq!(
            (ran.code, verdict["outcome"].as_str()),
            (Some(3), Some("error")),
            "{gate} {tool}: {ran:?}"
        );
        let codes = verdict["reasons"].to_string();
        assert!(codes.contains("report-missing"), "{gate} {tool}: {codes}");
    }
}

/// What a person has to see before using it: no key, no waiver, and names that are placeholders.
#[test]
fn the_profile_has_nothing_of_anybody() {
    let waivers = text(&iac("profile/waivers.toml"));
    assert!(
        !waivers.contains("[[waiver]]") && waivers.contains("format = 1"),
        "{waivers}"
    );
    assert!(
        !iac("profile/keys").exists(),
        "the key is written by the deployment"
    );
    let profile = text(&iac("profile/gate.toml"));
    // Both ends name the same verifier, or nothing would ever verify.
    let verifiers: Vec<_> = profile
        .lines()
        .filter(|line| line.starts_with("verifier = "))
        .collect();
    assert!(
        verifiers.len() == 2 && verifiers[0] == verifiers[1],
        "{verifiers:?}"
    );
    assert!(
        profile.contains("env={environment}"),
        "a pass for one environment would be one for all"
    );
}
