//! What follows from what was published and from a record.

use gate_core::finding::{Class, Finding};
use gate_core::scan_report::Content;

use super::*;
use crate::Identity;
use crate::hub::fixture::{assembled, finding, identity, record};
use crate::hub::scope::Scope;

/// What is published of records, one after the other, as if everything were acknowledged.
struct Hub {
    identity: Identity,
    manifest: Manifest,
}

impl Hub {
    fn new() -> Self {
        let identity = identity();
        let scope = Scope::of(&identity, &record(DAYS[0], &[], Outcome::Pass).question);
        let manifest = Manifest::of(scope);
        Self { identity, manifest }
    }

    fn plan(&self, record: &Record, findings: &[Finding]) -> Result<Plan, Superseded> {
        let name = Digest::of(&record.to_bytes().unwrap());
        let mapper = Mapper::new(&self.identity, name, record);
        Plan::of(&self.manifest, &mapper, name, record, findings)
    }

    /// Publishes, and gives what was sent: why, and with which dates.
    fn publish(&mut self, record: &Record, findings: &[Finding]) -> Vec<Sending> {
        let mut plan = self.plan(record, findings).unwrap();
        let name = Digest::of(&record.to_bytes().unwrap());
        let evaluated_at = record.question.evaluated_at;
        self.manifest.begin(Last {
            record: name,
            evaluated_at,
        });
        let gone = std::mem::take(&mut plan.gone);
        let now = Stamp::from(evaluated_at);
        for entry in gone.values() {
            // As it was last sent: here, of the same findings.
            let mapper = Mapper::new(&self.identity, name, record);
            let asff = mapper.finding(&two()[0]);
            plan.archive(asff, entry, now, name);
        }
        plan.send.iter().for_each(|sent| self.manifest.note(sent));
        plan.send
    }
}

const DAYS: [&str; 4] = [
    "2026-11-21T10:00:00Z",
    "2026-11-22T10:00:00Z",
    "2026-11-23T10:00:00Z",
    "2027-02-01T10:00:00Z",
];

fn two() -> Vec<Finding> {
    let of = |rule| finding("trivy", Class::Vulnerability, rule);
    assembled(vec![of("CVE-2026-0001"), of("CVE-2026-0002")])
}

fn reasons(sent: &[Sending]) -> Vec<Reason> {
    sent.iter().map(|sending| sending.reason).collect()
}

#[test]
fn what_is_unchanged_is_not_sent_and_what_changed_keeps_its_dates() {
    let (mut hub, mut findings) = (Hub::new(), two());
    let fail = |day| record(day, &["trivy"], Outcome::Fail);
    assert_eq!(
        reasons(&hub.publish(&fail(DAYS[0]), &findings)),
        [Reason::New; 3]
    );
    assert!(hub.publish(&fail(DAYS[1]), &findings).is_empty());
    findings[0].title = "another title".into();
    let sent = hub.publish(&fail(DAYS[2]), &findings);
    assert_eq!(reasons(&sent), [Reason::Changed]);
    let asff = &sent[0].asff;
    assert_eq!(asff.created_at.second().to_string(), DAYS[0]);
    assert_eq!(asff.first_observed_at.second().to_string(), DAYS[0]);
    assert_eq!(asff.updated_at.to_string(), "2026-11-23T10:00:00.000Z");
    // Ninety days after it was sent, the service forgets it.
    assert_eq!(
        reasons(&hub.publish(&fail(DAYS[3]), &findings)),
        [Reason::Changed; 3]
    );
}

#[test]
fn what_is_gone_is_archived_and_what_is_back_has_its_old_dates_and_a_later_one() {
    let (mut hub, findings) = (Hub::new(), two());
    hub.publish(&record(DAYS[0], &["trivy"], Outcome::Fail), &findings);
    let sent = hub.publish(&record(DAYS[1], &["trivy"], Outcome::Fail), &findings[1..]);
    assert_eq!(reasons(&sent), [Reason::Gone]);
    assert_eq!(sent[0].asff.record_state, RecordState::Archived);
    let sent = hub.publish(&record(DAYS[2], &["trivy"], Outcome::Fail), &findings);
    assert_eq!(reasons(&sent), [Reason::Changed]);
    assert_eq!(sent[0].asff.record_state, RecordState::Active);
    assert_eq!(sent[0].asff.created_at.second().to_string(), DAYS[0]);
}

#[test]
fn only_a_scan_that_proves_it_makes_something_gone() {
    type Change = fn(&mut Record);
    let rows: [(&str, Change, usize); 6] = [
        ("complete", |_| {}, 2),
        (
            "partial",
            |record| record.reports[0].completeness = Completeness::Partial,
            0,
        ),
        (
            "one of two is partial",
            |record| {
                let mut other = record.reports[0].clone();
                other.completeness = Completeness::Partial;
                record.reports.push(other);
            },
            0,
        ),
        ("no report of the tool", |record| record.reports.clear(), 0),
        (
            "a report that searches nothing",
            |record| record.reports[0].content = Content::Inventory,
            0,
        ),
        (
            "the gate could not decide",
            |record| record.verdict.outcome = Outcome::Error,
            0,
        ),
    ];
    for (what, change, gone) in rows {
        let mut hub = Hub::new();
        hub.publish(&record(DAYS[0], &["trivy"], Outcome::Fail), &two());
        let mut later = record(DAYS[1], &["trivy"], Outcome::Fail);
        change(&mut later);
        let plan = hub.plan(&later, &[]).unwrap();
        assert_eq!((plan.gone.len(), plan.kept), (gone, 2 - gone), "{what}");
    }
}

#[test]
fn a_record_that_is_older_publishes_nothing_and_one_of_the_same_second_does() {
    let (mut hub, findings) = (Hub::new(), two());
    let second = record(DAYS[1], &["trivy"], Outcome::Fail);
    hub.publish(&second, &findings);
    let last = hub.manifest.last.unwrap();
    let older = hub.plan(&record(DAYS[0], &["trivy"], Outcome::Fail), &findings);
    assert_eq!(older.err(), Some(Superseded(last)));
    let at_once = record(DAYS[1], &["trivy"], Outcome::Pass);
    assert_eq!(hub.plan(&at_once, &findings).unwrap().send.len(), 1);
    assert_eq!(hub.plan(&second, &findings).unwrap().send.len(), 0);
}

#[test]
fn what_is_sent_again_after_a_crash_is_the_same_byte_for_byte() {
    let (mut hub, mut findings) = (Hub::new(), two());
    hub.publish(&record(DAYS[0], &["trivy"], Outcome::Fail), &findings);
    findings[0].title = "another title".into();
    let second = record(DAYS[1], &["trivy"], Outcome::Warn);
    let bytes = |hub: &Hub| {
        let plan = hub.plan(&second, &findings).unwrap();
        let sent = plan
            .send
            .iter()
            .map(|sending| serde_json::to_string(&sending.asff).unwrap());
        sent.collect::<Vec<_>>()
    };
    let first = bytes(&hub);
    let evaluated_at = second.question.evaluated_at;
    hub.manifest.begin(Last {
        record: Digest::of(&second.to_bytes().unwrap()),
        evaluated_at,
    });
    assert_eq!((first.len(), bytes(&hub)), (2, first));
}

#[test]
fn a_date_is_later_than_the_one_before_even_when_the_clock_was_not() {
    let (mut hub, mut findings) = (Hub::new(), two());
    let first = record(DAYS[1], &["trivy"], Outcome::Fail);
    hub.publish(&first, &findings);
    // The service was told something of a later moment, and nobody here knows by which record.
    hub.manifest.last = None;
    findings[0].title = "another title".into();
    let sent = hub.publish(&record(DAYS[0], &["trivy"], Outcome::Fail), &findings);
    assert_eq!(
        sent[0].asff.updated_at.to_string(),
        "2026-11-22T10:00:00.001Z"
    );
}
