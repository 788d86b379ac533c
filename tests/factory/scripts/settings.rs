//! Settings are read, never run; each fault is said with its line.

use super::room::{Room, SETTINGS};
use crate::files::{iac, text};

/// `SETTINGS` with the value of one of them changed.
fn with(key: &str, value: &str) -> String {
    let lines = SETTINGS
        .iter()
        .map(|(name, right)| format!("{name}={}\n", if *name == key { value } else { right }));
    lines.collect()
}

#[test]
fn each_bad_value_is_refused_with_its_line() {
    let bad: [(&str, &[&str]); 18] = [
        (
            "PROJECT",
            &[
                "",
                "Shop",
                "s",
                "1shop",
                "shop-",
                "shop--x",
                "shop_x",
                "shop x",
                "a-name-that-is-too-long-for-it",
                // Names that grow from these are refused by capacity providers, load balancers, groups and buckets.
                "aws",
                "awsome",
                "ecs-shop",
                "fargate1",
                "amzn-s3-demo",
                "amzn-s3-demo-x",
                "internal",
                "internal-shop",
                "sg",
                "sg-shop",
                "sthree",
                "sthree-shop",
            ],
        ),
        (
            "ENVIRONMENT",
            &["", "prod", "staging", "Dev", "dev ", "dev\r"],
        ),
        (
            "ACCOUNT",
            &[
                "",
                "11112222333",
                "1111222233334",
                "11112222333x",
                "${ACCOUNT}",
            ],
        ),
        (
            "REGION",
            &[
                "",
                "eu",
                "eu-central",
                "EU-CENTRAL-1",
                "eu-central-1a",
                "eu_central_1",
            ],
        ),
        (
            "STATE_BUCKET",
            &["", "ab", "State", "state_bucket", "-state", "s3://state"],
        ),
        ("SOURCE_PROVIDER", &["", "github", "CodeCommit"]),
        (
            "SOURCE_REPOSITORY",
            &[
                "",
                "shop",
                "owner/",
                "/shop",
                "https://example.com/owner/shop",
                "owner/sh op",
                "-owner/shop",
            ],
        ),
        ("SOURCE_BRANCH", &["", "-main", "ma in", "main;id", "$(id)"]),
        (
            "APPROVER_MAIL",
            &[
                "",
                "approver",
                "approver@shop",
                "a b@shop.example",
                "a@shop.example,b@shop.example",
            ],
        ),
        (
            "NOTIFICATION_MAIL",
            &["", "@shop.example", "team@shop.example\t"],
        ),
        (
            "TOOLBOX_DIGEST",
            &[
                "",
                "latest",
                "sha256:11",
                "sha256:111111111111111111111111111111111111111111111111111111111111111G",
            ],
        ),
        ("GATE_PROGRAM", &["", " gate"]),
        ("FUNCTION_PROGRAM", &["", "\tgate"]),
        ("FUNCTION_ARCHITECTURE", &["", "arm", "aarch64", "x86-64"]),
        ("FUNCTION_GATE_PROGRAM", &["", " gate"]),
        (
            "DOMAIN_NAME",
            &[
                "",
                "shop",
                "https://shop.example",
                "shop_x.example",
                "*.shop.example",
                "shop.example.",
            ],
        ),
        (
            "CERTIFICATE_ARN",
            &[
                "",
                "none",
                "arn:aws:iam::111122223333:server-certificate/x",
                "arn:aws:acm:eu-central-1:1:certificate/0",
            ],
        ),
        (
            "FALCO_IMAGE",
            &[
                "",
                "falcosecurity/falco:latest",
                "docker.io/falcosecurity/falco:0.40.0",
                "docker.io/falcosecurity/falco@sha256:2",
                "None",
                "none/falco",
                "nonesuch",
            ],
        ),
    ];
    let room = Room::new();
    for (number, (key, values)) in bad.into_iter().enumerate() {
        assert_eq!(key, SETTINGS[number].0);
        for value in values {
            room.write("project/iac/settings.env", &with(key, value));
            let ran = room.deploy(&[]);
            assert_eq!(ran.code, Some(1), "{key}={value}: {ran:?}");
            let place = format!("line {}: `{key}` has to be ", number + 1);
            assert!(ran.stderr.contains(&place), "{key}={value}: {ran:?}");
            let private = key.ends_with("_MAIL");
            assert!(
                !private || value.is_empty() || !ran.stderr.contains(value),
                "{ran:?}"
            );
        }
    }
    // Nobody was asked anything but its version.
    assert!(
        room.calls()
            .iter()
            .all(|call| call.0.iter().any(|word| word.contains("version")))
    );
}

#[test]
fn what_is_no_setting_is_refused_with_its_line() {
    let right = with("", "");
    let room = Room::new();
    for (text, says) in [
        (
            format!("{right}SNYK_API_KEY=very-secret\n"),
            "line 19: there is no setting `SNYK_API_KEY`",
        ),
        (
            format!("{right}region=eu-central-1\n"),
            "line 19: there is no setting `region`",
        ),
        (
            format!("{right}PROJECT=shop\n"),
            "line 19: `PROJECT` stands in line 1 already",
        ),
        (
            format!("# one\n\n{right}export PROJECT=shop\n"),
            "line 21: not of the form KEY=value",
        ),
        (
            format!("{right}PROJECT = shop\n"),
            "line 19: not of the form KEY=value",
        ),
        (
            format!("{right}touch \"$STAND_IN/run\"\n"),
            "line 19: not of the form KEY=value",
        ),
        (
            right.replace("=main", "=\"main\""),
            "`SOURCE_BRANCH` has to be",
        ),
        (right.replace('\n', "\r\n"), "`PROJECT` has to be"),
        (
            right.replace("=eu-central-1", "=$(touch \"$STAND_IN/run\")"),
            "`REGION` has to be",
        ),
        (
            right.replace("=eu-central-1", "=`touch \"$STAND_IN/run\"`"),
            "`REGION` has to be",
        ),
        (
            right.replace("=eu-central-1", "=x[$(touch \"$STAND_IN/run\")]"),
            "`REGION` has to be",
        ),
        (String::new(), "`ACCOUNT` is missing"),
    ] {
        room.write("project/iac/settings.env", &text);
        let ran = room.deploy(&[]);
        assert_eq!(ran.code, Some(1), "{says}: {ran:?}");
        assert!(ran.stderr.contains(says), "{says}: {ran:?}");
        assert!(!ran.stderr.contains("very-secret"), "{ran:?}");
        assert!(!room.there("state/run"), "{says}: it was run");
    }
    for (key, _) in SETTINGS {
        room.settings(
            &SETTINGS
                .into_iter()
                .filter(|(name, _)| *name != key)
                .collect::<Vec<_>>(),
        );
        let ran = room.deploy(&[]);
        assert_eq!(ran.code, Some(1));
        assert!(
            ran.stderr.contains(&format!("`{key}` is missing")),
            "{ran:?}"
        );
    }
    let ran = room.run("deploy", &["--yes", "--settings", "nowhere.env"], &[]);
    assert!(ran.stderr.contains("there are no settings in"), "{ran:?}");
    // All faults at once, not one for each try.
    room.write(
        "project/iac/settings.env",
        &with("REGION", "x").replace("=111122223333", "=1"),
    );
    let ran = room.deploy(&[]);
    assert!(
        ran.stderr.contains("line 3: `ACCOUNT`") && ran.stderr.contains("line 4: `REGION`"),
        "{ran:?}"
    );
}

/// What Falco does not watch names no image of it: on Fargate.
#[test]
fn falco_can_be_none_and_the_stack_is_told_so() {
    let room = Room::new();
    room.write("project/iac/settings.env", &with("FALCO_IMAGE", "none"));
    room.deploy(&[]).success();
    let given = room.read("state/parameters/shop-dev-events");
    assert!(given.contains("\"FalcoImage=none\""), "{given}");
}

/// Only names that begin with a word of AWS's own are refused, not those that begin alike.
#[test]
fn a_project_may_begin_nearly_as_what_aws_keeps() {
    let room = Room::new();
    for project in ["sgx", "internals", "sthreex", "shop-aws", "a-sg-b"] {
        room.write("project/iac/settings.env", &with("PROJECT", project));
        let ran = room.run("deploy", &["--dry-run"], &[]);
        assert!(ran.stderr.contains("account 111122223333"), "{ran:?}");
    }
}

#[test]
fn a_file_without_a_last_line_break_is_read_to_its_end() {
    let room = Room::new();
    room.write("project/iac/settings.env", with("", "").trim_end());
    room.deploy(&[]).success();
}

/// The template asks for what is needed and nothing else, and fits what it says of itself.
#[test]
fn the_example_has_every_setting() {
    let example = text(&iac("settings.example.env"));
    let keys: Vec<&str> = example
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| Some(line.split_once('=')?.0))
        .collect();
    let room = Room::new();
    let contract = room.contract();
    let known: Vec<&str> = contract["settings"]
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let sorted = |mut keys: Vec<&str>| {
        keys.sort_unstable();
        keys.join(" ")
    };
    assert_eq!(sorted(keys), sorted(known.clone()));
    assert_eq!(sorted(known), sorted(SETTINGS.map(|(key, _)| key).to_vec()));
    // All is taken, up to programs that nobody built here.
    room.write("project/iac/settings.env", &example);
    let ran = room.deploy(&[]);
    assert!(
        ran.stderr.contains("== files")
            && ran
                .stderr
                .contains("there is no file `target/release/gate`"),
        "{ran:?}"
    );
}

/// A function that can't start says so at its first event, when nobody looks.
#[test]
fn a_program_for_another_processor_is_refused() {
    use super::room::{ARM, X86, elf};
    for (architecture, machine, code) in [
        ("arm64", ARM, 0),
        ("arm64", X86, 1),
        ("x86_64", ARM, 1),
        ("x86_64", X86, 0),
    ] {
        let room = Room::new();
        for program in ["gate-lambda", "gate for arm"] {
            room.program(
                &format!("project/built here/{program}"),
                &elf(machine, program),
            );
        }
        room.write(
            "project/iac/settings.env",
            &with("FUNCTION_ARCHITECTURE", architecture),
        );
        let ran = room.deploy(&[]);
        assert_eq!(ran.code, Some(code), "{ran:?}");
        assert_eq!(
            ran.stderr
                .contains(&format!("is no program for {architecture}")),
            code == 1,
            "{ran:?}"
        );
    }
    let room = Room::new();
    room.program("project/built here/gate-lambda", b"#!/bin/sh\n");
    assert_eq!(room.deploy(&[]).code, Some(1));
}

/// Who is signed in to another account, or has another region in the environment, is stopped before anything is asked of it.
#[test]
fn another_account_or_region_is_refused() {
    let room = Room::new();
    for (variable, value, says) in [
        (
            "AWS_REGION",
            "us-east-1",
            "AWS_REGION is `us-east-1`, and the settings say `eu-central-1`",
        ),
        (
            "AWS_DEFAULT_REGION",
            "us-east-1",
            "AWS_DEFAULT_REGION is `us-east-1`",
        ),
    ] {
        let ran = room.deploy(&[(variable, value)]);
        assert_eq!(ran.code, Some(1));
        assert!(ran.stderr.contains(says), "{ran:?}");
    }
    room.deploy(&[("AWS_REGION", "eu-central-1")]).success();
    room.calls();
    room.answer(
        "sts.get-caller-identity",
        &serde_json::json!({"Account": "999999999999", "Arn": "arn:aws:iam::999999999999:user/x"}),
    );
    let ran = room.deploy(&[]);
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.stderr
            .contains("account `999999999999`, and the settings say `111122223333`"),
        "{ran:?}"
    );
    assert_eq!(
        room.calls().last().unwrap().short(),
        "aws sts get-caller-identity"
    );
}

#[test]
fn the_environment_asked_for_is_the_one_of_the_settings() {
    let room = Room::new();
    let ran = room.run("deploy", &["--yes", "--environment", "prod"], &[]);
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.stderr
            .contains("is of the environment `dev`, and `prod` was asked for"),
        "{ran:?}"
    );
    room.run("deploy", &["--yes", "--environment", "dev"], &[])
        .success();
    // The folder of production has another name than the environment that gates judge for.
    std::fs::create_dir_all(room.path("project/iac/terraform/environments/prod")).unwrap();
    room.write(
        "project/iac/settings.env",
        &with("ENVIRONMENT", "production"),
    );
    let ran = room.run(
        "deploy",
        &["--yes", "--environment", "prod"],
        &[("REFUSE", "plan -input=false")],
    );
    assert!(ran.stderr.contains("terraform made no plan"), "{ran:?}");
    let calls = room.calls();
    assert!(
        calls.iter().any(|call| call
            .0
            .iter()
            .any(|word| word.ends_with("/environments/prod"))),
        "{calls:?}"
    );
    assert!(
        calls
            .iter()
            .any(|call| call.short().ends_with("gate/prod/deploy.lock.json")),
        "{calls:?}"
    );
}

#[test]
fn a_tool_that_is_missing_or_too_old_is_named() {
    let room = Room::new();
    for (name, program, says) in [
        (
            "terraform",
            "echo '{\"terraform_version\": \"1.9.8\"}'",
            "`terraform` is version 1.9.8, and 1.11.0 is needed",
        ),
        (
            "aws",
            "echo 'aws-cli/1.29.0 Python/3.11'",
            "`aws` is version 1.29.0, and 1.36.13 is needed",
        ),
        (
            "aws",
            "echo 'aws-cli/2.15.30 Python/3.11'",
            "`aws` is version 2.15.30, and 2.22.8 is needed",
        ),
        ("aws", "echo something else", "`aws` says no version"),
        ("jq", "echo jq-1.5", "`jq`"),
        ("tar", "echo 'bsdtar 3.5.3'", "`tar` is not the one of GNU"),
    ] {
        let file = format!("bin/{name}");
        let before = std::fs::read(room.path(&file)).ok();
        room.program(&file, format!("#!/bin/sh\n{program}\n").as_bytes());
        let ran = room.deploy(&[]);
        assert_eq!(ran.code, Some(1), "{says}: {ran:?}");
        assert!(ran.stderr.contains(says), "{says}: {ran:?}");
        match before {
            Some(bytes) => room.program(&file, &bytes),
            None => std::fs::remove_file(room.path(&file)).unwrap(),
        }
    }
    // All that is missing is said at once, with where to get it. What the script needs before that is in the folder.
    std::fs::create_dir(room.path("few")).unwrap();
    for name in [
        "bash", "sh", "readlink", "dirname", "mktemp", "rm", "env", "sort", "head", "jq",
    ] {
        let found = crate::tool::run(
            std::process::Command::new("bash").args(["-c", &format!("command -v {name}")]),
        )
        .success();
        std::os::unix::fs::symlink(found.trim(), room.path(&format!("few/{name}"))).unwrap();
    }
    let few = room.path("few").display().to_string();
    let ran = room.run("deploy", &["--yes"], &[("PATH", &few)]);
    assert_eq!(ran.code, Some(1));
    for name in ["aws", "terraform", "flock", "zip"] {
        assert!(
            ran.stderr
                .contains(&format!("`{name}` is not there\nhelp: install ")),
            "{name}: {ran:?}"
        );
    }
}
