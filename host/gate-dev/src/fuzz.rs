//! `cargo dev fuzz`: makes up reports for a bounded time, beginning with those of `tests/reports/`.
//!
//! The targets are built with the coverage that the compiler itself can count: no other toolchain is needed, but a C++
//! compiler for libFuzzer. There is no unsafe code in the adapters for a sanitizer to look at.

#[expect(dead_code, reason = "what an input means is the targets' concern")]
#[path = "../../gate-adapters/tests/invariants/family.rs"]
mod family;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use gate_adapters::format::Syntax;

use crate::run::{Result, command, output, root, run, target};
use family::{FAMILIES, Family, Header, adapter};

/// What makes the compiler count which code an input reaches, in libFuzzer's way.
const COVERAGE: [&str; 6] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "--cfg=fuzzing",
];

/// Longest input: well above the longest report that it begins with.
const LONGEST: usize = 48 << 10;

/// Fuzzes a family, or each of them, for so many seconds.
pub fn fuzz(name: Option<&str>, seconds: u32) -> Result {
    let chosen = FAMILIES
        .iter()
        .filter(|family| name.is_none_or(|name| name == family.name));
    let chosen: Vec<&Family> = chosen.collect();
    if chosen.is_empty() {
        let known: Vec<&str> = FAMILIES.iter().map(|family| family.name).collect();
        return Err(format!("no such family; there are {}", known.join(", ")).into());
    }
    let programs = build()?;
    let mut failed = Vec::new();
    for family in chosen {
        println!("== {}", family.name);
        if let Err(error) = run_target(family, &programs.join(family.name), seconds) {
            eprintln!("error: {error}");
            failed.push(family.name);
        }
    }
    if failed.is_empty() {
        return Ok(());
    }
    Err(format!("found something: {}", failed.join(", ")).into())
}

/// Builds the targets and returns their folder.
fn build() -> Result<PathBuf> {
    let (_, about) = output(&mut command("rustc", ["-vV"]))?;
    let host = about.lines().find_map(|line| line.strip_prefix("host: "));
    let host = host.ok_or("rustc does not say what it builds for")?;
    let folder = target().join("fuzz");
    // With a target named, the flags are not used for what only the build runs.
    let mut cargo = command(
        "cargo",
        [
            "build",
            "--quiet",
            "--release",
            "--locked",
            "--target",
            host,
        ],
    );
    cargo
        .current_dir(root().join("fuzz"))
        .env("CARGO_TARGET_DIR", &folder)
        .env("CARGO_ENCODED_RUSTFLAGS", COVERAGE.join("\u{1f}"));
    run(&mut cargo).map_err(|error| {
        format!("{error}; libFuzzer needs a C++ compiler, `c++` or what CXX names")
    })?;
    Ok(folder.join(host).join("release"))
}

fn run_target(family: &Family, program: &Path, seconds: u32) -> Result {
    let folder = target().join("fuzz").join(family.name);
    let corpus = folder.join("corpus");
    let found = folder.join("found");
    fs::create_dir_all(&corpus)?;
    fs::create_dir_all(&found)?;
    let words = folder.join("words.dict");
    seed(family, &corpus, &words)?;
    let before = fs::read_dir(&found)?.count();
    let mut fuzzer = command(
        &program.to_string_lossy(),
        [
            format!("-max_total_time={seconds}"),
            format!("-max_len={LONGEST}"),
            format!("-dict={}", words.display()),
            format!("-artifact_prefix={}/", found.display()),
        ],
    );
    fuzzer
        .args([
            "-timeout=10",
            "-rss_limit_mb=1024",
            "-print_final_stats=1",
            "-verbosity=1",
        ])
        .arg(&corpus);
    let Err(error) = run(&mut fuzzer) else {
        return Ok(());
    };
    let newest = fs::read_dir(&found)?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .max_by_key(|path| path.metadata().and_then(|about| about.modified()).ok());
    match newest {
        Some(input) if fs::read_dir(&found)?.count() > before => Err(format!(
            "{error}\nthe input is {input}\nrepeat it with `{program} {input}`\nkeep it as a case in fuzz/cases/{name}/",
            input = input.display(),
            program = program.display(),
            name = family.name,
        )
        .into()),
        _ => Err(error),
    }
}

/// Writes what a target begins with: the reports of its tools, the cases, and the words that stand in them.
fn seed(family: &Family, corpus: &Path, words: &Path) -> Result {
    let mut inputs: Vec<(String, Vec<u8>)> = Vec::new();
    for (row, id) in (0..).zip(family.rows) {
        let adapter = adapter(id).ok_or_else(|| format!("no adapter is called `{id}`"))?;
        for (name, report) in files(&root().join("tests/reports").join(adapter.tool))? {
            let fits = Syntax::of(&report) == adapter.format.syntax();
            if fits && !name.ends_with(".expected") {
                let header = Header {
                    row,
                    ..Header::default()
                };
                inputs.push((format!("{id}-{name}"), header.before(&report)));
            }
        }
    }
    inputs.extend(files(&root().join("fuzz/cases").join(family.name))?);
    for (name, input) in &inputs {
        fs::write(corpus.join(name), input)?;
    }
    fs::write(words, dictionary(inputs.iter().map(|(_, input)| input)))?;
    Ok(())
}

fn files(folder: &Path) -> Result<Vec<(String, Vec<u8>)>> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Ok(Vec::new());
    };
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        files.push((name, fs::read(entry.path())?));
    }
    Ok(files)
}

/// The words that stand in at least two inputs, as libFuzzer reads them: keys and what is said under them.
fn dictionary<'a>(inputs: impl Iterator<Item = &'a Vec<u8>>) -> String {
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (number, input) in inputs.enumerate() {
        let parts = input.split(|b| !b.is_ascii_alphanumeric() && !b"_-.:@#/".contains(b));
        for word in parts.filter_map(|part| std::str::from_utf8(part).ok()) {
            let (last, count) = counts.entry(word).or_insert((usize::MAX, 0));
            if *last != number {
                *count += 1;
            }
            *last = number;
        }
    }
    counts
        .into_iter()
        .filter(|(word, (_, count))| *count > 1 && (3..=40).contains(&word.len()))
        .map(|(word, _)| format!("\"{word}\"\n"))
        .collect()
}
