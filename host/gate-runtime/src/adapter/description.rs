//! What an adapter says of itself, checked.

use gate_core::gate::is_name;
use gate_core::request::Limits;

use super::{AdapterFailure, wit};
use crate::sandbox::Fault;

/// Most lists of records: what the splitter can tell apart.
const MAX_LISTS: usize = 32;
/// Most entries in each other list.
const MAX_ENTRIES: usize = 200;
/// Longest version, in bytes.
const MAX_VERSION: usize = 64;

/// What an adapter says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// The tool's name, in lower case.
    pub tool: String,
    /// Version of the adapter.
    pub version: String,
    /// How the tool writes its report.
    pub format: Format,
    /// Where records are.
    pub lists: Vec<String>,
    /// What is replaced before the adapter sees it.
    pub sensitive: Vec<Sensitive>,
    /// By what a report is recognised; empty when the tool has to be named.
    pub recognized_by: Vec<String>,
    /// What the tool's exit codes mean.
    pub exits: Exits,
    /// What is read, for people.
    pub reads: String,
    /// Where severities come from, for people.
    pub severity: String,
    /// When a report is complete, for people.
    pub completeness: String,
}

/// How a tool writes its report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Format {
    /// One JSON document.
    Json,
    /// JSON documents one after the other.
    JsonLines,
    /// XML, and how it becomes JSON.
    Xml {
        /// Elements that become an array of their elements.
        arrays: Vec<String>,
        /// Elements that become an object with an array under `#items`.
        bags: Vec<String>,
        /// Whether a document type declaration is let through.
        doctype: bool,
    },
    /// Rows with this ASCII character between their fields.
    Csv(u8),
    /// Lines of text.
    Lines,
    /// Lines of text that may hold secrets as a whole.
    SecretLines,
}

impl Format {
    /// The word for it, as in an adapter's identifier.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::JsonLines => "jsonl",
            Self::Xml { .. } => "xml",
            Self::Csv(_) => "csv",
            Self::Lines | Self::SecretLines => "lines",
        }
    }
}

/// A key whose texts are replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sensitive {
    /// The key.
    pub key: String,
    /// Only in an object under this key.
    pub under: Option<String>,
    /// What its texts are.
    pub kind: Sensitivity,
}

/// What a sensitive text is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sensitivity {
    /// A secret, or a line around one.
    Secret,
    /// Source text.
    Source,
    /// A message that quotes a secret after this beginning.
    After(String),
    /// A text in which a plain digest of a secret may stand.
    Digests,
    /// Known to be none, although it is sensitive elsewhere.
    Spared,
    /// A message that may quote source text.
    Quotes,
    /// The same, and a colon begins a quotation, too.
    QuotesAndColon,
    /// A web address.
    Address,
}

/// What a tool's exit codes mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exits {
    /// The run ended well.
    pub ended: Vec<i32>,
    /// The run ended well and found something.
    pub found: Vec<i32>,
}

impl Description {
    pub(super) fn new(from: wit::Description, limits: &Limits) -> Result<Self, AdapterFailure> {
        let description = Self {
            tool: from.tool,
            version: from.version,
            format: format(from.format)?,
            lists: from.lists,
            sensitive: from.sensitive.into_iter().map(sensitive).collect(),
            recognized_by: from.recognized_by,
            exits: Exits {
                ended: from.exits.ended,
                found: from.exits.found,
            },
            reads: from.reads,
            severity: from.severity,
            completeness: from.completeness,
        };
        let most = limits.text_bytes as usize;
        if description.texts().iter().any(|text| text.len() > most) {
            return Err(Fault::AnswerTooLarge.into());
        }
        description.check().map_err(AdapterFailure::Description)?;
        Ok(description)
    }

    /// Every text in it.
    fn texts(&self) -> Vec<&String> {
        let mut texts = vec![
            &self.tool,
            &self.version,
            &self.reads,
            &self.severity,
            &self.completeness,
        ];
        texts.extend(self.lists.iter().chain(&self.recognized_by));
        if let Format::Xml { arrays, bags, .. } = &self.format {
            texts.extend(arrays.iter().chain(bags));
        }
        for Sensitive { key, under, kind } in &self.sensitive {
            texts.push(key);
            texts.extend(under);
            if let Sensitivity::After(beginning) = kind {
                texts.push(beginning);
            }
        }
        texts
    }

    /// Refuses a description that can't be true, with the first thing that is wrong, as a sentence without subject.
    fn check(&self) -> Result<(), String> {
        if !is_name(&self.tool) {
            return Err("has a tool that is not lower-case letters, digits and hyphens".to_owned());
        }
        let versions = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
        if self.version.is_empty()
            || self.version.len() > MAX_VERSION
            || !self.version.chars().all(versions)
        {
            return Err(
                "has a version that is not 1 to 64 letters, digits, points and hyphens".to_owned(),
            );
        }
        if self.lists.is_empty() || self.lists.len() > MAX_LISTS {
            return Err(format!(
                "names no list of records, or more than {MAX_LISTS}"
            ));
        }
        let stands_alone = |list: &String| list.is_empty() && self.format == Format::JsonLines;
        let leads = |list: &String| {
            let mut steps = list.split('/');
            steps.next() == Some("")
                && steps.clone().all(|step| !step.is_empty())
                && steps.any(|step| step == "*" || step == "{}")
        };
        if let Some(list) = self.lists.iter().find(|l| !stands_alone(l) && !leads(l)) {
            return Err(format!(
                "names `{list}`, which is no list of records such as `/issues/*`"
            ));
        }
        let entries = [
            self.sensitive.len(),
            self.recognized_by.len(),
            self.exits.ended.len(),
            self.exits.found.len(),
        ];
        if entries.into_iter().any(|count| count > MAX_ENTRIES) {
            return Err(format!("has a list of more than {MAX_ENTRIES} entries"));
        }
        // An empty text would stand in every report, or be the key of nothing.
        let empty = |text: &String| text.is_empty();
        if self.recognized_by.iter().any(empty) || self.sensitive.iter().any(|s| empty(&s.key)) {
            return Err("has an empty key in `sensitive` or `recognized-by`".to_owned());
        }
        if self.exits.ended.is_empty() {
            return Err("has no exit code for a run that ended well".to_owned());
        }
        let said = [&self.reads, &self.severity, &self.completeness];
        if said.into_iter().any(|text| text.trim().is_empty()) {
            return Err("does not say what it reads, where severities come from, or when a report is complete".to_owned());
        }
        Ok(())
    }
}

fn format(from: wit::Format) -> Result<Format, AdapterFailure> {
    Ok(match from {
        wit::Format::Json => Format::Json,
        wit::Format::JsonLines => Format::JsonLines,
        wit::Format::Xml(wit::Xml {
            arrays,
            bags,
            doctype,
        }) => Format::Xml {
            arrays,
            bags,
            doctype,
        },
        wit::Format::Csv(delimiter) => match u8::try_from(delimiter) {
            Ok(byte) if byte.is_ascii() && !matches!(byte, b'"' | b'\r' | b'\n') => {
                Format::Csv(byte)
            }
            _ => {
                let what = "has a delimiter that no row can be cut by: one ASCII character is \
                            expected, and neither a quote nor a line break";
                return Err(AdapterFailure::Description(what.to_owned()));
            }
        },
        wit::Format::Lines(wit::Line::Plain) => Format::Lines,
        wit::Format::Lines(wit::Line::Secret) => Format::SecretLines,
    })
}

fn sensitive(from: wit::Sensitive) -> Sensitive {
    Sensitive {
        key: from.key,
        under: from.under,
        kind: match from.kind {
            wit::Sensitivity::Secret => Sensitivity::Secret,
            wit::Sensitivity::Source => Sensitivity::Source,
            wit::Sensitivity::After(beginning) => Sensitivity::After(beginning),
            wit::Sensitivity::Digests => Sensitivity::Digests,
            wit::Sensitivity::Spared => Sensitivity::Spared,
            wit::Sensitivity::Quotes => Sensitivity::Quotes,
            wit::Sensitivity::QuotesAndColon => Sensitivity::QuotesAndColon,
            wit::Sensitivity::Address => Sensitivity::Address,
        },
    }
}
