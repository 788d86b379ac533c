//! The texts of findings.

use std::borrow::{Borrow, Cow};
use std::cell::RefCell;
use std::fmt;
use std::ops::{Deref, Range};

use arcstr::{ArcStr, Substr};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Text of a finding. Untrusted: whoever prints it escapes it for the sink.
///
/// It is a part of a buffer that texts share, and of the size of a pointer and a length. A copy costs no memory; most of
/// what a scanner writes of a finding it writes of its neighbours, too ([`super::Packer`]).
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(Substr);

impl Text {
    /// The empty text.
    #[must_use]
    pub const fn new() -> Self {
        Self(Substr::new())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads something from a text; the texts that are read are then parts of one copy of it, if they stand in it as
    /// they are. Only memory and time depend on it.
    pub fn sharing<T>(from: &str, read: impl FnOnce() -> T) -> T {
        /// Ends the sharing, whatever becomes of the reading.
        struct End(Option<Shared>);
        impl Drop for End {
            fn drop(&mut self) {
                SHARED.replace(self.0.take());
            }
        }
        let copy = Shared {
            address: from.as_ptr().addr(),
            copy: from.into(),
        };
        let _end = End(SHARED.replace(Some(copy)));
        read()
    }

    /// A part of a buffer; the empty text where it is none.
    pub(super) fn part(buffer: &ArcStr, range: Range<usize>) -> Self {
        match buffer.get(range) {
            Some(part) if !part.is_empty() => Self(buffer.substr_from(part)),
            _ => Self::new(),
        }
    }
}

thread_local! {
    static SHARED: RefCell<Option<Shared>> = const { RefCell::new(None) };
}

/// A text that is being read, by where it stands, and its copy.
struct Shared {
    address: usize,
    copy: ArcStr,
}

impl Shared {
    /// A text that is read, as a part of the copy.
    fn part(&self, text: &str) -> Option<Text> {
        let begin = text.as_ptr().addr().checked_sub(self.address)?;
        let part = self.copy.get(begin..begin.checked_add(text.len())?)?;
        (part == text).then(|| Text(self.copy.substr_from(part)))
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        self
    }
}

impl Borrow<str> for Text {
    fn borrow(&self) -> &str {
        self
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&**self, f)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<&Text> for Text {
    fn from(text: &Text) -> Self {
        text.clone()
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        text.as_str().into()
    }
}

impl From<Cow<'_, str>> for Text {
    fn from(text: Cow<'_, str>) -> Self {
        (&*text).into()
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.as_str().to_owned()
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Text;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Text, E> {
                let shared = SHARED.with_borrow(|shared| shared.as_ref()?.part(text));
                Ok(shared.unwrap_or_else(|| text.into()))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Text, E> {
                Ok(text.into())
            }
        }

        deserializer.deserialize_str(Visitor)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Text {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Text".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        str::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_what_stands_there_shared_or_not() {
        let json = r#"["a","","b\u0041","éc"]"#;
        let read = || serde_json::from_str::<Vec<Text>>(json).unwrap();
        let shared = Text::sharing(json, read);
        assert_eq!(shared, ["a", "", "bA", "éc"].map(Text::from));
        assert_eq!(shared, read());
        // Of another text nothing is taken, though it is read meanwhile.
        let other = Text::sharing("[\"x\"]", read);
        assert_eq!(shared, other);
        let buffer = |text: &Text| text.0.parent().as_ptr();
        assert_eq!(buffer(&shared[0]), buffer(&shared[3]));
        assert_ne!(buffer(&other[0]), buffer(&other[3]));
    }
}
