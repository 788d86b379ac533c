//! `[publish]`: to whom verdicts go when their evidence is durable.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::Deserialize;

use super::{Invalid, invalid};
use crate::outbox::Publisher;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct PublishTable {
    #[serde(default)]
    security_hub: bool,
    within_seconds: Option<u32>,
}

/// To whom verdicts go, and how long that may take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PublishRules {
    pub(crate) to: BTreeSet<Publisher>,
    pub(crate) within: Duration,
}

/// How long publishing may take, and at most, in seconds.
const WITHIN: u32 = 600;
const LONGEST: u32 = 24 * 60 * 60;

impl PublishTable {
    pub(super) fn checked(self) -> Result<PublishRules, Invalid> {
        let seconds = self.within_seconds.unwrap_or(WITHIN);
        if !(1..=LONGEST).contains(&seconds) {
            let what =
                format!("`publish.within-seconds` is {seconds}, and 1 to {LONGEST} are possible");
            return Err(invalid(what));
        }
        let hub = self.security_hub.then_some(Publisher::SecurityHub);
        Ok(PublishRules {
            to: hub.into_iter().collect(),
            within: Duration::from_secs(seconds.into()),
        })
    }
}
