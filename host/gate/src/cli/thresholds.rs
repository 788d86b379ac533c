//! `gate thresholds …` on the command line.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::cli::{Format, Output};

#[derive(Debug, Subcommand)]
pub(crate) enum Thresholds {
    #[command(after_help = SHOW_EXAMPLES)]
    Show(ShowThresholds),
    Get(GetThreshold),
    #[command(after_help = SET_EXAMPLES)]
    Set(SetThreshold),
    #[command(after_help = DIFF_EXAMPLES)]
    Diff(DiffThresholds),
    #[command(after_help = APPLY_EXAMPLES)]
    Apply(ApplyThresholds),
    #[command(after_help = HISTORY_EXAMPLES)]
    History(ThresholdHistory),
    #[command(after_help = EXPORT_EXAMPLES)]
    Export(ExportThresholds),
}

const SHOW_EXAMPLES: &str = "\
Examples:
  gate thresholds show image --environment production
  gate thresholds show image --thresholds ssm:/gate/shop/production:stable";

/// Show what a gate's policies are given: each value, who gave it, its bound, and what is refused.
///
/// Ends with exit code 3 where an evaluation could not decide because of its thresholds.
#[derive(Debug, Args)]
pub(crate) struct ShowThresholds {
    /// The gate
    pub(crate) gate: String,

    /// Where the subject is to go
    #[arg(long, value_name = "NAME")]
    pub(crate) environment: Option<String>,

    /// What is judged, where the profile has variants for some subjects
    #[arg(long, value_name = "NAME")]
    pub(crate) subject: Option<String>,

    /// Thresholds that take the place of the profile's [default: the profile's source]
    #[arg(long, value_name = "URI")]
    pub(crate) thresholds: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) output: Output,
}

/// Print one value as a source gives it, before bounds.
#[derive(Debug, Args)]
pub(crate) struct GetThreshold {
    /// The threshold
    pub(crate) name: String,

    /// The gate it is for [default: every gate]
    #[arg(long, value_name = "GATE")]
    pub(crate) gate: Option<String>,

    /// A JSON file, `ssm:/PATH`, `snapshot:FILE` or `profile` [default: the profile's source]
    #[arg(long, value_name = "URI")]
    pub(crate) from: Option<PathBuf>,

    /// Where the subject is to go
    #[arg(long, value_name = "NAME")]
    pub(crate) environment: Option<String>,

    #[command(flatten)]
    pub(crate) output: Output,
}

const SET_EXAMPLES: &str = "\
Examples:
  gate thresholds set max-high 3 --gate image --to ssm:/gate/shop/production
  gate thresholds set max-critical 0 --environment production --yes";

/// Write one value to Parameter Store.
///
/// Shows what is written over what, and asks. Nothing is written over a value that changed meanwhile.
#[derive(Debug, Args)]
pub(crate) struct SetThreshold {
    /// The threshold
    pub(crate) name: String,

    /// `true`, `false`, a whole number, a JSON list of texts, or a text
    #[arg(allow_hyphen_values = true)]
    pub(crate) value: String,

    /// The gate it is for [default: every gate]
    #[arg(long, value_name = "GATE")]
    pub(crate) gate: Option<String>,

    #[command(flatten)]
    pub(crate) writing: Writing,
}

/// Where thresholds are written, and how.
#[derive(Debug, Args)]
pub(crate) struct Writing {
    /// The path in Parameter Store, `ssm:/PATH` [default: the profile's source]
    #[arg(long, value_name = "URI")]
    pub(crate) to: Option<PathBuf>,

    /// Where the subject is to go, for the profile's source
    #[arg(long, value_name = "NAME")]
    pub(crate) environment: Option<String>,

    /// Write parameters of the advanced tier: up to 8 KB, charged, and never standard again
    #[arg(long)]
    pub(crate) advanced: bool,

    /// Write without asking
    #[arg(long)]
    pub(crate) yes: bool,
}

const DIFF_EXAMPLES: &str = "\
Examples:
  gate thresholds diff thresholds.json ssm:/gate/shop/production
  gate thresholds diff profile ssm:/gate/shop/production --environment production
  gate thresholds diff ssm:/gate/shop/production:stable ssm:/gate/shop/production";

/// Show where two sources of thresholds differ.
///
/// Each is a JSON file, `ssm:/PATH` with a pin or without, `snapshot:FILE`, or `profile`.
#[derive(Debug, Args)]
pub(crate) struct DiffThresholds {
    /// What was
    pub(crate) from: PathBuf,

    /// What is
    pub(crate) to: PathBuf,

    /// The gate that a file without gates is for
    #[arg(long, value_name = "GATE")]
    pub(crate) gate: Option<String>,

    /// Where the subject is to go, for `profile`
    #[arg(long, value_name = "NAME")]
    pub(crate) environment: Option<String>,

    /// End with exit code 1 when they differ
    #[arg(long)]
    pub(crate) exit_code: bool,

    #[command(flatten)]
    pub(crate) output: Output,
}

const APPLY_EXAMPLES: &str = "\
Examples:
  gate thresholds apply thresholds.json --to ssm:/gate/shop/production
  gate thresholds apply image.json --gate image --environment production --yes

The file is a JSON object of thresholds for every gate, in which the thresholds of one gate stand in an
object of its own: {\"max-critical\": 0, \"image\": {\"max-high\": 3}}";

/// Make Parameter Store say what a file says.
///
/// Shows what is created, replaced and taken away, asks, and writes. A parameter that changed since is not written, and
/// the command ends there; what was written before is named.
#[derive(Debug, Args)]
pub(crate) struct ApplyThresholds {
    /// What should be
    pub(crate) file: PathBuf,

    /// The gate that a file without gates is for
    #[arg(long, value_name = "GATE")]
    pub(crate) gate: Option<String>,

    /// Take away what the file does not name; otherwise it stays
    #[arg(long)]
    pub(crate) delete: bool,

    #[command(flatten)]
    pub(crate) writing: Writing,
}

const HISTORY_EXAMPLES: &str = "\
Examples:
  gate thresholds history ssm:/gate/shop/production/image
  gate thresholds history image --environment production";

/// Show the values that a parameter had: who wrote them, when, and their labels.
///
/// The service keeps the last 100. What a verdict was given is in its record, however long ago.
#[derive(Debug, Args)]
pub(crate) struct ThresholdHistory {
    /// The parameter: `ssm:/NAME`, or what stands below the profile's source, such as `image` or `image/max-high`
    pub(crate) name: String,

    /// Where the subject is to go
    #[arg(long, value_name = "NAME")]
    pub(crate) environment: Option<String>,

    #[command(flatten)]
    pub(crate) output: Output,
}

const EXPORT_EXAMPLES: &str = "\
Examples:
  gate thresholds export ssm:/gate/shop/production --output thresholds.snapshot --sign-key gate.key

An evaluation takes a signed export in place of a store that can't be reached: docs/thresholds.md says how.";

/// Write what stands in Parameter Store to a file, to stand in while the store can't be reached.
#[derive(Debug, Args)]
pub(crate) struct ExportThresholds {
    /// What is exported, `ssm:/PATH` with a pin or without [default: the profile's source]
    pub(crate) from: Option<PathBuf>,

    /// File for the export
    #[arg(long = "output", short = 'o', value_name = "FILE")]
    pub(crate) export: PathBuf,

    /// File of the private key that signs it; without a signature no evaluation takes it
    #[arg(long, value_name = "FILE")]
    pub(crate) sign_key: Option<PathBuf>,

    /// Where the subject is to go, for the profile's source
    #[arg(long, value_name = "NAME")]
    pub(crate) environment: Option<String>,

    /// Form of the answer
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,
}
