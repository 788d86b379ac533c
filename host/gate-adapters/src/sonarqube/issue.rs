//! An issue or a security hotspot as a finding.

use std::borrow::Cow;

use serde::Deserialize;

use gate_core::finding::{
    CONTEXT, Class, Finding, Location, Status, Suppression, SuppressionKind, SuppressionState, Text,
};
use gate_core::severity::{Level, Severity};
use gate_core::time::Moment;

use super::ADAPTER;
use crate::adapter::Record;
use crate::normalize::{level, path};
use crate::redact::token;

const SEVERITIES: &[(&str, Level)] = &[
    ("BLOCKER", Level::Critical),
    ("CRITICAL", Level::High),
    ("HIGH", Level::High),
    ("MAJOR", Level::Medium),
    ("MEDIUM", Level::Medium),
    ("MINOR", Level::Low),
    ("LOW", Level::Low),
    ("INFO", Level::Info),
];

/// What somebody decided, under the names of `resolution`, `issueStatus` and `simpleStatus`.
const DECIDED: &[&str] = &[
    "ACCEPTED",
    "FALSE-POSITIVE",
    "FALSE_POSITIVE",
    "SAFE",
    "WONTFIX",
];
/// What is no longer there.
const GONE: &[&str] = &["CLOSED", "FIXED", "REMOVED"];

/// Rules about credentials in the source, in every language.
const CREDENTIALS: &[&str] = &["S2068", "S6418"];

/// An issue or a hotspot as the interface writes it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Issue<'a> {
    #[serde(borrow)]
    component: Cow<'a, str>,
    #[serde(borrow)]
    creation_date: Option<Cow<'a, str>>,
    description: Option<Text>,
    #[serde(borrow)]
    hash: Option<Cow<'a, str>>,
    impacts: Option<Vec<Impact>>,
    issue_status: Option<Text>,
    key: Option<Text>,
    line: Option<u32>,
    message: Text,
    #[serde(borrow)]
    project: Option<Cow<'a, str>>,
    resolution: Option<Text>,
    /// `ruleKey` of a hotspot.
    #[serde(borrow, alias = "ruleKey")]
    rule: Option<Cow<'a, str>>,
    security_category: Option<Text>,
    /// `vulnerabilityProbability` of a hotspot.
    #[serde(alias = "vulnerabilityProbability")]
    severity: Option<Text>,
    simple_status: Option<Text>,
    status: Option<Text>,
    tags: Option<Vec<Text>>,
    text_range: Option<Range>,
    #[serde(rename = "type")]
    kind: Option<Text>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Impact {
    severity: Text,
    software_quality: Text,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Range {
    end_line: Option<u32>,
    end_offset: Option<u32>,
    start_line: Option<u32>,
    start_offset: Option<u32>,
}

impl Issue<'_> {
    /// As a finding, if it is still there, and its component.
    pub(super) fn read(self, record: &Record<'_>, hotspot: bool) -> (Option<Finding>, Text) {
        let words = [
            &self.issue_status,
            &self.simple_status,
            &self.resolution,
            &self.status,
        ];
        let words = || words.iter().filter_map(|word| word.as_deref());
        let decided = words().find(|word| DECIDED.contains(word));
        let component = Text::from(&*self.component);
        if decided.is_none() && words().any(|word| GONE.contains(&word)) {
            return (None, component);
        }

        let impacts = self.impacts.unwrap_or_default();
        let rule = self.rule.as_deref().filter(|rule| !rule.is_empty());
        // Old servers write no rule for a hotspot.
        let rule = rule
            .or(self.security_category.as_deref())
            .unwrap_or("hotspot");
        let class = class(rule, hotspot, self.kind.as_deref(), &impacts);
        let severity = severity(self.severity, &impacts);
        let mut finding = Finding::new(
            ADAPTER.tool,
            class,
            rule,
            severity,
            self.message,
            record.evidence(),
        );
        finding.description = self.description.unwrap_or_default();
        if self.status.as_deref() == Some("TO_REVIEW") {
            finding.status = Status::Open;
        }
        finding.suppression = decided.map(|word| Suppression {
            justification: Some(word.into()),
            kind: SuppressionKind::External,
            state: SuppressionState::Accepted,
        });
        finding.first_seen = self.creation_date.as_deref().and_then(moment);
        finding.rule.tags = self.tags.unwrap_or_default();
        finding.rule.tags.sort_unstable();
        let context = self.hash.as_deref().and_then(token);
        if let Some(context) = context {
            finding.attributes.insert(CONTEXT.into(), context.into());
        }
        for impact in impacts {
            let name = format!("impact-{}", impact.software_quality.to_lowercase());
            finding.attributes.insert(name.into(), impact.severity);
        }
        for (name, value) in [
            ("key", self.key),
            ("security-category", self.security_category),
            ("status", self.issue_status.or(self.status)),
            ("type", self.kind),
        ] {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                finding.attributes.insert(name.into(), value);
            }
        }
        let project = self.project.as_deref().unwrap_or_default();
        let inside = self.component.strip_prefix(project);
        let file = inside.and_then(|rest| rest.strip_prefix(':'));
        let range = self.text_range;
        let range = range.as_ref();
        // Offsets count from 0.
        let column = |offset: Option<u32>| offset.and_then(|offset| offset.checked_add(1));
        finding.locations = vec![Location {
            end_column: range.and_then(|range| column(range.end_offset)),
            end_line: range.and_then(|range| range.end_line),
            logical: None,
            path: Some(path(file.unwrap_or(&component))),
            start_column: range.and_then(|range| column(range.start_offset)),
            start_line: range.and_then(|range| range.start_line).or(self.line),
        }];
        (Some(finding), component)
    }
}

fn class(rule: &str, hotspot: bool, kind: Option<&str>, impacts: &[Impact]) -> Class {
    let name = rule.rsplit(':').next().unwrap_or_default();
    if rule.starts_with("secrets:") || CREDENTIALS.contains(&name) {
        return Class::Secret;
    }
    let security = impacts.iter().any(|i| &*i.software_quality == "SECURITY");
    match kind {
        Some("BUG" | "CODE_SMELL") if !hotspot && !security => Class::Lint,
        None if !hotspot && !security && !impacts.is_empty() => Class::Lint,
        _ => Class::CodeWeakness,
    }
}

/// Its own severity; without one, the worst of its impacts.
fn severity(own: Option<Text>, impacts: &[Impact]) -> Severity {
    let rated = |word: &Text| Severity::tool(level(word, SEVERITIES), word.clone());
    let worst = || {
        let impacts = impacts.iter().map(|impact| rated(&impact.severity));
        // A word that nobody knows may mean anything.
        impacts.max_by_key(|severity| (severity.level == Level::Unknown, severity.level))
    };
    let own = own.filter(|word| !word.is_empty());
    own.as_ref()
        .map(rated)
        .or_else(worst)
        .unwrap_or_else(Severity::unknown)
}

/// A date as the interface writes it, `2026-03-01T09:00:00+0000`.
fn moment(written: &str) -> Option<Moment> {
    let colon = written.len().checked_sub(2)?;
    let (date, minutes) = written.split_at_checked(colon)?;
    let parsed = written.parse().ok();
    parsed.or_else(|| format!("{date}:{minutes}").parse().ok())
}
