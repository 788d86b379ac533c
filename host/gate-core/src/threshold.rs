//! Thresholds and settings: what a policy asks for, and what it is given.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::severity::Level;

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
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
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

/// A value, and who gave it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Given {
    /// Where the value comes from: `policy default`, `profile`, or the source's URI.
    pub source: String,
    /// The value.
    pub value: Value,
}

/// Values by name, each from one source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layer {
    /// Where the values come from.
    pub source: String,
    /// The values.
    pub values: BTreeMap<String, RawValue>,
}

/// Why a policy can't be given its values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ThresholdError {
    /// A name that no policy of the gate reads: likely misspelt, and then a limit is not in force.
    #[error("threshold `{name}` from {from} is read by no policy of this gate")]
    Unread {
        /// The name.
        name: String,
        /// Where it was given.
        from: String,
        /// What could have been meant.
        known: Vec<String>,
    },
    /// A value of another kind.
    #[error("threshold `{name}` from {from}: expected {expected}")]
    WrongKind {
        /// The name.
        name: String,
        /// Where it was given.
        from: String,
        /// What was expected.
        expected: &'static str,
    },
}

/// Gives each parameter its value: the last layer that names it wins, the policy's default comes first.
///
/// # Errors
/// When a value is not of the parameter's kind.
pub fn resolve(
    parameters: &[Parameter],
    layers: &[&Layer],
) -> Result<BTreeMap<String, Given>, ThresholdError> {
    let mut resolved = BTreeMap::new();
    for parameter in parameters {
        let mut given = Given {
            source: "policy default".to_owned(),
            value: parameter.default.clone(),
        };
        for layer in layers {
            let Some(raw) = layer.values.get(&parameter.name) else {
                continue;
            };
            let value = raw
                .typed(parameter.kind)
                .ok_or_else(|| ThresholdError::WrongKind {
                    name: parameter.name.clone(),
                    from: layer.source.clone(),
                    expected: parameter.kind.expected(),
                })?;
            given = Given {
                source: layer.source.clone(),
                value,
            };
        }
        resolved.insert(parameter.name.clone(), given);
    }
    Ok(resolved)
}

/// Refuses names that no policy reads.
///
/// # Errors
/// For the first such name.
pub fn refuse_unread<'a>(
    parameters: impl Iterator<Item = &'a Parameter>,
    layers: &[&Layer],
) -> Result<(), ThresholdError> {
    let mut known: Vec<String> = parameters.map(|p| p.name.clone()).collect();
    known.sort_unstable();
    known.dedup();
    for layer in layers {
        if let Some(name) = layer
            .values
            .keys()
            .find(|name| known.binary_search(name).is_err())
        {
            return Err(ThresholdError::Unread {
                name: name.clone(),
                from: layer.source.clone(),
                known,
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer(source: &str, name: &str, value: RawValue) -> Layer {
        Layer {
            source: source.into(),
            values: BTreeMap::from([(name.into(), value)]),
        }
    }

    fn max_high() -> Parameter {
        Parameter {
            name: "max-high".into(),
            kind: ValueKind::Count,
            default: Value::Count(0),
            meaning: "m".into(),
        }
    }

    #[test]
    fn the_last_layer_wins_and_is_named() {
        let profile = layer("profile", "max-high", RawValue::Number(3));
        let file = layer(
            "file:t.json",
            "max-high",
            RawValue::Text("unlimited".into()),
        );
        for (layers, value, source) in [
            (vec![], Value::Count(0), "policy default"),
            (vec![&profile], Value::Count(3), "profile"),
            (vec![&profile, &file], Value::Unlimited, "file:t.json"),
        ] {
            let resolved = resolve(&[max_high()], &layers).unwrap();
            assert_eq!(
                resolved["max-high"],
                Given {
                    source: source.into(),
                    value
                }
            );
        }
    }

    #[test]
    fn a_value_of_another_kind_is_an_error() {
        for value in [
            RawValue::Number(-1),
            RawValue::Number(1 << 32),
            RawValue::Text("3".into()),
            RawValue::Text("Unlimited".into()),
            RawValue::Flag(true),
            RawValue::Texts(vec![]),
        ] {
            let layer = layer("profile", "max-high", value.clone());
            let error = resolve(&[max_high()], &[&layer]).unwrap_err();
            assert!(
                matches!(error, ThresholdError::WrongKind { .. }),
                "{value:?}"
            );
        }
    }

    #[test]
    fn a_name_that_nobody_reads_is_an_error() {
        let typo = layer("profile", "max-hihg", RawValue::Number(0));
        let error = refuse_unread([max_high()].iter(), &[&typo]).unwrap_err();
        let ThresholdError::Unread { name, known, .. } = error else {
            panic!("{error}")
        };
        assert_eq!(
            (name.as_str(), known),
            ("max-hihg", vec!["max-high".to_owned()])
        );
    }
}
