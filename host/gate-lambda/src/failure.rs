//! What goes wrong with one event.

use std::fmt;

use lambda_runtime::Diagnostic;

pub(crate) type Result<T = ()> = std::result::Result<T, Failure>;

/// Why an event was not dealt with: a sentence, safe to print.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Failure(String);

impl Failure {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }

    /// With what was tried in front.
    pub(crate) fn when(self, tried: impl fmt::Display) -> Self {
        Self(format!("{tried}: {}", self.0))
    }
}

impl From<Failure> for Diagnostic {
    fn from(failure: Failure) -> Self {
        Self {
            error_type: "gate".to_owned(),
            error_message: failure.0,
        }
    }
}

/// A text of somebody else's, so that it can be said: cut, and with whatever acts on a terminal or a log written out.
pub(crate) fn shown(text: &str) -> String {
    const MOST: usize = 200;
    let cut: String = text.chars().take(MOST).collect();
    let more = if cut.len() < text.len() { "…" } else { "" };
    format!("`{}{more}`", cut.escape_debug())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_say_acts_on_nothing() {
        for (text, said) in [
            ("shop", "`shop`"),
            ("a\nERROR b", "`a\\nERROR b`"),
            ("\u{1b}[31m\u{202e}", "`\\u{1b}[31m\\u{202e}`"),
        ] {
            assert_eq!(shown(text), said);
        }
        assert!(shown(&"x".repeat(1000)).chars().count() < 210);
    }
}
