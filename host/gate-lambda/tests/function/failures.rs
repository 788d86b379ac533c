//! What the program's end means for the message: done, or to be delivered again.

use std::fs::{self, File};
use std::io::Read as _;
use std::process::Command;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use crate::lambda::Lambda;
use crate::package::{Package, batch, digest, guardduty, scan};
use serde_json::json;

#[test]
fn only_a_verdict_with_complete_evidence_is_an_end() {
    for (mode, done) in [
        ("pass 0", true),
        ("warn 0", true),
        ("fail 1", true),
        ("fail 0", false),
        ("pass 1", false),
        ("error 0", false),
        ("error 3", false),
        ("usage 2", false),
        ("pass 4", false),
        ("pass 77", false),
        ("garbage 0", false),
        ("silent 0", false),
        ("flood 0", false),
        ("killed", false),
    ] {
        let package = Package::new();
        let function = package.events();
        package.mode(mode);
        let event = batch(&[guardduty("1").to_string()]);
        assert_eq!(function.invoke(&event).failed().is_empty(), done, "{mode}");
        package.forget();
        package.mode("pass 0");
        assert!(function.invoke(&event).failed().is_empty());
        let again = usize::from(!done);
        assert_eq!(
            package.calls().len(),
            again,
            "{mode}: what failed is tried again"
        );
    }
}

#[test]
fn a_closed_gate_is_an_end_only_when_everything_is_published() {
    for (publish, mode, told) in [
        ("securityhub", "fail 1", true),
        ("securityhub", "pass 0", false),
        ("none", "fail 1", false),
    ] {
        let package = Package::new();
        let mut command = package.command();
        let function = Lambda::start(command.env("GATE_PUBLISH", publish));
        package.mode(mode);
        fs::write(package.path("publish"), "4\n").unwrap();
        let event = batch(&[guardduty("1").to_string()]);
        assert_eq!(
            function.invoke(&event).failed().is_empty(),
            !told,
            "{publish} {mode}"
        );
        let calls = package.calls();
        let asked = calls.iter().any(|call| call.starts_with("publish sha256:"));
        assert_eq!(asked, told, "{calls:?}");
        assert_eq!(calls[0].contains("--publish="), publish != "none");
        fs::write(package.path("publish"), "0\n").unwrap();
        assert!(function.invoke(&event).failed().is_empty());
    }
}

#[test]
fn only_a_verdict_that_proves_something_is_signed_and_it_has_to_be() {
    let scanned = json!({"repositoryName": "shop", "imageId": {"imageDigest": digest(1)},
        "imageScanStatus": {"status": "COMPLETE"}});
    for (mode, signs, done) in [
        ("pass 0", true, true),
        ("fail 1", true, true),
        ("fail 1", false, false),
    ] {
        let package = Package::new();
        package
            .aws
            .answers("DescribeImageScanFindings", &[(200, scanned.clone())]);
        let mut command = package.command();
        let function = Lambda::start(command.env("GATE_SIGN", "awskms:///alias/gate"));
        package.mode(mode);
        if signs {
            fs::write(package.path("signs"), "").unwrap();
        }
        let events = batch(&[guardduty("1").to_string(), scan(1).to_string()]);
        let failed = function.invoke(&events).failed();
        assert_eq!(failed.is_empty(), done, "{mode} {signs}: {failed:?}");
        let calls = package.calls();
        let calls = calls.iter().filter(|call| call.starts_with("evaluate"));
        let signed: Vec<_> = calls
            .map(|call| call.contains("--sign=awskms:///alias/gate"))
            .collect();
        assert_eq!(signed, [false, true]);
    }
}

#[test]
fn who_does_not_end_in_time_is_killed_with_all_that_it_started() {
    let package = Package::new();
    let function = package.events();
    package.mode("late");
    let alive = package.path("alive");
    assert!(
        Command::new("mkfifo")
            .arg(&alive)
            .status()
            .unwrap()
            .success()
    );
    let (gone, ended) = channel();
    thread::spawn(move || {
        let end = File::open(alive).and_then(|mut pipe| pipe.read_to_end(&mut Vec::new()));
        gone.send(end.unwrap())
    });
    let event = batch(&[guardduty("1").to_string(), guardduty("2").to_string()]);
    let failed = function
        .invoke_for(&event.to_string(), Duration::from_secs(12))
        .failed();
    assert_eq!(failed, ["m0", "m1"], "there was no time for the second");
    assert_eq!(package.calls().len(), 1);
    // Long before it would have ended by itself.
    assert_eq!(ended.recv_timeout(Duration::from_secs(60)), Ok(0));
    package.mode("pass 0");
    assert!(function.invoke(&event).failed().is_empty());
}

#[test]
fn without_time_nothing_is_begun() {
    let package = Package::new();
    let function = package.events();
    let event = batch(&[guardduty("1").to_string()]).to_string();
    assert_eq!(function.invoke_for(&event, Duration::ZERO).failed(), ["m0"]);
    assert!(package.calls().is_empty());
}

#[test]
fn a_program_that_is_gone_is_a_failure_until_it_is_back() {
    let package = Package::new();
    let function = package.events();
    // It has begun: a package that lacks its program from the start does not.
    let first = batch(&[guardduty("0").to_string()]);
    assert!(function.invoke(&first).failed().is_empty());
    let event = batch(&[guardduty("1").to_string()]);
    fs::rename(package.path("gate"), package.path("away")).unwrap();
    assert_eq!(function.invoke(&event).failed(), ["m0"]);
    fs::rename(package.path("away"), package.path("gate")).unwrap();
    assert!(function.invoke(&event).failed().is_empty());
}
