//! Tests of `waiver`: what it takes, what it refuses, and what it says then.

use super::*;
use crate::digest::Digest;
use crate::finding::{Evidence, FixState, Location, Software, Status, Suppression};
use crate::finding::{SuppressionKind, SuppressionState, Vulnerability};
use crate::gate::GateName;
use crate::request::Subject;
use crate::severity::Severity;

pub(super) fn moment(text: &str) -> Moment {
    text.parse().unwrap()
}

pub(super) fn finding() -> Finding {
    let evidence = Evidence {
        pointer: "/0".into(),
        report: Digest::of(b"r"),
    };
    let severity = Severity {
        level: Level::High,
        ..Severity::unknown()
    };
    Finding {
        locations: vec![Location {
            path: Some("app/lib/package.json".into()),
            ..Location::default()
        }],
        vulnerability: Some(Box::new(Vulnerability {
            cvss: Vec::new(),
            cwes: Vec::new(),
            epss: None,
            fix_state: FixState::Unknown,
            fixed_in: Vec::new(),
            ids: vec!["CVE-2026-0001".into(), "GHSA-aaaa".into()],
            known_exploited: None,
            software: Software {
                name: "lodash".into(),
                purl: Some("pkg:npm/lodash@4.17.20?arch=x".into()),
                ..Software::default()
            },
        })),
        ..Finding::new(
            "trivy",
            Class::Vulnerability,
            "CVE-2026-0001",
            severity,
            "t",
            evidence,
        )
    }
}

fn scope() -> Scope {
    Scope {
        vulnerability: Some("CVE-2026-0001".to_owned()),
        purl: Some("pkg:npm/lodash".to_owned()),
        ..Scope::default()
    }
}

pub(super) fn waiver() -> Waiver {
    Waiver {
        id: "w1".to_owned(),
        owner: "team-shop".to_owned(),
        approved_by: vec!["security".to_owned()],
        reason: "not reachable".to_owned(),
        ticket: "SHOP-1".to_owned(),
        created: moment("2026-01-01T00:00:00Z"),
        expires: moment("2026-01-20T00:00:00Z"),
        compensating_control: None,
        scope: scope(),
    }
}

pub(super) fn question(waivers: Vec<Waiver>) -> Question {
    Question {
        waivers,
        environment: Some("staging".to_owned()),
        subject: Some(Subject {
            name: "shop".to_owned(),
            digest: Some(Digest::of(b"image")),
        }),
        ..Question::of(
            GateName::new("image").unwrap(),
            moment("2026-01-10T00:00:00Z"),
        )
    }
}

#[test]
fn what_is_wrong_with_a_waiver_is_named() {
    type Spoil = fn(&mut Waiver);
    let cases: [(Spoil, &str); 27] = [
        (|w| w.id.clear(), "`id` is empty"),
        (|w| w.owner = "  ".into(), "`owner` is empty"),
        (|w| w.reason.clear(), "`reason` is empty"),
        (|w| w.ticket.clear(), "`ticket` is empty"),
        (|w| w.approved_by.clear(), "`approved-by` is empty"),
        (
            |w| w.approved_by = vec![" ".into()],
            "`approved-by` is empty",
        ),
        (
            |w| w.approved_by = vec!["Team-Shop ".into()],
            "is owner and approver",
        ),
        (|w| w.approved_by.push("SECURITY".into()), "approves twice"),
        (
            |w| w.expires = w.created,
            "it expires at 2026-01-01T00:00:00Z",
        ),
        (
            |w| w.created = "2026-01-11T00:00:00Z".parse().unwrap(),
            "in the future",
        ),
        (|w| w.scope = Scope::default(), "is too broad"),
        (|w| w.scope.purl = None, "is too broad"),
        (|w| w.scope.vulnerability = None, "is too broad"),
        (|w| w.scope.purl = Some("lodash".into()), "no package URL"),
        (|w| w.scope.purl = Some("pkg:npm/".into()), "no package URL"),
        (
            |w| w.scope.purl = Some("pkg:lodash".into()),
            "no package URL",
        ),
        (|w| w.scope.purl = Some("pkg:npm/*".into()), "wildcard"),
        (
            |w| w.scope.vulnerability = Some("lodash".into()),
            "no name of one",
        ),
        (
            |w| w.scope.vulnerability = Some("cve-2026-0001".into()),
            "no name of one",
        ),
        (
            |w| w.scope.vulnerability = Some("CVE-2O26-0001".into()),
            "no name of one",
        ),
        (
            |w| w.scope.vulnerability = Some("CVE-2026-001 ".into()),
            "no name of one",
        ),
        (|w| w.scope.vulnerability = Some("CVE-*".into()), "wildcard"),
        (
            |w| w.scope.vulnerability = Some(" ".into()),
            "a text that is empty",
        ),
        (
            |w| w.scope.path = Some("**".parse().unwrap()),
            "could be anywhere",
        ),
        (
            |w| w.scope.path = Some("*.json".parse().unwrap()),
            "could be anywhere",
        ),
        (
            |w| {
                w.scope = Scope {
                    rule: Some("B101".into()),
                    ..Scope::default()
                }
            },
            "is too broad",
        ),
        (
            |w| {
                w.scope = Scope {
                    path: Some("src/**".parse().unwrap()),
                    ..Scope::default()
                };
            },
            "is too broad",
        ),
    ];
    let now = moment("2026-01-10T00:00:00Z");
    assert_eq!(waiver().check(now), Ok(()));
    for (spoil, what) in cases {
        let mut spoilt = waiver();
        spoil(&mut spoilt);
        if spoilt.created > now {
            spoilt.expires = moment("2027-01-01T00:00:00Z");
        }
        let error = spoilt.check(now).unwrap_err();
        let said = error.to_string();
        assert!(said.contains(what) && !error.field().is_empty(), "{said}");
    }
}

#[test]
fn a_scope_covers_what_all_of_it_says() {
    type Narrow = fn(&mut Scope);
    let cases: [(Narrow, bool); 24] = [
        (|_| {}, true),
        (|s| s.vulnerability = Some("GHSA-aaaa".into()), true),
        (|s| s.vulnerability = Some("cve-2026-0001".into()), false),
        (|s| s.purl = Some("pkg:npm/lodash@4.17.20".into()), true),
        (|s| s.purl = Some("pkg:npm/lodash@4.17.2".into()), false),
        (|s| s.purl = Some("pkg:npm/lodash-es".into()), false),
        (|s| s.rule = Some("CVE-2026-0001".into()), true),
        (|s| s.rule = Some("other".into()), false),
        (|s| s.tool = Some("trivy".into()), true),
        (|s| s.tool = Some("grype".into()), false),
        (|s| s.path = Some("app/**".parse().unwrap()), true),
        (|s| s.path = Some("app/*".parse().unwrap()), false),
        (|s| s.image = Some(Digest::of(b"image")), true),
        (|s| s.image = Some(Digest::of(b"another")), false),
        (|s| s.gate = GateName::new("image").ok(), true),
        (|s| s.gate = GateName::new("sca").ok(), false),
        (|s| s.environment = Some("staging".into()), true),
        (|s| s.environment = Some("production".into()), false),
        (|s| s.max_level = Some(Level::High), true),
        (|s| s.max_level = Some(Level::Critical), true),
        (|s| s.max_level = Some(Level::Medium), false),
        (|s| s.fingerprint = Some(finding().id), true),
        (
            |s| s.fingerprint = format!("gf1:{:064x}", 1).parse().ok(),
            false,
        ),
        (|s| s.purl = None, true),
    ];
    for (at, (narrow, covered)) in cases.into_iter().enumerate() {
        let mut scope = scope();
        narrow(&mut scope);
        assert_eq!(
            scope.covers(&finding(), &question(Vec::new())),
            covered,
            "{at}"
        );
    }
}

#[test]
fn an_unknown_level_is_below_none() {
    let mut unknown = finding();
    unknown.severity.level = Level::Unknown;
    let scope = Scope {
        max_level: Some(Level::Critical),
        ..scope()
    };
    assert!(!scope.covers(&unknown, &question(Vec::new())));
}

#[test]
fn a_waiver_applies_or_says_why_not() {
    type Change = fn(&mut Question, &mut Finding);
    let cases: [(Change, Option<Refusal>); 9] = [
        (|_, _| {}, None),
        (
            |q, _| q.evaluated_at = "2026-01-20T00:00:00Z".parse().unwrap(),
            Some(Refusal::Expired),
        ),
        // 19 days are too many for the worst level, and for a level that nobody knows.
        (
            |_, f| f.severity.level = Level::Critical,
            Some(Refusal::TooLong),
        ),
        (
            |_, f| f.severity.level = Level::Unknown,
            Some(Refusal::TooLong),
        ),
        (
            |q, f| {
                f.severity.level = Level::Critical;
                let longer = "19d".parse().unwrap();
                q.waiver_rules.longest.insert(Level::Critical, longer);
            },
            None,
        ),
        (
            |q, _| q.waiver_rules.approvals = [(Level::High, 2)].into(),
            Some(Refusal::TooFewApprovers),
        ),
        (
            |q, _| q.waiver_rules.unwaivable = ["GHSA-aaaa".to_owned()].into(),
            Some(Refusal::Unwaivable),
        ),
        (
            |_, f| {
                f.class = Class::Secret;
                f.attributes.insert("verified".into(), "true".into());
            },
            Some(Refusal::Unwaivable),
        ),
        (
            |_, f| {
                f.class = Class::Secret;
                f.attributes.insert("verified".into(), "false".into());
            },
            None,
        ),
    ];
    for (at, (change, refusal)) in cases.into_iter().enumerate() {
        let (mut question, mut finding) = (question(vec![waiver()]), finding());
        change(&mut question, &mut finding);
        let (verdicts, waived) = apply(&question, std::slice::from_ref(&finding));
        let refused: Vec<_> = verdicts[0].refused.keys().copied().collect();
        assert_eq!(refused, Vec::from_iter(refusal), "{at}");
        assert_eq!(waived.is_empty(), refusal.is_some(), "{at}");
        assert_eq!(verdicts[0].waived.is_empty(), refusal.is_some(), "{at}");
        assert!(!verdicts[0].is_unused(), "{at}");
    }
}

#[test]
fn a_second_waiver_for_the_same_is_shadowed_and_a_third_is_unused() {
    let second = Waiver {
        id: "w2".to_owned(),
        ..waiver()
    };
    let third = Waiver {
        id: "w3".to_owned(),
        scope: Scope {
            vulnerability: Some("CVE-2026-9999".to_owned()),
            ..scope()
        },
        ..waiver()
    };
    let (verdicts, waived) = apply(&question(vec![waiver(), second, third]), &[finding()]);
    assert_eq!(waived, BTreeSet::from([0]));
    assert_eq!(verdicts[1].shadowed, [finding().id]);
    assert!(verdicts[2].is_unused());
}

#[test]
fn what_is_no_problem_needs_no_waiver() {
    type Change = fn(&mut Finding);
    let cases: [Change; 2] = [
        |f| f.status = Status::Pass,
        |f| {
            f.suppression = Some(Suppression {
                justification: None,
                kind: SuppressionKind::External,
                state: SuppressionState::Accepted,
            });
        },
    ];
    for change in cases {
        let mut finding = finding();
        change(&mut finding);
        let (verdicts, waived) = apply(&question(vec![waiver()]), &[finding]);
        assert!(verdicts[0].is_unused() && waived.is_empty());
    }
}

#[test]
fn a_waiver_is_read_as_it_is_written_and_nothing_beside_it() {
    let json = serde_json::to_value(waiver()).unwrap();
    assert_eq!(
        serde_json::from_value::<Waiver>(json.clone()).unwrap(),
        waiver()
    );
    for name in [
        "expires",
        "created",
        "owner",
        "approved-by",
        "reason",
        "ticket",
        "id",
        "match",
    ] {
        let mut without = json.clone();
        without.as_object_mut().unwrap().remove(name);
        let error = serde_json::from_value::<Waiver>(without)
            .unwrap_err()
            .to_string();
        assert!(
            error.contains(&format!("missing field `{name}`")),
            "{error}"
        );
    }
    let mut more = json;
    more["until"] = "2026-01-01".into();
    assert!(serde_json::from_value::<Waiver>(more).is_err());
}
