//! Whatever happened to a report on its way, the gate says so, keeps a record of it, and does not open.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;

use gate_core::code::Code;
use serde_json::Value;

use crate::damage::{ANY, JSON, LARGE, NOT_ITS_OWN, put};
use crate::gate::{Folder, Ran, assert_own_lines, each, files_below, report, workspace};
use crate::tools::{EVERY_KIND, TOOLS, Tool, six};

/// What the program says of a report, as JSON and for people; of a large one once is enough.
fn evaluate(folder: &Folder, report: &str) -> (Value, Option<String>) {
    let ask = |form: &str| {
        let arguments = ["evaluate", "image", "--report", report];
        folder.gate(
            &[
                &arguments[..],
                &["--evidence", "evidence", "--format", form],
            ]
            .concat(),
        )
    };
    let large = fs::metadata(folder.path().join("report.json")).is_ok_and(|m| m.len() > 1 << 20);
    let json = ask("json");
    let human = (!large).then(|| ask("human"));
    for ran in std::iter::once(&json).chain(&human) {
        assert_eq!((ran.code, &*ran.stderr), (3, ""), "{report}: {ran:?}");
    }
    let human = human.map(|ran| ran.stdout);
    human.iter().for_each(|human| assert_own_lines(human));
    (json.json(), human)
}

/// The answer is an error that names the report, and its record repeats it.
fn assert_undecided(folder: &Folder, what: &str, report: &str, codes: &[&str]) {
    let (answer, human) = evaluate(folder, report);
    assert_eq!(answer["outcome"], "error", "{what}: {answer}");
    assert_eq!(answer["exit_code"], 3, "{what}: {answer}");
    let path = report.split_once('=').map_or(report, |(_, path)| path);
    let name = if path == "-" { "stdin" } else { path };
    let reason = &answer["reasons"][0];
    let code = reason["code"].as_str().unwrap();
    assert!(codes.contains(&code), "{what}: {reason}");
    assert!(Code::from_name(code).is_some(), "{what}: {reason}");
    assert_eq!(reason["report"], name, "{what}: {reason}");
    assert!(reason["help"].is_string(), "{what}: {reason}");
    if let Some(human) = human {
        let beginning = format!("error[gate::image::{code}]: ");
        assert!(human.starts_with(&beginning), "{what}: {human}");
        assert!(human.contains(&format!("`{name}`")), "{what}: {human}");
    }
    assert_reproduced(folder, what, &answer);
}

fn assert_reproduced(folder: &Folder, what: &str, answer: &Value) {
    let record = answer["record"].as_str().unwrap();
    let arguments = [
        "replay",
        record,
        "--evidence",
        "evidence",
        "--level",
        "decision",
    ];
    let replayed = folder.gate(&[&arguments[..], &["--format", "json"]].concat());
    assert_eq!(
        (replayed.code, &*replayed.stderr),
        (0, ""),
        "{what}: {replayed:?}"
    );
    let replayed = replayed.json();
    assert_eq!(replayed["result"], "reproduced", "{what}: {replayed}");
    assert_eq!(replayed["outcome"], "error", "{what}: {replayed}");
}

#[test]
fn every_folder_of_reports_has_a_row() {
    let folders = fs::read_dir(report(".")).unwrap().map(Result::unwrap);
    let folders = folders.filter(|entry| entry.path().is_dir());
    let folders: BTreeSet<_> = folders
        .map(|f| f.file_name().into_string().unwrap())
        .collect();
    let named = TOOLS.iter().map(|tool| tool.name.to_owned()).collect();
    assert_eq!(folders, named);
}

#[test]
fn every_adapter_has_a_row() {
    let page = fs::read_to_string(workspace().join("docs/adapters.md")).unwrap();
    let adapters = page.lines().filter_map(|line| {
        let id = line.strip_prefix("- **adapter**: `")?;
        id.split_once('@').map(|(reading, _)| reading)
    });
    let mut adapters: Vec<_> = adapters.collect();
    adapters.sort_unstable();
    let mut rows: Vec<_> = TOOLS.iter().map(|tool| tool.adapter).collect();
    rows.sort_unstable();
    assert_eq!(adapters, rows);
}

/// What is damaged below would open the gate, or close it, but never be an error of its own; but for the reports of
/// runs that say themselves that they are not complete.
#[test]
fn undamaged_reports_are_decided() {
    each(TOOLS, |tool| {
        let folder = Folder::new();
        folder.file("gate.toml", EVERY_KIND);
        let clean = folder.file("clean", tool.clean_bytes());
        let clean = format!("{}={}", tool.name, clean.display());
        let ended = format!("{}=0", tool.name);
        let arguments = ["evaluate", "image", "--report", &clean];
        let ended = ["--scanner-exit", &ended];
        // Nothing at all is a report only of a scanner of which it is known that it ended well.
        let nothing = tool.clean.is_empty();
        assert_eq!(folder.gate(&arguments).code, if nothing { 3 } else { 0 });
        assert_eq!(folder.gate(&[&arguments[..], &ended].concat()).code, 0);

        let path = report(&tool.path(tool.findings));
        let argument = format!("{}={}", tool.name, path.display());
        let ran = folder.gate(&["evaluate", "image", "--report", &argument]);
        let expected = fs::read(path.with_added_extension("expected")).unwrap();
        let expected: Value = serde_json::from_slice(&expected).unwrap();
        let complete = expected["scan_report"]["completeness"] == "complete";
        assert_eq!(ran.code != 3, complete, "{argument}: {ran:?}");
        assert!(ran.code <= 3, "{argument}: {ran:?}");
        assert_own_lines(&ran.stdout);
    });
}

#[test]
fn no_damage_opens_the_gate() {
    let damages = ANY.iter().chain(LARGE).chain(JSON);
    let rows = six().flat_map(|tool| damages.clone().map(move |damage| (tool, damage)));
    each(rows, |(tool, damage)| {
        let folder = Folder::new();
        let path = (damage.make)(&folder, tool);
        let what = format!("{}, {}", tool.name, damage.what);
        // The one exception: a clean run of gitleaks says no more than this.
        if what == "gitleaks, []" {
            let ran = folder.gate(&["evaluate", "secrets", "--report", "gitleaks=report.json"]);
            assert_eq!(ran.code, 0, "{ran:?}");
        } else {
            assert_undecided(
                &folder,
                &what,
                &format!("{}={path}", tool.name),
                damage.named,
            );
        }
        assert_undecided(&folder, &what, &path, damage.by_content);
    });
}

#[test]
fn a_report_that_is_cut_off_anywhere_is_an_error() {
    for tool in six() {
        let whole = tool.base();
        let whole = whole.trim_ascii_end();
        let folder = Folder::new();
        for end in (0..whole.len()).step_by(64).chain([whole.len() - 1]) {
            let path = put(&folder, &whole[..end]);
            for report in [format!("{}={path}", tool.name), path] {
                let ran =
                    folder.gate(&["evaluate", "image", "--report", &report, "--format", "json"]);
                let answer = ran.json();
                let code = answer["reasons"][0]["code"].as_str().unwrap();
                let expected = match end {
                    0 => code == "report-empty",
                    // Too little to say whose it is.
                    _ => {
                        code == "report-malformed"
                            || (code == "report-unrecognized" && !report.contains('='))
                    }
                };
                assert!(expected && ran.code == 3, "{report} cut at {end}: {ran:?}");
            }
        }
    }
}

#[test]
fn a_report_of_another_tool_is_no_report_of_the_named_one() {
    let others = |tool: &'static Tool| six().filter(move |other| other.name != tool.name);
    let pairs = six().flat_map(|tool| others(tool).map(move |other| (tool, other)));
    let rows = pairs.flat_map(|(tool, other)| {
        [
            (tool, other.path(other.clean)),
            (tool, other.path(other.findings)),
        ]
    });
    each(rows, |(tool, name)| {
        let folder = Folder::new();
        let argument = format!("{}={}", tool.name, report(&name).display());
        let what = format!("{name} as {}", tool.name);
        assert_undecided(&folder, &what, &argument, NOT_ITS_OWN);
    });
}

/// One bad report among good ones: the good ones are read, and the gate stays closed.
#[test]
fn one_bad_report_is_enough() {
    let folder = Folder::new();
    put(&folder, "");
    let clean = format!("trivy={}", report("trivy/clean.json").display());
    let arguments = [
        "evaluate",
        "image",
        "--monitor",
        "--report",
        &clean,
        "--report",
        "report.json",
    ];
    let ran = folder.gate(&arguments);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(
        ran.stdout
            .contains("reading `report.json`: the file is empty"),
        "{ran:?}"
    );
}

#[test]
fn a_reader_that_dies_in_the_middle_of_stdin_is_an_error() {
    let folder = Folder::new();
    let whole = fs::read(report("trivy/clean.json")).unwrap();
    let mut command = folder.command(&["evaluate", "image", "--report", "trivy=-"]);
    let piped = std::process::Stdio::piped;
    let mut child = command.stdin(piped()).stdout(piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(&whole[..whole.len() / 2]).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("report-malformed]: reading `stdin`: it ends in the middle"),
        "{text}"
    );
}

#[test]
fn without_a_report_no_gate_opens() {
    let folder = Folder::new();
    let profile = folder
        .gate(&["explain", "profile", "--format", "json"])
        .json();
    let gates = profile["gates"].as_array().unwrap();
    assert_eq!(gates.len(), 10);
    for gate in gates {
        let gate = gate["gate"].as_str().unwrap();
        let ran = folder.gate(&[
            "evaluate",
            gate,
            "--evidence",
            "evidence",
            "--format",
            "json",
        ]);
        let answer = ran.json();
        assert_eq!(
            (ran.code, &answer["reasons"][0]["code"]),
            (3, &"report-missing".into()),
            "{ran:?}"
        );
        assert_reproduced(&folder, gate, &answer);
    }
}

/// A name from the command line is text like any other.
#[test]
fn the_name_of_a_report_can_write_no_line() {
    let folder = Folder::new();
    for name in ["a\nverdict: pass\n", "\u{1b}[2K\r::warning::x", "\u{202e}x"] {
        let ran = folder.gate(&["evaluate", "image", "--report", name]);
        assert_eq!(ran.code, 3, "{ran:?}");
        assert_own_lines(&ran.stdout);
    }
}

#[test]
fn a_mistake_on_the_command_line_is_no_verdict() {
    let clean = report("trivy/clean.json");
    let trivy = format!("trivy={}", clean.display());
    let wrong_case = format!("Trivy={}", clean.display());
    let unknown = format!("nessus={}", clean.display());
    let image = ["evaluate", "image", "--report", &trivy];
    let with = |more: &[&'static str]| [&image[..], more].concat();
    let tools = "anchore, asff, aws-config, bandit, cargo-audit, ";
    for (arguments, help) in [
        (vec![], "Commands:"),
        (vec!["evaluate"], "<GATE>"),
        (vec!["evalute", "image"], "evaluate"),
        (
            vec!["evaluate", "imgae", "--report", &trivy],
            "secrets, sast, sca, sbom, image, iac",
        ),
        (
            vec!["evaluate", "IMAGE", "--report", &trivy],
            "secrets, sast, sca, sbom, image, iac",
        ),
        (vec!["evaluate", "image", "--report", &wrong_case], tools),
        (vec!["evaluate", "image", "--report", &unknown], tools),
        (vec!["normalize", "--report", &unknown], tools),
        (
            with(&["--subject", "shop@sha256:00"]),
            "a name and a digest",
        ),
        (with(&["--subject", ""]), "a name and a digest"),
        (with(&["--subject", "@sha256:00"]), "a name and a digest"),
        (with(&["--at", "2020-01-01T00:00:00Z"]), "gate replay"),
        (with(&["--at", "tomorrow"]), "2026-01-31T23:59:59Z"),
        (with(&["--config", "missing.toml"]), "missing.toml"),
        (with(&["--config", "."]), "reading `.`"),
        (with(&["--reports", "x"]), "--report"),
        (with(&["--format", "yaml"]), "human, json, sarif"),
        (
            vec!["normalize", "--report", &trivy, "--format", "sarif"],
            "[possible values: human, json]",
        ),
        (with(&["--monitor", "--monitor"]), "--monitor"),
        (with(&["--thresholds"]), "--thresholds"),
        (vec!["replay"], "<RECORD>"),
        (vec!["replay", "not-a-record"], "hexadecimal"),
        (
            vec!["explain", "severity-over-budge"],
            "gate explain profile",
        ),
        (vec!["policy"], "inspect"),
        (
            vec!["policy", "inspect", "severity"],
            "reading the policy `severity`",
        ),
        (vec!["completions", "cmd"], "bash"),
    ] {
        let folder = Folder::new();
        let ran = folder.gate(&arguments);
        assert_eq!((ran.code, &*ran.stdout), (2, ""), "{arguments:?}: {ran:?}");
        assert!(
            ran.stderr.contains(help),
            "{arguments:?} without {help}: {ran:?}"
        );
        assert!(files_below(folder.path()).is_empty(), "{arguments:?}");
    }
    let folder = Folder::new();
    let ran = Ran::of(folder.command(&image).env("GATE_PROJECT_KEY", "short"));
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(
        ran.stderr.contains("GATE_PROJECT_KEY is shorter") && !ran.stderr.contains("`short`"),
        "{ran:?}"
    );
}
