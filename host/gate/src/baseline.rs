//! Baselines as files: named by the profile or a flag, read, kept with the evidence, written whole.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use gate_core::baseline::{self, Baseline, BaselineUse};
use gate_core::code::Code;
use gate_core::digest::Digest;
use gate_core::finding::Finding;
use gate_core::gate::GateName;
use gate_core::ports::EvidenceStore;
use gate_core::scan_report::Problem;
use gate_core::time::Moment;
use gate_evidence::write_whole;

use crate::cli::Evaluate;
use crate::config::BaselineRules;
use crate::evidence;
use crate::failure::{Failure, Result};

/// The baseline that a gate's findings are compared with, and what follows from it.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) path: PathBuf,
    pub(crate) rules: baseline::BaselineRules,
}

impl Asked {
    /// What the profile says, and the flags in its place; they are recorded.
    pub(crate) fn new(
        profile: &BaselineRules,
        args: &Evaluate,
        overrides: &mut Vec<String>,
    ) -> Result<Option<Self>> {
        if let Some(path) = &args.baseline {
            overrides.push(format!("--baseline {}", path.display()));
        }
        if args.only_new {
            overrides.push("--only-new".to_owned());
        }
        let rules = baseline::BaselineRules {
            only_new: args.only_new || profile.only_new,
            ratchet: profile.ratchet,
        };
        match args.baseline.as_ref().or(profile.file.as_ref()) {
            Some(path) => Ok(Some(Self {
                path: path.clone(),
                rules,
            })),
            None if rules == baseline::BaselineRules::default() => Ok(None),
            None => {
                let message = "only what is new is to count, or no more than there was, and no baseline is named";
                let help = "give one with `--baseline FILE`, or name it in gate.toml; `gate baseline set` makes it";
                Err(Failure::new(Code::ConfigInvalid, message).help(help))
            }
        }
    }
}

/// The file of a gate's baseline: the one that the profile names, or `baseline.GATE.json` beside the profile.
pub(crate) fn file(profile: &BaselineRules, folder: &Path, gate: &GateName) -> PathBuf {
    let own = || folder.join(format!("baseline.{gate}.json"));
    profile.file.clone().unwrap_or_else(own)
}

/// Reads the baseline of a gate and an application.
///
/// # Errors
/// As a problem of the question: without its baseline the gate can't decide.
pub(crate) fn load(
    path: &Path,
    gate: &GateName,
    scope: &str,
    now: Moment,
) -> std::result::Result<Baseline, Problem> {
    let problem = |why: String| {
        let message = format!("reading the baseline `{}`: {why}", path.display());
        Problem::advised(Code::BaselineInvalid, message)
    };
    let bytes = fs::read(path).map_err(|error| problem(error.to_string()))?;
    let baseline = Baseline::from_bytes(&bytes).map_err(|error| problem(error.to_string()))?;
    let checked = baseline.check(gate, scope, now);
    checked.map_err(|error| problem(error.to_string()))?;
    Ok(baseline)
}

/// Reads a baseline file, whatever it is of; `None` where there is none.
pub(crate) fn read(path: &Path) -> Result<Option<Baseline>> {
    let failure = |why: &dyn std::fmt::Display| {
        let message = format!("reading the baseline `{}`: {why}", path.display());
        Failure::new(Code::BaselineInvalid, message)
    };
    match fs::read(path) {
        Ok(bytes) => {
            let baseline = Baseline::from_bytes(&bytes).map_err(|error| failure(&error))?;
            Ok(Some(baseline))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failure(&error)),
    }
}

/// Writes a baseline file. Says whether it became another.
pub(crate) fn write(path: &Path, baseline: &Baseline) -> Result<bool> {
    let failure = |why: &dyn std::fmt::Display| {
        let message = format!("writing the baseline `{}`: {why}", path.display());
        Failure::new(Code::AnswerNotWritten, message)
            .help("check the path, its folder's permissions and its free space")
    };
    let text = baseline.to_text().map_err(|error| failure(&error))?;
    if fs::read(path).is_ok_and(|there| there == text.as_bytes()) {
        return Ok(false);
    }
    write_whole(path, text.as_bytes()).map_err(|error| failure(&error))?;
    Ok(true)
}

/// Keeps a baseline with the evidence; gives what a request says of it.
pub(crate) fn keep(
    store: &dyn EvidenceStore,
    baseline: &Baseline,
    rules: baseline::BaselineRules,
    findings: &[Finding],
) -> Result<BaselineUse> {
    let digest = evidence::put(store, &bytes(baseline)?)?;
    Ok(baseline.used(digest, rules, findings))
}

/// The digest of a baseline's canonical bytes, by which verdicts name it.
pub(crate) fn digest(baseline: &Baseline) -> Result<Digest> {
    Ok(Digest::of(&bytes(baseline)?))
}

fn bytes(baseline: &Baseline) -> Result<Vec<u8>> {
    let failed = |error| Failure::new(Code::EvidenceNotDurable, format!("{error}"));
    baseline.to_bytes().map_err(failed)
}

/// The baseline that a record names.
pub(crate) fn kept(store: &dyn EvidenceStore, digest: &Digest) -> Result<Baseline> {
    Baseline::from_bytes(&store.get(digest)?).map_err(|error| {
        let message = format!("the baseline {digest} of the record can't be read: {error}");
        Failure::new(Code::RecordUnreadable, message)
    })
}
