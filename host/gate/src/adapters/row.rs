//! A component as a row of the table of adapters.

use gate_adapters::adapter::{Adapter, Exits, Reader};
use gate_adapters::format::{Format, Xml};
use gate_adapters::redact::{Kind, Sensitive};
use gate_adapters::shape::{Root, Shape};
use gate_core::digest::Digest;
use gate_runtime::adapter::{self, Description, LoadedAdapter, Sensitivity};

use super::reader::ComponentReader;

/// Makes the row. It lives as long as the program, as the rows of the program's own adapters do: a process loads each
/// component once, and everything that reads reports may then hold rows without asking whose they are.
pub(super) fn leak(loaded: &LoadedAdapter) -> &'static Adapter {
    let loaded: &'static LoadedAdapter = Box::leak(Box::new(loaded.clone()));
    let description: &'static Description = &loaded.description;
    let tool = &*description.tool;
    let format = format(&description.format);
    Box::leak(Box::new(Adapter {
        tool,
        id: loaded.id().leak(),
        reads: &description.reads,
        severity: &description.severity,
        completeness: &description.completeness,
        format,
        lists: texts(&description.lists),
        unread: &[],
        sensitive: sensitive(description),
        exits: Exits {
            ended: &description.exits.ended,
            found: &description.exits.found,
        },
        recognizes: Box::leak(Box::new(|shape: &Shape| recognizes(description, shape))),
        start: Box::leak(Box::new(move || -> Box<dyn Reader> {
            Box::new(ComponentReader::new(loaded, tool, format))
        })),
    }))
}

/// The digest in the identifier of an adapter that is a component, such as `acme-json@1.0.0+sha256:…`.
pub(super) fn digest(id: &str) -> Option<Digest> {
    id.split_once('+')?.1.parse().ok()
}

fn texts(texts: &'static [String]) -> &'static [&'static str] {
    texts.iter().map(String::as_str).collect::<Vec<_>>().leak()
}

fn format(described: &'static adapter::Format) -> Format {
    match described {
        adapter::Format::Json => Format::Json,
        adapter::Format::JsonLines => Format::JsonLines,
        adapter::Format::Xml {
            arrays,
            bags,
            doctype,
        } => Format::Xml(Xml {
            arrays: texts(arrays),
            bags: texts(bags),
            doctype: *doctype,
        }),
        adapter::Format::Csv(delimiter) => Format::Csv(*delimiter),
        adapter::Format::Lines => Format::Lines(str::len),
        adapter::Format::SecretLines => Format::Lines(|_| 0),
    }
}

fn sensitive(description: &'static Description) -> &'static [Sensitive] {
    let described = description.sensitive.iter().map(|sensitive| Sensitive {
        key: &sensitive.key,
        under: sensitive.under.as_deref(),
        kind: match &sensitive.kind {
            Sensitivity::Secret => Kind::Secret,
            Sensitivity::Source => Kind::Source,
            Sensitivity::After(beginning) => Kind::After(Box::leak(Box::new([beginning.as_str()]))),
            Sensitivity::Digests => Kind::Digests,
            Sensitivity::Spared => Kind::Spared,
            Sensitivity::Quotes => Kind::Quotes { colon: false },
            Sensitivity::QuotesAndColon => Kind::Quotes { colon: true },
            Sensitivity::Address => Kind::Address,
        },
    });
    // The key under which a line stands that may be a secret: not for the adapter to forget.
    let lines = (description.format == adapter::Format::SecretLines)
        .then(|| gate_adapters::redact::secret("secret"));
    lines
        .into_iter()
        .chain(described)
        .collect::<Vec<_>>()
        .leak()
}

fn recognizes(description: &Description, shape: &Shape) -> bool {
    let marks = &description.recognized_by;
    let in_first_line = || {
        let mut lines = shape.text.lines().filter(|line| !line.trim().is_empty());
        let first = lines.next().unwrap_or_default();
        marks.iter().all(|mark| first.contains(mark.as_str()))
    };
    let as_keys = || marks.iter().all(|mark| shape.has(mark));
    !marks.is_empty()
        && match (&description.format, shape.root) {
            (adapter::Format::Json, Root::Object | Root::Array)
            | (adapter::Format::JsonLines, Root::Object | Root::Array)
            | (adapter::Format::Xml { .. }, Root::Xml) => as_keys(),
            (
                adapter::Format::Csv(_) | adapter::Format::Lines | adapter::Format::SecretLines,
                Root::Other,
            ) => in_first_line(),
            _ => false,
        }
}
