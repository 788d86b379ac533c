//! What is to be sent: a function of what was published and of one record, and of nothing else. So what is sent again
//! after a crash is the same, byte for byte, and no later than what the service has: it is ignored there.

use std::collections::{BTreeMap, BTreeSet};

use gate_core::digest::Digest;
use gate_core::finding::Finding;
use gate_core::record::Record;
use gate_core::scan_report::Completeness;
use gate_core::verdict::Outcome;

use super::asff::{Asff, Mapper, RecordState, is_problem};
use super::manifest::{Entry, Last, Manifest};
use super::stamp::Stamp;

/// After how many days what has not changed is sent again: the service forgets an active finding after ninety.
const REFRESH_DAYS: i64 = 60;
/// How many days longer something archived keeps its dates; the service forgets it after thirty.
const KEPT_DAYS: i64 = 90;
const DAY: i64 = 24 * 60 * 60;

/// What is to be sent, and what is not.
#[derive(Debug, Default)]
pub struct Plan {
    /// What is to be sent, in order of id and the verdict last.
    pub send: Vec<Sending>,
    /// What is gone, by id, with what is known of it. Its content has to be found: in the record that it names.
    pub gone: BTreeMap<String, Entry>,
    /// Findings that are as they were.
    pub unchanged: usize,
    /// Findings that are not in this record and stay as they are, because its scan proves nothing of them.
    pub kept: usize,
    /// Checks that passed or did not apply, which are not published.
    pub passed: usize,
}

/// A document, and why it is sent.
#[derive(Clone, Debug)]
pub struct Sending {
    /// Why.
    pub reason: Reason,
    /// The tool; empty for the verdict.
    pub tool: String,
    /// What is sent.
    pub asff: Asff,
    /// The record that it is made from.
    pub record: Digest,
}

/// Why something is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It was never sent.
    New,
    /// It is no longer what was sent, was archived and is back, or would soon be forgotten.
    Changed,
    /// It is gone.
    Gone,
}

/// The record of which something was published is later than this one. Of two of the same second, the one that comes second
/// is the later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Superseded(pub Last);

impl Plan {
    /// What is to be sent of a record, with its findings.
    ///
    /// # Errors
    /// When something was published that is later than the record: nothing is sent then.
    pub fn of(
        manifest: &Manifest,
        mapper: &Mapper<'_>,
        name: Digest,
        record: &Record,
        findings: &[Finding],
    ) -> Result<Self, Superseded> {
        let now = record.question.evaluated_at;
        if let Some(last) = manifest.last
            && last.record != name
            && last.evaluated_at > now
        {
            return Err(Superseded(last));
        }
        let mut plan = Self::default();
        let mut there = BTreeSet::new();
        for finding in findings {
            if !is_problem(finding) {
                plan.passed += 1;
                continue;
            }
            let asff = mapper.finding(finding);
            there.insert(asff.id.clone());
            plan.consider(manifest, asff, &finding.tool, name);
        }
        let verdict = mapper.verdict();
        there.insert(verdict.id.clone());
        plan.consider(manifest, verdict, "", name);
        let proven = proven(record);
        for (id, entry) in &manifest.findings {
            if !entry.active || there.contains(id) {
                continue;
            }
            if proven.contains(&*entry.tool) {
                plan.gone.insert(id.clone(), entry.clone());
            } else {
                plan.kept += 1;
            }
        }
        Ok(plan)
    }

    fn consider(&mut self, manifest: &Manifest, mut asff: Asff, tool: &str, record: Digest) {
        let now = asff.updated_at;
        let entry = manifest.findings.get(&asff.id);
        let reason = match entry.filter(|entry| remembered(entry, now)) {
            None => Reason::New,
            Some(entry) => {
                let content = asff.content();
                let aged = age(entry, now) >= REFRESH_DAYS * DAY;
                if entry.active && entry.content == Some(content) && !aged {
                    self.unchanged += 1;
                    return;
                }
                carry(&mut asff, entry);
                Reason::Changed
            }
        };
        let tool = tool.to_owned();
        self.send.push(Sending {
            reason,
            tool,
            asff,
            record,
        });
    }

    /// Adds what is gone, as it was last published.
    pub(super) fn archive(&mut self, mut asff: Asff, entry: &Entry, at: Stamp, record: Digest) {
        asff.updated_at = at;
        carry(&mut asff, entry);
        asff.record_state = RecordState::Archived;
        self.send.push(Sending {
            reason: Reason::Gone,
            tool: entry.tool.clone(),
            asff,
            record: entry.record.unwrap_or(record),
        });
    }
}

/// How long ago something was sent, in seconds.
fn age(entry: &Entry, now: Stamp) -> i64 {
    now.second().unix() - entry.updated_at.second().unix()
}

/// Whether the dates of something still count.
fn remembered(entry: &Entry, now: Stamp) -> bool {
    entry.active || age(entry, now) < KEPT_DAYS * DAY
}

/// Gives a document the dates of what was published before, and one that is later.
fn carry(asff: &mut Asff, entry: &Entry) {
    asff.created_at = entry.created_at;
    asff.first_observed_at = entry.first_observed_at;
    asff.updated_at = asff.updated_at.max(entry.updated_at.next());
}

/// The tools whose scans prove that what they no longer report is gone: the gate could decide, and each of their reports
/// is complete and of a kind that proves something here.
fn proven(record: &Record) -> BTreeSet<&str> {
    if record.verdict.outcome == Outcome::Error {
        return BTreeSet::new();
    }
    let rules = &record.question.report_rules;
    let mut tools = BTreeMap::new();
    for report in &record.reports {
        let proves = report.completeness == Completeness::Complete && rules.accept(report);
        *tools.entry(&*report.tool).or_insert(true) &= proves;
    }
    tools
        .into_iter()
        .filter(|(_, proves)| *proves)
        .map(|(tool, _)| tool)
        .collect()
}

impl Manifest {
    /// Begins to publish a record: what was archived long ago is forgotten.
    pub(super) fn begin(&mut self, last: Last) {
        self.last = Some(last);
        let now = Stamp::from(last.evaluated_at);
        self.findings.retain(|_, entry| remembered(entry, now));
    }

    /// Notes that something was acknowledged.
    pub(super) fn note(&mut self, sent: &Sending) {
        let asff = &sent.asff;
        let entry = Entry {
            tool: sent.tool.clone(),
            content: Some(asff.content()),
            record: Some(sent.record),
            created_at: asff.created_at,
            first_observed_at: asff.first_observed_at,
            updated_at: asff.updated_at,
            active: asff.record_state == RecordState::Active,
        };
        self.findings.insert(asff.id.clone(), entry);
    }
}

#[cfg(test)]
mod tests;
