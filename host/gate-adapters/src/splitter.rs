//! Splits a JSON report, while it streams in, into its records and an envelope.
//!
//! A report is one document, most of which is one or a few long lists. The splitter hands over each element of
//! those lists by itself, as soon as its last byte is there, and keeps the rest with `0` in place of each
//! element. So a report of any length is read in memory bounded by its longest record and by what surrounds
//! the lists, and one odd record does not take the others with it.
//!
//! In the same pass it refuses what must not be guessed about: invalid UTF-8, a byte-order mark, a key that
//! stands twice in one object (the first or the last could be meant), too deep nesting, too long texts, an end
//! in the middle. And it replaces sensitive texts ([`crate::redact`]). It does not check the rest of the
//! grammar: every record and the envelope go through `serde_json`, which does.

mod frame;
mod piece;

use crate::error::ReadError;
use crate::redact::{Kind, Redactor, stronger};

use frame::{Frame, Keys, Pattern, Step};
use piece::{Piece, Stop};

/// Deepest nesting: below that of `serde_json`, which stops at 128.
pub const MAX_DEPTH: usize = 100;
/// Longest text, and longest record, in bytes.
pub const MAX_TEXT: usize = 64 << 20;
/// Longest envelope, in bytes.
pub const MAX_ENVELOPE: usize = 256 << 20;

/// Takes what the splitter finds.
pub trait Sink {
    /// One element of a list that was asked for.
    ///
    /// # Errors
    /// When the report can't be read any further.
    fn record(&mut self, at: &At<'_>, json: &[u8]) -> Result<(), ReadError>;

    /// Bytes of the report, sensitive texts replaced.
    ///
    /// # Errors
    /// When they can't be kept.
    fn twin(&mut self, bytes: &[u8]) -> Result<(), ReadError>;
}

/// Where a record stands.
#[derive(Debug)]
pub struct At<'a> {
    /// Which of the lists that were asked for.
    pub list: usize,
    /// Position in each list on the way, outermost first, one for each `*` of the pattern.
    pub indexes: &'a [u32],
    /// Name of the member in each object on the way of which every member counts, outermost first, one for each
    /// `{}` of the pattern.
    pub names: &'a [String],
    /// Line on which it begins, from 1.
    pub line: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Text {
    Key,
    /// Kept as it is.
    Plain,
    Sensitive(Kind),
}

/// The state between two pieces of the report.
#[derive(Debug)]
pub struct Splitter {
    patterns: Vec<Pattern>,
    redactor: Redactor,
    frames: Vec<Frame>,
    spare: Vec<Keys>,
    /// The text that is being read, and whether its last byte was a lone backslash.
    text: Option<(Text, bool)>,
    /// Content of the current key or sensitive text, escapes as written.
    held: Vec<u8>,
    text_length: usize,
    /// Depth above which the current record ends, and its list.
    record: Option<(usize, usize)>,
    record_bytes: Vec<u8>,
    record_line: u64,
    indexes: Vec<u32>,
    names: Vec<String>,
    envelope: Vec<u8>,
    /// An element that is a bare number or word, which has no end mark of its own.
    scalar_record: bool,
    /// In a number that may be a secret; a `0` stands in its place.
    hiding: bool,
    /// Whether anything was replaced.
    replaced: bool,
    /// Bytes of a character that was cut by the end of a piece.
    cut: Vec<u8>,
    line: u64,
    line_start: u64,
    offset: u64,
}

impl Splitter {
    /// Splits out the records of these lists ([`crate::adapter::Adapter::lists`]).
    #[must_use]
    pub fn new(lists: &[&'static str], redactor: Redactor) -> Self {
        Self {
            patterns: lists
                .iter()
                .take(32)
                .map(|list| Pattern::new(list))
                .collect(),
            redactor,
            frames: Vec::new(),
            spare: Vec::new(),
            text: None,
            held: Vec::new(),
            text_length: 0,
            record: None,
            record_bytes: Vec::new(),
            record_line: 0,
            indexes: Vec::new(),
            names: Vec::new(),
            envelope: Vec::new(),
            scalar_record: false,
            hiding: false,
            replaced: false,
            cut: Vec::new(),
            line: 1,
            line_start: 0,
            offset: 0,
        }
    }

    /// Takes the next piece of the report.
    ///
    /// # Errors
    /// When the report is not well-formed or too large, or the sink gives up.
    pub fn feed(&mut self, piece: &[u8], sink: &mut dyn Sink) -> Result<(), ReadError> {
        if self.offset == 0 && self.cut.is_empty() {
            self.refuse_byte_order_mark(piece)?;
        }
        if self.cut.is_empty() {
            let later = self.split_whole(piece, sink)?;
            self.cut.extend_from_slice(later);
            return Ok(());
        }
        // A character was cut: complete it, at most four bytes, then go on.
        let missing = piece
            .iter()
            .take_while(|b| **b & 0xC0 == 0x80)
            .count()
            .min(4);
        let (head, tail) = piece.split_at_checked(missing).unwrap_or((piece, &[]));
        let mut character = std::mem::take(&mut self.cut);
        character.extend_from_slice(head);
        if self.offset == 0 {
            self.refuse_byte_order_mark(&character)?;
        }
        if !self.split_whole(&character, sink)?.is_empty() {
            if !tail.is_empty() {
                return Err(self.malformed("it is not valid UTF-8"));
            }
            self.cut = character;
            return Ok(());
        }
        self.feed(tail, sink)
    }

    /// Whether anything was replaced until now; otherwise the sink got what was fed.
    #[must_use]
    pub const fn replaced(&self) -> bool {
        self.replaced
    }

    /// Ends the report and hands over the envelope.
    ///
    /// # Errors
    /// When the report ends in the middle, or was empty.
    pub fn finish(self) -> Result<Vec<u8>, ReadError> {
        if self.text.is_some() || !self.frames.is_empty() || !self.cut.is_empty() {
            let what = "it ends in the middle: the scanner was cut off or is still writing";
            return Err(self.malformed(what));
        }
        if self.envelope.iter().all(u8::is_ascii_whitespace) {
            return Err(ReadError::Empty);
        }
        Ok(self.envelope)
    }

    fn refuse_byte_order_mark(&self, piece: &[u8]) -> Result<(), ReadError> {
        for (mark, encoding) in [
            (&b"\xEF\xBB\xBF"[..], "UTF-8 with a byte-order mark"),
            (b"\xFF\xFE", "UTF-16"),
            (b"\xFE\xFF", "UTF-16"),
        ] {
            if piece.starts_with(mark) {
                let what = format!("it is written in {encoding}; JSON is UTF-8 without a mark");
                return Err(self.malformed(&what));
            }
        }
        Ok(())
    }

    /// Takes the whole characters of these bytes, and gives what is left: the beginning of one more. What is wrong
    /// before a byte that is no UTF-8 is said first, however the report was cut.
    fn split_whole<'a>(
        &mut self,
        bytes: &'a [u8],
        sink: &mut dyn Sink,
    ) -> Result<&'a [u8], ReadError> {
        let Err(error) = std::str::from_utf8(bytes) else {
            self.split(bytes, sink)?;
            return Ok(&[]);
        };
        let (whole, rest) = bytes
            .split_at_checked(error.valid_up_to())
            .unwrap_or((bytes, &[]));
        self.split(whole, sink)?;
        match error.error_len() {
            None => Ok(rest),
            Some(_) => Err(self.malformed("it is not valid UTF-8")),
        }
    }

    /// The error for the byte that is being looked at.
    fn malformed(&self, what: &str) -> ReadError {
        ReadError::Malformed {
            what: what.to_owned(),
            place: self.place(),
        }
    }

    fn too_large(&self, what: String) -> ReadError {
        ReadError::TooLarge {
            what,
            place: self.place(),
        }
    }

    fn place(&self) -> String {
        let column = self.offset.saturating_sub(self.line_start) + 1;
        format!("line {} column {column}", self.line)
    }

    fn split(&mut self, bytes: &[u8], sink: &mut dyn Sink) -> Result<(), ReadError> {
        let mut piece = Piece {
            bytes,
            at: 0,
            kept: 0,
            told: 0,
            counted: 0,
        };
        let done = self.scan(&mut piece, sink);
        self.count_lines(&mut piece);
        done.map_err(|stop| match stop {
            Stop::Malformed(what) => self.malformed(&what),
            Stop::TooLarge(what) => self.too_large(what),
            Stop::Sink(error) => error,
        })
    }

    fn scan(&mut self, piece: &mut Piece<'_>, sink: &mut dyn Sink) -> Result<(), Stop> {
        while let Some(&byte) = piece.bytes.get(piece.at) {
            if let Some((text, escaped)) = self.text {
                let begin = piece.at;
                let end = self.text_end(piece.after(begin), escaped)?;
                piece.at = end.map_or(piece.bytes.len(), |end| begin + end);
                if text != Text::Plain {
                    self.held.extend_from_slice(piece.part(begin, piece.at));
                }
                if let Text::Sensitive(_) = text {
                    self.keep_until(piece, begin)?;
                    piece.tell(begin, sink)?;
                    piece.skip();
                }
                if end.is_none() {
                    break;
                }
                self.text = None;
                match text {
                    Text::Plain => {}
                    Text::Key => self.key_ends()?,
                    Text::Sensitive(kind) => self.replace(kind, sink)?,
                }
                piece.at += 1;
                if self.is_whole_record() {
                    self.end_record(piece, sink)?;
                }
                continue;
            }
            let ends_scalar = matches!(byte, b',' | b']' | b'}' | b' ' | b'\t' | b'\r' | b'\n');
            if self.hiding && !ends_scalar {
                piece.at += 1;
                piece.skip();
                continue;
            }
            self.hiding = false;
            if self.scalar_record && ends_scalar {
                self.end_record(piece, sink)?;
            }
            match byte {
                b'"' | b'{' | b'[' => {
                    let key = byte == b'"' && self.frames.last().is_some_and(|f| f.at_key);
                    if !key
                        && self.record.is_none()
                        && let Some(list) = self.list_of_value(byte)
                    {
                        self.begin_record(list, piece)?;
                    }
                    if byte == b'"' {
                        self.text = Some((self.text_kind(key), false));
                        self.held.clear();
                        self.text_length = 0;
                    } else {
                        self.open(byte == b'{')?;
                    }
                    piece.at += 1;
                }
                b'}' | b']' => {
                    self.close(byte == b'}')?;
                    piece.at += 1;
                    if self.is_whole_record() {
                        self.end_record(piece, sink)?;
                    }
                }
                b',' => {
                    if let Some(frame) = self.frames.last_mut() {
                        frame.at_key = frame.object;
                        frame.index = frame.index.saturating_add(1);
                    }
                    piece.at += 1;
                }
                b':' | b' ' | b'\t' | b'\r' | b'\n' => piece.at += 1,
                _ => {
                    if self.record.is_none()
                        && let Some(list) = self.list_of_value(byte)
                    {
                        self.begin_record(list, piece)?;
                        self.scalar_record = true;
                    }
                    if self.hides(byte) {
                        self.keep_until(piece, piece.at)?;
                        piece.tell(piece.at, sink)?;
                        self.hiding = true;
                        self.replaced = true;
                        self.keep(b"0")?;
                        sink.twin(b"0")?;
                        piece.at += 1;
                        piece.skip();
                    } else {
                        piece.at += 1;
                    }
                }
            }
        }
        self.keep_until(piece, piece.at)?;
        piece.tell(piece.at, sink)
    }

    /// Moves the line count to where the piece is looked at.
    fn count_lines(&mut self, piece: &mut Piece<'_>) {
        let passed = piece.part(piece.counted, piece.at);
        for newline in memchr::memchr_iter(b'\n', passed) {
            self.line += 1;
            self.line_start = self.offset + newline as u64 + 1;
        }
        self.offset += passed.len() as u64;
        piece.counted = piece.at;
    }

    /// Position of the quote that ends the current text, if it is in these bytes.
    fn text_end(&mut self, bytes: &[u8], escaped: bool) -> Result<Option<usize>, Stop> {
        let mut at = usize::from(escaped);
        let end = loop {
            let Some(found) = bytes
                .get(at..)
                .and_then(|b| memchr::memchr2(b'"', b'\\', b))
            else {
                if let Some((_, pending)) = &mut self.text {
                    *pending = at > bytes.len();
                }
                break None;
            };
            at += found;
            if bytes.get(at) == Some(&b'"') {
                break Some(at);
            }
            at += 2;
        };
        self.text_length += end.unwrap_or(bytes.len());
        if self.text_length > MAX_TEXT {
            return Err(Stop::TooLarge(format!(
                "a text is longer than {MAX_TEXT} bytes"
            )));
        }
        Ok(end)
    }

    fn text_kind(&self, key: bool) -> Text {
        if key {
            return Text::Key;
        }
        self.frames
            .last()
            .and_then(|f| f.sensitive)
            .map_or(Text::Plain, Text::Sensitive)
    }

    /// Whether a number begins that stands where a secret may stand.
    fn hides(&self, byte: u8) -> bool {
        let sensitive = self.frames.last().and_then(|frame| frame.sensitive);
        sensitive == Some(Kind::Secret) && (byte == b'-' || byte.is_ascii_digit())
    }

    fn key_ends(&mut self) -> Result<(), Stop> {
        let plain;
        let name: &[u8] = if self.held.contains(&b'\\') {
            plain = unescape(&self.held);
            let Some(name) = &plain else {
                return Err(malformed("a key has an invalid escape"));
            };
            name.as_bytes()
        } else {
            &self.held
        };
        let under = self.frames.last().and_then(|frame| frame.under);
        let (kind, spared, opens) = if self.redactor.names(name) {
            (
                self.redactor.kind_of(name, under),
                self.redactor.spares(name, under),
                self.redactor.opens(name),
            )
        } else {
            (None, false, None)
        };
        let hash = Keys::hash(name);
        let Some(frame) = self.frames.last_mut() else {
            return Ok(());
        };
        frame.at_key = false;
        frame.opens = opens;
        if frame.named {
            frame.name.clear();
            frame.name.push_str(&String::from_utf8_lossy(name));
        }
        if !frame.keys.insert(hash) {
            let key = String::from_utf8_lossy(name).into_owned();
            let what = format!("the key `{key}` stands twice in one object");
            return Err(Stop::Malformed(what));
        }
        frame.nested = stronger(frame.below, kind);
        frame.sensitive = frame.nested.filter(|_| !spared);
        Ok(())
    }

    /// The list of which the value that begins with this byte is a record.
    fn list_of_value(&self, byte: u8) -> Option<usize> {
        let depth = self.frames.len();
        let mut patterns = self.patterns.iter().enumerate();
        let Some(frame) = self.frames.last() else {
            return patterns
                .find(|(_, pattern)| pattern.0.is_empty() && byte == b'{')
                .map(|(p, _)| p);
        };
        if frame.alive == 0 {
            return None;
        }
        let is_list = |(p, pattern): (usize, &Pattern)| {
            (frame.alive >> p & 1 == 1
                && pattern.0.len() == depth
                && pattern.fits(depth - 1, frame.object, &self.held))
            .then_some(p)
        };
        patterns.find_map(is_list)
    }

    fn open(&mut self, object: bool) -> Result<(), Stop> {
        if self.frames.len() >= MAX_DEPTH {
            let what = format!("it nests deeper than {MAX_DEPTH} levels");
            return Err(Stop::TooLarge(what));
        }
        let depth = self.frames.len();
        let (alive, sensitive) = match self.frames.last() {
            None if self.record.is_some() => (0, None),
            None => (u32::MAX, None),
            Some(_) if self.record.is_some() => (0, self.frames.last().and_then(|f| f.nested)),
            Some(parent) => {
                let mut alive = 0;
                for (p, pattern) in self.patterns.iter().enumerate() {
                    if parent.alive >> p & 1 == 1
                        && pattern.fits(depth - 1, parent.object, &self.held)
                    {
                        alive |= 1 << p;
                    }
                }
                (alive, parent.nested)
            }
        };
        let under = match self.frames.last() {
            Some(parent) if parent.object => parent.opens,
            Some(parent) => parent.under,
            None => None,
        };
        let mut keys = self.spare.pop().unwrap_or_default();
        keys.clear();
        let members = |(p, pattern): (usize, &Pattern)| {
            alive >> p & 1 == 1 && pattern.0.get(depth) == Some(&Step::Members)
        };
        let named = object && alive != 0 && self.patterns.iter().enumerate().any(members);
        self.frames.push(Frame {
            object,
            alive,
            named,
            name: String::new(),
            index: 0,
            at_key: object,
            sensitive,
            nested: sensitive,
            below: sensitive,
            under,
            opens: None,
            keys,
        });
        Ok(())
    }

    fn close(&mut self, object: bool) -> Result<(), Stop> {
        match self.frames.pop() {
            Some(frame) if frame.object == object => {
                self.spare.push(frame.keys);
                Ok(())
            }
            _ => {
                let bracket = if object { '}' } else { ']' };
                Err(Stop::Malformed(format!("unexpected `{bracket}`")))
            }
        }
    }

    fn begin_record(&mut self, list: usize, piece: &mut Piece<'_>) -> Result<(), Stop> {
        self.keep_until(piece, piece.at)?;
        self.count_lines(piece);
        self.record = Some((self.frames.len(), list));
        self.record_line = self.line;
        self.record_bytes.clear();
        Ok(())
    }

    /// Whether the value that ended just now is a record.
    fn is_whole_record(&self) -> bool {
        self.record
            .is_some_and(|(depth, _)| depth == self.frames.len())
            && !self.scalar_record
    }

    fn end_record(&mut self, piece: &mut Piece<'_>, sink: &mut dyn Sink) -> Result<(), Stop> {
        // A record that stands in one piece as it is need not be put together.
        let json = if self.record_bytes.is_empty() {
            let whole = piece.part(piece.kept, piece.at);
            piece.kept = piece.at;
            bounded(whole.len(), MAX_TEXT, RECORD)?;
            whole
        } else {
            self.keep_until(piece, piece.at)?;
            &self.record_bytes
        };
        let Some((_, list)) = self.record.take() else {
            return Ok(());
        };
        self.scalar_record = false;
        self.indexes.clear();
        self.indexes
            .extend(self.frames.iter().filter(|f| !f.object).map(|f| f.index));
        let steps = self.patterns.get(list).map_or(&[][..], |p| &p.0);
        let on_way = self.frames.iter().zip(steps);
        let names = on_way.filter(|(_, step)| **step == Step::Members);
        self.names.clear();
        self.names
            .extend(names.map(|(frame, _)| frame.name.clone()));
        // Line breaks stay, so that complaints about the envelope name the right line.
        self.envelope.push(b'0');
        let breaks = memchr::memchr_iter(b'\n', json).count();
        self.envelope.extend(std::iter::repeat_n(b'\n', breaks));
        let at = At {
            list,
            indexes: &self.indexes,
            names: &self.names,
            line: self.record_line,
        };
        Ok(sink.record(&at, json)?)
    }

    /// Keeps what the piece has before a place, in the record or in the envelope.
    fn keep_until(&mut self, piece: &mut Piece<'_>, to: usize) -> Result<(), Stop> {
        let bytes = piece.part(piece.kept, to);
        piece.kept = to;
        self.keep(bytes)
    }

    fn keep(&mut self, bytes: &[u8]) -> Result<(), Stop> {
        let (kept, limit, what) = match self.record {
            Some(_) => (&mut self.record_bytes, MAX_TEXT, RECORD),
            None => (
                &mut self.envelope,
                MAX_ENVELOPE,
                "what surrounds the records",
            ),
        };
        bounded(kept.len() + bytes.len(), limit, what)?;
        kept.extend_from_slice(bytes);
        Ok(())
    }

    /// Passes on what stands in place of the sensitive text that was held, without its quotes.
    fn replace(&mut self, kind: Kind, sink: &mut dyn Sink) -> Result<(), Stop> {
        let held = std::mem::take(&mut self.held);
        let Some(text) = unescape(&held) else {
            return Err(malformed("a text has an invalid escape or character"));
        };
        let result = match self.redactor.replacement(&text, kind) {
            Some(replacement) => {
                self.replaced = true;
                let escaped = serde_json::Value::from(replacement).to_string();
                let marker = escaped
                    .get(1..escaped.len() - 1)
                    .unwrap_or_default()
                    .as_bytes();
                self.keep(marker).and_then(|()| Ok(sink.twin(marker)?))
            }
            None => self.keep(&held).and_then(|()| Ok(sink.twin(&held)?)),
        };
        self.held = held;
        result
    }
}

const RECORD: &str = "a record";

/// Refuses what is longer than it may be.
fn bounded(length: usize, limit: usize, what: &str) -> Result<(), Stop> {
    if length > limit {
        let what = format!("{what} is longer than {limit} bytes");
        return Err(Stop::TooLarge(what));
    }
    Ok(())
}

fn malformed(what: &str) -> Stop {
    Stop::Malformed(what.to_owned())
}

/// The text between two quotes without its escapes; `None` if an escape is invalid.
fn unescape(escaped: &[u8]) -> Option<String> {
    let mut quoted = Vec::with_capacity(escaped.len() + 2);
    quoted.push(b'"');
    quoted.extend_from_slice(escaped);
    quoted.push(b'"');
    serde_json::from_slice(&quoted).ok()
}

#[cfg(test)]
mod tests;
