//! What is to be written, from what is there and what is meant.

use super::*;
use crate::ssm::testing::{Asked, parameter};

fn meant(values: &[(&str, RawValue)]) -> BTreeMap<Key, RawValue> {
    let key = |name: &str| match name.split_once('/') {
        Some((gate, name)) => (Some(GateName::new(gate).unwrap()), name.to_owned()),
        None => (None, name.to_owned()),
    };
    values
        .iter()
        .map(|(name, value)| (key(name), value.clone()))
        .collect()
}

/// The plan, a line for each step.
fn plan(there: &[(&str, &str)], values: &[(&str, RawValue)], removal: Removal) -> Vec<String> {
    let place = Place::parse("ssm:/p").unwrap();
    let there: Vec<_> = there
        .iter()
        .map(|(name, text)| parameter(&format!("/p/{name}"), 5, text))
        .collect();
    let gates = Asked::default().gates;
    let plan = Plan::new(&place, &there, &gates, &meant(values), removal).unwrap();
    let line = |step: &Step| match &step.change {
        Change::Nothing { version } => format!("{} stays {version}", step.name),
        Change::Create { new } => format!("{} is {new}", step.name),
        Change::Replace { version, new, .. } => format!("{} {version} becomes {new}", step.name),
        Change::Delete { version, .. } => format!("{} {version} goes", step.name),
    };
    plan.steps.iter().map(line).collect()
}

#[test]
fn a_plan_says_what_becomes_of_each_parameter() {
    let one = || RawValue::Number(1);
    let there = [
        ("image", r#"{"max-high":1,"max-low":2}"#),
        ("image/max-medium", "3"),
        ("max-info", "9"),
    ];
    for (there, values, removal, steps) in [
        (&there[..0], vec![], Removal::Keep, vec![]),
        (
            &there[..0],
            vec![
                ("image/max-high", one()),
                ("sast/max-low", one()),
                ("max-info", one()),
            ],
            Removal::Keep,
            vec![
                r#"/p/image is {"max-high":1}"#,
                "/p/max-info is 1",
                r#"/p/sast is {"max-low":1}"#,
            ],
        ),
        (
            &there[..],
            vec![],
            Removal::Keep,
            vec![
                "/p/image stays 5",
                "/p/image/max-medium stays 5",
                "/p/max-info stays 5",
            ],
        ),
        (
            &there[..],
            vec![],
            Removal::Delete,
            vec![
                "/p/image 5 goes",
                "/p/image/max-medium 5 goes",
                "/p/max-info 5 goes",
            ],
        ),
        // In the object what is not named stays; what has a plain parameter stays plain.
        (
            &there[..],
            vec![("image/max-low", one()), ("image/max-medium", one())],
            Removal::Keep,
            vec![
                r#"/p/image 5 becomes {"max-high":1,"max-low":1}"#,
                "/p/image/max-medium 5 becomes 1",
                "/p/max-info stays 5",
            ],
        ),
        (
            &there[..],
            vec![("image/max-high", one()), ("max-info", RawValue::Number(9))],
            Removal::Delete,
            vec![
                r#"/p/image 5 becomes {"max-high":1}"#,
                "/p/image/max-medium 5 goes",
                "/p/max-info stays 5",
            ],
        ),
    ] {
        assert_eq!(plan(there, &values, removal), steps, "{values:?}");
    }
}

#[test]
fn what_would_be_read_otherwise_is_not_planned() {
    let place = Place::parse("ssm:/p").unwrap();
    let values = meant(&[("max-info", RawValue::Text("3".to_owned()))]);
    let gates = Asked::default().gates;
    let error = Plan::new(&place, &[], &gates, &values, Removal::Keep).unwrap_err();
    assert!(
        error.to_string().contains("read as another value"),
        "{error}"
    );
    let pinned = Place::parse("ssm:/p:stable").unwrap();
    let error = Plan::new(&pinned, &[], &gates, &meant(&[]), Removal::Keep).unwrap_err();
    assert!(
        error.to_string().contains("a pin names another one"),
        "{error}"
    );
}
