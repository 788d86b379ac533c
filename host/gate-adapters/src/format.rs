//! How a report is written. Whatever it is, it is turned into JSON while it streams in: the splitter, the
//! redaction, the accounting and the pointers are the same for all formats, and what is kept of a report that is
//! not JSON is its transcription.

/// How a report is written.
#[derive(Clone, Copy, Debug)]
pub enum Format {
    /// One JSON document.
    Json,
    /// JSON documents one after the other, most often one on each line. Each object, or each element of an
    /// array, is a record. No document at all is a report only when the scanner's exit code says that it ended well.
    JsonLines,
    /// XML, turned into JSON as [`Xml`] says.
    Xml(Xml),
    /// Rows of fields with this byte between them; the first row names the columns. Each row becomes an object.
    Csv(u8),
    /// Text. Each line that is not blank becomes `{"text": …, "secret": …}`; the function tells how many bytes of
    /// the line are `text`. The rest, where it can be a secret, is `secret`, and the adapter's row names that key.
    Lines(fn(&str) -> usize),
}

/// How XML becomes JSON. Names lose their prefix. An element is a text when it has neither attributes nor
/// elements in it, and an object otherwise: its attributes are `@name`, its text is `#text`, its elements are
/// keys. A name that comes twice in such an object is an error, not a choice.
#[derive(Clone, Copy, Debug)]
pub struct Xml {
    /// Elements that hold nothing but a list: they become an array of their elements. An object in it has the
    /// element's name as `#name`.
    pub arrays: &'static [&'static str],
    /// Elements that hold attributes and elements of any name in any order: they become an object of their
    /// attributes, with the elements as an array under `#items`, each an object with its name as `#name`.
    pub bags: &'static [&'static str],
    /// Whether a document type declaration is let through. It must have no internal subset, and nothing is loaded.
    pub doctype: bool,
}

/// What a report's first character tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Syntax {
    /// `{`, `[` or `"`, or nothing at all.
    Json,
    /// `<`
    Xml,
    /// Anything else.
    Text,
}

impl Syntax {
    /// What a report that begins so is.
    #[must_use]
    pub fn of(beginning: &[u8]) -> Self {
        let beginning = beginning.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(beginning);
        match beginning.iter().find(|b| !b.is_ascii_whitespace()) {
            Some(b'<') => Self::Xml,
            Some(b'{' | b'[' | b'"') | None => Self::Json,
            Some(_) => Self::Text,
        }
    }
}

impl Format {
    /// The format of what is kept of a report of this format.
    #[must_use]
    pub const fn kept(self) -> Self {
        match self {
            Self::JsonLines => Self::JsonLines,
            Self::Json | Self::Xml(_) | Self::Csv(_) | Self::Lines(_) => Self::Json,
        }
    }

    /// How a report of this format begins.
    #[must_use]
    pub const fn syntax(self) -> Syntax {
        match self {
            Self::Json | Self::JsonLines => Syntax::Json,
            Self::Xml(_) => Syntax::Xml,
            Self::Csv(_) | Self::Lines(_) => Syntax::Text,
        }
    }
}
