//! Why a report can't be read.

use gate_core::code::Code;
use gate_core::scan_report::Problem;

/// Why a report, as a whole, can't be read. Nothing of it is used then.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The bytes could not be had.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// There is nothing in it.
    #[error("the file is empty")]
    Empty,
    /// It is not well-formed.
    #[error("{what}")]
    Malformed {
        /// What is wrong, as a clause.
        what: String,
        /// Where.
        place: String,
    },
    /// A limit of the reader is exceeded.
    #[error("{what}")]
    TooLarge {
        /// Which limit.
        what: String,
        /// Where.
        place: String,
    },
    /// No adapter recognises it.
    #[error("no adapter recognises it by its content")]
    Unrecognized,
    /// Several adapters recognise it.
    #[error("several adapters recognise it: {}", .0.join(", "))]
    Ambiguous(Vec<&'static str>),
    /// It is not what the named tool writes.
    #[error("it is not a {tool} report: {what}")]
    WrongTool {
        /// The tool that was named or recognised.
        tool: &'static str,
        /// What is missing.
        what: String,
    },
    /// It is of a version that the adapter does not read.
    #[error("{0}")]
    Unsupported(String),
    /// The tool itself reports its failure instead of results.
    #[error("the scanner reports its own failure: {0}")]
    ScannerFailed(String),
    /// The tool's adapter is a component, and it did not give an answer that can be believed.
    #[error("the adapter of `{tool}` did not read it: {what}")]
    Adapter {
        /// The tool.
        tool: &'static str,
        /// Why not, as a clause.
        what: String,
    },
}

impl ReadError {
    /// A report that is not what the named tool writes.
    pub fn wrong_tool(tool: &'static str, what: impl Into<String>) -> Self {
        Self::WrongTool {
            tool,
            what: what.into(),
        }
    }

    /// The code under which it is recorded and explained.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            Self::Io(_) => Code::ReportUnreadable,
            Self::Empty => Code::ReportEmpty,
            Self::Malformed { .. } => Code::ReportMalformed,
            Self::TooLarge { .. } => Code::ReportTooLarge,
            Self::Unrecognized => Code::ReportUnrecognized,
            Self::Ambiguous(_) => Code::ReportAmbiguous,
            Self::WrongTool { .. } => Code::ReportWrongTool,
            Self::Unsupported(_) => Code::ReportUnsupported,
            Self::ScannerFailed(_) => Code::ScannerFailed,
            Self::Adapter { .. } => Code::AdapterFailed,
        }
    }

    /// As a problem of a scan report.
    #[must_use]
    pub fn to_problem(&self) -> Problem {
        let place = match self {
            Self::Malformed { place, .. } | Self::TooLarge { place, .. } => Some(place.clone()),
            _ => None,
        };
        let help = match self {
            Self::Ambiguous(tools) => {
                let options: Vec<_> = tools
                    .iter()
                    .map(|t| format!("`--report {t}=PATH`"))
                    .collect();
                Some(format!("name the one you mean: {}", options.join(" or ")))
            }
            _ => None,
        };
        Problem {
            code: self.code().as_str().to_owned(),
            message: self.to_string(),
            place,
            help,
        }
    }
}

/// What `serde_json` complains about, without the report's own texts (which may hold anything) and without
/// its place (which is ours to say).
#[must_use]
pub fn complaint(error: &serde_json::Error) -> String {
    let text = error.to_string();
    // The last one: the text that is quoted before it may say so too.
    let text = text
        .rsplit_once(" at line ")
        .map_or(&*text, |(text, _)| text);
    // `invalid type: string "…", expected …`
    let mut text = match (text.find(": string \""), text.rfind("\", expected")) {
        (Some(start), Some(end)) if start < end => {
            let head = text.get(..start).unwrap_or_default();
            let tail = text.get(end + 1..).unwrap_or_default();
            format!("{head}: a text{tail}")
        }
        _ => without_quoted(text),
    };
    // `expected struct Envelope with 3 elements` names our types, which mean nothing to the reader.
    if let Some(at) = text.find("expected struct ") {
        text.truncate(at);
        text.push_str("expected an object");
    }
    if text.starts_with("data did not match any variant") {
        text = "a value is of none of the shapes that are known".to_owned();
    }
    text
}

/// Numbers and words of the report are its own texts too: ``integer `42`, expected …``.
fn without_quoted(text: &str) -> String {
    for quoting in [": integer `", ": floating point `", "unknown variant `"] {
        let (Some(start), Some(end)) = (text.find(quoting), text.rfind("`, expected")) else {
            continue;
        };
        let head = text.get(..start + quoting.len() - 2).unwrap_or_default();
        let tail = text.get(end + 1..).unwrap_or_default();
        return format!("{head}{tail}");
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_complaint_quotes_no_text_of_the_report() {
        let error = serde_json::from_str::<u32>("\"hun\\\", expected ter2\"").unwrap_err();
        assert_eq!(complaint(&error), "invalid type: a text, expected u32");
        #[derive(Debug, serde::Deserialize)]
        struct Inner {}
        let error = serde_json::from_str::<Inner>("1").unwrap_err();
        assert_eq!(
            complaint(&error),
            "invalid type: integer, expected an object"
        );
        let error = serde_json::from_str::<u32>("\"hunter2 at line 3\"").unwrap_err();
        assert_eq!(complaint(&error), "invalid type: a text, expected u32");
        let error = serde_json::from_str::<String>("0.25").unwrap_err();
        assert_eq!(
            complaint(&error),
            "invalid type: floating point, expected a string"
        );
        #[derive(Debug, serde::Deserialize)]
        enum Word {
            A,
        }
        let error = serde_json::from_str::<Word>("\"hunter2\"").unwrap_err();
        assert_eq!(complaint(&error), "unknown variant, expected `A`");
        #[derive(Debug, serde::Deserialize)]
        #[serde(untagged)]
        enum Either {
            #[expect(dead_code, reason = "only its shape counts")]
            Number(u32),
        }
        let error = serde_json::from_str::<Either>("\"hunter2\"").unwrap_err();
        assert_eq!(
            complaint(&error),
            "a value is of none of the shapes that are known"
        );
        let error = serde_json::from_str::<u32>("[1]").unwrap_err();
        assert_eq!(complaint(&error), "invalid type: sequence, expected u32");
    }
}
