//! The log of version 3 (`pkg/log`), as far as it tells how the run went.

use std::borrow::Cow;

use serde::Deserialize;

use gate_core::time::Moment;

use crate::adapter::{Record, RecordError, Run};

/// What the lines of the log say together.
#[derive(Default)]
pub(super) struct Log {
    /// Line and message of each error.
    errors: Vec<(String, String)>,
    began: bool,
    end: Option<End>,
}

struct End {
    at: Option<Moment>,
    chunks: Option<u64>,
    version: Option<String>,
}

#[derive(Deserialize)]
struct Line<'a> {
    chunks: Option<u64>,
    #[serde(borrow)]
    level: Cow<'a, str>,
    #[serde(borrow)]
    logger: Cow<'a, str>,
    #[serde(borrow)]
    msg: Cow<'a, str>,
    ts: Option<String>,
    trufflehog_version: Option<String>,
}

impl Log {
    pub(super) fn read(&mut self, record: &Record<'_>) -> Result<(), RecordError> {
        /// Most errors that are kept one by one.
        const MAX: usize = 100;
        let line: Line<'_> = record.parse()?;
        if line.logger.split('.').next() != Some("trufflehog") {
            return Err(RecordError::Shape(
                "it is a line of another program's log".to_owned(),
            ));
        }
        self.began = true;
        // Levels are `info-0` to `info-5`, `error` and worse.
        if !line.level.starts_with("info") && self.errors.len() < MAX {
            self.errors.push((record.pointer(), line.msg.into_owned()));
        } else if line.msg == "finished scanning" {
            self.end = Some(End {
                at: line.ts.and_then(|at| at.parse().ok()),
                chunks: line.chunks,
                version: line.trufflehog_version,
            });
        }
        Ok(())
    }

    /// Says what the log proves of the run; nothing when there is none.
    pub(super) fn judge(&mut self, run: &mut Run) {
        for (place, message) in std::mem::take(&mut self.errors) {
            run.left_out(place, message);
        }
        match self.end.take() {
            Some(end) => {
                run.finished = end.at;
                run.tool_version = end.version;
                run.scanned = end.chunks;
                if end.chunks == Some(0) {
                    run.nothing_scanned("TruffleHog scanned nothing");
                }
            }
            None if self.began => run.failed("the log does not say that TruffleHog finished"),
            None => {}
        }
    }
}
