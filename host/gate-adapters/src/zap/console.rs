//! What ZAP's packaged scans (`zap-baseline.py`, `zap-full-scan.py`, `zap-api-scan.py`) write to standard output.
//!
//! Format: <https://github.com/zaproxy/zaproxy>, `docker/zap_common.py` (`print_rule`, `print_rules`). One line for
//! each rule, below it up to five addresses as examples, and one line of totals at the end:
//!
//! ```text
//! PASS: Cookie No HttpOnly Flag [10010]
//! WARN-NEW: Missing Anti-clickjacking Header [10020] x 7
//!         https://shop.example/ (200 OK)
//! FAIL-NEW: 0     FAIL-INPROG: 0  WARN-NEW: 1     WARN-INPROG: 0  INFO: 0 IGNORE: 0       PASS: 1
//! ```
//!
//! A finding is a rule with all its addresses, because not all of them are named. The words are what the user wants
//! done about a rule; ZAP's own risk is not written, so that the level is unknown. Without totals the output was cut
//! off; totals that count more rules than the output names make it partial (`-l` leaves out lines).

use std::borrow::Cow;

use serde::Deserialize;

use gate_core::finding::{
    Class, Endpoint, Finding, Status, Suppression, SuppressionKind, SuppressionState, Text,
};
use gate_core::scan_report::Completeness;
use gate_core::severity::{Level, Severity};

use super::EXITS;
use crate::adapter::{Adapter, Findings, Reader, Record, RecordError, Run};
use crate::envelope::array;
use crate::error::ReadError;
use crate::format::Format;
use crate::normalize::address;
use crate::redact::secret;
use crate::shape::Root;

/// The row of the registry.
pub(crate) static ADAPTER: Adapter = Adapter {
    tool: "zap",
    id: "zap-text@1",
    reads: "standard output of `zap-baseline.py`, `zap-full-scan.py` and `zap-api-scan.py`",
    severity: "none: the output does not name ZAP's risk; every rule is unknown",
    completeness: "failed without the line of totals; partial when it counts more rules than are named; empty when no \
                   rule ran",
    format: Format::Lines(end_of_known),
    lists: &["/*"],
    unread: &[],
    sensitive: &[secret("secret")],
    exits: EXITS,
    recognizes: &|shape| {
        let is_rule = |line: &str| rule(line).is_some() || totals(line).is_some();
        shape.root == Root::Other && shape.text.lines().any(is_rule)
    },
    start: &|| Box::new(Console::default()),
};

const ACTIONS: &[&str] = &["FAIL", "WARN", "INFO", "IGNORE", "PASS"];
const NEW: &str = "-NEW";
const IN_PROGRESS: &str = "-IN_PROGRESS";

/// Up to where a line is sure to hold no credential: an address up to its query, the user's remark on a rule, all
/// that is not known.
fn end_of_known(line: &str) -> usize {
    if let Some(url) = line.strip_prefix('\t') {
        // User information stands before the host.
        let host = url.find("://").map_or(0, |at| at + 3);
        let rest = url.get(host..).unwrap_or_default();
        let authority = rest.find('/').unwrap_or(rest.len());
        if rest.get(..authority).is_some_and(|a| a.contains('@')) {
            return 1 + host;
        }
        return 1 + url.find(['?', '#', ';']).unwrap_or(url.len());
    }
    match rule(line) {
        Some(rule) => rule.end,
        None if totals(line).is_some() => line.len(),
        None => 0,
    }
}

/// A line about a rule.
struct Rule<'a> {
    action: &'a str,
    in_progress: bool,
    name: &'a str,
    id: &'a str,
    instances: Option<&'a str>,
    /// Where the user's own remark begins.
    end: usize,
}

/// `ACTION-NEW: name [id] x n remark`, or `PASS: name [id]`.
fn rule(line: &str) -> Option<Rule<'_>> {
    let (action, rest) = line.split_once(": ")?;
    let (word, in_progress) = match (action.strip_suffix(NEW), action.strip_suffix(IN_PROGRESS)) {
        (Some(word), _) => (word, false),
        (None, Some(word)) => (word, true),
        (None, None) => (action, false),
    };
    let action = ACTIONS.iter().find(|known| **known == word)?;
    // A name may have brackets in it, a remark too: what counts is the first that a count, or the end, follows.
    let mut from = 0;
    loop {
        let open = from + rest.get(from..)?.find(" [")?;
        let close = open + rest.get(open..)?.find(']')?;
        let id = rest.get(open + 2..close)?;
        let after = rest.get(close + 1..)?;
        let count = after.strip_prefix(" x ").map(|count| {
            let end = count.find(|c: char| !c.is_ascii_digit());
            count.get(..end.unwrap_or(count.len())).unwrap_or_default()
        });
        let is_id = !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit() || b == b'-');
        let counted = count.is_some_and(|count| !count.is_empty());
        if is_id && (counted || (*action == "PASS" && after.trim().is_empty())) {
            let end = line.len() - after.len() + count.map_or(0, |count| 3 + count.len());
            return Some(Rule {
                action,
                in_progress,
                name: rest.get(..open)?,
                id,
                instances: count,
                end,
            });
        }
        from = open + 2;
    }
}

/// The counts of the last line by name, such as `FAIL-NEW`.
fn totals(line: &str) -> Option<Vec<(&str, u64)>> {
    line.strip_prefix("FAIL-NEW: ")?;
    let parts = line
        .split('\t')
        .map(str::trim)
        .filter(|part| !part.is_empty());
    let mut totals = Vec::new();
    for part in parts {
        let (name, number) = part.split_once(": ")?;
        totals.push((name, number.parse().ok()?));
    }
    (totals.len() > 1).then_some(totals)
}

#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    text: Cow<'a, str>,
}

/// Reads one output.
#[derive(Default)]
struct Console {
    /// For each rule the site of its first example, if one is named.
    sites: Vec<Option<Text>>,
    /// How many rules the totals count that were no pass, and how many in all.
    totals: Option<(u64, u64)>,
}

impl Reader for Console {
    fn record(&mut self, record: &Record<'_>, findings: &mut Findings) -> Result<(), RecordError> {
        let line: Line<'_> = record.parse()?;
        if let Some(counts) = totals(&line.text) {
            let all = counts.iter().map(|(_, n)| *n).fold(0, u64::saturating_add);
            let passed = counts.iter().filter(|(name, _)| *name == "PASS");
            let passed = passed.map(|(_, n)| *n).fold(0, u64::saturating_add);
            self.totals = Some((all.saturating_sub(passed), all));
        } else if let Some(example) = line.text.strip_prefix('\t') {
            if let Some(site @ None) = self.sites.last_mut()
                && let Some((scheme, rest)) = example.split_once("://")
                && !scheme.contains(' ')
            {
                let host = rest.split(['/', ' ']).next().unwrap_or_default();
                *site = Some(format!("{scheme}://{host}").into()).filter(|_| !host.is_empty());
            }
        } else if let Some(rule) = rule(&line.text)
            && rule.action != "PASS"
        {
            let note = u32::try_from(self.sites.len()).unwrap_or(u32::MAX);
            self.sites.push(None);
            findings.push(finding(&rule, record), note);
            return Ok(());
        }
        // The rest are passes, examples and what the scripts say about themselves; the totals tell whether a rule is
        // among them.
        findings.passed();
        Ok(())
    }

    fn finish(&mut self, envelope: &[u8]) -> Result<Run, ReadError> {
        let _: Vec<u8> = array(ADAPTER.tool, envelope)?;
        let mut run = Run::new(Completeness::Complete);
        let Some((found, all)) = self.totals else {
            run.failed("the line of totals is missing: the scan failed or was cut off");
            return Ok(run);
        };
        run.scanned = Some(all);
        let named = self.sites.len() as u64;
        if named < found {
            run.left_out(
                "totals",
                format!(
                    "the totals count {found} rules that did not pass, the output names {named}"
                ),
            );
        }
        if all == 0 {
            run.nothing_scanned("no rule ran");
        }
        Ok(run)
    }

    fn settle(&self, finding: &mut Finding, note: u32) {
        let site = self.sites.get(note as usize).cloned().flatten();
        finding.endpoint = site.map(|site| {
            Box::new(Endpoint {
                method: None,
                parameter: None,
                url: address(&site),
            })
        });
    }
}

fn finding(rule: &Rule<'_>, record: &Record<'_>) -> Finding {
    let mut finding = Finding::new(
        ADAPTER.tool,
        Class::WebAlert,
        rule.id,
        Severity::tool(Level::Unknown, rule.action),
        rule.name,
        record.evidence(),
    );
    if let Some(instances) = rule.instances {
        let name = "instances".into();
        finding.attributes.insert(name, instances.into());
    }
    if rule.action == "INFO" {
        finding.status = Status::Informational;
    }
    let suppression = match (rule.action, rule.in_progress) {
        ("IGNORE", _) => Some((
            "set to IGNORE in the scan's configuration",
            SuppressionState::Accepted,
        )),
        (_, true) => Some(("being worked on", SuppressionState::UnderReview)),
        _ => None,
    };
    finding.suppression = suppression.map(|(reason, state)| Suppression {
        justification: Some(reason.into()),
        kind: SuppressionKind::External,
        state,
    });
    finding
}
