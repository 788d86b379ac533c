//! Every demanded report was given, and what was given proves something.

use std::collections::BTreeSet;

use crate::code::Code;
use crate::request::{EvaluationRequest, ReportRules, Requirement};
use crate::scan_report::ScanReport;
use crate::verdict::Reason;

/// A demand that names a tool is met by its reports of any kind; one that does not, only by what the gate accepts.
pub(super) fn check(request: &EvaluationRequest) -> Vec<Reason> {
    let reports = &request.reports;
    let rules = &request.question.report_rules;
    let accepted = |report: &&ScanReport| rules.accept(report);
    let mut unproven = !reports.is_empty() && !reports.iter().any(|report| accepted(&report));
    let mut reasons = Vec::new();
    for Requirement { tool, at_least } in &request.question.required {
        let fits = |report: &&ScanReport| tool.as_ref().is_none_or(|tool| *tool == report.tool);
        let given = distinct(reports.iter().filter(fits));
        let at_least = *at_least as usize;
        if given < at_least {
            let kind = tool
                .as_ref()
                .map_or_else(String::new, |tool| format!("{tool} "));
            let message = format!("the gate demands {at_least} {kind}report(s), {given} given");
            reasons.push(Reason::error(Code::ReportMissing, message));
        } else if tool.is_none() && distinct(reports.iter().filter(accepted)) < at_least {
            unproven = true;
        }
    }
    if unproven {
        let others = reports.iter().filter(|report| !accepted(report));
        reasons.extend(others.map(|report| proves_nothing(report, rules)));
    }
    reasons
}

/// How many reports there are. The same bytes twice are one report.
fn distinct<'a>(reports: impl Iterator<Item = &'a ScanReport>) -> usize {
    let distinct: BTreeSet<_> = reports
        .map(|report| (&report.tool, report.digest))
        .collect();
    distinct.len()
}

fn proves_nothing(report: &ScanReport, rules: &ReportRules) -> Reason {
    let accepts: Vec<_> = rules
        .accepts
        .iter()
        .map(|content| format!("`{}`", content.as_str()))
        .collect();
    let message = format!(
        "{} is {}; the gate accepts {}",
        report.called(),
        report.content.described(),
        accepts.join(" or ")
    );
    Reason::error(Code::ReportProvesNothing, message).about(report)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{codes, report, request};
    use super::*;
    use crate::scan_report::Completeness;
    use crate::scan_report::Content::{
        self, Inventory, Measurement, Scan, SearchedInventory, Statements,
    };

    fn of(content: Content, tool: &str) -> ScanReport {
        ScanReport {
            content,
            ..report(tool, content.as_str())
        }
    }

    fn demand(tool: Option<&str>, at_least: u32) -> Requirement {
        Requirement {
            tool: tool.map(str::to_owned),
            at_least,
        }
    }

    fn asked(
        reports: Vec<ScanReport>,
        accepts: &[Content],
        required: Vec<Requirement>,
    ) -> Vec<Reason> {
        let mut request = request(reports);
        request.question.report_rules.accepts = accepts.iter().copied().collect();
        request.question.required = required;
        check(&request)
    }

    #[test]
    fn a_gate_needs_a_report_of_what_it_accepts() {
        const NOTHING: &str = "report-proves-nothing";
        let scan = || of(Scan, "trivy");
        let inventory = || of(Inventory, "cyclonedx");
        let searched = || of(SearchedInventory, "cyclonedx");
        for (reports, accepts, expected) in [
            (vec![scan()], &[Scan][..], &[][..]),
            (vec![inventory()], &[Scan], &[NOTHING]),
            (
                vec![of(Statements, "openvex"), of(Measurement, "junit")],
                &[Scan],
                &[NOTHING, NOTHING],
            ),
            (vec![scan(), inventory()], &[Scan], &[]),
            (vec![searched()], &[Scan], &[]),
            (vec![searched()], &[Inventory], &[]),
            (vec![searched()], &[Measurement], &[NOTHING]),
            (vec![inventory()], &[Inventory], &[]),
            (vec![scan()], &[Inventory], &[NOTHING]),
            (vec![scan()], &[Inventory, Scan], &[]),
            (vec![], &[Scan], &["report-missing"]),
        ] {
            let reasons = asked(reports, accepts, vec![demand(None, 1)]);
            assert_eq!(codes(&reasons), expected, "{reasons:?}");
        }
    }

    #[test]
    fn a_demand_for_any_tool_counts_what_the_gate_accepts() {
        let both = || vec![of(Scan, "trivy"), of(Inventory, "cyclonedx")];
        for (required, expected) in [
            (demand(None, 2), &["report-proves-nothing"][..]),
            (demand(None, 3), &["report-missing"]),
            (demand(Some("cyclonedx"), 1), &[]),
            (demand(Some("grype"), 1), &["report-missing"]),
        ] {
            let reasons = asked(both(), &[Scan], vec![required]);
            assert_eq!(codes(&reasons), expected, "{reasons:?}");
        }
        // A demand that is met by its tool does not make an inventory a scan.
        let reasons = asked(
            vec![of(Inventory, "cyclonedx")],
            &[Scan],
            vec![demand(Some("cyclonedx"), 1)],
        );
        assert_eq!(codes(&reasons), ["report-proves-nothing"]);
        assert_eq!(
            reasons[0].message,
            "the cyclonedx report `inventory` is an inventory, which lists components and searches nothing for \
             problems; the gate accepts `scan`"
        );
    }

    #[test]
    fn a_report_that_failed_is_not_said_to_be_of_another_kind() {
        let mut failed = of(Scan, "cyclonedx");
        failed.completeness = Completeness::Failed;
        assert!(asked(vec![failed], &[Inventory], vec![demand(None, 1)]).is_empty());
    }

    #[test]
    fn the_same_bytes_twice_are_one_report() {
        let reasons = asked(
            vec![of(Scan, "trivy"), of(Scan, "trivy")],
            &[Scan],
            vec![demand(None, 2)],
        );
        assert_eq!(codes(&reasons), ["report-missing"]);
    }
}
