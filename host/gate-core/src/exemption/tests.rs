//! Tests of `exemption`: what it takes, what it refuses, and what it says then.

use super::*;
use crate::baseline::{BaselineUse, STANDING};
use crate::digest::Digest;
use crate::finding::{Class, Evidence};
use crate::fingerprint::assemble;
use crate::gate::GateName;
use crate::severity::{Level, Severity};
use crate::waiver::{Scope, Waiver};

fn findings() -> Vec<Finding> {
    let finding = |rule: &str| {
        let evidence = Evidence {
            pointer: "/0".into(),
            report: Digest::of(b"r"),
        };
        let severity = Severity {
            level: Level::High,
            ..Severity::unknown()
        };
        Finding::new("bandit", Class::CodeWeakness, rule, severity, "t", evidence)
    };
    let rules = ["a", "b", "c"].into_iter();
    let mut findings = assemble("shop", vec![rules.map(finding).collect()]).findings;
    for (finding, standing) in findings.iter_mut().zip(["existing", "new", "existing"]) {
        finding.attributes.insert(STANDING.into(), standing.into());
    }
    findings
}

fn question(only_new: bool, findings: &[Finding]) -> Question {
    let moment = |text: &str| text.parse().unwrap();
    Question {
        baseline: Some(BaselineUse {
            digest: Digest::of(b"b"),
            record: Digest::of(b"r"),
            taken: moment("2026-01-01T00:00:00Z"),
            only_new,
            budgets: BTreeMap::new(),
            fixed: Vec::new(),
        }),
        waivers: vec![Waiver {
            id: "w".to_owned(),
            owner: "o".to_owned(),
            approved_by: vec!["a".to_owned()],
            reason: "r".to_owned(),
            ticket: "t".to_owned(),
            created: moment("2026-01-01T00:00:00Z"),
            expires: moment("2026-01-20T00:00:00Z"),
            compensating_control: None,
            scope: Scope {
                fingerprint: findings.get(2).map(|finding| finding.id),
                ..Scope::default()
            },
        }],
        ..Question::of(
            GateName::new("sast").unwrap(),
            moment("2026-01-10T00:00:00Z"),
        )
    }
}

#[test]
fn an_unwaivable_policy_sees_what_is_waived_or_was_there() {
    let findings = findings();
    let unwaivable = Terms {
        unwaivable: true,
        ..Terms::default()
    };
    for (only_new, reaching) in [(true, vec![1]), (false, vec![0, 1])] {
        let exemptions = Exemptions::of(&question(only_new, &findings), &findings);
        assert_eq!(exemptions.reaching(Terms::default()), Some(&*reaching));
        assert_eq!(exemptions.reaching(unwaivable), None);
        assert_eq!(exemptions.at(2), Some(Exemption::Waived));
        let before = |at: &u32| exemptions.at(*at) == Some(Exemption::Baseline);
        assert_eq!((0..3).filter(before).count(), usize::from(only_new));
    }
}

#[test]
fn without_an_exemption_all_findings_reach_a_policy() {
    let findings = findings();
    let mut question = question(false, &findings);
    question.waivers.clear();
    let exemptions = Exemptions::of(&question, &findings);
    assert_eq!(exemptions.reaching(Terms::default()), None);
}
