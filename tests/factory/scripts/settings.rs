//! Settings are read, never run; each fault is said with its line.

use super::room::{Room, SETTINGS};
use crate::files::{iac, text};

/// `SETTINGS` with the value of one of them changed.
pub(super) fn with(key: &str, value: &str) -> String {
    let lines = SETTINGS
        .iter()
        .map(|(name, right)| format!("{name}={}\n", if *name == key { value } else { right }));
    lines.collect()
}

/// As many files as the longest list of bad values: in each one of every setting.
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
    assert_eq!(bad.map(|(key, _)| key), SETTINGS.map(|(key, _)| key));
    let longest = bad.iter().map(|(_, values)| values.len()).max().unwrap();
    for round in 0..longest {
        // The last one again, where there are no more.
        let file = bad.map(|(key, values)| (key, values[round.min(values.len() - 1)]));
        room.settings(&file);
        let ran = room.deploy(&[]);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        for (number, (key, value)) in file.into_iter().enumerate() {
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
    ] {
        room.write("project/iac/settings.env", &text);
        let ran = room.deploy(&[]);
        assert_eq!(ran.code, Some(1), "{says}: {ran:?}");
        assert!(ran.stderr.contains(says), "{says}: {ran:?}");
        assert!(!ran.stderr.contains("very-secret"), "{ran:?}");
        assert!(!room.there("state/run"), "{says}: it was run");
    }
    room.settings(&[]);
    let ran = room.deploy(&[]);
    assert_eq!(ran.code, Some(1));
    for (key, _) in SETTINGS {
        let missing = format!("`{key}` is missing");
        assert!(ran.stderr.contains(&missing), "{key}: {ran:?}");
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
            .any(|call| call.short().ends_with("gate/shop/prod/deploy.lock.json")),
        "{calls:?}"
    );
}
