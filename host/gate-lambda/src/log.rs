//! What is said in the function's log: one JSON object a line, so that nobody's text begins a line.

use std::io::{self, Write as _};

use serde_json::json;

use crate::failure::Failure;

/// Something that happened.
pub(crate) fn info(what: &str, about: &str) {
    line(&json!({"level": "info", "what": what, "about": about}).to_string());
}

/// Something that went wrong.
pub(crate) fn error(what: &str, why: &Failure) {
    line(&json!({"level": "error", "what": what, "why": why.to_string()}).to_string());
}

/// What the program said on stderr.
pub(crate) fn program(said: &str) {
    if !said.trim().is_empty() {
        line(&json!({"level": "info", "what": "the program says", "said": said}).to_string());
    }
}

/// Lines of metrics: CloudWatch Logs takes them out of the log, if they stand there as they are.
pub(crate) fn metrics(lines: &str) {
    lines.lines().for_each(line);
}

fn line(text: &str) {
    // There is nobody left to tell that the log can't be written.
    let _ = writeln!(io::stderr(), "{text}");
}
