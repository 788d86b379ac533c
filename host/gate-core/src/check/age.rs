//! Every report is of its time.

use crate::code::Code;
use crate::request::{EvaluationRequest, Question};
use crate::scan_report::{Completeness, ScanReport};
use crate::time::SKEW_SECONDS;
use crate::verdict::Reason;

/// What a report says of its end is held against the moment of judgement; there is no other clock.
pub(super) fn check(request: &EvaluationRequest) -> Vec<Reason> {
    let question = &request.question;
    // What failed is an error already, and of what it would have said nothing is known.
    let read = request
        .reports
        .iter()
        .filter(|r| r.completeness != Completeness::Failed);
    let wrong = |report| Some(wrong(question, report)?.about(report));
    read.filter_map(wrong).collect()
}

fn wrong(question: &Question, report: &ScanReport) -> Option<Reason> {
    let (rules, now) = (&question.report_rules, question.evaluated_at);
    // Somebody's statements or a measurement beside what the gate accepts may be as old as they are.
    let limit = rules.max_age.filter(|_| rules.accept(report));
    let called = report.called();
    let (code, message) = match (report.finished, limit) {
        (Some(ended), _) if ended.unix() > now.unix().saturating_add(SKEW_SECONDS) => {
            let message = format!("{called} ended at {ended}, which is after {now}");
            (Code::ReportFromTheFuture, message)
        }
        (Some(ended), Some(limit)) if !limit.covers(ended, now) => {
            let message =
                format!("{called} ended at {ended}, which is more than {limit} before {now}");
            (Code::ReportTooOld, message)
        }
        (None, Some(limit)) => {
            let message = format!(
                "{called} does not say when it ended, and the gate takes none older than {limit}"
            );
            (Code::ReportUndated, message)
        }
        _ => return None,
    };
    Some(Reason::error(code, message))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{codes, report, request};
    use super::*;
    use crate::scan_report::Content;

    fn asked(finished: Option<&str>, limit: Option<&str>, content: Content) -> Vec<Reason> {
        let report = ScanReport {
            finished: finished.map(|at| at.parse().unwrap()),
            content,
            ..report("trivy", "r")
        };
        // Judged at 2026-01-31T12:00:00Z.
        let mut request = request(vec![report]);
        request.question.report_rules.max_age = limit.map(|limit| limit.parse().unwrap());
        check(&request)
    }

    #[test]
    fn a_report_is_neither_too_old_nor_of_the_future_nor_without_a_date() {
        for (finished, limit, expected) in [
            (Some("2000-01-01T00:00:00Z"), None, None),
            (None, None, None),
            (None, Some("7d"), Some("report-undated")),
            (Some("2026-01-31T11:59:59Z"), Some("1h"), None),
            (Some("2026-01-31T11:00:00Z"), Some("1h"), None),
            (
                Some("2026-01-31T10:59:59Z"),
                Some("1h"),
                Some("report-too-old"),
            ),
            (Some("2026-01-31T12:05:00Z"), Some("1h"), None),
            (
                Some("2026-01-31T12:05:01Z"),
                Some("1h"),
                Some("report-from-the-future"),
            ),
            (
                Some("9999-12-30T00:00:00Z"),
                None,
                Some("report-from-the-future"),
            ),
        ] {
            let reasons = asked(finished, limit, Content::Scan);
            assert_eq!(codes(&reasons).first().copied(), expected, "{reasons:?}");
        }
        assert_eq!(
            asked(Some("2026-01-01T00:00:00Z"), Some("168h"), Content::Scan)[0].message,
            "the trivy report `r` ended at 2026-01-01T00:00:00Z, which is more than 7d before 2026-01-31T12:00:00Z"
        );
    }

    #[test]
    fn what_the_gate_does_not_accept_as_its_proof_may_be_old_but_not_of_the_future() {
        assert!(asked(None, Some("1h"), Content::Statements).is_empty());
        assert!(
            asked(
                Some("2000-01-01T00:00:00Z"),
                Some("1h"),
                Content::Statements
            )
            .is_empty()
        );
        let later = asked(Some("2027-01-01T00:00:00Z"), None, Content::Statements);
        assert_eq!(codes(&later), ["report-from-the-future"]);
    }

    #[test]
    fn a_report_that_failed_is_not_asked() {
        let failed = ScanReport {
            completeness: Completeness::Failed,
            ..report("trivy", "r")
        };
        let mut request = request(vec![failed]);
        request.question.report_rules.max_age = "1h".parse().ok();
        assert!(check(&request).is_empty());
    }
}
