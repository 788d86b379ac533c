//! Lists that the adapter does not know: records that nobody would read.
//!
//! Every list in a result may be missing, so a list under another name (`vulnerabilities`, or one of a later
//! version) would look like a clean result. Such a report is partial.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::adapter::Run;

/// Keys of a result whose lists are read, or hold no problem.
const KNOWN: &[&str] = &[
    "CustomResources",
    "ExperimentalModifiedFindings",
    "Licenses",
    "Misconfigurations",
    "Packages",
    "Secrets",
    "Vulnerabilities",
];

/// A result by its keys.
pub(super) type Keys = BTreeMap<String, Value>;

/// The keys of a result that hold a list of objects and are not known.
fn lists(result: &Keys) -> impl Iterator<Item = &str> {
    let unknown = |(key, value): &(&String, &Value)| {
        matches!(value, Value::Objects) && !KNOWN.contains(&key.as_str())
    };
    result.iter().filter(unknown).map(|(key, _)| key.as_str())
}

/// Says which lists of results were not read, because nobody knows what they are.
pub(super) fn leave_out(results: &[Keys], place: &str, run: &mut Run) {
    for (at, result) in results.iter().enumerate() {
        for key in lists(result) {
            run.left_out(
                format!("{place}/{at}/{key}"),
                format!("the list `{key}` of a result is not one that this adapter knows"),
            );
        }
    }
}

/// What stands under a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// A list that begins with an object.
    Objects,
    Other,
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Look)
    }
}

struct Look;

macro_rules! other {
    ($($visit:ident: $type:ty;)+) => {
        $(fn $visit<E>(self, _: $type) -> Result<Value, E> {
            Ok(Value::Other)
        })+
    };
}

impl<'de> Visitor<'de> for Look {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    other! {
        visit_bool: bool;
        visit_i64: i64;
        visit_u64: u64;
        visit_f64: f64;
        visit_str: &str;
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let first = list.next_element::<Object>()?;
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(if first == Some(Object(true)) {
            Value::Objects
        } else {
            Value::Other
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Value::Other)
    }
}

/// Whether a value is an object.
#[derive(PartialEq, Eq)]
struct Object(bool);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = serde_json::Value::deserialize(deserializer)?;
        Ok(Self(raw.is_object()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_objects_under_another_name_is_found() {
        let json = r#"{"Target":"a","vulnerabilities":[{"x":[1]},{}],"Packages":[{}],"Tags":["t"],
            "Count":1.5,"MisconfSummary":{"Successes":1},"None":null,"Empty":[],"Ok":true}"#;
        let keys: Keys = serde_json::from_str(json).unwrap();
        assert_eq!(lists(&keys).collect::<Vec<_>>(), ["vulnerabilities"]);
    }
}
