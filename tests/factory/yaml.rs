//! YAML as JSON, with the short forms of CloudFormation (`!Ref x`, `!GetAtt a.b`, …) as their long ones.

use saphyr_parser::{Event, Parser, ScalarStyle, Tag};
use serde_json::{Map, Value, json};

/// The first document. An alias, a key twice, or what is no YAML at all, is a failure of the test.
pub(crate) fn yaml(text: &str) -> Value {
    documents(text).into_iter().next().unwrap_or(Value::Null)
}

/// All documents.
pub(crate) fn documents(text: &str) -> Vec<Value> {
    let mut documents = Vec::new();
    let mut open: Vec<Open> = Vec::new();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.unwrap_or_else(|error| panic!("{error}"));
        let done = match event {
            Event::Alias(_) => panic!("line {}: an alias", span.start.line()),
            Event::Scalar(text, style, _, tag) => {
                tagged(scalar(&text, style, tag.is_some()), tag.as_deref())
            }
            Event::SequenceStart(_, tag) => {
                open.push(Open::new(json!([]), tag.as_deref()));
                continue;
            }
            Event::MappingStart(_, tag) => {
                open.push(Open::new(json!({}), tag.as_deref()));
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Open { value, tag, .. } = open.pop().unwrap();
                long_form(value, tag.as_deref())
            }
            _ => continue,
        };
        match open.last_mut() {
            Some(parent) => parent.take(done, span.start.line()),
            None => documents.push(done),
        }
    }
    documents
}

/// A list or mapping that has not ended, and the key whose value comes next.
struct Open {
    value: Value,
    tag: Option<String>,
    key: Option<String>,
}

impl Open {
    fn new(value: Value, tag: Option<&Tag>) -> Self {
        let tag = tag.map(|tag| tag.suffix.clone());
        Self {
            value,
            tag,
            key: None,
        }
    }

    fn take(&mut self, value: Value, line: usize) {
        match &mut self.value {
            Value::Array(list) => list.push(value),
            Value::Object(map) => match self.key.take() {
                Some(key) => drop(map.insert(key, value)),
                None => {
                    let key = match value {
                        Value::String(text) => text,
                        other => other.to_string(),
                    };
                    assert!(!map.contains_key(&key), "line {line}: `{key}` twice");
                    self.key = Some(key);
                }
            },
            _ => panic!("line {line}: a value in a value"),
        }
    }
}

/// A scalar by the core schema of YAML 1.2: what is quoted or tagged is a text.
fn scalar(text: &str, style: ScalarStyle, tagged: bool) -> Value {
    if style != ScalarStyle::Plain || tagged {
        return Value::from(text);
    }
    match text {
        "" | "~" | "null" => Value::Null,
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ => match text.parse::<i64>() {
            Ok(number) => Value::from(number),
            Err(_) => Value::from(text),
        },
    }
}

fn tagged(value: Value, tag: Option<&Tag>) -> Value {
    long_form(value, tag.map(|tag| tag.suffix.as_str()))
}

/// `!Sub x` as `{"Fn::Sub": x}`; `Ref` and `Condition` have no prefix, and `GetAtt` takes a list.
fn long_form(value: Value, tag: Option<&str>) -> Value {
    let Some(tag) = tag else {
        return value;
    };
    let (key, value) = match (tag, value) {
        ("Ref" | "Condition", value) => (tag.to_owned(), value),
        ("GetAtt", Value::String(text)) => {
            let (resource, attribute) = text.split_once('.').unwrap();
            ("Fn::GetAtt".to_owned(), json!([resource, attribute]))
        }
        (tag, value) => (format!("Fn::{tag}"), value),
    };
    Value::Object(Map::from_iter([(key, value)]))
}

#[test]
fn short_forms_are_long_forms() {
    let text = "a: !Sub '${x}-y'\nb: [!Ref c, !GetAtt d.e.f]\ng: !If [h, 1, !Ref 'AWS::NoValue']\non: 'true'";
    let expected = json!({
        "a": {"Fn::Sub": "${x}-y"},
        "b": [{"Ref": "c"}, {"Fn::GetAtt": ["d", "e.f"]}],
        "g": {"Fn::If": ["h", 1, {"Ref": "AWS::NoValue"}]},
        "on": "true",
    });
    assert_eq!(yaml(text), expected);
}
