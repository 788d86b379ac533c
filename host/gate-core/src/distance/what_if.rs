//! A request, judged again with something changed.

use std::collections::BTreeSet;

use crate::evaluate::evaluate;
use crate::finding::Finding;
use crate::ports::PolicyRuntime;
use crate::request::{EvaluationRequest, Question};
use crate::scan_report::ScanReport;
use crate::verdict::Verdict;

use super::Work;

/// Evaluations at most, however few findings there are.
const MOST: u32 = 3_000;
/// Evaluations that may be made in any case.
const LEAST: u32 = 200;
/// Findings that may be judged, all evaluations together; it keeps the answer to minutes.
const FINDINGS: usize = 20_000_000;

/// Judges again, a bounded number of times.
pub(super) struct WhatIf<'a> {
    pub(super) request: &'a EvaluationRequest,
    runtime: &'a dyn PolicyRuntime,
    most: u32,
    /// How many of them may be made for now.
    limit: u32,
    made: u32,
}

impl<'a> WhatIf<'a> {
    pub(super) fn new(request: &'a EvaluationRequest, runtime: &'a dyn PolicyRuntime) -> Self {
        let most = FINDINGS.checked_div(request.findings.len());
        let most = most.and_then(|most| u32::try_from(most).ok());
        let most = most.unwrap_or(MOST).clamp(LEAST, MOST);
        Self {
            request,
            runtime,
            most,
            limit: most,
            made: 0,
        }
    }

    /// Leaves some of all evaluations over for later: only so many eighths may be made for now.
    pub(super) fn up_to(&mut self, eighths: u32) -> &mut Self {
        self.limit = self.most / 8 * eighths;
        self
    }

    pub(super) fn work(&self) -> Work {
        Work {
            evaluations: self.made,
            at_most: self.most,
        }
    }

    /// Evaluations that may still be made for now.
    pub(super) fn left(&self) -> u32 {
        self.limit.saturating_sub(self.made)
    }

    fn judge(&mut self, request: &EvaluationRequest) -> Option<Verdict> {
        if self.left() == 0 {
            return None;
        }
        self.made += 1;
        Some(evaluate(request, self.runtime).verdict)
    }

    /// The verdict on the same reports under another question; `None` when no evaluation is left.
    pub(super) fn asked(&mut self, question: Question) -> Option<Verdict> {
        let request = self.request.asking(question);
        self.judge(&request)
    }

    /// The verdict when the problems of some findings are mended; `None` when no evaluation is left.
    pub(super) fn without(&mut self, removed: &BTreeSet<u32>) -> Option<Verdict> {
        let mut reports = self.request.reports.clone();
        let mut kept = Vec::with_capacity(self.request.findings.len());
        for (at, finding) in (0..).zip(self.request.findings.iter()) {
            if removed.contains(&at) {
                mend(&mut reports, finding);
            } else {
                kept.push(finding.clone());
            }
        }
        let request = EvaluationRequest::new(self.request.question.clone(), reports, kept);
        self.judge(&request)
    }
}

/// What a report counts once the problem of a finding is mended: the check passes, as all others that do.
fn mend(reports: &mut [ScanReport], finding: &Finding) {
    let place = |fits: &dyn Fn(&ScanReport) -> bool| {
        let fits = |report: &ScanReport| report.counts.findings > 0 && fits(report);
        reports.iter().position(fits)
    };
    let own = place(&|report| report.digest == Some(finding.evidence.report));
    let place = own.or_else(|| place(&|_| true));
    let Some(report) = place.and_then(|at| reports.get_mut(at)) else {
        return;
    };
    let counts = &mut report.counts;
    counts.findings -= 1;
    counts.passed = counts.passed.saturating_add(1);
    counts.suppressed = counts.suppressed.min(counts.findings);
}
