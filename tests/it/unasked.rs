//! A run that asks nothing of AWS: no client, no credentials, no connection. And metrics, which ask nothing of it either.

use std::fs;
use std::io::ErrorKind;
use std::net::TcpListener;

use crate::gate::{Folder, Ran, report};

/// Everything that would lead a client of AWS somewhere leads to one port.
#[test]
fn without_options_of_aws_nobody_is_asked_and_no_credentials_are_looked_for() {
    let somewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    somewhere.set_nonblocking(true).unwrap();
    let address = format!("http://{}", somewhere.local_addr().unwrap());
    let folder = Folder::new();
    // Who reads them, fails.
    let config = folder.file("config", "this is no file of settings\n[");
    let trivy = report("trivy/clean.json").display().to_string();
    for arguments in [
        &["evaluate", "image", "--report", &trivy][..],
        &["explain", "profile"],
        &["normalize", "--report", &trivy],
    ] {
        let mut command = folder.command(arguments);
        for name in [
            "AWS_ENDPOINT_URL",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            "AWS_EC2_METADATA_SERVICE_ENDPOINT",
            "HTTP_PROXY",
            "HTTPS_PROXY",
        ] {
            command.env(name, &address);
        }
        command
            .env("AWS_CONFIG_FILE", &config)
            .env("AWS_CA_BUNDLE", "/nowhere");
        let ran = Ran::of(&mut command);
        assert_eq!((ran.code, &*ran.stderr), (0, ""), "{ran:?}");
        let asked = somewhere.accept().map(|(_, from)| from);
        assert_eq!(
            asked.unwrap_err().kind(),
            ErrorKind::WouldBlock,
            "{arguments:?}"
        );
    }
}

#[test]
fn each_evaluation_adds_a_line_of_metrics() {
    let folder = Folder::new();
    let name = "metrics.jsonl";
    for (report_name, outcome, code) in [
        ("trivy/clean.json", "pass", 0),
        ("trivy/image.json", "fail", 1),
        ("empty", "error", 3),
    ] {
        let path = report(report_name).display().to_string();
        let arguments = [
            "evaluate",
            "image",
            "--report",
            &path,
            "--metrics",
            name,
            "--format",
            "json",
        ];
        let ran = folder.gate(&arguments);
        assert_eq!(ran.code, code, "{ran:?}");
        let lines = fs::read_to_string(folder.path().join(name)).unwrap();
        let last: serde_json::Value = serde_json::from_str(lines.lines().last().unwrap()).unwrap();
        let verdict = ran.json();
        assert_eq!(last["Outcome"], outcome);
        assert_eq!(last["Record"], verdict["record"]);
        assert_eq!(last["Findings"], verdict["counts"]["findings"]);
    }
    let lines = fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!(lines.lines().count(), 3);
}

#[test]
fn metrics_that_cannot_be_written_are_said_and_close_the_gate() {
    let folder = Folder::new();
    let trivy = report("trivy/clean.json").display().to_string();
    let ran = folder.gate(&[
        "evaluate",
        "image",
        "--report",
        &trivy,
        "--metrics",
        "no/such/folder",
    ]);
    assert_eq!(ran.code, 4, "{ran:?}");
    assert!(
        ran.stderr.contains("answer-not-written") && ran.stderr.contains("no/such/folder"),
        "{ran:?}"
    );
    let to_stderr = folder.gate(&[
        "evaluate",
        "image",
        "--report",
        &trivy,
        "--metrics",
        "stderr",
    ]);
    let line: serde_json::Value = serde_json::from_str(to_stderr.stderr.trim()).unwrap();
    assert_eq!((to_stderr.code, &line["Open"]), (0, &1.into()));
}
