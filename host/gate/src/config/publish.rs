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
    sns: Option<String>,
    within_seconds: Option<u32>,
}

/// To whom verdicts go, and how long that may take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PublishRules {
    pub(crate) to: BTreeSet<Publisher>,
    /// The topic of SNS for notifications.
    pub(crate) topic: Option<String>,
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
        if let Some(topic) = self.sns.as_ref().filter(|topic| !gate_aws::is_topic(topic)) {
            let what = format!("`publish.sns` is `{topic}`, which is not the ARN of a topic");
            return Err(invalid(what).help("write it as `arn:aws:sns:REGION:ACCOUNT:NAME`"));
        }
        let hub = self.security_hub.then_some(Publisher::SecurityHub);
        let sns = self.sns.is_some().then_some(Publisher::Sns);
        Ok(PublishRules {
            to: hub.into_iter().chain(sns).collect(),
            topic: self.sns,
            within: Duration::from_secs(seconds.into()),
        })
    }
}
