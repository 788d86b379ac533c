//! Options of `gate evaluate` that have its verdict signed.

use std::path::PathBuf;

use clap::Args;

/// How the verdict is signed.
#[derive(Debug, Args)]
pub(crate) struct SigningOptions {
    /// Sign the verdict with this key in place of the profile's: a file, or `awskms:///alias/NAME`
    #[arg(long, value_name = "KEY")]
    pub(crate) sign: Option<String>,

    /// For what the verdict is signed, in place of what the profile says; `{subject}` and `{environment}` are filled in
    #[arg(long, value_name = "URI")]
    pub(crate) resource_uri: Option<String>,

    /// Directory for the signed verdict, as an envelope (DSSE) and as a Sigstore bundle; the evidence store has them, too
    #[arg(long, value_name = "DIR")]
    pub(crate) attestation_output: Option<PathBuf>,
}
