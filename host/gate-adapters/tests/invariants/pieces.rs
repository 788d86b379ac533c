//! A source that gives a report in pieces.

use std::io::{self, Read};

/// Gives its beginning at once, and the rest in pieces of a size, with an interruption before each.
#[derive(Debug)]
pub struct Pieces<'a> {
    rest: &'a [u8],
    at_once: usize,
    size: usize,
    interrupted: bool,
}

impl<'a> Pieces<'a> {
    /// Gives the first `at_once` bytes, then pieces of at most `size`.
    pub fn new(bytes: &'a [u8], at_once: usize, size: usize) -> Self {
        Self {
            rest: bytes,
            at_once,
            size,
            interrupted: false,
        }
    }
}

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.interrupted = !self.interrupted;
        if self.interrupted {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let size = self
            .at_once
            .max(self.size)
            .min(buffer.len())
            .min(self.rest.len());
        let (now, later) = self.rest.split_at(size);
        buffer[..size].copy_from_slice(now);
        self.at_once = self.at_once.saturating_sub(size);
        self.rest = later;
        Ok(size)
    }
}
