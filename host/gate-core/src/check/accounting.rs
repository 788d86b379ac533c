//! No record and no finding vanished between the reports and the policies.

use crate::code::Code;
use crate::request::EvaluationRequest;
use crate::scan_report::ScanReport;
use crate::verdict::Reason;

/// The counts of each report are a sum, and the findings of all reports are those that are judged.
pub(super) fn check(request: &EvaluationRequest) -> Vec<Reason> {
    let unbalanced = |report: &&ScanReport| !report.counts.add_up();
    let wrong = |report: &ScanReport| {
        let message = format!(
            "the counts of {} do not add up: {}",
            report.called(),
            report.counts
        );
        Reason::error(Code::RecordsUnaccounted, message).about(report)
    };
    let mut reasons: Vec<Reason> = request
        .reports
        .iter()
        .filter(unbalanced)
        .map(wrong)
        .collect();
    let reported: u64 = request
        .reports
        .iter()
        .map(|r| u64::from(r.counts.findings))
        .sum();
    let judged = request.findings.len();
    if usize::try_from(reported) != Ok(judged) {
        let message = format!("the reports have {reported} findings, and {judged} are judged");
        reasons.push(Reason::error(Code::RecordsUnaccounted, message));
    }
    reasons
}

#[cfg(test)]
mod tests {
    use super::super::testing::{codes, report, request};
    use super::*;
    use crate::scan_report::RecordCounts;

    #[test]
    fn counts_that_do_not_add_up_are_an_error() {
        let with = |records, findings, passed, suppressed| ScanReport {
            counts: RecordCounts {
                records,
                findings,
                passed,
                suppressed,
                ..RecordCounts::default()
            },
            ..report("trivy", "r")
        };
        const WRONG: &str = "records-unaccounted";
        for (counted, expected) in [
            (with(0, 0, 0, 0), &[][..]),
            (with(5, 0, 5, 0), &[]),
            (with(5, 0, 4, 0), &[WRONG]),
            (with(0, 0, 0, 1), &[WRONG]),
            // The sum is right, and the finding is not there.
            (with(1, 1, 0, 0), &[WRONG]),
        ] {
            let reasons = check(&request(vec![counted]));
            assert_eq!(codes(&reasons), expected, "{reasons:?}");
        }
    }
}
