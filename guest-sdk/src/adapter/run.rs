//! Makes what an adapter says of the run.

use super::{Content, Problem, ProblemKind, Run};

impl Run {
    /// A run that looked at everything, of which nothing else is known.
    #[must_use]
    pub const fn complete() -> Self {
        Self {
            tool_version: None,
            database_version: None,
            finished: None,
            target: None,
            problems: Vec::new(),
            scanned: None,
            content: Content::Scan,
            measures: Vec::new(),
        }
    }

    /// The tool says that it could not look at something: the report is partial.
    pub fn left_out(&mut self, place: impl Into<String>, message: impl Into<String>) {
        let place = place.into();
        self.problems.push(Problem {
            kind: ProblemKind::LeftOut,
            message: message.into(),
            place: Some(place).filter(|place| !place.is_empty()),
        });
    }

    /// The tool looked at nothing: the report is empty, which is not clean.
    pub fn nothing_scanned(&mut self, message: impl Into<String>) {
        self.problem(ProblemKind::NothingScanned, message.into());
    }

    /// The tool says that its run failed.
    pub fn failed(&mut self, message: impl Into<String>) {
        self.problem(ProblemKind::Failed, message.into());
    }

    fn problem(&mut self, kind: ProblemKind, message: String) {
        self.problems.push(Problem {
            kind,
            message,
            place: None,
        });
    }
}
