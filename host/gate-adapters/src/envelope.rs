//! What is left of a report when its records were cut out: what readers make of it.

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::error::{ReadError, complaint};

/// Reads an envelope whose root is an object.
///
/// # Errors
/// [`ReadError::Malformed`] when it is not JSON, [`ReadError::WrongTool`] when it is of another shape.
pub fn object<'a, T: Deserialize<'a>>(tool: &'static str, json: &'a [u8]) -> Result<T, ReadError> {
    rooted(tool, json, b'{', "its root is not an object")
}

/// Reads an envelope whose root is an array.
///
/// # Errors
/// As [`object`].
pub fn array<'a, T: Deserialize<'a>>(tool: &'static str, json: &'a [u8]) -> Result<T, ReadError> {
    rooted(tool, json, b'[', "its root is not an array")
}

/// For a key that may hold null but must be there: an optional value that is missing would do otherwise.
///
/// # Errors
/// When the value is of another shape.
pub fn or_null<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    value: D,
) -> Result<Option<T>, D::Error> {
    Option::deserialize(value)
}

/// The documents of an envelope, one after the other, for formats whose records stand inside of several.
///
/// # Errors
/// [`ReadError::Malformed`] when one is not JSON.
pub fn documents<'a>(
    tool: &'static str,
    envelope: &'a [u8],
) -> impl Iterator<Item = Result<Value, ReadError>> + 'a {
    let documents = serde_json::Deserializer::from_slice(envelope).into_iter();
    documents.map(move |document| document.map_err(|error| misread(tool, &error)))
}

/// Whether an envelope's root is an array, for formats that have both.
#[must_use]
pub fn is_array(json: &[u8]) -> bool {
    begins_with(json, b'[')
}

fn begins_with(json: &[u8], first: u8) -> bool {
    json.iter().find(|b| !b.is_ascii_whitespace()) == Some(&first)
}

fn rooted<'a, T: Deserialize<'a>>(
    tool: &'static str,
    json: &'a [u8],
    first: u8,
    otherwise: &str,
) -> Result<T, ReadError> {
    if !begins_with(json, first) {
        // What is no JSON at all is said to be that.
        serde_json::from_slice::<IgnoredAny>(json).map_err(|e| misread(tool, &e))?;
        return Err(ReadError::wrong_tool(tool, otherwise));
    }
    serde_json::from_slice(json).map_err(|error| misread(tool, &error))
}

/// What went wrong, and where: another shape is another tool's report.
pub(crate) fn misread(tool: &'static str, error: &serde_json::Error) -> ReadError {
    if error.is_data() {
        return ReadError::wrong_tool(tool, complaint(error));
    }
    // Records were cut out, so only a line means anything, and only where there are several.
    let place = match error.line() {
        0 | 1 => "its first line".to_owned(),
        line => format!("line {line}"),
    };
    ReadError::Malformed {
        what: complaint(error),
        place,
    }
}

/// Checks that documents that stand one after the other are records, or arrays of records, and nothing else. A `0` that
/// no record left is a document of its own.
pub(crate) fn only_records(
    tool: &'static str,
    envelope: &[u8],
    records: usize,
) -> Result<(), ReadError> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Document {
        Record(u8),
        Array(Vec<u8>),
    }
    let number = || ReadError::wrong_tool(tool, "a number stands where an object belongs");
    let mut left = 0;
    for document in serde_json::Deserializer::from_slice(envelope).into_iter::<Document>() {
        left += match document {
            Ok(Document::Record(0)) => 1,
            Ok(Document::Record(_)) => return Err(number()),
            Ok(Document::Array(records)) => records.len(),
            Err(error) if error.is_data() => {
                return Err(ReadError::wrong_tool(tool, "a line of it is no object"));
            }
            Err(error) => return Err(misread(tool, &error)),
        };
    }
    if left == records {
        Ok(())
    } else {
        Err(number())
    }
}
