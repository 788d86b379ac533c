//! The gate's own checks of a request, which hold whatever the policies answer.
//!
//! Each is one question about the reports, and a check that finds nothing to say proves nothing by that: only all
//! of them together, and a policy, make a pass.

mod accounting;
mod age;
mod bounds;
pub(crate) mod budget;
mod completeness;
mod demand;
mod sources;
mod subject;

use crate::code::Code;
use crate::feed;
use crate::request::EvaluationRequest;
use crate::scan_report::Problem;
use crate::verdict::{Outcome, Reason};

/// What a check has to say.
type Check = fn(&EvaluationRequest) -> Vec<Reason>;

/// All checks, in the order in which their reasons stand.
const CHECKS: [Check; 12] = [
    inputs,
    demand::check,
    completeness::check,
    accounting::check,
    age::check,
    subject::check,
    policies,
    feeds,
    sources::check,
    bounds::check,
    budget::waivers,
    budget::baseline,
];

/// What all checks have to say.
pub(crate) fn check(request: &EvaluationRequest) -> Vec<Reason> {
    CHECKS.iter().flat_map(|check| check(request)).collect()
}

/// What was to be read, reports aside, could be read.
fn inputs(request: &EvaluationRequest) -> Vec<Reason> {
    let reason = |problem: &Problem| Reason {
        outcome: Outcome::Error,
        effect: None,
        code: problem.code.clone(),
        policy: None,
        report: None,
        message: problem.message.clone(),
        help: problem.help.clone(),
        findings: Vec::new(),
    };
    request.question.problems.iter().map(reason).collect()
}

/// The feeds are there and of their time.
fn feeds(request: &EvaluationRequest) -> Vec<Reason> {
    let question = &request.question;
    feed::check(&question.feeds, &question.feed_rules, question.evaluated_at)
}

/// There is a policy.
fn policies(request: &EvaluationRequest) -> Vec<Reason> {
    if request.question.policies.is_empty() {
        let message = "the gate has no policy".to_owned();
        return vec![Reason::error(Code::NoPolicy, message)];
    }
    Vec::new()
}

/// For the tests of checks.
#[cfg(test)]
mod testing {
    use super::*;
    use crate::digest::Digest;
    use crate::gate::GateName;
    use crate::request::Question;
    use crate::scan_report::{Completeness, ScanReport};

    /// A complete report of a tool, with a name of its own.
    pub(super) fn report(tool: &str, name: &str) -> ScanReport {
        ScanReport {
            tool: tool.to_owned(),
            digest: Some(Digest::of(name.as_bytes())),
            completeness: Completeness::Complete,
            problems: Vec::new(),
            ..ScanReport::unreadable(name, Problem::new(Code::ReportEmpty, "unused"))
        }
    }

    /// A request about some reports.
    pub(super) fn request(reports: Vec<ScanReport>) -> EvaluationRequest {
        let at = "2026-01-31T12:00:00Z".parse().unwrap();
        let question = Question {
            scope: "shop".to_owned(),
            ..Question::of(GateName::new("image").unwrap(), at)
        };
        EvaluationRequest::new(question, reports, Vec::new())
    }

    /// The codes of some reasons.
    pub(super) fn codes(reasons: &[Reason]) -> Vec<&str> {
        reasons.iter().map(|reason| reason.code.as_str()).collect()
    }
}
