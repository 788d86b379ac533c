//! What can go wrong between the program and AWS, from tables: for each thing that is asked of AWS and each fault, what the
//! program answers, with which code, and what is left behind. No row waits by the clock; that nothing goes on for ever shows
//! in the number of calls.

mod evidence;
mod signature;
mod thresholds;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use crate::aws::{Aws, SECRET};
use crate::gate::{Folder, Ran, files_below, report};

/// An AWS and a folder for one row.
struct Scene {
    aws: Aws,
    folder: Folder,
}

/// One fault, and what comes of it.
struct Row {
    /// What goes wrong.
    name: &'static str,
    wrong: fn(&Scene),
    exit: i32,
    /// What is said, in this order; the first is the code, when there is one.
    says: &'static [&'static str],
    /// How many calls there are at most, attempts included.
    calls: usize,
    /// What is left behind; each table says what it counts.
    left: usize,
}

/// How often the SDK tries one call.
const ATTEMPTS: usize = 5;

/// Runs the program for every row at once, and shows all rows that fail.
fn each_at_once(
    rows: &'static [Row],
    prepare: impl Fn(&Scene) + Sync,
    run: impl Fn(&Scene) -> Ran + Sync,
    left: impl Fn(&Scene) -> usize + Sync,
) {
    if Aws::with_moto().is_none() {
        return;
    }
    let one = |row: &Row| {
        let scene = Scene {
            aws: Aws::with_moto().unwrap(),
            folder: Folder::new(),
        };
        prepare(&scene);
        (row.wrong)(&scene);
        let ran = run(&scene);
        hold(row, &scene, &ran);
        assert_eq!(left(&scene), row.left, "{}: {ran:?}", row.name);
    };
    let failed: Vec<_> = thread::scope(|scope| {
        let start = |row| scope.spawn(move || catch_unwind(AssertUnwindSafe(|| one(row))).is_err());
        let started: Vec<_> = rows.iter().map(|row| (row.name, start(row))).collect();
        let failed = started
            .into_iter()
            .filter_map(|(name, row)| row.join().unwrap().then_some(name));
        failed.collect()
    });
    assert!(
        failed.is_empty(),
        "rows failed; each is shown above: {failed:?}"
    );
}

/// What holds of every run, whatever went wrong.
fn hold(row: &Row, scene: &Scene, ran: &Ran) {
    let name = row.name;
    assert_eq!(ran.code, row.exit, "{name}: {ran:?}");
    let said = format!("{}{}", ran.stdout, ran.stderr);
    let mut rest = &*said;
    for words in row.says {
        let Some((_, after)) = rest.split_once(words) else {
            panic!("{name}: {words:?} is not said, or not in this order: {said}");
        };
        rest = after;
    }
    let calls = scene.aws.calls();
    assert!(calls.len() <= row.calls, "{name}: {} calls", calls.len());
    assert!(
        !said.contains(SECRET) && !said.contains('\u{1b}'),
        "{name}: {said}"
    );
    for call in &calls {
        assert!(!call.text().contains(SECRET), "{name}: {call:?}");
    }
    for file in files_below(scene.folder.path()) {
        let bytes = fs::read(&file).unwrap();
        assert!(
            !String::from_utf8_lossy(&bytes).contains(SECRET),
            "{name}: {file:?}"
        );
    }
}

fn evaluate(scene: &Scene, gate: &str, more: &[&str]) -> Ran {
    let report = match gate {
        "sast" => report("bandit/clean.json"),
        _ => report("trivy/clean.json"),
    };
    let report = report.display().to_string();
    let mut arguments = vec!["evaluate", gate, "--report", &report];
    arguments.extend(more);
    scene.aws.gate(&scene.folder, &arguments)
}

#[test]
fn thresholds_are_read_whole_or_the_gate_does_not_decide() {
    let run = |scene: &Scene| {
        let source = format!("ssm:{}", thresholds::PATH);
        let ran = evaluate(scene, "image", &["--thresholds", &source]);
        // Whatever came of it is a verdict, and repeats without AWS.
        let records = files_below(&scene.folder.path().join(".gate/records"));
        let [record] = &records[..] else {
            panic!("{records:?}: {ran:?}")
        };
        let name = record.file_name().unwrap().to_str().unwrap();
        let replayed = scene.folder.gate(&["replay", name]);
        assert!(replayed.stdout.contains("reproduced"), "{replayed:?}");
        ran
    };
    let highest_version = |scene: &Scene| {
        let blobs = files_below(&scene.folder.path().join(".gate/blobs"));
        let text = |blob| String::from_utf8_lossy(&fs::read(blob).unwrap()).into_owned();
        let blobs: String = blobs.iter().map(text).collect();
        let recorded = (1..9).filter(|n| blobs.contains(&format!("\"version\":{n}}}")));
        recorded.max().unwrap_or(0)
    };
    each_at_once(
        thresholds::THRESHOLDS_READ,
        thresholds::prepare,
        run,
        highest_version,
    );
}

#[test]
fn evidence_is_durable_or_the_gate_stays_closed() {
    let run = |scene: &Scene| evaluate(scene, "image", &["--evidence", &evidence::uri(scene)]);
    each_at_once(
        evidence::EVIDENCE_KEPT,
        evidence::prepare,
        run,
        evidence::left,
    );
}

#[test]
fn a_verdict_is_signed_whole_or_not_at_all() {
    let run = |scene: &Scene| {
        let subject = format!("registry.example/shop@sha256:{}", "a".repeat(64));
        let key = [
            "--sign",
            "awskms:///alias/gate",
            "--attestation-output",
            "out",
        ];
        evaluate(
            scene,
            "sast",
            &[&["--subject", &*subject][..], &key].concat(),
        )
    };
    let files = |scene: &Scene| match scene.folder.path().join("out") {
        out if out.is_dir() => files_below(&out).len(),
        _ => 0,
    };
    each_at_once(signature::SIGNED, signature::prepare, run, files);
}
