//! Waivers that people write: `waivers.toml`, and files of other tools that become one.

pub(crate) mod file;
pub(crate) mod import;
pub(crate) mod prune;
mod yaml;

use std::fs;
use std::path::Path;

use gate_core::code::Code;
use gate_core::scan_report::Problem;
use gate_core::time::Moment;
use gate_core::waiver::Waiver;

use crate::waivers::file::{Mistake, Written, read};

/// Most bytes of a file of waivers, or of one that is imported.
pub(crate) const MOST_BYTES: u64 = 4 << 20;

/// Most mistakes of one file that a verdict names.
const MOST_MISTAKES: usize = 20;

/// The waivers of a file, in order of id, as of the moment of judgement.
///
/// # Errors
/// With a problem of the question for each mistake: the gate then can't decide, and no waiver is ignored.
pub(crate) fn load(path: &Path, now: Moment) -> Result<Vec<Waiver>, Vec<Problem>> {
    let invalid = |message: String| Problem::advised(Code::WaiversInvalid, message);
    let text = text(path).map_err(|error| vec![invalid(error)])?;
    let written = read(&text, now).map_err(|mistakes| {
        let more = mistakes.len().saturating_sub(MOST_MISTAKES);
        let said = mistakes.iter().take(MOST_MISTAKES);
        let mut problems: Vec<_> = said
            .map(|mistake| invalid(said_of(path, mistake)))
            .collect();
        if more > 0 {
            problems.push(invalid(format!(
                "`{}` has {more} more mistakes",
                path.display()
            )));
        }
        problems
    })?;
    Ok(sorted(written))
}

/// A mistake as a sentence.
pub(crate) fn said_of(path: &Path, mistake: &Mistake) -> String {
    format!("reading `{}`: {mistake}", path.display())
}

/// Waivers in the order that a question has them.
pub(crate) fn sorted(written: Vec<Written>) -> Vec<Waiver> {
    let mut waivers: Vec<_> = written.into_iter().map(|written| written.waiver).collect();
    waivers.sort_by(|a, b| a.id.cmp(&b.id));
    waivers
}

/// The text of a file that somebody wrote by hand.
pub(crate) fn text(path: &Path) -> Result<String, String> {
    let named = |what: &str| format!("reading `{}`: {what}", path.display());
    let size = fs::metadata(path)
        .map_err(|error| named(&error.to_string()))?
        .len();
    if size > MOST_BYTES {
        return Err(named(&format!(
            "it has {size} bytes; at most {MOST_BYTES} are read"
        )));
    }
    fs::read_to_string(path).map_err(|error| named(&error.to_string()))
}
