//! Results of both versions.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use gate_core::finding::{CONTEXT, Class, Finding, Location};
use gate_core::severity::{Level, Severity};

use super::ADAPTER;
use crate::adapter::{Findings, Record, RecordError};
use crate::normalize::path;
use crate::redact::token;

/// A result of version 3.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Detected<'a> {
    #[serde(borrow)]
    detector_description: Option<Cow<'a, str>>,
    #[serde(borrow)]
    detector_name: Cow<'a, str>,
    #[serde(borrow)]
    raw: Option<Cow<'a, str>>,
    #[serde(borrow)]
    raw_v2: Option<Cow<'a, str>>,
    source_metadata: Option<Metadata>,
    #[serde(borrow)]
    verification_error: Option<Cow<'a, str>>,
    verified: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Metadata {
    /// The kind of source, such as `Git`, with what it knows of the place.
    data: Option<BTreeMap<String, Value>>,
}

/// A result of version 2: one reason, one file of one commit, one or more secrets.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Matched<'a> {
    #[serde(borrow)]
    branch: Option<Cow<'a, str>>,
    #[serde(borrow)]
    commit_hash: Option<Cow<'a, str>>,
    #[serde(borrow)]
    date: Option<Cow<'a, str>>,
    #[serde(borrow)]
    path: Cow<'a, str>,
    #[serde(borrow)]
    reason: Cow<'a, str>,
    #[serde(borrow)]
    strings_found: Vec<Cow<'a, str>>,
}

/// Names under which the sources give the file, or what is nearest to one.
const FILES: [&str; 3] = ["file", "filename", "path"];
/// What says more of the place, by the source's names.
const DETAILS: &[&str] = &[
    "bucket",
    "build_number",
    "build_step",
    "channel_name",
    "collection_name",
    "commit",
    "container",
    "docid",
    "environment_name",
    "field_type",
    "image",
    "index",
    "issue",
    "job_number",
    "layer",
    "location",
    "org",
    "package",
    "page",
    "pipeline",
    "project",
    "project_name",
    "registry",
    "release",
    "repo",
    "request_name",
    "snippet_id",
    "space",
    "tag",
    "timestamp",
    "title",
    "visibility",
    "workspace",
    "workspace_name",
];

pub(super) fn read(record: &Record<'_>) -> Result<Finding, RecordError> {
    let found: Detected<'_> = record.parse()?;
    let unverifiable = found.verification_error.is_some_and(|e| !e.is_empty());
    let (level, verified) = match (found.verified, unverifiable) {
        (true, _) => (Level::Critical, "true"),
        (false, true) => (Level::Medium, "error"),
        (false, false) => (Level::High, "false"),
    };
    let mut finding = Finding::new(
        ADAPTER.tool,
        Class::Secret,
        &*found.detector_name,
        Severity::default_of_tool(level),
        &*found.detector_name,
        record.evidence(),
    );
    finding.description = found.detector_description.unwrap_or_default().into();
    // Of a secret in two parts `Raw` is the public one.
    let whole = found.raw_v2.as_deref().and_then(token);
    if let Some(context) = whole.or(found.raw.as_deref().and_then(token)) {
        attribute(&mut finding, CONTEXT, context);
    }
    attribute(&mut finding, "verified", verified);
    let data = found.source_metadata.and_then(|metadata| metadata.data);
    for (source, fields) in data.unwrap_or_default() {
        attribute(&mut finding, "source", &source);
        place(&mut finding, &fields);
    }
    Ok(finding)
}

/// Takes in where the source says that it was.
fn place(finding: &mut Finding, fields: &Value) {
    let text = |name: &str| match fields.get(name) {
        Some(Value::String(text)) if !text.is_empty() => Some(Cow::Borrowed(text.as_str())),
        Some(Value::Number(number)) => Some(Cow::Owned(number.to_string())),
        _ => None,
    };
    for name in DETAILS {
        if let Some(value) = text(name) {
            attribute(finding, name, &value);
        }
    }
    // An address with user information, or with a query, could hold a token.
    let harmless = |link: &Cow<'_, str>| !link.contains(['@', '?']);
    let link = text("link").filter(harmless);
    finding.references = link.as_deref().map(Into::into).into_iter().collect();
    if let Some(repository) = text("repository").filter(harmless) {
        attribute(finding, "repository", &repository);
    }
    let Some(file) = FILES.iter().find_map(|name| text(name)) else {
        return;
    };
    let line = fields.get("line").and_then(Value::as_u64);
    finding.locations = vec![Location {
        path: Some(path(&file)),
        start_line: line.and_then(|line| u32::try_from(line).ok()),
        ..Location::default()
    }];
}

/// Gives a finding for each secret of the record.
pub(super) fn read_version_2(
    record: &Record<'_>,
    findings: &mut Findings,
) -> Result<(), RecordError> {
    let found: Matched<'_> = record.parse()?;
    if found.strings_found.is_empty() {
        return Err(RecordError::Shape("`stringsFound` is empty".to_owned()));
    }
    for secret in &found.strings_found {
        let mut finding = Finding::new(
            ADAPTER.tool,
            Class::Secret,
            &*found.reason,
            Severity::default_of_tool(Level::High),
            &*found.reason,
            record.evidence(),
        );
        for (name, value) in [
            (CONTEXT, token(secret)),
            ("branch", found.branch.as_deref()),
            ("commit", found.commit_hash.as_deref()),
            ("timestamp", found.date.as_deref()),
        ] {
            attribute(&mut finding, name, value.unwrap_or_default());
        }
        finding.locations = vec![Location {
            path: Some(path(&found.path)),
            ..Location::default()
        }];
        findings.push(finding, 0);
    }
    Ok(())
}

fn attribute(finding: &mut Finding, name: &str, value: &str) {
    if !value.is_empty() {
        finding.attributes.insert(name.into(), value.into());
    }
}
