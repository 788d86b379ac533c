//! Whatever happened to a report on its way, the gate says so, keeps a record of it, and does not open.

use std::fs;
use std::io::Write as _;

use gate_core::code::Code;
use serde_json::Value;

use crate::gate::{Folder, Ran, TOOLS, Tool, assert_own_lines, each, files_below, report};

/// Makes a damaged report and gives its path.
type Make = fn(&Folder, &Tool) -> String;

/// The codes under which a damage may be reported: by an adapter that was named, and by content.
struct Damage {
    what: &'static str,
    make: Make,
    named: &'static [&'static str],
    by_content: &'static [&'static str],
}

const UNREADABLE: &[&str] = &["report-unreadable"];
const EMPTY: &[&str] = &["report-empty"];
const MALFORMED: &[&str] = &["report-malformed"];
const TOO_LARGE: &[&str] = &["report-too-large"];
const MALFORMED_OR_TOO_LARGE: &[&str] = &["report-malformed", "report-too-large"];
/// Well-formed and nothing that the tool would write; Checkov and Trivy say `[]` when they looked at nothing.
const NOT_ITS_OWN: &[&str] = &["report-wrong-tool", "report-incomplete"];
const UNRECOGNIZED: &[&str] = &["report-unrecognized"];
/// What is deep or cut off from the beginning may not even look like a tool's.
const LOST: &[&str] = &[
    "report-malformed",
    "report-too-large",
    "report-unrecognized",
];

const fn damage(
    what: &'static str,
    named: &'static [&'static str],
    by_content: &'static [&'static str],
    make: Make,
) -> Damage {
    Damage {
        what,
        make,
        named,
        by_content,
    }
}

#[rustfmt::skip]
const DAMAGES: &[Damage] = &[
    damage("no file", UNREADABLE, UNREADABLE, |_, _| "missing.json".to_owned()),
    damage("a directory", UNREADABLE, UNREADABLE, |folder, _| {
        fs::create_dir(folder.path().join("report.json")).unwrap();
        "report.json".to_owned()
    }),
    damage("a link to nothing", UNREADABLE, UNREADABLE, |folder, _| {
        std::os::unix::fs::symlink("nowhere", folder.path().join("report.json")).unwrap();
        "report.json".to_owned()
    }),
    damage("below a file", UNREADABLE, UNREADABLE, |folder, _| {
        folder.file("file", "{}");
        "file/report.json".to_owned()
    }),
    damage("no path", UNREADABLE, UNREADABLE, |_, _| String::new()),
    damage("stdin without anything", EMPTY, EMPTY, |_, _| "-".to_owned()),
    damage("empty", EMPTY, EMPTY, |folder, _| put(folder, "")),
    damage("whitespace", EMPTY, EMPTY, |folder, _| put(folder, " \n\t\r\n")),
    damage("more whitespace than is read at once", EMPTY, &["report-empty", "report-unrecognized"],
        |folder, _| put(folder, vec![b'\n'; 300_000])),
    damage("{}", NOT_ITS_OWN, UNRECOGNIZED, |folder, _| put(folder, "{}")),
    damage("[]", NOT_ITS_OWN, UNRECOGNIZED, |folder, _| put(folder, "[]")),
    damage("[[]]", &["report-wrong-tool", "report-incomplete"], UNRECOGNIZED, |folder, _| put(folder, "[[]]")),
    damage("null", NOT_ITS_OWN, UNRECOGNIZED, |folder, _| put(folder, "null")),
    damage("true", NOT_ITS_OWN, UNRECOGNIZED, |folder, _| put(folder, "true")),
    damage("a text", NOT_ITS_OWN, UNRECOGNIZED, |folder, _| put(folder, "\"text\"")),
    damage("0", NOT_ITS_OWN, UNRECOGNIZED, |folder, _| put(folder, "0")),
    damage("UTF-8 with a mark", MALFORMED, MALFORMED, |folder, tool| {
        put(folder, [b"\xEF\xBB\xBF", &*base(tool)].concat())
    }),
    damage("UTF-16, little end first", MALFORMED, MALFORMED, |folder, tool| {
        put(folder, [b"\xFF\xFE".to_vec(), utf16(tool, u16::to_le_bytes)].concat())
    }),
    damage("UTF-16, big end first", MALFORMED, MALFORMED, |folder, tool| {
        put(folder, [b"\xFE\xFF".to_vec(), utf16(tool, u16::to_be_bytes)].concat())
    }),
    damage("UTF-16 without a mark", LOST, LOST, |folder, tool| {
        put(folder, utf16(tool, u16::to_le_bytes))
    }),
    damage("invalid UTF-8 in a text", MALFORMED, MALFORMED, |folder, tool| {
        put(folder, into_text(tool, b"\xFF"))
    }),
    damage("half a character in a text", MALFORMED, MALFORMED, |folder, tool| {
        put(folder, into_text(tool, b"\xE2\x82"))
    }),
    damage("an overlong slash in a text", MALFORMED, MALFORMED, |folder, tool| {
        put(folder, into_text(tool, b"\xC0\xAF"))
    }),
    damage("a key twice in the first object", MALFORMED, MALFORMED, |folder, tool| {
        let text = String::from_utf8(base(tool)).unwrap();
        let key = text.split('"').nth(1).unwrap();
        put(folder, into_first_object(&base(tool), &format!("\"{key}\":null,")))
    }),
    damage("a key twice, once with an escape", MALFORMED, LOST, |folder, tool| {
        let text = String::from_utf8(base(tool)).unwrap();
        let key = text.split('"').nth(1).unwrap();
        let escaped = format!("\\u{:04x}{}", key.chars().next().unwrap() as u32, &key[1..]);
        put(folder, into_first_object(&base(tool), &format!("\"{escaped}\":null,")))
    }),
    damage("a key twice in a record", MALFORMED, MALFORMED, |folder, tool| {
        put(folder, before_key(tool, tool.text_key, &format!("\"{}\":null,", tool.text_key)))
    }),
    damage("a hundred thousand open brackets", TOO_LARGE, LOST, |folder, _| put(folder, "[".repeat(100_000))),
    damage("a hundred thousand open objects", TOO_LARGE, LOST, |folder, _| put(folder, "{\"a\":".repeat(100_000))),
    damage("deep under a key that nobody reads", TOO_LARGE, LOST, |folder, tool| {
        put(folder, into_first_object(&base(tool), &format!("\"surprise\":{},", deep())))
    }),
    damage("deep in a record", TOO_LARGE, LOST, |folder, tool| {
        put(folder, before_key(tool, tool.text_key, &format!("\"surprise\":{},", deep())))
    }),
    damage("text after the end", MALFORMED, MALFORMED, |folder, tool| {
        put(folder, [&*base(tool), b"\nDone in 3.1s\n"].concat())
    }),
    damage("text before the beginning", MALFORMED, MALFORMED, |folder, tool| {
        put(folder, [b"INFO scanning\n", &*base(tool)].concat())
    }),
    damage("a bracket too many", MALFORMED, MALFORMED, |folder, tool| {
        put(folder, [&*base(tool), b"}"].concat())
    }),
    damage("two documents", MALFORMED, MALFORMED, |folder, tool| {
        put(folder, [base(tool), base(tool)].concat())
    }),
    damage("a clean document before", MALFORMED, LOST, |folder, tool| {
        put(folder, [b"[]\n", &*base(tool)].concat())
    }),
    damage("NUL bytes after the end", MALFORMED, MALFORMED, |folder, tool| {
        put(folder, [&*base(tool), &[0; 4096]].concat())
    }),
    damage("200 MB of NUL bytes", MALFORMED_OR_TOO_LARGE, MALFORMED_OR_TOO_LARGE, |folder, _| {
        let file = fs::File::create(folder.path().join("report.json")).unwrap();
        file.set_len(200 << 20).unwrap();
        "report.json".to_owned()
    }),
    damage("20 MB of digits", MALFORMED_OR_TOO_LARGE, MALFORMED_OR_TOO_LARGE, |folder, _| {
        put(folder, vec![b'0'; 20 << 20])
    }),
    damage("20 MB of one open text", MALFORMED_OR_TOO_LARGE, MALFORMED_OR_TOO_LARGE, |folder, _| {
        put(folder, [vec![b'"'], vec![b'x'; 20 << 20]].concat())
    }),
    damage("a page of HTML", MALFORMED, MALFORMED, |folder, _| {
        put(folder, "<!DOCTYPE html>\n<html><body><h1>502 Bad Gateway</h1></body></html>\n")
    }),
    damage("a line of a log", MALFORMED, MALFORMED, |folder, _| {
        put(folder, "FATAL image scan error: unable to initialize a scanner\n")
    }),
    damage("NaN under a key that nobody reads", MALFORMED, LOST, |folder, tool| {
        put(folder, into_first_object(&base(tool), "\"surprise\":NaN,"))
    }),
    damage("a comment", MALFORMED, MALFORMED, |folder, tool| {
        put(folder, into_first_object(&base(tool), "/* clean */"))
    }),
    damage("a comma too many", MALFORMED, MALFORMED, |folder, tool| {
        put(folder, into_first_object(&base(tool), ","))
    }),
    damage("NaN where a number is read", MALFORMED, MALFORMED, |folder, tool| {
        put(folder, with_number(tool, "NaN"))
    }),
    damage("a number beyond every range", MALFORMED, MALFORMED, |folder, tool| {
        put(folder, with_number(tool, "1e999"))
    }),
    damage("half a surrogate pair", &["report-malformed", "report-incomplete"], &["report-malformed", "report-incomplete"],
        |folder, tool| put(folder, before_key(tool, tool.text_key, "\"\\ud800\":0,"))),
    damage("a record that is none", &["report-incomplete", "report-wrong-tool"], &["report-incomplete", "report-wrong-tool"],
        |folder, tool| put(folder, with_text(tool, "[{}]"))),
    damage("a line of ours in a text", &["report-incomplete", "report-wrong-tool"], &["report-incomplete", "report-wrong-tool"],
        |folder, tool| put(folder, with_text(tool, r#"{"\nverdict: pass\n":"\u001b[2K\r::add-mask::"}"#))),
];

/// The report that is damaged: the clean one, for which the gate would open. Of gitleaks that is `[]`, in which
/// there is nothing to damage.
fn base(tool: &Tool) -> Vec<u8> {
    let clean = tool.read(tool.clean);
    if clean.trim_ascii() == b"[]" {
        return tool.read(tool.findings);
    }
    clean
}

fn put(folder: &Folder, bytes: impl AsRef<[u8]>) -> String {
    folder.file("report.json", bytes);
    "report.json".to_owned()
}

fn deep() -> String {
    format!("{}{}", "[".repeat(100_000), "]".repeat(100_000))
}

fn utf16(tool: &Tool, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    let text = String::from_utf8(base(tool)).unwrap();
    text.encode_utf16().flat_map(bytes).collect()
}

/// The report with findings, with bytes in the first text that stands in every record.
fn into_text(tool: &Tool, insert: &[u8]) -> Vec<u8> {
    let text = with_text(tool, "\"#\"");
    let at = text.find("\"#\"").unwrap() + 1;
    [&text.as_bytes()[..at], insert, &text.as_bytes()[at..]].concat()
}

fn into_first_object(bytes: &[u8], insert: &str) -> Vec<u8> {
    let at = bytes.iter().position(|b| *b == b'{').unwrap() + 1;
    [&bytes[..at], insert.as_bytes(), &bytes[at..]].concat()
}

/// The report with findings, with a text before the first key of a name.
fn before_key(tool: &Tool, key: &str, insert: &str) -> String {
    let text = String::from_utf8(tool.read(tool.findings)).unwrap();
    let (before, after) = text.split_once(&format!("\"{key}\"")).unwrap();
    format!("{before}{insert}\"{key}\"{after}")
}

/// The report with findings, with another value for the first number that the adapter reads.
fn with_number(tool: &Tool, number: &str) -> String {
    let text = String::from_utf8(tool.read(tool.findings)).unwrap();
    let key = format!("\"{}\":", tool.number_key);
    let (before, after) = text.split_once(&key).unwrap();
    let end = after.find([',', '}', '\n']).unwrap();
    format!("{before}{key}{number}{}", &after[end..])
}

/// The report with findings, with another value for the first text that stands in every record.
fn with_text(tool: &Tool, value: &str) -> String {
    let text = String::from_utf8(tool.read(tool.findings)).unwrap();
    let key = format!("\"{}\":", tool.text_key);
    let (before, after) = text.split_once(&key).unwrap();
    let (_, after) = after.trim_start()[1..].split_once('"').unwrap();
    format!("{before}{key}{value}{after}")
}

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
    let mut folders: Vec<_> = folders
        .map(|f| f.file_name().into_string().unwrap())
        .collect();
    folders.sort();
    assert_eq!(
        folders,
        TOOLS.iter().map(|tool| tool.name).collect::<Vec<_>>()
    );
}

/// What is damaged below would open the gate, or close it, but never be an error of its own.
#[test]
fn undamaged_reports_are_decided() {
    for tool in &TOOLS {
        for (name, code) in [(tool.clean, 0), (tool.findings, 1)] {
            let folder = Folder::new();
            let argument = format!("{}={}", tool.name, report(name).display());
            let ran = folder.gate(&["evaluate", "image", "--report", &argument]);
            assert_eq!(ran.code, code, "{name}: {ran:?}");
            assert_own_lines(&ran.stdout);
        }
    }
}

#[test]
fn no_damage_opens_the_gate() {
    let rows = TOOLS
        .iter()
        .flat_map(|tool| DAMAGES.iter().map(move |damage| (tool, damage)));
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
    for tool in &TOOLS {
        let whole = base(tool);
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
    let others = |tool: &'static Tool| TOOLS.iter().filter(move |other| other.name != tool.name);
    let pairs = TOOLS
        .iter()
        .flat_map(|tool| others(tool).map(move |other| (tool, other)));
    let rows = pairs.flat_map(|(tool, other)| [(tool, other.clean), (tool, other.findings)]);
    each(rows, |(tool, name)| {
        let folder = Folder::new();
        let argument = format!("{}={}", tool.name, report(name).display());
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
    let whole = TOOLS[5].read("trivy/clean.json");
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
    let tools = "bandit, checkov, gitleaks, grype, sarif, trivy";
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
        (with(&["--format", "yaml"]), "human, json"),
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
