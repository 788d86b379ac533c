//! What the formats of Amazon Web Services have in common.

pub(crate) mod inspector;

use gate_core::finding::{Evidence, Text};
use gate_core::severity::{Level, Severity};
use serde_json::{Map, Value};

use crate::adapter::{Record, RecordError, Run};
use crate::normalize::{given, level, path};
use crate::package::of_distribution;

/// The services' words. `UNTRIAGED`, `UNDEFINED` and any other are unknown.
const LEVELS: &[(&str, Level)] = &[
    ("CRITICAL", Level::Critical),
    ("HIGH", Level::High),
    ("MEDIUM", Level::Medium),
    ("LOW", Level::Low),
    ("INFORMATIONAL", Level::Info),
];

/// The severity of one of the services' words.
pub(crate) fn severity(word: Option<Text>) -> Severity {
    match given(word) {
        Some(word) => Severity::tool(level(&word, LEVELS), word),
        None => Severity::unknown(),
    }
}

/// Words that stand where there is nothing to say.
pub(crate) const NOTHING: [&str; 3] = ["None Provided", "NotAvailable", "Not Available"];

/// What is said.
pub(crate) fn said(text: Option<Text>) -> Option<Text> {
    given(text).filter(|text| !NOTHING.contains(&&**text))
}

/// The package-URL types of the service's package managers.
const MANAGERS: &[(&str, &str)] = &[
    ("BUNDLER", "gem"),
    ("CARGO", "cargo"),
    ("COMPOSER", "composer"),
    ("DOTNET_CORE", "nuget"),
    ("GEMSPEC", "gem"),
    ("GOBINARY", "golang"),
    ("GOMOD", "golang"),
    ("JAR", "maven"),
    ("NODEPKG", "npm"),
    ("NPM", "npm"),
    ("NUGET", "nuget"),
    ("PIP", "pypi"),
    ("PIPENV", "pypi"),
    ("POETRY", "pypi"),
    ("POM", "maven"),
    ("PYTHON", "pypi"),
    ("PYTHONPKG", "pypi"),
    ("YARN", "npm"),
];

/// The package-URL type: by the package manager, or by the platform for the system's own packages.
pub(crate) fn ecosystem(manager: &str, platform: &str) -> Option<&'static str> {
    let named = MANAGERS.iter().find(|(word, _)| *word == manager);
    match named {
        Some((_, purl)) => Some(*purl),
        None if manager == "OS" => of_distribution(platform),
        None => None,
    }
}

/// A version as its system writes it: `1:2.3-4`, the epoch only when there is one.
pub(crate) fn full_version(
    epoch: Option<&str>,
    version: Option<&str>,
    release: Option<&str>,
) -> Option<Text> {
    let version = version.filter(|version| !version.is_empty())?;
    let epoch = match epoch.unwrap_or_default() {
        "" | "0" => String::new(),
        epoch => format!("{epoch}:"),
    };
    let release = match release.unwrap_or_default() {
        "" => String::new(),
        release => format!("-{release}"),
    };
    Some(format!("{epoch}{version}{release}").into())
}

/// Where a record stands that is inside of an event: most often a line of its own, of which a pointer says nothing.
pub(crate) fn event_evidence(record: &Record<'_>) -> Evidence {
    Evidence {
        pointer: format!("line {}", record.line).into(),
        ..record.evidence()
    }
}

/// Whether a value is a list of records that were cut out, of which each left a `0`.
pub(crate) fn is_list_of_records(value: &Value) -> bool {
    let list = value.as_array();
    list.is_some_and(|list| list.iter().all(|left| left.as_u64() == Some(0)))
}

/// Whether a document is an event of this type as Amazon EventBridge writes it, or an array of them.
pub(crate) fn is_events(document: &Value, of_type: &str) -> bool {
    let is_event =
        |event: &Value| event.get("detail-type").and_then(Value::as_str) == Some(of_type);
    match document {
        Value::Array(events) => !events.is_empty() && events.iter().all(is_event),
        event => is_event(event),
    }
}

/// The place of a file, or of a thing that has files, in a report that may be about any number of things.
pub(crate) fn place(name: Option<&str>, file: Option<&str>) -> Option<Text> {
    match (name, file.map(path)) {
        (Some(name), Some(file)) => Some(format!("{name}/{file}").into()),
        (Some(name), None) => Some(name.into()),
        (None, file) => file,
    }
}

/// Lowers the completeness when a page names another one. The command line, told to stop early, writes the name of the
/// token with a capital.
pub(crate) fn next_page(page: &Map<String, Value>, run: &mut Run) {
    for key in ["nextToken", "NextToken"] {
        let token = page.get(key).and_then(Value::as_str).unwrap_or_default();
        if !token.is_empty() {
            run.left_out(format!("/{key}"), "there are more findings on another page");
        }
    }
}

/// A value with the keys of its objects as events and the services' own documentation write them: with a small first
/// letter. The command line writes some services' with a capital.
///
/// # Errors
/// When an object has a key both ways.
pub(crate) fn camel_case(value: Value) -> Result<Value, RecordError> {
    Ok(match value {
        Value::Object(members) => {
            let mut renamed = Map::with_capacity(members.len());
            for (key, value) in members {
                let mut letters = key.chars();
                let first = letters.next().into_iter().map(|c| c.to_ascii_lowercase());
                let key: String = first.chain(letters).collect();
                if renamed.insert(key, camel_case(value)?).is_some() {
                    let what = "a key stands in it both with a small and with a capital letter";
                    return Err(RecordError::Shape(what.to_owned()));
                }
            }
            Value::Object(renamed)
        }
        Value::Array(values) => Value::Array(
            values
                .into_iter()
                .map(camel_case)
                .collect::<Result<_, _>>()?,
        ),
        other => other,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn one_way_to_write_keys() {
        let written = json!({"Id": 1, "resource": {"S3BucketDetails": [{"Name": "N"}]}});
        let expected = json!({"id": 1, "resource": {"s3BucketDetails": [{"name": "N"}]}});
        assert_eq!(camel_case(written).unwrap(), expected);
        assert!(camel_case(json!([{"Id": 1, "id": 1}])).is_err());
    }
}
