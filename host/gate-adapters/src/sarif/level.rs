//! How bad a result is (section 3.27.10), and the score that most security tools add to their rules.

use serde_json::Value;

use gate_core::finding::{Status, Text};
use gate_core::severity::{Level, Origin, Severity};

use super::completeness::Invocation;
use super::result::{Properties, Raw};
use super::rules::{Components, Found, Target};
use crate::normalize::{cvss_tenths, decimal};

/// The words of `level`, least severe first.
const LEVELS: &[(&str, Level)] = &[
    ("none", Level::Info),
    ("note", Level::Low),
    ("warning", Level::Medium),
    ("error", Level::High),
];

/// Words that some tools write as `security-severity` instead of a number.
const RATINGS: &[(&str, Level)] = &[
    ("critical", Level::Critical),
    ("high", Level::High),
    ("medium", Level::Medium),
    ("moderate", Level::Medium),
    ("low", Level::Low),
    ("info", Level::Info),
    ("informational", Level::Info),
];

/// For each invocation the rules whose level it sets (section 3.20.5).
#[derive(Default)]
pub(super) struct Overrides(Vec<Vec<((usize, usize), Text)>>);

impl Overrides {
    /// Takes over the invocations of a run.
    pub(super) fn new(invocations: Vec<Invocation>, components: &Components) -> Self {
        let levels = |invocation: Invocation| {
            let all = invocation
                .rule_configuration_overrides
                .into_iter()
                .flatten();
            let level = all.filter_map(|one| {
                let level = one.configuration?.level?;
                let target = Target::new(Some(one.descriptor?), None, None);
                Some((components.find(&target)?.at, level))
            });
            level.collect()
        };
        Self(invocations.into_iter().map(levels).collect())
    }

    /// The level of a rule in an invocation; without one, that of all invocations, the most severe.
    fn level<'a>(&'a self, invocation: Option<usize>, found: Found<'a>) -> Option<&'a str> {
        let default = found.rule.default_configuration.as_ref();
        let default = default.and_then(|c| c.level.as_deref());
        let in_one = |levels: &'a Vec<((usize, usize), Text)>| {
            let own = levels.iter().find(|(at, _)| *at == found.at);
            own.map(|(_, level)| &**level).or(default)
        };
        match invocation.and_then(|at| self.0.get(at)) {
            Some(levels) => in_one(levels),
            None if self.0.is_empty() => default,
            None => {
                // A rule without any level is a warning.
                let rank = |word: &Option<&str>| rank(word.unwrap_or("warning"));
                self.0.iter().map(in_one).max_by_key(rank).flatten()
            }
        }
    }
}

/// Position in [`LEVELS`]; a word that is not there ranks above all.
fn rank(word: &str) -> usize {
    let known = LEVELS.iter().position(|(level, _)| *level == word);
    known.unwrap_or(LEVELS.len())
}

/// The level of a result; `unrated` where nobody gave one.
pub(super) fn severity(
    raw: &Raw,
    found: Option<Found<'_>>,
    overrides: &Overrides,
    unrated: Level,
) -> Severity {
    let own = raw.level.as_deref();
    let score = || {
        let rule = found.and_then(|f| f.rule.properties.as_ref());
        [Some(&raw.properties), rule]
            .into_iter()
            .flatten()
            .find_map(|properties| rated(properties, own))
    };
    match raw.status {
        Status::Informational => {
            return level(own.unwrap_or("none")).unwrap_or_else(|| unknown(own));
        }
        // Such a result has no level by the specification; what a tool rates all the same is heeded.
        Status::Open => {
            let own_level = own.filter(|word| *word != "none").and_then(level);
            return score().or(own_level).unwrap_or_else(|| unknown(own));
        }
        _ => {}
    }
    if let Some(rated) = score() {
        return rated;
    }
    let word = own.or_else(|| overrides.level(raw.invocation, found?));
    match word {
        Some(word) => level(word).unwrap_or_else(|| unknown(Some(word))),
        None => Severity::default_of_tool(unrated),
    }
}

fn level(word: &str) -> Option<Severity> {
    let (_, level) = LEVELS.iter().find(|(known, _)| *known == word)?;
    Some(Severity::tool(*level, word))
}

fn unknown(word: Option<&str>) -> Severity {
    word.map_or_else(Severity::unknown, |word| {
        Severity::tool(Level::Unknown, word)
    })
}

/// The level by `security-severity`; `None` when there is none, or it is 0, which some tools write for rules
/// that have nothing to do with security.
fn rated(properties: &Properties, own: Option<&str>) -> Option<Severity> {
    let (text, number) = match properties.security_severity.as_ref()? {
        Value::String(text) if text.trim().is_empty() => return None,
        Value::String(text) => (text.clone(), text.trim().parse().ok()),
        Value::Number(number) => (number.to_string(), number.as_f64()),
        Value::Null => return None,
        _ => return Some(unknown(None)),
    };
    let Some(number) = number else {
        let word = text.trim().to_ascii_lowercase();
        let known = RATINGS.iter().find(|(rating, _)| *rating == word);
        let level = known.map_or(Level::Unknown, |(_, level)| *level);
        return Some(Severity::tool(level, text));
    };
    match cvss_tenths(number) {
        Some(0) => None,
        Some(tenths) => Some(Severity {
            level: Level::from_cvss_tenths(tenths),
            origin: Origin::Tool,
            original: own.map(Into::into),
            score: decimal(number),
            source: None,
        }),
        None => Some(unknown(Some(&text))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_is_a_number_or_a_word_and_never_guessed() {
        let rate = |json: &str| {
            let properties: Properties =
                serde_json::from_str(&format!(r#"{{"security-severity":{json}}}"#)).unwrap();
            rated(&properties, None).map(|s| s.level)
        };
        for (json, expected) in [
            (r#""9.8""#, Some(Level::Critical)),
            ("9.0", Some(Level::Critical)),
            ("7", Some(Level::High)),
            (r#""6.9""#, Some(Level::Medium)),
            (r#""0.1""#, Some(Level::Low)),
            (r#""0.0""#, None),
            ("null", None),
            (r#""""#, None),
            (r#""High""#, Some(Level::High)),
            (r#""severe""#, Some(Level::Unknown)),
            ("11", Some(Level::Unknown)),
            (r#""NaN""#, Some(Level::Unknown)),
            ("[]", Some(Level::Unknown)),
        ] {
            assert_eq!(rate(json), expected, "{json}");
        }
    }
}
