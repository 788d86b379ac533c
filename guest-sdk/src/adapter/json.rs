//! Records and envelopes as types.

use serde::Deserialize;

use super::{Misread, Record, Unclear};

impl Record {
    /// The record as a type. Texts can be borrowed from it as `Cow<str>`.
    ///
    /// # Errors
    /// When it is of another shape.
    pub fn parse<'a, T: Deserialize<'a>>(&'a self) -> Result<T, Unclear> {
        // A list would do for a structure, element by element; no tool means that.
        if self.json.trim_start().starts_with('[') {
            return Err(Unclear::new("expected an object, found a list"));
        }
        serde_json::from_str(&self.json).map_err(|error| Unclear(complaint(&error)))
    }
}

/// An envelope as a type.
///
/// # Errors
/// When it is of another shape, and so not of the tool.
pub fn envelope<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T, Misread> {
    serde_json::from_str(json).map_err(|error| Misread::WrongTool(complaint(&error)))
}

/// What the JSON reader complains about, without anything of the report, which may hold anything.
fn complaint(error: &serde_json::Error) -> String {
    let text = error.to_string();
    // These name a field of the adapter's own types; other complaints quote what they found.
    let own = ["missing field `", "duplicate field `"];
    match text.split_once('`') {
        Some((_, rest)) if own.iter().any(|beginning| text.starts_with(beginning)) => {
            let field = rest.split('`').next().unwrap_or_default();
            let what = text.split(' ').next().unwrap_or_default();
            format!("{what} field `{field}`")
        }
        _ => "a value is of another kind than the adapter expects".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_complaint_quotes_nothing_of_the_report() {
        #[derive(Debug, Deserialize)]
        struct Issue {
            #[expect(dead_code, reason = "only its absence matters")]
            id: u32,
        }
        for (json, says) in [
            ("{}", "missing field `id`"),
            (r#"{"id": 1, "id": 2}"#, "duplicate field `id`"),
            (
                r#"{"id": "hunter2"}"#,
                "a value is of another kind than the adapter expects",
            ),
        ] {
            assert_eq!(
                envelope::<Issue>(json).err(),
                Some(Misread::WrongTool(says.to_owned()))
            );
        }
    }
}
