//! Tests of `hygiene`: what it takes, what it refuses, and what it says then.

use super::*;
use crate::gate::GateName;
use crate::waiver::tests::{finding, moment, question, waiver};

fn seen(remarks: &[Remark]) -> Vec<(&str, Matter)> {
    remarks.iter().map(|r| (&*r.waiver, r.matter)).collect()
}

fn named(id: &str) -> Waiver {
    Waiver {
        id: id.to_owned(),
        ..waiver()
    }
}

#[test]
fn waivers_are_looked_at_by_themselves() {
    type Change = fn(&mut Waiver);
    // It lives for 19 days: too long for the worst level, and for one that nobody knows.
    let cases: [(Change, &[Matter]); 6] = [
        (|_| {}, &[Matter::AppliesInPart]),
        (|w| w.scope.max_level = Some(Level::High), &[]),
        (
            |w| w.expires = "2026-01-08T00:00:00Z".parse().unwrap(),
            &[Matter::Expired],
        ),
        (
            |w| w.expires = "2026-01-12T00:00:00Z".parse().unwrap(),
            &[Matter::ExpiresSoon],
        ),
        (
            |w| w.expires = "2028-01-01T00:00:00Z".parse().unwrap(),
            &[Matter::NeverApplies],
        ),
        (
            |w| {
                w.scope.max_level = Some(Level::High);
                w.expires = "2026-03-01T00:00:00Z".parse().unwrap();
            },
            &[Matter::AppliesInPart],
        ),
    ];
    for (at, (change, matters)) in cases.into_iter().enumerate() {
        let mut waiver = waiver();
        change(&mut waiver);
        let remarks = look(
            &[waiver],
            &WaiverRules::default(),
            moment("2026-01-10T00:00:00Z"),
            "7d".parse().unwrap(),
        );
        let seen: Vec<_> = remarks.iter().map(|r| r.matter).collect();
        assert_eq!(seen, matters, "{at}");
    }
}

#[test]
fn two_about_the_same_are_told() {
    let mut first = named("w1");
    first.scope.max_level = Some(Level::High);
    let second = Waiver {
        id: "w2".to_owned(),
        ..first.clone()
    };
    let remarks = look(
        &[first, second],
        &WaiverRules::default(),
        moment("2026-01-02T00:00:00Z"),
        "1d".parse().unwrap(),
    );
    assert_eq!(seen(&remarks), [("w2", Matter::SameScope)]);
}

#[test]
fn what_does_nothing_in_a_record_is_told_and_what_is_not_about_it_is_left() {
    let mut unused = named("w3");
    unused.scope.vulnerability = Some("CVE-2026-9999".to_owned());
    let mut elsewhere = unused.clone();
    elsewhere.id = "w4".to_owned();
    elsewhere.scope.gate = GateName::new("sca").ok();
    let mut long = named("w5");
    long.expires = moment("2026-12-31T00:00:00Z");
    let waivers = vec![named("w1"), named("w2"), unused, elsewhere, long];
    let request = EvaluationRequest::new(question(waivers.clone()), Vec::new(), vec![finding()]);
    let remarks = look_at(&waivers, &[request]);
    assert_eq!(
        seen(&remarks),
        [
            ("w2", Matter::Shadowed),
            ("w3", Matter::Unused),
            ("w4", Matter::Elsewhere),
            ("w5", Matter::Refused),
        ]
    );
    assert_eq!(remarks[0].findings, [finding().id]);
}

#[test]
fn what_one_record_uses_is_used() {
    let waivers = vec![named("w1")];
    let with = |findings| EvaluationRequest::new(question(waivers.clone()), Vec::new(), findings);
    assert!(look_at(&waivers, &[with(Vec::new()), with(vec![finding()])]).is_empty());
    assert_eq!(
        look_at(&waivers, &[with(Vec::new())])[0].matter,
        Matter::Unused
    );
}
