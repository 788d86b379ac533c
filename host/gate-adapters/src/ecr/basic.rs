//! A finding of basic scanning, whose package and ratings stand in a list of attributes.

use serde::Deserialize;

use gate_core::finding::{Cvss, Evidence, Finding as Normalised, Software, Text};

use super::ADAPTER;
use crate::adapter::RecordError;
use crate::aws::severity;
use crate::normalize::{attribute, decimal_text, given};
use crate::package::{Known, details};

#[derive(Deserialize)]
pub(super) struct Finding {
    name: Text,
    description: Option<Text>,
    uri: Option<Text>,
    severity: Option<Text>,
    attributes: Option<Vec<Attribute>>,
}

#[derive(Deserialize)]
struct Attribute {
    key: Text,
    value: Option<Text>,
}

/// Beginnings of the keys of a rating, and the version when its vector does not tell.
const RATINGS: [(&str, &str); 3] = [("CVSS2_", "2.0"), ("CVSS3_", "3"), ("CVSS4_", "4.0")];

impl Finding {
    pub(super) fn read(self, at: Evidence) -> Result<Normalised, RecordError> {
        let mut attributes = self.attributes.unwrap_or_default();
        let mut take = |key: &str| {
            let at = attributes.iter().position(|a| &*a.key == key)?;
            given(attributes.swap_remove(at).value)
        };
        let software = Software {
            name: take("package_name").unwrap_or_default(),
            version: take("package_version"),
            ..Software::default()
        };
        let mut cvss = Vec::new();
        for (beginning, version) in RATINGS {
            let (score, vector) = (
                decimal_text(take(&format!("{beginning}SCORE"))),
                take(&format!("{beginning}VECTOR")),
            );
            if score.is_some() || vector.is_some() {
                let exact = vector.as_deref().and_then(|v| v.strip_prefix("CVSS:"));
                let exact = exact.and_then(|rest| rest.split('/').next());
                cvss.push(Cvss {
                    version: exact.unwrap_or(version).into(),
                    score,
                    source: None,
                    vector,
                });
            }
        }
        let mut severity = severity(self.severity);
        severity.score = cvss.last().and_then(|rating| rating.score.clone());
        let known = Known {
            tool: ADAPTER.tool,
            id: &self.name,
            aliases: Vec::new(),
            software,
            severity,
            title: None,
        };
        let mut finding = known.finding(at)?;
        details(&mut finding, |vulnerability| vulnerability.cvss = cvss);
        finding.description = self.description.unwrap_or_default();
        finding.rule.url = given(self.uri);
        for Attribute { key, value } in attributes {
            attribute(&mut finding, &key, value);
        }
        Ok(finding)
    }
}
