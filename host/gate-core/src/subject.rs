//! Whether a report is of the subject. Only a digest proves that; a name is never compared, because what stands
//! under a name changes.

use crate::request::{EvaluationRequest, Question};
use crate::scan_report::{Completeness, ScanReport};

/// How a report and the subject stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match {
    /// The report names the subject's digest.
    Same,
    /// The report names digests, and not the subject's.
    Another,
    /// The report names no digest.
    Unnamed,
    /// There is nothing to compare: the subject has no digest, the report failed, or it stands beside what the
    /// gate accepts as its proof and names none.
    NotAsked,
}

/// Whether a report is of the subject.
#[must_use]
pub fn of_report(question: &Question, report: &ScanReport) -> Match {
    let digest = question.subject.as_ref().and_then(|subject| subject.digest);
    let Some(digest) = digest.filter(|_| report.completeness != Completeness::Failed) else {
        return Match::NotAsked;
    };
    let named = report
        .target
        .as_ref()
        .map_or(&[][..], |target| &target.digests);
    let digest = digest.to_string();
    if named.contains(&digest) {
        Match::Same
    } else if !named.is_empty() {
        Match::Another
    } else if question.report_rules.accept(report) {
        Match::Unnamed
    } else {
        Match::NotAsked
    }
}

/// For each report that names no digest while the subject has one, a sentence that says so.
pub fn notes(request: &EvaluationRequest) -> impl Iterator<Item = String> {
    let unnamed = |report: &&ScanReport| of_report(&request.question, report) == Match::Unnamed;
    request.reports.iter().filter(unnamed).map(|report| {
        let name = report.target.as_ref().map(|target| target.name.as_str());
        let only = name.filter(|name| !name.is_empty()).map_or_else(
            || "it names no digest".to_owned(),
            |name| format!("it names `{name}` and no digest"),
        );
        format!(
            "nothing proves that {} is of the subject: {only}",
            report.called()
        )
    })
}

/// The sentence about a report of another subject.
pub(crate) fn of_another(question: &Question, report: &ScanReport) -> String {
    let subject = question
        .subject
        .as_ref()
        .map_or_else(String::new, |subject| {
            let digest = subject
                .digest
                .map_or_else(String::new, |digest| format!("@{digest}"));
            format!("{}{digest}", subject.name)
        });
    let (name, digests) = report
        .target
        .as_ref()
        .map_or(("", &[][..]), |target| (&target.name, &target.digests));
    // A report may name as many as it likes.
    let shown: Vec<_> = digests.iter().take(3).map(String::as_str).collect();
    let more = digests.len().saturating_sub(shown.len());
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    let digests = shown.join(", ");
    format!(
        "{} is of `{name}` ({digests}{more}), the subject is `{subject}`",
        report.called()
    )
}
