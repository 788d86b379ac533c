//! `iac/k8s/deploy`, with real verdicts that are really signed, and a cluster that only writes down what it is told.

use std::fs;
use std::process::Command;

use super::gate::{IMAGE, Room};
use crate::files::text;
use crate::platform::{path, program};
use crate::tool::{Ran, run, tool};
use crate::yaml::documents;

const PROFILE: &str = r#"format = 1
[environments.production]
[gates.image]
policies = ["misconfiguration"]
[gates.workload]
require = [{ tool = "checkov", at-least = 1 }, { tool = "opa", at-least = 1 }]
policies = ["workload-hardening", "mutable-image", "misconfiguration"]
[signing]
verifier = "https://example.com/gate/v1"
resource = "oci://{subject}?env={environment}"
[[verify.trusted]]
verifier = "https://example.com/gate/v1"
key = "gate.pub"
"#;

/// A room in which `kubectl` writes down what it applies, and answers as the file `cluster` says.
fn cluster() -> Option<Room> {
    let room = Room::new()?;
    let kubectl = tool("kubectl")?;
    let at = room.folder.path();
    let kubectl = format!(
        "#!/bin/sh
case $1 in
kustomize | label) exec '{kubectl}' \"$@\" ;;
esac
echo \"$*\" >>'{at}/calls'
case $1 in
apply) cp \"$3\" '{at}/applied' ;;
rollout) test \"$2\" = undo || ! test -f '{at}/stuck' ;;
get) cat '{at}/pods' ;;
esac
",
        kubectl = kubectl.display(),
        at = at.display()
    );
    program(&at.join("bin/kubectl"), &kubectl);
    fs::write(at.join("profile.toml"), PROFILE).unwrap();
    runs(&room, IMAGE);
    let mut key = Command::new(&room.gate);
    key.args(["key", "new", "--output", "gate.key"])
        .current_dir(at);
    fs::write(at.join("gate.pub"), run(&mut key).success()).unwrap();
    Some(room)
}

fn runs(room: &Room, image: &str) {
    let pods = serde_json::json!({"items": [{"metadata": {}, "spec": {"containers": [{"image": image}]}}]});
    fs::write(room.folder.path().join("pods"), pods.to_string()).unwrap();
}

/// A signed verdict of the gate `image`: a pass, or a fail.
fn judged(room: &Room, environment: &str, denied: &str) {
    let at = room.folder.path();
    let report = format!(
        r#"{{"result": [{{"expressions": [{{"value": [{denied}], "text": "data.main.deny"}}]}}]}}"#
    );
    fs::write(at.join("report"), report).unwrap();
    let profile = PROFILE.replace("production", environment);
    fs::write(at.join("judged.toml"), profile).unwrap();
    let mut command = Command::new(&room.gate);
    command.args([
        "evaluate",
        "image",
        "--config",
        "judged.toml",
        "--environment",
        environment,
    ]);
    command.args([
        "--report",
        "opa=report",
        "--subject",
        IMAGE,
        "--evidence",
        "evidence",
        "--sign",
        "gate.key",
    ]);
    let ran = run(command.current_dir(at));
    assert_eq!(
        ran.code,
        Some(i32::from(!denied.is_empty())),
        "{}{}",
        ran.stdout,
        ran.stderr
    );
}

fn deploy(room: &Room) -> Ran {
    let at = room.folder.path();
    let mut command = Command::new(at.join("deploy"));
    command
        .arg(IMAGE)
        .env("PATH", path(&[&at.join("bin")]))
        .current_dir(at);
    command.env("GATE", &room.gate).envs([
        ("GATE_CONFIG", "profile.toml"),
        ("GATE_ENVIRONMENT", "production"),
        ("GATE_EVIDENCE", "evidence"),
        ("GATE_SIGN", "gate.key"),
        ("GATE_REQUIRE", "image"),
    ]);
    run(&mut command)
}

/// What the cluster was told, one word a call.
fn calls(room: &Room) -> String {
    let calls = fs::read_to_string(room.folder.path().join("calls")).unwrap_or_default();
    let words = calls.lines().map(|call| {
        call.split(" deployment")
            .next()
            .unwrap()
            .split(" --")
            .next()
            .unwrap()
    });
    words.collect::<Vec<_>>().join(", ")
}

#[test]
fn what_is_proven_is_applied_as_it_was_judged() {
    let Some(room) = cluster() else { return };
    judged(&room, "production", "");
    let ran = deploy(&room);
    assert_eq!(ran.code, Some(0), "{}{}", ran.stdout, ran.stderr);
    assert_eq!(calls(&room), "apply, rollout status, get pods");
    let at = room.folder.path();
    assert_eq!(
        text(&at.join("applied")),
        text(&at.join("reports/manifests.yaml"))
    );
    assert!(text(&at.join("applied")).contains(&format!("image: {IMAGE}\n")));
    // Who deploys may change what is in the namespace, and nothing else: not the namespace itself, either.
    let applied = documents(&text(&at.join("applied")));
    assert_eq!(applied.len(), 8);
    for manifest in &applied {
        let namespace = manifest.pointer("/metadata/namespace");
        assert_eq!(namespace, Some(&"application".into()), "{manifest}");
    }

    // It comes up, and something else runs.
    runs(&room, "registry.example/other:1");
    assert_eq!(deploy(&room).code, Some(1));
    // It does not come up.
    runs(&room, IMAGE);
    fs::write(at.join("stuck"), "").unwrap();
    fs::remove_file(at.join("calls")).unwrap();
    assert_eq!(deploy(&room).code, Some(1));
    assert_eq!(calls(&room), "apply, rollout status, rollout undo");
}

#[test]
fn what_is_not_proven_is_not_applied() {
    type Prepare = fn(&Room);
    let rows: &[(&str, Prepare)] = &[
        ("no verdict", |_| {}),
        ("a fail", |room| judged(room, "production", r#""no""#)),
        ("a pass for another environment", |room| {
            judged(room, "staging", "");
        }),
        ("a pass, and a workload that is not hardened", |room| {
            judged(room, "production", "");
            room.replace(
                "base/deployment.yaml",
                "readOnlyRootFilesystem: true",
                "readOnlyRootFilesystem: false",
            );
        }),
        ("a pass, and a key that nobody trusts", |room| {
            judged(room, "production", "");
            let at = room.folder.path();
            let mut key = Command::new(&room.gate);
            key.args(["key", "new", "--output", "other.key"])
                .current_dir(at);
            fs::write(at.join("gate.pub"), run(&mut key).success()).unwrap();
        }),
    ];
    for (what, prepare) in rows {
        let Some(room) = cluster() else { return };
        prepare(&room);
        let ran = deploy(&room);
        assert_eq!(ran.code, Some(1), "{what}: {}{}", ran.stdout, ran.stderr);
        assert_eq!(calls(&room), "", "{what}");
    }
}
