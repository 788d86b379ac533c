//! From layers of values to what a policy is given.

use std::collections::BTreeMap;
use std::fmt;

use crate::threshold::{Bound, Given, POLICY_DEFAULT, Parameter, RawValue, Refused, Value};

/// Values by name, from one source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer<T = RawValue> {
    /// Where the values come from.
    pub source: String,
    /// The values.
    pub values: BTreeMap<String, T>,
    /// Whether they are for several gates, so that a name may be meant for a policy of another one.
    pub shared: bool,
}

impl<T> Default for Layer<T> {
    fn default() -> Self {
        Self {
            source: String::new(),
            values: BTreeMap::new(),
            shared: false,
        }
    }
}

impl<T> Layer<T> {
    /// The source with each of the names.
    pub fn names(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values.keys().map(|name| (&*self.source, &**name))
    }
}

/// What a value is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A threshold.
    Threshold,
    /// A setting.
    Setting,
    /// A bound of a threshold.
    Bound,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Threshold => "threshold",
            Self::Setting => "setting",
            Self::Bound => "bound",
        })
    }
}

/// A threshold or a setting, and the policy that reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read<'a> {
    /// The policy.
    pub policy: &'a str,
    /// What it reads.
    pub parameter: &'a Parameter,
}

/// Why a policy can't be given its values. No default takes the place of what was meant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ThresholdError {
    /// A name that no policy of the gate reads: likely misspelt, and then a limit is not in force.
    #[error("{role} `{name}` from {from} is read by no policy of this gate{}", nearest(.near.as_deref()))]
    Unread {
        /// What it is for.
        role: Role,
        /// The name.
        name: String,
        /// Where it was given.
        from: String,
        /// What is read.
        known: Vec<String>,
        /// What is read under the nearest name, if there is one.
        near: Option<Box<Near>>,
    },
    /// A value of another kind.
    #[error(
        "`{name}` of policy `{policy}` from {from}: expected {expected}; its default, {default}, does not take its place"
    )]
    WrongKind {
        /// The policy that reads it.
        policy: String,
        /// The name.
        name: String,
        /// Where it was given.
        from: String,
        /// What was expected.
        expected: &'static str,
        /// What is not used instead.
        default: Value,
    },
    /// A bound of a value that is in no order, or in another one.
    #[error("threshold `{name}` of policy `{policy}` is {expected}; {from} bounds it by {bound}")]
    WrongBound {
        /// The policy that reads it.
        policy: String,
        /// The name.
        name: String,
        /// Where the bound was given.
        from: String,
        /// What the threshold is.
        expected: &'static str,
        /// The bound.
        bound: String,
    },
}

/// What was likely meant by a name that nobody reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Near {
    /// The policy that reads it.
    pub policy: String,
    /// Its name.
    pub name: String,
    /// What is not used in place of what was meant.
    pub default: Value,
}

fn nearest(near: Option<&Near>) -> String {
    near.map_or_else(String::new, |Near { policy, name, default }| {
        format!("; policy `{policy}` reads `{name}`, whose default, {default}, does not take its place")
    })
}

/// Gives each parameter of a policy its value: the last layer that names it wins, the policy's default comes first. Of
/// a value beyond a bound, the bound's own holds.
///
/// # Errors
/// When a value or a bound is not of the parameter's kind.
pub fn resolve(
    policy: &str,
    parameters: &[Parameter],
    layers: &[&Layer],
    bounds: &BTreeMap<String, Bound>,
) -> Result<BTreeMap<String, Given>, ThresholdError> {
    let mut resolved = BTreeMap::new();
    for parameter in parameters {
        let mut given = Given {
            source: POLICY_DEFAULT.to_owned(),
            value: parameter.default.clone(),
            refused: None,
        };
        for layer in layers {
            let Some(raw) = layer.values.get(&parameter.name) else {
                continue;
            };
            let value = raw.typed(parameter.kind);
            given.value = value.ok_or_else(|| ThresholdError::WrongKind {
                policy: policy.to_owned(),
                name: parameter.name.clone(),
                from: layer.source.clone(),
                expected: parameter.kind.expected(),
                default: parameter.default.clone(),
            })?;
            given.source.clone_from(&layer.source);
        }
        if let Some(bound) = bounds.get(&parameter.name) {
            given = bounded(policy, parameter, given, bound)?;
        }
        resolved.insert(parameter.name.clone(), given);
    }
    Ok(resolved)
}

/// The value, or the bound's where it goes beyond.
fn bounded(
    policy: &str,
    parameter: &Parameter,
    given: Given,
    bound: &Bound,
) -> Result<Given, ThresholdError> {
    let Bound { source, edge } = bound;
    if !edge.bounds(parameter.kind) {
        return Err(ThresholdError::WrongBound {
            policy: policy.to_owned(),
            name: parameter.name.clone(),
            from: source.clone(),
            expected: parameter.kind.expected(),
            bound: edge.to_string(),
        });
    }
    if edge.admits(&given.value) {
        return Ok(given);
    }
    Ok(Given {
        source: source.clone(),
        value: edge.value().clone(),
        refused: Some(Refused {
            source: given.source,
            value: given.value,
        }),
    })
}

/// Refuses names that no policy reads; each comes with its source.
///
/// # Errors
/// For the first such name.
pub fn refuse_unread<'a>(
    role: Role,
    read: &[Read<'_>],
    names: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<(), ThresholdError> {
    for (from, name) in names {
        if read.iter().any(|read| read.parameter.name == name) {
            continue;
        }
        let mut known: Vec<String> = read
            .iter()
            .map(|read| read.parameter.name.clone())
            .collect();
        known.sort_unstable();
        known.dedup();
        return Err(ThresholdError::Unread {
            role,
            name: name.to_owned(),
            from: from.to_owned(),
            known,
            near: near(name, read).map(Box::new),
        });
    }
    Ok(())
}

/// What was likely meant: at most a third of the letters differ.
fn near(name: &str, read: &[Read<'_>]) -> Option<Near> {
    // No name that is read is longer, and comparing takes time.
    if name.len() > 64 {
        return None;
    }
    let distances = read
        .iter()
        .map(|read| (distance(name, &read.parameter.name), read));
    let (distance, Read { policy, parameter }) = distances.min_by_key(|(distance, _)| *distance)?;
    (distance.saturating_mul(3) <= name.len()).then(|| Near {
        policy: (*policy).to_owned(),
        name: parameter.name.clone(),
        default: parameter.default.clone(),
    })
}

/// How many bytes have to be changed, put in or left out to make one text of another (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, byte) in one.bytes().enumerate() {
        let (mut diagonal, mut left) = (at, at + 1);
        let mut next = vec![left];
        for (of_other, above) in other.bytes().zip(row.iter().skip(1)) {
            let changed = diagonal + usize::from(byte != of_other);
            left = changed.min(left + 1).min(above + 1);
            next.push(left);
            diagonal = *above;
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::threshold::{Edge, ValueKind};

    fn layer(source: &str, name: &str, value: RawValue) -> Layer {
        Layer {
            source: source.into(),
            values: BTreeMap::from([(name.into(), value)]),
            shared: false,
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

    fn bound(edge: Edge) -> BTreeMap<String, Bound> {
        let source = "profile gates.image".to_owned();
        BTreeMap::from([("max-high".to_owned(), Bound { source, edge })])
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
            let resolved = resolve("p", &[max_high()], &layers, &BTreeMap::new()).unwrap();
            let source = source.to_owned();
            assert_eq!(
                resolved["max-high"],
                Given {
                    source,
                    value,
                    refused: None
                }
            );
        }
    }

    #[test]
    fn beyond_a_bound_the_bound_holds_whoever_goes_there() {
        let file = layer("file:t.json", "max-high", RawValue::Number(9));
        for (layers, edge, value, refused) in [
            (vec![&file], Edge::AtMost(Value::Count(9)), 9, None),
            (
                vec![&file],
                Edge::AtMost(Value::Count(5)),
                5,
                Some(("file:t.json", 9)),
            ),
            (
                vec![],
                Edge::AtLeast(Value::Count(5)),
                5,
                Some(("policy default", 0)),
            ),
        ] {
            let resolved = resolve("p", &[max_high()], &layers, &bound(edge)).unwrap();
            let given = &resolved["max-high"];
            assert_eq!(given.value, Value::Count(value));
            let refused = refused.map(|(source, value): (&str, u32)| Refused {
                source: source.to_owned(),
                value: Value::Count(value),
            });
            assert_eq!(given.refused, refused);
            let expected = if refused.is_some() {
                "profile gates.image"
            } else {
                "file:t.json"
            };
            assert_eq!(given.source, expected);
        }
    }

    #[test]
    fn a_bound_of_another_kind_is_an_error() {
        let edge = Edge::AtMost(Value::Level(crate::severity::Level::High));
        let error = resolve("p", &[max_high()], &[], &bound(edge)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "threshold `max-high` of policy `p` is a whole number from 0 to 4294967295, or \"unlimited\"; \
             profile gates.image bounds it by at most high"
        );
    }

    #[test]
    fn a_value_of_another_kind_is_an_error_that_names_what_is_not_used() {
        for value in [
            RawValue::Number(-1),
            RawValue::Number(1 << 32),
            RawValue::Text("3".into()),
            RawValue::Text("Unlimited".into()),
            RawValue::Flag(true),
            RawValue::Texts(vec![]),
        ] {
            let layer = layer("file:t.json", "max-high", value.clone());
            let error = resolve("p", &[max_high()], &[&layer], &BTreeMap::new()).unwrap_err();
            let message = error.to_string();
            for part in [
                "`max-high` of policy `p` from file:t.json",
                "its default, 0, does not",
            ] {
                assert!(message.contains(part), "{value:?}: {message}");
            }
        }
    }

    #[test]
    fn a_name_that_nobody_reads_is_an_error_that_names_the_nearest() {
        let parameter = max_high();
        let read = [Read {
            policy: "p",
            parameter: &parameter,
        }];
        for (name, near) in [
            ("max-hihg", Some("max-high")),
            ("max_high", Some("max-high")),
            ("max-highs", Some("max-high")),
            ("min-coverage", None),
            ("", None),
        ] {
            let names = [("profile defaults", "max-high"), ("file:t.json", name)];
            let error = refuse_unread(Role::Threshold, &read, names).unwrap_err();
            let message = error.to_string();
            let begin =
                format!("threshold `{name}` from file:t.json is read by no policy of this gate");
            assert!(message.starts_with(&begin), "{message}");
            let expected =
                "; policy `p` reads `max-high`, whose default, 0, does not take its place";
            assert_eq!(message.ends_with(expected), near.is_some(), "{message}");
        }
    }

    #[test]
    fn the_distance_of_two_texts_is_what_has_to_be_changed() {
        for (one, other, expected) in [
            ("", "", 0),
            ("", "abc", 3),
            ("kitten", "sitting", 3),
            ("max-high", "max-high", 0),
        ] {
            assert_eq!(distance(one, other), expected, "{one} {other}");
            assert_eq!(distance(other, one), expected, "{other} {one}");
        }
    }
}
