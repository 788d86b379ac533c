//! Scans of nothing, and rules that nobody carried out: an error of the gate, whatever the tool's exit code.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::platform::gate;
use crate::tool::{run, tool};

const PROFILE: &str =
    "format = 1\n[gates.workload]\npolicies = [\"workload-hardening\", \"misconfiguration\"]\n";

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

/// Rules of one's own in a file that Checkov reads, takes none of, and says nothing about: all under one key.
const LOADS_NOTHING: &str = "metadata:
  name: registries that are trusted
  category: SUPPLY_CHAIN
definition:
  - id: CUSTOM_K8S_1
    cond_type: attribute
    resource_types: [Deployment]
    attribute: spec.template.spec.containers[0].image
    operator: starting_with
    value: 111122223333.dkr.ecr
";

#[test]
fn a_rule_of_ones_own_that_was_not_loaded_is_no_pass() {
    let (Some(gate), Some(checkov)) = (gate(), tool("checkov")) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("rules")).unwrap();
    fs::write(at("rules/registry.yaml"), LOADS_NOTHING).unwrap();
    fs::write(at("gate.toml"), PROFILE).unwrap();
    let manifest = crate::files::text(&crate::files::iac("k8s/base/deployment.yaml"));
    fs::write(at("deployment.yaml"), manifest).unwrap();
    let mut command = Command::new(checkov);
    command.args([
        "--framework",
        "kubernetes",
        "--file",
        "deployment.yaml",
        "--external-checks-dir",
        "rules",
    ]);
    command
        .args(["--output", "json", "--skip-download"])
        .current_dir(folder.path());
    let ran = run(&mut command);
    assert!(
        !ran.stdout.contains("CUSTOM_K8S_1"),
        "it is carried out after all"
    );
    fs::write(at("checkov.json"), &ran.stdout).unwrap();
    // Nothing that Checkov found fails; that nobody asked for the registry does.
    let (code, said) = evaluate(&gate, folder.path(), "checkov=checkov.json");
    assert_eq!(code, Some(3), "{said}");
    assert!(
        said.contains("no report is of a tool that checks trusted-registry"),
        "{said}"
    );
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
        let report = r#"{"result": [{"expressions": [{"value": [], "text": "data.main.deny"}]}]}"#;
        fs::write(folder.path().join("report"), report).unwrap();
        let (code, said) = evaluate(&gate, folder.path(), "opa=report");
        assert!(
            [Some(2), Some(3)].contains(&code),
            "{what}: {code:?} {said}"
        );
        let inspected = run(Command::new(&gate)
            .args(["policy", "inspect", "mine.wasm"])
            .current_dir(folder.path()));
        assert!(
            [Some(2), Some(3)].contains(&inspected.code),
            "{what}: {inspected:?}"
        );
    }
    // A profile that names no policy at all asks nothing.
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("gate.toml"),
        "format = 1\n[gates.workload]\npolicies = []\n",
    )
    .unwrap();
    fs::write(folder.path().join("report"), "{}").unwrap();
    let (code, said) = evaluate(&gate, folder.path(), "opa=report");
    assert!([Some(2), Some(3)].contains(&code), "{code:?} {said}");
}
