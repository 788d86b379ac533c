//! What goes wrong with parameters.

use gate_core::code::Code;
use gate_core::scan_report::Problem;

use crate::error::AwsError;

/// Why parameters can't be read or written. What stands in a parameter is untrusted text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParameterError {
    /// AWS did not do what was asked.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// A place or a parameter is not as it has to be.
    #[error("`{name}`: {why}")]
    Wrong {
        /// The place or the parameter.
        name: String,
        /// What is wrong with it.
        why: String,
        /// What to do about it.
        help: String,
    },
    /// Somebody else changed a parameter meanwhile.
    #[error(
        "`{name}` was changed by somebody else: the plan is for {planned}, and there is {found}; {done}"
    )]
    Conflict {
        /// The parameter.
        name: String,
        /// What the plan was made for, such as `version 3`.
        planned: String,
        /// What is there.
        found: String,
        /// What became of what was to be written.
        done: &'static str,
    },
}

impl ParameterError {
    pub(super) fn wrong(
        name: impl Into<String>,
        why: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self::Wrong {
            name: name.into(),
            why: why.into(),
            help: help.into(),
        }
    }

    /// What the reader can do.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            Self::Aws(error) => error.help(),
            Self::Wrong { help, .. } => help.clone(),
            Self::Conflict { .. } => Code::ThresholdsConflict.advice().to_owned(),
        }
    }

    /// Whether the store could not be reached, rather than said something: what an offline export is for.
    #[must_use]
    pub fn passes(&self) -> bool {
        matches!(self, Self::Aws(error) if error.passes())
    }

    /// As a problem of the question: the gate then can't decide.
    #[must_use]
    pub fn problem(&self) -> Problem {
        Problem {
            help: Some(self.help()),
            ..Problem::new(
                Code::ThresholdsUnreadable,
                format!("reading thresholds: {self}"),
            )
        }
    }
}
