//! The steps of the workflow that deploys, with the programs of the toolbox and stand-ins for what they call.

use std::fs;

use super::scripts::{bash, room, script};
use super::{CLEANING, workflow};
use crate::files::{iac, root};
use crate::platform::{list, path};
use crate::tool::tool;

const DIGEST: &str = "sha256:1111111111111111111111111111111111111111111111111111111111111111";
const OTHER: &str = "sha256:2222222222222222222222222222222222222222222222222222222222222222";

/// What a job did.
struct Deployed {
    succeeded: bool,
    calls: String,
}

impl Deployed {
    /// Calls that have all these words.
    fn called(&self, words: &[&str]) -> usize {
        let lines = self.calls.lines();
        lines
            .filter(|line| words.iter().all(|word| line.contains(word)))
            .count()
    }
}

/// The step that deploys, and then what GitHub runs when it has failed.
fn deploy(wake: bool, given: &[(&str, &str)]) -> Deployed {
    let workflow = workflow("deploy");
    let room = room();
    let calls = room.path().join("calls");
    fs::write(&calls, "").unwrap();
    let programs = path(&[
        &root().join("tests/factory/buildspecs/standins"),
        &iac("buildspecs/toolbox/bin"),
    ]);
    let mut environment = vec![
        ("PATH", programs.to_str().unwrap()),
        ("CALLS", calls.to_str().unwrap()),
        ("STATE", room.path().to_str().unwrap()),
        ("DIGEST", DIGEST),
        ("IMAGE_DIGEST", DIGEST),
        ("IMAGE_REPOSITORY", "registry.example/shop"),
        ("CLUSTER", "cluster"),
        ("SERVICE", "application"),
        ("TASK_FAMILY", "shop"),
        ("URL", "https://shop.example.org"),
        ("WAKE", if wake { "true" } else { "false" }),
    ];
    environment.extend(given);
    let ran = bash(&script(&workflow, "deploy", "Deploy"), &room, &environment);
    let succeeded = ran.code == Some(0);
    for step in list(&workflow, "/jobs/deploy/steps") {
        let condition = step["if"].as_str().unwrap_or_default();
        if !succeeded && condition == CLEANING[usize::from(wake)] {
            let ran = bash(step["run"].as_str().unwrap(), &room, &environment);
            assert_eq!(ran.code, Some(0), "{given:?}: {}", ran.stderr);
        }
    }
    Deployed {
        succeeded,
        calls: fs::read_to_string(calls).unwrap(),
    }
}

#[test]
fn what_was_deployed_and_does_not_answer_is_taken_back() {
    let Some(_) = tool("jq") else { return };
    let hooks = "--deployment-configuration";
    let back: &[&str] = &["update-service", "--task-definition arn:definition:1"];
    let stopped: &[&str] = &["stop-service-deployment", "arn:deployment:1", "ROLLBACK"];
    let down: &[&str] = &["update-service", "--desired-count 0"];
    let nothing: &[&str] = &[];
    for (wake, given, expected) in [
        (false, ("FAULT", "curl:never"), back),
        (false, ("RUNNING", OTHER), back),
        (false, ("FAULT", "aws:ecs:list-tasks"), back),
        (false, ("DEPLOYMENT", "IN_PROGRESS"), stopped),
        // ECS has done it itself.
        (false, ("DEPLOYMENT", "ROLLBACK_SUCCESSFUL"), nothing),
        // Nothing was begun.
        (
            false,
            ("FAULT", "aws:ecs:register-task-definition"),
            nothing,
        ),
        (true, ("FAULT", "curl:never"), down),
        (true, ("FAULT", "aws:ecs:register-task-definition"), down),
    ] {
        let done = deploy(wake, &[given]);
        let what = format!("{wake} {given:?}: {}", done.calls);
        assert!(!done.succeeded, "{what}");
        for one in [back, stopped, down] {
            assert_eq!(done.called(one), usize::from(one == expected), "{what}");
        }
        if expected == back {
            assert_eq!(done.called(&[hooks, "\"lifecycleHooks\": []"]), 1, "{what}");
        }
    }
    // A service that is not blue and green is not made so on the way back.
    let done = deploy(false, &[("STRATEGY", "ROLLING"), ("FAULT", "curl:never")]);
    assert_eq!((done.called(back), done.called(&[hooks])), (1, 0));
    // What came up right stays.
    for wake in [false, true] {
        let done = deploy(wake, &[]);
        assert!(done.succeeded, "{}", done.calls);
        assert_eq!(done.called(&["update-service"]), 1, "{}", done.calls);
        assert_eq!(done.called(&["curl", "https://shop.example.org"]), 1);
    }
}
