//! Whole processes: wall clock, processor time and peak memory of each, run in turn.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;

use crate::run::{Result, command, output};

/// Runs a command to its end and prints wall microseconds, CPU microseconds, peak KiB and exit code of it alone.
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

/// The code that earlier runs compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cache {
    /// It is there.
    Kept,
    /// It is thrown away before each run.
    Emptied,
}

/// A process to be measured.
#[derive(Debug, Clone)]
pub struct Process {
    words: Vec<String>,
    cache: Cache,
    /// Where compiled code is kept, below the folder.
    cache_name: String,
}

impl Process {
    /// A program with arguments that have no spaces in them.
    pub fn new(program: &Path, arguments: &str) -> Self {
        let program = program.display().to_string();
        let arguments = arguments.split_whitespace().map(str::to_owned);
        Self {
            words: std::iter::once(program).chain(arguments).collect(),
            cache: Cache::Kept,
            cache_name: "cache".to_owned(),
        }
    }

    /// The same process with a cache of its own.
    pub fn with_cache(self, name: &str, cache: Cache) -> Self {
        let cache_name = format!("cache-{name}");
        Self {
            cache,
            cache_name,
            ..self
        }
    }

    /// Where it keeps compiled code.
    pub fn cache_folder(&self, folder: &Path) -> PathBuf {
        folder.join(&self.cache_name)
    }

    fn run(&self, folder: &Path) -> Result<Taken> {
        // Each run begins without evidence.
        remove(&folder.join(".gate"))?;
        if self.cache == Cache::Emptied {
            remove(&self.cache_folder(folder))?;
        }
        let me = std::env::current_exe()?.display().to_string();
        let mut measure = command(&me, ["measure"]);
        measure.args(&self.words).current_dir(folder);
        let (_, line) = output(measure.env("GATE_CACHE_DIR", self.cache_folder(folder)))?;
        let numbers: Vec<f64> = line
            .split_whitespace()
            .filter_map(|n| n.parse().ok())
            .collect();
        let shown = self.words.join(" ");
        let [wall, cpu, peak, code] = numbers.as_slice() else {
            return Err(format!("measuring `{shown}` printed `{line}`").into());
        };
        // A gate that is closed has judged, too.
        if ![0.0, 1.0].contains(code) {
            return Err(format!("`{shown}` ended with {code}").into());
        }
        Ok(Taken {
            wall_ms: wall / 1e3,
            cpu_ms: cpu / 1e3,
            peak_mib: peak / 1024.0,
        })
    }
}

/// Removes a folder, if it is there.
pub fn remove(folder: &Path) -> Result {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

/// One of the numbers that a process took.
pub type Number = fn(&Taken) -> f64;

/// What a process took.
#[derive(Debug, Clone, Copy)]
pub struct Taken {
    /// Wall clock, from start to end.
    pub wall_ms: f64,
    /// Processor time of all its threads, and of the processes that it waited for.
    pub cpu_ms: f64,
    /// The most memory of the process, or of one that it waited for.
    pub peak_mib: f64,
}

impl Taken {
    /// Heads of [`Taken::cells`].
    pub const HEADS: [&str; 3] = ["wall ms", "CPU ms", "peak MiB"];

    /// As they stand in a table.
    pub fn cells(&self) -> [String; 3] {
        [self.wall_ms, self.cpu_ms, self.peak_mib].map(|number| format!("{number:.1}"))
    }

    fn median(runs: &[Self]) -> Self {
        let of = |number: Number| {
            let mut numbers: Vec<f64> = runs.iter().map(number).collect();
            numbers.sort_by(f64::total_cmp);
            numbers.get(numbers.len() / 2).copied().unwrap_or(f64::NAN)
        };
        Self {
            wall_ms: of(|taken| taken.wall_ms),
            cpu_ms: of(|taken| taken.cpu_ms),
            peak_mib: of(|taken| taken.peak_mib),
        }
    }
}

/// Medians of several processes, run in turn (A B A B …), so that a machine that grows slow is slow for all.
pub fn in_turn(processes: &[Process], folder: &Path, runs: usize) -> Result<Vec<Taken>> {
    let mut all = vec![Vec::new(); processes.len()];
    // The first round warms the file cache, and compiles what is kept; it is not counted.
    for round in 0..=runs {
        for (process, taken) in processes.iter().zip(&mut all) {
            let once = process.run(folder)?;
            if round > 0 {
                taken.push(once);
            }
        }
    }
    Ok(all.iter().map(|runs| Taken::median(runs)).collect())
}
