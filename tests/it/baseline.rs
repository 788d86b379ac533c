//! What was there before: from a record to a file, and back into a verdict and its replay.

use std::fs;
use std::path::PathBuf;

use gate_core::canonical;
use gate_core::digest::Digest;
use serde_json::{Value, json};

use crate::gate::{Folder, assert_own_lines, each, report};

/// Moments, a day apart, late enough to be no past.
const DAYS: [&str; 4] = [
    "2990-01-01T00:00:00Z",
    "2990-01-02T00:00:00Z",
    "2990-01-03T00:00:00Z",
    "2990-01-04T00:00:00Z",
];

/// The report of an image, without some of its vulnerabilities.
fn without(folder: &Folder, names: &[&str]) -> String {
    let bytes = fs::read(report("trivy/image.json")).unwrap();
    let mut image: Value = serde_json::from_slice(&bytes).unwrap();
    for result in image["Results"].as_array_mut().unwrap() {
        if let Some(list) = result["Vulnerabilities"].as_array_mut() {
            list.retain(|found| !names.contains(&found["VulnerabilityID"].as_str().unwrap()));
        }
    }
    folder.file("image.json", image.to_string());
    "image.json".to_owned()
}

/// Judges a report on a day: exit code and answer. It is also shown to people.
fn judge(folder: &Folder, report: &str, day: usize, more: &[&str]) -> (i32, Value) {
    let arguments = ["evaluate", "image", "--report", report, "--at", DAYS[day]];
    let arguments = [&arguments[..], more].concat();
    let human = folder.gate(&arguments);
    assert_own_lines(&human.stdout);
    let ran = folder.gate(&[&arguments[..], &["--format", "json"]].concat());
    assert_eq!((ran.code, &*ran.stderr), (human.code, ""), "{ran:?}");
    (ran.code, ran.json())
}

/// Runs `gate baseline …`, which has to end well.
fn baseline(folder: &Folder, arguments: &[&str]) -> Value {
    let ran = folder.gate(&[&["baseline"][..], arguments, &["--format", "json"]].concat());
    assert_eq!((ran.code, &*ran.stderr), (0, ""), "{ran:?}");
    ran.json()
}

fn replay(folder: &Folder, record: &Value) -> (i32, Value) {
    let record = record.as_str().unwrap();
    let ran = folder.gate(&["replay", record, "--level", "full", "--format", "json"]);
    (ran.code, ran.json())
}

fn blob(folder: &Folder, digest: &Value) -> PathBuf {
    let digest: Digest = digest.as_str().unwrap().parse().unwrap();
    folder.path().join(".gate/blobs/sha256").join(digest.hex())
}

const NEW: &[&str] = &["--baseline", "baseline.image.json", "--only-new"];

#[test]
fn only_what_is_new_or_back_closes_the_gate() {
    let folder = Folder::new();
    let fewer = without(&folder, &["CVE-2026-10421", "CVE-2019-90441"]);
    assert_eq!(judge(&folder, &fewer, 0, &[]).0, 1);
    let made = baseline(&folder, &["set"]);
    assert_eq!((&made["existing"], &made["fixed"]), (&json!(6), &json!(0)));
    assert_eq!(made["file"], "baseline.image.json");

    let (code, answer) = judge(&folder, &fewer, 1, NEW);
    assert_eq!(code, 0, "{answer:#}");
    assert_eq!(answer["counts"]["by_disposition"]["baseline"], 6);
    assert_eq!(
        answer["overrides"],
        json!(["--baseline baseline.image.json", "--only-new"])
    );
    let seen = &answer["baseline"];
    assert_eq!(
        seen["counts"],
        json!({"new": 0, "existing": 6, "regressed": 0})
    );
    assert_eq!(answer["findings"][0]["finding"]["first_seen"], DAYS[0]);
    // Without the flag the baseline is only shown.
    let (code, _) = judge(&folder, &fewer, 1, &NEW[..2]);
    assert_eq!(code, 1);

    // One more, critical.
    let more = without(&folder, &["CVE-2019-90441"]);
    let (code, answer) = judge(&folder, &more, 2, NEW);
    assert_eq!(code, 1, "{answer:#}");
    assert_eq!(answer["baseline"]["counts"]["new"], 1);
    let named = answer["reasons"][0]["findings"].clone();
    assert_eq!(named.as_array().unwrap().len(), 1, "{answer:#}");
    let record = answer["record"].clone();
    assert_eq!(replay(&folder, &record).1["result"], "reproduced");

    // It is gone again, and that is known; then it is back, and is not excused.
    baseline(&folder, &["set", record.as_str().unwrap()]);
    let fewer = without(&folder, &["CVE-2026-10421", "CVE-2019-90441"]);
    let (code, answer) = judge(&folder, &fewer, 2, NEW);
    assert_eq!(code, 0);
    assert_eq!(answer["baseline"]["fixed"], named);
    let record = answer["record"].as_str().unwrap().to_owned();
    let made = baseline(&folder, &["set", &record]);
    assert_eq!((&made["existing"], &made["fixed"]), (&json!(6), &json!(1)));
    let more = without(&folder, &["CVE-2019-90441"]);
    let (code, answer) = judge(&folder, &more, 3, NEW);
    assert_eq!(code, 1);
    assert_eq!(answer["baseline"]["counts"]["regressed"], 1);
    assert_eq!(answer["reasons"][0]["findings"], named);
    assert_eq!(replay(&folder, &answer["record"]).1["result"], "reproduced");
}

#[test]
fn a_budget_only_falls() {
    let folder = Folder::new();
    let profile = "format = 1\n[gates.image]\npolicies = [\"severity-over-budget\"]\n\
        [gates.image.thresholds]\nmax-critical = 9\nmax-high = 9\nmax-unknown = 9\n";
    folder.file("gate.toml", profile);
    let fewer = without(&folder, &["CVE-2026-10421"]);
    assert_eq!(judge(&folder, &fewer, 0, &[]).0, 0);
    baseline(&folder, &["set", "--baseline", "b.json"]);
    let ratchet = "[gates.image.baseline]\nfile = \"b.json\"\nratchet = true\n";
    folder.file("gate.toml", format!("{profile}{ratchet}"));
    assert_eq!(judge(&folder, &fewer, 1, &[]).0, 0);
    let more = without(&folder, &[]);
    let (code, answer) = judge(&folder, &more, 2, &[]);
    assert_eq!(code, 1);
    assert_eq!(answer["reasons"][0]["code"], "baseline-over-budget");
    assert_eq!(replay(&folder, &answer["record"]).1["result"], "reproduced");

    // Neither way raises it.
    let over = answer["record"].as_str().unwrap();
    let before = fs::read(folder.path().join("b.json")).unwrap();
    let made = baseline(&folder, &["tighten", over]);
    assert_eq!(
        (&made["changed"], &made["fell"]),
        (&json!(false), &json!(null))
    );
    assert_eq!(fs::read(folder.path().join("b.json")).unwrap(), before);
    let made = baseline(&folder, &["set", over]);
    assert_eq!(
        (&made["budgets"]["critical"], &made["existing"]),
        (&json!(1), &json!(8))
    );
    let told = made["over"][0].as_str().unwrap();
    assert!(
        told.starts_with("2 are critical, and the budget stays 1"),
        "{told}"
    );

    let fewest = without(
        &folder,
        &["CVE-2026-10421", "CVE-2026-10877", "CVE-2026-11954"],
    );
    let (_, answer) = judge(&folder, &fewest, 3, &[]);
    let record = answer["record"].as_str().unwrap();
    let made = baseline(&folder, &["tighten", record]);
    assert_eq!(
        made["fell"],
        json!(["high fell from 2 to 1", "critical fell from 1 to 0"])
    );
    // What is known of findings is as it was.
    assert_eq!(made["existing"], 8);
    let shown = baseline(&folder, &["show", "b.json"]);
    assert_eq!(shown["budgets"], made["budgets"]);
}

#[test]
fn a_baseline_that_does_not_fit_is_an_error() {
    let folder = Folder::new();
    let image = without(&folder, &[]);
    judge(&folder, &image, 1, &[]);
    baseline(&folder, &["set"]);
    let good = fs::read_to_string(folder.path().join("baseline.image.json")).unwrap();
    let line = good.lines().find(|line| line.contains("gf1:")).unwrap();
    let rows = [
        (Some(String::new()), "is not a baseline"),
        (Some("[]".to_owned()), "is not a baseline"),
        (Some(good[..good.len() / 2].to_owned()), "is not a baseline"),
        (Some(format!("{good}{{}}")), "is not a baseline"),
        (
            Some(good.replacen('{', "{\"surprise\": 1,", 1)),
            "unknown field `surprise`",
        ),
        (
            Some(good.replace("-baseline/1", "-baseline/2")),
            "and this program reads `gate-baseline/1`",
        ),
        (
            Some(good.replace("\"image\"", "\"sca\"")),
            "it is of gate `sca`, and this is `image`",
        ),
        (
            Some(good.replace("\"default\"", "\"bank\"")),
            "it is of scope `bank`",
        ),
        (
            Some(good.replace(DAYS[1], DAYS[3])),
            "which is after 2990-01-03",
        ),
        (
            Some(good.replace(
                line,
                &format!("{}\n{line}", line.trim_end_matches(',').to_owned() + ","),
            )),
            "stands twice",
        ),
        (
            Some(fs::read_to_string(report("trivy/image.json")).unwrap()),
            "is not a baseline",
        ),
        (None, "No such file"),
    ];
    each(rows, |(text, why)| {
        if let Some(text) = &text {
            assert_ne!(*text, good, "{why}");
            folder.file("bad.json", text);
        } else {
            fs::remove_file(folder.path().join("bad.json")).unwrap();
        }
        let (code, answer) = judge(
            &folder,
            &image,
            2,
            &["--baseline", "bad.json", "--only-new"],
        );
        let reason = &answer["reasons"][0];
        assert_eq!(
            (code, &reason["code"]),
            (3, &json!("baseline-invalid")),
            "{why}: {reason}"
        );
        let message = reason["message"].as_str().unwrap();
        assert!(
            message.contains(why) && message.contains("`bad.json`"),
            "{why}: {message}"
        );
        assert!(
            reason["help"]
                .as_str()
                .unwrap()
                .contains("gate baseline set"),
            "{reason}"
        );
        assert_eq!(answer["baseline"], Value::Null);
        assert_eq!(replay(&folder, &answer["record"]).1["result"], "reproduced");
    });
    // The profile can't do without the file that it names either, nor be asked for what is new since nothing.
    folder.file(
        "gate.toml",
        "format = 1\n[gates.image.baseline]\nfile = \"none.json\"\n",
    );
    let (code, answer) = judge(&folder, &image, 2, &[]);
    assert_eq!(
        (code, &answer["reasons"][0]["code"]),
        (3, &json!("baseline-invalid"))
    );
    folder.file("gate.toml", "format = 1\n");
    let ran = folder.gate(&["evaluate", "image", "--report", &image, "--only-new"]);
    assert_eq!((ran.code, &*ran.stdout), (2, ""), "{ran:?}");
}

#[test]
fn a_baseline_is_taken_of_what_was_decided_alone() {
    let folder = Folder::new();
    let image = without(&folder, &[]);
    let (_, first) = judge(&folder, &image, 0, &[]);
    let (_, second) = judge(&folder, &image, 1, &[]);
    let undecided = report("trivy/nothing-scanned.json").display().to_string();
    let (_, undecided) = judge(&folder, &undecided, 1, &[]);
    let sca = [
        "evaluate", "sca", "--report", &*image, "--at", DAYS[2], "--format", "json",
    ];
    let sca = folder.gate(&sca).json();
    let name = |answer: &Value| answer["record"].as_str().unwrap().to_owned();
    baseline(&folder, &["set", &name(&second)]);
    let path = folder.path().join("baseline.image.json");
    let before = fs::read(&path).unwrap();
    // Once more, and indented by somebody else, changes nothing that is said.
    assert_eq!(
        baseline(&folder, &["set", &name(&second)])["changed"],
        false
    );
    let file = ["--baseline", "baseline.image.json"];
    for (record, why) in [
        (name(&undecided), "could not decide"),
        (name(&first), "which is after 2990-01-01"),
        (name(&sca), "it is of gate `image`, and this is `sca`"),
        ("0000".to_owned(), "no record begins with"),
    ] {
        for command in ["set", "tighten"] {
            let ran = folder.gate(&[&["baseline", command, &*record][..], &file[..]].concat());
            assert_eq!((ran.code, &*ran.stdout), (2, ""), "{why}: {ran:?}");
            assert!(ran.stderr.contains(why), "{why}: {ran:?}");
            assert_eq!(fs::read(&path).unwrap(), before, "{why}");
        }
    }
    let ran = folder.gate(&["baseline", "show", "none.json"]);
    assert_eq!((ran.code, &*ran.stdout), (2, ""), "{ran:?}");
    let ran = folder.gate(&[
        "baseline",
        "set",
        &name(&second),
        "--baseline",
        "none/b.json",
    ]);
    assert_eq!((ran.code, &*ran.stdout), (4, ""), "{ran:?}");
    let ran = Folder::new().gate(&["baseline", "set"]);
    assert_eq!((ran.code, &*ran.stdout), (2, ""), "{ran:?}");
}

#[test]
fn a_replay_compares_with_the_same_baseline_or_says_that_it_can_t() {
    let folder = Folder::new();
    let fewer = without(&folder, &["CVE-2026-10421"]);
    judge(&folder, &fewer, 0, &[]);
    baseline(&folder, &["set"]);
    let (_, answer) = judge(&folder, &fewer, 1, NEW);
    let image = without(&folder, &[]);
    judge(&folder, &image, 2, &[]);
    baseline(&folder, &["set"]);
    let (_, other) = judge(&folder, &image, 3, NEW);
    // The file is not asked again.
    fs::remove_file(folder.path().join("baseline.image.json")).unwrap();
    assert_eq!(replay(&folder, &answer["record"]).1["result"], "reproduced");

    let path = blob(&folder, &answer["baseline"]["digest"]);
    let whole = fs::read(&path).unwrap();
    let mut altered = whole.clone();
    altered[whole.len() / 2] ^= 1;
    for bytes in [Some(altered), Some(Vec::new()), None] {
        match bytes {
            Some(bytes) => fs::write(&path, bytes).unwrap(),
            None => fs::remove_file(&path).unwrap(),
        }
        let (code, seen) = replay(&folder, &answer["record"]);
        assert_eq!(
            (code, &seen["result"]),
            (3, &json!("not-replayable")),
            "{seen}"
        );
        let hex = path.file_name().unwrap().to_str().unwrap();
        assert!(seen["missing"].as_str().unwrap().contains(hex), "{seen}");
    }
    fs::write(&path, whole).unwrap();

    // A record that names another baseline than the one that it was compared with, or says otherwise of it.
    let record = fs::read(blob(&folder, &answer["record"])).unwrap();
    let record: Value = serde_json::from_slice(&record).unwrap();
    for (field, to, place) in [
        (
            "digest",
            other["baseline"]["digest"].clone(),
            "/question/baseline/",
        ),
        (
            "fixed",
            json!([answer["findings"][0]["finding"]["id"]]),
            "/question/baseline/fixed",
        ),
        ("taken", json!(DAYS[1]), "/question/baseline/taken"),
        (
            "budgets",
            json!({"critical": 9}),
            "/question/baseline/budgets",
        ),
        ("only_new", json!(false), "/verdict/"),
    ] {
        let mut forged = record.clone();
        forged["question"]["baseline"][field] = to;
        let bytes = canonical::to_vec(&forged).unwrap();
        let name = Digest::of(&bytes);
        fs::write(blob(&folder, &json!(name.to_string())), bytes).unwrap();
        let entry = folder.path().join(".gate/records").join(name.hex());
        fs::write(entry, format!("{name}\n")).unwrap();
        let (code, seen) = replay(&folder, &json!(name.to_string()));
        assert_eq!(
            (code, &seen["result"]),
            (1, &json!("diverged")),
            "{field}: {seen}"
        );
        let difference = seen["difference"].as_str().unwrap();
        assert!(difference.starts_with(place), "{field}: {seen}");
    }
}
