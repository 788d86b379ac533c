//! A verdict as SARIF 2.1.0, for viewers and code hosts that read it.
//!
//! Format: OASIS "Static Analysis Results Interchange Format (SARIF) Version 2.1.0 Plus Errata 01"; section numbers
//! in this module are its. `docs/outputs.md` says which field goes where.
//!
//! One run of the driver `gate`. Every finding is a result, whatever became of it: only the exit code and the
//! outcome say whether the gate is open. What SARIF has no field for stands in property bags under the names of the
//! JSON answer. Results are made while they are written, so that no tree of them is ever in memory.

mod ascii;
mod message;
mod place;
mod result;
mod rules;
mod run;
mod uri;

use std::io::{self, Write as _};

use serde::Serialize as _;

use crate::answer::Answer;
use crate::sarif::ascii::Ascii;
use crate::sarif::run::Log;

/// Writes a verdict as one line of SARIF.
///
/// # Errors
/// When the sink fails.
pub fn write(answer: Answer<'_>, sink: &mut dyn io::Write) -> io::Result<()> {
    let mut sink = io::BufWriter::new(sink);
    let mut serializer = serde_json::Serializer::with_formatter(&mut sink, Ascii);
    Log::new(answer).serialize(&mut serializer)?;
    sink.write_all(b"\n")?;
    sink.flush()
}
