//! Every adapter against every damage that its format knows: no cell opens a gate, none crashes or hangs, and what
//! can be read beside an odd record is not lost. The table is written to `target/bad-input.md`.
//!
//! `bad_input.rs` looks at six of the adapters more closely: which code, which words, and whether the record repeats.

mod cases;
mod lines;
mod markup;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::panic::catch_unwind;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, mpsc};
use std::time::Duration;

use serde_json::Value;

use crate::damage::{ANY, Damage, JSON, LARGE};
use crate::gate::{Folder, target};
use crate::tools::{EVERY_KIND, Format, TOOLS, Tool};
use cases::{CASES, Case, DECIDED, Expected, Make};

/// An adapter of each format, for what takes its time and is the format's own affair.
const ONE_OF_EACH: &[&str] = &[
    "trivy-json",
    "trufflehog-json",
    "junit-xml",
    "prowler-csv",
    "zap-text",
];
/// No report may keep the gate busy for longer.
const LIMIT: Duration = Duration::from_secs(20);

/// What a cell showed: the exit codes of its reports, nothing where the case does not apply, and complaints.
#[derive(Default)]
struct Cell {
    codes: Vec<i32>,
    complaints: Vec<String>,
}

/// An answer of the program.
struct Answer {
    code: i32,
    json: Value,
}

impl Answer {
    /// Where the findings stand.
    fn findings(&self) -> Vec<&str> {
        let findings = self.json["findings"].as_array().into_iter().flatten();
        let pointers = findings.map(|finding| &finding["finding"]["evidence"]["pointer"]);
        pointers.filter_map(Value::as_str).collect()
    }

    /// What the reading complains about.
    fn problems(&self) -> &[Value] {
        let problems = self.json["scan_reports"][0]["problems"].as_array();
        problems.map_or(&[], Vec::as_slice)
    }

    /// The records that could not be understood.
    fn quarantined(&self) -> Vec<&str> {
        let problems = self.problems().iter();
        let odd = problems.filter(|problem| problem["code"] == "record-quarantined");
        odd.filter_map(|problem| problem["place"].as_str())
            .collect()
    }

    /// The findings of an undamaged report that are missing though their record was understood.
    fn lost<'a>(&self, undamaged: &'a Self) -> Vec<&'a str> {
        let (here, odd) = (self.findings(), self.quarantined());
        let lost = |pointer: &&str| {
            !here.contains(pointer) && !odd.iter().any(|record| is_in(pointer, record))
        };
        undamaged.findings().into_iter().filter(lost).collect()
    }
}

/// Whether a pointer leads to a record, or into it.
fn is_in(pointer: &str, record: &str) -> bool {
    let rest = pointer.strip_prefix(record);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Asks a gate of one report; `None` when the answer takes too long.
fn ask(folder: &Folder, gate: &str, tool: &Tool, path: &str) -> Option<Answer> {
    let report = format!("{}={path}", tool.name);
    let mut command = folder.command(&["evaluate", gate, "--report", &report, "--format", "json"]);
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let process = child.id().to_string();
    let (done, answer) = mpsc::channel();
    std::thread::spawn(move || done.send(child.wait_with_output()));
    let Ok(output) = answer.recv_timeout(LIMIT) else {
        // Whether it could be killed changes nothing: the cell has failed.
        let _ = Command::new("kill").args(["-9", &process]).status();
        return None;
    };
    let output = output.unwrap();
    let json = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let code = output.status.code().unwrap_or(-1);
    Some(Answer { code, json })
}

/// What is wrong with an answer.
fn complaint(expected: Expected, answer: &Answer, undamaged: Option<&Answer>) -> Option<String> {
    let outcome = answer.json["outcome"].as_str().unwrap_or("no answer");
    let undecided = (answer.code, outcome) == (3, "error");
    let closed = undecided || (answer.code, outcome) == (1, "fail");
    let lost = undamaged.map_or_else(Vec::new, |undamaged| answer.lost(undamaged));
    let fine = match expected {
        Expected::Undecided => undecided,
        Expected::Closed => closed,
        Expected::Beside => {
            let complained = undamaged.is_some_and(|one| answer.problems() != one.problems());
            undecided && complained && lost.is_empty()
        }
        Expected::Read => undecided || (closed && lost.is_empty()),
        Expected::Legitimate => [0, 1, 3].contains(&answer.code),
    };
    let reason = &answer.json["reasons"][0]["message"];
    (!fine).then(|| format!("{} {outcome}, lost {lost:?}: {reason}", answer.code))
}

fn judge(tool: &Tool, case: &Case) -> Cell {
    let mut cell = Cell::default();
    let folder = Folder::new();
    folder.file("gate.toml", EVERY_KIND);
    let gate = case.gate;
    let reports = case.reports(&folder, tool);
    if reports.is_empty() {
        return cell;
    }
    let expected = case.expected_of(tool);
    let undamaged = matches!(expected, Expected::Beside | Expected::Read).then(|| {
        folder.file("undamaged", tool.read(tool.findings));
        ask(&folder, gate, tool, "undamaged").unwrap()
    });
    for path in reports {
        match ask(&folder, gate, tool, &path) {
            Some(answer) => {
                cell.codes.push(answer.code);
                cell.complaints
                    .extend(complaint(expected, &answer, undamaged.as_ref()));
            }
            None => cell.complaints.push(format!("no answer within {LIMIT:?}")),
        }
    }
    cell
}

/// The cases of a format: those of every report, those of its own.
fn cases() -> Vec<Case> {
    let case = |damage: &'static Damage, formats, only| Case {
        what: damage.what,
        formats,
        make: Make::Path(damage.make),
        expected: Expected::Undecided,
        only,
        gate: "image",
    };
    let any = ANY.iter().map(|damage| case(damage, cases::ALL, &[]));
    let large = LARGE
        .iter()
        .map(|damage| case(damage, cases::ALL, ONE_OF_EACH));
    let json = JSON.iter().map(|damage| case(damage, cases::JSON, &[]));
    any.chain(large)
        .chain(json)
        .chain([CASES, markup::CASES, lines::CASES].concat())
        .collect()
}

/// Every row against every case of its format, on all processors.
fn fill(cases: &[Case]) -> BTreeMap<(usize, usize), Cell> {
    let rows: Vec<_> = (0..TOOLS.len())
        .flat_map(|row| (0..cases.len()).map(move |case| (row, case)))
        .filter(|(row, case)| cases[*case].applies(&TOOLS[*row]))
        .collect();
    let next = AtomicUsize::new(0);
    let cells = Mutex::new(BTreeMap::new());
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some((row, case)) = rows.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let judged = catch_unwind(|| judge(&TOOLS[*row], &cases[*case]));
                    let cell = judged.unwrap_or_else(|_| Cell {
                        codes: Vec::new(),
                        complaints: vec!["the test panicked; it is shown above".to_owned()],
                    });
                    cells.lock().unwrap().insert((*row, *case), cell);
                }
            });
        }
    });
    cells.into_inner().unwrap()
}

/// The table for people: what each cell exited with, and which cells are not as they should be.
fn table(cases: &[Case], cells: &BTreeMap<(usize, usize), Cell>) -> String {
    let mut page = String::from(
        "# Bad input\n\nExit codes: 1 is a closed gate, 3 is could not decide, 0 would be an open one. Empty where \
         the case does not apply.\n",
    );
    for format in [
        Format::Json,
        Format::JsonLines,
        Format::Xml,
        Format::Csv,
        Format::Text,
    ] {
        let rows = || (0..TOOLS.len()).filter(|row| TOOLS[*row].format == format);
        write!(page, "\n## {format:?}\n\n| case |").unwrap();
        rows().for_each(|row| write!(page, " {} |", TOOLS[row].adapter).unwrap());
        write!(page, "\n| --- |{}\n", " --- |".repeat(rows().count())).unwrap();
        for (number, case) in cases.iter().enumerate() {
            if !case.formats.contains(&format) {
                continue;
            }
            write!(page, "| {} |", case.what.replace('|', "\\|")).unwrap();
            for row in rows() {
                let cell = cells.get(&(row, number));
                write!(page, " {} |", cell.map(shown).unwrap_or_default()).unwrap();
            }
            page.push('\n');
        }
    }
    page
}

/// The exit codes of a cell, each once, with how often where it is more than one.
fn shown(cell: &Cell) -> String {
    let mut counts = BTreeMap::new();
    for code in &cell.codes {
        *counts.entry(code).or_insert(0) += 1;
    }
    let each = counts.into_iter().map(|(code, count)| match count {
        1 => code.to_string(),
        _ => format!("{code} ×{count}"),
    });
    let mark = if cell.complaints.is_empty() { "" } else { " !" };
    each.collect::<Vec<_>>().join(", ") + mark
}

#[test]
fn no_cell_opens_a_gate() {
    let cases = cases();
    let cells = fill(&cases);
    fs::write(target().join("bad-input.md"), table(&cases, &cells)).unwrap();
    let mut failed = String::new();
    for ((row, case), cell) in &cells {
        for complaint in &cell.complaints {
            let (adapter, what) = (TOOLS[*row].adapter, cases[*case].what);
            writeln!(failed, "{adapter}, {what}: {complaint}").unwrap();
        }
    }
    assert!(failed.is_empty(), "\n{failed}");
}

/// An exception that names no adapter or no case would never be noticed.
#[test]
fn every_exception_is_one() {
    let cases = cases();
    for (adapter, what, _) in DECIDED {
        assert!(
            TOOLS.iter().any(|tool| tool.adapter == *adapter),
            "{adapter}"
        );
        assert!(cases.iter().any(|case| case.what == *what), "{what}");
    }
}
