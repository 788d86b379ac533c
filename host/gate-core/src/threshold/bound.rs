//! Bounds: how far a source may move a threshold. What goes beyond is not taken, so that it can only tighten.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

use crate::severity::Level;
use crate::threshold::{Layer, RawValue, Value, ValueKind};

/// Where a bound lies, as it is written: `{ at-most = 5 }`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Edge {
    /// No value may be greater.
    AtMost(Value),
    /// No value may be less.
    AtLeast(Value),
}

/// A bound, and who set it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bound {
    /// Where it comes from.
    pub source: String,
    /// Where it lies.
    pub edge: Edge,
}

/// Two bounds that no value keeps, or that bound a threshold from two sides: then nobody could say which one is the
/// value of one beyond them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is bounded by {} ({}) and by {} ({})", .bounds.0.edge, .bounds.0.source, .bounds.1.edge, .bounds.1.source)]
pub struct Contradiction {
    /// The threshold.
    pub name: String,
    /// The bounds.
    pub bounds: Box<(Bound, Bound)>,
}

impl Edge {
    /// The value that holds in place of one beyond it.
    #[must_use]
    pub const fn value(&self) -> &Value {
        match self {
            Self::AtMost(value) | Self::AtLeast(value) => value,
        }
    }

    /// Whether it bounds thresholds of a kind.
    #[must_use]
    pub const fn bounds(&self, kind: ValueKind) -> bool {
        self.value().is(kind)
    }

    /// Whether a value keeps it. One that has no place in the order, such as the level `unknown`, does not.
    #[must_use]
    pub fn admits(&self, value: &Value) -> bool {
        let (Some((kind, place)), Some((of, edge))) = (place(value), place(self.value())) else {
            return false;
        };
        kind == of
            && match self {
                Self::AtMost(_) => place <= edge,
                Self::AtLeast(_) => place >= edge,
            }
    }

    /// Whether both bound from the same side, and values of the same kind.
    fn is_like(&self, other: &Self) -> bool {
        let kind = |edge: &Self| place(edge.value()).map(|(kind, _)| kind);
        std::mem::discriminant(self) == std::mem::discriminant(other) && kind(self) == kind(other)
    }
}

/// The order of values that can be bounded, each kind in an order of its own.
fn place(value: &Value) -> Option<(ValueKind, u64)> {
    match value {
        Value::Count(count) => Some((ValueKind::Count, u64::from(*count))),
        // More than any number.
        Value::Unlimited => Some((ValueKind::Count, u64::MAX)),
        Value::Level(Level::Unknown) | Value::Flag(_) | Value::Text(_) | Value::Texts(_) => None,
        Value::Level(level) => Some((ValueKind::Level, *level as u64)),
    }
}

impl fmt::Display for Edge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtMost(value) => write!(f, "at most {value}"),
            Self::AtLeast(value) => write!(f, "at least {value}"),
        }
    }
}

impl<'de> Deserialize<'de> for Edge {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "kebab-case")]
        enum Raw {
            AtMost(RawValue),
            AtLeast(RawValue),
        }

        let value = |raw: &RawValue| {
            let kinds = [ValueKind::Count, ValueKind::Level].into_iter();
            let mut typed = kinds.filter_map(|kind| raw.typed(kind));
            let placed = typed.find(|value| place(value).is_some());
            placed.ok_or_else(|| {
                D::Error::custom(
                    "a bound is a whole number from 0 to 4294967295, or a level: critical, high, medium, low or info",
                )
            })
        };
        match Raw::deserialize(deserializer)? {
            Raw::AtMost(raw) => match value(&raw)? {
                Value::Unlimited => {
                    Err(D::Error::custom("`at-most = \"unlimited\"` bounds nothing"))
                }
                value => Ok(Self::AtMost(value)),
            },
            Raw::AtLeast(raw) => value(&raw).map(Self::AtLeast),
        }
    }
}

/// The bounds of several layers: all of them hold, so that of two the tighter one is what counts.
///
/// # Errors
/// When a threshold is bounded from two sides, or by values of two kinds.
pub fn tightest(layers: &[Layer<Edge>]) -> Result<BTreeMap<String, Bound>, Contradiction> {
    let mut tightest: BTreeMap<String, Bound> = BTreeMap::new();
    for layer in layers {
        for (name, edge) in &layer.values {
            let bound = Bound {
                source: layer.source.clone(),
                edge: edge.clone(),
            };
            match tightest.get_mut(name) {
                None => {
                    tightest.insert(name.clone(), bound);
                }
                Some(other) if !other.edge.is_like(edge) => {
                    return Err(Contradiction {
                        name: name.clone(),
                        bounds: Box::new((other.clone(), bound)),
                    });
                }
                Some(other) if other.edge.admits(edge.value()) => *other = bound,
                Some(_) => {}
            }
        }
    }
    Ok(tightest)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;
    use crate::threshold::{Parameter, resolve};

    fn edge(json: &str) -> Result<Edge, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn a_bound_admits_what_is_as_strict_and_no_more() {
        let level = |word| Value::Level(Level::from_word(word).unwrap());
        for (bound, value, admitted) in [
            (r#"{"at-most":5}"#, Value::Count(5), true),
            (r#"{"at-most":5}"#, Value::Count(6), false),
            (r#"{"at-most":5}"#, Value::Unlimited, false),
            (r#"{"at-most":5}"#, level("info"), false),
            (r#"{"at-least":80}"#, Value::Count(79), false),
            (r#"{"at-least":80}"#, Value::Count(80), true),
            (r#"{"at-least":80}"#, Value::Unlimited, true),
            (r#"{"at-least":"unlimited"}"#, Value::Count(80), false),
            (r#"{"at-most":"high"}"#, level("critical"), false),
            (r#"{"at-most":"high"}"#, level("high"), true),
            (r#"{"at-most":"high"}"#, level("info"), true),
            (r#"{"at-most":"high"}"#, level("unknown"), false),
            (r#"{"at-least":"low"}"#, level("unknown"), false),
            (r#"{"at-least":"low"}"#, level("info"), false),
            (r#"{"at-most":5}"#, Value::Flag(true), false),
        ] {
            assert_eq!(
                edge(bound).unwrap().admits(&value),
                admitted,
                "{bound} {value}"
            );
        }
    }

    #[test]
    fn what_bounds_nothing_is_refused() {
        for (json, why) in [
            (r#"{"at-most":"unlimited"}"#, "bounds nothing"),
            (r#"{"at-most":"unknown"}"#, "a bound is"),
            (r#"{"at-most":-1}"#, "a bound is"),
            (r#"{"at-most":4294967296}"#, "a bound is"),
            (r#"{"at-most":true}"#, "a bound is"),
            (r#"{"at-most":["high"]}"#, "a bound is"),
            (r#"{"most":1}"#, "unknown variant `most`"),
            (r#"{"at-most":1,"at-least":1}"#, "expected"),
            ("5", "expected value"),
        ] {
            let error = edge(json).unwrap_err();
            assert!(error.contains(why), "{json}: {error}");
        }
    }

    fn layer(source: &str, json: &str) -> Layer<Edge> {
        Layer {
            source: source.to_owned(),
            values: serde_json::from_str(json).unwrap(),
            shared: false,
        }
    }

    #[test]
    fn of_several_bounds_the_tightest_holds_wherever_it_stands() {
        let loose = layer("loose", r#"{"a":{"at-most":9},"b":{"at-least":1}}"#);
        let tight = layer("tight", r#"{"a":{"at-most":3},"b":{"at-least":7}}"#);
        for layers in [[loose.clone(), tight.clone()], [tight, loose]] {
            let bounds = tightest(&layers).unwrap();
            for (name, value) in [("a", 3), ("b", 7)] {
                assert_eq!(bounds[name].edge.value(), &Value::Count(value));
                assert_eq!(bounds[name].source, "tight");
            }
        }
        let from_below = layer("other", r#"{"a":{"at-least":1}}"#);
        let level = layer("other", r#"{"a":{"at-most":"high"}}"#);
        for other in [from_below, level] {
            let error = tightest(&[layer("one", r#"{"a":{"at-most":9}}"#), other]).unwrap_err();
            assert!(
                error
                    .to_string()
                    .starts_with("`a` is bounded by at most 9 (one) and by "),
                "{error}"
            );
        }
    }

    fn value() -> impl Strategy<Value = RawValue> {
        prop_oneof![
            (0..20_i64).prop_map(RawValue::Number),
            Just(RawValue::Text("unlimited".to_owned())),
        ]
    }

    fn level() -> impl Strategy<Value = Level> {
        select(Level::ALL.to_vec())
    }

    fn layers(values: Vec<Option<RawValue>>) -> Vec<Layer> {
        let layer = |(at, value): (usize, Option<RawValue>)| Layer {
            source: format!("source {at}"),
            values: value
                .into_iter()
                .map(|value| ("t".to_owned(), value))
                .collect(),
            shared: false,
        };
        values.into_iter().enumerate().map(layer).collect()
    }

    fn resolved(
        kind: ValueKind,
        default: Value,
        layers: &[Layer],
        bounds: &[Layer<Edge>],
    ) -> crate::threshold::Given {
        let parameter = Parameter {
            name: "t".into(),
            kind,
            default,
            meaning: "m".into(),
        };
        let layers: Vec<&Layer> = layers.iter().collect();
        let bounds = tightest(bounds).unwrap();
        let given = resolve("p", &[parameter], &layers, &bounds).unwrap();
        given["t"].clone()
    }

    fn bounds(edges: &[Edge]) -> Vec<Layer<Edge>> {
        let layer = |edge: &Edge| Layer {
            source: "bound".to_owned(),
            values: BTreeMap::from([("t".to_owned(), edge.clone())]),
            shared: false,
        };
        edges.iter().map(layer).collect()
    }

    proptest! {
        #[test]
        fn no_source_loosens_a_count(
            values in prop::collection::vec(prop::option::of(value()), 0..6),
            default in value(),
            edges in prop::collection::vec(0..20_u32, 1..4),
            most in any::<bool>(),
        ) {
            let edge = |n: &u32| if most { Edge::AtMost(Value::Count(*n)) } else { Edge::AtLeast(Value::Count(*n)) };
            let edges: Vec<Edge> = edges.iter().map(edge).collect();
            let layers = layers(values);
            let default = default.typed(ValueKind::Count).unwrap();
            let given = resolved(ValueKind::Count, default.clone(), &layers, &bounds(&edges));
            prop_assert!(edges.iter().all(|edge| edge.admits(&given.value)), "{given:?}");
            // Without the bounds it is what the last source gave, and it is lost nowhere.
            let free = resolved(ValueKind::Count, default, &layers, &[]);
            let asked = given.refused.as_ref().map_or((&given.source, &given.value), |r| (&r.source, &r.value));
            prop_assert_eq!(asked, (&free.source, &free.value));
            prop_assert_eq!(given.refused.is_none(), edges.iter().all(|edge| edge.admits(&free.value)));
        }

        #[test]
        fn no_source_loosens_a_level(
            values in prop::collection::vec(prop::option::of(level()), 0..6),
            default in level(),
            edge in level().prop_filter("has a place", |level| *level != Level::Unknown),
        ) {
            let text = |level: Level| RawValue::Text(level.as_str().to_owned());
            let layers = layers(values.into_iter().map(|value| value.map(text)).collect());
            let edge = Edge::AtMost(Value::Level(edge));
            let given = resolved(ValueKind::Level, Value::Level(default), &layers, &bounds(std::slice::from_ref(&edge)));
            prop_assert!(edge.admits(&given.value), "{given:?}");
        }
    }
}
