//! Scans of nothing, and rules that nobody carried out: an error of the gate, whatever the tool's exit code.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::gate::{IMAGE, Room};
use crate::files::text;
use crate::platform::{gate, program};
use crate::tool::{run, tool};

const PROFILE: &str =
    "format = 1\n[gates.workload]\npolicies = [\"workload-hardening\", \"misconfiguration\"]\n";

/// A report of rules that were carried out and denied nothing.
const CLEAN: &str = r#"{"result": [{"expressions": [{"value": [], "text": "data.main.deny"}]}]}"#;

fn evaluate(gate: &Path, folder: &Path, report: &str) -> (Option<i32>, String) {
    let mut command = Command::new(gate);
    command.args(["evaluate", "workload", "--report", report]);
    let ran = run(command.current_dir(folder).env_clear());
    (ran.code, ran.stdout + &ran.stderr)
}

/// A rule that was handed another form of input than it asks for denies nothing. So does one that asks nobody.
#[test]
fn rules_that_did_not_match_are_no_pass() {
    let Some(gate) = gate() else { return };
    let rows: &[(&str, &str, &str, &str)] = &[
        ("opa", "the query is undefined", "{}", "report-incomplete"),
        (
            "opa",
            "the rules could not be read",
            r#"{"errors": [{"message": "x", "code": "rego_parse_error"}]}"#,
            "scanner-failed",
        ),
        (
            "opa",
            "a package without a decision",
            r#"{"result": [{"expressions": [{"value": {"allow": true}, "text": "data.main"}]}]}"#,
            "report-incomplete",
        ),
        (
            "conftest",
            "no rule of the namespace",
            r#"[{"filename": "a.yaml", "namespace": "main", "successes": 0}]"#,
            "report-incomplete",
        ),
        ("conftest", "no file", "[]", "report-incomplete"),
        (
            "hadolint",
            "a tool that knows nothing of workloads",
            "[]",
            "no report is of a tool that checks",
        ),
    ];
    for (tool, what, report, says) in rows {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("gate.toml"), PROFILE).unwrap();
        fs::write(folder.path().join("report"), report).unwrap();
        let (code, said) = evaluate(&gate, folder.path(), &format!("{tool}=report"));
        assert_eq!(code, Some(3), "{tool}: {what}: {said}");
        assert!(said.contains(says), "{tool}: {what}: {said}");
    }
}

/// A rule of one's own for Checkov.
const LOADED: &str = "metadata:
  id: CUSTOM_K8S_1
  name: replicas are said
  category: KUBERNETES
definition:
  cond_type: attribute
  resource_types: [Deployment]
  attribute: spec.replicas
  operator: exists
";

/// The same, with its id at the rule.
const NOT_LOADED: &str = "metadata:
  name: replicas are said
  category: KUBERNETES
definition:
  - id: CUSTOM_K8S_1
    cond_type: attribute
    resource_types: [Deployment]
    attribute: spec.replicas
    operator: exists
";

/// Of a file in another form Checkov takes no rule, and ends as if all was well.
#[test]
fn a_rule_of_ones_own_that_was_not_loaded_is_no_pass() {
    let rows = [
        ("loaded", LOADED, Some(0), "\"outcome\": \"pass\""),
        (
            "not loaded",
            NOT_LOADED,
            Some(3),
            "not seen:\ncheckov CUSTOM_K8S_1",
        ),
    ];
    for (what, rule, code, says) in rows {
        let (Some(room), Some(checkov)) = (Room::new(), tool("checkov")) else {
            return;
        };
        let at = room.folder.path();
        fs::create_dir(at.join("rules")).unwrap();
        fs::write(at.join("rules/replicas.yaml"), rule).unwrap();
        let checkov = format!(
            "#!/bin/sh\nexec '{}' \"$@\" --external-checks-dir '{}'\n",
            checkov.display(),
            at.join("rules").display()
        );
        program(&at.join("bin/checkov"), &checkov);
        // The manifest that breaks every rule says nothing of replicas.
        let rules = at.join("policy/control.rules");
        fs::write(&rules, text(&rules) + "checkov CUSTOM_K8S_1\n").unwrap();
        let ran = room.judge(&[IMAGE]);
        let verdict = at.join("reports/workload.verdict.json");
        let verdict = fs::read_to_string(verdict).unwrap_or_default();
        assert_eq!(ran.code, code, "{what}: {}{}", ran.stdout, ran.stderr);
        let said = ran.stderr + &verdict;
        assert!(said.contains(says), "{what}: {said}");
    }
}

/// A policy of gate's own, from a file that is none.
#[test]
fn a_policy_file_that_holds_no_policy_is_refused() {
    let Some(gate) = gate() else { return };
    let rows: &[(&str, &[u8])] = &[
        ("empty", b""),
        ("a text", b"package main\n\ndeny := []\n"),
        ("a module without anything in it", b"\0asm\x01\0\0\0"),
        ("a component without anything in it", b"\0asm\x0d\0\x01\0"),
    ];
    for (what, bytes) in rows {
        let folder = tempfile::tempdir().unwrap();
        let profile = "format = 1\n[gates.workload]\npolicies = [\"mine\"]\n[policies.mine]\npath = \"mine.wasm\"\n";
        fs::write(folder.path().join("gate.toml"), profile).unwrap();
        fs::write(folder.path().join("mine.wasm"), bytes).unwrap();
        fs::write(folder.path().join("report"), CLEAN).unwrap();
        let (code, said) = evaluate(&gate, folder.path(), "opa=report");
        assert_eq!(code, Some(3), "{what}: {said}");
        let says = "policy `mine` did not decide: its component does not export the `gate:policy`";
        assert!(said.contains(says), "{what}: {said}");
        let inspected = run(Command::new(&gate)
            .args(["policy", "inspect", "mine.wasm"])
            .current_dir(folder.path()));
        assert_eq!(inspected.code, Some(3), "{what}: {inspected:?}");
        let says = "does not export the `gate:policy` interface";
        assert!(inspected.stderr.contains(says), "{what}: {inspected:?}");
    }
}

/// The same report passes as soon as anything is asked of it.
#[test]
fn a_profile_that_asks_nothing_is_no_pass() {
    let Some(gate) = gate() else { return };
    for (policies, expected, says) in [
        ("", Some(3), "the gate has no policy"),
        ("\"misconfiguration\"", Some(0), "verdict: pass"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let profile = format!("format = 1\n[gates.workload]\npolicies = [{policies}]\n");
        fs::write(folder.path().join("gate.toml"), profile).unwrap();
        fs::write(folder.path().join("report"), CLEAN).unwrap();
        let (code, said) = evaluate(&gate, folder.path(), "opa=report");
        assert_eq!(code, expected, "[{policies}]: {said}");
        assert!(said.contains(says), "[{policies}]: {said}");
    }
}
