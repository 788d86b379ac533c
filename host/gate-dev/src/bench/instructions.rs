//! Instructions of whole processes, counted by valgrind's callgrind and compared with numbers that are written down.
//!
//! What is counted does not depend on how busy the machine is: two counts differ by less than 0.5 %, because of threads
//! that wait for each other. Nor does it depend on the folder that the program was built in. The numbers belong to the
//! pinned compiler and to a target. On another machine the C library may go other ways: 2.3 % with its uses of AVX2
//! turned off. Callgrind has a processor of its own, with AVX2 where the machine has it, and never with AVX-512 or
//! instructions for SHA-256; digests are therefore most of a small evaluation here.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::{Deserialize, Serialize};

use super::input::trivy;
use super::page::{Table, headed};
use super::process::remove;
use crate::run::{Result, command, root, target};

/// By how much more a process may do before it is an error, in percent: well above what a change elsewhere in the code
/// moves by other inlining, well below what anybody would notice.
const TOLERANCE: f64 = 5.0;

/// What is counted: `gate` with these arguments. The reports are named by their findings.
const PROCESSES: [&str; 6] = [
    "--version",
    "policy inspect severity-over-budget",
    "normalize --report trivy=1.json",
    "normalize --report trivy=1000.json",
    "evaluate image --report trivy=1.json",
    "evaluate image --report trivy=1000.json",
];

/// The numbers that are written down, in `host/gate-dev/instructions.json`.
#[derive(Debug, Serialize, Deserialize)]
struct Baseline {
    /// The target that they are for; another one is not compared.
    target: String,
    /// What counted them.
    valgrind: String,
    /// By the arguments of `gate`.
    counts: BTreeMap<String, u64>,
}

impl Baseline {
    fn path() -> PathBuf {
        root().join("host/gate-dev/instructions.json")
    }
}

/// Counts, and compares with what is written down. Left out where that can't be done.
pub fn check(gate: &Path) -> Result {
    let baseline: Baseline = serde_json::from_slice(&fs::read(Baseline::path())?)?;
    if baseline.target != gate_runtime::TARGET {
        let (here, there) = (gate_runtime::TARGET, baseline.target);
        println!("SKIPPED: the numbers written down are for {there}, and this is {here}");
        return Ok(());
    }
    if let Err(error) = valgrind() {
        println!("SKIPPED: {error}");
        return Ok(());
    }
    judge(&baseline.counts, &count(gate)?)
}

/// Counts, and writes down.
pub fn accept(gate: &Path) -> Result {
    let baseline = Baseline {
        target: gate_runtime::TARGET.to_owned(),
        valgrind: valgrind()?,
        counts: count(gate)?,
    };
    let path = Baseline::path();
    fs::write(&path, serde_json::to_string_pretty(&baseline)? + "\n")?;
    println!("wrote {}", path.display());
    Ok(())
}

/// Shows what changed, and refuses what grew.
fn judge(before: &BTreeMap<String, u64>, now: &BTreeMap<String, u64>) -> Result {
    let accept = "`cargo dev bench --instructions --accept` writes the new numbers down";
    let mut table = Table::new(["gate", "instructions written down", "now", "change"]);
    let (mut more, mut notes) = (Vec::new(), Vec::new());
    for (process, now) in now {
        let Some(before) = before.get(process) else {
            return Err(format!("`gate {process}` has no number written down; {accept}").into());
        };
        let change = 100.0 * (*now as f64 / *before as f64 - 1.0);
        let cells = [
            before.to_string(),
            now.to_string(),
            format!("{change:+.2} %"),
        ];
        table.row(headed(process, cells));
        let said = |than| {
            format!(
                "`gate {process}` takes {:.1} % {than} instructions",
                change.abs()
            )
        };
        match change {
            change if change > TOLERANCE => more.push(said("more")),
            change if change < -TOLERANCE => notes.push(said("fewer")),
            _ => {}
        }
    }
    println!("{table}");
    for note in notes {
        println!("note: {note}; {accept}");
    }
    if more.is_empty() {
        return Ok(());
    }
    Err(format!(
        "{}; find out why, or, if it is worth it, {accept}",
        more.join("; ")
    )
    .into())
}

/// Name and version of what counts.
fn valgrind() -> Result<String> {
    let output = command("valgrind", ["--version"]).output();
    let output =
        output.map_err(|_| "valgrind is not installed, and nothing else counts instructions")?;
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

fn count(gate: &Path) -> Result<BTreeMap<String, u64>> {
    let folder = target().join("instructions");
    fs::create_dir_all(&folder)?;
    for n in [1, 1000] {
        fs::write(folder.join(format!("{n}.json")), trivy(n))?;
    }
    let mut counts = BTreeMap::new();
    for process in PROCESSES {
        // Each run begins without evidence.
        remove(&folder.join(".gate"))?;
        let mut counted = command(
            "valgrind",
            ["--tool=callgrind", "--callgrind-out-file=/dev/null"],
        );
        counted
            .arg(gate)
            .args(process.split(' '))
            .current_dir(&folder);
        counts.insert(process.to_owned(), collected(&mut counted)?);
    }
    Ok(counts)
}

/// The number that callgrind prints when the program has ended.
fn collected(counted: &mut Command) -> Result<u64> {
    // What the environment holds is read at the start, and would be counted.
    let path = std::env::var_os("PATH").unwrap_or_default();
    let output = counted
        .env_clear()
        .env("PATH", path)
        .env("GATE_CACHE", "off")
        .output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    // A gate that is closed has judged, too.
    let judged = matches!(output.status.code(), Some(0 | 1));
    let number = said
        .lines()
        .find_map(|line| line.split_once("Collected : "));
    let number = number.and_then(|(_, number)| number.trim().parse().ok());
    number
        .filter(|_| judged)
        .ok_or_else(|| format!("`{counted:?}` counted nothing:\n{said}").into())
}
