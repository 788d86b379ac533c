//! What an adapter says of itself, as a constant.

use super::wit;

/// What an adapter says of itself.
#[derive(Debug, Clone, Copy)]
pub struct Description {
    /// The tool's name: lower-case letters, digits and hyphens. Every finding carries it.
    pub tool: &'static str,
    /// Version of the adapter; usually `env!("CARGO_PKG_VERSION")`.
    pub version: &'static str,
    /// How the tool writes its report.
    pub format: Format,
    /// Where records are, such as `/runs/*/issues/*`: `*` is every element of an array, `{}` every member of an
    /// object, and the empty text every object that stands on its own (JSON lines). 1 to 32.
    pub lists: &'static [&'static str],
    /// Keys whose texts are replaced before the adapter sees them.
    pub sensitive: &'static [Sensitive],
    /// Keys of the root, or of the first object of a root array, which all have to be there for a report that nobody
    /// named the tool of. Of XML: names of the root and of elements directly in it. Of rows and lines: words of the
    /// first line. None: the tool has to be named.
    pub recognized_by: &'static [&'static str],
    /// What the tool's exit codes mean.
    pub exits: Exits,
    /// What is read, for people: format, command and versions.
    pub reads: &'static str,
    /// Where severities come from, for people.
    pub severity: &'static str,
    /// When a report is complete, for people.
    pub completeness: &'static str,
}

/// How a tool writes its report. Whatever it is, the adapter gets JSON.
#[derive(Debug, Clone, Copy)]
pub enum Format {
    /// One JSON document.
    Json,
    /// JSON documents one after the other, most often one on each line.
    JsonLines,
    /// XML, and how it becomes JSON.
    Xml(Xml),
    /// Rows with this character between their fields; the first row names the columns. Each row becomes an object of
    /// texts, and the report an array of them: the list is `/*`.
    Csv(char),
    /// Text. Each line that is not blank becomes `{"text": …, "secret": ""}`, and the report an array: the list is
    /// `/*`.
    Lines,
    /// Text whose lines may hold secrets as a whole. Each becomes `{"text": "", "secret": …}`, the secret replaced.
    SecretLines,
}

/// How XML becomes JSON. Names lose their prefix. An element is a text when it has neither attributes nor elements in
/// it, and an object otherwise: its attributes are `@name`, its text is `#text`, its elements are keys.
#[derive(Debug, Clone, Copy)]
pub struct Xml {
    /// Elements that hold nothing but a list: they become an array of their elements. An object in it has the
    /// element's name as `#name`.
    pub arrays: &'static [&'static str],
    /// Elements that hold attributes and elements of any name in any order: they become an object of their
    /// attributes, with the elements as an array under `#items`.
    pub bags: &'static [&'static str],
    /// Whether a document type declaration is let through. Nothing is loaded.
    pub doctype: bool,
}

/// A key of the report whose texts are replaced, at any depth, with all texts below it.
#[derive(Debug, Clone, Copy)]
pub struct Sensitive {
    key: &'static str,
    under: Option<&'static str>,
    kind: Sensitivity,
}

/// What a sensitive text is.
#[derive(Debug, Clone, Copy)]
pub enum Sensitivity {
    /// A secret, or a line around one.
    Secret,
    /// Source text, which may hold anything.
    Source,
    /// A message that quotes a secret after this beginning; other messages are left alone.
    After(&'static str),
    /// A text in which a plain digest of a secret may stand. Only the digests are replaced.
    Digests,
    /// Known to be none, although the key, or what it stands below, is sensitive elsewhere. Only a text or a number
    /// itself is spared, nothing in a list or an object.
    Spared,
    /// A message that may quote source text: from its first quotation mark to its last one it is replaced.
    Quotes,
    /// The same, and where there is a colon, all that follows it.
    QuotesAndColon,
    /// A web address: what can hold a credential in it is replaced, so that host and path stay readable.
    Address,
}

/// Names a secret key of the report.
#[must_use]
pub const fn secret(key: &'static str) -> Sensitive {
    sensitive(key, Sensitivity::Secret)
}

/// Names a key that holds source text.
#[must_use]
pub const fn source(key: &'static str) -> Sensitive {
    sensitive(key, Sensitivity::Source)
}

/// Names a key whose text quotes a secret when it begins so.
#[must_use]
pub const fn after(key: &'static str, beginning: &'static str) -> Sensitive {
    sensitive(key, Sensitivity::After(beginning))
}

/// Names a key under which plain digests of secrets may stand.
#[must_use]
pub const fn digests(key: &'static str) -> Sensitive {
    sensitive(key, Sensitivity::Digests)
}

/// Names a key of the objects under another key that is left alone, although it is sensitive elsewhere.
#[must_use]
pub const fn spared_under(under: &'static str, key: &'static str) -> Sensitive {
    sensitive(key, Sensitivity::Spared).under(under)
}

/// Names a key whose message may quote source text between quotation marks.
#[must_use]
pub const fn quotes(key: &'static str) -> Sensitive {
    sensitive(key, Sensitivity::Quotes)
}

/// Names a key whose message may quote source text between quotation marks, or after a colon.
#[must_use]
pub const fn quotes_and_colon(key: &'static str) -> Sensitive {
    sensitive(key, Sensitivity::QuotesAndColon)
}

/// Names a key that holds a web address.
#[must_use]
pub const fn address(key: &'static str) -> Sensitive {
    sensitive(key, Sensitivity::Address)
}

const fn sensitive(key: &'static str, kind: Sensitivity) -> Sensitive {
    Sensitive {
        key,
        under: None,
        kind,
    }
}

impl Sensitive {
    /// What a key's texts are in an object under another key, as far as this says.
    #[cfg(feature = "json")]
    pub(super) fn kind_of(&self, key: &str, under: Option<&str>) -> Option<Sensitivity> {
        let here = self.key == key && (self.under.is_none() || self.under == under);
        here.then_some(self.kind)
    }

    /// Only in an object under this key, itself or in a list.
    #[must_use]
    pub const fn under(self, key: &'static str) -> Self {
        Self {
            under: Some(key),
            ..self
        }
    }
}

/// What a tool's exit codes mean. A code that is in neither list is a run that failed.
#[derive(Debug, Clone, Copy)]
pub struct Exits {
    /// The run ended well.
    pub ended: &'static [i32],
    /// The run ended well and found something.
    pub found: &'static [i32],
}

impl Exits {
    /// Nothing was found with 0, something with 1: most scanners.
    pub const ONE_WHEN_FOUND: Self = Self {
        ended: &[0],
        found: &[1],
    };
    /// 0 whatever was found; 1 where the tool was told to say so.
    pub const ONE_ON_DEMAND: Self = Self {
        ended: &[0, 1],
        found: &[],
    };
    /// 0 whatever was found.
    pub const ZERO: Self = Self {
        ended: &[0],
        found: &[],
    };
}

impl Description {
    /// As the host sees it.
    #[doc(hidden)]
    #[must_use]
    pub fn to_wit(&self) -> wit::Description {
        wit::Description {
            tool: self.tool.to_owned(),
            version: self.version.to_owned(),
            format: self.format.to_wit(),
            lists: texts(self.lists),
            sensitive: self.sensitive.iter().map(|s| s.to_wit()).collect(),
            recognized_by: texts(self.recognized_by),
            exits: wit::Exits {
                ended: self.exits.ended.to_vec(),
                found: self.exits.found.to_vec(),
            },
            reads: self.reads.to_owned(),
            severity: self.severity.to_owned(),
            completeness: self.completeness.to_owned(),
        }
    }
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

impl Format {
    fn to_wit(self) -> wit::Format {
        match self {
            Self::Json => wit::Format::Json,
            Self::JsonLines => wit::Format::JsonLines,
            Self::Xml(xml) => wit::Format::Xml(wit::Xml {
                arrays: texts(xml.arrays),
                bags: texts(xml.bags),
                doctype: xml.doctype,
            }),
            Self::Csv(delimiter) => wit::Format::Csv(delimiter),
            Self::Lines => wit::Format::Lines(wit::Line::Plain),
            Self::SecretLines => wit::Format::Lines(wit::Line::Secret),
        }
    }
}

impl Sensitive {
    fn to_wit(self) -> wit::Sensitive {
        wit::Sensitive {
            key: self.key.to_owned(),
            under: self.under.map(str::to_owned),
            kind: match self.kind {
                Sensitivity::Secret => wit::Sensitivity::Secret,
                Sensitivity::Source => wit::Sensitivity::Source,
                Sensitivity::After(beginning) => wit::Sensitivity::After(beginning.to_owned()),
                Sensitivity::Digests => wit::Sensitivity::Digests,
                Sensitivity::Spared => wit::Sensitivity::Spared,
                Sensitivity::Quotes => wit::Sensitivity::Quotes,
                Sensitivity::QuotesAndColon => wit::Sensitivity::QuotesAndColon,
                Sensitivity::Address => wit::Sensitivity::Address,
            },
        }
    }
}
