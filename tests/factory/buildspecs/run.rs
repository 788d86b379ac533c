//! Buildspecs, run by bash with stand-ins for everything that they call.

use std::env;

use serde_json::json;

use crate::buildspecs::BUILDSPECS;
use crate::buildspecs::rehearsal::{DIGEST, REPOSITORY, SECRET, ready, rehearse, simply};
use crate::buildspecs::runner::{Session, run_in};
use crate::files::text;

/// The runner itself: what it says of phases holds for each way in which commands share what they set.
#[test]
fn phases_run_as_codebuild_runs_them() {
    let table = [
        // A build that fails goes on to post_build, and is told so.
        (None, "false", "install build finally post_build:0 ", false),
        (Some("ABORT"), "false", "install build finally ", false),
        (Some("ABORT"), "exit 3", "install build finally ", false),
        (None, "true", "install build finally post_build:1 ", true),
        (
            Some("CONTINUE"),
            "false",
            "install build finally post_build:1 ",
            true,
        ),
    ];
    for session in [Session::One, Session::Each] {
        for (on_failure, command, expected, succeeds) in table {
            let folder = tempfile::tempdir().unwrap();
            let note = folder.path().join("note");
            let say = |word: &str| format!("printf '{word} ' >> '{}'", note.display());
            let told = format!(
                "printf 'post_build:%s ' \"$CODEBUILD_BUILD_SUCCEEDING\" >> '{}'",
                note.display()
            );
            let buildspec = json!({
                "env": {"variables": {"A": "b"}, "exported-variables": ["OUT", "NEVER"]},
                "phases": {
                    "install": {"commands": [say("install"), "OUT=\"$A $C\" && export OUT", "cd /"]},
                    "build": {
                        "on-failure": on_failure,
                        "commands": [say("build"), command],
                        "finally": [say("finally")],
                    },
                    "post_build": {"commands": [told, "pwd"]},
                },
            });
            let environment = [
                ("PATH".to_owned(), env::var("PATH").unwrap()),
                ("C".to_owned(), "d".to_owned()),
            ];
            let build = run_in(session, &buildspec, &environment, folder.path());
            let what = format!("{session:?} {on_failure:?} {command}: {}", build.log);
            assert_eq!(build.succeeded, succeeds, "{what}");
            assert_eq!(text(&note), expected, "{what}");
            if command != "exit 3" {
                assert_eq!(
                    build.exported.get("OUT").map(String::as_str),
                    Some("b d"),
                    "{what}"
                );
            }
            assert!(!build.exported.contains_key("NEVER"), "{what}");
            assert!(
                !succeeds || build.log.contains("[post_build]\n/\n"),
                "{what}"
            );
        }
    }
}

#[test]
fn what_passes_is_pushed_and_deployed_once_by_its_digest() {
    if !ready() {
        return;
    }
    for session in [Session::One, Session::Each] {
        let run = |name: &str| rehearse(name, session, &[], tempfile::tempdir().unwrap());
        for name in BUILDSPECS {
            let done = run(name);
            let what = format!("{name} {session:?}: {}\n{}", done.build.log, done.calls);
            assert!(done.build.succeeded, "{what}");
            assert_eq!(done.build.exported["GATE_OUTCOME"], "PASS", "{what}");
            assert_eq!(done.pushed(), usize::from(name == "build"), "{what}");
            assert_eq!(
                done.deployed(),
                usize::from(name.starts_with("deploy")),
                "{what}"
            );
            assert!(!done.calls.contains("knows the way"), "{what}");
            assert!(!done.build.log.contains(SECRET), "{what}");
        }
    }
}

#[test]
fn the_image_that_was_judged_is_the_one_that_is_pushed() {
    if !ready() {
        return;
    }
    let done = simply("build", &[]);
    let subject = format!("--subject {REPOSITORY}@{DIGEST}");
    for gate in ["secrets", "sast", "sca", "sbom"] {
        assert_eq!(
            done.called(&[&format!("gate evaluate {gate} "), &subject]),
            1,
            "{}",
            done.calls
        );
    }
    // Of another digest the same commit gets another tag: none can be moved.
    let push = format!(
        "oci:image docker://{REPOSITORY}:sha-c0ffee-{}",
        &DIGEST["sha256:".len()..][..12]
    );
    assert_eq!(
        done.called(&["skopeo copy --preserve-digests", &push]),
        1,
        "{}",
        done.calls
    );
    let (judged, pushed) = (
        done.calls.find("gate evaluate sbom"),
        done.calls.find("skopeo copy"),
    );
    assert!(judged < pushed, "{}", done.calls);
    assert_eq!(done.build.exported["IMAGE_DIGEST"], DIGEST);
    assert_eq!(done.build.exported["GATE_RECORD"].split(',').count(), 4);
    // What the repository says to scanners is not heard.
    assert!(!done.folder.path().join("gate/source/.git").exists());
    let ignored = done.folder.path().join("gate/source/.semgrepignore");
    assert_eq!(
        text(&ignored),
        "",
        "with none Semgrep has a list of its own"
    );
    assert!(!done.folder.path().join("gate/registry.json").exists());
}

#[test]
fn production_gets_the_digest_and_keeps_falco_and_the_hook() {
    if !ready() {
        return;
    }
    let done = simply("deploy-production", &[]);
    let verified = format!(
        "--environment production --subject {REPOSITORY}@{DIGEST} --require secrets,sast,sca,sbom,image,dast"
    );
    assert_eq!(
        done.called(&["gate verify", &verified]),
        1,
        "{}",
        done.calls
    );
    let image = format!("{REPOSITORY}@{DIGEST}");
    assert_eq!(
        done.state("registered.json"),
        json!({"family": "shop", "cpu": "256", "containerDefinitions": [
            {"name": "application", "image": image, "user": "10000"},
            {"name": "falco", "image": "falco@sha256:0"},
        ]})
    );
    let deployment = done.state("deployment.json");
    assert_eq!(deployment["strategy"], "BLUE_GREEN");
    assert_eq!(
        deployment["lifecycleHooks"],
        json!([{"hookTargetArn": "arn:verify", "roleArn": "arn:hook", "lifecycleStages": ["PRE_SCALE_UP"]}])
    );
    assert_eq!(
        done.state("load-balancers.json"),
        json!([{"targetGroupArn": "arn:blue", "containerName": "application", "containerPort": 8080,
            "advancedConfiguration": {"alternateTargetGroupArn": "arn:green",
                "productionListenerRule": "arn:rule", "roleArn": "arn:traffic"}}])
    );
}

#[test]
fn who_approves_reads_what_was_judged() {
    if !ready() {
        return;
    }
    let done = simply("dast", &[]);
    let summary = &done.build.exported["APPROVAL_SUMMARY"];
    for part in [
        "PASS: dast",
        "1 medium",
        DIGEST,
        "proven: dast, image",
        "sha256:record-of-dast",
    ] {
        assert!(summary.contains(part), "{summary}");
    }
    assert_eq!(
        done.build.exported["REPORT_URL"],
        "https://console.example/build/1"
    );
    let warned = simply("dast", &[("FAULT", "gate:dast:warn")]);
    assert!(warned.build.succeeded);
    assert_eq!(warned.build.exported["GATE_OUTCOME"], "WARN");
    assert!(warned.build.exported["APPROVAL_SUMMARY"].starts_with("WARN: dast"));
}

#[test]
fn what_was_deployed_and_does_not_hold_is_taken_back() {
    if !ready() {
        return;
    }
    let other = "sha256:2222222222222222222222222222222222222222222222222222222222222222";
    let stopped = [
        "aws ecs stop-service-deployment",
        "arn:deployment:1",
        "--stop-type ROLLBACK",
    ];
    let back = [
        "aws ecs update-service",
        "--task-definition arn:definition:1",
        "\"lifecycleHooks\": []",
    ];
    let staged = ["--desired-count 0"];
    let hosts = ["set-desired-capacity", "--desired-capacity 0"];
    // A call of a stand-in, by words that are in it.
    type Call<'a> = &'a [&'a str];
    let table: [(&str, (&str, &str), &[Call<'_>]); 11] = [
        (
            "deploy-production",
            ("DEPLOYMENT", "IN_PROGRESS"),
            &[&stopped],
        ),
        ("deploy-production", ("RUNNING", other), &[&back]),
        ("deploy-production", ("FAULT", "curl:never"), &[&back]),
        (
            "deploy-production",
            ("FAULT", "aws:ecs:list-tasks"),
            &[&back],
        ),
        (
            "deploy-production",
            ("FAULT", "aws:ecs:list-service-deployments"),
            &[&back],
        ),
        // ECS has done it itself.
        (
            "deploy-production",
            ("DEPLOYMENT", "ROLLBACK_SUCCESSFUL"),
            &[],
        ),
        (
            "deploy-staging",
            ("DEPLOYMENT", "IN_PROGRESS"),
            &[&staged, &hosts],
        ),
        (
            "deploy-staging",
            ("DEPLOYMENT", "ROLLBACK_FAILED"),
            &[&staged, &hosts],
        ),
        ("deploy-staging", ("RUNNING", other), &[&staged, &hosts]),
        (
            "deploy-staging",
            ("FAULT", "curl:never"),
            &[&staged, &hosts],
        ),
        ("dast", ("RUNNING", other), &[&staged, &hosts]),
    ];
    for (name, given, cleaned) in table {
        let done = simply(name, &[given]);
        let what = format!("{name} {given:?}: {}\n{}", done.build.log, done.calls);
        assert!(!done.build.succeeded, "{what}");
        for call in cleaned {
            assert_eq!(done.called(call), 1, "{call:?} {what}");
        }
        let nothing_back = done.called(&back) + done.called(&stopped) == 0;
        assert_eq!(
            nothing_back,
            !cleaned.iter().any(|call| call[0].contains("ecs")),
            "{what}"
        );
        // The hook is the service's: who deploys next is asked again. What could not be seen to end is said.
        if done.called(&back) == 1 {
            let mut updates = done
                .calls
                .lines()
                .filter(|call| call.contains("update-service"));
            let last = updates.next_back().unwrap();
            let put_back = last.contains("arn:verify") && !last.contains("--task-definition");
            let said = done.build.log.contains("has no hook: put it back");
            let unseen = given.1.ends_with("list-service-deployments");
            assert_eq!((put_back, said), (!unseen, unseen), "{what}");
        }
    }
    // On Fargate there are no hosts.
    let done = simply("dast", &[("STAGING_AUTOSCALING_GROUP", "none")]);
    assert!(
        done.build.succeeded && done.called(&["autoscaling"]) == 0,
        "{}",
        done.calls
    );
}
