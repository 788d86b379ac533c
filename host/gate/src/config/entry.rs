//! How a gate names its policies: each with its terms, and some of them judged together.

use std::fmt;

use serde::de::{Error as _, MapAccess, Visitor, value::MapAccessDeserializer};
use serde::{Deserialize, Deserializer};

use gate_core::composition::{Group, Needs};
use gate_core::gate::is_name;
use gate_core::request::{Enforcement, Terms};
use gate_core::time::Moment;

/// A policy of a gate: its name, or a table with its terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PolicyEntry {
    pub(super) name: String,
    pub(super) terms: Terms,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct EntryTable {
    name: String,
    #[serde(default)]
    mode: Enforcement,
    effective_on: Option<Effective>,
    #[serde(default)]
    unwaivable: bool,
}

impl<'de> Deserialize<'de> for PolicyEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entry;

        impl<'de> Visitor<'de> for Entry {
            type Value = PolicyEntry;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "a policy's name, or a table such as { name = \"…\", mode = \"monitor\" }",
                )
            }

            fn visit_str<E>(self, name: &str) -> Result<PolicyEntry, E> {
                Ok(PolicyEntry {
                    name: name.to_owned(),
                    terms: Terms::default(),
                })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<PolicyEntry, A::Error> {
                let table = EntryTable::deserialize(MapAccessDeserializer::new(map))?;
                Ok(PolicyEntry {
                    name: table.name,
                    terms: Terms {
                        enforcement: table.mode,
                        effective_on: table.effective_on.map(|effective| effective.0),
                        unwaivable: table.unwaivable,
                    },
                })
            }
        }

        deserializer.deserialize_any(Entry)
    }
}

/// A moment, as a text or as TOML's own date-time with an offset. A date alone begins at another moment in each time
/// zone.
struct Effective(Moment);

impl<'de> Deserialize<'de> for Effective {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl<'de> Visitor<'de> for Text {
            type Value = String;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a moment such as 2026-01-31T23:59:59Z")
            }

            fn visit_str<E>(self, text: &str) -> Result<String, E> {
                Ok(text.to_owned())
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<String, A::Error> {
                let literal = toml::value::Datetime::deserialize(MapAccessDeserializer::new(map))?;
                Ok(literal.to_string())
            }
        }

        let text = deserializer.deserialize_any(Text)?;
        text.parse().map(Self).map_err(D::Error::custom)
    }
}

/// A group's members, by how many of them have to pass.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum GroupTable {
    Any(Vec<String>),
    All(Vec<String>),
}

impl GroupTable {
    pub(super) fn group(self, name: String) -> Result<Group, String> {
        if !is_name(&name) {
            return Err(format!(
                "the group `{name}` needs a name of lower-case letters, digits and hyphens"
            ));
        }
        let (needs, named) = match self {
            Self::Any(named) => (Needs::Any, named),
            Self::All(named) => (Needs::All, named),
        };
        let mut members = std::collections::BTreeSet::new();
        for member in named {
            if let Some(twice) = members.replace(member) {
                return Err(format!("the group `{name}` names `{twice}` twice"));
            }
        }
        Ok(Group {
            name,
            needs,
            members,
        })
    }
}
