//! XML as JSON ([`Xml`] says how). Nothing is loaded and nothing expanded: five entities and character references
//! are all there is, so that a short document can't become a long one.

use std::io::BufRead;

use quick_xml::XmlVersion;
use quick_xml::errors::Error;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::reader::Reader;

use super::{Limited, Out, Take, cut_off};
use crate::error::ReadError;
use crate::format::Xml;
use crate::splitter::MAX_DEPTH;

/// Attributes of one element.
const MAX_ATTRIBUTES: usize = 1000;

pub(super) fn transcode(
    how: Xml,
    source: &mut dyn BufRead,
    take: &mut Take<'_>,
) -> Result<(), ReadError> {
    let (source, allowance) = Limited::new(source);
    let mut reader = Reader::from_reader(source);
    let mut buffer = Vec::new();
    let mut writer = Writer {
        how,
        out: Out::new(take),
        open: Vec::new(),
        ended: false,
    };
    loop {
        buffer.clear();
        allowance.renew();
        let event = reader.read_event_into(&mut buffer);
        let done = match event {
            Ok(event) => writer.event(event),
            Err(error) => Err(error.into()),
        };
        let place = || format!("byte {}", reader.buffer_position());
        match done {
            Ok(true) => return writer.out.flush(),
            Ok(false) => {}
            Err(Complaint::Read(error)) => return Err(error),
            Err(Complaint::Xml(Error::Io(error))) => {
                let error = std::io::Error::from(error.kind());
                return Err(allowance.explain(error.into(), place));
            }
            // A text is never quoted: it may hold anything.
            Err(Complaint::Xml(error)) => {
                let what = match error {
                    Error::Encoding(_) => "it is not valid UTF-8",
                    Error::InvalidAttr(_) => "an attribute is not well-formed, or stands twice",
                    Error::Escape(_) => NO_ENTITY,
                    Error::IllFormed(_) => "an end tag does not fit its start tag",
                    _ => "it is not well-formed XML",
                };
                return Err(malformed(what, place()));
            }
            Err(Complaint::What(what)) => return Err(malformed(what, place())),
            Err(Complaint::CutOff) => return Err(cut_off(place())),
        }
    }
}

const NO_ENTITY: &str = "it uses an entity that is not one of XML's own five; none is expanded";

fn malformed(what: &str, place: String) -> ReadError {
    ReadError::Malformed {
        what: what.to_owned(),
        place,
    }
}

enum Complaint {
    Read(ReadError),
    Xml(Error),
    What(&'static str),
    CutOff,
}

impl From<Error> for Complaint {
    fn from(error: Error) -> Self {
        Self::Xml(error)
    }
}

impl From<ReadError> for Complaint {
    fn from(error: ReadError) -> Self {
        Self::Read(error)
    }
}

/// What an open element becomes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A text, unless an element comes.
    Text,
    Object,
    Array,
    Bag,
}

struct Open {
    kind: Kind,
    text: String,
    /// No element came yet.
    empty: bool,
}

struct Writer<'a, 'b> {
    how: Xml,
    out: Out<'a, 'b>,
    open: Vec<Open>,
    ended: bool,
}

impl Writer<'_, '_> {
    /// Takes an event; whether it was the last one.
    fn event(&mut self, event: Event<'_>) -> Result<bool, Complaint> {
        match event {
            Event::Start(element) => self.start(&element)?,
            Event::Empty(element) => {
                self.start(&element)?;
                self.end()?;
            }
            Event::End(_) => self.end()?,
            Event::Text(text) => self.text(&text.xml10_content())?,
            Event::CData(text) => self.text(&text.xml10_content())?,
            Event::GeneralRef(reference) => self.reference(&reference)?,
            Event::DocType(declaration) => {
                if !self.how.doctype || declaration.contains('[') {
                    return Err(Complaint::What("it has a document type declaration"));
                }
            }
            Event::Decl(declaration) => {
                let encoding = declaration.encoding().transpose().map_err(Error::from)?;
                let known = ["utf-8", "us-ascii"];
                if encoding.is_some_and(|e| !known.iter().any(|k| e.eq_ignore_ascii_case(k))) {
                    return Err(Complaint::What("it is not written in UTF-8"));
                }
            }
            Event::Comment(_) | Event::PI(_) => {}
            Event::Eof if self.ended && self.open.is_empty() => return Ok(true),
            Event::Eof => return Err(Complaint::CutOff),
        }
        self.out.flush_when_full()?;
        Ok(false)
    }

    fn start(&mut self, element: &BytesStart<'_>) -> Result<(), Complaint> {
        if self.open.len() >= MAX_DEPTH {
            return Err(Complaint::What("it nests too deep"));
        }
        let name = element.local_name();
        let name: &str = name.as_ref();
        let inside = self.open_parent(name)?;
        let attributes = attributes(element)?;
        let named = matches!(inside, Kind::Array | Kind::Bag);
        let kind = if self.how.arrays.contains(&name) {
            Kind::Array
        } else if self.how.bags.contains(&name) {
            Kind::Bag
        } else if inside == Kind::Bag || !attributes.is_empty() {
            Kind::Object
        } else {
            Kind::Text
        };
        let mut empty = true;
        match kind {
            Kind::Text => {}
            Kind::Array if attributes.iter().all(|(key, _)| key.starts_with("@xmlns")) => {
                self.out.raw("[");
            }
            Kind::Array => {
                return Err(Complaint::What(
                    "a list has attributes, which have no place",
                ));
            }
            Kind::Object | Kind::Bag => {
                self.out.raw("{");
                let name = named.then(|| ("#name".to_owned(), name.to_owned()));
                for (key, value) in name.into_iter().chain(attributes) {
                    self.separate(&mut empty);
                    self.out.member(&key, &value)?;
                }
                if kind == Kind::Bag {
                    self.separate(&mut empty);
                    self.out.raw("\"#items\":[");
                    empty = true;
                }
            }
        }
        self.open.push(Open {
            kind,
            text: String::new(),
            empty,
        });
        Ok(())
    }

    fn separate(&mut self, empty: &mut bool) {
        if !*empty {
            self.out.raw(",");
        }
        *empty = false;
    }

    /// Prepares the element that is open for one more of this name in it; tells what the open one is.
    fn open_parent(&mut self, name: &str) -> Result<Kind, Complaint> {
        let Some(parent) = self.open.last_mut() else {
            if self.ended {
                return Err(Complaint::What("it has two roots"));
            }
            self.out.raw("{");
            self.out.value(name)?;
            self.out.raw(":");
            self.ended = true;
            return Ok(Kind::Object);
        };
        let mut empty = std::mem::replace(&mut parent.empty, false);
        if parent.kind == Kind::Text {
            parent.kind = Kind::Object;
            self.out.raw("{");
            empty = true;
        }
        let kind = parent.kind;
        if !empty {
            self.out.raw(if kind == Kind::Object { "," } else { ",\n" });
        }
        if kind == Kind::Object {
            self.out.value(name)?;
            self.out.raw(":");
        }
        Ok(kind)
    }

    fn end(&mut self) -> Result<(), Complaint> {
        let Some(open) = self.open.pop() else {
            return Err(Complaint::What("an end tag has no start tag"));
        };
        let text = open.text.trim();
        match open.kind {
            Kind::Text => self.out.value(&open.text)?,
            Kind::Array => self.out.raw("]"),
            Kind::Object | Kind::Bag => {
                let bag = open.kind == Kind::Bag;
                self.out.raw(if bag { "]" } else { "" });
                if !text.is_empty() {
                    self.out.raw(if open.empty && !bag { "" } else { "," });
                    self.out.member("#text", &open.text)?;
                }
                self.out.raw("}");
            }
        }
        if self.open.is_empty() {
            self.out.raw("}\n");
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), Complaint> {
        match self.open.last_mut() {
            Some(open) if open.kind != Kind::Array => {
                open.text.push_str(text);
                Ok(())
            }
            _ if text.trim().is_empty() => Ok(()),
            _ => Err(Complaint::What("a text stands where none belongs")),
        }
    }

    fn reference(&mut self, reference: &BytesRef<'_>) -> Result<(), Complaint> {
        if let Some(character) = reference.resolve_char_ref()? {
            return self.text(character.encode_utf8(&mut [0; 4]));
        }
        match resolve_predefined_entity(reference) {
            Some(text) => self.text(text),
            None => Err(Complaint::What(NO_ENTITY)),
        }
    }
}

/// The attributes of an element: `@` and their name, without its prefix but for `xmlns`.
fn attributes(element: &BytesStart<'_>) -> Result<Vec<(String, String)>, Complaint> {
    let mut all = Vec::new();
    for attribute in element.attributes() {
        let attribute = attribute.map_err(Error::from)?;
        let key: &str = attribute.key.as_ref();
        let key = match key.split_once(':') {
            Some(("xmlns", _)) | None => key,
            Some((_, local)) => local,
        };
        let value = attribute.normalized_value(XmlVersion::Implicit1_0)?;
        all.push((format!("@{key}"), value.into_owned()));
        if all.len() > MAX_ATTRIBUTES {
            return Err(Complaint::What("an element has too many attributes"));
        }
    }
    Ok(all)
}

/// What a document that begins so looks like from outside: the name of its root, its namespace as `xmlns=…`, and the
/// names of the elements directly in it.
pub(crate) fn outline(beginning: &[u8]) -> Vec<String> {
    const MOST: usize = 64;
    let mut reader = Reader::from_reader(beginning);
    let mut buffer = Vec::new();
    let mut names: Vec<String> = Vec::new();
    let mut depth = 0_usize;
    while names.len() < MOST {
        buffer.clear();
        let (element, opens) = match reader.read_event_into(&mut buffer) {
            Ok(Event::Start(element)) => (element, 1),
            Ok(Event::Empty(element)) => (element, 0),
            Ok(Event::End(_)) => {
                depth = depth.saturating_sub(1);
                continue;
            }
            Ok(Event::Eof) | Err(_) => break,
            Ok(_) => continue,
        };
        let name = element.local_name();
        let name: &str = name.as_ref();
        if depth == 0 {
            names.push(name.to_owned());
            if let Ok(Some(space)) = element.try_get_attribute("xmlns") {
                names.push(format!("xmlns={}", space.value));
            }
        } else if depth == 1 && !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
        depth += opens;
    }
    names
}
