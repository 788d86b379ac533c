//! Thresholds from elsewhere than the profile: a file, Parameter Store, or an export of it.

mod export;
mod source;

use std::fs;
use std::path::Path;

use gate_core::code::Code;
use gate_core::scan_report::Problem;
use gate_core::threshold::{Layer, RawValues, ThresholdError};

pub(crate) use export::Exported;
pub(crate) use source::{Given, Source, Thresholds, gates};

/// Reads a thresholds file: one JSON object, a value for each name.
///
/// # Errors
/// As a problem of the question: the gate then can't decide, and no default is used instead.
pub(crate) fn from_file(path: &Path) -> Result<Layer, Problem> {
    let source = format!("file:{}", path.display());
    let read = fs::read(path)
        .map_err(|error| error.to_string())
        .and_then(|bytes| {
            serde_json::from_slice::<RawValues>(&bytes).map_err(|error| error.to_string())
        });
    match read {
        Ok(RawValues(values)) => Ok(Layer {
            source,
            values,
            shared: false,
        }),
        Err(error) => {
            let message = format!("reading thresholds from `{}`: {error}", path.display());
            Err(Problem::new(Code::ThresholdsUnreadable, message))
        }
    }
}

/// A threshold that can't be given to its policy, as a problem of the question.
pub(crate) fn problem(error: &ThresholdError) -> Problem {
    let (code, help) = match error {
        ThresholdError::Unread { role, known, .. } if known.is_empty() => (
            Code::ThresholdUnread,
            Some(format!("this gate's policies read no {role}")),
        ),
        ThresholdError::Unread { known, .. } => (
            Code::ThresholdUnread,
            Some(format!("this gate's policies read {}", known.join(", "))),
        ),
        ThresholdError::WrongKind { .. } | ThresholdError::WrongBound { .. } => {
            (Code::ThresholdInvalid, None)
        }
    };
    Problem {
        help,
        ..Problem::new(code, error.to_string())
    }
}
