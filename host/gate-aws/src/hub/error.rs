//! Why the publishing of a record stopped before its end.

use gate_core::ports::StoreError;

use super::manifest::Unreadable;
use crate::{Action, AwsError, Identity};

/// Why it stopped. What was acknowledged until then is noted; the rest waits. Texts of the service are untrusted.
#[derive(Debug, thiserror::Error)]
pub enum Stop {
    /// The service, or the way to it, refused.
    #[error("{0}")]
    Aws(#[from] AwsError),
    /// Security Hub is not switched on there.
    #[error("Security Hub is not enabled in account {account}, region {region}: {message}")]
    NotEnabled {
        /// The account.
        account: String,
        /// The region.
        region: String,
        /// The service's sentence.
        message: String,
    },
    /// Everything is rejected, so that it is not for what a finding says.
    #[error("Security Hub rejects every finding: {code}: {message}")]
    Rejected {
        /// The service's word.
        code: String,
        /// Its sentence.
        message: String,
    },
    /// The time is up.
    #[error("not everything was acknowledged within {seconds} s{}", last.as_ref().map_or_else(String::new, |last| format!("; the last answer: {last}")))]
    Deadline {
        /// How long it may take.
        seconds: u64,
        /// What was answered last.
        last: Option<String>,
    },
    /// What was published can't be read or written.
    #[error("what was published: {0}")]
    Store(#[from] StoreError),
    /// What was published can't be understood.
    #[error("what was published, `{name}`: {why}")]
    Manifest {
        /// Its name among what changes.
        name: String,
        /// Why not.
        why: Unreadable,
    },
    /// Somebody else publishes the same.
    #[error("somebody else publishes findings of the same gate and subject again and again")]
    Contended,
}

impl Stop {
    /// What the reader can do.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            Self::Aws(error) => error.help(),
            Self::NotEnabled { region, .. } => format!(
                "`aws securityhub enable-security-hub --no-enable-default-standards --region {region}` enables it; or the \
                 build runs in another account or region than you think"
            ),
            Self::Rejected { .. } => "check the account and the region; docs/publishing.md says what is sent".to_owned(),
            Self::Deadline { .. } => {
                "run `gate publish --pending` when the service answers; what was acknowledged is not sent again".to_owned()
            }
            Self::Store(_) => "check the evidence store, then run `gate publish --pending`".to_owned(),
            Self::Manifest { .. } => "restore it from a copy, or remove it: what is published is then asked of the service".to_owned(),
            Self::Contended => "publish from one build at a time, then run `gate publish --pending`".to_owned(),
        }
    }
}

/// The import of findings, as IAM knows it.
pub(super) fn import(identity: &Identity) -> Action {
    let Identity {
        partition,
        account,
        region,
        ..
    } = identity;
    let product =
        format!("arn:{partition}:securityhub:{region}:{account}:product/{account}/default");
    Action::on("securityhub:BatchImportFindings", product)
}

/// The reading of findings, as IAM knows it.
pub(super) fn read(identity: &Identity) -> Action {
    let Identity {
        partition,
        account,
        region,
        ..
    } = identity;
    Action::on(
        "securityhub:GetFindings",
        format!("arn:{partition}:securityhub:{region}:{account}:hub/default"),
    )
}
