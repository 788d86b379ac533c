//! Turns a report into JSON while it streams in ([`Format`] says how). What is JSON passes as it is.

mod csv;
mod limited;
mod lines;
mod xml;

use std::io::BufRead;

use serde::Serialize;

use crate::error::ReadError;
use crate::format::Format;

pub(crate) use limited::Limited;
pub(crate) use xml::outline;

/// Takes the JSON.
pub(crate) type Take<'a> = dyn FnMut(&[u8]) -> Result<(), ReadError> + 'a;

/// Reads a report to its end and hands over its JSON, piece by piece.
///
/// # Errors
/// When the report is not well-formed or can't be read, or `take` gives up.
pub(crate) fn transcode(
    format: Format,
    source: &mut dyn BufRead,
    take: &mut Take<'_>,
) -> Result<(), ReadError> {
    match format {
        Format::Json | Format::JsonLines => pass(source, take),
        Format::Xml(how) => xml::transcode(how, source, take),
        Format::Csv(delimiter) => csv::transcode(delimiter, source, take),
        Format::Lines(cut) => lines::transcode(cut, source, take),
    }
}

fn pass(source: &mut dyn BufRead, take: &mut Take<'_>) -> Result<(), ReadError> {
    loop {
        let piece = match source.fill_buf() {
            Ok([]) => return Ok(()),
            Ok(piece) => piece,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error.into()),
        };
        take(piece)?;
        let length = piece.len();
        source.consume(length);
    }
}

/// JSON on its way out.
struct Out<'a, 'b> {
    take: &'a mut Take<'b>,
    bytes: Vec<u8>,
}

impl<'a, 'b> Out<'a, 'b> {
    /// Handed over when so many bytes have gathered.
    const PIECE: usize = 64 << 10;

    fn new(take: &'a mut Take<'b>) -> Self {
        Self {
            take,
            bytes: Vec::with_capacity(2 * Self::PIECE),
        }
    }

    fn raw(&mut self, json: &str) {
        self.bytes.extend_from_slice(json.as_bytes());
    }

    fn value(&mut self, value: &(impl Serialize + ?Sized)) -> Result<(), ReadError> {
        serde_json::to_writer(&mut self.bytes, value).map_err(std::io::Error::from)?;
        Ok(())
    }

    fn member(&mut self, key: &str, value: &str) -> Result<(), ReadError> {
        self.value(key)?;
        self.raw(":");
        self.value(value)
    }

    fn flush_when_full(&mut self) -> Result<(), ReadError> {
        if self.bytes.len() < Self::PIECE {
            return Ok(());
        }
        self.flush()
    }

    fn flush(&mut self) -> Result<(), ReadError> {
        (self.take)(&self.bytes)?;
        self.bytes.clear();
        Ok(())
    }
}

/// The error for what ends in the middle.
fn cut_off(place: String) -> ReadError {
    ReadError::Malformed {
        what: "it ends in the middle: the scanner was cut off or is still writing".to_owned(),
        place,
    }
}

#[cfg(test)]
mod tests;
