//! The scripts of the workflows: clean, and doing what they must when something is wrong.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use super::{CALLED, jobs, scripts, workflow};
use crate::files::{iac, root, text};
use crate::platform::{list, path, program, said};
use crate::tool::{Ran, run, tool};
use crate::yaml::yaml;

/// The script of the step of a job that has a name.
pub(super) fn script(workflow: &Value, job: &str, step: &str) -> String {
    let mut steps = list(workflow, &format!("/jobs/{job}/steps")).iter();
    let found = steps.find(|one| one["name"].as_str() == Some(step));
    said(found.unwrap_or_else(|| panic!("{job}: {step}")), "/run").to_owned()
}

/// Runs a script as GitHub does, in a folder with programs of its own.
pub(super) fn bash(script: &str, room: &TempDir, environment: &[(&str, &str)]) -> Ran {
    let file = room.path().join("script");
    fs::write(&file, script).unwrap();
    let mut command = Command::new("bash");
    command
        .args(["--noprofile", "--norc", "-eo", "pipefail"])
        .arg(file);
    command
        .current_dir(room.path())
        .env("PATH", path(&[&room.path().join("bin")]));
    run(command
        .env("GATE_HOME", room.path().join("home"))
        .envs(environment.iter().copied()))
}

pub(super) fn room() -> TempDir {
    let room = tempfile::tempdir().unwrap();
    for folder in ["bin", "home/reports"] {
        fs::create_dir_all(room.path().join(folder)).unwrap();
    }
    room
}

#[test]
fn scripts_are_clean_and_take_no_text_of_anybody() {
    let room = room();
    let mut files = Vec::new();
    for name in CALLED {
        let workflow = workflow(name);
        assert_eq!(workflow["defaults"]["run"]["shell"], "bash", "{name}");
        for (job, body) in jobs(&workflow) {
            for (at, script) in scripts(body).into_iter().enumerate() {
                assert!(
                    script.starts_with("set -euo pipefail\n"),
                    "{name} {job}: {script}"
                );
                assert!(
                    !script.contains("${{"),
                    "{name} {job}: an expression in a script"
                );
                let file = room.path().join(format!("{name}-{job}-{at}"));
                fs::write(&file, script).unwrap();
                run(Command::new("bash").arg("-n").arg(&file)).success();
                files.push(file);
            }
        }
    }
    assert!(files.len() > 20, "{}", files.len());
    let Some(shellcheck) = tool("shellcheck") else {
        return;
    };
    run(Command::new(shellcheck).arg("--shell=bash").args(files)).success();
}

/// What the workflows call, the image with the scanners has.
#[test]
fn programs_of_the_toolbox_are_there() {
    let bin = iac("buildspecs/toolbox/bin");
    let mut called = 0;
    for name in CALLED {
        let workflow = workflow(name);
        for body in jobs(&workflow).values() {
            let text = scripts(body).join("\n");
            for program in [
                "await",
                "deployed",
                "ecr-report",
                "git-secrets-scan",
                "register",
                "roll-back",
                "runs",
                "scale-down",
                "scan",
                "take-source",
                "zap-scan",
            ] {
                let words = super::commands(&text);
                if words.iter().any(|word| word == program) {
                    assert!(bin.join(program).is_file(), "{program}");
                    called += 1;
                }
            }
        }
    }
    assert!(called > 8, "{called}");
}

#[test]
fn inputs_of_another_form_stop_the_run() {
    let digest = "a".repeat(64);
    let image = format!("ghcr.io/owner/toolbox@sha256:{digest}");
    let good: &[(&str, &str)] = &[
        ("ENVIRONMENT", "production"),
        ("ROLES_ENVIRONMENT", "production-gates"),
        ("STAGING_ENVIRONMENT", "staging"),
        (
            "STAGING_ROLE",
            "arn:aws:iam::111122223333:role/shop-staging",
        ),
        ("REGION", "eu-central-1"),
        ("TOOLS_BUCKET", "shop-production-tools-111122223333"),
        ("ROLE", "arn:aws:iam::111122223333:role/shop-gates"),
        ("GATE_DIGEST", &digest),
        ("PROFILE_DIGEST", &digest),
        ("EVIDENCE", "s3://evidence/shop"),
        ("SIGN", "awskms:///alias/shop-gate"),
        ("THRESHOLDS", "/gate/shop/production"),
        (
            "IMAGE_REPOSITORY",
            "111122223333.dkr.ecr.eu-central-1.amazonaws.com/shop",
        ),
        ("IMAGE_DIGEST", &format!("sha256:{digest}")),
        ("REQUIRE", "secrets,sast,sca,sbom,image,dast"),
        ("TOOLBOX", &image),
        ("BUILDKIT", &image),
        ("REGISTRY_IMAGE", &image),
        ("CLUSTER", "shop-production-staging"),
        ("SERVICE", "application"),
        ("TASK_FAMILY", "shop-production-staging"),
        ("STAGING_URL", "https://staging.shop.example.org"),
        ("URL", "https://shop.example.org/health"),
    ];
    let bad: &[(&str, &[&str])] = &[
        ("ENVIRONMENT", &["", "prod", "production\nx", "production "]),
        ("ROLE", &["", "shop-gates", "arn:aws:iam::1:role/x"]),
        ("GATE_DIGEST", &["", "latest", &digest[1..]]),
        ("PROFILE_DIGEST", &["", "../x"]),
        (
            "EVIDENCE",
            &["", "evidence", "s3://evidence", "s3://a/$(id)"],
        ),
        ("SIGN", &["", "gate.key", "awskms:///alias/a b"]),
        ("THRESHOLDS", &["", "/gate/shop", "/gate/shop/staging"]),
        ("IMAGE_REPOSITORY", &["", "shop", "registry/shop:latest"]),
        ("IMAGE_DIGEST", &["", "latest", &digest]),
        ("REQUIRE", &["", "image", "secrets,sast,sca,sbom"]),
        ("TOOLBOX", &["", "ghcr.io/owner/toolbox:latest"]),
        ("BUILDKIT", &["moby/buildkit:latest"]),
        ("REGISTRY_IMAGE", &["registry:2"]),
        ("ROLES_ENVIRONMENT", &["", "a b"]),
        ("STAGING_ENVIRONMENT", &["", "staging\n"]),
        ("STAGING_ROLE", &["", "staging"]),
        ("REGION", &["", "Frankfurt"]),
        ("TOOLS_BUCKET", &["", "s3://tools", "tools/../x"]),
        ("CLUSTER", &["", "*", "a/b"]),
        ("SERVICE", &["", "a b"]),
        ("TASK_FAMILY", &["", "shop:1"]),
        ("STAGING_URL", &["", "staging.shop.example.org"]),
        ("URL", &["", "file:///etc/passwd", "https://a b"]),
    ];
    // Every text that is given to a workflow; a runner of another name never begins.
    let all = [
        "ENVIRONMENT",
        "ROLES_ENVIRONMENT",
        "ROLE",
        "REGION",
        "TOOLS_BUCKET",
        "GATE_DIGEST",
        "PROFILE_DIGEST",
        "EVIDENCE",
        "IMAGE_REPOSITORY",
        "TOOLBOX",
    ];
    let each = [
        (
            "gates",
            &["SIGN", "THRESHOLDS", "BUILDKIT", "REGISTRY_IMAGE"][..],
        ),
        (
            "dast",
            &[
                "SIGN",
                "THRESHOLDS",
                "IMAGE_DIGEST",
                "STAGING_ENVIRONMENT",
                "STAGING_ROLE",
                "CLUSTER",
                "SERVICE",
                "STAGING_URL",
            ],
        ),
        (
            "deploy",
            &[
                "IMAGE_DIGEST",
                "REQUIRE",
                "CLUSTER",
                "SERVICE",
                "TASK_FAMILY",
                "URL",
            ],
        ),
    ];
    assert_eq!(each.map(|(name, _)| name), CALLED);
    let room = room();
    for (name, more) in each {
        let check = script(&workflow(name), "inputs", "Check every input");
        let checked: BTreeSet<&str> = check
            .lines()
            .filter_map(|line| line.trim().strip_prefix("check "))
            .filter_map(|line| line.split('"').nth(1)?.strip_prefix('$'))
            .filter(|name| name.len() > 1)
            .collect();
        let expected: BTreeSet<&str> = all.iter().chain(more).copied().collect();
        assert_eq!(checked, expected, "{name}");
        let ran = bash(&check, &room, good);
        assert_eq!(ran.code, Some(0), "{name}: {}", ran.stdout);
        for variable in expected {
            let (_, values) = bad.iter().find(|(bad, _)| *bad == variable).unwrap();
            for value in *values {
                let mut given = good.to_vec();
                given.push((variable, value));
                let ran = bash(&check, &room, &given);
                assert_eq!(ran.code, Some(1), "{name}: {variable}={value:?}");
            }
        }
    }
}

/// Another program or profile under the name of the right one is not run.
#[test]
fn gate_is_installed_by_its_digest() {
    let Some(_) = tool("sha256sum") else { return };
    for name in CALLED {
        let workflow = workflow(name);
        for (job, body) in jobs(&workflow) {
            let all = scripts(body).join("\n");
            if let Some(first) = all.find("./gate ") {
                let installed = all
                    .find("sha256sum --check --strict")
                    .unwrap_or_else(|| panic!("{name} {job}"));
                assert!(installed < first, "{name} {job}");
            }
        }
    }
    let install = script(
        &workflow("gates"),
        "secrets",
        "Install gate and the profile by digest",
    );
    // `gate` and an empty archive, as `aws s3 cp` brings them.
    let digest_of = |room: &TempDir, file: &str| {
        let ran = run(Command::new("sha256sum").arg(room.path().join(file)));
        ran.success()[..64].to_owned()
    };
    for (what, code) in [
        ("right", 0),
        ("another program", 1),
        ("another profile", 1),
        ("no program", 1),
    ] {
        let room = room();
        fs::write(room.path().join("gate"), "the program").unwrap();
        let mut tar = Command::new("tar");
        tar.args(["-cf", "profile.tar", "--files-from=/dev/null"])
            .current_dir(room.path());
        run(&mut tar).success();
        let digests = [digest_of(&room, "gate"), digest_of(&room, "profile.tar")];
        match what {
            "another program" => fs::write(room.path().join("gate"), "another").unwrap(),
            "another profile" => fs::write(room.path().join("profile.tar"), "another").unwrap(),
            "no program" => fs::remove_file(room.path().join("gate")).unwrap(),
            _ => {}
        }
        // `aws s3 cp --only-show-errors FROM TO`
        let aws = format!("#!/bin/sh\ncp '{}'/\"$5\" \"$5\"\n", room.path().display());
        program(&room.path().join("bin/aws"), &aws);
        let environment = [
            ("TOOLS_BUCKET", "tools"),
            ("GATE_DIGEST", &*digests[0]),
            ("PROFILE_DIGEST", &*digests[1]),
        ];
        let ran = bash(&install, &room, &environment);
        assert_eq!(
            ran.code == Some(0),
            code == 0,
            "{what}: {}{}",
            ran.stdout,
            ran.stderr
        );
    }
}

/// The last job, which is the one that counts: only success is success.
#[test]
fn the_last_job_fails_for_every_other() {
    let Some(_) = tool("jq") else { return };
    let check = script(&workflow("gates"), "gates", "Every job succeeded");
    let workflow = workflow("gates");
    let needs = list(&workflow, "/jobs/gates/needs").iter();
    let needs: Vec<&str> = needs.map(|one| one.as_str().unwrap()).collect();
    let mut others: Vec<&str> = jobs(&workflow)
        .into_keys()
        .filter(|name| *name != "gates")
        .collect();
    others.sort_unstable();
    let mut asked = needs.clone();
    asked.sort_unstable();
    assert_eq!(asked, others, "each job is looked at");

    let room = room();
    let ends = |push: &str, of: &dyn Fn(&str) -> &'static str| {
        let results = needs.iter().map(|name| {
            format!(
                "\"{name}\": {{\"result\": \"{}\", \"outputs\": {{}}}}",
                of(name)
            )
        });
        let results = format!("{{{}}}", results.collect::<Vec<_>>().join(", "));
        bash(&check, &room, &[("JOBS", &results), ("PUSH", push)]).code
    };
    assert_eq!(ends("true", &|_| "success"), Some(0));
    let pushing = |name: &str| ["push", "image"].contains(&name);
    let without = |name: &str| if pushing(name) { "skipped" } else { "success" };
    assert_eq!(ends("false", &without), Some(0));
    assert_ne!(ends("true", &without), Some(0));
    for broken in &needs {
        for result in ["failure", "cancelled", "skipped"] {
            let one = |name: &str| if name == *broken { result } else { "success" };
            assert_ne!(ends("true", &one), Some(0), "{broken} {result}");
        }
    }
    for jobs in ["{}", "", "null", "[]"] {
        let ran = bash(&check, &room, &[("JOBS", jobs), ("PUSH", "false")]);
        assert_ne!(ran.code, Some(0), "{jobs:?}");
    }
}

/// Each report goes to gate with the exit code of its tool; one that is missing is not left out.
#[test]
fn reports_are_handed_on_with_their_exit_codes() {
    let workflow = workflow("gates");
    let judge = script(&workflow, "judge", "Judge");
    for one in list(&workflow, "/jobs/judge/strategy/matrix/include") {
        let (gate, reports) = (said(one, "/gate"), said(one, "/reports"));
        let room = room();
        program(
            &room.path().join("home/gate"),
            "#!/bin/sh\nprintf '%s\\n' \"$@\" >asked\n",
        );
        let mut expected = Vec::new();
        for (at, report) in reports.split(' ').enumerate() {
            let (tool, file) = report.split_once('=').unwrap();
            for (kind, content) in [("report", "{}"), ("exit", &*format!("{at}\n"))] {
                fs::write(
                    room.path().join(format!("home/reports/{file}.{kind}")),
                    content,
                )
                .unwrap();
            }
            expected.push(format!(
                "--report\n{tool}=reports/{file}.report\n--scanner-exit\n{tool}={at}\n"
            ));
        }
        let digest = format!("sha256:{}", "a".repeat(64));
        let environment = [
            ("GATE", gate),
            ("REPORTS", reports),
            ("IMAGE_DIGEST", &*digest),
            ("IMAGE_REPOSITORY", "registry.example/shop"),
            ("GATE_ENVIRONMENT", "production"),
            ("GATE_THRESHOLDS", "/gate/shop/production"),
            ("GATE_EVIDENCE", "s3://evidence/shop"),
            ("GATE_SIGN", "awskms:///alias/shop"),
        ];
        let ran = bash(&judge, &room, &environment);
        assert_eq!(ran.code, Some(0), "{gate}: {}", ran.stderr);
        let asked = fs::read_to_string(room.path().join("home/asked")).unwrap();
        assert!(asked.starts_with(&format!("evaluate\n{gate}\n")), "{asked}");
        assert!(asked.contains(&expected.concat()), "{asked}");
        assert!(
            asked.contains(&format!("--subject\nregistry.example/shop@{digest}\n")),
            "{asked}"
        );
        for words in [
            "--sign\nawskms:///alias/shop",
            "--thresholds\nssm:/gate/shop/production",
            "--publish\nsecurityhub",
        ] {
            assert!(asked.contains(words), "{asked}");
        }
        // Without the exit code nothing says whether the scan was one.
        let first = reports.split([' ', '=']).nth(1).unwrap();
        fs::remove_file(room.path().join(format!("home/reports/{first}.exit"))).unwrap();
        fs::remove_file(room.path().join("home/asked")).unwrap();
        let ran = bash(&judge, &room, &environment);
        assert_ne!(ran.code, Some(0), "{gate}");
        assert!(!room.path().join("home/asked").exists(), "{gate}");
        // A gate that is closed closes the job.
        for code in [1, 2, 3, 4] {
            fs::write(room.path().join(format!("home/reports/{first}.exit")), "0").unwrap();
            program(
                &room.path().join("home/gate"),
                &format!("#!/bin/sh\nexit {code}\n"),
            );
            assert_eq!(bash(&judge, &room, &environment).code, Some(code), "{gate}");
        }
    }
}

/// What is not proven is not pushed, and what is not proven is not deployed.
#[test]
fn a_refusal_of_verify_ends_the_job_before_the_step_that_acts() {
    for (name, job, acts) in [
        ("gates", "push", "Push what was judged"),
        ("deploy", "deploy", "Deploy"),
    ] {
        let workflow = workflow(name);
        let steps: Vec<&str> = list(&workflow, &format!("/jobs/{job}/steps"))
            .iter()
            .filter_map(|step| step["name"].as_str())
            .collect();
        let at = |name: &str| steps.iter().position(|step| *step == name).unwrap();
        assert!(at("Verify") < at(acts), "{steps:?}");
        let verify = script(&workflow, job, "Verify");
        for code in [1, 2, 3] {
            let room = room();
            program(
                &room.path().join("home/gate"),
                &format!("#!/bin/sh\nexit {code}\n"),
            );
            let environment = [
                "IMAGE_DIGEST",
                "IMAGE_REPOSITORY",
                "GATE_ENVIRONMENT",
                "GATE_EVIDENCE",
                "REQUIRE",
            ];
            let environment = environment.map(|name| (name, "x"));
            assert_eq!(
                bash(&verify, &room, &environment).code,
                Some(code),
                "{name}"
            );
        }
    }
}

/// The project's own workflow: whoever lists processes does not see the token.
#[test]
fn the_token_of_a_run_is_in_no_command_line() {
    let workflow = yaml(&text(&root().join(".github/workflows/ci.yml")));
    let check_out = script(&workflow, "check", "Check out");
    let room = room();
    let git = "#!/bin/sh\necho \"$*\" >>calls\nenv | grep ^GIT_CONFIG_ >\"$1\" || true\n";
    program(&room.path().join("bin/git"), git);
    let environment = [
        ("TOKEN", "a-token"),
        ("GITHUB_SERVER_URL", "https://github.example"),
        ("GITHUB_REPOSITORY", "owner/gate"),
        ("GITHUB_SHA", "0123456"),
    ];
    let ran = bash(&check_out, &room, &environment);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let read = |name: &str| fs::read_to_string(room.path().join(name)).unwrap();
    let calls = read("calls");
    assert!(calls.contains("https://github.example/owner/gate 0123456"));
    // `x-access-token:a-token`, as HTTP wants it.
    let header = "GIT_CONFIG_VALUE_0=AUTHORIZATION: basic eC1hY2Nlc3MtdG9rZW46YS10b2tlbg==\n";
    assert!(read("fetch").contains(header), "{}", read("fetch"));
    assert!(read("fetch").contains("GIT_CONFIG_KEY_0=http.https://github.example/.extraheader\n"));
    assert!(
        !calls.contains("a-token") && !calls.contains("eC1h"),
        "{calls}"
    );
    assert_eq!(read("checkout"), "", "and only who fetches has it");
}
