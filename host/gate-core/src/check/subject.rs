//! Every report is of the subject, as far as it says of what it is.

use crate::code::Code;
use crate::request::EvaluationRequest;
use crate::subject::{Match, of_another, of_report};
use crate::verdict::Reason;

/// A report of another subject is an error; one that names none is, too, where the profile says so.
pub(super) fn check(request: &EvaluationRequest) -> Vec<Reason> {
    let question = &request.question;
    let demanded = question.report_rules.require_subject_match;
    let mut reasons = Vec::new();
    if demanded
        && question
            .subject
            .as_ref()
            .and_then(|subject| subject.digest)
            .is_none()
    {
        let message =
            "the gate demands that its reports name the subject's digest, and none was given"
                .to_owned();
        reasons.push(Reason::error(Code::SubjectWithoutDigest, message));
    }
    for report in &request.reports {
        let (code, message) = match of_report(question, report) {
            Match::Another => (Code::ReportOfAnotherSubject, of_another(question, report)),
            Match::Unnamed if demanded => {
                let message = format!(
                    "{} does not name the digest of what was scanned",
                    report.called()
                );
                (Code::ReportNamesNoSubject, message)
            }
            Match::Same | Match::Unnamed | Match::NotAsked => continue,
        };
        reasons.push(Reason::error(code, message).about(report));
    }
    reasons
}

#[cfg(test)]
mod tests {
    use super::super::testing::{codes, report, request};
    use super::*;
    use crate::digest::Digest;
    use crate::request::Subject;
    use crate::scan_report::{Completeness, Content, ScanReport, Target};

    const ANOTHER: &str = "report-of-another-subject";
    const UNNAMED: &str = "report-names-no-subject";

    fn digest(of: &str) -> String {
        Digest::of(of.as_bytes()).to_string()
    }

    fn asked(
        named: &[&str],
        subject: Option<Option<&str>>,
        demanded: bool,
        content: Content,
    ) -> Vec<Reason> {
        let target = Target {
            digests: named.iter().map(|name| digest(name)).collect(),
            kind: None,
            name: "registry.example/shop:1".to_owned(),
        };
        let report = ScanReport {
            target: Some(target),
            content,
            ..report("trivy", "r")
        };
        let mut request = request(vec![report]);
        request.question.subject = subject.map(|digest| Subject {
            name: "registry.example/shop".to_owned(),
            digest: digest.map(|name| Digest::of(name.as_bytes())),
        });
        request.question.report_rules.require_subject_match = demanded;
        check(&request)
    }

    #[test]
    fn a_report_of_another_digest_is_an_error_and_a_name_proves_nothing() {
        for (named, subject, expected, demanded) in [
            (&["a"][..], Some(Some("a")), &[][..], &[][..]),
            (&["b", "a"], Some(Some("a")), &[], &[]),
            (&["b", "c"], Some(Some("a")), &[ANOTHER], &[ANOTHER]),
            (&[], Some(Some("a")), &[], &[UNNAMED]),
            (&["a"], Some(None), &[], &["subject-without-digest"]),
            (&["a"], None, &[], &["subject-without-digest"]),
        ] {
            let reasons = asked(named, subject, false, Content::Scan);
            assert_eq!(codes(&reasons), expected, "{named:?} {subject:?}");
            let reasons = asked(named, subject, true, Content::Scan);
            assert_eq!(codes(&reasons), demanded, "{named:?} {subject:?}, demanded");
        }
        let message = &asked(&["b"], Some(Some("a")), false, Content::Scan)[0].message;
        for text in [
            &*digest("a"),
            &*digest("b"),
            "registry.example/shop:1",
            "the trivy report `r`",
        ] {
            assert!(message.contains(text), "{message}");
        }
    }

    #[test]
    fn what_stands_beside_the_proof_need_not_name_the_subject_but_not_another_one_either() {
        assert!(asked(&[], Some(Some("a")), true, Content::Statements).is_empty());
        let another = asked(&["b"], Some(Some("a")), false, Content::Statements);
        assert_eq!(codes(&another), [ANOTHER]);
    }

    #[test]
    fn a_report_that_failed_is_not_asked() {
        let failed = ScanReport {
            completeness: Completeness::Failed,
            ..report("trivy", "r")
        };
        let mut request = request(vec![failed]);
        request.question.subject = Some(Subject {
            name: "shop".to_owned(),
            digest: Some(Digest::of(b"a")),
        });
        request.question.report_rules.require_subject_match = true;
        assert!(check(&request).is_empty());
    }
}
