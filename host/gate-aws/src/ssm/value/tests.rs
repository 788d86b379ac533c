//! From texts to values.

use proptest::prelude::*;

use super::*;
use crate::ssm::testing::{Asked, parameter};

fn number(value: i64) -> RawValue {
    RawValue::Number(value)
}

#[test]
fn a_plain_text_is_a_flag_a_number_a_list_or_a_text() {
    let text = |text: &str| RawValue::Text(text.to_owned());
    let texts = |items: &[&str]| RawValue::Texts(items.iter().map(|i| (*i).to_owned()).collect());
    for (written, kind, value) in [
        ("true", Kind::String, RawValue::Flag(true)),
        ("false", Kind::SecureString, RawValue::Flag(false)),
        ("0", Kind::String, number(0)),
        ("-3", Kind::String, number(-3)),
        ("unlimited", Kind::String, text("unlimited")),
        ("True", Kind::String, text("True")),
        // Not a number in one spelling: a policy that wants a number refuses it.
        ("03", Kind::String, text("03")),
        ("+3", Kind::String, text("+3")),
        ("3 ", Kind::String, text("3 ")),
        ("3.0", Kind::String, text("3.0")),
        (
            "99999999999999999999",
            Kind::String,
            text("99999999999999999999"),
        ),
        ("[]", Kind::String, texts(&[])),
        (r#"["a","b,c"]"#, Kind::String, texts(&["a", "b,c"])),
        ("a,b", Kind::String, text("a,b")),
        ("a,b", Kind::StringList, texts(&["a", "b"])),
        ("3", Kind::StringList, texts(&["3"])),
    ] {
        assert_eq!(plain_value(written, kind), Ok(value), "{written:?}");
    }
    for (written, kind) in [
        ("", Kind::String),
        ("[1]", Kind::String),
        ("[\"a\"", Kind::String),
        ("[\"a\"] x", Kind::String),
        ("a,,b", Kind::StringList),
        ("a,", Kind::StringList),
    ] {
        assert!(plain_value(written, kind).is_err(), "{written:?}");
    }
}

fn raw() -> impl Strategy<Value = RawValue> {
    prop_oneof![
        any::<bool>().prop_map(RawValue::Flag),
        any::<i64>().prop_map(RawValue::Number),
        "[a-z0-9,\\[\\]\" -]{0,12}".prop_map(RawValue::Text),
        prop::collection::vec("[a-z0-9,\" ]{0,6}", 0..4).prop_map(RawValue::Texts),
    ]
}

proptest! {
    #[test]
    fn what_is_written_is_read_as_it_was_meant(value in raw(), list in any::<bool>()) {
        let kind = if list { Kind::StringList } else { Kind::String };
        if let Ok(text) = plain_text(&value, kind) {
            prop_assert_eq!(plain_value(&text, kind), Ok(value));
        }
    }

    #[test]
    fn no_text_makes_the_reading_panic(text in ".{0,64}", object in any::<bool>()) {
        let name = if object { "/gate/shop/image" } else { "/gate/shop/max-high" };
        let place = Place::parse("ssm:/gate/shop").unwrap();
        let _ = sourced(&place, vec![parameter(name, 1, &text)], &Asked::default().of());
    }
}

#[test]
fn values_of_the_gate_lie_over_values_of_every_gate_and_each_names_its_version() {
    let place = Place::parse("ssm:/gate/shop").unwrap();
    let parameters = vec![
        parameter("/gate/shop/image", 7, r#"{"max-high":1,"levels":["high"]}"#),
        parameter("/gate/shop/image/max-low", 2, "unlimited"),
        parameter("/gate/shop/max-high", 4, "9"),
    ];
    let digest = Digest::of(b"9");
    let sourced = sourced(&place, parameters, &Asked::default().of()).unwrap();
    let layers = sourced.layers.iter();
    let layers = layers.map(|layer| (&*layer.source, layer.shared, layer.values.len()));
    assert_eq!(
        layers.collect::<Vec<_>>(),
        [
            ("ssm:/gate/shop/max-high:4", true, 1),
            ("ssm:/gate/shop/image:7", false, 2),
            ("ssm:/gate/shop/image/max-low:2", false, 1),
        ]
    );
    let snapshot = sourced.snapshot;
    assert_eq!(snapshot.source, "ssm:/gate/shop");
    assert_eq!((snapshot.parameters.len(), sourced.texts.len()), (3, 3));
    assert_eq!(
        (
            snapshot.parameters[2].version,
            snapshot.parameters[2].digest
        ),
        (4, digest)
    );
}

#[test]
fn what_can_not_be_read_is_an_error_that_names_the_parameter() {
    let big = format!("{{\"a\":\"{}\"}}", "x".repeat(8192));
    for (name, text, why) in [
        ("image", "", "expected a JSON object"),
        ("image", "3", "expected a JSON object"),
        ("image", r#"{"a":1"#, "expected a JSON object"),
        ("image", r#"{"a":1} x"#, "trailing characters"),
        ("image", r#"{"a":1,"a":1}"#, "`a` stands twice"),
        ("image", r#"{"a":1.5}"#, "whole number"),
        ("image", r#"{"a":{"b":1}}"#, "whole number"),
        ("image", r#"{"a":null}"#, "whole number"),
        ("image", &big, "at most 8192"),
        ("image", r#"{"a":"{{ssm:x}}"}"#, "has `{{`"),
        ("max-high", "{{ssm:x}}", "has `{{`"),
        ("max-high", "[1]", "list of texts"),
        ("image/max/high", "1", "no gate and no threshold"),
        ("image/Max", "1", "no gate and no threshold"),
        ("Image", "1", "no gate and no threshold"),
        ("staging/max-high", "1", "no gate `staging`"),
    ] {
        let name = format!("/gate/shop/{name}");
        let place = Place::parse("ssm:/gate/shop").unwrap();
        let error = sourced(
            &place,
            vec![parameter(&name, 3, text)],
            &Asked::default().of(),
        );
        let error = error.unwrap_err();
        let said = error.to_string();
        assert!(said.contains(&name) && said.contains(why), "{said}");
        assert_eq!(error.problem().code, "thresholds-unreadable");
        assert!(!error.passes() && error.problem().help.is_some());
    }
}

#[test]
fn a_threshold_is_given_once_and_there_is_one() {
    let place = Place::parse("ssm:/gate/shop").unwrap();
    let twice = vec![
        parameter("/gate/shop/image", 1, r#"{"max-high":1,"max-low":1}"#),
        parameter("/gate/shop/image/max-low", 1, "1"),
    ];
    let error = sourced(&place, twice, &Asked::default().of()).unwrap_err();
    assert!(
        error.to_string().contains("gives the threshold `max-low`"),
        "{error}"
    );
    let error = sourced(&place, Vec::new(), &Asked::default().of()).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("no parameter for the gate `image`"),
        "{error}"
    );
}

#[test]
fn what_is_for_another_gate_concerns_nobody_here() {
    let place = Place::parse("ssm:/gate/shop").unwrap();
    let asked = Asked::default();
    for (name, concerned) in [
        ("image", true),
        ("image/max-high", true),
        ("max-high", true),
        ("sast", false),
        ("sast/max-high", false),
        ("sast/what/ever", false),
        // No gate: it is read, and refused.
        ("staging/image", true),
    ] {
        let name = format!("/gate/shop/{name}");
        assert_eq!(concerns(&place, &name, &asked.of()), concerned, "{name}");
    }
}
