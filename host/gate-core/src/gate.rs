//! Names: of gates, policies, thresholds and reasons.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// The name of a gate, such as `image`: lower-case letters, digits and hyphens, beginning with a letter, at
/// most 64 characters. Which gates exist is said by the profile.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GateName(String);

/// The gates of the embedded profile, in the order of a pipeline.
pub const STANDARD_GATES: [&str; 10] = [
    "secrets",
    "sast",
    "sca",
    "sbom",
    "image",
    "iac",
    "workload",
    "dast",
    "runtime",
    "integrity",
];

/// A text that is not a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected lower-case letters, digits and hyphens, a letter first, at most 64 characters")]
pub struct NotAName;

/// Whether a text is a name: of a gate, a policy, a threshold, a reason.
#[must_use]
pub fn is_name(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=64).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(allowed)
}

impl GateName {
    /// A gate's name.
    ///
    /// # Errors
    /// When the text is not a name.
    pub fn new(text: &str) -> Result<Self, NotAName> {
        is_name(text).then(|| Self(text.to_owned())).ok_or(NotAName)
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for GateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for GateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl Serialize for GateName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for GateName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for GateName {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "GateName".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^[a-z][a-z0-9-]{0,63}$" })
    }
}
