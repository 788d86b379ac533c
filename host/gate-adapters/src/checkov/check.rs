//! A check of Checkov's as a finding.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;

use gate_core::finding::{
    CONTEXT, Class, Finding, Location, Software, Suppression, SuppressionKind, SuppressionState,
    Text,
};
use gate_core::severity::{Level, Severity};

use super::ADAPTER;
use crate::adapter::Record;
use crate::normalize::{path, position, vulnerability_ids};
use crate::package::known;
use crate::redact::token;

const SEVERITIES: &[(&str, Level)] = &[
    ("CRITICAL", Level::Critical),
    ("HIGH", Level::High),
    ("MEDIUM", Level::Medium),
    ("LOW", Level::Low),
    ("INFO", Level::Info),
    ("NONE", Level::Info),
];

/// Beginnings of identifiers of checks that are not about configuration.
const CLASSES: &[(&str, Class)] = &[
    ("CKV_SECRET_", Class::Secret),
    ("CKV_CVE_", Class::Vulnerability),
    ("BC_CVE_", Class::Vulnerability),
    ("BC_LIC_", Class::License),
    ("CKV3_SAST_", Class::CodeWeakness),
];

/// A check as the tool writes it.
#[derive(Deserialize)]
pub(super) struct Check<'a> {
    #[serde(borrow)]
    check_id: Cow<'a, str>,
    #[serde(borrow)]
    check_name: Option<Cow<'a, str>>,
    check_result: Option<Outcome>,
    code_block: Option<Value>,
    #[serde(borrow)]
    description: Option<Cow<'a, str>>,
    file_line_range: Option<Vec<i64>>,
    #[serde(borrow)]
    file_path: Option<Cow<'a, str>>,
    #[serde(borrow)]
    guideline: Option<Cow<'a, str>>,
    #[serde(borrow)]
    repo_file_path: Option<Cow<'a, str>>,
    #[serde(borrow)]
    resource: Option<Cow<'a, str>>,
    #[serde(borrow)]
    severity: Option<Cow<'a, str>>,
    vulnerability_details: Option<Details>,
}

#[derive(Deserialize)]
struct Outcome {
    suppress_comment: Option<Text>,
}

#[derive(Deserialize)]
struct Details {
    id: Option<Text>,
    package_name: Option<Text>,
    package_version: Option<Text>,
}

impl Check<'_> {
    /// A check as a finding. One that was skipped was suppressed by a comment in the source.
    pub(super) fn read(self, record: &Record<'_>, skipped: bool) -> Finding {
        let class = CLASSES
            .iter()
            .find(|(beginning, _)| self.check_id.starts_with(beginning));
        let class = class.map_or(Class::Misconfiguration, |(_, class)| *class);
        let severity = match self.severity.as_deref() {
            None => Severity::unknown(),
            Some(word) => {
                let known = SEVERITIES
                    .iter()
                    .find(|(name, _)| name.eq_ignore_ascii_case(word));
                Severity::tool(known.map_or(Level::Unknown, |(_, level)| *level), word)
            }
        };
        let name = self.check_name.filter(|name| !name.is_empty());
        let title = name.unwrap_or_else(|| self.check_id.clone());
        let mut finding = Finding::new(
            ADAPTER.tool,
            class,
            &*self.check_id,
            severity,
            title,
            record.evidence(),
        );
        finding.rule.url = self.guideline.filter(|url| !url.is_empty()).map(Into::into);
        finding.description = self.description.unwrap_or_default().into();
        let file = self.file_path.as_deref().map(path);
        if let Some(in_repository) = self.repo_file_path.as_deref().map(path)
            && file.as_ref() != Some(&in_repository)
        {
            finding
                .attributes
                .insert("repo-file-path".into(), in_repository);
        }
        let lines = self.file_line_range.unwrap_or_default();
        finding.locations = vec![Location {
            start_line: position(lines.first().copied()),
            end_line: position(lines.last().copied()),
            logical: self
                .resource
                .filter(|_| class != Class::Secret)
                .map(Into::into),
            path: file,
            ..Location::default()
        }];
        let first_line = self
            .code_block
            .as_ref()
            .and_then(|block| block.get(0)?.get(1)?.as_str());
        match (class, first_line.and_then(token)) {
            // A resource is known by its address; of a secret there is a keyed digest of its line, at best.
            (Class::Secret, Some(context)) if context.starts_with("hmac:") => {
                finding.attributes.insert(CONTEXT.into(), context.into());
            }
            (Class::Vulnerability, _) => know_package(&mut finding, self.vulnerability_details),
            _ => {}
        }
        finding.suppression = skipped.then(|| Suppression {
            justification: self.check_result.and_then(|result| result.suppress_comment),
            kind: SuppressionKind::InSource,
            state: SuppressionState::Accepted,
        });
        finding
    }
}

fn know_package(finding: &mut Finding, details: Option<Details>) {
    let Some(Details {
        id: Some(id),
        package_name: Some(name),
        package_version,
    }) = details
    else {
        return;
    };
    finding.rule.id = id.clone();
    let software = Software {
        name,
        version: package_version,
        ..Software::default()
    };
    finding.vulnerability = Some(Box::new(known(vulnerability_ids(&id, []), software)));
}
