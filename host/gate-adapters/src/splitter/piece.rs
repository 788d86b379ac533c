//! A piece of the report, and how far the splitter got in it.

use super::Sink;
use crate::error::ReadError;

/// Some bytes of the report. What is before each of the places was dealt with in that way.
pub(super) struct Piece<'a> {
    pub(super) bytes: &'a [u8],
    /// Looked at.
    pub(super) at: usize,
    /// Kept, in a record or in the envelope.
    pub(super) kept: usize,
    /// Passed on to the twin.
    pub(super) told: usize,
    /// Searched for line breaks.
    pub(super) counted: usize,
}

impl<'a> Piece<'a> {
    pub(super) fn part(&self, from: usize, to: usize) -> &'a [u8] {
        self.bytes.get(from..to).unwrap_or_default()
    }

    pub(super) fn after(&self, from: usize) -> &'a [u8] {
        self.bytes.get(from..).unwrap_or_default()
    }

    /// Passes on to the twin what is before a place.
    pub(super) fn tell(&mut self, to: usize, sink: &mut dyn Sink) -> Result<(), Stop> {
        let bytes = self.part(self.told, to);
        self.told = to;
        if !bytes.is_empty() {
            sink.twin(bytes)?;
        }
        Ok(())
    }

    /// Leaves out what was looked at: something else stands in its place.
    pub(super) fn skip(&mut self) {
        self.kept = self.at;
        self.told = self.at;
    }
}

/// Why a piece is read no further. Where is said by how far the piece was looked at.
pub(super) enum Stop {
    Malformed(String),
    TooLarge(String),
    /// The sink gave up, and says where itself.
    Sink(ReadError),
}

impl From<ReadError> for Stop {
    fn from(error: ReadError) -> Self {
        Self::Sink(error)
    }
}
