//! An alert of ZAP's as findings: one for each of its instances.

use serde::Deserialize;

use gate_core::finding::{
    Class, Endpoint, Evidence, Finding, Suppression, SuppressionKind, SuppressionState, Text,
};
use gate_core::severity::{Level, Severity};

use super::ADAPTER;
use crate::adapter::RecordError;
use crate::normalize::{address, given, level};

/// ZAP's risks (`Alert.RISK_…`).
const LEVELS: &[(&str, Level)] = &[
    ("3", Level::High),
    ("2", Level::Medium),
    ("1", Level::Low),
    ("0", Level::Info),
];

/// ZAP's confidences (`Alert.CONFIDENCE_…`): low, medium, high, and confirmed by the user. 0 is a false positive.
const CONFIDENCES: &[(&str, u8)] = &[("1", 30), ("2", 60), ("3", 90), ("4", 100)];

#[derive(Deserialize)]
pub(super) struct Alert {
    pluginid: Text,
    /// The alert among several of one rule, such as `10055-4`; not in older versions.
    #[serde(rename = "alertRef")]
    alert_ref: Option<Text>,
    alert: Option<Text>,
    name: Option<Text>,
    riskcode: Option<Text>,
    confidence: Option<Text>,
    desc: Option<Text>,
    instances: Option<Vec<Instance>>,
    count: Option<Text>,
    solution: Option<Text>,
    reference: Option<Text>,
    cweid: Option<Text>,
    wascid: Option<Text>,
    tags: Option<Vec<Tag>>,
}

#[derive(Deserialize)]
struct Instance {
    uri: Text,
    method: Option<Text>,
    param: Option<Text>,
}

#[derive(Deserialize)]
struct Tag {
    tag: Text,
}

impl Alert {
    /// How many instances the alert counts and does not list.
    pub(super) fn unlisted(&self) -> Option<u64> {
        let counted: u64 = self.count.as_deref()?.parse().ok()?;
        let listed = self.instances.as_ref()?.len() as u64;
        let missing = counted.checked_sub(listed)?;
        (listed > 0 && missing > 0).then_some(missing)
    }

    /// Hands over the alert's findings: one without an address when it lists no instance.
    pub(super) fn findings(
        mut self,
        at: &Evidence,
        mut push: impl FnMut(Finding),
    ) -> Result<(), RecordError> {
        let instances = self.instances.take().unwrap_or_default();
        let count = given(self.count.take());
        let mut alert = self.finding(at.clone())?;
        if instances.is_empty() {
            if let Some(count) = count {
                alert.attributes.insert("instances".into(), count);
            }
            push(alert);
            return Ok(());
        }
        for (index, instance) in instances.into_iter().enumerate() {
            let mut finding = alert.clone();
            finding.evidence.pointer = format!("{}/instances/{index}", at.pointer).into();
            finding.endpoint = Some(Box::new(Endpoint {
                method: given(instance.method),
                parameter: given(instance.param).map(|name| address(&name)),
                url: address(&instance.uri),
            }));
            push(finding);
        }
        Ok(())
    }

    fn finding(self, at: Evidence) -> Result<Finding, RecordError> {
        let rule = given(self.alert_ref)
            .or_else(|| given(Some(self.pluginid)))
            .ok_or_else(|| RecordError::Shape("the alert has no identifier".to_owned()))?;
        let severity = match given(self.riskcode) {
            Some(code) => Severity::tool(level(&code, LEVELS), code),
            None => Severity::unknown(),
        };
        let name = given(self.name).or_else(|| given(self.alert));
        let title = name.map_or_else(|| rule.clone(), |name| lines(&name).join(" ").into());
        let mut finding = Finding::new(ADAPTER.tool, Class::WebAlert, rule, severity, title, at);
        finding.description = lines(&self.desc.unwrap_or_default()).join("\n").into();
        let advice = lines(&self.solution.unwrap_or_default()).join("\n");
        finding.remediation = given(Some(advice.into()));
        let references = lines(&self.reference.unwrap_or_default());
        finding.references = references.into_iter().map(Into::into).collect();

        let confidence = self.confidence.as_deref().unwrap_or_default();
        let known = CONFIDENCES.iter().find(|(code, _)| *code == confidence);
        finding.confidence = known.map(|(_, percent)| *percent);
        finding.suppression = (confidence == "0").then(|| Suppression {
            justification: Some("marked as a false positive".into()),
            kind: SuppressionKind::External,
            state: SuppressionState::Accepted,
        });
        // `-1` and `0` mean none.
        let number = |text: &str| text.parse::<u32>().ok().filter(|n| *n > 0);
        let weakness = self.cweid.as_deref().and_then(number);
        let threat = self.wascid.as_deref().and_then(number);
        let mut tags: Vec<Text> = self
            .tags
            .unwrap_or_default()
            .into_iter()
            .map(|tag| tag.tag)
            .collect();
        tags.extend(weakness.map(|n| format!("CWE-{n}").into()));
        tags.extend(threat.map(|n| format!("WASC-{n}").into()));
        tags.retain(|tag| !tag.is_empty());
        tags.sort_unstable();
        tags.dedup();
        finding.rule.tags = tags;
        Ok(finding)
    }
}

/// The paragraphs of a text. ZAP makes a `<p>` of each line, and older versions escape for HTML what stands in it;
/// other tags are the text's own.
fn lines(text: &str) -> Vec<String> {
    const ESCAPES: [(&str, &str); 6] = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&apos;", "'"),
        ("&#39;", "'"),
        // The last, so that nothing is unescaped twice.
        ("&amp;", "&"),
    ];
    text.replace("</p>", "\n")
        .replace("<p>", "")
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(|line| {
            let unescape =
                |line: String, (escape, plain): &(&str, &str)| line.replace(escape, plain);
            ESCAPES.iter().fold(line.to_owned(), unescape)
        })
        .collect()
}
