//! `gate waiver …`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::Output;

#[derive(Debug, Subcommand)]
pub(crate) enum Waiver {
    #[command(after_help = CHECK_EXAMPLES)]
    Check(CheckWaivers),
    #[command(after_help = PRUNE_EXAMPLES)]
    Prune(PruneWaivers),
    #[command(after_help = IMPORT_EXAMPLES)]
    Import(ImportWaivers),
}

const CHECK_EXAMPLES: &str = "\
Examples:
  gate waiver check
  gate waiver check --record 4c1d9f --record 77ab01 --strict
  gate waiver check --at 2026-12-31T00:00:00Z";

/// Look at waivers: what has ended, ends soon, lives too long, is there twice or does nothing.
///
/// A file that is wrong ends with exit code 2, and each mistake is named with its line and column. What is to be mended
/// is a warning, and with --strict exit code 1. With records, also what no finding needs, what does not apply and why,
/// and what a trusted statement (VEX) says already.
#[derive(Debug, Args)]
pub(crate) struct CheckWaivers {
    /// The waivers [default: `waivers.toml` beside the profile]
    #[arg(long, value_name = "FILE")]
    pub(crate) waivers: Option<PathBuf>,

    /// A record to hold them against; give one of each gate
    #[arg(long = "record", value_name = "RECORD")]
    pub(crate) records: Vec<String>,

    /// Evidence store: a directory, or `s3://BUCKET/PREFIX` [default: the profile's, or `.gate` beside it]
    #[arg(long, value_name = "STORE")]
    pub(crate) evidence: Option<PathBuf>,

    /// How long before its end a waiver is named
    #[arg(long, value_name = "AGE", default_value = "14d")]
    pub(crate) within: String,

    /// Look as of this moment, which must not lie in the past
    #[arg(long, value_name = "RFC3339")]
    pub(crate) at: Option<String>,

    /// End with exit code 1 when something is to be mended
    #[arg(long)]
    pub(crate) strict: bool,

    #[command(flatten)]
    pub(crate) output: Output,
}

const PRUNE_EXAMPLES: &str = "\
Examples:
  gate waiver prune
  gate waiver prune --record 4c1d9f --record 77ab01 --write";

/// Remove waivers that have ended, or that no finding needs.
///
/// Prints a diff, or changes the file. Everything else in it stays as it is, byte for byte; a comment that stands
/// directly above a waiver goes with it. Unused is what none of the records needs: give one of each gate.
#[derive(Debug, Args)]
pub(crate) struct PruneWaivers {
    /// The waivers [default: `waivers.toml` beside the profile]
    #[arg(long, value_name = "FILE")]
    pub(crate) waivers: Option<PathBuf>,

    /// A record to hold them against; without one, only what has ended is removed
    #[arg(long = "record", value_name = "RECORD")]
    pub(crate) records: Vec<String>,

    /// Evidence store: a directory, or `s3://BUCKET/PREFIX` [default: the profile's, or `.gate` beside it]
    #[arg(long, value_name = "STORE")]
    pub(crate) evidence: Option<PathBuf>,

    /// Change the file in place of printing a diff
    #[arg(long)]
    pub(crate) write: bool,
}

const IMPORT_EXAMPLES: &str = "\
Examples:
  gate waiver import .trivyignore --owner team-shop --approved-by security --ticket SHOP-1 \\
      --expires 2026-12-31T00:00:00Z --record 4c1d9f >> waivers.toml
  gate waiver import .snyk --owner team-shop --approved-by security --ticket SHOP-1 --purl pkg:npm/lodash";

/// Write waivers from an ignore file of a scanner.
///
/// Prints `[[waiver]]` entries. What the file does not say has to be given; an entry that can't be imported is named
/// with its line and with what is missing, and the exit code is then 2. Nothing is made up and nothing left out.
#[derive(Debug, Args)]
pub(crate) struct ImportWaivers {
    /// The file
    pub(crate) file: PathBuf,

    /// What wrote it [default: as its name says]
    #[arg(long)]
    pub(crate) from: Option<Source>,

    /// Who answers for the waivers
    #[arg(long)]
    pub(crate) owner: Option<String>,

    /// Who allowed them; somebody else than the owner
    #[arg(long, value_name = "NAME")]
    pub(crate) approved_by: Vec<String>,

    /// Where they were discussed
    #[arg(long)]
    pub(crate) ticket: Option<String>,

    /// When they end, where the file does not say
    #[arg(long, value_name = "RFC3339")]
    pub(crate) expires: Option<String>,

    /// Why the risks are taken, where the file does not say
    #[arg(long)]
    pub(crate) reason: Option<String>,

    /// The package that they are about, where the file does not say
    #[arg(long)]
    pub(crate) purl: Option<String>,

    /// Where they hold, where the file does not say
    #[arg(long)]
    pub(crate) path: Option<String>,

    /// A record whose findings say which packages and paths are meant, where the file does not say
    #[arg(long)]
    pub(crate) record: Option<String>,

    /// Evidence store: a directory, or `s3://BUCKET/PREFIX` [default: the profile's, or `.gate` beside it]
    #[arg(long, value_name = "STORE")]
    pub(crate) evidence: Option<PathBuf>,
}

/// What wrote an ignore file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Source {
    /// Trivy's `.trivyignore`
    Trivyignore,
    /// Trivy's `.trivyignore.yaml`
    TrivyignoreYaml,
    /// Snyk's `.snyk`
    Snyk,
    /// Grype's `.grype.yaml`
    Grype,
    /// OpenVEX; better given as what it is, a document of statements
    Openvex,
}
