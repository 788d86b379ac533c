//! `waivers.toml` as text: each waiver with its place, or every mistake with its own.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use serde::Deserialize as _;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use gate_core::time::Moment;
use gate_core::waiver::{BadWaiver, Waiver};

/// Most waivers of a file: each is held against each finding.
pub(crate) const MOST: usize = 5_000;

/// Where something stands in a text, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl Place {
    /// The place of a byte.
    pub(crate) fn of(text: &str, byte: usize) -> Self {
        let before = text.get(..byte).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let column = before.get(start..).unwrap_or_default().chars().count() + 1;
        Self { line, column }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} column {}", self.line, self.column)
    }
}

/// A waiver, and where it stands.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) waiver: Waiver,
    pub(crate) place: Place,
    /// Its bytes, from its header to the end of its last value.
    pub(crate) span: Range<usize>,
}

/// Something that must not be in the file, or is missing there.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Mistake {
    pub(crate) place: Place,
    pub(crate) message: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

/// Reads waivers as of a moment, in the order of the file.
///
/// # Errors
/// With the first mistake of each waiver; where the text is no TOML, with the first of all.
pub(crate) fn read(text: &str, now: Moment) -> Result<Vec<Written>, Vec<Mistake>> {
    let mistake = |byte: usize, message: String| Mistake {
        place: Place::of(text, byte),
        message,
    };
    let table = DeTable::parse(text).map_err(|error| {
        let byte = error.span().map_or(0, |span| span.start);
        vec![mistake(byte, error.message().to_owned())]
    })?;
    let mut mistakes = Vec::new();
    let mut entries = Vec::new();
    let mut format = false;
    for (key, value) in table.into_inner() {
        let at = value.span().start;
        match (&**key.get_ref(), value.into_inner()) {
            ("format", DeValue::Integer(number)) if number.as_str() == "1" => format = true,
            ("format", _) => {
                format = true;
                let message = "`format` is not 1, which is what this program reads";
                mistakes.push(mistake(at, message.to_owned()));
            }
            ("waiver", DeValue::Array(list)) => entries = list.into_iter().collect(),
            ("waiver", _) => {
                let message = "expected `[[waiver]]`, with two brackets on each side";
                mistakes.push(mistake(at, message.to_owned()));
            }
            (other, _) => {
                let message = format!("unknown field `{other}`, expected `format` or `[[waiver]]`");
                mistakes.push(mistake(key.span().start, message));
            }
        }
    }
    if !format {
        mistakes.push(mistake(0, "missing field `format`; it is 1".to_owned()));
    }
    if entries.len() > MOST {
        let message = format!("{} waivers; at most {MOST} are read", entries.len());
        return Err(vec![mistake(0, message)]);
    }
    let mut seen = BTreeMap::new();
    let mut written = Vec::new();
    for entry in entries {
        match one(entry, now) {
            Err((byte, message)) => mistakes.push(mistake(byte, message)),
            Ok((waiver, id_at, one)) => {
                if let Some(first) = seen.insert(waiver.id.clone(), one.start) {
                    let first = Place::of(text, first).line;
                    let message = format!(
                        "waiver `{}` is there twice, first at line {first}",
                        waiver.id
                    );
                    mistakes.push(mistake(id_at, message));
                }
                written.push(Written {
                    waiver,
                    place: Place::of(text, one.start),
                    span: one,
                });
            }
        }
    }
    if mistakes.is_empty() {
        Ok(written)
    } else {
        mistakes.sort_by_key(|mistake| mistake.place);
        Err(mistakes)
    }
}

/// A field, with the places of its name and of its value.
struct Field {
    name: String,
    key: Range<usize>,
    value: Range<usize>,
}

type Misplaced = (usize, String);

/// One waiver, where its id stands, and its bytes.
fn one(
    mut entry: Spanned<DeValue<'_>>,
    now: Moment,
) -> Result<(Waiver, usize, Range<usize>), Misplaced> {
    let mut span = entry.span();
    let mut fields = Vec::new();
    let mut id = None;
    if let DeValue::Table(table) = entry.get_mut() {
        collect(table, "", &mut fields);
        if let Some(DeValue::String(text)) = table.get("id").map(Spanned::get_ref) {
            id = Some(text.to_string());
        }
        with_moments(table);
    }
    let called = |message: String| match &id {
        Some(id) => format!("waiver `{id}`: {message}"),
        None => format!("a waiver: {message}"),
    };
    let waiver = Waiver::deserialize(ValueDeserializer::from(entry)).map_err(|error| {
        let byte = error.span().map_or(span.start, |span| span.start);
        let within = |field: &&Field| field.key.contains(&byte) || field.value.contains(&byte);
        let field = fields.iter().find(within);
        // What is said of a name needs it no second time.
        let named = field.filter(|field| !field.key.contains(&byte));
        let message = error.message().replace('\n', " ");
        (
            byte,
            called(match named {
                Some(field) => format!("`{}`: {message}", field.name),
                None => message,
            }),
        )
    })?;
    let at = |name: &str| {
        let of = |field: &&Field| field.name == name;
        fields
            .iter()
            .find(of)
            .map_or(span.start, |field| field.value.start)
    };
    waiver
        .check(now)
        .map_err(|error: BadWaiver| (at(error.field()), called(error.to_string())))?;
    let id_at = at("id");
    span.end = fields
        .iter()
        .map(|field| field.value.end)
        .fold(span.end, usize::max);
    Ok((waiver, id_at, span))
}

/// All fields below a table, with the path of each.
fn collect(table: &DeTable<'_>, path: &str, fields: &mut Vec<Field>) {
    for (key, value) in table {
        let name = format!("{path}{}", key.get_ref());
        if let DeValue::Table(below) = value.get_ref() {
            collect(below, &format!("{name}."), fields);
        }
        fields.push(Field {
            name,
            key: key.span(),
            value: value.span(),
        });
    }
}

/// TOML's own moments, with date, time and offset, as the texts that a waiver has. Others stay what they are, which no
/// waiver takes.
fn with_moments(table: &mut DeTable<'_>) {
    for name in ["created", "expires"] {
        let Some(value) = table.get_mut(name) else {
            continue;
        };
        if let DeValue::Datetime(moment) = value.get_ref() {
            *value.get_mut() = DeValue::String(moment.to_string().into());
        }
    }
}

#[cfg(test)]
mod tests;
