//! `cargo dev demo`: the main job, once, on reports that real scanners wrote.

use std::fs;

use crate::build::build;
use crate::run::{Result, command, output, root, target};

/// Builds, evaluates, replays.
pub fn demo() -> Result {
    let gate = build()?.display().to_string();
    let folder = target().join("demo");
    // A demo that ran before must not answer for this one.
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let reports = root().join("tests/reports");
    for (from, to) in [
        ("bandit/findings.json", "bandit.json"),
        ("sarif/semgrep.sarif", "semgrep.sarif"),
    ] {
        fs::copy(reports.join(from), folder.join(to))?;
    }

    let ask = [
        "evaluate",
        "sast",
        "--report",
        "bandit.json",
        "--report",
        "semgrep.sarif",
    ];
    println!("\n$ gate {}\n", ask.join(" "));
    let (code, verdict) = output(command(&gate, ask).current_dir(&folder))?;
    println!("{verdict}");
    println!("exit code {code}: the gate is closed, as it should be for these reports.\n");
    if code != 1 {
        return Err(format!("the demo's reports should fail with exit code 1, not {code}").into());
    }

    // The scanners' files go; the record stays.
    fs::remove_file(folder.join("bandit.json"))?;
    fs::remove_file(folder.join("semgrep.sarif"))?;
    let records =
        fs::read_dir(folder.join(".gate/records"))?.collect::<std::io::Result<Vec<_>>>()?;
    let record = records
        .first()
        .ok_or("the evaluation left no record")?
        .file_name();
    let record = record
        .to_string_lossy()
        .chars()
        .take(12)
        .collect::<String>();
    println!("$ gate replay {record}\n");
    let (code, answer) = output(command(&gate, ["replay", &record]).current_dir(&folder))?;
    print!("{answer}");
    if code != 0 {
        return Err(format!("the record should replay with exit code 0, not {code}").into());
    }
    println!("\nThe program is {gate}");
    Ok(())
}
