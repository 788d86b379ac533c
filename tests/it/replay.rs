//! A record says everything: where the reports went, who altered what, and what would come out now.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use gate_core::canonical;
use gate_core::digest::Digest;
use serde_json::{Value, json};

use crate::gate::{Folder, each, files_below, report, workspace};
use crate::tools::six;

/// Late enough to be no past.
const AT: &str = "2990-01-01T00:00:00Z";

/// Judges reports at the image gate, with the evidence in `evidence/`; gives the record's name.
fn judge(folder: &Folder, reports: &[PathBuf], more: &[&str]) -> (i32, String) {
    let mut arguments = vec![
        "evaluate",
        "image",
        "--evidence",
        "evidence",
        "--format",
        "json",
    ];
    for report in reports {
        arguments.extend(["--report", report.to_str().unwrap()]);
    }
    arguments.extend(more);
    let ran = folder.gate(&arguments);
    let name = ran.json()["record"].as_str().unwrap().to_owned();
    (ran.code, name)
}

/// Replays a record from the evidence of a folder: exit code and answer.
fn replay(evidence: &Path, record: &str, more: &[&str]) -> (i32, Value) {
    let elsewhere = Folder::new();
    let evidence = evidence.to_str().unwrap();
    let arguments = ["replay", record, "--evidence", evidence, "--format", "json"];
    let ran = elsewhere.gate(&[&arguments[..], more].concat());
    assert_eq!(ran.stderr, "", "{ran:?}");
    (ran.code, ran.json())
}

fn record_of(evidence: &Path, name: &str) -> Value {
    let bytes = fs::read(blob(evidence, &name.parse().unwrap())).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

fn blob(evidence: &Path, digest: &Digest) -> PathBuf {
    evidence.join("blobs/sha256").join(digest.hex())
}

/// Puts a record into the store as gate would: its blob under its digest, and its entry.
fn publish(evidence: &Path, bytes: &[u8]) -> String {
    let digest = Digest::of(bytes);
    let path = blob(evidence, &digest);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
    fs::write(
        evidence.join("records").join(digest.hex()),
        format!("{digest}\n"),
    )
    .unwrap();
    digest.to_string()
}

/// Copies of the reports of every tool, so that they can be deleted.
fn copies(folder: &Folder) -> Vec<PathBuf> {
    let copy = |name: &str| folder.file(name, fs::read(report(name)).unwrap());
    six().map(|tool| copy(&tool.path(tool.findings))).collect()
}

#[test]
fn a_record_is_repeated_elsewhere_without_the_reports() {
    let folder = Folder::new();
    let reports = copies(&folder);
    let (code, name) = judge(&folder, &reports, &["--subject", "shop"]);
    assert_eq!(code, 1);
    for report in &reports {
        fs::remove_file(report).unwrap();
    }
    let moved = Folder::new();
    let evidence = moved.path().join("archive");
    fs::rename(folder.path().join("evidence"), &evidence).unwrap();
    let path = evidence.join("records").join(&name["sha256:".len()..]);
    let short = &name["sha256:".len()..][..12];
    for (level, seen) in [
        (None, "full"),
        (Some("decision"), "decision"),
        (Some("full"), "full"),
    ] {
        for record in [&*name, short, path.to_str().unwrap()] {
            let more = level.map_or(vec![], |level| vec!["--level", level]);
            let (code, answer) = replay(&evidence, record, &more);
            assert_eq!(
                (code, &answer["result"]),
                (0, &json!("reproduced")),
                "{answer}"
            );
            assert_eq!(answer["level"], seen, "{answer}");
            assert_eq!(answer["record"], *name, "{answer}");
            assert_eq!(answer["outcome"], "fail", "{answer}");
        }
    }
    // The path of an entry says where the store is.
    let ran = Folder::new().gate(&["replay", path.to_str().unwrap()]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.stdout
            .starts_with(&format!("reproduced: {name} (full level)")),
        "{ran:?}"
    );
}

#[test]
fn one_altered_byte_of_the_evidence_is_named() {
    let folder = Folder::new();
    let (_, name) = judge(&folder, &copies(&folder), &[]);
    let evidence = folder.path().join("evidence");
    let blobs = files_below(&evidence.join("blobs"));
    // Six reports, four policies, the findings, the record.
    assert_eq!(blobs.len(), 12);
    each(&blobs, |path| {
        let whole = fs::read(path).unwrap();
        for at in [0, whole.len() / 2, whole.len() - 1] {
            for bit in [1, 0x80] {
                let mut altered = whole.clone();
                altered[at] ^= bit;
                fs::write(path, altered).unwrap();
                assert_not_replayable(&evidence, &name, path);
            }
        }
        for shorter in [&whole[..whole.len() - 1], &[]] {
            fs::write(path, shorter).unwrap();
            assert_not_replayable(&evidence, &name, path);
        }
        fs::remove_file(path).unwrap();
        assert_not_replayable(&evidence, &name, path);
        fs::create_dir(path).unwrap();
        assert_not_replayable(&evidence, &name, path);
        fs::remove_dir(path).unwrap();
        fs::write(path, &whole).unwrap();
        let (code, answer) = replay(&evidence, &name, &[]);
        assert_eq!(
            (code, &answer["result"]),
            (0, &json!("reproduced")),
            "{answer}"
        );
    });
}

fn assert_not_replayable(evidence: &Path, name: &str, path: &Path) {
    let hex = path.file_name().unwrap().to_str().unwrap();
    for level in ["decision", "full"] {
        let (code, answer) = replay(evidence, name, &["--level", level, "--exit-code"]);
        assert_eq!(
            (code, &answer["result"]),
            (3, &json!("not-replayable")),
            "{path:?}: {answer}"
        );
        let missing = answer["missing"].as_str().unwrap();
        assert!(missing.contains(hex), "{path:?}: {missing}");
    }
}

#[test]
fn an_altered_entry_is_named() {
    let folder = Folder::new();
    let (_, name) = judge(&folder, &copies(&folder), &[]);
    let evidence = folder.path().join("evidence");
    let hex = &name["sha256:".len()..];
    let entry = evidence.join("records").join(hex);
    let whole = fs::read(&entry).unwrap();
    let mut one_digit = whole.clone();
    let digit = &mut one_digit[whole.len() / 2];
    *digit = if *digit == b'0' { b'1' } else { b'0' };
    for altered in [
        vec![],
        b"sha256:00\n".to_vec(),
        vec![0xFF; 80],
        one_digit,
        format!("{}\n", Digest::of(b"another")).into_bytes(),
    ] {
        assert_ne!(altered, whole);
        fs::write(&entry, altered).unwrap();
        let (code, answer) = replay(&evidence, &name, &[]);
        assert_eq!(
            (code, &answer["result"]),
            (3, &json!("not-replayable")),
            "{answer}"
        );
        assert!(
            answer["missing"].as_str().unwrap().contains(hex),
            "{answer}"
        );
    }
}

/// A row: what is altered, and the first place where a replay differs.
type Alteration = (&'static str, fn(&mut Value), &'static str);

/// Whoever can write to the store can make a record that is consistent in itself; its verdict is still not the one
/// that its evidence gives.
#[test]
fn a_record_with_another_verdict_diverges_there() {
    let folder = Folder::new();
    let image = [report("trivy/image.json")];
    let (code, name) = judge(&folder, &image, &[]);
    assert_eq!(code, 1);
    let evidence = folder.path().join("evidence");
    let original = record_of(&evidence, &name);
    let rows: [Alteration; 8] = [
        (
            "the outcome",
            |r| r["verdict"]["outcome"] = json!("pass"),
            "/verdict/outcome",
        ),
        (
            "the reasons",
            |r| r["verdict"]["reasons"] = json!([]),
            "/verdict/reasons",
        ),
        (
            "a policy's outcome",
            |r| r["verdict"]["policies"][0]["outcome"] = json!("pass"),
            "/verdict/policies/0/outcome",
        ),
        (
            "a count",
            |r| r["verdict"]["counts"]["findings"] = json!(0),
            "/verdict/counts/findings",
        ),
        (
            "the gate",
            |r| r["verdict"]["gate"] = json!("sca"),
            "/verdict/gate",
        ),
        (
            "the moment",
            |r| r["verdict"]["evaluated_at"] = json!(AT),
            "/verdict/evaluated_at",
        ),
        (
            "a report's completeness",
            |r| r["reports"][0]["completeness"] = json!("partial"),
            "/reports/0/completeness",
        ),
        (
            "the threshold",
            |r| {
                r["question"]["policies"][3]["thresholds"]["max-critical"]["value"] =
                    json!("unlimited");
            },
            "/verdict/",
        ),
    ];
    each(rows, |(what, alter, place)| {
        let mut record = original.clone();
        alter(&mut record);
        assert_ne!(record, original, "{what}");
        let forged = publish(&evidence, &canonical::to_vec(&record).unwrap());
        let (code, answer) = replay(&evidence, &forged, &["--exit-code"]);
        assert_eq!(
            (code, &answer["result"]),
            (1, &json!("diverged")),
            "{what}: {answer}"
        );
        let difference = answer["difference"].as_str().unwrap();
        assert!(difference.starts_with(place), "{what}: {answer}");
    });
}

/// Findings that were taken out, with a verdict that fits what is left: the kept report still has them.
#[test]
fn a_record_without_its_findings_diverges_from_its_reports() {
    let folder = Folder::new();
    let (_, failed) = judge(&folder, &[report("trivy/image.json")], &["--at", AT]);
    let (code, passed) = judge(&folder, &[report("trivy/clean.json")], &["--at", AT]);
    assert_eq!(code, 0);
    let evidence = folder.path().join("evidence");
    let clean = record_of(&evidence, &passed);
    let mut forged = record_of(&evidence, &failed);
    for part in ["findings", "verdict"] {
        forged[part] = clean[part].clone();
    }
    let forged = publish(&evidence, &canonical::to_vec(&forged).unwrap());
    let (code, answer) = replay(&evidence, &forged, &[]);
    assert_eq!(
        (code, &answer["result"]),
        (1, &json!("diverged")),
        "{answer}"
    );
    assert_eq!(answer["level"], "full", "{answer}");
}

/// A record of before there were baselines, statements and waivers has none of their fields, and is repeated.
#[test]
fn a_record_of_the_first_version_is_repeated() {
    let folder = Folder::new();
    let (_, name) = judge(&folder, &[report("trivy/image.json")], &[]);
    let evidence = folder.path().join("evidence");
    let mut record = record_of(&evidence, &name);
    assert_eq!(record["format"], "1.2");
    for field in [
        "baseline",
        "vex",
        "waivers",
        "groups",
        "environment",
        "threshold_sources",
    ] {
        assert!(record["question"].get(field).is_none(), "{field}");
        assert!(record["verdict"].get(field).is_none(), "{field}");
    }
    assert!(record["reports"][0].get("issuer").is_none());
    record["format"] = json!("1.0");
    let older = publish(&evidence, &canonical::to_vec(&record).unwrap());
    let (code, answer) = replay(&evidence, &older, &["--level", "full"]);
    assert_eq!(
        (code, &answer["result"]),
        (0, &json!("reproduced")),
        "{answer}"
    );
}

#[test]
fn what_is_no_record_of_this_format_is_not_replayed() {
    let folder = Folder::new();
    let (_, name) = judge(&folder, &[report("trivy/image.json")], &[]);
    let evidence = folder.path().join("evidence");
    let original = record_of(&evidence, &name);
    let with = |change: fn(&mut Value)| {
        let mut record = original.clone();
        change(&mut record);
        canonical::to_vec(&record).unwrap()
    };
    let rows = [
        (
            with(|r| r["format"] = json!("2.0")),
            "it is of format 2.0; this program reads 1.2",
        ),
        (
            with(|r| r["format"] = json!("1.9")),
            "it is of format 1.9; this program reads up to 1.2",
        ),
        (
            with(|r| r["format"] = json!("0.9")),
            "it is of format 0.9, which this program no longer reads",
        ),
        (
            with(|r| r["format"] = json!("1.00")),
            "expected a version such as `1.0`",
        ),
        (
            with(|r| r["format"] = json!(1)),
            "is not an evaluation record",
        ),
        (with(|r| r["surprise"] = json!(true)), "unknown field"),
        (
            with(|r| r["verdict"]["surprise"] = json!(true)),
            "unknown field",
        ),
        (
            with(|r| r["verdict"]["outcome"] = json!("fine")),
            "unknown variant",
        ),
        (
            serde_json::to_vec_pretty(&original).unwrap(),
            "not the canonical form",
        ),
        (b"{}".to_vec(), "missing field `format`"),
        (b"not JSON".to_vec(), "is not an evaluation record"),
        (b"".to_vec(), "is not an evaluation record"),
    ];
    each(rows, |(bytes, why)| {
        let forged = publish(&evidence, &bytes);
        let (code, answer) = replay(&evidence, &forged, &[]);
        assert_eq!(
            (code, &answer["result"]),
            (3, &json!("not-replayable")),
            "{why}: {answer}"
        );
        assert!(
            answer["missing"].as_str().unwrap().contains(why),
            "{why}: {answer}"
        );
    });
}

#[test]
fn a_name_has_to_be_one_record_s() {
    let folder = Folder::new();
    let (_, name) = judge(&folder, &[report("trivy/image.json")], &[]);
    let records = folder.path().join("evidence/records");
    let prefix = &name["sha256:".len()..][..8];
    for twin in ["0".repeat(56), "f".repeat(56)] {
        fs::write(records.join(format!("{prefix}{twin}")), "").unwrap();
    }
    let absent = if prefix.starts_with("0000") {
        "1111"
    } else {
        "0000"
    };
    for (record, why) in [
        (prefix, "3 records begin with"),
        (absent, "no record begins with"),
        ("abc", "4 to 64 hexadecimal digits"),
        ("../../etc/passwd", "4 to 64 hexadecimal digits"),
        ("", "4 to 64 hexadecimal digits"),
        ("sha256:", "4 to 64 hexadecimal digits"),
    ] {
        let ran = folder.gate(&["replay", record, "--evidence", "evidence"]);
        assert_eq!((ran.code, &*ran.stdout), (2, ""), "{record}: {ran:?}");
        assert!(
            ran.stderr.starts_with("error[gate::record-unknown]: "),
            "{record}: {ran:?}"
        );
        assert!(ran.stderr.contains(why), "{record}: {ran:?}");
    }
    let ran = Folder::new().gate(&["replay", prefix]);
    assert_eq!(ran.code, 2, "{ran:?}");
}

#[test]
fn the_exit_code_is_the_original_s_where_it_is_asked_for() {
    for (name, more, original) in [
        ("trivy/clean.json", &[][..], 0),
        ("trivy/image.json", &[], 1),
        ("trivy/image.json", &["--monitor"], 0),
        ("trivy/nothing-scanned.json", &[], 3),
    ] {
        let folder = Folder::new();
        let (code, record) = judge(&folder, &[report(name)], more);
        assert_eq!(code, original, "{name}");
        let evidence = folder.path().join("evidence");
        let reproduced = json!("reproduced");
        let (code, answer) = replay(&evidence, &record, &["--exit-code"]);
        assert_eq!(
            (code, &answer["result"]),
            (original, &reproduced),
            "{name}: {answer}"
        );
        let (code, answer) = replay(&evidence, &record, &[]);
        assert_eq!(
            (code, &answer["result"]),
            (0, &reproduced),
            "{name}: {answer}"
        );
    }
}

#[test]
fn the_same_input_gives_the_same_record_in_any_order() {
    let folder = Folder::new();
    let reports = copies(&folder);
    let mut names = BTreeSet::new();
    for turn in 0..reports.len() {
        let mut turned = reports.clone();
        turned.rotate_left(turn);
        names.insert(judge(&folder, &turned, &["--at", AT]));
        turned.reverse();
        names.insert(judge(&folder, &turned, &["--at", AT]));
        // A store of its own knows nothing of the others.
        fs::remove_dir_all(folder.path().join("evidence")).unwrap();
    }
    assert_eq!(names.len(), 1, "{names:?}");
    let other = judge(&folder, &reports, &["--at", "2990-01-01T00:00:01Z"]);
    assert!(!names.contains(&other));
}

/// What was asked of the reports, and what was said of the scanner, is in the record and is asked again.
#[test]
fn a_replay_asks_of_the_reports_what_the_gate_asked() {
    let rules = "format = 1\n[gates.image]\nallow-quarantined = 1\nmax-report-age = \"1d\"\n";
    let subject = format!("registry.example/mailer@sha256:{}", "0".repeat(64));
    let case = workspace().join("tests/cases/image/a-record-in-quarantine-that-is-allowed");
    let rows: [(PathBuf, &[&str], i32); 5] = [
        // By content, so that the code was not known when the report was read first.
        (
            report("trivy/clean.json"),
            &["--max-report-age", "unlimited", "--scanner-exit", "trivy=0"],
            0,
        ),
        (
            report("trivy/clean.json"),
            &["--max-report-age", "unlimited", "--scanner-exit", "trivy=2"],
            3,
        ),
        (report("trivy/clean.json"), &[], 3),
        (
            report("trivy/clean.json"),
            &["--max-report-age", "unlimited", "--subject", &subject],
            3,
        ),
        (
            case.join("report.json"),
            &["--max-report-age", "unlimited"],
            0,
        ),
    ];
    each(rows, |(report, more, expected)| {
        let folder = Folder::new();
        folder.file("gate.toml", rules);
        let (code, name) = judge(&folder, &[report], more);
        assert_eq!(code, expected, "{more:?}");
        for level in ["decision", "full"] {
            let evidence = folder.path().join("evidence");
            let (code, answer) = replay(&evidence, &name, &["--exit-code", "--level", level]);
            assert_eq!(
                (code, &answer["result"]),
                (expected, &json!("reproduced")),
                "{more:?} {level}: {answer}"
            );
        }
    });
}

#[test]
fn without_durable_evidence_there_is_no_verdict() {
    let folder = Folder::new();
    folder.file("file", "");
    folder.file("half/blobs", "");
    folder.file("no-records/records", "");
    folder.file("no-tmp/tmp", "");
    for evidence in [
        "file",
        "file/below",
        "half",
        "no-records",
        "no-tmp",
        "/proc/nothing",
        "/dev/null",
    ] {
        for name in [
            "trivy/clean.json",
            "trivy/image.json",
            "trivy/nothing-scanned.json",
        ] {
            let report = report(name).display().to_string();
            let arguments = [
                "evaluate",
                "image",
                "--report",
                &report,
                "--evidence",
                evidence,
            ];
            let ran = folder.gate(&arguments);
            assert_eq!((ran.code, &*ran.stdout), (4, ""), "{evidence}: {ran:?}");
            assert!(
                ran.stderr
                    .starts_with("error[gate::evidence-not-durable]: "),
                "{ran:?}"
            );
        }
    }
}

/// A verdict that nobody can read is none: the answer's file can't be written, or stdout is full.
#[test]
fn an_answer_that_can_t_be_written_is_no_pass() {
    let folder = Folder::new();
    let clean = report("trivy/clean.json").display().to_string();
    let arguments = ["evaluate", "image", "--report", &clean];
    let ran = folder.gate(&[&arguments[..], &["--output", "missing/answer.json"]].concat());
    assert_eq!((ran.code, &*ran.stdout), (4, ""), "{ran:?}");
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let status = folder
        .command(&arguments)
        .stdout(full)
        .stderr(std::process::Stdio::null())
        .status();
    assert_eq!(status.unwrap().code(), Some(4));
}
