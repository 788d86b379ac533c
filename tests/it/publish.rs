//! Findings and verdicts in Security Hub: what it holds after a run, a second one, a kill at any call, and everything
//! that the service can refuse.

use std::collections::BTreeSet;
use std::fs;
use std::time::SystemTime;

use gate_core::time::Moment as When;
use serde_json::{Value, json};

use crate::aws::{ALWAYS, Answer, Aws, Give, Moment};
use crate::gate::{Folder, Ran, each};

const IMPORT: &str = "BatchImportFindings";

/// A report of Bandit with a finding in each of some files; with an error it is partial.
fn bandit(files: impl IntoIterator<Item = usize>, partial: bool) -> String {
    let finding = |n| {
        json!({
            "filename": format!("src/module{n}.py"), "test_id": "B105", "test_name": "hardcoded_password_string",
            "issue_severity": "HIGH", "issue_confidence": "MEDIUM", "issue_text": "Possible hardcoded password",
            "line_number": 4, "line_range": [4], "code": "4 PASSWORD = 'CANARY-7d1f'\n",
            "more_info": "https://bandit.readthedocs.io/en/1.9.4/plugins/b105_hardcoded_password_string.html",
        })
    };
    let results: Vec<Value> = files.into_iter().map(finding).collect();
    let errors = if partial {
        vec![
            json!({"filename": "src/broken.py", "reason": "syntax error while parsing AST from file"}),
        ]
    } else {
        vec![]
    };
    let totals = json!({"loc": 9});
    json!({
        "errors": errors, "generated_at": "2026-11-21T02:58:40Z",
        "metrics": {"_totals": totals, "src/a.py": totals}, "results": results,
    })
    .to_string()
}

/// Now, and so many minutes later.
fn at(minutes: i64) -> String {
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap();
    let now = i64::try_from(now.as_secs()).unwrap();
    When::from_unix(now + 60 * minutes).unwrap().to_string()
}

/// What an evaluation of a report is called with; a fail leaves the gate open.
fn arguments<'a>(report: &'a str, at: &'a str) -> Vec<&'a str> {
    let publish = ["--publish", "securityhub", "--at", at, "--monitor"];
    [&["evaluate", "sast", "--report", report][..], &publish].concat()
}

fn evaluate(aws: &Aws, folder: &Folder, report: &str, minutes: i64) -> Ran {
    let path = folder.file("bandit.json", report).display().to_string();
    aws.gate(folder, &arguments(&path, &at(minutes)))
}

/// How many findings were sent in each import.
fn imports(aws: &Aws) -> Vec<usize> {
    let calls = aws.calls().into_iter();
    let imports = calls.filter(|call| call.operation == IMPORT);
    imports
        .map(|call| call.json()["Findings"].as_array().unwrap().len())
        .collect()
}

/// Files of the findings that are active, and whether the verdict is.
fn active(aws: &Aws) -> (BTreeSet<String>, bool) {
    let held = aws.hub().held();
    let active = held.values().filter(|held| held.is_active());
    let (verdicts, findings): (Vec<_>, Vec<_>) =
        active.partition(|held| held.finding["Id"].as_str().unwrap().ends_with("/verdict"));
    let file = |finding: &Value| {
        finding["Resources"][0]["Details"]["Other"]["path"]
            .as_str()
            .map(str::to_owned)
    };
    let files = findings.iter().filter_map(|held| file(&held.finding));
    (files.collect(), verdicts.len() == 1)
}

fn files(numbers: impl IntoIterator<Item = usize>) -> BTreeSet<String> {
    numbers
        .into_iter()
        .map(|n| format!("src/module{n}.py"))
        .collect()
}

/// No finding was taken more often than once.
fn assert_once(aws: &Aws) {
    for (id, held) in aws.hub().held() {
        assert_eq!(held.sent.len(), 1, "{id}");
    }
}

fn pending(folder: &Folder) -> usize {
    fs::read_dir(folder.path().join(".gate/state/outbox")).map_or(0, Iterator::count)
}

#[test]
fn ten_thousand_are_sent_once_and_then_only_what_has_changed() {
    let (aws, folder) = (Aws::start(), Folder::new());
    let ran = evaluate(&aws, &folder, &bandit(0..10_000, false), 0);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(active(&aws), (files(0..10_000), true));
    // Not a call more than needed, and none refused for coming too early.
    assert_eq!(imports(&aws).len(), 101);
    assert!(aws.calls().iter().all(|call| call.status == 200));
    assert_once(&aws);
    assert!(
        !aws.calls()
            .iter()
            .any(|call| call.text().contains("CANARY"))
    );

    let ran = evaluate(&aws, &folder, &bandit(0..10_000, false), 1);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(imports(&aws).len(), 101, "nothing has changed");

    let ran = evaluate(&aws, &folder, &bandit(1..10_000, false), 2);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    // The one that is fixed, and the verdict, which counts one less.
    assert_eq!(imports(&aws)[101..], [2]);
    assert_eq!(active(&aws), (files(1..10_000), true));
    assert_eq!(aws.hub().held().len(), 10_001);

    let ran = evaluate(&aws, &folder, &bandit(1..5_000, true), 3);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    assert_eq!(imports(&aws)[102..], [1], "the verdict alone");
    assert_eq!(active(&aws), (files(1..10_000), true));
    assert_eq!((pending(&folder), aws.hub().stale()), (0, 0));
}

#[test]
fn killed_at_any_call_it_goes_on_where_it_ended_and_nothing_is_taken_twice() {
    let points = (1..=10).flat_map(|n| [(n, Moment::Before), (n, Moment::After)]);
    each(points, |(n, moment)| {
        let (aws, folder) = (Aws::start(), Folder::new());
        let path = folder
            .file("bandit.json", bandit(0..1_100, false))
            .display()
            .to_string();
        let mut command = folder.command(&arguments(&path, &at(0)));
        assert!(
            aws.killed_at(("securityhub", IMPORT), n, moment, &mut command),
            "{n}"
        );
        aws.heal();
        assert_eq!(pending(&folder), 1);
        let ran = aws.gate(&folder, &["publish", "--pending"]);
        assert_eq!(ran.code, 0, "{n} {moment:?}: {}", ran.stderr);
        assert_eq!(active(&aws), (files(0..1_100), true), "{n} {moment:?}");
        assert_once(&aws);
        let before = imports(&aws).len();
        let ran = aws.gate(&folder, &["publish", "--pending"]);
        assert_eq!(
            (ran.code, &*ran.stdout),
            (0, "nothing is to be published\n")
        );
        assert_eq!((imports(&aws).len(), pending(&folder)), (before, 0));
    });
}

#[test]
fn what_passes_is_tried_again_until_everything_is_there_once() {
    let rows = [
        ("throttled", 1..=3, Give::Throttled),
        ("broken", 1..=2, Give::Broken),
        ("cut before", 1..=2, Give::CutBefore),
        ("cut within", 1..=2, Give::CutWithin),
        ("cut after", 1..=2, Give::CutAfter),
        ("garbage", 1..=1, Give::Garbage),
        (
            "an answer that does not add up",
            1..=1,
            Give::Answer(Answer::json(
                200,
                &json!({"FailedCount": 0, "SuccessCount": 7}),
            )),
        ),
        (
            "a batch rejected as a whole",
            1..=1,
            Give::Answer(rejection()),
        ),
    ];
    each(rows, |(what, calls, give)| {
        let (aws, folder) = (Aws::start(), Folder::new());
        aws.fault("securityhub", IMPORT, calls, give);
        let ran = evaluate(&aws, &folder, &bandit(0..150, false), 0);
        assert_eq!(ran.code, 0, "{what}: {}", ran.stderr);
        assert_eq!(active(&aws), (files(0..150), true), "{what}");
        assert_eq!(pending(&folder), 0, "{what}");
        assert_once(&aws);
    });
}

fn rejection() -> Answer {
    let body = json!({"Code": "InvalidInputException", "Message": "Invalid parameter 'Findings'"});
    Answer::json(400, &body).with("x-amzn-errortype", "InvalidInputException")
}

#[test]
fn what_does_not_pass_is_said_with_what_to_do_and_stays_in_the_outbox() {
    type Set = fn(&Aws);
    let rows: [(&str, Set, &[&str], usize); 7] = [
        (
            "hub not enabled",
            |aws| aws.hub().disable(),
            &[
                "is not enabled in account",
                "aws securityhub enable-security-hub",
            ],
            0,
        ),
        (
            "no import",
            |aws| aws.fault("securityhub", IMPORT, ALWAYS, Give::Denied),
            &[
                "securityhub:BatchImportFindings",
                "product/",
                "\"Effect\":\"Allow\"",
            ],
            1,
        ),
        (
            "no reading",
            |aws| aws.fault("securityhub", "GetFindings", ALWAYS, Give::Denied),
            &[
                "securityhub:GetFindings",
                "hub/default",
                "\"Effect\":\"Allow\"",
            ],
            0,
        ),
        (
            "no identity",
            |aws| aws.fault("sts", "GetCallerIdentity", ALWAYS, Give::Denied),
            &["sts:GetCallerIdentity"],
            0,
        ),
        (
            "expired",
            |aws| aws.fault("securityhub", IMPORT, ALWAYS, Give::Expired),
            &["the credentials have expired"],
            1,
        ),
        (
            "everything rejected",
            |aws| aws.fault("securityhub", IMPORT, ALWAYS, Give::Answer(rejection())),
            &["rejects every finding", "InvalidInputException"],
            40,
        ),
        (
            "throttled without end",
            |aws| aws.fault("securityhub", IMPORT, ALWAYS, Give::Throttled),
            &[
                "not everything was acknowledged within 2 s",
                "gate publish --pending",
            ],
            20,
        ),
    ];
    each(rows, |(what, set, words, most)| {
        let (aws, folder) = (Aws::start(), Folder::new());
        folder.file("gate.toml", "format = 1\n[publish]\nwithin-seconds = 2\n");
        set(&aws);
        let ran = evaluate(&aws, &folder, &bandit(0..50, false), 0);
        assert_eq!(ran.code, 4, "{what}: {}", ran.stderr);
        assert!(ran.stdout.contains("verdict: "), "{what}: {}", ran.stdout);
        for word in ["error[gate::publish-incomplete]", "help: "]
            .iter()
            .chain(words)
        {
            assert!(ran.stderr.contains(word), "{what}: {word}: {}", ran.stderr);
        }
        assert!(imports(&aws).len() <= most, "{what}: {:?}", imports(&aws));
        assert_eq!((pending(&folder), aws.hub().held().len()), (1, 0), "{what}");
        // A gate that is closed ends as it would without.
        let path = folder
            .file("bandit.json", bandit(0..50, false))
            .display()
            .to_string();
        let arguments = [
            "evaluate",
            "sast",
            "--report",
            &path,
            "--publish",
            "securityhub",
        ];
        assert_eq!(aws.gate(&folder, &arguments).code, 1, "{what}");
    });
}

#[test]
fn of_some_that_failed_only_they_are_sent_again_or_named() {
    let other = Aws::start();
    evaluate(&other, &Folder::new(), &bandit(0..50, false), 0);
    let id = other.hub().active().into_iter().next().unwrap();
    let failed = |code: &str| {
        let failed = json!([{"Id": id, "ErrorCode": code, "ErrorMessage": "it is so"}]);
        Give::Answer(Answer::json(
            200,
            &json!({"FailedCount": 1, "SuccessCount": 50, "FailedFindings": failed}),
        ))
    };
    for (code, passes) in [("InternalFailure", true), ("InvalidInput", false)] {
        let (aws, folder) = (Aws::start(), Folder::new());
        aws.fault("securityhub", IMPORT, 1..=1, failed(code));
        let ran = evaluate(&aws, &folder, &bandit(0..50, false), 0);
        if passes {
            assert_eq!(
                (ran.code, imports(&aws)),
                (0, vec![51, 1]),
                "{}",
                ran.stderr
            );
            assert_eq!(pending(&folder), 0);
        } else {
            assert_eq!((ran.code, imports(&aws)), (4, vec![51]), "{}", ran.stderr);
            assert!(
                ran.stderr
                    .contains(&format!("`{id}`: InvalidInput: it is so")),
                "{}",
                ran.stderr
            );
            let ran = aws.gate(&folder, &["publish", "--pending", "--format", "json"]);
            assert_eq!(
                (ran.code, imports(&aws)),
                (0, vec![51, 1]),
                "{}",
                ran.stderr
            );
            assert_eq!(ran.json()["published"][0]["new"], 1);
        }
    }
}

#[test]
fn without_the_manifest_the_service_is_asked_so_that_dates_stay_and_what_is_gone_is_archived() {
    for lost in [".gate/state", ".gate"] {
        let (aws, folder) = (Aws::start(), Folder::new());
        evaluate(&aws, &folder, &bandit(0..150, false), 0);
        let created = |id: &str| aws.hub().held()[id].finding["CreatedAt"].clone();
        let before: Vec<_> = aws
            .hub()
            .active()
            .into_iter()
            .map(|id| (created(&id), id))
            .collect();
        fs::remove_dir_all(folder.path().join(lost)).unwrap();
        let ran = evaluate(&aws, &folder, &bandit(1..150, false), 1);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        // The one that is gone, and the verdict.
        assert_eq!(imports(&aws)[2..], [2], "{lost}");
        assert_eq!(active(&aws), (files(1..150), true), "{lost}");
        for (date, id) in before {
            assert_eq!(created(&id), date, "{lost}: {id}");
        }
    }
}

#[test]
fn a_manifest_that_cannot_be_read_is_never_taken_for_an_empty_one() {
    let (aws, folder) = (Aws::start(), Folder::new());
    evaluate(&aws, &folder, &bandit(0..5, false), 0);
    let manifests = folder.path().join(".gate/state/published");
    let manifest = fs::read_dir(&manifests)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    fs::write(&manifest, "{\"format\":2}").unwrap();
    let ran = evaluate(&aws, &folder, &bandit(0..3, false), 1);
    assert_eq!(ran.code, 4, "{}", ran.stderr);
    assert!(ran.stderr.contains("it is of format 2"), "{}", ran.stderr);
    assert_eq!(
        (imports(&aws).len(), active(&aws)),
        (1, (files(0..5), true))
    );
}

#[test]
fn of_several_records_that_are_pending_only_the_latest_is_published() {
    let (aws, folder) = (Aws::start(), Folder::new());
    aws.fault("securityhub", IMPORT, 1..=2, Give::Denied);
    for (minutes, findings) in [(1, 0..5), (0, 0..7)] {
        let ran = evaluate(&aws, &folder, &bandit(findings, false), minutes);
        assert_eq!(ran.code, 4, "{}", ran.stderr);
    }
    // What was judged as of an earlier moment gives way, though it came later.
    assert_eq!(pending(&folder), 1);
    let ran = aws.gate(&folder, &["publish", "--pending"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!((active(&aws), pending(&folder)), ((files(0..5), true), 0));
    let records = fs::read_dir(folder.path().join(".gate/records")).unwrap();
    for record in records {
        let name = record.unwrap().file_name().into_string().unwrap();
        let ran = aws.gate(&folder, &["publish", &name]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
    }
    assert_eq!(active(&aws), (files(0..5), true));
    assert_once(&aws);
}

#[test]
fn what_is_waived_is_shown_with_what_became_of_it() {
    let (aws, folder) = (Aws::start(), Folder::new());
    folder.file(
        "gate.toml",
        "format = 1\n[waivers]\nfile = \"waivers.toml\"\n[publish]\nsecurity-hub = true\n",
    );
    let (created, expires) = (at(-60), at(60 * 24 * 7));
    let waiver = format!(
        "format = 1\n[[waiver]]\nid = \"w1\"\nowner = \"team-shop\"\napproved-by = [\"security\"]\nreason = \"a test\"\n\
         ticket = \"SHOP-1\"\ncreated = {created}\nexpires = {expires}\n\
         [waiver.match]\nrule = \"B105\"\npath = \"src/module3.py\"\n"
    );
    folder.file("waivers.toml", waiver);
    let path = folder
        .file("bandit.json", bandit(0..5, false))
        .display()
        .to_string();
    let ran = aws.gate(
        &folder,
        &["evaluate", "sast", "--report", &path, "--monitor"],
    );
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    let held = aws.hub().held();
    let waived = held
        .values()
        .filter(|held| held.finding["ProductFields"]["gate/disposition"] == "waived");
    let waived: Vec<_> = waived.collect();
    assert_eq!(waived.len(), 1, "{}", ran.stdout);
    assert!(waived[0].is_active());
}
