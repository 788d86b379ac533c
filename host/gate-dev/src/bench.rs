//! `cargo dev bench`: measures, and writes the sections of docs/performance.md.
//!
//! Figures of whole processes are medians, run in turn; what counts are ratios within one run.

mod adapters;
mod chart;
pub mod input;
pub mod instructions;
mod long;
mod page;
mod peers;
mod policies;
mod process;
pub mod stages;
mod start;
mod whole;

use std::fs;
use std::path::PathBuf;

use crate::build::build;
use crate::run::{Result, target};
use page::Page;
use peers::Peer;
use process::remove;

pub use process::measure;

/// What is measured.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Fewer repetitions and smaller reports, and nothing is written: to see that it works.
    #[arg(long)]
    quick: bool,
    /// Measure regorus on the same reports, too.
    #[arg(long)]
    peers: bool,
    /// Where regorus is, if not on PATH.
    #[arg(long, value_name = "PATH", requires = "peers")]
    regorus: Option<PathBuf>,
    /// Count instructions instead, with valgrind, and compare them with those written down.
    #[arg(long, conflicts_with_all = ["quick", "peers"])]
    instructions: bool,
    /// Write the counted instructions down.
    #[arg(long, requires = "instructions")]
    accept: bool,
}

/// How much is measured.
struct Scale {
    /// Runs that are counted.
    runs: usize,
    /// Findings in the reports.
    sizes: &'static [usize],
    adapter_runs: usize,
    long_runs: usize,
    long_megabytes: usize,
}

const QUICK: Scale = Scale {
    runs: 2,
    sizes: &[1, 1_000],
    adapter_runs: 1,
    long_runs: 1,
    long_megabytes: 2,
};

const FULL: Scale = Scale {
    runs: 7,
    sizes: &[1, 1_000, 10_000, 100_000],
    adapter_runs: 5,
    long_runs: 3,
    long_megabytes: 200,
};

/// What every measurement needs.
struct Setting {
    /// The program.
    gate: PathBuf,
    /// Where processes are run: for their reports, caches and evidence.
    folder: PathBuf,
    scale: Scale,
}

impl Setting {
    /// By what the figures were made.
    fn made(&self) -> String {
        let engine = gate_runtime::engine_id();
        let runs = self.scale.runs;
        format!("Made with {engine}; medians of {runs} runs in turn.")
    }

    /// Sizes of reports whose findings outweigh the start.
    fn many(&self) -> impl Iterator<Item = usize> {
        self.scale.sizes.iter().copied().filter(|n| *n > 1)
    }
}

/// Measures what is asked for.
pub fn bench(options: &Options) -> Result {
    if options.instructions {
        let work = if options.accept {
            instructions::accept
        } else {
            instructions::check
        };
        return work(&build()?);
    }
    let peer = options
        .peers
        .then(|| Peer::find(options.regorus.as_deref()));
    let peer = peer.transpose()?;
    let setting = Setting {
        gate: build()?,
        folder: target().join("bench"),
        scale: if options.quick { QUICK } else { FULL },
    };
    // What an earlier run left there must not answer for this one.
    remove(&setting.folder)?;
    fs::create_dir_all(&setting.folder)?;
    let mut page = Page::read()?;
    let mut publish = |section: &str, body: String| {
        println!("{}\n", body.trim());
        if options.quick {
            return Ok(());
        }
        page.put(section, &body)
    };

    let whole = whole::measure(&setting, peer.as_ref())?;
    publish("whole", whole.section(&setting))?;
    if let Some(peer) = peer {
        peer.check(&setting)?;
        publish("peers", peer.section(&setting, &whole))?;
        chart::write(&setting, &whole, &peer.name, options.quick)?;
    }
    publish("start", start::section(&setting)?)?;
    publish("policies", policies::section(&setting)?)?;
    publish("stages", stages::section(&setting)?)?;
    publish("adapters", adapters::section(setting.scale.adapter_runs)?)?;
    publish("long", long::section(&setting)?)
}
