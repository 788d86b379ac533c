//! Answers of SonarQube's web interface: issues (`api/issues/search`), security hotspots (`api/hotspots/search`) and
//! the quality gate (`api/qualitygates/project_status`), of versions 7 to 2025 and of SonarQube Cloud; and the JSON of
//! the npm package `sonar-report`, which gathers the three.
//!
//! Format: the examples beside the interface's source in <https://github.com/SonarSource/sonarqube>
//! (`org/sonar/server/{issue,hotspot,qualitygate}/ws/*-example.json`).
//!
//! A list comes in pages of at most 500; `paging.total` tells whether this one is all. It does not tell whether the
//! project was ever analysed. An issue's path stands in `components`. `hash` is the plain MD5 of a source line, and
//! messages quote texts of the source.

mod issue;
mod quality_gate;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use gate_core::finding::{Finding, Text};
use gate_core::scan_report::{Completeness, Content};

use crate::adapter::{Adapter, Exits, Findings, Reader, Record, RecordError, Run};
use crate::envelope::object;
use crate::error::ReadError;
use crate::format::Format;
use crate::normalize::{given, path};
use crate::redact::{quotes, secret, source};

/// Where issues, hotspots and conditions stand; the last list is `sonar-report`'s.
const LISTS: &[&str] = &[
    "/issues/*",
    "/hotspots/*",
    "/projectStatus/conditions/*",
    "/qualityGateStatus/projectStatus/conditions/*",
];
const ISSUES: usize = 0;
const HOTSPOTS: usize = 1;

/// The row of the registry.
pub(crate) static ADAPTER: Adapter = Adapter {
    tool: "sonarqube",
    id: "sonarqube-json@1",
    reads: "JSON of `api/issues/search`, `api/hotspots/search` and `api/qualitygates/project_status`, and of \
            `sonar-report`",
    severity: "severity: BLOCKER is critical, CRITICAL high, MAJOR medium, MINOR low, INFO info; without it the worst \
               of `impacts`; of a hotspot vulnerabilityProbability; a condition that failed is high, one that warns \
               medium",
    completeness: "partial when there are more issues than the page holds; empty when the quality gate is NONE; \
                   failed when the answer is an error. An empty list does not tell whether there was an analysis",
    format: Format::Json,
    lists: LISTS,
    unread: &[],
    sensitive: &[
        quotes("message"),
        source("flows"),
        source("comments"),
        secret("hash"),
    ],
    exits: Exits::ZERO,
    recognizes: &|shape| {
        shape.has_all(&["issues", "paging"])
            || shape.has_all(&["hotspots", "paging"])
            || shape.has_all(&["issues", "hotspotKeys"])
            || shape.has_all(&["sonarBaseURL", "sonarComponent"])
            || shape.has("projectStatus")
    },
    start: &|| Box::new(Sonarqube::default()),
};

#[derive(Default)]
struct Sonarqube {
    /// How many issues or hotspots came, those that passed included.
    listed: u64,
    /// How many conditions did not pass.
    unmet: u64,
    measures: BTreeMap<String, u64>,
    /// The component of each finding, by note.
    of: Vec<Text>,
    paths: BTreeMap<Text, Option<Text>>,
    rules: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope {
    components: Option<Vec<Component>>,
    errors: Option<Vec<Complaint>>,
    hotspot_keys: Option<Vec<String>>,
    hotspots: Option<Vec<u8>>,
    issues: Option<Vec<u8>>,
    paging: Option<Paging>,
    project_status: Option<Status>,
    quality_gate_status: Option<Value>,
    /// A list, or (`sonar-report`) an object.
    #[serde(default)]
    rules: Value,
    sonar_component: Option<String>,
    /// How many issues there are, by severity (`sonar-report`).
    summary: Option<BTreeMap<String, Value>>,
}

#[derive(Deserialize)]
struct Component {
    key: Text,
    path: Option<Text>,
}

#[derive(Deserialize)]
struct Complaint {
    msg: Option<String>,
}

#[derive(Deserialize)]
struct Paging {
    total: u64,
}

#[derive(Deserialize)]
struct Status {
    conditions: Option<Vec<u8>>,
    status: String,
}

impl Reader for Sonarqube {
    fn record(&mut self, record: &Record<'_>, findings: &mut Findings) -> Result<(), RecordError> {
        let (finding, component) = match record.list {
            ISSUES | HOTSPOTS => {
                self.listed += 1;
                let issue: issue::Issue<'_> = record.parse()?;
                issue.read(record, record.list == HOTSPOTS)
            }
            _ => {
                let condition: quality_gate::Condition = record.parse()?;
                let measure = condition.measure();
                self.measures.extend(measure);
                let finding = condition.read(record);
                self.unmet += u64::from(finding.is_some());
                (finding, Text::default())
            }
        };
        match finding {
            Some(finding) => {
                let note = u32::try_from(self.of.len()).unwrap_or(u32::MAX);
                self.of.push(component);
                findings.push(finding, note);
            }
            None => findings.passed(),
        }
        Ok(())
    }

    fn finish(&mut self, envelope: &[u8]) -> Result<Run, ReadError> {
        let envelope: Envelope = object(ADAPTER.tool, envelope)?;
        if let Some(errors) = envelope.errors {
            let first = errors.into_iter().find_map(|error| error.msg);
            return Err(ReadError::ScannerFailed(first.unwrap_or_default()));
        }
        let mut run = Run::new(Completeness::Complete);
        run.measures = std::mem::take(&mut self.measures);
        let list = envelope.issues.is_some() || envelope.hotspots.is_some();
        let gathered = envelope.hotspot_keys.is_some() || envelope.sonar_component.is_some();
        let total = match (envelope.paging, gathered, envelope.project_status) {
            (Some(paging), ..) if list => paging.total,
            (None, true, None) if list => {
                let counts = envelope.summary.iter().flat_map(BTreeMap::values);
                let total = counts
                    .filter_map(Value::as_u64)
                    .fold(0, u64::saturating_add);
                // `false` where it was not asked for.
                if let Some(gate @ Value::Object(_)) = envelope.quality_gate_status {
                    let status = gate.get("projectStatus").and_then(|s| s.get("status"));
                    let status = status.and_then(Value::as_str).unwrap_or_default();
                    quality_gate::judge(status, self.unmet, &mut run);
                }
                total
            }
            (None, false, Some(gate)) if !list => {
                run.content = Content::Measurement;
                run.scanned = gate.conditions.map(|conditions| conditions.len() as u64);
                quality_gate::judge(&gate.status, self.unmet, &mut run);
                0
            }
            _ => {
                return Err(ReadError::wrong_tool(
                    ADAPTER.tool,
                    "it is neither a page of `issues` or `hotspots` with its `paging` nor a `projectStatus`",
                ));
            }
        };
        if total > self.listed {
            let listed = self.listed;
            run.left_out(
                if gathered { "/summary" } else { "/paging" },
                format!("there are {total} issues, the report has {listed}"),
            );
        }
        let components = envelope.components.unwrap_or_default();
        self.paths = components.into_iter().map(|c| (c.key, c.path)).collect();
        self.rules = envelope.rules;
        Ok(run)
    }

    fn settle(&self, finding: &mut Finding, note: u32) {
        let component = usize::try_from(note)
            .ok()
            .and_then(|note| self.of.get(note));
        if let (Some(component), Some(place)) = (component, finding.locations.first_mut())
            && let Some(known) = self.paths.get(component)
        {
            match known {
                Some(file) => place.path = Some(path(file)),
                // A project or a folder.
                None => (place.path, place.logical) = (None, Some(component.clone())),
            }
        }
        let own =
            |rule: &&Value| rule.get("key").and_then(Value::as_str) == Some(&*finding.rule.id);
        let rule = match &self.rules {
            Value::Array(rules) => rules.iter().find(own),
            rules => rules.get(&*finding.rule.id),
        };
        let name = rule.and_then(|rule| rule.get("name")?.as_str());
        finding.rule.name = given(name.map(Into::into));
    }
}
