//! The command line: one tree, from which help, completions and the manual page are made.

mod baseline;
mod key;
mod publish;
mod signing;
mod thresholds;
mod verify;
mod waiver;

use std::path::PathBuf;

use crate::outbox::Publisher;
use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use baseline::{Baseline, SetBaseline, ShowBaseline, TightenBaseline};
pub(crate) use key::{Key, NewKey, ShowKey};
pub(crate) use publish::Publish;
pub(crate) use signing::SigningOptions;
pub(crate) use thresholds::{
    ApplyThresholds, DiffThresholds, ExportThresholds, GetThreshold, SetThreshold, ShowThresholds,
    ThresholdHistory, Thresholds, Writing,
};
pub(crate) use verify::Verify;
pub(crate) use waiver::{CheckWaivers, ImportWaivers, PruneWaivers, Source, Waiver};

/// A policy gate for delivery pipelines.
///
/// Reads what scanners reported, asks policies that run in a WebAssembly sandbox, and answers pass, warn, fail or
/// error. The exit code is the answer; only 0 opens the gate.
#[derive(Debug, Parser)]
#[command(name = "gate", version, propagate_version = true, after_help = EXIT_CODES, max_term_width = 100)]
pub(crate) struct Cli {
    /// Profile to use instead of `gate.toml` in the working directory
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str = "\
Exit codes:
  0  pass or warn, or a fail under --monitor: the gate is open
  1  fail: the gate is closed (`gate replay`: diverged; `gate verify`: not proven)
  2  the command line or the configuration is wrong; nothing was judged
  3  could not decide: an incomplete report, a failed policy, an unreadable threshold, a defect
  4  a verdict was reached, but its evidence, signature, answer or publishing is not complete";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    #[command(after_help = EVALUATE_EXAMPLES)]
    Evaluate(Evaluate),
    #[command(after_help = NORMALIZE_EXAMPLES)]
    Normalize(Normalize),
    #[command(after_help = REPLAY_EXAMPLES)]
    Replay(Replay),
    #[command(after_help = publish::PUBLISH_EXAMPLES)]
    Publish(Publish),
    #[command(after_help = EXPLAIN_EXAMPLES)]
    Explain(Explain),
    #[command(after_help = verify::VERIFY_EXAMPLES)]
    Verify(Verify),
    /// Make keys that sign verdicts, and look at them
    #[command(subcommand)]
    Key(Key),
    /// What was there before, so that a gate can tell what is new
    #[command(subcommand)]
    Baseline(Baseline),
    /// Look at policies
    #[command(subcommand)]
    Policy(Policy),
    /// Look at adapters of your own
    #[command(subcommand)]
    Adapter(Adapter),
    /// Import feeds, and look at them
    #[command(subcommand)]
    Feed(Feed),
    /// See what gates are given, and write it to Parameter Store
    #[command(subcommand)]
    Thresholds(Thresholds),
    /// Look after accepted risks
    #[command(subcommand)]
    Waiver(Waiver),
    Completions(Completions),
    /// Print the manual page
    Man,
}

const EVALUATE_EXAMPLES: &str = "\
Examples:
  gate evaluate image --report trivy=trivy.json
  gate evaluate sast --report bandit.json --report semgrep.sarif
  gate evaluate secrets --report gitleaks=leaks.json --scanner-exit gitleaks=$?
  gate evaluate image --report trivy.json --subject registry.example/shop@sha256:… --format json
  gate evaluate sast --report bandit.json --format sarif -o gate.sarif

The evidence of every verdict is kept in `.gate/` beside the profile, or where `--evidence` says; a
verdict is announced only when its evidence is durable.";

/// Judge scanner reports at a gate.
///
/// Reads the reports, runs the gate's policies over their findings and answers with a verdict. A report that is
/// missing, empty, cut off, of another tool, or that says itself that its scan was not complete is an error, never
/// a pass.
#[derive(Debug, Args)]
pub(crate) struct Evaluate {
    /// The gate that asks, such as `image`; `gate explain profile` lists them
    pub(crate) gate: String,

    /// A scanner's report; TOOL says which adapter reads it, otherwise its content does; `-` is stdin
    #[arg(long = "report", value_name = "[TOOL=]PATH")]
    pub(crate) reports: Vec<String>,

    /// The code with which a tool exited, as `$?` has it; its reports are held against it
    #[arg(long = "scanner-exit", value_name = "TOOL=CODE")]
    pub(crate) scanner_exits: Vec<String>,

    /// What is judged: a name, with its digest where it has one
    #[arg(long, value_name = "NAME[@sha256:DIGEST]")]
    pub(crate) subject: Option<String>,

    /// Where the subject is to go; one of the profile's environments, which has to be named where there are any
    #[arg(long, value_name = "NAME")]
    pub(crate) environment: Option<String>,

    /// Thresholds that take the place of the profile's: a JSON file, `ssm:/PATH` in Parameter Store, or `snapshot:FILE`
    #[arg(long, value_name = "URI")]
    pub(crate) thresholds: Option<PathBuf>,

    /// Accepted risks, in place of what the profile says; docs/waivers.md has the form
    #[arg(long, value_name = "FILE")]
    pub(crate) waivers: Option<PathBuf>,

    /// How old a report may be, such as `24h` or `7d`, in place of what the profile says; or `unlimited`
    #[arg(long, value_name = "AGE")]
    pub(crate) max_report_age: Option<String>,

    /// What was there before, in place of the profile's; `gate baseline set` makes it
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,

    /// Judge only findings that the baseline does not have, or that were fixed and are back
    #[arg(long)]
    pub(crate) only_new: bool,

    /// Statements about vulnerabilities (OpenVEX, CycloneDX, CSAF); only those that the profile trusts have an effect
    #[arg(long, value_name = "[TOOL=]PATH")]
    pub(crate) vex: Vec<String>,

    /// Evidence store: a directory or `s3://BUCKET/PREFIX` [default: the profile's, else `.gate`]
    #[arg(long, value_name = "STORE")]
    pub(crate) evidence: Option<PathBuf>,

    /// Publish findings and verdict when their evidence is durable; `gate publish` goes on with what remains
    #[arg(long, value_name = "WHERE")]
    pub(crate) publish: Vec<Publisher>,

    #[command(flatten)]
    pub(crate) signing: SigningOptions,

    /// Report a fail without closing the gate; an error closes it all the same
    #[arg(long)]
    pub(crate) monitor: bool,

    /// Judge as of this moment, which must not lie in the past
    #[arg(long, value_name = "RFC3339")]
    pub(crate) at: Option<String>,

    /// Add a line with metrics of the evaluation (CloudWatch embedded metric format) to a file, or to `stderr`
    #[arg(long, value_name = "FILE|stderr")]
    pub(crate) metrics: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) output: VerdictOutput,
}

const NORMALIZE_EXAMPLES: &str = "\
Examples:
  gate normalize --report trivy=trivy.json
  gate normalize --report results.sarif --format json";

/// Read one scanner report and print its findings.
///
/// Shows what a gate would see: what the report says of its own run, and its findings with identity, severity and
/// place. Secrets are replaced before anything is printed. Nothing is judged and nothing is kept.
#[derive(Debug, Args)]
pub(crate) struct Normalize {
    /// A scanner's report; TOOL says which adapter reads it, otherwise its content does; `-` is stdin
    #[arg(long, value_name = "[TOOL=]PATH")]
    pub(crate) report: String,

    /// The code with which a tool exited, as `$?` has it; its reports are held against it
    #[arg(long = "scanner-exit", value_name = "TOOL=CODE")]
    pub(crate) scanner_exits: Vec<String>,

    #[command(flatten)]
    pub(crate) output: Output,
}

const REPLAY_EXAMPLES: &str = "\
Examples:
  gate replay 4c1d9f
  gate replay 4c1d9f --evidence /mnt/audit/.gate --level full
  gate replay 4c1d9f --evidence s3://evidence-bucket/shop
  gate replay /mnt/audit/.gate/records/4c1d9f…";

/// Repeat a verdict from its record.
///
/// Everything that the verdict depended on is in the evidence store: nothing else is needed, no scanner, no profile, and
/// no network unless the store is in S3.
/// Answers `reproduced` (exit 0), `diverged` with the first field that differs (exit 1) or `not-replayable` with
/// what is missing or damaged (exit 3).
#[derive(Debug, Args)]
pub(crate) struct Replay {
    /// The record: its name or the beginning of it, or a file in `records/` of an evidence store
    pub(crate) record: String,

    /// Evidence store: a directory or `s3://BUCKET/PREFIX` [default: the profile's, else `.gate`]
    #[arg(long, value_name = "STORE")]
    pub(crate) evidence: Option<PathBuf>,

    /// How far back to begin [default: full where every report was kept, else decision]
    #[arg(long)]
    pub(crate) level: Option<Level>,

    /// End as the original evaluation did, when it is reproduced
    #[arg(long)]
    pub(crate) exit_code: bool,

    #[command(flatten)]
    pub(crate) output: Output,
}

/// How far back a replay begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Level {
    /// From the recorded findings
    Decision,
    /// From the kept reports, through the adapters
    Full,
}

const EXPLAIN_EXAMPLES: &str = "\
Examples:
  gate explain profile
  gate explain report-incomplete
  gate explain severity-over-budget
  gate explain 4c1d9f
  gate explain 4c1d9f --distance
  gate explain 4c1d9f --corroboration";

/// Explain a code, a policy, a record or the profile.
///
/// With `--distance` a record's verdict is judged again with something changed, until it is known what would make it
/// pass, how much room each threshold leaves, and when it flips by itself. Nothing is kept of that.
#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// `profile`, a code such as `report-empty`, a standard policy, or a record's name
    pub(crate) what: String,

    /// Of a record: what would make it pass, how much room is left, and when it flips
    #[arg(long, conflicts_with = "corroboration")]
    pub(crate) distance: bool,

    /// Of a record: risks that several tools report, and where they rate them otherwise
    #[arg(long)]
    pub(crate) corroboration: bool,

    /// Evidence store: a directory or `s3://BUCKET/PREFIX` [default: the profile's, else `.gate`]
    #[arg(long, value_name = "STORE")]
    pub(crate) evidence: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Policy {
    Inspect(Inspect),
}

/// Show what a policy is: its question, thresholds, imports and digest.
///
/// A policy that imports anything, or is no policy, is refused with the reason (exit 3).
#[derive(Debug, Args)]
pub(crate) struct Inspect {
    /// A standard policy's name, or the file of a component
    #[arg(value_name = "NAME|FILE")]
    pub(crate) policy: String,

    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Adapter {
    Inspect(InspectAdapter),
}

/// Show what an adapter is: its tool, what it replaces, imports and digest.
///
/// Prints the lines that name it in a profile. A file that imports anything, or is no adapter, is refused with the
/// reason (exit 2).
#[derive(Debug, Args)]
pub(crate) struct InspectAdapter {
    /// The file of a component
    #[arg(value_name = "FILE")]
    pub(crate) adapter: PathBuf,

    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Feed {
    #[command(after_help = IMPORT_EXAMPLES)]
    Import(ImportFeed),
    Show(ShowFeed),
}

const IMPORT_EXAMPLES: &str = "\
Examples:
  gate feed import epss epss_scores-2025-11-20.csv.gz
  gate feed import kev known_exploited_vulnerabilities.json --output security/kev.feed

Nothing is fetched: docs/feeds.md says where the files come from.";

/// Turn a published feed into the form that gates read.
///
/// The feed is written in order and in one spelling, so that its digest names what it says. It is replaced at once or
/// not at all. A file that is cut off, of another kind, or lists a vulnerability twice is refused with the line (exit
/// 2).
#[derive(Debug, Args)]
pub(crate) struct ImportFeed {
    /// What the feed says
    pub(crate) kind: FeedKind,

    /// The file as it was published; it may be packed with gzip
    #[arg(value_name = "FILE")]
    pub(crate) source: PathBuf,

    /// File for the feed, or the directory to put it into [default: `feeds/KIND.feed` beside the profile]
    #[arg(long = "output", short = 'o', value_name = "PATH")]
    pub(crate) feed: Option<PathBuf>,

    /// Form of the answer
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,
}

/// What a feed says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FeedKind {
    /// How likely vulnerabilities are exploited: `epss_scores-DAY.csv.gz` of FIRST
    Epss,
    /// Which vulnerabilities are exploited: `known_exploited_vulnerabilities.json` of CISA
    Kev,
}

impl From<FeedKind> for gate_core::feed::FeedKind {
    fn from(kind: FeedKind) -> Self {
        match kind {
            FeedKind::Epss => Self::Epss,
            FeedKind::Kev => Self::Kev,
        }
    }
}

/// Show what a feed is: its kind, date, version and digest.
///
/// Reads every line of it. A file that is no feed, or was altered so that it is none, is refused with the line (exit
/// 2).
#[derive(Debug, Args)]
pub(crate) struct ShowFeed {
    /// A feed that was imported
    #[arg(value_name = "FILE")]
    pub(crate) feed: PathBuf,

    #[command(flatten)]
    pub(crate) output: Output,
}

/// Print a completion script for a shell.
#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell
    pub(crate) shell: clap_complete::Shell,
}

/// Where the answer goes, and in which form.
#[derive(Debug, Args)]
pub(crate) struct Output {
    /// Form of the answer; the JSON forms have schemas in docs/schema/
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,

    #[command(flatten)]
    pub(crate) to: Destination,
}

/// Where a verdict goes, and in which form.
#[derive(Debug, Args)]
pub(crate) struct VerdictOutput {
    /// Form of the answer; docs/outputs.md says what each holds
    #[arg(long, value_enum, default_value_t = VerdictFormat::Human)]
    pub(crate) format: VerdictFormat,

    #[command(flatten)]
    pub(crate) to: Destination,
}

/// Where the answer goes.
#[derive(Debug, Args)]
pub(crate) struct Destination {
    /// File for the answer instead of stdout
    #[arg(long = "output", short = 'o', value_name = "FILE")]
    pub(crate) path: Option<PathBuf>,
}

/// Form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Human,
    /// For programs
    Json,
}

/// Form of a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum VerdictFormat {
    /// For people
    Human,
    /// For programs
    Json,
    /// SARIF 2.1.0, for viewers and code hosts
    Sarif,
    /// JUnit XML, for build systems that show test results
    Junit,
    /// For the summary of a job, or a comment
    Markdown,
}
