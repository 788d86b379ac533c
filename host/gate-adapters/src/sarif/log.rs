//! The log file around the results, as tools write it (sections 3.13 to 3.15).

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use gate_core::finding::Text;

use super::completeness::Invocation;
use super::rules::Component;
use crate::envelope::object;
use crate::error::ReadError;

/// A log file without its results.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Log {
    pub(super) inline_external_properties: Option<Vec<External>>,
    /// Absent is another format; `null` is a tool that could not find its runs.
    #[serde(default, deserialize_with = "present")]
    pub(super) runs: Option<Option<Vec<Written>>>,
    version: Option<String>,
}

/// Properties that stand elsewhere, or by themselves in the same file (section 4).
#[derive(Deserialize)]
pub(super) struct External {
    pub(super) results: Option<Vec<Value>>,
}

/// A run as the tool writes it, `0` in place of each result.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Written {
    pub(super) artifacts: Option<Vec<Artifact>>,
    pub(super) external_property_file_references: Option<References>,
    pub(super) invocations: Option<Vec<Invocation>>,
    pub(super) logical_locations: Option<Vec<Logical>>,
    pub(super) results: Option<Vec<u8>>,
    pub(super) tool: Tool,
}

/// Which properties of a run stand in other files (section 3.15).
#[derive(Deserialize)]
pub(super) struct References {
    pub(super) driver: Option<Value>,
    pub(super) extensions: Option<Value>,
    pub(super) invocations: Option<Value>,
    pub(super) results: Option<Value>,
}

#[derive(Deserialize)]
pub(super) struct Tool {
    pub(super) driver: Component,
    pub(super) extensions: Option<Vec<Component>>,
}

#[derive(Deserialize)]
pub(super) struct Artifact {
    pub(super) location: Option<Address>,
}

#[derive(Deserialize)]
pub(super) struct Address {
    pub(super) uri: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Logical {
    pub(super) fully_qualified_name: Option<Text>,
    pub(super) name: Option<Text>,
}

fn present<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}

impl Log {
    /// Reads the envelope.
    pub(super) fn parse(envelope: &[u8]) -> Result<Self, ReadError> {
        let log: Self = object(super::ADAPTER.tool, envelope)?;
        let wrong = |what: &str| Err(ReadError::wrong_tool(super::ADAPTER.tool, what));
        match log.version.as_deref() {
            Some("2.1.0") => {}
            // Its text is the report's, so it is not repeated here.
            Some(_) => {
                let what = "it is SARIF of another version; only 2.1.0 is read".to_owned();
                return Err(ReadError::Unsupported(what));
            }
            None => return wrong("it has no `version`"),
        }
        match log.runs {
            Some(_) => Ok(log),
            None => wrong("it has no `runs`"),
        }
    }
}
