//! Patterns that people write by hand.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// A pattern for a path or a name: `*` stands for anything within a part, `**` for any number of parts, `?` for one
/// character; parts are separated by `/`. Everything else stands for itself.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pattern(String);

/// A text that is no pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAPattern {
    /// There is nothing, or nothing but white space.
    #[error("a pattern that is empty")]
    Empty,
    /// It begins with `/`, or has parts such as `..`, which no path of a finding has.
    #[error(
        "a pattern with a part that no path has: it begins with `/`, or a part is empty, `.` or `..`"
    )]
    Part,
    /// A longer pattern takes longer to compare.
    #[error("a pattern of more than 512 bytes or 8 `**`")]
    Long,
}

impl Pattern {
    /// Whether a path or a name is one that the pattern means.
    #[must_use]
    pub fn matches(&self, path: &str) -> bool {
        fast_glob::glob_match(escaped(&self.0), path)
    }

    /// Whether its first part says what it is: what begins with `*` could be anywhere.
    #[must_use]
    pub fn is_bounded(&self) -> bool {
        let first = self.0.split('/').next().unwrap_or_default();
        let fixed = first.chars().filter(|c| !matches!(c, '*' | '?')).count();
        fixed > 0 && !first.starts_with('*')
    }

    /// The pattern as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The pattern with what the library takes for more than it is made plain: brackets, braces, `!` and `\`.
fn escaped(pattern: &str) -> String {
    let mut escaped = String::with_capacity(pattern.len());
    for c in pattern.chars() {
        if matches!(c, '[' | ']' | '{' | '}' | '!' | '\\' | ',') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl FromStr for Pattern {
    type Err = NotAPattern;

    fn from_str(text: &str) -> Result<Self, NotAPattern> {
        if text.trim().is_empty() {
            return Err(NotAPattern::Empty);
        }
        if text.len() > 512 || text.matches("**").count() > 8 {
            return Err(NotAPattern::Long);
        }
        if text.split('/').any(|part| matches!(part, "" | "." | "..")) {
            return Err(NotAPattern::Part);
        }
        Ok(Self(text.to_owned()))
    }
}

impl Serialize for Pattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(|error| D::Error::custom(format!("{error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_means_what_it_shows() {
        for (pattern, path, meant) in [
            ("src/*.rs", "src/main.rs", true),
            ("src/*.rs", "src/bin/main.rs", false),
            ("src/**/*.rs", "src/bin/main.rs", true),
            ("src/**/*.rs", "src/main.rs", true),
            ("src/**", "src/a/b", true),
            ("src/**", "srcs/a", false),
            ("src/?.rs", "src/a.rs", true),
            ("src/?.rs", "src/ab.rs", false),
            ("a[b].txt", "a[b].txt", true),
            ("a[b].txt", "ab.txt", false),
            ("a{b,c}.txt", "a{b,c}.txt", true),
            ("a{b,c}.txt", "ab.txt", false),
            ("!a", "!a", true),
            ("!a", "b", false),
            ("Src/a", "src/a", false),
            ("registry.example/*", "registry.example/shop", true),
        ] {
            let parsed: Pattern = pattern.parse().unwrap();
            assert_eq!(parsed.matches(path), meant, "{pattern} {path}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        let many = "a/**/".repeat(9) + "b";
        for (text, why) in [
            ("", NotAPattern::Empty),
            (" ", NotAPattern::Empty),
            ("/etc/passwd", NotAPattern::Part),
            ("a//b", NotAPattern::Part),
            ("../a", NotAPattern::Part),
            ("a/./b", NotAPattern::Part),
            (&*"a".repeat(513), NotAPattern::Long),
            (&*many, NotAPattern::Long),
        ] {
            assert_eq!(text.parse::<Pattern>(), Err(why), "{text}");
        }
    }

    #[test]
    fn what_could_be_anywhere_is_not_bounded() {
        for (text, bounded) in [
            ("src/**", true),
            ("sr*/x", true),
            ("*", false),
            ("**", false),
            ("**/x.py", false),
            ("*.py", false),
            ("?", false),
            ("??/*", false),
        ] {
            let pattern: Pattern = text.parse().unwrap();
            assert_eq!(pattern.is_bounded(), bounded, "{text}");
        }
    }
}
