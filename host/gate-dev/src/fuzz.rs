//! `cargo dev fuzz`: makes up reports for the adapters, and components and answers for the sandbox, for a bounded time.
//! It begins with those of `tests/`.
//!
//! The targets are built with the coverage that the compiler itself can count: no other toolchain is needed, but a C++
//! compiler for libFuzzer. There is no unsafe code in the adapters for a sanitizer to look at.

#[expect(dead_code, reason = "what an input means is the targets' concern")]
#[path = "../../gate-adapters/tests/invariants/family.rs"]
mod family;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use gate_adapters::format::Syntax;

use crate::build::build_policies;
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

/// A fuzz target: of a family of adapters, or of the sandbox.
#[derive(Clone, Copy)]
enum Target {
    Adapters(&'static Family),
    Sandbox(&'static str),
}

/// Those of the sandbox: components, answers, and the standard policies on findings.
const SANDBOX: [&str; 3] = ["components", "decisions", "policies"];

impl Target {
    fn all() -> impl Iterator<Item = Self> {
        let sandbox = SANDBOX.into_iter().map(Self::Sandbox);
        FAMILIES.iter().map(Self::Adapters).chain(sandbox)
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Adapters(family) => family.name,
            Self::Sandbox(name) => name,
        }
    }

    /// The package that it is in. Those of the adapters do not need the engine.
    const fn package(self) -> &'static str {
        match self {
            Self::Adapters(_) => "gate-fuzz",
            Self::Sandbox(_) => "gate-fuzz-sandbox",
        }
    }

    /// The most memory that its process may take: what makes components up, and compiles them here, takes more.
    const fn memory(self) -> &'static str {
        match self {
            Self::Adapters(_) => "-rss_limit_mb=1024",
            Self::Sandbox(_) => "-rss_limit_mb=2048",
        }
    }

    /// What it begins with, beside the cases.
    fn seeds(self) -> Result<Vec<(String, Vec<u8>)>> {
        match self {
            Self::Adapters(family) => reports(family),
            // The first byte says what is made: 0 and 1, of the guest with this number; 2 and 3, of noise.
            Self::Sandbox("components") => {
                let guests = u8::try_from(files(&root().join("tests/guests"))?.len())?;
                let guest = |at| {
                    let bytes = |first| (format!("guest-{first}-{at}"), vec![first, at, 1, 2]);
                    [bytes(0), bytes(1)]
                };
                let guests = (0..guests).flat_map(guest);
                Ok(guests.chain(noise(&[2, 3])).collect())
            }
            Self::Sandbox(_) => Ok(Vec::new()),
        }
    }
}

/// Inputs of several lengths that begin with one of some bytes and are noise otherwise, the same each time.
fn noise(first: &[u8]) -> impl Iterator<Item = (String, Vec<u8>)> {
    let numbered =
        (0..8_u8).flat_map(move |number| first.iter().map(move |first| (number, *first)));
    numbered.map(|(number, first)| {
        let mut state = u64::from(number) + 1;
        let noise = std::iter::repeat_with(move || {
            // Knuth's linear congruential generator, MMIX.
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            state.to_be_bytes()[0]
        });
        let length = 64 << number;
        let input = [first].into_iter().chain(noise.take(length)).collect();
        (format!("noise-{first}-{number}"), input)
    })
}

/// Runs a target, or each of them, for so many seconds.
pub fn fuzz(name: Option<&str>, seconds: u32) -> Result {
    let chosen: Vec<Target> = Target::all()
        .filter(|target| name.is_none_or(|name| name == target.name()))
        .collect();
    if chosen.is_empty() {
        let known: Vec<&str> = Target::all().map(Target::name).collect();
        return Err(format!("no such target; there are {}", known.join(", ")).into());
    }
    if chosen.iter().any(|t| matches!(t, Target::Sandbox(_))) {
        build_policies()?;
    }
    let packages: BTreeSet<&str> = chosen.iter().map(|target| target.package()).collect();
    let programs = build(&packages)?;
    let mut failed = Vec::new();
    for target in chosen {
        println!("== {}", target.name());
        if let Err(error) = run_target(target, &programs.join(target.name()), seconds) {
            eprintln!("error: {error}");
            failed.push(target.name());
        }
    }
    if failed.is_empty() {
        return Ok(());
    }
    Err(format!("found something: {}", failed.join(", ")).into())
}

/// Builds the targets of some packages and returns their folder.
fn build(packages: &BTreeSet<&str>) -> Result<PathBuf> {
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
        .args(packages.iter().flat_map(|name| ["--package", name]))
        .current_dir(root().join("fuzz"))
        .env("CARGO_TARGET_DIR", &folder)
        .env("CARGO_ENCODED_RUSTFLAGS", COVERAGE.join("\u{1f}"));
    run(&mut cargo).map_err(|error| {
        format!("{error}; libFuzzer needs a C++ compiler, `c++` or what CXX names")
    })?;
    Ok(folder.join(host).join("release"))
}

fn run_target(fuzzed: Target, program: &Path, seconds: u32) -> Result {
    let folder = target().join("fuzz").join(fuzzed.name());
    let corpus = folder.join("corpus");
    let found = folder.join("found");
    fs::create_dir_all(&corpus)?;
    fs::create_dir_all(&found)?;
    let words = folder.join("words.dict");
    seed(fuzzed, &corpus, &words)?;
    let before = fs::read_dir(&found)?.count();
    let mut fuzzer = command(
        &program.to_string_lossy(),
        [
            format!("-max_total_time={seconds}"),
            format!("-max_len={LONGEST}"),
            format!("-artifact_prefix={}/", found.display()),
        ],
    );
    fuzzer
        // Where the targets find `tests/`, as if cargo ran them.
        .env("CARGO_MANIFEST_DIR", root().join("fuzz"))
        .args([
            "-timeout=10",
            fuzzed.memory(),
            "-print_final_stats=1",
            "-verbosity=1",
        ])
        .arg(&corpus);
    // A dictionary without words is refused.
    if fs::metadata(&words)?.len() > 0 {
        fuzzer.arg(format!("-dict={}", words.display()));
    }
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
            name = fuzzed.name(),
        )
        .into()),
        _ => Err(error),
    }
}

/// Writes what a target begins with: its seeds, the cases, and the words that stand in them.
fn seed(target: Target, corpus: &Path, words: &Path) -> Result {
    let mut inputs = target.seeds()?;
    inputs.extend(files(&root().join("fuzz/cases").join(target.name()))?);
    for (name, input) in &inputs {
        fs::write(corpus.join(name), input)?;
    }
    fs::write(words, dictionary(inputs.iter().map(|(_, input)| input)))?;
    Ok(())
}

/// The reports of a family's tools, as inputs.
fn reports(family: &Family) -> Result<Vec<(String, Vec<u8>)>> {
    let mut inputs = Vec::new();
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
    Ok(inputs)
}

fn files(folder: &Path) -> Result<Vec<(String, Vec<u8>)>> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Ok(Vec::new());
    };
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry?;
        if entry.path().is_dir() {
            continue;
        }
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
