//! The rules that findings violate (section 3.49), each of one tool.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use gate_core::finding::Finding;
use gate_core::severity::Level;

use crate::sarif::message::Message;
use crate::sarif::uri::of_address;

/// A rule of a tool.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Rule<'a> {
    id: String,
    short_description: Message,
    #[serde(skip_serializing_if = "Option::is_none")]
    help_uri: Option<String>,
    properties: Properties<'a>,
    #[serde(skip)]
    key: (&'a str, &'a str),
}

/// What code hosts read about a rule; the specification leaves it to them.
#[derive(Serialize)]
struct Properties<'a> {
    tags: BTreeSet<String>,
    #[serde(rename = "security-severity", skip_serializing_if = "Option::is_none")]
    security_severity: Option<&'a str>,
}

/// All rules, in order of tool and name.
pub(super) struct Rules<'a>(Vec<Rule<'a>>);

impl<'a> Rules<'a> {
    /// The rules of all findings. Of what findings of one rule say differently about it, the first one's words hold,
    /// and the highest score.
    pub(super) fn of(findings: &'a [Finding]) -> Self {
        let mut rules = BTreeMap::new();
        for finding in findings {
            let key = (&*finding.tool, &*finding.rule.id);
            let rule = rules.entry(key).or_insert_with(|| Rule::of(finding));
            let known = &mut rule.properties.security_severity;
            // Scores are decimal texts from 0.0 to 10.0.
            *known = [*known, score(finding)]
                .into_iter()
                .flatten()
                .max_by_key(|score| tenths(score));
        }
        Self(rules.into_values().collect())
    }

    /// The rules, as the driver lists them.
    pub(super) fn list(&self) -> &[Rule<'a>] {
        &self.0
    }

    /// The name of a finding's rule, and its position in the list.
    pub(super) fn find(&self, finding: &Finding) -> Option<(&str, usize)> {
        let key = (&*finding.tool, &*finding.rule.id);
        let at = self.0.binary_search_by(|rule| rule.key.cmp(&key)).ok()?;
        self.0.get(at).map(|rule| (&*rule.id, at))
    }
}

impl<'a> Rule<'a> {
    fn of(finding: &'a Finding) -> Self {
        let rule = &finding.rule;
        // What readers of SARIF agree upon, beside what the tool itself says.
        let mut tags: BTreeSet<String> = rule.tags.iter().map(ToString::to_string).collect();
        tags.insert("security".to_owned());
        tags.insert(finding.class.as_str().to_owned());
        let cwes = finding.vulnerability.iter().flat_map(|v| &v.cwes);
        tags.extend(cwes.map(|number| format!("external/cwe/cwe-{number:03}")));
        Self {
            id: format!("{}/{}", finding.tool, rule.id),
            short_description: Message::of(rule.name.as_deref().unwrap_or(&rule.id)),
            help_uri: rule.url.as_deref().and_then(of_address),
            properties: Properties {
                tags,
                security_severity: None,
            },
            key: (&finding.tool, &rule.id),
        }
    }
}

/// The score of a finding, where it says the same as its level: code hosts show the score's level in place of
/// ours.
pub(super) fn score(finding: &Finding) -> Option<&str> {
    let score = finding.severity.score.as_deref()?;
    let level = Level::from_cvss_tenths(tenths(score)?);
    (level == finding.severity.level).then_some(score)
}

/// A score in tenths, rounded down as the levels' bands are.
fn tenths(score: &str) -> Option<u32> {
    let (whole, fraction) = score.split_once('.').unwrap_or((score, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || whole.len() > 2 {
        return None;
    }
    let first = fraction.get(..1)?.parse::<u32>().ok()?;
    Some(whole.parse::<u32>().ok()? * 10 + first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_is_a_decimal_text() {
        for (score, expected) in [
            ("9.8", Some(98)),
            ("10", Some(100)),
            ("0.05", Some(0)),
            ("7.", None),
            (".5", None),
            ("-1.0", None),
            ("1e1", None),
            ("999", None),
            ("\u{661}", None),
        ] {
            assert_eq!(tenths(score), expected, "{score}");
        }
    }
}
