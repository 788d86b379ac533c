//! A misconfiguration of `snyk iac test`.

use serde::Deserialize;
use serde_json::Value;

use gate_core::finding::{
    Class, Evidence, Finding, Location, Suppression, SuppressionKind, SuppressionState, Text,
};
use gate_core::severity::Severity;

use super::{ADAPTER, severity};
use crate::adapter::RecordError;
use crate::normalize::{given, position};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Misconfiguration {
    id: Text,
    title: Option<Text>,
    severity: Option<Text>,
    is_ignored: Option<bool>,
    documentation: Option<Text>,
    issue: Option<Text>,
    impact: Option<Text>,
    resolve: Option<Text>,
    /// Below 1 when Snyk does not know it.
    line_number: Option<i64>,
    /// The setting, such as `resource.aws_s3_bucket[logs].acl`.
    msg: Option<Text>,
    references: Option<Vec<Value>>,
}

impl Misconfiguration {
    pub(super) fn finding(self, at: Evidence) -> Result<Finding, RecordError> {
        if self.id.is_empty() {
            return Err(RecordError::Shape("`id` is empty".to_owned()));
        }
        let rated = severity(self.severity).unwrap_or_else(Severity::unknown);
        let title = given(self.title).unwrap_or_else(|| self.id.clone());
        let mut finding = Finding::new(
            ADAPTER.tool,
            Class::Misconfiguration,
            self.id,
            rated,
            title,
            at,
        );
        let said = [self.issue, self.impact].into_iter().filter_map(given);
        finding.description = said.collect::<Vec<_>>().join("\n").into();
        finding.remediation = given(self.resolve);
        finding.rule.url = given(self.documentation);
        let references = self.references.iter().flatten().filter_map(Value::as_str);
        finding.references = references
            .filter(|text| text.starts_with("https://") || text.starts_with("http://"))
            .map(Into::into)
            .collect();
        finding.locations = vec![Location {
            logical: given(self.msg),
            start_line: position(self.line_number),
            ..Location::default()
        }];
        if self.is_ignored == Some(true) {
            finding.suppression = Some(Suppression {
                justification: None,
                kind: SuppressionKind::External,
                state: SuppressionState::Accepted,
            });
        }
        Ok(finding)
    }
}
