//! `gate baseline …` on the command line.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::cli::Output;

#[derive(Debug, Subcommand)]
pub(crate) enum Baseline {
    #[command(after_help = SET_EXAMPLES)]
    Set(SetBaseline),
    Show(ShowBaseline),
    Tighten(TightenBaseline),
}

const SET_EXAMPLES: &str = "\
Examples:
  gate baseline set
  gate baseline set 4c1d9f --baseline baseline.sast.json";

/// Take what a record judged as what was there before.
///
/// Its findings become existing ones; what the file knew and the record does not have is fixed. Budgets only fall. The
/// file is made to be committed: a line for each finding. A record of outcome error is refused, and one of another gate
/// or application, or from before the file's.
#[derive(Debug, Args)]
pub(crate) struct SetBaseline {
    /// The record: its name or the beginning of it [default: the newest of the evidence store]
    pub(crate) record: Option<String>,

    /// File of the baseline [default: the profile's, or `baseline.GATE.json` beside it]
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,

    /// Evidence store: a directory, or `s3://BUCKET/PREFIX` [default: the profile's, or `.gate` beside it]
    #[arg(long, value_name = "STORE")]
    pub(crate) evidence: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) output: Output,
}

/// Show what a baseline says: what is there, what is fixed, and its budgets.
#[derive(Debug, Args)]
pub(crate) struct ShowBaseline {
    /// File of the baseline
    #[arg(value_name = "FILE")]
    pub(crate) baseline: PathBuf,

    #[command(flatten)]
    pub(crate) output: Output,
}

/// Lower a baseline's budgets to what a record has; none is ever raised.
///
/// What the file says of findings stays as it is.
#[derive(Debug, Args)]
pub(crate) struct TightenBaseline {
    /// The record: its name or the beginning of it [default: the newest of the evidence store]
    pub(crate) record: Option<String>,

    /// File of the baseline [default: the profile's, or `baseline.GATE.json` beside it]
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,

    /// Evidence store: a directory, or `s3://BUCKET/PREFIX` [default: the profile's, or `.gate` beside it]
    #[arg(long, value_name = "STORE")]
    pub(crate) evidence: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) output: Output,
}
