//! `cargo dev bench`: measures, and writes the table into docs/performance.md.
//!
//! Whole processes are run in turn (A B A B …), so that a machine that grows slow is slow for all. Figures are
//! medians; what counts are ratios within one run.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Instant;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;

use crate::bench_adapters;
use crate::bench_input::{trivy, trivy_inventory};
use crate::bench_stages::stages;
use crate::build::build;
use crate::run::{Result, command, output, root, target};

const BEGIN: &str = "<!-- begin: written by `cargo dev bench` -->";
const END: &str = "<!-- end -->";

/// Runs a command to its end and prints wall microseconds, CPU microseconds and peak KiB of it alone.
pub fn measure(words: &[String]) -> Result {
    let (program, arguments) = words.split_first().ok_or("measure what?")?;
    let started = Instant::now();
    let mut child = std::process::Command::new(program);
    let status = child
        .args(arguments)
        .stdout(std::process::Stdio::null())
        .status()?;
    let wall = started.elapsed().as_micros();
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let cpu = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    println!(
        "{wall} {cpu} {} {}",
        usage.max_rss(),
        status.code().unwrap_or(-1)
    );
    Ok(())
}

#[derive(Debug, Clone, Copy)]
struct Taken {
    wall_ms: f64,
    cpu_ms: f64,
    peak_mib: f64,
}

/// Medians of several commands, run in turn.
fn in_turn(commands: &[Vec<String>], folder: &Path, runs: usize) -> Result<Vec<Taken>> {
    let me = std::env::current_exe()?.display().to_string();
    let mut all: Vec<Vec<Taken>> = commands.iter().map(|_| Vec::new()).collect();
    // The first round warms the file cache and is not counted.
    for round in 0..=runs {
        for (words, taken) in commands.iter().zip(&mut all) {
            let _ = fs::remove_dir_all(folder.join(".gate"));
            let arguments = ["measure"]
                .into_iter()
                .chain(words.iter().map(String::as_str));
            let (_, line) = output(command(&me, arguments).current_dir(folder))?;
            let numbers: Vec<f64> = line
                .split_whitespace()
                .filter_map(|n| n.parse().ok())
                .collect();
            let [wall, cpu, peak, code] = numbers.as_slice() else {
                return Err(format!("measuring `{}` printed `{line}`", words.join(" ")).into());
            };
            if ![0.0, 1.0].contains(code) {
                return Err(format!("`{}` ended with {code}", words.join(" ")).into());
            }
            if round > 0 {
                taken.push(Taken {
                    wall_ms: wall / 1e3,
                    cpu_ms: cpu / 1e3,
                    peak_mib: peak / 1024.0,
                });
            }
        }
    }
    let median = |taken: &[Taken], of: fn(&Taken) -> f64| {
        let mut values: Vec<f64> = taken.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or_default()
    };
    let medians = all.iter().map(|taken| Taken {
        wall_ms: median(taken, |t| t.wall_ms),
        cpu_ms: median(taken, |t| t.cpu_ms),
        peak_mib: median(taken, |t| t.peak_mib),
    });
    Ok(medians.collect())
}

/// Measures everything.
pub fn bench(quick: bool) -> Result {
    let gate = build()?.display().to_string();
    let (runs, sizes): (usize, &[usize]) = if quick {
        (2, &[1, 1_000])
    } else {
        (7, &[1, 1_000, 10_000, 100_000])
    };
    let folder = target().join("bench");
    fs::create_dir_all(&folder)?;
    let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let mut commands = vec![words(&format!("{gate} --version"))];
    for n in sizes {
        fs::write(folder.join(format!("{n}.json")), trivy(*n))?;
        commands.push(words(&format!(
            "{gate} evaluate image --report trivy={n}.json"
        )));
    }
    let taken = in_turn(&commands, &folder, runs)?;
    let version = taken.first().copied().ok_or("nothing was measured")?;

    let mut page = String::new();
    writeln!(
        page,
        "Made by `cargo dev bench` with {}; medians of {runs} runs in turn.\n",
        gate_runtime::engine_id()
    )?;
    writeln!(
        page,
        "### Whole process: three standard policies, evidence kept durably\n"
    )?;
    writeln!(
        page,
        "| run | report | wall ms | CPU ms | peak MiB | wall ÷ `gate --version` |"
    )?;
    writeln!(page, "| --- | --- | --- | --- | --- | --- |")?;
    for (row, (at, taken)) in std::iter::once(None)
        .chain(sizes.iter().map(Some))
        .zip(&taken)
        .enumerate()
    {
        let (name, size) = match at {
            None => ("`gate --version`".to_owned(), "–".to_owned()),
            Some(n) => {
                let bytes = fs::metadata(folder.join(format!("{n}.json")))?.len() as f64;
                (format!("{n} finding(s)"), format!("{:.2} MB", bytes / 1e6))
            }
        };
        let Taken {
            wall_ms,
            cpu_ms,
            peak_mib,
        } = taken;
        let ratio = if row == 0 {
            1.0
        } else {
            wall_ms / version.wall_ms
        };
        writeln!(
            page,
            "| {name} | {size} | {wall_ms:.1} | {cpu_ms:.1} | {peak_mib:.1} | {ratio:.1} |"
        )?;
    }

    let sizes: Vec<usize> = sizes.iter().copied().filter(|n| *n > 1).collect();
    writeln!(page, "\n### Stages, in one process\n")?;
    writeln!(
        page,
        "Milliseconds, least of {runs} runs. Shares are of the sum of read, assemble, evaluate, canonical and store.\n"
    )?;
    writeln!(
        page,
        "| stage | {} |",
        sizes
            .iter()
            .map(|n| format!("{n} findings"))
            .collect::<Vec<_>>()
            .join(" | ")
    )?;
    writeln!(page, "| --- |{}", " --- |".repeat(sizes.len()))?;
    let measured = sizes
        .iter()
        .map(|n| stages(&trivy(*n), runs))
        .collect::<Result<Vec<_>>>()?;
    let row = |name: &str, cell: &dyn Fn(&crate::bench_stages::Stages) -> String| {
        let cells: Vec<String> = measured.iter().map(cell).collect();
        format!("| {name} | {} |\n", cells.join(" | "))
    };
    let sum =
        |s: &crate::bench_stages::Stages| s.read + s.assemble + s.evaluate + s.canonical + s.store;
    let share = |of: f64, s: &crate::bench_stages::Stages| {
        format!("{of:.2} ({:.0} %)", 100.0 * of / sum(s))
    };
    page += &row("read: split, check, redact, hash, parse", &|s| {
        share(s.read, s)
    });
    page += &row("assemble: identity, merge, sort", &|s| share(s.assemble, s));
    page += &row("evaluate: three policies in the sandbox", &|s| {
        share(s.evaluate, s)
    });
    page += &row("findings as canonical JSON", &|s| share(s.canonical, s));
    page += &row("store: report and findings, durable", &|s| {
        share(s.store, s)
    });
    writeln!(
        page,
        "\n### Ratios to a native baseline in the same process\n"
    )?;
    writeln!(
        page,
        "| ratio | {} |",
        sizes
            .iter()
            .map(|n| format!("{n} findings"))
            .collect::<Vec<_>>()
            .join(" | ")
    )?;
    writeln!(page, "| --- |{}", " --- |".repeat(sizes.len()))?;
    page += &row(
        "Trivy adapter ÷ `serde_json` skim of the same bytes",
        &|s| format!("{:.2}", s.read / s.skim),
    );
    page += &row(
        "policy in the sandbox ÷ the same question native, on findings by value",
        &|s| format!("{:.2}", s.policy_wasm / s.policy_by_value),
    );
    page += &row(
        "policy in the sandbox ÷ the same function native, on the same columns",
        &|s| format!("{:.2}", s.policy_wasm / s.policy_native),
    );
    page += &row("fuel per finding", &|s| s.fuel_per_finding.to_string());
    page += &row("memory of the policy, MiB", &|s| {
        format!("{:.2}", s.policy_memory as f64 / 1048576.0)
    });
    page += &bench_adapters::table(if quick { 1 } else { 5 })?;
    page += &large(&gate, &folder, quick)?;
    println!("{page}");
    if quick {
        return Ok(());
    }
    let path = root().join("docs/performance.md");
    let text = fs::read_to_string(&path)?;
    let (head, rest) = text
        .split_once(BEGIN)
        .ok_or("docs/performance.md has no place for the table")?;
    let (_, tail) = rest
        .split_once(END)
        .ok_or("docs/performance.md has no end of the table")?;
    fs::write(&path, format!("{head}{BEGIN}\n\n{page}\n{END}{tail}"))?;
    println!("wrote docs/performance.md");
    Ok(())
}

/// Long reports: memory follows the findings, not the text, and several reports are read at once.
fn large(gate: &str, folder: &Path, quick: bool) -> Result<String> {
    let megabytes = if quick { 2 } else { 200 };
    // A finding of the made report takes about 1.42 KB.
    let findings = megabytes * 700;
    fs::write(folder.join("findings.json"), trivy(findings))?;
    fs::write(folder.join("half-1.json"), trivy(findings / 2))?;
    // Another text, so that the halves are two reports.
    fs::write(folder.join("half-2.json"), trivy(findings / 2 + 1))?;
    fs::write(
        folder.join("inventory.json"),
        trivy_inventory(megabytes << 20),
    )?;
    let rows = [
        ("all findings, one report", "--report trivy=findings.json"),
        (
            "all findings, two reports",
            "--report trivy=half-1.json --report trivy=half-2.json",
        ),
        (
            "one finding, the rest an inventory",
            "--report trivy=inventory.json",
        ),
    ];
    let commands = rows.map(|(_, reports)| {
        let words = format!("{gate} evaluate image {reports}");
        words.split(' ').map(str::to_owned).collect()
    });
    let taken = in_turn(&commands, folder, if quick { 1 } else { 3 })?;
    let mut page = format!(
        "\n### Long reports: {megabytes} MB, {findings} findings of one text or none\n\n\
         | `gate evaluate image` | wall ms | CPU ms | peak MiB |\n| --- | --- | --- | --- |\n"
    );
    for ((name, _), taken) in rows.iter().zip(taken) {
        let Taken {
            wall_ms,
            cpu_ms,
            peak_mib,
        } = taken;
        writeln!(
            page,
            "| {name} | {wall_ms:.0} | {cpu_ms:.0} | {peak_mib:.0} |"
        )?;
    }
    Ok(page)
}
