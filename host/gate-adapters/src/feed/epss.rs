//! EPSS: `epss_scores-YYYY-MM-DD.csv`, as FIRST publishes it.
//!
//! ```text
//! #model_version:v2025.03.14,score_date:2025-11-20T00:00:00+0000
//! cve,epss,percentile
//! CVE-1999-0001,0.01141,0.77689
//! ```
//!
//! No text in it needs quotes, so that a line is a row and a comma ends a cell. It counts nothing: a file that is cut off
//! between two lines can't be told from a whole one, unless it is packed.

use gate_core::digest::Digest;
use gate_core::feed::{Draft, Entry, FeedKind, is_model};
use gate_core::time::Moment;

use super::{CUT, ImportError, Imported};

const COLUMNS: &str = "cve,epss,percentile";

pub(super) fn import(bytes: &[u8], source: Digest) -> Result<Imported, ImportError> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let breaks = memchr::memchr_iter(b'\n', before).count() as u64;
        ImportError::malformed("it is not valid UTF-8", breaks + 1)
    })?;
    let mut lines = (1..).zip(text.split_inclusive('\n'));
    let wrong = |what: &str| ImportError::WrongFeed {
        kind: FeedKind::Epss,
        what: what.to_owned(),
    };
    let mut head = || {
        let line = lines.next().map_or("", |(_, line)| line);
        line.strip_suffix('\n')
            .unwrap_or(line)
            .trim_end_matches('\r')
    };
    let Some(about) = head().strip_prefix('#') else {
        return Err(wrong("expected `#model_version:…,score_date:…`, line 1"));
    };
    let About {
        model,
        date,
        unknown,
    } = About::parse(about)?;
    if head() != COLUMNS {
        return Err(wrong("expected the columns `cve,epss,percentile`, line 2"));
    }
    let mut draft = Draft::new(FeedKind::Epss, date, model, source);
    for (line, row) in lines {
        let Some(row) = row.strip_suffix('\n') else {
            return Err(ImportError::malformed(CUT, line));
        };
        let row = row.strip_suffix('\r').unwrap_or(row);
        let mut cells = row.split(',');
        let cells = [cells.next(), cells.next(), cells.next(), cells.next()];
        let [Some(cve), Some(epss), Some(percentile), None] = cells else {
            let what = "expected a row such as `CVE-2024-0001,0.00043,0.12345`";
            return Err(ImportError::malformed(what, line));
        };
        draft
            .insert(cve, Entry::Epss { epss, percentile })
            .map_err(|what| ImportError::Row { line, what })?;
    }
    let feed = draft.write()?;
    Ok(Imported { feed, unknown })
}

/// The first line.
struct About {
    model: String,
    date: Moment,
    unknown: Vec<String>,
}

impl About {
    fn parse(text: &str) -> Result<Self, ImportError> {
        let (mut model, mut date, mut unknown) = (None, None, Vec::new());
        for field in text.split(',') {
            let Some((name, value)) = field.split_once(':') else {
                return Err(ImportError::malformed("a field has no `:`", 1));
            };
            let twice = match name {
                "model_version" => model.replace(value).is_some(),
                "score_date" => date.replace(value).is_some(),
                _ => {
                    unknown.push(format!("`{name}`, line 1"));
                    false
                }
            };
            if twice {
                let what = format!("`{name}` stands twice");
                return Err(ImportError::malformed(what, 1));
            }
        }
        let missing = |name| ImportError::malformed(format!("`{name}` is missing"), 1);
        let model = model.ok_or_else(|| missing("model_version"))?;
        if !is_model(model) {
            let what = "expected as `model_version` a version such as `v2025.03.14`";
            return Err(ImportError::malformed(what, 1));
        }
        let date = date.ok_or_else(|| missing("score_date"))?;
        let date = with_colon(date).parse().map_err(|_| {
            let what = "expected as `score_date` a moment such as `2025-11-20T00:00:00+0000`";
            ImportError::malformed(what, 1)
        })?;
        Ok(Self {
            model: model.to_owned(),
            date,
            unknown,
        })
    }
}

/// A moment whose offset is written `+0000`, as RFC 3339 has it.
fn with_colon(moment: &str) -> String {
    let offset = moment.len().saturating_sub(5);
    match moment.split_at_checked(offset) {
        Some((day, offset)) if offset.starts_with(['+', '-']) && !offset.contains(':') => {
            let (hours, minutes) = offset.split_at_checked(3).unwrap_or((offset, ""));
            format!("{day}{hours}:{minutes}")
        }
        _ => moment.to_owned(),
    }
}
