//! Every report proves that everything was looked at.

use crate::code::Code;
use crate::request::EvaluationRequest;
use crate::scan_report::{Completeness, ScanReport};
use crate::verdict::{Outcome, Reason};

/// The only thing that a gate can decide without is a number of records in quarantine, where its profile says so;
/// that is a warning.
pub(super) fn check(request: &EvaluationRequest) -> Vec<Reason> {
    let reports = &request.reports;
    let allowed = request.question.report_rules.allow_quarantined;
    let quarantined: u64 = reports
        .iter()
        .map(|r| u64::from(r.counts.quarantined))
        .sum();
    let reason = |report: &ScanReport| {
        if !only_quarantined(report) || allowed == 0 {
            incomplete(report)
        } else if quarantined <= u64::from(allowed) {
            decided_without(report, allowed)
        } else {
            let message = format!(
                "{} is partial: {quarantined} records of the gate's reports could not be understood, {allowed} allowed",
                report.called()
            );
            Reason::error(Code::ReportIncomplete, message)
        }
    };
    let lacking = reports
        .iter()
        .filter(|r| r.completeness != Completeness::Complete);
    lacking.map(|report| reason(report).about(report)).collect()
}

/// Whether a report would be complete but for some of its records. Where no record at all was understood, it is not
/// known what the report is.
fn only_quarantined(report: &ScanReport) -> bool {
    report.completeness == Completeness::Partial
        && report.but_for_quarantine == Some(Completeness::Complete)
        && report.counts.quarantined < report.counts.records
}

fn decided_without(report: &ScanReport, allowed: u32) -> Reason {
    let message = format!(
        "{} was judged without {} of its {} records, which could not be understood; {allowed} allowed",
        report.called(),
        report.counts.quarantined,
        report.counts.records
    );
    Reason {
        outcome: Outcome::Warn,
        ..Reason::error(Code::RecordQuarantined, message)
    }
}

fn incomplete(report: &ScanReport) -> Reason {
    let problem = report.problems.first();
    // A report that could not be read has exactly one problem, and that is the reason.
    if let (Completeness::Failed, Some(problem)) = (report.completeness, problem) {
        let code = Code::from_name(&problem.code).unwrap_or(Code::ScannerFailed);
        let reason = Reason::error(code, problem.in_report(&report.name));
        return match &problem.help {
            Some(help) => reason.help(help),
            None => reason,
        };
    }
    let mut message = format!("{} is {}", report.called(), report.completeness);
    if let Some(problem) = problem {
        message.push_str(": ");
        message.push_str(&problem.message);
        match report.problems.len() {
            0 | 1 => {}
            n => message.push_str(&format!(" (and {} more)", n - 1)),
        }
    }
    Reason::error(Code::ReportIncomplete, message)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{report, request};
    use super::*;
    use crate::scan_report::{Problem, RecordCounts};
    use Completeness::{Complete, Empty, Failed, Partial};

    fn quarantined(number: u32, of: u32) -> ScanReport {
        ScanReport {
            completeness: Partial,
            but_for_quarantine: Some(Complete),
            problems: vec![Problem::new(Code::RecordQuarantined, "odd")],
            counts: RecordCounts {
                quarantined: number,
                records: of,
                findings: of - number,
                ..RecordCounts::default()
            },
            ..report("trivy", &format!("{number} of {of}"))
        }
    }

    fn asked(reports: Vec<ScanReport>, allowed: u32) -> Vec<Reason> {
        let mut request = request(reports);
        request.question.report_rules.allow_quarantined = allowed;
        check(&request)
    }

    fn outcomes(reasons: &[Reason]) -> Vec<Outcome> {
        reasons.iter().map(|reason| reason.outcome).collect()
    }

    #[test]
    fn quarantined_records_are_allowed_by_number_of_all_reports() {
        use Outcome::{Error, Warn};
        for (reports, allowed, expected) in [
            (vec![quarantined(1, 9)], 0, &[Error][..]),
            (vec![quarantined(1, 9)], 1, &[Warn]),
            (vec![quarantined(2, 9)], 1, &[Error]),
            (
                vec![quarantined(2, 9), quarantined(2, 9)],
                3,
                &[Error, Error],
            ),
            (vec![quarantined(2, 9), quarantined(2, 9)], 4, &[Warn, Warn]),
            (
                vec![quarantined(u32::MAX - 1, u32::MAX), quarantined(2, 9)],
                u32::MAX,
                &[Error, Error],
            ),
            // Nothing of it was understood.
            (vec![quarantined(2, 2)], 9, &[Error]),
        ] {
            let reasons = asked(reports, allowed);
            assert_eq!(outcomes(&reasons), expected, "{reasons:?}");
        }
        let warning = &asked(vec![quarantined(1, 9)], 2)[0];
        assert_eq!(warning.code, "record-quarantined");
        assert_eq!(
            warning.message,
            "the trivy report `1 of 9` was judged without 1 of its 9 records, which could not be understood; 2 allowed"
        );
    }

    #[test]
    fn what_is_incomplete_for_another_reason_is_not_excused() {
        for (completeness, but_for_quarantine) in [
            (Partial, Some(Partial)),
            (Partial, None),
            (Failed, Some(Failed)),
            (Empty, Some(Empty)),
            (Failed, Some(Complete)),
            (Empty, Some(Complete)),
        ] {
            let spoilt = ScanReport {
                completeness,
                but_for_quarantine,
                ..quarantined(1, 9)
            };
            assert_eq!(
                outcomes(&asked(vec![spoilt], 9)),
                [Outcome::Error],
                "{completeness:?}"
            );
        }
    }

    #[test]
    fn a_report_that_failed_says_its_own_code() {
        let unreadable =
            ScanReport::unreadable("r", Problem::new(Code::ReportEmpty, "the file is empty"));
        let reasons = asked(vec![unreadable], 0);
        assert_eq!(reasons[0].code, "report-empty");
        assert_eq!(reasons[0].message, "reading `r`: the file is empty");
        assert_eq!(reasons[0].report.as_deref(), Some("r"));
    }
}
