//! What a source of thresholds said at the moment of judgement.

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::time::Moment;

/// What was read from a source: enough to say years later who gave which value, when the source itself no longer knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    /// The source, as it was asked for, such as `ssm:/gate/shop/production`.
    pub source: String,
    /// What stood there and was read for this gate, in order of name.
    pub parameters: Vec<ParameterSnapshot>,
    /// When an offline export was made, where it stands in for the source itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exported_at: Option<Moment>,
}

/// A parameter as it was read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ParameterSnapshot {
    /// Name, such as `/gate/shop/production/image`.
    pub name: String,
    /// Resource name of it, which says the account and the region, too.
    pub arn: String,
    /// Which of its values.
    pub version: u32,
    /// The label by which the version was chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// When it was last changed.
    pub last_modified: Moment,
    /// Digest of the text that stood there; the text is in the evidence store under it.
    pub digest: Digest,
}
