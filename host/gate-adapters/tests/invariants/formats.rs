//! Rows that are made for the formats themselves: each way of writing a report, lists in odd places, and a sensitive
//! key of each kind. And the splitter by itself, compared with a reader that is simple.

use gate_adapters::adapter::{Adapter, Exits, Findings, Reader, Record, RecordError, Run};
use gate_adapters::error::ReadError;
use gate_adapters::format::{Format, Xml};
use gate_adapters::redact::{
    Redactor, Sensitive, address, after, digests, quotes, quotes_after_colon, secret, secret_under,
    source, spared_under,
};
use gate_adapters::splitter::{At, Sink, Splitter};
use gate_core::finding::{Class, Finding};
use gate_core::scan_report::Completeness;
use gate_core::severity::{Level, Severity};
use serde_json::Value;

use super::family::Header;

/// The rows. A new one is added at the end, as in [`super::family`].
pub static ROWS: &[&Adapter] = &[&JSON, &JSON_LINES, &XML, &CSV, &TSV, &LINES, &DOCUMENTS];

static JSON: Adapter = row(
    "made-json@1",
    Format::Json,
    &["/a/*/b/*", "/a/*", "/c/{}/*", "/d/{}", "/*"],
);
static JSON_LINES: Adapter = row("made-lines@1", Format::JsonLines, &["", "/*"]);
static DOCUMENTS: Adapter = row("made-documents@1", Format::JsonLines, &["/a/*"]);
static CSV: Adapter = row("made-csv@1", Format::Csv(b','), &["/*"]);
static TSV: Adapter = row("made-tsv@1", Format::Csv(b'\t'), &["/*"]);
static LINES: Adapter = row(
    "made-text@1",
    Format::Lines(|line| line.find('=').map_or(line.len(), |at| at + 1)),
    &["/*"],
);
static XML: Adapter = row(
    "made-xml@1",
    Format::Xml(Xml {
        arrays: &["list"],
        bags: &["bag"],
        doctype: true,
    }),
    &[
        "/root/list/*",
        "/root/bag/#items/*",
        "/bag/#items/*",
        "/list/*",
    ],
);

const SENSITIVE: &[Sensitive] = &[
    secret("secret"),
    source("source"),
    after("message", &["beginning: ", "other: "]),
    digests("digest"),
    quotes("quotes"),
    quotes_after_colon("colon"),
    address("url"),
    secret_under("inner", "value"),
    spared_under("open", "secret"),
    secret("@secret"),
];

const fn row(id: &'static str, format: Format, lists: &'static [&'static str]) -> Adapter {
    Adapter {
        tool: "made",
        id,
        reads: id,
        severity: "",
        completeness: "",
        format,
        lists,
        unread: &[],
        sensitive: SENSITIVE,
        exits: Exits::ONE_WHEN_FOUND,
        recognizes: &|_| true,
        start: &|| Box::new(Made),
    }
}

/// Every object is a finding that holds all of it, every text has passed, and the rest can't be understood.
struct Made;

impl Reader for Made {
    fn record(&mut self, record: &Record<'_>, findings: &mut Findings) -> Result<(), RecordError> {
        let value: Value = serde_json::from_slice(record.json)?;
        match value {
            Value::Object(_) => {
                let severity = Severity::default_of_tool(Level::High);
                let title = value.to_string();
                let finding =
                    Finding::new("made", Class::Lint, "R", severity, title, record.evidence());
                findings.push(finding, record.outer_index());
                Ok(())
            }
            Value::String(_) => {
                findings.passed();
                Ok(())
            }
            _ => Err(RecordError::Shape(
                "neither an object nor a text".to_owned(),
            )),
        }
    }

    fn finish(&mut self, envelope: &[u8]) -> Result<Run, ReadError> {
        for document in gate_adapters::envelope::documents("made", envelope) {
            document?;
        }
        Ok(Run::new(Completeness::Complete))
    }
}

/// Lists that chance combines.
const LISTS: [&str; 8] = [
    "/*", "/{}", "/a/*", "/a/*/b/*", "/*/a", "/{}/{}", "/a/{}/*", "/*/*",
];

/// Records with their lists, and what is left.
#[derive(Debug, Default, PartialEq)]
struct Split {
    records: Vec<(usize, Value)>,
    odd: bool,
}

impl Sink for Split {
    fn record(&mut self, at: &At<'_>, json: &[u8]) -> Result<(), ReadError> {
        match serde_json::from_slice(json) {
            Ok(value) => self.records.push((at.list, value)),
            Err(_) => self.odd = true,
        }
        Ok(())
    }

    fn twin(&mut self, _: &[u8]) -> Result<(), ReadError> {
        Ok(())
    }
}

/// Splits by some of the lists: in pieces as at once, and as a reader of whole documents would.
pub fn check_splitter(header: Header, report: &[u8]) {
    let chosen = |(at, list): (usize, &&'static str)| (header.row >> at & 1 == 1).then_some(*list);
    let lists: Vec<&'static str> = LISTS.iter().enumerate().filter_map(chosen).collect();
    let split = |size: usize| -> Option<(Split, Vec<u8>)> {
        let mut splitter = Splitter::new(&lists, Redactor::off());
        let mut found = Split::default();
        for piece in report.chunks(size) {
            splitter.feed(piece, &mut found).ok()?;
        }
        Some((found, splitter.finish().ok()?))
    };
    let whole = split(report.len().max(1));
    assert_eq!(
        whole,
        split(usize::from(header.chance) + 1),
        "cut into pieces"
    );

    let simple = serde_json::from_slice::<Value>(report);
    let (Some((found, envelope)), Ok(document)) = (whole, simple) else {
        return;
    };
    let mut records = Vec::new();
    collect(&document, &lists, &mut Vec::new(), &mut records);
    // The members of an object come in the order of the report there, and of their names here.
    let in_order = |records: Vec<(usize, Value)>| {
        let mut records: Vec<_> = records
            .into_iter()
            .map(|(list, value)| (list, value.to_string()))
            .collect();
        records.sort();
        records
    };
    assert_eq!(in_order(found.records), in_order(records));
    assert!(serde_json::from_slice::<Value>(&envelope).is_ok());
}

/// Every value on the way of a list; nothing that is in such a value.
fn collect<'a>(
    value: &'a Value,
    lists: &[&str],
    way: &mut Vec<Option<&'a str>>,
    found: &mut Vec<(usize, Value)>,
) {
    let fits = |list: &&str| {
        let steps: Vec<&str> = list.split('/').skip(1).collect();
        let step = |(step, name): (&&str, &Option<&str>)| match (*step, name) {
            ("*", name) => name.is_none(),
            ("{}", name) => name.is_some(),
            (key, name) => *name == Some(key),
        };
        steps.len() == way.len() && steps.iter().zip(way.iter()).all(step)
    };
    if let Some(list) = lists.iter().position(fits) {
        found.push((list, value.clone()));
        return;
    }
    match value {
        Value::Array(all) => {
            for value in all {
                way.push(None);
                collect(value, lists, way, found);
                way.pop();
            }
        }
        Value::Object(members) => {
            for (name, value) in members {
                way.push(Some(name));
                collect(value, lists, way, found);
                way.pop();
            }
        }
        _ => {}
    }
}
