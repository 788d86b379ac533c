//! Whether a line of a log is one that a filter of CloudWatch Logs counts.
//!
//! Source: "Filter pattern syntax", Amazon CloudWatch Logs User Guide, the part on JSON. The guide does not say whether `!=`
//! holds where there is no such field; here it does not, so that a pattern which needs it has to say `NOT EXISTS`.

use serde_json::Value;

use crate::iam::like;

/// A filter pattern, read.
#[derive(Debug)]
pub(super) enum Pattern {
    All(Vec<Pattern>),
    Any(Vec<Pattern>),
    Is(String, String),
    IsNot(String, String),
    NotExists(String),
}

impl Pattern {
    /// Reads `{ … }`; what is no pattern is a failure of the test.
    pub(super) fn new(text: &str) -> Self {
        let inner = text
            .trim()
            .strip_prefix('{')
            .and_then(|text| text.strip_suffix('}'));
        let inner = inner.unwrap_or_else(|| panic!("no pattern for JSON: {text}"));
        let mut words = words(inner);
        words.reverse();
        let pattern = any(&mut words);
        assert!(words.is_empty(), "left over of {text}: {words:?}");
        pattern
    }

    /// Whether it counts a line.
    pub(super) fn matches(&self, line: &Value) -> bool {
        let field = |path: &str| {
            let path = path.strip_prefix("$.").unwrap_or_else(|| panic!("{path}"));
            let found = path.split('.').try_fold(line, |value, key| value.get(key));
            found.map(|value| {
                value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned)
            })
        };
        match self {
            Self::All(all) => all.iter().all(|one| one.matches(line)),
            Self::Any(all) => all.iter().any(|one| one.matches(line)),
            Self::Is(path, value) => field(path).is_some_and(|has| like(value, &has)),
            Self::IsNot(path, value) => field(path).is_some_and(|has| !like(value, &has)),
            Self::NotExists(path) => field(path).is_none(),
        }
    }
}

/// Parentheses, operators, fields, and texts with their first quote.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '(' | ')' => 1,
            '"' => {
                rest[1..]
                    .find('"')
                    .unwrap_or_else(|| panic!("a quote is open: {rest}"))
                    + 2
            }
            _ => rest.find([' ', '(', ')', '"']).unwrap_or(rest.len()),
        };
        words.push(rest[..length].to_owned());
        rest = rest[length..].trim_start();
    }
    words
}

fn any(words: &mut Vec<String>) -> Pattern {
    let mut all = vec![every(words)];
    while words.last().is_some_and(|word| word == "||") {
        words.pop();
        all.push(every(words));
    }
    Pattern::Any(all)
}

fn every(words: &mut Vec<String>) -> Pattern {
    let mut all = vec![one(words)];
    while words.last().is_some_and(|word| word == "&&") {
        words.pop();
        all.push(one(words));
    }
    Pattern::All(all)
}

fn one(words: &mut Vec<String>) -> Pattern {
    let mut next = || words.pop().unwrap();
    let field = next();
    if field == "(" {
        let inner = any(words);
        assert_eq!(words.pop().as_deref(), Some(")"));
        return inner;
    }
    let operator = next();
    if operator == "NOT" {
        assert_eq!(next(), "EXISTS");
        return Pattern::NotExists(field);
    }
    let value = next();
    let value = value.trim_matches('"').to_owned();
    match &*operator {
        "=" => Pattern::Is(field, value),
        "!=" => Pattern::IsNot(field, value),
        other => panic!("the operator {other} is not known here"),
    }
}

#[test]
fn filters_count_as_cloudwatch_logs_does() {
    let text = r#"{ ($.a = "x*") && (($.b.c != "y") || ($.b NOT EXISTS)) || ($.n = 3) }"#;
    let pattern = Pattern::new(text);
    for (line, expected) in [
        ("{a: xx, b: {c: z}}", true),
        ("{a: xx, b: {c: y}}", false),
        ("{a: xx, b: {}}", false),
        ("{a: xx}", true),
        ("{a: z}", false),
        ("{n: 3}", true),
    ] {
        assert_eq!(
            pattern.matches(&crate::yaml::yaml(line)),
            expected,
            "{line}"
        );
    }
}
