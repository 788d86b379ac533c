//! Buildspecs, run by bash with stand-ins for everything that they call.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::buildspecs::runner::{Build, Session, run_in};
use crate::files::{iac, root, text};
use crate::tool::{run, tool};
use crate::yaml::yaml;

const DIGEST: &str = "sha256:1111111111111111111111111111111111111111111111111111111111111111";
const REPOSITORY: &str = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/shop";
/// What scanners say of a secret, here on their stderr: it never comes into the log.
const SECRET: &str = "a-text-that-may-be-a-secret";

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

/// A build with stand-ins: its folder, what it was to do, and what it did.
struct Rehearsal {
    folder: TempDir,
    build: Build,
    /// Calls of stand-ins, one a line.
    calls: String,
}

impl Rehearsal {
    fn called(&self, words: &[&str]) -> usize {
        let calls = self.calls.lines();
        calls
            .filter(|call| words.iter().all(|word| call.contains(word)))
            .count()
    }

    fn pushed(&self) -> usize {
        self.called(&["skopeo copy"])
    }

    /// Deployments of an image; scaling to nothing is none, and going back is another.
    fn deployed(&self) -> usize {
        self.called(&[
            "aws ecs update-service",
            "--task-definition arn:definition:2",
        ])
    }

    fn state(&self, name: &str) -> Value {
        crate::files::json(&self.folder.path().join("state").join(name))
    }
}

/// Whether what a buildspec calls, but no scanner, is on this machine.
fn ready() -> bool {
    tool("jq").is_some() && tool("bash").is_some()
}

fn executable(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

fn digest(path: &Path) -> String {
    let said = run(Command::new("sha256sum").arg(path)).success();
    said.split(' ').next().unwrap().to_owned()
}

/// What the factory's bucket holds: `gate` and the profile, each by its digest.
fn bucket(folder: &Path, gate: &Path) -> (String, String) {
    let profile = folder.join("profile");
    fs::create_dir_all(profile.join("keys")).unwrap();
    fs::copy(iac("profile/gate.toml"), profile.join("gate.toml")).unwrap();
    fs::copy(iac("profile/waivers.toml"), profile.join("waivers.toml")).unwrap();
    let tar = folder.join("profile.tar");
    let mut command = Command::new("tar");
    command
        .arg("-cf")
        .arg(&tar)
        .arg("-C")
        .arg(&profile)
        .arg(".");
    run(&mut command).success();
    let (gate_digest, profile_digest) = (digest(gate), digest(&tar));
    for (kind, digest, name, from) in [
        ("gate", &gate_digest, "gate", gate),
        ("profile", &profile_digest, "profile.tar", &tar),
    ] {
        let to = folder.join("bucket").join(kind).join(digest);
        fs::create_dir_all(&to).unwrap();
        fs::copy(from, to.join(name)).unwrap();
    }
    (gate_digest, profile_digest)
}

/// Stand-ins and the commands of the toolbox, on a PATH without any scanner of this machine.
fn path(folder: &Path) -> String {
    let standins = root().join("tests/factory/buildspecs/standins");
    let bin = folder.join("bin");
    fs::create_dir_all(&bin).unwrap();
    for name in [
        "aws",
        "curl",
        "docker",
        "skopeo",
        "sleep",
        "without-credentials",
    ] {
        symlink(standins.join(name), bin.join(name)).unwrap();
    }
    for name in [
        "bandit",
        "detect-secrets",
        "git",
        "semgrep",
        "syft",
        "trivy",
        "zap.sh",
    ] {
        symlink(standins.join("scanner"), bin.join(name)).unwrap();
    }
    let jq = tool("jq").unwrap();
    let places = [
        bin.as_path(),
        &iac("buildspecs/toolbox/bin"),
        jq.parent().unwrap(),
    ]
    .map(|place| place.display().to_string());
    format!("{}:/usr/bin:/bin", places.join(":"))
}

/// Runs a buildspec; `given` goes before what is usual. The folder can be handed on to the next one.
fn rehearse(name: &str, session: Session, given: &[(&str, &str)], folder: TempDir) -> Rehearsal {
    let here = folder.path();
    let gate = root().join("tests/factory/buildspecs/standins/gate");
    let (gate_digest, profile_digest) = bucket(here, &gate);
    let place = |name: &str| here.join(name).display().to_string();
    fs::create_dir_all(here.join("state")).unwrap();
    fs::create_dir_all(here.join("home")).unwrap();
    fs::create_dir_all(here.join("source/.git")).unwrap();
    fs::write(here.join("source/app.py"), "print('hello')\n").unwrap();
    fs::write(here.join("source/.semgrepignore"), "*\n").unwrap();
    fs::write(
        here.join("source/.git/config"),
        "[secrets]\n\tallowed = .*\n",
    )
    .unwrap();
    fs::write(here.join("calls"), "").unwrap();
    let secrets = here.join("secrets");
    if name == "build" {
        kept(here, &secrets);
    }

    let mut environment: BTreeMap<&str, String> = BTreeMap::from([
        ("PATH", path(here)),
        ("GATE_HOME", place("gate")),
        ("CALLS", place("calls")),
        ("STATE", place("state")),
        ("BUCKET", place("bucket")),
        (
            "REPORTS",
            root().join("tests/reports").display().to_string(),
        ),
        ("DIGEST", DIGEST.to_owned()),
        (
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
            "/v2/credentials/1".to_owned(),
        ),
        (
            "CODEBUILD_SRC_DIR_SecretsReports",
            secrets.display().to_string(),
        ),
        ("GATE_APPLICATION", "shop".to_owned()),
        ("GATE_ENVIRONMENT", "production".to_owned()),
        ("GATE_EVIDENCE", "s3://evidence/shop".to_owned()),
        ("GATE_SIGN", "awskms:///alias/gate".to_owned()),
        ("GATE_THRESHOLDS", "/gate/shop/production".to_owned()),
        ("TOOLS_BUCKET", "tools".to_owned()),
        ("GATE_DIGEST", gate_digest),
        ("PROFILE_DIGEST", profile_digest),
        ("IMAGE_REPOSITORY", REPOSITORY.to_owned()),
        ("IMAGE_REPOSITORY_NAME", "shop".to_owned()),
        ("SOURCE_COMMIT", "c0ffee".to_owned()),
        ("STAGING_CLUSTER", "staging".to_owned()),
        ("STAGING_SERVICE", "application".to_owned()),
        ("STAGING_TASK_FAMILY", "shop-staging".to_owned()),
        ("STAGING_AUTOSCALING_GROUP", "hosts".to_owned()),
        ("STAGING_URL", "https://staging.shop.example".to_owned()),
        ("PRODUCTION_CLUSTER", "production".to_owned()),
        ("PRODUCTION_SERVICE", "application".to_owned()),
        ("PRODUCTION_TASK_FAMILY", "shop-production".to_owned()),
        ("PRODUCTION_URL", "https://shop.example".to_owned()),
        ("PRODUCTION_TARGET_GROUP", "arn:blue".to_owned()),
        ("PRODUCTION_ALTERNATE_TARGET_GROUP", "arn:green".to_owned()),
        ("PRODUCTION_LISTENER_RULE", "arn:rule".to_owned()),
        ("TRAFFIC_ROLE", "arn:traffic".to_owned()),
        ("VERIFY_FUNCTION", "arn:verify".to_owned()),
        ("HOOK_ROLE", "arn:hook".to_owned()),
    ]);
    if name != "secrets" && name != "build" {
        environment.insert("IMAGE_DIGEST", DIGEST.to_owned());
    }
    for (name, value) in given {
        environment.insert(name, (*value).to_owned());
    }
    if environment
        .get("FAULT")
        .is_some_and(|fault| fault == "docker:build")
    {
        fs::write(here.join("home/docker-fails"), "").unwrap();
    }
    if let Some(file) = environment
        .get("FAULT")
        .and_then(|fault| fault.strip_prefix("kept:"))
    {
        fs::remove_file(secrets.join(file)).unwrap();
    }
    if environment
        .get("FAULT")
        .is_some_and(|fault| fault == "source:changed")
    {
        fs::write(here.join("source/app.py"), "print('something else')\n").unwrap();
    }
    let environment: Vec<_> = environment
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    let buildspec = yaml(&text(&iac(&format!("buildspecs/{name}.yml"))));
    let build = run_in(session, &buildspec, &environment, here);
    let calls = text(&here.join("calls"));
    Rehearsal {
        folder,
        build,
        calls,
    }
}

/// What the stage before kept for `build`.
fn kept(folder: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    fs::write(to.join("git-secrets.report"), "").unwrap();
    fs::write(to.join("git-secrets.exit"), "0\n").unwrap();
    let report = root().join("tests/reports/detect-secrets/clean.json");
    fs::copy(report, to.join("detect-secrets.report")).unwrap();
    fs::write(to.join("detect-secrets.exit"), "0\n").unwrap();
    let taken = folder.join("taken");
    fs::create_dir_all(&taken).unwrap();
    let mut command = Command::new(iac("buildspecs/toolbox/bin/take-source"));
    command.arg(folder.join("source")).arg(&taken);
    fs::write(to.join("source.digest"), run(&mut command).success()).unwrap();
}

fn simply(name: &str, given: &[(&str, &str)]) -> Rehearsal {
    rehearse(name, Session::One, given, tempfile::tempdir().unwrap())
}

#[test]
fn what_passes_is_pushed_and_deployed_once_by_its_digest() {
    if !ready() {
        return;
    }
    for session in [Session::One, Session::Each] {
        let run = |name: &str| rehearse(name, session, &[], tempfile::tempdir().unwrap());
        for name in [
            "secrets",
            "build",
            "image",
            "deploy-staging",
            "dast",
            "deploy-production",
        ] {
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
    let push = format!("oci:image docker://{REPOSITORY}:sha-c0ffee");
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
    assert!(
        !done
            .folder
            .path()
            .join("gate/source/.semgrepignore")
            .exists()
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

#[test]
fn whatever_fails_stops_the_build_before_a_push_or_a_deployment() {
    if !ready() {
        return;
    }
    for name in [
        "secrets",
        "build",
        "image",
        "deploy-staging",
        "dast",
        "deploy-production",
    ] {
        let mut cases: Vec<_> = faults(name)
            .into_iter()
            .map(|fault| ("FAULT", fault))
            .collect();
        let wrong = "0".repeat(64);
        cases.push(("GATE_DIGEST", wrong.clone()));
        cases.push(("PROFILE_DIGEST", wrong));
        for (variable, value) in cases {
            let done = simply(name, &[(variable, &value)]);
            let what = format!(
                "{name} {variable}={value}: {}\n{}",
                done.build.log, done.calls
            );
            assert!(!done.build.succeeded, "{what}");
            assert_eq!((done.pushed(), done.deployed()), (0, 0), "{what}");
            assert!(!done.build.log.contains(SECRET), "{what}");
            let outcome = done.build.exported.get("GATE_OUTCOME").map(String::as_str);
            let expected = match value.as_str() {
                _ if name.starts_with("deploy") && done.called(&["gate verify"]) == 1 => {
                    // That the image passed stays true when the deployment fails.
                    if value.starts_with("gate:") {
                        "ERROR"
                    } else {
                        "PASS"
                    }
                }
                value
                    if value.starts_with("gate:")
                        && value.ends_with(":1")
                        && value != "gate:verify:1" =>
                {
                    "FAIL"
                }
                // Judged, and not pushed.
                "skopeo:login" | "aws:ecr:get-login-password" if name == "build" => "PASS",
                _ => "ERROR",
            };
            assert_eq!(outcome, Some(expected), "{what}");
            let down = done.called(&[
                "aws ecs update-service",
                "--cluster staging",
                "--desired-count 0",
            ]);
            let expected = match name {
                "dast" => true,
                // What was not begun needs no end.
                "deploy-staging" => done.build.phases.iter().any(|(phase, _)| phase == "build"),
                _ => false,
            };
            assert_eq!(down, usize::from(expected), "{what}");
        }
    }
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
    let table: [(&str, (&str, &str), &[&[&str]]); 11] = [
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
    }
    // On Fargate there are no hosts.
    let done = simply("dast", &[("STAGING_AUTOSCALING_GROUP", "none")]);
    assert!(
        done.build.succeeded && done.called(&["autoscaling"]) == 0,
        "{}",
        done.calls
    );
}

/// The program of `gate` itself, where the environment names it.
#[expect(dead_code, reason = "the next test")]
fn program() -> Option<PathBuf> {
    let program = env::var_os("GATE_PROGRAM").map(PathBuf::from);
    if program.is_none() {
        println!("SKIPPED: `GATE_PROGRAM` does not name a built gate");
    }
    program
}
