//! What can go wrong between the program and AWS, from one table: for each fault and each thing that is asked of AWS, what the
//! program answers, with which code, and what is left behind. No row waits by the clock; that nothing goes on for ever shows
//! in the number of calls.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use serde_json::json;

use crate::aws::{ALWAYS, Aws, Give, SECRET, meanwhile};
use crate::gate::{Folder, Ran, files_below, report};

/// One fault, and what comes of it.
struct Row {
    name: &'static str,
    /// What goes wrong.
    wrong: fn(&Aws),
    exit: i32,
    /// What is said, in this order; the first is the code, when there is one.
    says: &'static [&'static str],
    /// How many calls there are at most, attempts included.
    calls: usize,
    /// Versions of parameters that the record has.
    versions: &'static [usize],
}

const PATH: &str = "/gate/shop";
const LIST: (&str, &str) = ("ssm", "GetParametersByPath");
const UNREADABLE: &str = "error[gate::image::thresholds-unreadable]";

/// How often the SDK tries one call.
const ATTEMPTS: usize = 5;

/// Names and values of the profile's own thresholds, for the gate and for every gate: two pages.
const THRESHOLDS: [(&str, &str); 7] = [
    ("fixable-level", "high"),
    ("max-critical", "0"),
    ("max-high", "0"),
    ("max-known-exploited", "0"),
    ("max-low", "unlimited"),
    ("max-medium", "unlimited"),
    ("max-unknown", "0"),
];

fn put(client: &crate::aws::Client, name: &str, value: &str) {
    let name = format!("{PATH}/{name}");
    let body = json!({"Name": name, "Value": value, "Type": "String", "Overwrite": true});
    client.json("ssm", "AmazonSSM.PutParameter", &body);
}

fn always(aws: &Aws, give: Give) {
    aws.fault(LIST.0, LIST.1, ALWAYS, give);
}

const ROWS: &[Row] = &[
    Row {
        name: "nothing",
        wrong: |_| {},
        exit: 0,
        says: &[],
        // Two readings of two pages.
        calls: 4,
        versions: &[1],
    },
    Row {
        name: "throttled for a while",
        wrong: |aws| aws.fault(LIST.0, LIST.1, 2..=3, Give::Throttled),
        exit: 0,
        says: &[],
        calls: 6,
        versions: &[1],
    },
    Row {
        name: "throttled for ever",
        wrong: |aws| always(aws, Give::Throttled),
        exit: 3,
        says: &[
            UNREADABLE,
            "ssm:GetParametersByPath",
            "the service asks for fewer calls",
        ],
        calls: ATTEMPTS,
        versions: &[],
    },
    Row {
        name: "status 500 for ever",
        wrong: |aws| always(aws, Give::Broken),
        exit: 3,
        says: &[UNREADABLE, "status 500"],
        calls: ATTEMPTS,
        versions: &[],
    },
    Row {
        name: "cut off once, before anything was done",
        wrong: |aws| aws.fault(LIST.0, LIST.1, 3..=3, Give::CutBefore),
        exit: 0,
        says: &[],
        calls: 5,
        versions: &[1],
    },
    Row {
        name: "cut off in the middle of every answer",
        wrong: |aws| always(aws, Give::CutWithin),
        exit: 3,
        says: &[UNREADABLE, "no whole answer"],
        calls: ATTEMPTS,
        versions: &[],
    },
    Row {
        name: "the clocks differ",
        wrong: |aws| always(aws, Give::ClockSkew),
        exit: 3,
        says: &[UNREADABLE, "the clock of this machine is wrong"],
        calls: ATTEMPTS,
        versions: &[],
    },
    Row {
        name: "the credentials expire between two pages",
        wrong: |aws| aws.fault("*", "*", 2..=usize::MAX, Give::Expired),
        exit: 3,
        says: &[UNREADABLE, "the credentials have expired"],
        calls: 1 + ATTEMPTS,
        versions: &[],
    },
    Row {
        name: "the role may not",
        wrong: |aws| always(aws, Give::Denied),
        exit: 3,
        says: &[
            UNREADABLE,
            "access is denied",
            "\"Action\":\"ssm:GetParametersByPath\"",
            "parameter/gate/shop",
        ],
        calls: 1,
        versions: &[],
    },
    Row {
        name: "an answer that is none",
        wrong: |aws| always(aws, Give::Garbage),
        exit: 3,
        says: &[UNREADABLE, "ssm:GetParametersByPath"],
        calls: ATTEMPTS,
        versions: &[],
    },
    Row {
        name: "a page without items, with a token",
        wrong: |aws| aws.fault(LIST.0, LIST.1, 1..=1, Give::EmptyPage),
        exit: 0,
        says: &[],
        calls: 5,
        versions: &[1],
    },
    Row {
        name: "pages without items for ever",
        wrong: |aws| always(aws, Give::EmptyPage),
        exit: 3,
        says: &[UNREADABLE, "more than 1000 pages"],
        calls: 1000,
        versions: &[],
    },
    Row {
        name: "a value that refers to another",
        wrong: |aws| put(&aws.client(), "image/max-high", "{{ssm:/other}}"),
        exit: 3,
        says: &[UNREADABLE, "`{{`"],
        calls: 4,
        versions: &[],
    },
    Row {
        name: "parameters change between two pages",
        wrong: |aws| {
            // One on the first page, which was read before, and one on the second.
            let client = aws.client();
            let change = move || {
                put(&client, "image/max-low", "1");
                put(&client, "max-unknown", "1");
            };
            aws.fault(LIST.0, LIST.1, 2..=2, meanwhile(change));
        },
        exit: 0,
        says: &[],
        calls: 6,
        versions: &[1, 2],
    },
    Row {
        name: "parameters change before every page",
        wrong: |aws| {
            let client = aws.client();
            always(aws, meanwhile(move || put(&client, "max-unknown", "0")));
        },
        exit: 3,
        says: &[UNREADABLE, "changed between readings"],
        calls: 8,
        versions: &[],
    },
];

/// Runs a test for every row at once, and shows all that fail.
fn each_at_once(rows: &'static [Row], test: impl Fn(&Row) + Sync) {
    let one = |row: &Row| catch_unwind(AssertUnwindSafe(|| test(row))).is_err();
    let failed: Vec<_> = thread::scope(|scope| {
        let started: Vec<_> = rows
            .iter()
            .map(|row| (row.name, scope.spawn(move || one(row))))
            .collect();
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
fn assert_row(row: &Row, aws: &Aws, folder: &Folder, ran: &Ran) {
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
    let calls = aws.calls();
    assert!(calls.len() <= row.calls, "{name}: {} calls", calls.len());
    assert!(
        !said.contains(SECRET) && !said.contains('\u{1b}'),
        "{name}: {said}"
    );
    for call in &calls {
        assert!(!call.text().contains(SECRET), "{name}: {call:?}");
    }
    for file in files_below(folder.path()) {
        let bytes = fs::read(&file).unwrap();
        assert!(
            !String::from_utf8_lossy(&bytes).contains(SECRET),
            "{name}: {file:?}"
        );
    }
}

#[test]
fn thresholds_are_read_whole_or_the_gate_does_not_decide() {
    if Aws::with_moto().is_none() {
        return;
    }
    each_at_once(ROWS, |row| {
        let aws = Aws::with_moto().unwrap();
        for (name, value) in THRESHOLDS {
            put(&aws.client(), name, value);
            put(&aws.client(), &format!("image/{name}"), value);
        }
        (row.wrong)(&aws);
        let folder = Folder::new();
        let trivy = report("trivy/clean.json").display().to_string();
        let thresholds = format!("ssm:{PATH}");
        let ran = aws.gate(
            &folder,
            &[
                "evaluate",
                "image",
                "--report",
                &trivy,
                "--thresholds",
                &thresholds,
            ],
        );
        assert_row(row, &aws, &folder, &ran);
        // Whatever came of it is a verdict, and repeats without AWS.
        let records = files_below(&folder.path().join(".gate/records"));
        assert_eq!(records.len(), 1, "{}", row.name);
        let record = records[0].file_name().unwrap().to_str().unwrap();
        let blobs = files_below(&folder.path().join(".gate/blobs"));
        let blobs: String = blobs
            .iter()
            .map(|blob| String::from_utf8_lossy(&fs::read(blob).unwrap()).into_owned())
            .collect();
        let versions = (1..9).filter(|n| blobs.contains(&format!("\"version\":{n}}}")));
        assert_eq!(versions.collect::<Vec<_>>(), row.versions, "{}", row.name);
        let replayed = folder.gate(&["replay", record]);
        assert!(
            replayed.stdout.contains("reproduced"),
            "{}: {replayed:?}",
            row.name
        );
    });
}
