//! A source that gives only so much at a time, for libraries that gather what they read in memory.

use std::cell::Cell;
use std::io::{self, BufRead, Read};
use std::rc::Rc;

use crate::error::ReadError;
use crate::splitter::MAX_TEXT;

/// Gives at most [`MAX_TEXT`] bytes between two calls of [`Allowance::renew`].
pub(crate) struct Limited<'a> {
    inner: &'a mut dyn BufRead,
    state: Rc<State>,
}

/// What a source may still give, and what it gave last.
#[derive(Clone)]
pub(crate) struct Allowance(Rc<State>);

#[derive(Default)]
struct State {
    left: Cell<usize>,
    last: Cell<u8>,
    exceeded: Cell<bool>,
}

impl<'a> Limited<'a> {
    pub(crate) fn new(inner: &'a mut dyn BufRead) -> (Self, Allowance) {
        let state = Rc::new(State::default());
        let allowance = Allowance(Rc::clone(&state));
        allowance.renew();
        (Self { inner, state }, allowance)
    }
}

impl Allowance {
    /// Begins to count anew.
    pub(crate) fn renew(&self) {
        self.0.left.set(MAX_TEXT);
    }

    /// Whether the last byte that was given ended a line; true of nothing.
    pub(crate) fn at_line_start(&self) -> bool {
        matches!(self.0.last.get(), 0 | b'\n' | b'\r')
    }

    /// What an error of reading really is.
    pub(crate) fn explain(&self, error: ReadError, place: impl FnOnce() -> String) -> ReadError {
        if self.0.exceeded.get() {
            return ReadError::TooLarge {
                what: format!("a part of it is longer than {MAX_TEXT} bytes"),
                place: place(),
            };
        }
        error
    }
}

impl BufRead for Limited<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let left = self.state.left.get();
        let bytes = self.inner.fill_buf()?;
        if left == 0 && !bytes.is_empty() {
            self.state.exceeded.set(true);
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        Ok(bytes.get(..left).unwrap_or(bytes))
    }

    fn consume(&mut self, amount: usize) {
        if amount == 0 {
            return;
        }
        // What is consumed is still in the buffer, so that filling it again gives the same bytes.
        if let Ok(bytes) = self.inner.fill_buf()
            && let Some(last) = bytes.get(amount - 1)
        {
            self.state.last.set(*last);
        }
        let left = self.state.left.get();
        self.state.left.set(left.saturating_sub(amount));
        self.inner.consume(amount);
    }
}

impl Read for Limited<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut given = self.fill_buf()?;
        let length = given.read(buffer)?;
        self.consume(length);
        Ok(length)
    }
}
