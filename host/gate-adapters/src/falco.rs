//! Falco's alerts as JSON lines (`json_output: true`, to a file or to standard output), or as one array of them.
//!
//! Format: <https://github.com/falcosecurity/falco>, `userspace/engine/formats.cpp`, `userspace/falco/event_drops.cpp`
//! and `stats_writer.cpp` of 0.41. `output`, `message`, `tags` and `output_fields` can each be switched off. Falco
//! tells of itself in the same form, under rules that begin with `Falco internal:`: events that it dropped, and its
//! counters, which are the only proof that it saw anything.
//!
//! What a rule prints is free: command lines, arguments, environments, bodies of requests. So of the output fields only
//! those are read, and kept, that are named here; the texts made of them are not.
//!
//! One intrusion gives many alerts. Those of one rule, image or host, and process say the same here, so that they
//! merge and are counted; the first one's time stays.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use gate_core::finding::{Attributes, CONTEXT, Class, Finding, Resource, Text};
use gate_core::scan_report::Completeness;
use gate_core::severity::{Level, Severity};
use gate_core::time::Moment;

use crate::adapter::{Adapter, Exits, Findings, Reader, Record, RecordError, Run};
use crate::error::ReadError;
use crate::format::Format;
use crate::normalize::level;
use crate::redact::{Sensitive, secret, spared_under};
use crate::shape::Root;

/// The row of the registry.
pub(crate) static ADAPTER: Adapter = Adapter {
    tool: "falco",
    id: "falco-json@1",
    reads: "alerts as JSON lines (`json_output: true`) or as an array, seen from 0.33 to 0.41",
    severity: "priority: Emergency, Alert and Critical are critical, Error is high, Warning medium, Notice low, \
               Informational and Debug info",
    completeness: "partial when Falco says that it dropped events or otherwise missed some; it says nothing when it \
                   saw none",
    format: Format::JsonLines,
    lists: &["", "/*"],
    unread: &[],
    sensitive: SENSITIVE,
    exits: Exits::ZERO,
    recognizes: &|shape| {
        matches!(shape.root, Root::Object | Root::Array)
            && shape.has_all(&["priority", "rule", "time"])
    },
    start: &|| Box::new(Falco::default()),
};

const SENSITIVE: &[Sensitive] = &[
    secret("output"),
    secret("message"),
    secret("output_fields"),
    field("container.id"),
    field("container.image.digest"),
    field("container.image.repository"),
    field("ct.name"),
    field("k8s.ns.name"),
    field("ka.target.resource"),
    field("ka.verb"),
    field("proc.name"),
    field("user.name"),
    // Of Falco itself.
    field("falco.num_evts"),
    field("falco.outputs_queue_num_drops"),
    field("falco.version"),
    field("n_drops"),
    field("n_evts"),
    field("scap.n_drops"),
];

const fn field(name: &'static str) -> Sensitive {
    spared_under("output_fields", name)
}

const LEVELS: &[(&str, Level)] = &[
    ("Emergency", Level::Critical),
    ("Alert", Level::Critical),
    ("Critical", Level::Critical),
    ("Error", Level::High),
    ("Warning", Level::Medium),
    ("Notice", Level::Low),
    ("Informational", Level::Info),
    ("Info", Level::Info),
    ("Debug", Level::Info),
];

/// How the rules begin under which Falco tells of itself.
const INTERNAL: &str = "Falco internal:";
const METRICS: &str = "Falco internal: metrics snapshot";
const DROPS: &str = "Falco internal: syscall event drop";

/// What alerts of one kind have in common.
type Group = (Text, Option<Box<Resource>>, Attributes);

#[derive(Default)]
struct Falco {
    groups: BTreeMap<Group, u32>,
    /// When each group was seen first.
    first_seen: Vec<Option<Moment>>,
    last_seen: Option<Moment>,
    /// Where Falco says that it missed something, and how.
    missed: Vec<(String, String)>,
    /// Its counters only grow.
    events: Option<u64>,
    dropped: u64,
    version: Option<String>,
}

#[derive(Deserialize)]
struct Alert<'a> {
    #[serde(borrow)]
    hostname: Option<Cow<'a, str>>,
    output_fields: Option<Fields>,
    #[serde(borrow)]
    priority: Cow<'a, str>,
    #[serde(borrow)]
    rule: Cow<'a, str>,
    #[serde(borrow)]
    source: Option<Cow<'a, str>>,
    tags: Option<Vec<String>>,
    #[serde(borrow)]
    time: Option<Cow<'a, str>>,
}

#[derive(Default, Deserialize)]
struct Fields(BTreeMap<String, Value>);

impl Fields {
    fn text(&self, name: &str) -> Option<&str> {
        let text = self.0.get(name)?.as_str()?;
        // How Falco writes that there is none.
        (!text.is_empty() && text != "<NA>").then_some(text)
    }

    /// A counter, which is a number or a text with one.
    fn count(&self, name: &str) -> Option<u64> {
        match self.0.get(name)? {
            Value::String(text) => text.parse().ok(),
            value => value.as_u64(),
        }
    }
}

impl Reader for Falco {
    fn record(&mut self, record: &Record<'_>, findings: &mut Findings) -> Result<(), RecordError> {
        let mut alert: Alert<'_> = record.parse()?;
        let fields = alert.output_fields.take().unwrap_or_default();
        let at: Option<Moment> = alert.time.as_deref().and_then(|at| at.parse().ok());
        self.last_seen = self.last_seen.max(at);
        if alert.rule.starts_with(INTERNAL) {
            self.tells_of_itself(&alert, &fields, record);
            findings.passed();
            return Ok(());
        }
        let finding = finding(alert, &fields, record);
        let note = self.group(&finding, at);
        findings.push(finding, note);
        Ok(())
    }

    fn finish(&mut self, _envelope: &[u8]) -> Result<Run, ReadError> {
        let mut run = Run::new(Completeness::Complete);
        run.finished = self.last_seen;
        run.scanned = self.events;
        run.tool_version = self.version.take();
        for (place, how) in std::mem::take(&mut self.missed) {
            run.left_out(place, how);
        }
        if self.dropped > 0 {
            let how = format!("Falco counts {} events that it dropped", self.dropped);
            run.left_out("its counters", how);
        }
        Ok(run)
    }

    fn settle(&self, finding: &mut Finding, note: u32) {
        finding.first_seen = self.first_seen.get(note as usize).copied().flatten();
    }
}

impl Falco {
    fn tells_of_itself(&mut self, alert: &Alert<'_>, fields: &Fields, record: &Record<'_>) {
        /// Most complaints that are kept one by one.
        const MAX: usize = 100;
        if alert.rule == METRICS {
            self.events = self.events.max(fields.count("falco.num_evts"));
            let dropped = ["scap.n_drops", "falco.outputs_queue_num_drops"];
            let dropped = dropped.iter().filter_map(|name| fields.count(name)).max();
            self.dropped = self.dropped.max(dropped.unwrap_or_default());
            self.version = fields.text("falco.version").map(str::to_owned);
        } else if self.missed.len() < MAX {
            let dropped = fields.count("n_drops").zip(fields.count("n_evts"));
            let how = match dropped {
                Some((dropped, of)) if alert.rule == DROPS => {
                    format!("Falco dropped {dropped} of {of} events")
                }
                _ => alert.rule.to_string(),
            };
            self.missed.push((record.pointer(), how));
        }
    }

    /// The number of the group of alerts that an alert belongs to.
    fn group(&mut self, finding: &Finding, at: Option<Moment>) -> u32 {
        let next = u32::try_from(self.groups.len()).unwrap_or(u32::MAX);
        let group = (
            finding.rule.id.clone(),
            finding.resource.clone(),
            finding.attributes.clone(),
        );
        let number = *self.groups.entry(group).or_insert(next);
        if number == next {
            self.first_seen.push(at);
        } else if let Some(first) = self.first_seen.get_mut(number as usize) {
            *first = match (*first, at) {
                (Some(first), Some(at)) => Some(first.min(at)),
                (first, at) => first.or(at),
            };
        }
        number
    }
}

fn finding(alert: Alert<'_>, fields: &Fields, record: &Record<'_>) -> Finding {
    let severity = Severity::tool(level(&alert.priority, LEVELS), &*alert.priority);
    let mut finding = Finding::new(
        ADAPTER.tool,
        Class::RuntimeEvent,
        &*alert.rule,
        severity,
        &*alert.rule,
        record.evidence(),
    );
    let mut tags: Vec<Text> = alert
        .tags
        .unwrap_or_default()
        .into_iter()
        .map(Into::into)
        .collect();
    tags.sort_unstable();
    tags.dedup();
    finding.rule.tags = tags;
    // Not the container, the pod or the process number: they are others after each start.
    let context = fields.text("proc.name").map(Cow::Borrowed);
    let audit = || {
        let verb = fields.text("ka.verb")?;
        let resource = fields.text("ka.target.resource").unwrap_or_default();
        Some(Cow::Owned(format!("{verb} {resource}")))
    };
    let trail = || fields.text("ct.name").map(Cow::Borrowed);
    let context = context.or_else(audit).or_else(trail);
    for (name, value) in [
        (CONTEXT, context.as_deref()),
        ("namespace", fields.text("k8s.ns.name")),
        ("source", alert.source.as_deref()),
        ("user", fields.text("user.name")),
    ] {
        if let Some(value) = value {
            finding.attributes.insert(name.into(), value.into());
        }
    }
    let on_host = fields.text("container.id") == Some("host");
    let image = fields.text("container.image.repository");
    let (kind, id) = match image.filter(|_| !on_host) {
        Some(image) => ("container-image", Some(image)),
        None => ("host", alert.hostname.as_deref()),
    };
    finding.resource = id.map(|id| {
        Box::new(Resource {
            account: None,
            id: id.into(),
            image_digest: fields.text("container.image.digest").map(Into::into),
            kind: kind.into(),
            region: None,
        })
    });
    finding
}

#[cfg(test)]
mod tests {
    use gate_core::fingerprint::assemble;

    use super::*;
    use crate::read::testing::read_text;

    fn alert(more: &str) -> String {
        format!(r#"{{"time":"2026-11-20T09:00:00.5Z","rule":"Terminal shell",{more}}}"#)
    }

    fn assembled(text: &str) -> Vec<Finding> {
        let findings = read_text(&ADAPTER, text).0.findings;
        assemble("s", vec![findings]).findings
    }

    #[test]
    fn a_priority_is_read_in_any_case() {
        for (priority, level) in [
            ("EMERGENCY", Level::Critical),
            ("error", Level::High),
            ("Info", Level::Info),
            ("INFORMATIONAL", Level::Info),
            ("Severe", Level::Unknown),
        ] {
            let text = alert(&format!(r#""priority":"{priority}""#));
            let severity = read_text(&ADAPTER, &text).0.findings.remove(0).severity;
            assert_eq!(
                (severity.level, severity.original.as_deref()),
                (level, Some(priority))
            );
        }
    }

    #[test]
    fn alerts_of_one_process_in_one_image_are_one_finding_since_the_first() {
        let line = |second: u32, image: &str, container: &str, process: &str| {
            format!(
                r#"{{"time":"2026-11-20T09:00:{second}Z","rule":"Terminal shell","priority":"Notice","hostname":"a",
                "output_fields":{{"container.image.repository":{image},"container.id":"{container}",
                "proc.name":"{process}","proc.pid":{second}}}}}"#
            )
        };
        let shop = "\"shop\"";
        let lines = [
            line(30, shop, "1", "sh"),
            line(10, shop, "2", "sh"),
            line(20, shop, "3", "sh"),
            line(11, shop, "1", "bash"),
            line(12, "null", "host", "sh"),
            line(13, "\"<NA>\"", "host", "sh"),
        ];
        let findings = assembled(&lines.join("\n"));
        let mut said: Vec<_> = findings
            .iter()
            .map(|f| {
                let first = f.first_seen.unwrap().to_string();
                (f.count, f.resource.as_ref().unwrap().id.clone(), first)
            })
            .collect();
        said.sort();
        let expected = [
            (1, "shop", "2026-11-20T09:00:11Z"),
            (2, "a", "2026-11-20T09:00:12Z"),
            (3, "shop", "2026-11-20T09:00:10Z"),
        ];
        assert_eq!(
            said,
            expected.map(|(count, id, first)| (count, id.into(), first.into()))
        );
    }

    #[test]
    fn only_named_fields_are_kept() {
        let text = alert(
            r#""priority":"Notice","output":"fake","message":"fake","output_fields":{"proc.name":"sh",
            "proc.cmdline":"sh -c fake","evt.arg[1]":"fake","own":["fake"],"proc.env":{"A":"fake"}}"#,
        );
        let (read, twin) = read_text(&ADAPTER, &text);
        let findings = serde_json::to_string(&read.findings).unwrap();
        assert_eq!(read.findings[0].attribute(CONTEXT), "sh");
        assert!(
            !findings.contains("fake") && !twin.contains("fake"),
            "{twin}"
        );
        assert!(twin.contains(r#""proc.name":"sh""#), "{twin}");
    }

    #[test]
    fn falco_tells_what_it_missed() {
        let internal = |what: &str, fields: &str| {
            format!(
                r#"{{"rule":"Falco internal: {what}","priority":"Debug","time":"2026-11-20T09:00:00Z",
                "output_fields":{{{fields}}}}}"#
            )
        };
        for (text, completeness) in [
            (
                internal("metrics snapshot", r#""scap.n_drops":0,"falco.num_evts":9"#),
                Completeness::Complete,
            ),
            (
                internal("metrics snapshot", r#""scap.n_drops":1,"falco.num_evts":9"#),
                Completeness::Partial,
            ),
            (
                internal("syscall event drop", r#""n_drops":"1","n_evts":"2""#),
                Completeness::Partial,
            ),
            (internal("timeout notification", ""), Completeness::Partial),
            (alert(r#""priority":1"#), Completeness::Partial),
            ("{}".to_owned(), Completeness::Partial),
            ("[]".to_owned(), Completeness::Complete),
            ("7".to_owned(), Completeness::Failed),
        ] {
            let (read, _) = read_text(&ADAPTER, &text);
            assert_eq!(read.report.completeness, completeness, "{text}");
        }
    }
}
