//! Whether an event is one that a rule of EventBridge waits for.
//!
//! Source: "Creating Amazon EventBridge event patterns" and "Comparison operators", EventBridge User Guide. Only what our rules
//! use; anything else is a failure of the test, not a match.

use serde_json::Value;

/// Whether a pattern matches an event.
pub(super) fn matches(pattern: &Value, event: &Value) -> bool {
    match (pattern, event) {
        (Value::Object(wanted), Value::Object(event)) => wanted.iter().all(|(key, wanted)| {
            assert!(!key.starts_with('$'), "{key} is not known here");
            event.get(key).is_some_and(|has| matches(wanted, has))
        }),
        // Of a list of objects one has to match.
        (Value::Object(_), Value::Array(list)) => list.iter().any(|one| matches(pattern, one)),
        (Value::Array(wanted), Value::Array(list)) => list
            .iter()
            .any(|has| wanted.iter().any(|wanted| fits(wanted, has))),
        (Value::Array(wanted), has) => wanted.iter().any(|wanted| fits(wanted, has)),
        (Value::Object(_), _) => false,
        (leaf, _) => panic!("a value of a pattern stands in a list: {leaf}"),
    }
}

fn fits(wanted: &Value, has: &Value) -> bool {
    let Value::Object(operator) = wanted else {
        return wanted == has;
    };
    let [(operator, argument)] = &*operator.iter().collect::<Vec<_>>() else {
        panic!("two operators: {wanted}")
    };
    match &***operator {
        "prefix" => has
            .as_str()
            .is_some_and(|has| has.starts_with(argument.as_str().unwrap())),
        "numeric" => {
            assert_eq!(argument[0], ">=", "not known here");
            has.as_f64()
                .is_some_and(|has| has >= argument[1].as_f64().unwrap())
        }
        other => panic!("the operator {other} is not known here"),
    }
}

#[test]
fn patterns_match_as_eventbridge_does() {
    let pattern = crate::yaml::yaml(
        "source: [a, b]\ndetail: {n: [{numeric: ['>=', 4]}], r: {t: [x], d: {k: [{prefix: p-}]}}}",
    );
    for (event, expected) in [
        (
            "{source: a, detail: {n: 4, r: [{t: y}, {t: x, d: {k: p-1}}], more: 1}}",
            true,
        ),
        (
            "{source: b, detail: {n: 7, r: {t: x, d: {k: [q, p-1]}}}}",
            true,
        ),
        ("{source: a, detail: {n: 3, r: {t: x, d: {k: p-1}}}}", false),
        (
            "{source: a, detail: {n: '5', r: {t: x, d: {k: p-1}}}}",
            false,
        ),
        ("{source: c, detail: {n: 4, r: {t: x, d: {k: p-1}}}}", false),
        (
            "{source: a, detail: {n: 4, r: {t: x, d: {k: pp-1}}}}",
            false,
        ),
        ("{source: a, detail: {n: 4, r: {t: x}}}", false),
        ("{source: a}", false),
    ] {
        assert_eq!(
            matches(&pattern, &crate::yaml::yaml(event)),
            expected,
            "{event}"
        );
    }
}
