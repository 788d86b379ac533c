//! With the real program, where it is built: `GATE_PROGRAM` says where, or it lies beside this function.

use std::env;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::lambda::Lambda;
use crate::package::{Package, REPOSITORY, batch, digest, guardduty, scan};

fn program() -> Option<PathBuf> {
    let named = env::var_os("GATE_PROGRAM").map(PathBuf::from);
    if let Some(named) = named {
        assert!(named.is_file(), "GATE_PROGRAM names no file");
        return Some(named);
    }
    let built = Path::new(env!("CARGO_BIN_EXE_gate-lambda")).with_file_name("gate");
    if built.is_file() {
        return Some(built);
    }
    assert!(env::var_os("CI").is_none(), "there is no program");
    // Not with `eprintln!`, which the harness hides when a test passes.
    let said = b"SKIPPED: with the real program: there is none; `cargo dev build` makes it\n";
    io::stderr().write_all(said).unwrap();
    None
}

fn records(package: &Package) -> usize {
    fs::read_dir(package.path("store/records")).map_or(0, Iterator::count)
}

const PROFILE: &str = r#"
format = 1
scope = "shop"
[environments.production]
[signing]
verifier = "https://example.com/gate/production/v1"
resource = "oci://{subject}?env={environment}"
[[verify.trusted]]
verifier = "https://example.com/gate/production/v1"
key = "gate.pub"
"#;

#[test]
fn a_finding_of_guardduty_becomes_a_record_once() {
    let Some(program) = program() else { return };
    let package = Package::with(&program);
    let mut command = package.command();
    let function = Lambda::start(
        command
            .env("GATE_PUBLISH", "none")
            .env_remove("AWS_ENDPOINT_URL"),
    );
    for _ in 0..2 {
        let event = batch(&[guardduty("0006").to_string()]);
        assert!(function.invoke(&event).failed().is_empty());
        assert_eq!(records(&package), 1);
    }
    let log = function.log().join("\n");
    assert!(log.contains("runtime Pass sha256:"), "{log}");
    assert!(log.contains("\"Namespace\":\"gate\""), "{log}");
}

#[test]
fn what_the_one_function_signs_the_other_believes() {
    let Some(program) = program() else { return };
    let package = Package::with(&program);
    fs::write(package.path("gate.toml"), PROFILE).unwrap();
    let made = Command::new(&program)
        .args(["key", "new", "--format=json", "--output"])
        .arg(package.path("gate.key"))
        .output()
        .unwrap();
    let made: Value = serde_json::from_slice(&made.stdout).unwrap();
    fs::write(
        package.path("gate.pub"),
        made["public_key"].as_str().unwrap(),
    )
    .unwrap();
    let scanned = |severity: &str| {
        let finding = json!({"name": "CVE-2026-1", "severity": severity, "attributes": [
            {"key": "package_name", "value": "openssl"}, {"key": "package_version", "value": "3.0"}]});
        json!({"repositoryName": "shop", "imageId": {"imageDigest": digest(1)},
            "imageScanStatus": {"status": "COMPLETE"}, "imageScanFindings": {"findings": [finding],
            "findingSeverityCounts": {severity: 1}, "imageScanCompletedAt": 1_772_356_830.0}})
    };
    let mut events = package.command();
    events
        .env("GATE_PUBLISH", "none")
        .env("GATE_SIGN", package.path("gate.key"));
    let events = Lambda::start(&mut events);
    let mut verify = package.command();
    // Each function has a machine of its own; here they share one.
    fs::create_dir(package.path("tmp-of-verify")).unwrap();
    verify.env("TMPDIR", package.path("tmp-of-verify"));
    verify
        .env("GATE_FUNCTION", "verify")
        .env("GATE_REQUIRE", "production=image");
    let verify = Lambda::start(&mut verify);

    let cluster = "arn:aws:ecs:eu-central-1:111122223333";
    let revision = format!("{cluster}:service-revision/production/shop/1");
    let definition = format!("{cluster}:task-definition/shop:1");
    let image = format!("{REPOSITORY}@{}", digest(1));
    package.aws.answers(
        "DescribeServiceRevisions",
        &[(200, json!({"serviceRevisions": [{"serviceRevisionArn": revision, "taskDefinition": definition}]}))],
    );
    package.aws.answers(
        "DescribeTaskDefinition",
        &[(
            200,
            json!({"taskDefinition": {"taskDefinitionArn": definition,
            "containerDefinitions": [{"name": "shop", "image": image}]}}),
        )],
    );
    let hook = json!({"lifecycleStage": "PRE_SCALE_UP", "executionDetails": {
        "serviceArn": format!("{cluster}:service/production/shop"), "targetServiceRevisionArn": revision}});

    let mut event = scan(1);
    let steps = [
        // Nobody has judged it yet.
        (None, "FAILED"),
        (Some("MEDIUM"), "SUCCEEDED"),
        // What is found later closes the way again.
        (Some("CRITICAL"), "FAILED"),
    ];
    for (number, (severity, status)) in steps.into_iter().enumerate() {
        if let Some(severity) = severity {
            package
                .aws
                .answers("DescribeImageScanFindings", &[(200, scanned(severity))]);
            event["id"] = json!(number);
            let failed = events.invoke(&batch(&[event.to_string()])).failed();
            assert!(failed.is_empty(), "{severity}");
            assert_eq!(records(&package), number);
        }
        assert_eq!(verify.invoke(&hook).hook(), status, "{severity:?}");
    }
}
