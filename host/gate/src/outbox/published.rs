//! What came of publishing one record, as it is told.

use std::fmt;

use gate_aws::hub::{Failed, Report};
use gate_core::code::Code;
use gate_core::digest::Digest;
use gate_report::text::safe;
use serde::Serialize;

use super::Publisher;
use crate::failure::Failure;

/// How many refused findings are told to people; JSON has all of them.
const SHOWN: usize = 10;

/// What came of publishing one record.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Published {
    record: Digest,
    publisher: Publisher,
    result: State,
    /// The later record, where that was published in its place.
    superseded_by: Option<Digest>,
    new: usize,
    changed: usize,
    archived: usize,
    unchanged: usize,
    /// Not in the record, and left as they are: its scan does not prove that they are gone.
    kept: usize,
    /// Checks that passed or did not apply, which are not published.
    passed: usize,
    calls: u32,
    /// Refused for good.
    failed: Vec<Refused>,
    /// Why not all of it is published.
    message: Option<String>,
    help: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum State {
    Published,
    Superseded,
    Incomplete,
}

#[derive(Debug, Serialize)]
struct Refused {
    id: String,
    code: String,
    message: String,
}

impl From<Failed> for Refused {
    fn from(failed: Failed) -> Self {
        let Failed { id, code, message } = failed;
        Self { id, code, message }
    }
}

impl Published {
    pub(super) const fn of(record: Digest, publisher: Publisher) -> Self {
        Self {
            record,
            publisher,
            result: State::Published,
            superseded_by: None,
            new: 0,
            changed: 0,
            archived: 0,
            unchanged: 0,
            kept: 0,
            passed: 0,
            calls: 0,
            failed: Vec::new(),
            message: None,
            help: None,
        }
    }

    /// Whether nothing remains.
    pub(crate) fn is_complete(&self) -> bool {
        self.result != State::Incomplete
    }

    pub(super) fn superseded(&mut self, by: Digest) {
        self.result = State::Superseded;
        self.superseded_by = Some(by);
    }

    pub(super) fn failed(&mut self, failure: &Failure) {
        self.result = State::Incomplete;
        self.message = Some(failure.message().to_owned());
        self.help = Some(failure.advice().to_owned());
    }

    pub(super) fn reported(&mut self, report: Report) {
        if !report.is_complete() {
            self.result = State::Incomplete;
        } else if let Some(by) = report.superseded {
            self.superseded(by);
        }
        (self.new, self.changed, self.archived) = (report.new, report.changed, report.archived);
        (self.unchanged, self.kept, self.passed) = (report.unchanged, report.kept, report.passed);
        self.calls = report.calls;
        if let Some(stop) = report.stopped {
            self.message = Some(stop.to_string());
            self.help = Some(stop.help());
        }
        self.failed = report.failed.into_iter().map(Refused::from).collect();
    }

    /// The topic took the notification.
    pub(super) fn notified(&mut self) {
        (self.new, self.calls) = (1, 1);
    }

    /// What is to be said where something remains.
    pub(crate) fn failure(&self) -> Option<Failure> {
        if self.is_complete() {
            return None;
        }
        let to = self.publisher.shown();
        let mut message = format!("publishing to {to}");
        if let Some(why) = &self.message {
            message += &format!(": {why}");
        }
        if !self.failed.is_empty() {
            message += &format!(": {} findings are refused: ", self.failed.len());
            let refused = self.failed.iter().take(SHOWN);
            let refused =
                refused.map(|Refused { id, code, message }| format!("`{id}`: {code}: {message}"));
            message += &refused.collect::<Vec<_>>().join("; ");
            if self.failed.len() > SHOWN {
                message += &format!(
                    "; and {} more, which `gate publish --format json` lists",
                    self.failed.len() - SHOWN
                );
            }
        }
        let failure = Failure::new(Code::PublishIncomplete, message);
        Some(match &self.help {
            Some(help) => failure.help(help),
            None => failure,
        })
    }
}

impl fmt::Display for Published {
    /// One line, for people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { record, .. } = self;
        let to = self.publisher.shown();
        if let Some(by) = &self.superseded_by {
            return write!(
                f,
                "not published to {to}: {record}; {by} is later, and published"
            );
        }
        if self.publisher == Publisher::Sns && self.is_complete() {
            return write!(f, "told {to}: {record}");
        }
        let word = if self.is_complete() {
            "published"
        } else {
            "published in part"
        };
        write!(
            f,
            "{word} to {to}: {record}: {} new, {} changed, {} archived, {} unchanged",
            self.new, self.changed, self.archived, self.unchanged
        )?;
        if self.kept > 0 {
            write!(
                f,
                ", {} left as they are, for no complete scan shows that they are gone",
                self.kept
            )?;
        }
        if self.passed > 0 {
            write!(f, ", {} passed checks not sent", self.passed)?;
        }
        if !self.failed.is_empty() {
            write!(f, ", {} refused", self.failed.len())?;
        }
        write!(f, " ({} calls)", self.calls)?;
        match &self.message {
            Some(message) => write!(f, ": {}", safe(message)),
            None => Ok(()),
        }
    }
}
