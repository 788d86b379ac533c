//! `gate key …` on the command line.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::cli::{Format, Output};

#[derive(Debug, Subcommand)]
pub(crate) enum Key {
    New(NewKey),
    Show(ShowKey),
}

/// Make a key that signs verdicts.
///
/// The private key is written to a file that only you can read, and is never printed. A file that is there is not
/// replaced. What is printed is the public half, for `gate verify --key`.
#[derive(Debug, Args)]
pub(crate) struct NewKey {
    /// File for the private key
    #[arg(
        long = "output",
        short = 'o',
        value_name = "FILE",
        default_value = "gate.key"
    )]
    pub(crate) key: PathBuf,

    /// Form of the answer
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,
}

/// Show the public half of a key, and by which names others call it.
///
/// The fingerprint is the one of `ssh-keygen -lf`; the hint is what a Sigstore bundle has.
#[derive(Debug, Args)]
pub(crate) struct ShowKey {
    /// A file with a private or a public key, or a key of KMS: `awskms:///alias/NAME`
    #[arg(value_name = "KEY")]
    pub(crate) key: String,

    #[command(flatten)]
    pub(crate) output: Output,
}
