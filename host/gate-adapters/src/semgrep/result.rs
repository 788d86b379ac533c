//! A result of a scan as a finding.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;

use gate_core::finding::{
    CONTEXT, Class, Finding, Location, Suppression, SuppressionKind, SuppressionState, Text,
};
use gate_core::severity::{Level, Severity};

use super::ADAPTER;
use super::dependency::Dependency;
use crate::adapter::{Record, RecordError};
use crate::normalize::{cwe, given, level, path, position};
use crate::redact::token;

pub(super) const SEVERITIES: &[(&str, Level)] = &[
    ("CRITICAL", Level::Critical),
    ("HIGH", Level::High),
    ("ERROR", Level::High),
    ("MEDIUM", Level::Medium),
    ("WARNING", Level::Medium),
    ("LOW", Level::Low),
    ("INFO", Level::Low),
    ("INVENTORY", Level::Info),
    ("EXPERIMENT", Level::Info),
];

const CONFIDENCES: &[(&str, u8)] = &[("HIGH", 90), ("MEDIUM", 60), ("LOW", 30)];

/// What stands for a fingerprint, and for lines, when Semgrep is not logged in.
const LOGGED_OUT: &str = "requires login";

/// A result as the tool writes it.
#[derive(Deserialize)]
pub(super) struct Match<'a> {
    #[serde(borrow)]
    check_id: Cow<'a, str>,
    end: Option<Position>,
    extra: Extra,
    #[serde(borrow)]
    path: Cow<'a, str>,
    start: Option<Position>,
}

#[derive(Deserialize)]
struct Position {
    col: Option<i64>,
    line: Option<i64>,
}

#[derive(Deserialize)]
struct Extra {
    engine_kind: Option<Value>,
    fingerprint: Option<Text>,
    historical_info: Option<History>,
    is_ignored: Option<bool>,
    lines: Option<Text>,
    message: Option<Text>,
    #[serde(default)]
    metadata: Metadata,
    sca_info: Option<Dependency>,
    severity: Option<Text>,
    validation_state: Option<Text>,
}

#[derive(Deserialize)]
struct History {
    git_commit: Option<Text>,
}

/// What the rule's author wrote: any shape will do.
#[derive(Default, Deserialize)]
#[serde(transparent)]
pub(super) struct Metadata(Value);

impl Metadata {
    /// The texts of a key: one, or a list.
    pub(super) fn texts(&self, key: &str) -> impl Iterator<Item = &str> {
        let value = self.0.get(key);
        let one = value.and_then(Value::as_str);
        let many = value.and_then(Value::as_array).into_iter().flatten();
        one.into_iter()
            .chain(many.filter_map(Value::as_str))
            .filter(|text| !text.is_empty())
    }

    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.texts(key).next()
    }

    pub(super) fn get(&self, key: &str) -> Option<&Value> {
        self.0.get(key)
    }

    /// CWE numbers as tags, and whatever else the rule is filed under.
    fn tags(&self) -> Vec<Text> {
        let weaknesses = self.texts("cwe").filter_map(weakness);
        let mut tags: Vec<Text> = weaknesses
            .map(|number| format!("CWE-{number}").into())
            .collect();
        tags.extend(self.texts("owasp").map(Into::into));
        tags.extend(self.texts("vulnerability_class").map(Into::into));
        tags.sort_unstable();
        tags.dedup();
        tags
    }
}

/// The number of a CWE written as `CWE-95: Improper …`.
pub(super) fn weakness(written: &str) -> Option<u32> {
    cwe(written.split(':').next().unwrap_or_default().trim())
}

pub(super) fn severity(word: Option<Text>) -> Severity {
    given(word).map_or_else(Severity::unknown, |word| {
        Severity::tool(level(&word, SEVERITIES), word)
    })
}

impl Match<'_> {
    pub(super) fn read(self, record: &Record<'_>) -> Result<Finding, RecordError> {
        let extra = self.extra;
        let rule = registered(&self.check_id, &extra.metadata);
        let mut finding = match extra.sca_info {
            Some(dependency) => dependency.read(
                rule,
                &self.path,
                &extra.metadata,
                extra.severity,
                extra.message,
                record,
            )?,
            None => {
                let secrets = extra.metadata.texts("vulnerability_class");
                let validated = extra.validation_state.as_deref().unwrap_or_default();
                let secret = secrets
                    .into_iter()
                    .any(|class| class == "Hard-coded Secrets")
                    || extra.metadata.text("category") == Some("secrets")
                    || !matches!(validated, "" | "NO_VALIDATOR");
                let class = if secret {
                    Class::Secret
                } else {
                    Class::CodeWeakness
                };
                let title = given(extra.message).unwrap_or_else(|| rule.into());
                let mut finding = Finding::new(
                    ADAPTER.tool,
                    class,
                    rule,
                    severity(extra.severity),
                    title,
                    record.evidence(),
                );
                finding.locations = vec![place(&self.path, self.start, self.end)];
                let lines = extra
                    .lines
                    .filter(|_| extra.fingerprint.as_deref() != Some(LOGGED_OUT));
                if let Some(context) = lines.as_deref().and_then(token) {
                    finding.attributes.insert(CONTEXT.into(), context.into());
                }
                finding
            }
        };
        let metadata = &extra.metadata;
        let address = metadata.text("shortlink").or(metadata.text("source"));
        finding.rule.url = address.map(Into::into);
        finding.rule.tags = metadata.tags();
        finding.references = metadata.texts("references").map(Into::into).collect();
        let confidence = metadata.text("confidence");
        finding.confidence = confidence.and_then(|word| {
            let known = CONFIDENCES.iter().find(|(known, _)| *known == word);
            known.map(|(_, percent)| *percent)
        });
        finding.suppression = (extra.is_ignored == Some(true)).then_some(Suppression {
            justification: None,
            kind: SuppressionKind::InSource,
            state: SuppressionState::Accepted,
        });
        let folded = (rule != self.check_id).then(|| self.check_id.into());
        let engine = extra.engine_kind.as_ref().and_then(Value::as_str);
        for (name, value) in [
            ("check-id", folded),
            ("commit", extra.historical_info.and_then(|h| h.git_commit)),
            ("engine", engine.map(Text::from)),
            (
                "validation",
                extra.validation_state.filter(|s| &**s != "NO_VALIDATOR"),
            ),
        ] {
            if let Some(value) = given(value) {
                finding.attributes.insert(name.into(), value);
            }
        }
        Ok(finding)
    }
}

/// The rule's name in the registry, where it says that it is from there and the name given ends in it.
fn registered<'a>(check_id: &'a str, metadata: &Metadata) -> &'a str {
    let source = metadata.text("source").unwrap_or_default();
    let name = source
        .strip_prefix("https://semgrep.dev/r/")
        .unwrap_or_default();
    let start = check_id.len().saturating_sub(name.len());
    match check_id.split_at_checked(start) {
        Some((folder, end)) if !name.is_empty() && end == name && folder.ends_with('.') => end,
        _ => check_id,
    }
}

fn place(file: &str, start: Option<Position>, end: Option<Position>) -> Location {
    let read =
        |at: Option<Position>| at.map_or((None, None), |at| (position(at.line), position(at.col)));
    let ((start_line, start_column), (end_line, end_column)) = (read(start), read(end));
    Location {
        end_column,
        end_line,
        logical: None,
        path: Some(path(file)),
        start_column,
        start_line,
    }
}
