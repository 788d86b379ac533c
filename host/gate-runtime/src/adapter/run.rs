//! What an adapter says of the run, checked.

use std::collections::BTreeMap;

use gate_core::digest::Digest;
use gate_core::gate::is_name;
use gate_core::request::Limits;
use gate_core::scan_report::{Content, Target};
use gate_core::time::Moment;

use super::{AdapterFailure, wit};
use crate::convert::bounded;
use crate::sandbox::Fault;

/// The largest number that canonical JSON holds.
const MAX_NUMBER: u64 = (1 << 53) - 1;

/// What the rest of a report says about its run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Version of the tool.
    pub tool_version: Option<String>,
    /// Version or date of its vulnerability database.
    pub database_version: Option<String>,
    /// When it ended.
    pub finished: Option<Moment>,
    /// What was scanned.
    pub target: Option<Target>,
    /// Why it proves less than that everything was looked at.
    pub complaints: Vec<Complaint>,
    /// How many things were looked at.
    pub scanned: Option<u64>,
    /// What kind of report it is.
    pub content: Content,
    /// What was measured.
    pub measures: BTreeMap<String, u64>,
}

/// Why a run proves less than that everything was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// How much less.
    pub shortfall: Shortfall,
    /// One sentence.
    pub message: String,
    /// Where.
    pub place: Option<String>,
}

/// How much less than that everything was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shortfall {
    /// Something was not looked at.
    LeftOut,
    /// Nothing was looked at.
    NothingScanned,
    /// The run failed.
    Failed,
}

/// Why a report, as a whole, is not what the adapter reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Misread {
    /// It lacks what every report of the tool has.
    WrongTool(String),
    /// It is of a version that the adapter does not read.
    Unsupported(String),
    /// The tool reports its own failure.
    ScannerFailed(String),
}

impl From<wit::Misread> for Misread {
    fn from(from: wit::Misread) -> Self {
        let short = |why: String| bounded(&why, 1000);
        match from {
            wit::Misread::WrongTool(why) => Self::WrongTool(short(why)),
            wit::Misread::Unsupported(why) => Self::Unsupported(short(why)),
            wit::Misread::ScannerFailed(why) => Self::ScannerFailed(short(why)),
        }
    }
}

impl Run {
    pub(super) fn new(from: wit::Run, limits: &Limits) -> Result<Self, AdapterFailure> {
        let bad = |what: &str| AdapterFailure::BadRun(what.to_owned());
        within(&from, limits)?;
        let finished = from.finished.map(|at| at.parse::<Moment>());
        let numbers = from.measures.iter().map(|(_, number)| *number);
        if numbers.chain(from.scanned).any(|n| n > MAX_NUMBER) {
            return Err(bad("has a number above 2^53-1"));
        }
        let given = from.measures.len();
        let measures: BTreeMap<String, u64> = from.measures.into_iter().collect();
        if measures.len() < given || !measures.keys().all(|name| is_name(name)) {
            return Err(bad(
                "has a measure whose name is not lower-case letters, digits and hyphens, or comes twice",
            ));
        }
        let complaints: Vec<_> = from.problems.into_iter().map(complaint).collect();
        if complaints.iter().any(|c| c.message.trim().is_empty()) {
            return Err(bad("has a problem without a message"));
        }
        Ok(Self {
            tool_version: from.tool_version,
            database_version: from.database_version,
            finished: finished.transpose().map_err(|_| {
                bad("has a `finished` that is no moment such as 2026-01-31T23:59:59Z")
            })?,
            target: from.target.map(target).transpose().map_err(bad)?,
            complaints,
            scanned: from.scanned,
            content: match from.content {
                wit::Content::Scan => Content::Scan,
                wit::Content::Inventory => Content::Inventory,
                wit::Content::Statements => Content::Statements,
                wit::Content::Measurement => Content::Measurement,
            },
            measures,
        })
    }
}

/// Its sizes.
fn within(run: &wit::Run, limits: &Limits) -> Result<(), AdapterFailure> {
    let most = limits.reasons as usize;
    let target = run.target.as_ref();
    let digests = target.map_or(&[][..], |target| &target.digests);
    let lengths = [run.problems.len(), run.measures.len(), digests.len()];
    let texts = [&run.tool_version, &run.database_version, &run.finished];
    let texts = texts.into_iter().flatten();
    let texts = texts.chain(target.map(|t| &t.name));
    let texts = texts.chain(target.and_then(|t| t.kind.as_ref()));
    let mut texts = texts.chain(
        run.problems
            .iter()
            .flat_map(|p| std::iter::once(&p.message).chain(&p.place)),
    );
    if lengths.into_iter().any(|length| length > most)
        || texts.any(|text| text.len() > limits.text_bytes as usize)
    {
        return Err(Fault::AnswerTooLarge.into());
    }
    Ok(())
}

fn complaint(from: wit::Problem) -> Complaint {
    Complaint {
        shortfall: match from.kind {
            wit::ProblemKind::LeftOut => Shortfall::LeftOut,
            wit::ProblemKind::NothingScanned => Shortfall::NothingScanned,
            wit::ProblemKind::Failed => Shortfall::Failed,
        },
        message: from.message,
        place: from.place,
    }
}

fn target(from: wit::Target) -> Result<Target, &'static str> {
    let mut digests = from.digests;
    digests.sort_unstable();
    digests.dedup();
    if !digests.iter().all(|text| text.parse::<Digest>().is_ok()) {
        return Err("has a target with a digest that is not `sha256:` and 64 digits");
    }
    if from.name.trim().is_empty() {
        return Err("has a target without a name");
    }
    Ok(Target {
        digests,
        kind: from.kind,
        name: from.name,
    })
}
