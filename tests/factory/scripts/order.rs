//! What is asked in which order, and what is handed over.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;

use serde_json::Value;

use super::call::Call;
use super::room::{Room, SETTINGS, output};
use crate::tool::run;

/// All that is changed by a first deployment, in order.
const CHANGES: [&str; 23] = [
    "aws s3api put-object gate/shop/dev/deploy.lock.json",
    "terraform plan",
    "terraform apply",
    "aws cloudformation deploy shop-dev-foundation",
    "aws cloudformation update-termination-protection shop-dev-foundation",
    "aws s3api put-object gate/…/gate",
    "aws s3api put-object profile/…/profile.tar",
    "aws s3api put-object buildspecs/…/build.yml",
    "aws s3api put-object buildspecs/…/secrets.yml",
    "aws s3api put-object function/…/function.zip",
    "aws cloudformation deploy shop-dev-events",
    "aws cloudformation update-termination-protection shop-dev-events",
    "aws cloudformation deploy shop-dev-roles",
    "aws cloudformation update-termination-protection shop-dev-roles",
    "aws cloudformation deploy shop-dev-pipeline",
    "aws cloudformation update-termination-protection shop-dev-pipeline",
    "aws cloudformation deploy shop-dev-audit",
    "aws cloudformation update-termination-protection shop-dev-audit",
    "aws cloudformation deploy shop-dev-observability",
    "aws cloudformation update-termination-protection shop-dev-observability",
    "aws ssm label-parameter-version /gate/shop/dev/image",
    "aws ssm label-parameter-version /gate/shop/dev/secrets",
    // Verified and given back.
    "aws s3api delete-object gate/shop/dev/deploy.lock.json",
];

/// A digest is as good as any other here.
fn without_digest(call: &str) -> String {
    let words: Vec<String> = call
        .split('/')
        .map(|word| {
            if word.len() == 64 && !word.contains(' ') {
                "…".to_owned()
            } else {
                word.to_owned()
            }
        })
        .collect();
    words.join("/")
}

#[test]
fn deploy_asks_in_order() {
    let room = Room::new();
    room.deploy(&[]).success();
    let calls = room.calls();
    let changes: Vec<String> = calls
        .iter()
        .filter(|call| call.changes())
        .map(|call| without_digest(&call.short()))
        .collect();
    assert_eq!(changes, CHANGES);

    let all: Vec<String> = calls.iter().map(Call::short).collect();
    let position = |wanted: &str| {
        all.iter()
            .position(|call| call == wanted)
            .unwrap_or_else(|| panic!("{wanted}: {all:#?}"))
    };
    // Who we are is known before anything of the account is touched, and a plan is only made of what is valid.
    assert!(
        position("aws sts get-caller-identity")
            < position("aws s3api put-object gate/shop/dev/deploy.lock.json")
    );
    assert!(position("terraform init") < position("terraform validate"));
    assert!(position("terraform validate") < position("terraform plan"));
    // Its outputs are read before, to see whose state it is, and afterwards, for what follows.
    let outputs = all.iter().rposition(|call| call == "terraform output");
    assert!(position("terraform output") < position("terraform plan"));
    assert!(Some(position("terraform apply")) < outputs);
    // The profile is shown to the program that will read it, before it is locked away with it.
    let uploads = all
        .iter()
        .position(|call| call.starts_with("aws s3api put-object gate/") && call.ends_with("/gate"))
        .unwrap();
    assert!(position("aws kms get-public-key") < position("gate explain profile"));
    assert!(position("gate explain profile") < uploads);
    // What is verified is asked last.
    assert!(
        position("aws codepipeline get-pipeline the PipelineName")
            > position("aws ssm label-parameter-version /gate/shop/dev/secrets")
    );
    assert_eq!(
        all.last().unwrap(),
        "aws s3api delete-object gate/shop/dev/deploy.lock.json"
    );
}

#[test]
fn a_second_deployment_applies_and_uploads_nothing() {
    let room = Room::new();
    room.deploy(&[]).success();
    room.calls();
    let objects = fs::read_dir(room.path("state/objects")).unwrap().count();
    room.deploy(&[]).success();
    let calls: Vec<String> = room.calls().iter().map(Call::short).collect();
    for done in ["terraform apply", "aws ssm label-parameter-version"] {
        assert!(
            !calls.iter().any(|call| call.starts_with(done)),
            "{calls:#?}"
        );
    }
    // Its archives have the same bytes, so what is there is what is wanted.
    assert_eq!(
        objects,
        fs::read_dir(room.path("state/objects")).unwrap().count()
    );
}

#[test]
fn each_stack_is_given_the_parameters_of_the_contract() {
    let room = Room::new();
    room.deploy(&[]).success();
    let contract = room.contract();
    let settings = BTreeMap::from(SETTINGS);
    for stack in room.stacks() {
        let file = room.read(&format!("state/parameters/shop-dev-{stack}"));
        let given: Value = serde_json::from_str(&file).unwrap();
        let given: BTreeMap<&str, &str> = given
            .as_array()
            .unwrap()
            .iter()
            .map(|pair| pair.as_str().unwrap().split_once('=').unwrap())
            .collect();
        let mut wanted = BTreeMap::new();
        for row in contract["values"].as_array().unwrap() {
            for (parameter, stacks) in row["parameters"].as_object().into_iter().flatten() {
                if stacks
                    .as_array()
                    .unwrap()
                    .iter()
                    .any(|name| name == stack.as_str())
                {
                    wanted.insert(parameter.as_str(), &row["from"]);
                }
            }
        }
        assert_eq!(
            given.keys().collect::<Vec<_>>(),
            wanted.keys().collect::<Vec<_>>(),
            "{stack}"
        );
        for (parameter, from) in wanted {
            let value = given[parameter];
            if let Some(setting) = from["setting"].as_str() {
                assert_eq!(value, settings[setting], "{stack} {parameter}");
            } else if from["file"].is_string() {
                assert!(
                    value.len() == 64 && value.bytes().all(|byte| byte.is_ascii_hexdigit()),
                    "{value}"
                );
            } else if parameter == "PrivateSubnetIds" {
                assert_eq!(value, output("private_subnet_ids"));
            } else {
                let name = from["output"].as_str().unwrap();
                assert_eq!(value, output(name), "{stack} {parameter}");
            }
        }
    }
    let variables: Value = serde_json::from_str(&room.read("state/variables.json")).unwrap();
    assert_eq!(variables["project"], "shop");
    // Where the pipeline's source is makes nobody on GitHub anything: that name may be a stranger's there.
    let names: Vec<&String> = variables.as_object().unwrap().keys().collect();
    assert!(
        !names
            .iter()
            .any(|name| name.contains("source") || name.contains("github")),
        "{names:?}"
    );
}

#[test]
fn what_is_uploaded_is_named_by_its_digest() {
    let room = Room::new();
    room.deploy(&[]).success();
    let mut seen = 0;
    for entry in fs::read_dir(room.path("state/objects")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let (kind, rest) = name.split_once('%').unwrap();
        let (digest, _) = rest.split_once('%').unwrap_or((rest, ""));
        if ["gate", "profile", "function"].contains(&kind) {
            let said = run(std::process::Command::new("sha256sum").arg(&path)).success();
            assert!(said.trim_start_matches('\\').starts_with(digest), "{name}");
            seen += 1;
        }
        if kind == "function" {
            let listed = run(std::process::Command::new("unzip")
                .args(["-Z", "-T"])
                .arg(&path))
            .success();
            let files: Vec<Vec<&str>> = listed
                .lines()
                .map(|line| line.split_whitespace().collect())
                .filter(|words: &Vec<&str>| words.len() == 8)
                .collect();
            let names: Vec<(&str, &str)> = files.iter().map(|words| (words[7], words[0])).collect();
            let wanted = [
                ("bootstrap", "-rwxr-xr-x"),
                ("gate", "-rwxr-xr-x"),
                ("gate.toml", "-rw-r--r--"),
                ("keys/gate.pub", "-rw-r--r--"),
                ("waivers.toml", "-rw-r--r--"),
            ];
            assert_eq!(names, wanted, "{listed}");
            // As it is: what packing makes of it depends on the program that packs.
            assert!(
                files
                    .iter()
                    .all(|words| words[5] == "stor" && words[6] == "19800102.000000"),
                "{listed}"
            );
        }
        if kind == "profile" {
            let listed = run(std::process::Command::new("tar")
                .arg("--list")
                .arg("--verbose")
                .arg("--numeric-owner")
                .arg("--file")
                .arg(&path))
            .success();
            let names: Vec<&str> = listed
                .lines()
                .filter_map(|line| line.split_whitespace().last())
                .collect();
            assert_eq!(
                names,
                ["gate.toml", "keys/", "keys/gate.pub", "waivers.toml"]
            );
            assert!(
                listed
                    .lines()
                    .all(|line| line.contains(" 0/0 ") && line.contains("1970-01-01")),
                "{listed}"
            );
            // Findings of one application are none of another's.
            let mut unpack = std::process::Command::new("tar");
            unpack.args(["--extract", "--to-stdout", "--file"]);
            let profile = run(unpack.arg(&path).arg("gate.toml")).success();
            assert!(profile.contains("\nscope = \"shop\"\n"), "{profile}");
        }
    }
    assert_eq!(seen, 3);
}

/// The words of its command line can be read by everybody on the machine, and stand in its logs.
#[test]
fn no_private_setting_is_on_a_command_line() {
    let room = Room::new();
    let contract = room.contract();
    let private: Vec<&str> = SETTINGS
        .iter()
        .filter(|(key, _)| contract["settings"][key]["private"] == true)
        .map(|(_, value)| *value)
        .collect();
    assert!(private.len() >= 2);
    let traced = room.run(
        "deploy",
        &["--yes"],
        &[("SHELLOPTS", "xtrace"), ("PS4", "+")],
    );
    for call in room.calls() {
        for value in &private {
            assert!(!call.0.iter().any(|word| word.contains(value)), "{call:?}");
        }
    }
    // No program that the scripts call by themselves (`jq`, `sed`, …) is told it, either: bash says each before it runs it.
    for line in traced.stderr.lines().filter(|line| line.starts_with('+')) {
        let program = line
            .trim_start_matches('+')
            .trim_start()
            .split(' ')
            .next()
            .unwrap();
        if ["jq", "sed", "sha256sum", "cp", "tar", "zip", "date"].contains(&program) {
            assert!(!private.iter().any(|value| line.contains(value)), "{line}");
        }
    }
    assert!(
        traced
            .stderr
            .lines()
            .any(|line| line.starts_with("++ jq") || line.starts_with("+ jq")),
        "{}",
        traced.stderr
    );
}

#[test]
fn what_is_written_down_only_its_owner_can_read() {
    let room = Room::new();
    room.deploy(&[]).success();
    let modes = room.read("state/modes");
    assert!(modes.lines().count() > 20, "{modes}");
    for line in modes.lines() {
        let (mode, file) = line.split_once(' ').unwrap();
        // What goes into the function's package is readable for the service. The folder around it is not, so nobody gets there.
        let packed = file == "function" || file.starts_with("function/");
        let right = if packed {
            ["755", "644"]
        } else {
            ["700", "600"]
        };
        assert!(right.contains(&mode), "{line}");
    }
    // The folder itself, once for each stack.
    assert_eq!(
        modes.lines().filter(|line| *line == "700 ").count(),
        room.stacks().len()
    );
    for file in ["settings.json", "function/bootstrap", "profile/gate.toml"] {
        assert!(modes.contains(&format!(" {file}\n")), "{modes}");
    }
}

#[test]
fn works_from_everywhere() {
    let room = Room::new();
    fs::create_dir_all(room.path("else where")).unwrap();
    symlink(
        room.path("project/iac/deploy"),
        room.path("else where/a link"),
    )
    .unwrap();
    fs::copy(
        room.path("project/iac/settings.env"),
        room.path("else where/my settings.env"),
    )
    .unwrap();
    fs::remove_file(room.path("project/iac/settings.env")).unwrap();
    let folders = [
        ("else where", "my settings.env"),
        ("project", "../else where/my settings.env"),
        (
            "project/iac/terraform",
            "../../../else where/my settings.env",
        ),
    ];
    let mut changes = Vec::new();
    for (folder, settings) in folders {
        let mut command = room.script("deploy", &["--yes", "--settings", settings]);
        command.current_dir(room.path(folder));
        run(&mut command).success();
        let calls = room.calls();
        changes.push(calls.iter().filter(|call| call.changes()).count());
        assert!(calls.iter().any(|call| call.0.contains(
            &format!("-chdir={}", room.path("project/iac/terraform/environments/dev").display())
        )));
    }
    // By a link in another folder, with a search path for `cd` that would lead astray.
    let mut command = room.script("deploy", &["--yes", "--settings", "my settings.env"]);
    command
        .args(["--environment", "dev"])
        .current_dir(room.path("else where"))
        .env("CDPATH", room.folder());
    run(&mut command).success();
    assert!(
        changes[1] < changes[0] && changes[1] == changes[2],
        "{changes:?}"
    );
}

#[test]
fn a_dry_run_changes_nothing() {
    let room = Room::new();
    // Of a factory that is not there, and of one that is.
    for after in [false, true] {
        if after {
            room.deploy(&[]).success();
            room.calls();
            room.write(
                "project/iac/buildspecs/build.yml",
                "version: 0.2 # changed\n",
            );
        }
        let said = room.run("deploy", &["--dry-run"], &[]).success();
        let calls = room.calls();
        assert!(calls.len() > 7, "{calls:?}");
        for call in &calls {
            assert!(!call.changes(), "{call:?}");
        }
        assert!(calls.iter().any(|call| call.short() == "terraform plan"));
        for stack in room.stacks() {
            let line = said
                .lines()
                .find(|line| line.starts_with(&format!("stack shop-dev-{stack}:")))
                .unwrap();
            assert_eq!(line.ends_with("would be created"), !after, "{line}");
        }
        if after {
            assert!(said.contains("BuildspecsDigest: "), "{said}");
            assert!(said.contains("/build.yml: would be uploaded"), "{said}");
            assert!(said.contains("/gate: is there"), "{said}");
            assert!(!said.contains("would be labelled"), "{said}");
        }
        assert!(!room.there("state/modes") || after);
    }
    std::fs::remove_file(room.path("state/labels")).unwrap();
    let said = room.run("deploy", &["--dry-run"], &[]).success();
    assert!(
        said.contains("threshold /gate/shop/dev/image: version 3 would be labelled `deployed`"),
        "{said}"
    );
}

#[test]
fn without_anybody_to_ask_nothing_is_applied() {
    let room = Room::new();
    let ran = room.run("deploy", &[], &[]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(
        ran.stderr.contains("nobody is there to be asked") && ran.stderr.contains("--yes"),
        "{ran:?}"
    );
    assert!(
        !room
            .calls()
            .iter()
            .any(|call| call.short() == "terraform apply")
    );
}

#[test]
fn begins_with_the_step_that_is_named() {
    let room = Room::new();
    room.deploy(&[]).success();
    room.calls();
    for (step, changes) in [
        ("verify", 0),
        ("labels", 0),
        ("observability", 2),
        ("audit", 4),
        ("files", 15),
        ("foundation", 17),
    ] {
        room.run("deploy", &["--yes", "--from", step], &[])
            .success();
        let calls = room.calls();
        // The lock is taken and given back each time.
        let changed = calls.iter().filter(|call| call.changes()).count() - 2;
        assert_eq!(
            changed,
            changes,
            "{step}: {:#?}",
            calls.iter().map(Call::short).collect::<Vec<_>>()
        );
    }
    // What the skipped steps should have made is not there.
    let fresh = Room::new();
    let ran = fresh.run("deploy", &["--yes", "--from", "events"], &[]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("terraform gives no `"), "{ran:?}");
    let ran = fresh.run("deploy", &["--from", "everything"], &[]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
}
