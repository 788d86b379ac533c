//! Whatever can fail in a buildspec: a scanner, a report, `gate`, AWS.

use crate::buildspecs::rehearsal::{SECRET, ready, simply};

/// What can go wrong, and in which buildspecs, before anything is pushed or deployed.
fn faults(name: &str) -> Vec<String> {
    let scanners: &[&str] = match name {
        "secrets" => &["git", "detect-secrets"],
        "build" => &["bandit", "semgrep", "trivy", "syft"],
        "image" => &["trivy"],
        "dast" => &["zap.sh"],
        _ => &[],
    };
    let mut faults: Vec<String> = scanners
        .iter()
        .flat_map(|scanner| {
            ["missing", "crash", "empty", "garbage"].map(|how| format!("{scanner}:{how}"))
        })
        // Of git-secrets, an empty report with exit code 0 is a clean one; it proves that it can see before.
        .filter(|fault| !matches!(fault.as_str(), "git:empty" | "git:garbage"))
        .collect();
    let gates: &[&str] = match name {
        "secrets" => &["secrets"],
        "build" => &["secrets", "sast", "sca", "sbom"],
        "image" => &["image"],
        "dast" => &["dast", "verify"],
        _ => &["verify"],
    };
    for gate in gates {
        faults.extend([1, 2, 3, 4].map(|code| format!("gate:{gate}:{code}")));
    }
    let more: &[&str] = match name {
        "secrets" => &["git:blind"],
        "build" => &[
            "docker:build",
            "skopeo:inspect",
            "skopeo:login",
            "aws:ecr:get-login-password",
            "source:changed",
            "kept:git-secrets.report",
            "kept:git-secrets.exit",
            "kept:detect-secrets.report",
            "kept:source.digest",
        ],
        "image" => &[
            "aws:ecr:get-login-password",
            "aws:ecr:describe-image-scan-findings",
            "ecr:never",
            "ecr:empty",
            "ecr:garbage",
            "skopeo:login",
        ],
        "deploy-staging" => &[
            "aws:autoscaling:set-desired-capacity",
            "aws:ecs:describe-services",
            "aws:ecs:describe-task-definition",
            "aws:ecs:register-task-definition",
        ],
        "dast" => &[
            "aws:ecs:describe-services",
            "aws:ecs:list-tasks",
            "aws:ecs:describe-tasks",
        ],
        "deploy-production" => &[
            "aws:ecs:describe-services",
            "aws:ecs:describe-task-definition",
            "aws:ecs:register-task-definition",
        ],
        _ => &[],
    };
    faults.extend(more.iter().map(ToString::to_string));
    faults.push("aws:s3:cp".to_owned());
    faults
}

/// Whatever fails stops the build before a push or a deployment, says so, and what has to be taken down is taken down.
fn nothing_leaves(name: &str) {
    if !ready() {
        return;
    }
    let wrong = "0".repeat(64);
    let digests = ["GATE_DIGEST", "PROFILE_DIGEST"].map(|variable| (variable, wrong.clone()));
    let faults = faults(name).into_iter().map(|fault| ("FAULT", fault));
    for (variable, value) in faults.chain(digests) {
        let done = simply(name, &[(variable, &value)]);
        let what = format!(
            "{name} {variable}={value}: {}\n{}",
            done.build.log, done.calls
        );
        assert!(!done.build.succeeded, "{what}");
        assert_eq!((done.pushed(), done.deployed()), (0, 0), "{what}");
        assert!(!done.build.log.contains(SECRET), "{what}");

        let verified = done.called(&["gate verify"]) == 1 && !value.starts_with("gate:");
        let expected = match value.split(':').collect::<Vec<_>>()[..] {
            // That the image passed stays true when the deployment, or the push after it, fails.
            _ if name.starts_with("deploy") && verified => "PASS",
            ["skopeo", "login"] | ["aws", "ecr", "get-login-password"] if name == "build" => "PASS",
            ["gate", gate, "1"] if gate != "verify" => "FAIL",
            _ => "ERROR",
        };
        assert_eq!(done.build.exported["GATE_OUTCOME"], expected, "{what}");

        let down = [
            "aws ecs update-service",
            "--cluster staging",
            "--desired-count 0",
        ];
        let begun = done.build.phases.iter().any(|(phase, _)| phase == "build");
        let expected = name == "dast" || (name == "deploy-staging" && begun);
        assert_eq!(done.called(&down), usize::from(expected), "{what}");
    }
}

#[test]
fn whatever_fails_stops_secrets() {
    nothing_leaves("secrets");
}

#[test]
fn whatever_fails_stops_build() {
    nothing_leaves("build");
}

#[test]
fn whatever_fails_stops_image() {
    nothing_leaves("image");
}

#[test]
fn whatever_fails_stops_deploy_staging() {
    nothing_leaves("deploy-staging");
}

#[test]
fn whatever_fails_stops_dast() {
    nothing_leaves("dast");
}

#[test]
fn whatever_fails_stops_deploy_production() {
    nothing_leaves("deploy-production");
}
