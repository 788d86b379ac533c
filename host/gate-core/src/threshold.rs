//! Thresholds and settings: what a policy asks for, and what it is given.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::severity::Level;

mod bound;
mod resolve;
mod snapshot;

pub use bound::{Bound, Contradiction, Edge, tightest};
pub use resolve::{Layer, Read, Role, ThresholdError, refuse_unread, resolve};
pub use snapshot::{ParameterSnapshot, Snapshot};

/// The type of a threshold or a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ValueKind {
    /// `true` or `false`.
    Flag,
    /// A number from 0 to 4294967295, or the word `unlimited`.
    Count,
    /// A level's word.
    Level,
    /// A text.
    Text,
    /// A list of texts.
    Texts,
}

impl ValueKind {
    /// What a value of this kind looks like, for messages.
    #[must_use]
    pub const fn expected(self) -> &'static str {
        match self {
            Self::Flag => "true or false",
            Self::Count => "a whole number from 0 to 4294967295, or \"unlimited\"",
            Self::Level => "one of critical, high, medium, low, info, unknown",
            Self::Text => "a text",
            Self::Texts => "a list of texts",
        }
    }
}

/// A value that no policy has given a type yet, as it stands in a profile or a thresholds file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(untagged)]
pub enum RawValue {
    /// `true` or `false`.
    Flag(bool),
    /// A whole number.
    Number(i64),
    /// A text.
    Text(String),
    /// A list of texts.
    Texts(Vec<String>),
}

impl RawValue {
    /// The value as the kind that a policy asks for.
    #[must_use]
    pub fn typed(&self, kind: ValueKind) -> Option<Value> {
        Some(match (kind, self) {
            (ValueKind::Flag, Self::Flag(flag)) => Value::Flag(*flag),
            (ValueKind::Count, Self::Number(number)) => Value::Count(u32::try_from(*number).ok()?),
            (ValueKind::Count, Self::Text(word)) if word == "unlimited" => Value::Unlimited,
            (ValueKind::Level, Self::Text(word)) => Value::Level(Level::from_word(word)?),
            (ValueKind::Text, Self::Text(text)) => Value::Text(text.clone()),
            (ValueKind::Texts, Self::Texts(texts)) => Value::Texts(texts.clone()),
            _ => return None,
        })
    }
}

impl fmt::Display for RawValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => write!(f, "{flag}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => f.write_str(text),
            Self::Texts(texts) => f.write_str(&texts.join(", ")),
        }
    }
}

impl<'de> Deserialize<'de> for RawValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = RawValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("true, false, a whole number, a text or a list of texts")
    }

    fn visit_bool<E>(self, flag: bool) -> Result<RawValue, E> {
        Ok(RawValue::Flag(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<RawValue, E> {
        Ok(RawValue::Number(number))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<RawValue, E> {
        let number = i64::try_from(number);
        number
            .map(RawValue::Number)
            .map_err(|_| E::custom("the number is too large"))
    }

    fn visit_str<E>(self, text: &str) -> Result<RawValue, E> {
        Ok(RawValue::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<RawValue, A::Error> {
        let mut texts = Vec::new();
        while let Some(text) = list.next_element()? {
            texts.push(text);
        }
        Ok(RawValue::Texts(texts))
    }
}

/// Values by name, as they stand in a file. A name that stands twice is an error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RawValues(pub BTreeMap<String, RawValue>);

impl<'de> Deserialize<'de> for RawValues {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Map;

        impl<'de> Visitor<'de> for Map {
            type Value = RawValues;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with a value for each threshold")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RawValues, A::Error> {
                let mut values = BTreeMap::new();
                while let Some((name, value)) = map.next_entry::<String, RawValue>()? {
                    if values.contains_key(&name) {
                        return Err(de::Error::custom(format!("`{name}` stands twice")));
                    }
                    values.insert(name, value);
                }
                Ok(RawValues(values))
            }
        }

        deserializer.deserialize_map(Map)
    }
}

/// A value with its type.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Value {
    /// `true` or `false`.
    Flag(bool),
    /// How many are allowed.
    Count(u32),
    /// Any number is allowed.
    Unlimited,
    /// A level.
    Level(Level),
    /// A text.
    Text(String),
    /// A list of texts.
    Texts(Vec<String>),
}

impl Value {
    /// Whether a value is of a kind.
    #[must_use]
    pub const fn is(&self, kind: ValueKind) -> bool {
        matches!(
            (self, kind),
            (Self::Flag(_), ValueKind::Flag)
                | (Self::Count(_) | Self::Unlimited, ValueKind::Count)
                | (Self::Level(_), ValueKind::Level)
                | (Self::Text(_), ValueKind::Text)
                | (Self::Texts(_), ValueKind::Texts)
        )
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => write!(f, "{flag}"),
            Self::Count(count) => write!(f, "{count}"),
            Self::Unlimited => f.write_str("unlimited"),
            Self::Level(level) => f.write_str(level.as_str()),
            Self::Text(text) => f.write_str(text),
            Self::Texts(texts) => f.write_str(&texts.join(", ")),
        }
    }
}

/// A threshold or a setting that a policy reads, in its own words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    /// Kebab-case name.
    pub name: String,
    /// Type.
    pub kind: ValueKind,
    /// Value when nobody sets it.
    pub default: Value,
    /// One sentence.
    pub meaning: String,
}

/// The source of a value that nobody gave: the policy's own.
pub const POLICY_DEFAULT: &str = "policy default";

/// A value, and who gave it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Given {
    /// Where the value comes from: `policy default`, a place in the profile such as `profile gates.image`, or the
    /// source's URI.
    pub source: String,
    /// The value.
    pub value: Value,
    /// What was given beyond a bound of the profile, whose value holds in its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refused>,
}

/// A value that goes beyond a bound, and who gave it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Refused {
    /// Where it comes from.
    pub source: String,
    /// The value.
    pub value: Value,
}
