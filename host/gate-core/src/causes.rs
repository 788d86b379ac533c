//! What an error of somebody else's library says.

use std::error::Error;

/// The text of an error and of its causes, in one line: many libraries say only "request failed" at the top. What is said
/// already is not repeated.
#[must_use]
pub fn with_causes(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = error.source();
    }
    text
}
