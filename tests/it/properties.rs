//! What holds of every verdict, whatever the reports say: with the standard policies at their defaults.

use std::sync::Arc;

use gate_core::baseline::{Baseline, BaselineRules};
use gate_core::canonical;
use gate_core::digest::Digest;
use gate_core::evaluate::evaluate;
use gate_core::finding::Finding;
use gate_core::record::{
    FindingsRef, FormatVersion, Producer, Record, findings_from_bytes, write_findings,
};
use gate_core::request::{Enforcement, EvaluationRequest, Question, Requirement};
use gate_core::scan_report::{Completeness, ScanReport};
use gate_core::time::Moment;
use gate_core::verdict::{Disposition, Outcome, Verdict};
use gate_core::waiver::{Scope, Waiver};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::random::{Read, TOOLS, assembled, problem, reports};
use crate::standard::{STANDARD, of_findings, request};

/// What the reports must have been: every one of them, by tool and in all.
fn all_of(reads: &[Read]) -> Vec<Requirement> {
    let of = |tool: &str| reads.iter().filter(|read| read.report.tool == tool).count() as u32;
    let mut required = vec![Requirement {
        tool: None,
        at_least: reads.len() as u32,
    }];
    required.extend(TOOLS.iter().map(|tool| Requirement {
        tool: Some((*tool).to_owned()),
        at_least: of(tool),
    }));
    required
}

fn ask(reads: &[Read], required: Vec<Requirement>) -> EvaluationRequest {
    let (reports, findings) = assembled(reads);
    request(of_findings(), findings, reports, required)
}

fn judge(request: &EvaluationRequest) -> Verdict {
    evaluate(request, &STANDARD.runtime).verdict
}

/// What is judged where only what is new counts.
fn compared(reads: &[Read], baseline: &Baseline) -> (Verdict, EvaluationRequest) {
    let request = ask(reads, Vec::new());
    let mut findings = request.findings.to_vec();
    baseline.annotate(&mut findings, request.question.evaluated_at);
    let rules = BaselineRules {
        only_new: true,
        ratchet: false,
    };
    let mut question = request.question.clone();
    question.baseline = Some(baseline.used(Digest::of(b"baseline"), rules, &findings));
    let request = EvaluationRequest::new(question, request.reports, findings);
    (judge(&request), request)
}

fn bytes(verdict: &Verdict) -> Vec<u8> {
    canonical::to_vec(verdict).unwrap()
}

fn total(counts: impl Iterator<Item = u32>) -> usize {
    counts.map(|count| count as usize).sum()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn one_more_finding_never_improves_the_outcome(reads in reports(2, 0..10)) {
        // From no finding at all, which passes, to all of them: one at a time, so that few come before the
        // first that closes the gate.
        let mut grown: Vec<Read> = reads.iter().map(Read::emptied).collect();
        let mut before = judge(&ask(&grown, Vec::new())).outcome;
        prop_assert_eq!(before, Outcome::Pass);
        for (at, read) in reads.iter().enumerate() {
            for finding in &read.findings {
                grown[at].push(finding.clone());
                let outcome = judge(&ask(&grown, Vec::new())).outcome;
                prop_assert!(outcome >= before, "{before} became {outcome}");
                before = outcome;
            }
        }
        // A policy that can't answer would make this, and everything after it, true of nothing.
        prop_assert!(before < Outcome::Error);
    }

    #[test]
    fn a_report_that_is_demanded_and_missing_is_an_error(
        reads in reports(3, 0..10),
        missing in any::<Index>(),
        any_tool in any::<bool>(),
    ) {
        // Both ways to demand it, by tool and by number, are enough by themselves.
        let mut required = all_of(&reads);
        required.retain(|demand| demand.tool.is_none() == any_tool);
        prop_assert!(judge(&ask(&reads, required.clone())).outcome < Outcome::Error);
        let mut fewer = reads;
        fewer.remove(missing.index(fewer.len()));
        let verdict = judge(&ask(&fewer, required));
        prop_assert_eq!(verdict.outcome, Outcome::Error);
        prop_assert_eq!(verdict.reasons[0].code.as_str(), "report-missing");
    }

    #[test]
    fn a_report_that_is_not_complete_is_an_error(
        reads in reports(3, 0..10),
        which in any::<Index>(),
        completeness in select(vec![
            Completeness::Partial,
            Completeness::Failed,
            Completeness::Empty,
        ]),
        says_why in any::<bool>(),
    ) {
        prop_assert!(judge(&ask(&reads, Vec::new())).outcome < Outcome::Error);
        let mut spoilt = reads;
        let at = which.index(spoilt.len());
        spoilt[at].report.completeness = completeness;
        if says_why {
            spoilt[at].report.problems.push(problem("it stopped"));
        }
        let verdict = judge(&ask(&spoilt, Vec::new()));
        prop_assert_eq!(verdict.outcome, Outcome::Error);
        prop_assert_eq!(verdict.reasons[0].report.as_ref(), Some(&spoilt[at].report.name));
    }

    #[test]
    fn order_does_not_matter(
        (reads, mixed) in reports(4, 0..40).prop_flat_map(|reads| {
            let mixed = Just(reads.clone()).prop_shuffle().prop_flat_map(|reads| {
                reads
                    .into_iter()
                    .map(|read| {
                        let report = Just(read.report);
                        (report, Just(read.findings).prop_shuffle())
                            .prop_map(|(report, findings)| Read { report, findings })
                    })
                    .collect::<Vec<_>>()
            });
            (Just(reads), mixed)
        }),
    ) {
        let one = judge(&ask(&reads, all_of(&reads)));
        let other = judge(&ask(&mixed, all_of(&mixed)));
        prop_assert_eq!(bytes(&one), bytes(&other));
    }

    #[test]
    fn no_finding_is_lost(reads in reports(3, 0..60)) {
        let drafts: usize = reads.iter().map(|read| read.findings.len()).sum();
        let request = ask(&reads, Vec::new());
        let verdict = judge(&request);
        let findings = &request.findings;
        prop_assert_eq!(total(findings.iter().map(|finding| finding.count)), drafts);
        let reported = request.reports.iter().map(|report| &report.counts);
        prop_assert_eq!(total(reported.clone().map(|counts| counts.findings)), findings.len());
        prop_assert_eq!(
            total(reported.map(|counts| counts.findings + counts.merged)),
            drafts
        );

        let counts = &verdict.counts;
        prop_assert_eq!(counts.findings as usize, findings.len());
        prop_assert_eq!(total(counts.by_disposition.values().copied()), findings.len());
        prop_assert_eq!(total(counts.by_level.values().copied()), findings.len());
        for (disposition, number) in &counts.by_disposition {
            let of = |finding: &&Finding| verdict.disposition_of(&finding.id) == *disposition;
            prop_assert_eq!(findings.iter().filter(of).count(), *number as usize);
        }
        // What is counted is named by a reason, and what a reason names is counted.
        for finding in findings.iter() {
            let named = verdict.reasons.iter().any(|reason| reason.findings.contains(&finding.id));
            let counted = verdict.disposition_of(&finding.id) == Disposition::Counted;
            prop_assert_eq!(named, counted, "{}", finding.id);
        }
    }

    #[test]
    fn a_finding_that_vanished_is_missed(reads in reports(3, 1..20), which in any::<Index>()) {
        let mut request = ask(&reads, Vec::new());
        let mut fewer = request.findings.to_vec();
        fewer.remove(which.index(fewer.len()));
        request.findings = Arc::new(fewer);
        let verdict = judge(&request);
        prop_assert_eq!(verdict.outcome, Outcome::Error);
        prop_assert_eq!(verdict.reasons[0].code.as_str(), "records-unaccounted");
    }

    #[test]
    fn monitoring_changes_no_verdict(reads in reports(3, 0..20), incomplete in any::<bool>()) {
        let mut request = ask(&reads, Vec::new());
        if incomplete {
            request.reports[0].completeness = Completeness::Partial;
        }
        let enforced = judge(&request);
        request.question.enforcement = Enforcement::Monitor;
        let mut monitored = judge(&request);
        prop_assert_eq!(monitored.enforcement, Enforcement::Monitor);
        monitored.enforcement = Enforcement::Enforce;
        prop_assert_eq!(bytes(&enforced), bytes(&monitored));
    }

    #[test]
    fn what_was_there_before_never_worsens_the_outcome(reads in reports(2, 0..20)) {
        let request = ask(&reads, Vec::new());
        let baseline = Baseline::take(&request, Digest::of(b"record"), None);
        let (against, request) = compared(&reads, &baseline);
        let mut inactive: Vec<Read> = reads.iter().map(Read::emptied).collect();
        for (at, read) in reads.iter().enumerate() {
            for finding in read.findings.iter().filter(|finding| !finding.is_active()) {
                inactive[at].push(finding.clone());
            }
        }
        prop_assert_eq!(against.outcome, judge(&ask(&inactive, Vec::new())).outcome);
        for finding in request.findings.iter().filter(|finding| finding.is_active()) {
            prop_assert_eq!(against.disposition_of(&finding.id), Disposition::Baseline);
        }
    }

    #[test]
    fn a_finding_less_in_the_baseline_never_improves_the_outcome(reads in reports(2, 1..12)) {
        let request = ask(&reads, Vec::new());
        let mut baseline = Baseline::take(&request, Digest::of(b"record"), None);
        let known: Vec<_> = baseline.findings.keys().copied().collect();
        let mut before = compared(&reads, &baseline).0.outcome;
        let mut excused = known.len();
        for (at, id) in known.iter().enumerate() {
            // Gone, or fixed before: what is back is not excused.
            if at % 2 == 0 {
                baseline.findings.remove(id);
            } else if let Some(known) = baseline.findings.get_mut(id) {
                known.fixed = Some(baseline.taken);
            }
            let verdict = compared(&reads, &baseline).0;
            prop_assert!(verdict.outcome >= before, "{before} became {}", verdict.outcome);
            before = verdict.outcome;
            excused -= 1;
            let of = verdict.counts.by_disposition.get(&Disposition::Baseline);
            prop_assert_eq!(of.copied().unwrap_or_default() as usize, excused);
        }
    }

    #[test]
    fn a_record_repeats_its_verdict(reads in reports(3, 0..40)) {
        let request = ask(&reads, all_of(&reads));
        let verdict = judge(&request);
        let mut blob = Vec::new();
        write_findings(&request.findings, &mut blob).unwrap();
        let record = recorded(&request, &verdict, &blob);

        let read = Record::from_bytes(&record.to_bytes().unwrap()).unwrap();
        prop_assert_eq!(&read, &record);
        let findings = findings_from_bytes(&blob).unwrap();
        prop_assert_eq!(&findings, &*request.findings);
        let rebuilt = EvaluationRequest::new(read.question, read.reports, findings);
        prop_assert_eq!(bytes(&judge(&rebuilt)), bytes(&verdict));
        prop_assert_eq!(bytes(&read.verdict), bytes(&verdict));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_waiver_never_worsens_the_outcome_and_its_order_never_matters(
        reads in reports(2, 1..12),
        which in vec(any::<Index>(), 1..6),
        days in 1..40_u32,
    ) {
        let request = ask(&reads, Vec::new());
        let mut waivers: Vec<Waiver> = Vec::new();
        let before = judge(&request);
        let mut outcome = before.outcome;
        for (number, index) in which.iter().enumerate() {
            let finding = &request.findings[index.index(request.findings.len())];
            waivers.push(waiver(number, finding, days));
            let waived = with(&request, |question| question.waivers = waivers.clone());
            let verdict = judge(&waived);
            prop_assert!(verdict.outcome <= outcome, "{outcome} became {}", verdict.outcome);
            outcome = verdict.outcome;
            prop_assert_eq!(total(verdict.counts.by_disposition.values().copied()), request.findings.len());
        }
        // What decides is the order of ids, which who makes a question keeps; what is waived does not depend on it.
        let waived = |waivers: &[Waiver]| {
            let verdict = judge(&with(&request, |question| question.waivers = waivers.to_vec()));
            (verdict.outcome, verdict.counts, verdict.dispositions)
        };
        let one = waived(&waivers);
        waivers.reverse();
        prop_assert_eq!(one, waived(&waivers));
    }

    #[test]
    fn what_is_unwaivable_is_touched_by_no_waiver(
        reads in reports(2, 1..12),
        by_rule in any::<bool>(),
    ) {
        let request = ask(&reads, Vec::new());
        let plain = judge(&request);
        let all = request.findings.iter().enumerate();
        let waivers: Vec<Waiver> = all.map(|(number, finding)| waiver(number, finding, 1)).collect();
        let kept = judge(&with(&request, |question| {
            question.waivers = waivers.clone();
            if by_rule {
                question.waiver_rules.unwaivable =
                    request.findings.iter().map(|finding| finding.rule.id.to_string()).collect();
            } else {
                for policy in &mut question.policies {
                    policy.terms.unwaivable = true;
                }
            }
        }));
        prop_assert_eq!(kept.outcome, plain.outcome);
        prop_assert_eq!(&kept.reasons, &plain.reasons);
        let counted = |verdict: &Verdict| verdict.dispositions.get(&Disposition::Counted).cloned();
        prop_assert_eq!(counted(&kept), counted(&plain));
    }
}

/// A waiver of one finding.
fn waiver(number: usize, finding: &Finding, days: u32) -> Waiver {
    let created: Moment = "2026-01-31T00:00:00Z".parse().unwrap();
    let waiver = Waiver {
        id: format!("w{number:02}"),
        owner: "team-shop".to_owned(),
        approved_by: vec!["security".to_owned()],
        reason: "later".to_owned(),
        ticket: "SHOP-1".to_owned(),
        created,
        expires: Moment::from_unix(created.unix() + i64::from(days) * 86_400).unwrap(),
        compensating_control: None,
        scope: Scope {
            fingerprint: Some(finding.id),
            ..Scope::default()
        },
    };
    assert_eq!(waiver.check(created), Ok(()));
    waiver
}

/// The same request with another question.
fn with(request: &EvaluationRequest, change: impl FnOnce(&mut Question)) -> EvaluationRequest {
    let mut question = request.question.clone();
    change(&mut question);
    EvaluationRequest::new(question, request.reports.clone(), request.findings.to_vec())
}

fn recorded(request: &EvaluationRequest, verdict: &Verdict, blob: &[u8]) -> Record {
    let reports: Vec<ScanReport> = request.reports.clone();
    Record {
        format: FormatVersion::CURRENT,
        producer: Producer {
            gate: "0.0.0".to_owned(),
            engine: "test".to_owned(),
        },
        question: request.question.clone(),
        reports,
        findings: FindingsRef {
            count: request.findings.len() as u32,
            digest: Digest::of(blob),
        },
        verdict: verdict.clone(),
    }
}
