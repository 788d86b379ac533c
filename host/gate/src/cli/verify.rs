//! `gate verify` on the command line.

use std::path::PathBuf;

use clap::Args;
use gate_core::digest::Digest;

use crate::cli::Output;
use crate::config::AgeLimit;

pub(crate) const VERIFY_EXAMPLES: &str = "\
Examples:
  gate verify --subject registry.example/shop@sha256:… --environment production
  gate verify --subject shop@sha256:… --require sca,image,dast --key gate.pub \\
    --verifier-id https://example.com/gate/v1 --resource-uri 'oci://shop?env=production'
  gate verify --subject shop@sha256:… --platform-digest sha256:… --attestation verdicts/

For the step before a deployment: exit code 0 says that everything is proven, any other that it is not.
docs/verify.md has every reason for which something is refused.";

/// Prove by signed verdicts that what is to be deployed has passed its gates.
///
/// Each gate that is required needs a verdict about this digest, for this resource, signed by a key that is trusted, not
/// too old, and not followed by one that did not pass. Nothing else is believed: no tag, no label, no state of Security
/// Hub.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// What is to be deployed, by digest
    #[arg(long, value_name = "NAME@sha256:DIGEST")]
    pub(crate) subject: String,

    /// Digest of an image in it, which has to be proven as well; once for each platform of an index
    #[arg(long = "platform-digest", value_name = "sha256:DIGEST")]
    pub(crate) platforms: Vec<Digest>,

    /// Gates of which each has to have passed, in place of the profile's
    #[arg(long, value_name = "GATE,…", value_delimiter = ',')]
    pub(crate) require: Vec<String>,

    /// Where it is deployed to, for `{environment}` of the resource
    #[arg(long, value_name = "NAME")]
    pub(crate) environment: Option<String>,

    /// For what it has to have been judged, in place of what the profile says
    #[arg(long, value_name = "URI")]
    pub(crate) resource_uri: Option<String>,

    /// Public key that is trusted, in place of the profile's; a file in PEM
    #[arg(long = "key", value_name = "FILE", requires = "verifier_id")]
    pub(crate) keys: Vec<PathBuf>,

    /// The verifier that signs with it
    #[arg(long, value_name = "URI", requires = "keys")]
    pub(crate) verifier_id: Option<String>,

    /// How old a verdict may be, such as `24h`, in place of what the profile says; or `unlimited` [default: 24h]
    #[arg(long, value_name = "AGE")]
    pub(crate) max_age: Option<AgeLimit>,

    /// Digest of rules by which it may have been judged, in place of the profile's; any when there is none
    #[arg(long = "policy-digest", value_name = "sha256:DIGEST")]
    pub(crate) policies: Vec<Digest>,

    /// A signed verdict, or a directory of them (`*.json`)
    #[arg(long = "attestation", value_name = "PATH")]
    pub(crate) attestations: Vec<PathBuf>,

    /// Evidence store with signed verdicts [default, without `--attestation`: `.gate` beside the profile]
    #[arg(long, value_name = "DIR")]
    pub(crate) evidence: Option<PathBuf>,

    /// Verify as of this moment, which must not lie in the past
    #[arg(long, value_name = "RFC3339")]
    pub(crate) at: Option<String>,

    #[command(flatten)]
    pub(crate) output: Output,
}
