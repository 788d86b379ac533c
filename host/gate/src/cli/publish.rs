//! `gate publish`.

use std::path::PathBuf;

use clap::Args;

use super::Output;
use crate::outbox::Publisher;

pub(super) const PUBLISH_EXAMPLES: &str = "\
Examples:
  gate publish 4c1d9f
  gate publish --pending
  gate publish --pending --evidence s3://evidence/shop --format json";

/// Publish a verdict and its findings, or what is left of earlier ones.
///
/// What an evaluation was to publish and could not, for the network, a permission or a kill, is kept beside the evidence.
/// This goes on where it ended: what was acknowledged is not sent again. Exit code 4 says that something remains.
#[derive(Debug, Args)]
pub(crate) struct Publish {
    /// The record: its name or the beginning of it, or a file in `records/` of an evidence store
    #[arg(required_unless_present = "pending", conflicts_with = "pending")]
    pub(crate) record: Option<String>,

    /// Publish everything that was to be published and is not yet
    #[arg(long)]
    pub(crate) pending: bool,

    /// To whom, in place of what the profile says [default: securityhub]
    #[arg(long, value_name = "WHERE", conflicts_with = "pending")]
    pub(crate) to: Vec<Publisher>,

    /// Where the evidence is kept [default: `.gate` beside the profile]
    #[arg(long, value_name = "DIR")]
    pub(crate) evidence: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) output: Output,
}
