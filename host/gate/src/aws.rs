//! The way to AWS, opened by whoever needs it first. A run that asks nothing of AWS never opens it.

use std::sync::OnceLock;

use gate_aws::{AwsError, Connection, Options};

use crate::config::Profile;

/// The connection, once somebody asked for it.
#[derive(Debug)]
pub(crate) struct Aws {
    options: Options,
    opened: OnceLock<Result<Connection, AwsError>>,
}

impl Aws {
    /// A connection with what the profile says of it; not opened yet.
    pub(crate) fn of(profile: &Profile) -> Self {
        Self {
            options: profile.aws.clone(),
            opened: OnceLock::new(),
        }
    }

    /// The connection.
    pub(crate) fn connection(&self) -> Result<&Connection, AwsError> {
        let opened = self.opened.get_or_init(|| Connection::open(&self.options));
        opened.as_ref().map_err(Clone::clone)
    }
}
