//! The one byte form of whatever is hashed: canonical JSON, RFC 8785.
//!
//! No type that is written here holds a float or an integer above 2^53-1; scores are decimal text.

pub(crate) mod ordered;

use serde::Serialize;

/// A value that has no canonical form. The types of this crate have one; the error exists so that a
/// mistake in a new type is an error and not a wrong digest.
#[derive(Debug, thiserror::Error)]
#[error("writing canonical JSON: {0}")]
pub struct NotCanonical(#[from] serde_json::Error);

/// The canonical bytes of a value.
///
/// # Errors
/// When the value has a map whose keys are not text.
pub fn to_vec<T: Serialize>(value: &T) -> Result<Vec<u8>, NotCanonical> {
    Ok(serde_json_canonicalizer::to_vec(value)?)
}

/// The JSON pointer of the first place in which two JSON documents differ, `None` when they are equal.
#[must_use]
pub fn first_difference(left: &serde_json::Value, right: &serde_json::Value) -> Option<String> {
    use serde_json::Value::{Array, Object};
    match (left, right) {
        (Object(a), Object(b)) => {
            a.keys()
                .chain(b.keys())
                .find_map(|key| match (a.get(key), b.get(key)) {
                    (Some(x), Some(y)) => {
                        first_difference(x, y).map(|rest| format!("/{key}{rest}"))
                    }
                    _ => Some(format!("/{key}")),
                })
        }
        (Array(a), Array(b)) => a
            .iter()
            .zip(b)
            .enumerate()
            .find_map(|(index, (x, y))| {
                first_difference(x, y).map(|rest| format!("/{index}{rest}"))
            })
            .or_else(|| (a.len() != b.len()).then(|| format!("/{}", a.len().min(b.len())))),
        _ => (left != right).then(String::new),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_the_first_difference() {
        let left = json!({"a": [1, {"b": 2}], "c": 3});
        for (right, pointer) in [
            (json!({"a": [1, {"b": 2}], "c": 3}), None),
            (json!({"a": [1, {"b": 5}], "c": 4}), Some("/a/1/b")),
            (json!({"a": [1], "c": 3}), Some("/a/1")),
            (json!({"a": [1, {"b": 2}]}), Some("/c")),
            (json!([]), Some("")),
        ] {
            assert_eq!(first_difference(&left, &right).as_deref(), pointer);
        }
    }
}
