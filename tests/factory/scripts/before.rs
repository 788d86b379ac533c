//! What is looked at before anything is made: programs, concurrency, account and tools.

use serde_json::json;

use super::call::Call;
use super::room::{ARM, Room, X86, elf, stack};
use super::settings::with;

/// A function that can't start says so at its first event, when nobody looks.
#[test]
fn a_program_for_another_processor_is_refused() {
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

/// Where functions run there is the C library of Amazon Linux 2023.
#[test]
fn a_program_for_a_newer_c_library_is_refused() {
    for (program, needs, says) in [
        ("gate-lambda", "GLIBC_2.2.5\0GLIBC_2.34\0GLIBC_2.9\0", None),
        (
            "gate-lambda",
            "GLIBC_2.34\0GLIBC_2.36\0GLIBC_2.9\0",
            Some("2.36"),
        ),
        ("gate for arm", "GLIBC_2.35\0GLIBC_2.17\0", Some("2.35")),
    ] {
        let room = Room::new();
        room.program(&format!("project/built here/{program}"), &elf(ARM, needs));
        let ran = room.deploy(&[]);
        assert_eq!(ran.code, Some(i32::from(says.is_some())), "{ran:?}");
        if let Some(version) = says {
            let wanted = format!(
                "`built here/{program}` needs glibc {version}, and there is 2.34 where functions run"
            );
            assert!(ran.stderr.contains(&wanted), "{ran:?}");
            assert!(
                !room
                    .calls()
                    .iter()
                    .any(|call| call.short().ends_with("/gate"))
            );
        }
    }
}

/// A new account has so little concurrency that none can be reserved: that is found out before anything is made.
#[test]
fn too_little_concurrency_is_said_before_anything_is_made() {
    let functions = stack("events").all("AWS::Lambda::Function");
    let reserved: u64 = functions
        .iter()
        .map(|(_, function)| function["ReservedConcurrentExecutions"].as_u64().unwrap())
        .sum();
    let free = |free: u64| json!({"AccountLimit": {"ConcurrentExecutions": 1000, "UnreservedConcurrentExecutions": free}});
    let refused = format!("functions reserve {reserved} of the concurrency in eu-central-1");
    for (answer, events, says) in [
        (free(100 + reserved), None, None),
        (free(99 + reserved), None, Some(&*refused)),
        (free(10), Some("ROLLBACK_COMPLETE"), Some(&*refused)),
        // What is reserved for ours is no longer free.
        (free(100), Some("UPDATE_ROLLBACK_COMPLETE"), None),
        (json!({}), None, Some("does not say how much concurrency")),
    ] {
        let room = Room::new();
        room.answer("lambda.get-account-settings", &answer);
        if let Some(status) = events {
            room.write("state/stacks/shop-dev-events", status);
            room.write("state/parameters/shop-dev-events", "[]");
        }
        let ran = room.deploy(&[]);
        assert_eq!(
            ran.code,
            Some(i32::from(says.is_some())),
            "{answer}: {ran:?}"
        );
        if let Some(says) = says {
            assert!(ran.stderr.contains(says), "{ran:?}");
            assert!(!room.calls().iter().any(Call::changes));
        }
    }
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
        &json!({"Account": "999999999999", "Arn": "arn:aws:iam::999999999999:user/x"}),
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
