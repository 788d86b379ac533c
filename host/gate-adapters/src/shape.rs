//! What a report looks like from outside, to recognise its format.

use crate::error::ReadError;
use crate::format::Syntax;
use crate::transcode::outline;

/// How much of a text is looked at, in bytes.
const TEXT: usize = 4 << 10;

/// The root of a report and its first keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// What the document is.
    pub root: Root,
    /// Keys of the root object, or of the first object of the root array, in the order of the report.
    /// Those beyond the first part of a long report are missing. Of XML: the root's name, its namespace as
    /// `xmlns=…`, and the names of the elements directly in it.
    pub keys: Vec<String>,
    /// Keys of the first object in a list directly in the root object, for roots that several tools write.
    pub inner: Vec<String>,
    /// How a report that is neither JSON nor XML begins; empty otherwise.
    pub text: String,
}

/// What a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Root {
    /// `{…}`
    Object,
    /// `[…]` with at least one element, or cut off.
    Array,
    /// `[]`
    EmptyArray,
    /// `<…`
    Xml,
    /// A number, a text, `true`, `false` or `null`; or no JSON at all.
    Other,
}

impl Shape {
    /// Whether a key is there.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.keys.iter().any(|k| k == key)
    }

    /// Whether all keys are there.
    #[must_use]
    pub fn has_all(&self, keys: &[&str]) -> bool {
        keys.iter().all(|key| self.has(key))
    }

    /// Whether all keys are in the first object in a list directly in the root object.
    #[must_use]
    pub fn inner_has_all(&self, keys: &[&str]) -> bool {
        keys.iter().all(|key| self.inner.iter().any(|k| k == key))
    }

    /// The shape of a report of which this is the beginning. Never fails: what is not JSON has no keys, and the
    /// reader says what is wrong with it.
    #[must_use]
    pub fn of(beginning: &[u8]) -> Self {
        match Syntax::of(beginning) {
            Syntax::Json => Self::of_json(beginning),
            Syntax::Xml => Self {
                root: Root::Xml,
                keys: outline(beginning),
                inner: Vec::new(),
                text: String::new(),
            },
            Syntax::Text => {
                let head = beginning.get(..TEXT).unwrap_or(beginning);
                Self {
                    root: Root::Other,
                    keys: Vec::new(),
                    inner: Vec::new(),
                    text: String::from_utf8_lossy(head).into_owned(),
                }
            }
        }
    }

    fn of_json(beginning: &[u8]) -> Self {
        let mut scan = Scan {
            bytes: beginning,
            at: 0,
        };
        let (root, keys_at) = match scan.token() {
            Some(b'{') => (Root::Object, 1),
            Some(b'[') => match scan.token() {
                Some(b']') => (Root::EmptyArray, 0),
                Some(b'{') => (Root::Array, 2),
                _ => (Root::Array, 0),
            },
            _ => (Root::Other, 0),
        };
        let mut keys = Vec::new();
        let mut inner = Inner::default();
        let mut depth = keys_at;
        let mut at_key = true;
        while keys_at > 0 && depth >= keys_at {
            match scan.token() {
                None => break,
                Some(b'"') => {
                    let text = scan.text().map(str::to_owned);
                    if depth == keys_at && at_key {
                        keys.extend(text);
                    } else if inner.open && depth == keys_at + 2 && at_key {
                        inner.keys.extend(text);
                    }
                }
                Some(opening @ (b'{' | b'[')) => {
                    if depth == keys_at {
                        inner.in_list = opening == b'[' && root == Root::Object;
                    } else if depth == keys_at + 1 && inner.in_list && inner.keys.is_empty() {
                        inner.open = opening == b'{';
                        at_key = true;
                    }
                    depth += 1;
                }
                Some(b'}' | b']') => {
                    inner.open &= depth != keys_at + 2;
                    depth -= 1;
                }
                Some(b',') => at_key = true,
                Some(b':') => at_key = false,
                Some(_) => {}
            }
        }
        Self {
            root,
            keys,
            inner: inner.keys,
            text: String::new(),
        }
    }
}

/// What is known of the first object in a list.
#[derive(Default)]
struct Inner {
    in_list: bool,
    open: bool,
    keys: Vec<String>,
}

struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Scan<'a> {
    fn token(&mut self) -> Option<u8> {
        loop {
            let byte = *self.bytes.get(self.at)?;
            self.at += 1;
            if !byte.is_ascii_whitespace() {
                return Some(byte);
            }
        }
    }

    /// The text whose opening quote was the last token, escapes as written.
    fn text(&mut self) -> Option<&'a str> {
        let start = self.at;
        loop {
            match *self.bytes.get(self.at)? {
                b'"' => break,
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
        let text = self.bytes.get(start..self.at)?;
        self.at += 1;
        std::str::from_utf8(text).ok()
    }
}

/// Picks the one that recognises a report.
///
/// # Errors
/// When none does, or several do.
pub fn pick<T>(
    candidates: &[T],
    recognizes: impl Fn(&T) -> bool,
    name: impl Fn(&T) -> &'static str,
) -> Result<&T, ReadError> {
    let fits: Vec<&T> = candidates.iter().filter(|c| recognizes(c)).collect();
    match fits.as_slice() {
        [one] => Ok(one),
        [] => Err(ReadError::Unrecognized),
        several => Err(ReadError::Ambiguous(
            several.iter().map(|c| name(c)).collect(),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_object_in_a_list_shows_its_keys() {
        for (text, inner) in [
            (
                r#"{"a":[{"x":{"y":1},"z":["k",{"q":1}]},{"w":2}],"b":[{"v":1}]}"#,
                &["x", "z"][..],
            ),
            (
                r#"{"n":1,"o":{"p":[{"q":1}]},"l":["t"],"a":[{"x":1}]}"#,
                &["x"],
            ),
            (r#"{"a":{"x":1}}"#, &[]),
            (r#"{"a":[]}"#, &[]),
            (r#"[{"a":[{"x":1}]}]"#, &[]),
            (r#"{"a":[{"x":1,"cut"#, &["x"]),
        ] {
            assert_eq!(Shape::of(text.as_bytes()).inner, inner, "{text}");
        }
    }

    #[test]
    fn root_and_keys() {
        for (text, root, keys) in [
            (
                r#"{"a":{"x":1},"b":["y",{"z":2}],"c":"d,\"e\":1"}"#,
                Root::Object,
                &["a", "b", "c"][..],
            ),
            (r#" [ {"a":1,"b":[]}, {"c":2} ]"#, Root::Array, &["a", "b"]),
            ("[]", Root::EmptyArray, &[]),
            ("[1,2]", Root::Array, &[]),
            ("null", Root::Other, &[]),
            ("", Root::Other, &[]),
            (r#"{"a":1,"b":"cut o"#, Root::Object, &["a", "b"]),
            (r#"{"a":1,"b\"#, Root::Object, &["a"]),
        ] {
            let shape = Shape::of(text.as_bytes());
            assert_eq!(
                (shape.root, shape.keys.as_slice()),
                (
                    root,
                    &*keys.iter().map(|k| (*k).to_owned()).collect::<Vec<_>>()
                ),
                "{text}"
            );
        }
    }
}
