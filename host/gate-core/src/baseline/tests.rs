//! Tests of `baseline`: what it takes, what it refuses, and what it says then.

use super::*;
use crate::finding::{Class, Evidence, Status};
use crate::fingerprint::assemble;
use crate::request::Question;
use crate::severity::Severity;
use crate::waiver::{Scope, Waiver};

fn moment(day: u32) -> Moment {
    format!("2026-01-{day:02}T00:00:00Z").parse().unwrap()
}

fn findings(rules: &[(&str, Level)]) -> Vec<Finding> {
    let finding = |(rule, level): &(&str, Level)| {
        let evidence = Evidence {
            pointer: "/0".into(),
            report: Digest::of(b"r"),
        };
        let severity = Severity {
            level: *level,
            ..Severity::unknown()
        };
        Finding::new(
            "bandit",
            Class::CodeWeakness,
            *rule,
            severity,
            "t",
            evidence,
        )
    };
    assemble("shop", vec![rules.iter().map(finding).collect()]).findings
}

fn request(day: u32, findings: &[Finding]) -> EvaluationRequest {
    let question = Question {
        scope: "shop".to_owned(),
        ..Question::of(GateName::new("sast").unwrap(), moment(day))
    };
    EvaluationRequest::new(question, Vec::new(), findings.to_vec())
}

fn take(day: u32, findings: &[Finding], earlier: Option<&Baseline>) -> Baseline {
    let record = Digest::of(&day.to_le_bytes());
    Baseline::take(&request(day, findings), record, earlier)
}

const ONLY_NEW: BaselineRules = BaselineRules {
    only_new: true,
    ratchet: false,
};

fn standing(findings: &[Finding], rule: &str) -> Option<Standing> {
    Standing::of(findings.iter().find(|finding| *finding.rule.id == *rule)?)
}

#[test]
fn what_is_new_existing_fixed_and_regressed() {
    let first = take(1, &findings(&[("a", Level::High), ("b", Level::Low)]), None);
    // A day later `a` is gone, and `c` is there.
    let mut second = findings(&[("b", Level::Low), ("c", Level::High)]);
    first.annotate(&mut second, moment(2));
    assert_eq!(standing(&second, "b"), Some(Standing::Existing));
    assert_eq!(standing(&second, "c"), Some(Standing::New));
    let used = first.used(Digest::of(b"b"), ONLY_NEW, &second);
    assert_eq!(used.fixed, [findings(&[("a", Level::High)])[0].id]);

    // Then `a` is back.
    let later = take(2, &second, Some(&first));
    let mut third = findings(&[("a", Level::High), ("b", Level::Low)]);
    later.annotate(&mut third, moment(3));
    assert_eq!(standing(&third, "a"), Some(Standing::Regressed));
    assert_eq!(standing(&third, "b"), Some(Standing::Existing));
    let seen = |rule: &str| {
        let found = third
            .iter()
            .find(|finding| *finding.rule.id == *rule)
            .unwrap();
        found.first_seen
    };
    assert_eq!((seen("a"), seen("b")), (Some(moment(1)), Some(moment(1))));
    // What was fixed before is not fixed again.
    let fixed = later.used(Digest::of(b"b"), ONLY_NEW, &third).fixed;
    assert_eq!(fixed, [findings(&[("c", Level::High)])[0].id]);
}

#[test]
fn the_earlier_moment_is_when_it_was_first_seen() {
    let mut found = findings(&[("a", Level::High)]);
    found[0].first_seen = Some(moment(3));
    let baseline = take(5, &found, None);
    for (said, seen) in [
        (Some(moment(2)), moment(2)),
        (Some(moment(4)), moment(3)),
        (None, moment(3)),
    ] {
        let mut again = findings(&[("a", Level::High)]);
        again[0].first_seen = said;
        baseline.annotate(&mut again, moment(6));
        assert_eq!(again[0].first_seen, Some(seen));
    }
}

#[test]
fn what_is_no_problem_is_not_compared() {
    let mut found = findings(&[("a", Level::High)]);
    found[0].status = Status::Pass;
    let baseline = take(1, &found, None);
    assert!(baseline.findings.is_empty());
    // Nor does it help a tool to say so itself.
    found[0]
        .attributes
        .insert(STANDING.into(), "existing".into());
    baseline.annotate(&mut found, moment(2));
    assert_eq!(Standing::of(&found[0]), None);
}

#[test]
fn budgets_only_fall() {
    let first = take(
        1,
        &findings(&[("a", Level::High), ("b", Level::High)]),
        None,
    );
    assert_eq!(first.budgets[&Level::High], 2);
    assert_eq!(first.budgets[&Level::Critical], 0);
    let fewer = take(2, &findings(&[("a", Level::High)]), Some(&first));
    assert_eq!(fewer.budgets[&Level::High], 1);
    let three = [
        ("a", Level::High),
        ("b", Level::High),
        ("c", Level::Critical),
    ];
    let more = take(3, &findings(&three), Some(&fewer));
    assert_eq!(
        (more.budgets[&Level::High], more.budgets[&Level::Critical]),
        (1, 0)
    );
    let mut baseline = first;
    assert!(baseline.tighten(&BTreeMap::from([(Level::High, 1)])));
    assert!(!baseline.tighten(&BTreeMap::from([(Level::High, 9)])));
    assert_eq!(baseline.budgets[&Level::High], 1);
}

#[test]
fn a_baseline_of_something_else_is_refused() {
    let baseline = take(2, &[], None);
    let gate = |name: &str| GateName::new(name).unwrap();
    for (name, scope, day, what) in [
        ("sast", "shop", 2, None),
        (
            "sca",
            "shop",
            2,
            Some("it is of gate `sast`, and this is `sca`"),
        ),
        (
            "sast",
            "bank",
            2,
            Some("it is of scope `shop`, and this is `bank`"),
        ),
        ("sast", "shop", 1, Some("which is after 2026-01-01")),
    ] {
        let error = baseline.check(&gate(name), scope, moment(day)).err();
        let error = error.map(|error| error.to_string()).unwrap_or_default();
        assert!(error.contains(what.unwrap_or_default()), "{error}");
        assert_eq!(error.is_empty(), what.is_none());
    }
}

#[test]
fn a_baseline_is_read_as_written_and_nothing_else_is() {
    let baseline = take(1, &findings(&[("a", Level::High)]), None);
    let bytes = baseline.to_bytes().unwrap();
    assert_eq!(Baseline::from_bytes(&bytes).unwrap(), baseline);
    for empty in [&baseline, &take(1, &[], None)] {
        let text = empty.to_text().unwrap();
        assert_eq!(&Baseline::from_bytes(text.as_bytes()).unwrap(), empty);
        assert_eq!(text.matches("gf1:").count(), empty.findings.len());
        assert!(text.ends_with("  }\n}\n"), "{text}");
    }
    let text = String::from_utf8(bytes.clone()).unwrap();
    for (bytes, what) in [
        (String::new(), "it is not a baseline"),
        ("{}".to_owned(), "missing field `format`"),
        (
            text.replace(FORMAT, "gate-baseline/2"),
            "its format is `gate-baseline/2`",
        ),
        (
            text.replace("\"scope\"", "\"scop\""),
            "unknown field `scop`",
        ),
        (text.replace("gf1:", "gf2:"), "it is not a baseline"),
        // As two branches merged into one give it.
        (
            text.replace("\"high\":1", "\"high\":1,\"high\":9"),
            "stands twice",
        ),
        (
            text.get(..text.len() / 2).unwrap().to_owned(),
            "it is not a baseline",
        ),
    ] {
        let error = Baseline::from_bytes(bytes.as_bytes())
            .unwrap_err()
            .to_string();
        assert!(error.contains(what), "{error}");
    }
}

#[test]
fn one_line_is_one_finding_in_order() {
    let baseline = take(
        1,
        &findings(&[("a", Level::High), ("b", Level::Low), ("c", Level::Info)]),
        None,
    );
    let text = baseline.to_text().unwrap();
    let lines: Vec<&str> = text.lines().filter(|line| line.contains("gf1:")).collect();
    assert_eq!(lines.len(), 3);
    assert!(lines.is_sorted(), "{text}");
    let with = text.replace(lines[1], &format!("{}\n{}", lines[0], lines[1]));
    let error = Baseline::from_bytes(with.as_bytes()).unwrap_err();
    assert!(error.to_string().contains("stands twice"), "{error}");
}

#[test]
fn what_counts_against_a_budget_is_what_needs_one() {
    let found = findings(&[("a", Level::High), ("b", Level::High)]);
    let mut request = request(1, &found);
    assert_eq!(needed(&request)[&Level::High], 2);
    let evaluated = |request: &EvaluationRequest, budget: u32| {
        let mut question = request.question.clone();
        let baseline = Baseline {
            budgets: BTreeMap::from([(Level::High, budget)]),
            ..take(1, &found, None)
        };
        let rules = BaselineRules {
            only_new: false,
            ratchet: true,
        };
        question.baseline = Some(baseline.used(Digest::of(b"b"), rules, &found));
        let request = EvaluationRequest::new(question, Vec::new(), found.clone());
        budget::baseline(&request).len()
    };
    assert_eq!((evaluated(&request, 2), evaluated(&request, 1)), (0, 1));
    // What somebody answers for is in no budget, and needs none.
    request.question.waivers = vec![Waiver {
        id: "w".to_owned(),
        owner: "o".to_owned(),
        approved_by: vec!["a".to_owned()],
        reason: "r".to_owned(),
        ticket: "t".to_owned(),
        created: moment(1),
        expires: moment(9),
        compensating_control: None,
        scope: Scope {
            fingerprint: Some(found[0].id),
            ..Scope::default()
        },
    }];
    let request = EvaluationRequest::new(request.question, Vec::new(), found.clone());
    assert_eq!(needed(&request)[&Level::High], 1);
    assert_eq!((evaluated(&request, 1), evaluated(&request, 0)), (0, 1));
}
