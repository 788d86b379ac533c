//! Tests of `composition`: what it takes, what it refuses, and what it says then.

use super::*;

fn group(name: &str, needs: Needs, members: &[&str]) -> Group {
    Group {
        name: name.to_owned(),
        needs,
        members: members.iter().map(|name| (*name).to_owned()).collect(),
    }
}

fn weighed(groups: &[Group], answers: &[(&str, Outcome)]) -> Vec<Outcome> {
    let of: BTreeMap<&str, Outcome> = answers.iter().copied().collect();
    let weights = weigh(groups, &of);
    answers.iter().map(|(name, _)| weights[*name]).collect()
}

#[test]
fn a_group_of_any_needs_one() {
    use Outcome::{Error, Fail, Pass, Warn};
    let any = [group("g", Needs::Any, &["a", "b"])];
    let all = [group("g", Needs::All, &["a", "b"])];
    for (groups, answers, weights) in [
        (&[][..], [Fail, Pass], [Fail, Pass]),
        (&any, [Fail, Pass], [Warn, Pass]),
        (&any, [Fail, Warn], [Warn, Warn]),
        (&any, [Fail, Fail], [Fail, Fail]),
        (&any, [Pass, Pass], [Pass, Pass]),
        // Who did not decide may have failed.
        (&any, [Error, Pass], [Error, Pass]),
        (&any, [Error, Fail], [Error, Fail]),
        (&all, [Fail, Pass], [Fail, Pass]),
    ] {
        let seen = weighed(groups, &[("a", answers[0]), ("b", answers[1])]);
        assert_eq!(seen, weights, "{answers:?}");
    }
}

#[test]
fn groups_stand_in_groups() {
    use Outcome::{Fail, Pass, Warn};
    let groups = [
        group("both", Needs::All, &["a", "b"]),
        group("either", Needs::Any, &["both", "c"]),
    ];
    for (answers, weights) in [
        ([Pass, Fail, Pass, Fail], [Pass, Warn, Pass, Fail]),
        ([Pass, Fail, Fail, Pass], [Pass, Fail, Fail, Pass]),
        ([Pass, Pass, Fail, Pass], [Pass, Pass, Warn, Pass]),
    ] {
        let names = ["a", "b", "c", "alone"];
        let answers: Vec<_> = names.into_iter().zip(answers).collect();
        assert_eq!(weighed(&groups, &answers), weights, "{answers:?}");
    }
}

#[test]
fn what_can_not_be_judged_is_refused() {
    let policies = ["a", "b"];
    for (groups, what) in [
        (
            vec![group("a", Needs::Any, &["b"])],
            "has the name of a policy",
        ),
        (vec![group("g", Needs::Any, &[])], "has no member"),
        (vec![group("g", Needs::Any, &["c"])], "names `c`"),
        (
            vec![
                group("g", Needs::Any, &["a"]),
                group("h", Needs::Any, &["a"]),
            ],
            "a member of two groups",
        ),
        (vec![group("g", Needs::Any, &["g"])], "part of itself"),
        (
            vec![
                group("g", Needs::Any, &["h"]),
                group("h", Needs::Any, &["g", "a"]),
            ],
            "part of itself",
        ),
    ] {
        let error = check(&groups, &policies).unwrap_err().to_string();
        assert!(error.contains(what), "{error}");
    }
    let groups = [
        group("g", Needs::Any, &["a", "h"]),
        group("h", Needs::All, &["b"]),
    ];
    assert_eq!(check(&groups, &policies), Ok(()));
}
