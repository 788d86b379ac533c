//! Another engine on the same reports, in the same run.
//!
//! regorus reads Rego natively, without a sandbox. It is asked the severity budget's question alone, over the report as
//! it is (`peer.rego`); the gate meanwhile redacts, normalises, asks the image gate's policies and keeps the evidence durably.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::Setting;
use super::page::Table;
use super::process::{Process, Taken};
use super::whole::{Whole, findings, megabytes};
use crate::run::{Result, command, output, root};

/// Where the question stands, in Rego.
const POLICY: &str = "host/gate-dev/src/bench/peer.rego";

/// An engine that is not ours.
pub struct Peer {
    program: PathBuf,
    /// Its name and version.
    pub name: String,
}

impl Peer {
    /// The engine at a path, or the one on PATH.
    pub fn find(path: Option<&Path>) -> Result<Self> {
        let program = match path {
            // Not where it is started: processes are measured in a folder of their own.
            Some(path) => path
                .canonicalize()
                .map_err(|error| format!("looking for `{}`: {error}", path.display()))?,
            None => PathBuf::from("regorus"),
        };
        let version = command(&program.to_string_lossy(), ["--version"]).output();
        let version = version.map_err(|error| {
            format!(
                "starting `{}`: {error}; `cargo install regorus --version 0.14.1 --locked --example regorus` installs it, \
                 --regorus names its path",
                program.display()
            )
        })?;
        let name = String::from_utf8_lossy(&version.stdout).trim().to_owned();
        let name = if name.is_empty() {
            "regorus".to_owned()
        } else {
            name
        };
        Ok(Self { program, name })
    }

    /// The question on the report with so many findings.
    pub fn process(&self, n: usize) -> Process {
        Process::new(&self.program, &arguments(n))
    }

    /// Refuses a comparison of two different questions: both have to find the same.
    pub fn check(&self, setting: &Setting) -> Result {
        let n = setting.many().next().unwrap_or(1);
        let answer = |program: &Path, arguments: &str| -> Result<Value> {
            let program = program.to_string_lossy();
            let mut asked = command(&program, arguments.split(' '));
            let (_, text) = output(asked.current_dir(&setting.folder))?;
            Ok(serde_json::from_str(&text)?)
        };
        let gate = format!("evaluate image --format json --report trivy={n}.json");
        let gate = answer(&setting.gate, &gate)?;
        let peer = answer(&self.program, &arguments(n))?;
        let peer = &peer["result"][0]["expressions"][0]["value"];
        // What none has is not in the gate's counts.
        let counted = |number: &Value| number.as_u64().unwrap_or(0);
        let gate = (
            &gate["outcome"],
            counted(&gate["counts"]["by_disposition"]["counted"]),
        );
        if gate == (&peer["outcome"], counted(&peer["counted"])) {
            return Ok(());
        }
        Err(format!("the gate answers {gate:?}, {} answers {peer}", self.name).into())
    }

    /// Both, and the ratios.
    pub fn section(&self, setting: &Setting, whole: &Whole) -> String {
        let mut table = Table::new([
            "run",
            "report",
            "wall ms",
            "CPU ms",
            "peak MiB",
            "gate ÷ peer: wall",
            "CPU",
            "peak",
        ]);
        for row in &whole.rows {
            let Some(peer) = row.peer else { continue };
            let [wall, cpu, peak] = pairs(&row.gate, &peer);
            let both = |(gate, peer): (f64, f64)| format!("{gate:.1} / {peer:.1}");
            let ratio = |(gate, peer): (f64, f64)| format!("{:.2}", gate / peer);
            let cells = [wall, cpu, peak].map(both).into_iter();
            let cells = [findings(row.findings), megabytes(row.bytes)]
                .into_iter()
                .chain(cells);
            table.row(cells.chain([wall, cpu, peak].map(ratio)));
        }
        format!(
            "### Beside another engine\n\n{} Each cell: gate / {}, which is native and has no sandbox. It is asked the \
             severity budget's question alone (`{POLICY}`), on the report as it is; both find the same. The gate also \
             redacts, normalises, asks three more policies, and keeps report, findings and record durably.\n\n{table}\n\
             ![Wall clock, processor time and peak memory of the gate and of {}, by the number of findings.\
             ](performance.svg)",
            setting.made(),
            self.name,
            self.name,
        )
    }
}

fn arguments(n: usize) -> String {
    let policy = root().join(POLICY).display().to_string();
    format!("eval -d {policy} -i {n}.json data.gate.verdict")
}

fn pairs(gate: &Taken, peer: &Taken) -> [(f64, f64); 3] {
    [
        (gate.wall_ms, peer.wall_ms),
        (gate.cpu_ms, peer.cpu_ms),
        (gate.peak_mib, peer.peak_mib),
    ]
}
