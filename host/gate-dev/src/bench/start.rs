//! Starts: one finding, so that what is measured is what stands before the first one.

use std::fs;
use std::path::Path;

use super::Setting;
use super::input::{padded, trivy};
use super::page::{Table, headed};
use super::process::{Cache, Process, Taken, in_turn};
use super::whole::megabytes;
use crate::run::{Result, target};

/// The policy that is also loaded as if it were foreign.
const POLICY: &str = "severity-over-budget";

/// Functions that make a component about a megabyte longer.
const FUNCTIONS: usize = 2_100;

/// The standard policies, and foreign ones, with and without the code that an earlier run compiled.
pub fn section(setting: &Setting) -> Result<String> {
    fs::write(setting.folder.join("1.json"), trivy(1))?;
    let policies = target().join("policies");
    let component = fs::read(policies.join(POLICY).with_extension("wasm"))?;
    let evaluate = |profile: &str| {
        let arguments = format!("{profile} evaluate image --report trivy=1.json");
        Process::new(&setting.gate, &arguments)
    };
    let mut asked = vec![(
        "the image gate's policies, part of the program".to_owned(),
        evaluate(""),
    )];
    for (name, what, component) in [
        ("small", "a policy from a file", component.clone()),
        ("large", "the same, longer", padded(&component, FUNCTIONS)),
    ] {
        let about = format!("{what}: {}", megabytes(component.len() as u64));
        let profile = format!("{name}.toml");
        fs::write(setting.folder.join(format!("{name}.wasm")), component)?;
        fs::write(
            setting.folder.join(&profile),
            format!(
                "format = 1\n[defaults]\npolicies = [\"own\"]\n[policies.own]\npath = \"{name}.wasm\"\n"
            ),
        )?;
        asked.push((about, evaluate(&format!("--config {profile}"))));
    }
    let mut rows = Vec::new();
    for (about, process) in &asked {
        for (name, cache) in [("emptied", Cache::Emptied), ("kept", Cache::Kept)] {
            let own = format!("{}-{name}", rows.len());
            rows.push((about, name, process.clone().with_cache(&own, cache)));
        }
    }
    let processes: Vec<Process> = rows.iter().map(|(.., process)| process.clone()).collect();
    let taken = in_turn(&processes, &setting.folder, setting.scale.runs)?;

    let heads = ["policies", "their code", "cache"].into_iter();
    let mut table = Table::new(heads.chain(Taken::HEADS));
    for ((about, cache, process), taken) in rows.iter().zip(taken) {
        let code = longest(&process.cache_folder(&setting.folder));
        let code = code.map_or("–".to_owned(), megabytes);
        let first = [code, (*cache).to_owned()].into_iter();
        table.row(headed(about, first.chain(taken.cells())));
    }
    Ok(format!(
        "### Start: `gate evaluate` on one finding\n\n{} Standard policies are compiled when the program is built; \
         others once, by a process of its own, whose time and memory are part of the row. A component from a file is \
         looked at in every run. The longer one has {FUNCTIONS} made-up functions beside its own.\n\n{table}",
        setting.made()
    ))
}

/// Length of the longest file of a folder, which in a cache is code; `None` without one.
fn longest(cache: &Path) -> Option<u64> {
    let files = fs::read_dir(cache).ok()?;
    let lengths = files.filter_map(|file| Some(file.ok()?.metadata().ok()?.len()));
    lengths.max()
}
