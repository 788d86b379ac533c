//! Adapters of one's own: what an honest one does for a gate, and that nothing comes of a hostile one.

use std::collections::BTreeSet;
use std::fs;

use gate_core::digest::Digest;
use serde_json::Value;

use crate::gate::{Folder, Ran, each, files_below, report, target, workspace};
use crate::guests::build;

/// A guest of `tests/guests/adapters/`: its file, the code that must come of it, and what is said.
type Row = (&'static str, &'static str, &'static str);

#[rustfmt::skip]
const GUESTS: &[Row] = &[
    ("honest", "pass", ""),
    ("honest-finding", "pass", ""),
    ("remembers", "pass", ""),
    ("loop-in-records", "adapter-failed", "the adapter of `acme` did not read it: it used up its fuel"),
    ("loop-in-finish", "adapter-failed", "the adapter of `acme` did not read it: it used up its fuel"),
    ("loop-in-constructor", "adapter-failed", "the adapter of `acme` did not read it: it used up its fuel"),
    ("trap-in-records", "adapter-failed", "the adapter of `acme` did not read it: it trapped"),
    ("trap-in-finish", "adapter-failed", "the adapter of `acme` did not read it: it trapped"),
    ("recursion", "adapter-failed", "the adapter of `acme` did not read it: its calls nested too deep"),
    ("memory-growth", "adapter-failed", "the adapter of `acme` did not read it: it asked for more memory than it may have"),
    ("count-fewer", "adapter-failed", "the adapter of `acme` did not read it: it answered for 2 records, was given 3"),
    ("count-more", "adapter-failed", "the adapter of `acme` did not read it: it answered for 4 records, was given 3"),
    ("level-that-is-none", "adapter-failed", "the adapter of `acme` did not read it: its answer can't be read"),
    ("answer-that-is-none", "adapter-failed", "the adapter of `acme` did not read it: its answer can't be read"),
    ("answer-outside", "adapter-failed", "the adapter of `acme` did not read it: its answer can't be read"),
    ("answer-huge", "adapter-failed", "the adapter of `acme` did not read it: its answer is larger than allowed"),
    ("finished-soon", "adapter-failed", "the adapter of `acme` did not read it: what it says of the run has a `finished` that is no moment such as 2026-01-31T23:59:59Z"),
    ("scanned-beyond", "adapter-failed", "the adapter of `acme` did not read it: what it says of the run has a number above 2^53-1"),
    ("finding-without-rule", "record-quarantined", "a record could not be understood: the adapter of `acme` gives a finding whose rule's id is empty"),
    ("finding-too-certain", "record-quarantined", "a record could not be understood: the adapter of `acme` gives a finding whose confidence is above 100"),
    ("text-giant", "record-quarantined", "a record could not be understood: the adapter of `acme` gives a finding whose title is longer than 65536 bytes"),
    ("findings-none", "record-quarantined", "a record could not be understood: the adapter gave no account of it"),
    ("unclear", "record-quarantined", "a record could not be understood: the adapter of `acme` does not understand it: A rule"),
    ("echoes", "record-quarantined", "a record could not be understood: the adapter of `acme` does not understand it: {\"key\": \"[redacted]\"}"),
    ("echoes-rows", "record-quarantined", "a record could not be understood: the adapter of `acme` does not understand it: {\"key\":\"first\",\"what\":\"a; b\"}"),
    ("echoes-lines", "record-quarantined", "a record could not be understood: the adapter of `acme` does not understand it: {\"text\":\"first\",\"secret\":\"\"}"),
    ("echoes-secret-lines", "record-quarantined", "a record could not be understood: the adapter of `acme` does not understand it: {\"text\":\"\",\"secret\":\"[redacted]\"}"),
    ("echoes-documents", "record-quarantined", "a record could not be understood: the adapter of `acme` does not understand it: {\"key\": \"first\"}"),
    ("echoes-elements", "record-quarantined", "a record could not be understood: the adapter of `acme` does not understand it: {\"#name\":\"issue\",\"@key\":\"first\"}"),
    ("loop-in-describe", "adapter-invalid", "the adapter `acme.wasm` can't be used: it used up its fuel"),
    ("trap-in-start", "adapter-invalid", "the adapter `acme.wasm` can't be used: it could not be instantiated within its limits"),
    ("import-function", "adapter-invalid", "the adapter `acme.wasm` can't be used: its component imports `now`; it may import nothing"),
    ("core-module", "adapter-invalid", "the adapter `acme.wasm` can't be used: its component does not export the `gate:adapter` interface"),
    ("describe-no-list", "adapter-invalid", "the adapter `acme.wasm` can't be used: its description names no list of records, or more than 32"),
];

const CANARY: &str = "Canary7of9nobody";

/// Names a component in a profile.
fn profile(folder: &Folder, tool: &str, component: &[u8]) {
    let file = format!("{tool}.wasm");
    folder.file(&file, component);
    let digest = Digest::of(component);
    let text =
        format!("format = 1\n[adapters.{tool}]\ncomponent = \"{file}\"\ndigest = \"{digest}\"\n");
    folder.file("gate.toml", text);
}

/// A folder with the example's adapter in its profile.
fn with_example() -> Folder {
    let folder = Folder::new();
    profile(&folder, "acme-lint", &example());
    folder
}

fn example() -> Vec<u8> {
    let path = target().join("adapters/acme-lint.wasm");
    fs::read(&path).unwrap_or_else(|e| panic!("{path:?}: {e}; run `cargo dev build` first"))
}

fn sample(name: &str) -> String {
    fs::read_to_string(workspace().join("examples/acme-lint/reports").join(name)).unwrap()
}

fn judge(folder: &Folder, report: &str) -> Ran {
    let arguments = ["evaluate", "sast", "--format", "json", "--report", report];
    folder.gate(&[&arguments[..], &["--evidence", "evidence"]].concat())
}

/// A report for a guest, with three records.
fn a_report(guest: &str) -> String {
    match guest {
        "echoes-rows" => "key;what\nfirst;\"a; b\"\n2;\n3;\n".to_owned(),
        "echoes-lines" => "first\n\nsecond\nthird\n".to_owned(),
        "echoes-secret-lines" => format!("{CANARY}\nsecond\nthird\n"),
        "echoes-documents" => "{\"key\": \"first\"}\n{}\n{}\n".to_owned(),
        "echoes-elements" => "<issues><issue key=\"first\"/><issue/><issue/></issues>".to_owned(),
        _ => format!("{{\"issues\": [{{\"key\": \"{CANARY}\"}}, {{}}, {{}}]}}"),
    }
}

/// The first problem of the first report: its code, message and place.
fn problem(answer: &Value) -> [&str; 3] {
    let problem = &answer["scan_reports"][0]["problems"][0];
    ["code", "message", "place"].map(|part| problem[part].as_str().unwrap_or_default())
}

#[test]
fn a_hostile_adapter_comes_to_nothing() {
    let guests = workspace().join("tests/guests/adapters");
    let readme = fs::read_to_string(guests.join("README.md")).unwrap();
    each(GUESTS, |(name, code, says)| {
        let text = fs::read_to_string(guests.join(name).with_extension("wat")).unwrap();
        assert!(text.contains(&format!(";; expect: {code}\n")), "{name}.wat");
        let row = |line: &str| {
            line.starts_with(&format!("| `{name}` |")) && line.ends_with(&format!("| `{code}` |"))
        };
        assert!(readme.lines().any(row), "{name} in README.md");

        let folder = Folder::new();
        let contract = workspace().join("wit/adapter");
        profile(&folder, "acme", &build(&guests, &contract, name));
        folder.file("a.json", a_report(name));
        let ran = judge(&folder, "acme=a.json");
        assert!(!format!("{ran:?}").contains(CANARY), "{name}: {ran:?}");
        let again = judge(&folder, "acme=a.json");
        match *code {
            "pass" => assert_eq!((ran.code, again.code), (0, 0), "{name}: {ran:?}"),
            "adapter-invalid" => {
                assert_eq!(ran.code, 2, "{name}: {ran:?}");
                let line = ran.stderr.lines().next().unwrap_or_default();
                assert_eq!(line, format!("error[gate::{code}]: {says}"), "{name}");
            }
            code => {
                assert_eq!((ran.code, again.code), (3, 3), "{name}: {ran:?}");
                let answer = ran.json();
                assert_eq!(problem(&answer)[..2], [code, says], "{name}");
                assert_eq!(answer["outcome"], "error", "{name}");
                assert_eq!(
                    again.json()["scan_reports"],
                    answer["scan_reports"],
                    "{name}"
                );
            }
        }
    });
    let there: BTreeSet<String> = files_below(&guests)
        .iter()
        .filter(|path| path.extension().is_some_and(|e| e == "wat"))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .filter(|name| name != "scaffold")
        .collect();
    let tested = GUESTS.iter().map(|(name, ..)| (*name).to_owned());
    assert_eq!(there, tested.collect());
}

#[test]
fn each_report_has_an_instance_of_its_own() {
    let folder = Folder::new();
    let guests = workspace().join("tests/guests/adapters");
    let contract = workspace().join("wit/adapter");
    profile(&folder, "acme", &build(&guests, &contract, "remembers"));
    folder.file("a.json", "{\"issues\": [1]}");
    folder.file("b.json", "{\"issues\": [1, 2]}");
    let ran = folder.gate(&[
        "evaluate",
        "sast",
        "--report",
        "a.json",
        "--report",
        "acme=b.json",
    ]);
    assert_eq!(ran.code, 0, "{ran:?}");
}

#[test]
fn a_policy_is_no_adapter_and_an_adapter_is_no_policy() {
    let folder = Folder::new();
    profile(&folder, "acme", &crate::gate::component("secret-in-source"));
    folder.file("a.json", sample("clean.json"));
    let ran = judge(&folder, "acme=a.json");
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(
        ran.stderr
            .contains("does not export the `gate:adapter` interface"),
        "{ran:?}"
    );
    folder.file("a.wasm", example());
    let ran = folder.gate(&["policy", "inspect", "a.wasm"]);
    assert!(
        ran.stderr
            .contains("does not export the `gate:policy` interface"),
        "{ran:?}"
    );
}

#[test]
fn the_example_reads_its_tool_s_reports() {
    let folder = with_example();
    folder.file("clean.json", sample("clean.json"));
    folder.file("findings.json", sample("findings.json"));
    for named in ["", "acme-lint="] {
        let ran = judge(&folder, &format!("{named}clean.json"));
        assert_eq!(ran.code, 0, "{ran:?}");
        let ran = judge(&folder, &format!("{named}findings.json"));
        assert_eq!(ran.code, 1, "{ran:?}");
    }
    let ran = folder.gate(&["normalize", "--report", "findings.json", "--format", "json"]);
    let answer = ran.json();
    let id = answer["scan_report"]["adapter"].as_str().unwrap();
    assert_eq!(
        id,
        format!("acme-lint-json@1.0.0+{}", Digest::of(&example()))
    );
    let counts = &answer["scan_report"]["counts"];
    assert_eq!(
        (&counts["findings"], &counts["passed"]),
        (&3.into(), &1.into()),
        "{answer}"
    );
    let findings = answer["findings"].as_array().unwrap();
    let find = |rule: &str| findings.iter().find(|f| f["rule"]["id"] == rule).unwrap();
    let first = find("AL-017");
    // What the adapter has no say in.
    assert_eq!(first["tool"], "acme-lint");
    assert_eq!(first["evidence"]["pointer"], "/issues/0");
    assert_eq!(first["locations"][0]["path"], "app/orders.rb");
    assert!(first["id"].as_str().unwrap().starts_with("gf1:"));
    assert_eq!(first["severity"]["level"], "critical");
    assert_eq!(find("AL-003")["suppression"]["state"], "accepted");
    assert_eq!(find("AL-090")["severity"]["level"], "unknown");
}

#[test]
fn what_is_odd_is_an_error() {
    let findings = sample("findings.json");
    let clean = sample("clean.json");
    let skipped = "\"skipped\": [{\"file\": \"a.rb\", \"why\": \"it is no Ruby\"}]";
    let foreign = fs::read_to_string(report("trivy/clean.json")).unwrap();
    for (report, expected) in [
        (
            findings.replace("waived", "forgiven"),
            [
                "record-quarantined",
                "does not understand it: `state` is not",
                "/issues/1",
            ],
        ),
        (
            findings.replace("\"line\": 7", "\"line\": \"seven\""),
            [
                "record-quarantined",
                "a value is of another kind",
                "/issues/1",
            ],
        ),
        (
            clean.replace("\"skipped\": []", skipped),
            ["scanner-problem", "it is no Ruby", "a.rb"],
        ),
        (
            clean.replace("\"files\": 14", "\"files\": 0"),
            ["nothing-scanned", "acme-lint looked at no file", ""],
        ),
        (
            clean.replace("\"acme_lint\": 1", "\"acme_lint\": 2"),
            ["report-unsupported", "its format is 2, and 1 is read", ""],
        ),
        (
            foreign,
            [
                "report-wrong-tool",
                "it is not a acme-lint report: missing field `acme_lint`",
                "",
            ],
        ),
        (
            "[]".to_owned(),
            ["report-wrong-tool", "it is not a acme-lint report", ""],
        ),
        (String::new(), ["report-empty", "", ""]),
        (
            findings.replace("\"AL-003\",", "\"AL-003\" 1,"),
            ["report-malformed", "expected", "line "],
        ),
        (
            findings[..findings.len() / 2].to_owned(),
            ["report-malformed", "it ends in the middle", "line "],
        ),
    ] {
        let folder = with_example();
        folder.file("a.json", report);
        let ran = judge(&folder, "acme-lint=a.json");
        assert_eq!(ran.code, 3, "{expected:?}: {ran:?}");
        let answer = ran.json();
        for (seen, part) in problem(&answer).into_iter().zip(expected) {
            assert!(seen.contains(part), "{seen:?} for {expected:?}");
        }
    }
}

#[test]
fn a_profile_names_an_adapter_by_what_it_is() {
    let folder = with_example();
    folder.file("clean.json", sample("clean.json"));
    let says = |code: &str, parts: &[&str]| {
        let ran = judge(&folder, "acme-lint=clean.json");
        assert_eq!(ran.code, 2, "{ran:?}");
        for part in [&[code], parts].concat() {
            assert!(ran.stderr.contains(part), "{part} in {}", ran.stderr);
        }
    };
    let digest = Digest::of(&example());
    let mut other = example();
    // A custom section that says nothing.
    other.extend([0, 1, 0]);
    folder.file("acme-lint.wasm", &other);
    let found = Digest::of(&other).to_string();
    says(
        "adapter-digest",
        &[&found, &digest.to_string(), "acme-lint.wasm"],
    );

    profile(&folder, "acme-pint", &example());
    folder.file("clean.json", sample("clean.json"));
    let ran = judge(&folder, "clean.json");
    assert_eq!(ran.code, 2, "{ran:?}");
    let expected = "the adapter `acme-pint.wasm` reads reports of `acme-lint`, and the profile names it for `acme-pint`";
    assert!(ran.stderr.contains(expected), "{ran:?}");

    profile(&folder, "trivy", &example());
    says(
        "config-invalid",
        &["a tool whose reports the program reads itself"],
    );
    profile(&folder, "acme-lint", &example());
    fs::remove_file(folder.path().join("acme-lint.wasm")).unwrap();
    says("config-invalid", &["reading the adapter `acme-lint.wasm`"]);
    // Whoever names another tool does not need it.
    let trivy = report("trivy/clean.json");
    let ran = judge(&folder, &format!("trivy={}", trivy.display()));
    assert_eq!(ran.code, 0, "{ran:?}");
}

#[test]
fn a_replay_needs_neither_the_report_nor_the_adapter_s_file() {
    let folder = with_example();
    folder.file("findings.json", sample("findings.json"));
    let answer = judge(&folder, "findings.json").json();
    let record = answer["record"].as_str().unwrap();
    for file in ["findings.json", "acme-lint.wasm", "gate.toml"] {
        fs::remove_file(folder.path().join(file)).unwrap();
    }
    let replay = || {
        folder.gate(&[
            "replay",
            record,
            "--evidence",
            "evidence",
            "--format",
            "json",
        ])
    };
    let ran = replay();
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(ran.json()["level"], "full");

    // Without the component nobody can read the report again.
    let hex = Digest::of(&example()).hex();
    let kept = files_below(&folder.path().join("evidence/blobs"));
    let blob = kept.iter().find(|path| path.ends_with(&hex)).unwrap();
    fs::remove_file(blob).unwrap();
    let ran = replay();
    assert_eq!(ran.code, 3, "{ran:?}");
    assert_eq!(ran.json()["result"], "not-replayable");
}

#[test]
fn a_secret_leaves_no_trace() {
    let folder = with_example();
    let report = sample("findings.json").replace("not-a-real-password", CANARY);
    folder.file("findings.json", &report);
    let clean = |bytes: &[u8], place: &str| {
        assert!(!String::from_utf8_lossy(bytes).contains(CANARY), "{place}");
    };
    let answer = judge(&folder, "findings.json");
    let record = answer.json()["record"].as_str().unwrap().to_owned();
    let replay = ["replay", &record, "--evidence", "evidence"];
    for ran in [
        answer,
        folder.gate(&["normalize", "--report", "findings.json", "--format", "json"]),
        folder.gate(&["evaluate", "sast", "--report", "findings.json"]),
        folder.gate(&replay),
    ] {
        assert!(ran.code <= 1, "{ran:?}");
        clean(format!("{ran:?}").as_bytes(), "an answer");
    }
    for path in files_below(&folder.path().join("evidence")) {
        clean(&fs::read(&path).unwrap(), &path.display().to_string());
    }
    // The source text itself is gone; what tells two of them apart is not.
    let ran = folder.gate(&["normalize", "--report", "findings.json", "--format", "json"]);
    let findings = ran.json()["findings"].to_string();
    assert!(findings.contains("\"context\":\"shape:"), "{findings}");
}

#[test]
fn an_adapter_is_shown_with_the_lines_that_name_it() {
    let folder = Folder::new();
    folder.file("a.wasm", example());
    let digest = Digest::of(&example());
    let ran = folder.gate(&["adapter", "inspect", "a.wasm"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    for part in [
        "acme-lint 1.0.0",
        "imports       nothing",
        "redacted      code",
        "[adapters.acme-lint]",
        &format!("digest = \"{digest}\""),
    ] {
        assert!(ran.stdout.contains(part), "{part} in {}", ran.stdout);
    }
    let ran = folder.gate(&["adapter", "inspect", "a.wasm", "--format", "json"]);
    let answer = ran.json();
    assert_eq!(answer["format"], "gate-adapter/1");
    assert_eq!(answer["imports"], serde_json::json!([]));
    folder.file("b.wasm", "not a component");
    let ran = folder.gate(&["adapter", "inspect", "b.wasm"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.contains("adapter-invalid"), "{ran:?}");
}
