//! Rows of fields (RFC 4180, with any byte between the fields) as an array of objects.

use std::io::BufRead;

use super::{Limited, Out, Take, cut_off};
use crate::error::ReadError;

pub(super) fn transcode(
    delimiter: u8,
    source: &mut dyn BufRead,
    take: &mut Take<'_>,
) -> Result<(), ReadError> {
    let (source, allowance) = Limited::new(source);
    let mut rows = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .from_reader(source);
    let mut out = Out::new(take);
    let mut header = csv::StringRecord::new();
    let mut row = csv::StringRecord::new();
    let mut next = |row: &mut csv::StringRecord| {
        allowance.renew();
        rows.read_record(row).map_err(|error| {
            let place = place(&error);
            allowance.explain(refused(error, &place), || place)
        })
    };
    out.raw("[");
    // Blank lines alone, however many, have no header.
    if !next(&mut header)? {
        return Err(ReadError::Empty);
    }
    let mut first = true;
    while next(&mut row)? {
        out.raw(if first { "\n{" } else { ",\n{" });
        first = false;
        for (at, (key, value)) in header.iter().zip(&row).enumerate() {
            if at > 0 {
                out.raw(",");
            }
            let key = key.trim_start_matches('\u{feff}');
            out.member(key, value)?;
        }
        out.raw("}");
        out.flush_when_full()?;
    }
    // A row that was cut off can look like a shorter one.
    if !allowance.at_line_start() {
        return Err(cut_off("its last line".to_owned()));
    }
    out.raw("\n]\n");
    out.flush()
}

fn place(error: &csv::Error) -> String {
    let line = error.position().map(csv::Position::line);
    line.map_or_else(|| "its beginning".to_owned(), |line| format!("line {line}"))
}

fn refused(error: csv::Error, place: &str) -> ReadError {
    let what = match error.kind() {
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => format!("a row has {len} fields, the header {expected_len}"),
        csv::ErrorKind::Utf8 { .. } => "it is not valid UTF-8".to_owned(),
        _ => "it is not well-formed CSV".to_owned(),
    };
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error.into(),
        _ => ReadError::Malformed {
            what,
            place: place.to_owned(),
        },
    }
}
