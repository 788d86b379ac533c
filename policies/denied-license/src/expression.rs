//! License expressions: SPDX specification 2.3, annex D. Operators and identifiers are read in any case, as tools write
//! them.

/// How deep parentheses may stand in each other. An expression is a text of a report, and the stack is not endless.
const DEPTH: u32 = 32;

/// Words that stand where no license is known: of SPDX, and of tools.
const NOBODY_KNOWS: [&str; 4] = ["noassertion", "none", "non-standard", "unknown"];

/// A license, perhaps with an exception, in a form in which equal ones are equal texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Term {
    pub(crate) license: String,
    pub(crate) exception: Option<String>,
}

impl Term {
    /// A text that is one license, perhaps with an exception, and nothing more.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let mut term = None;
        let mut terms = 0;
        let only = |found: &Self| {
            term = Some(found.clone());
            terms += 1;
            true
        };
        let read = !text.contains(['(', ')']) && is_allowed(text, only) == Some(true);
        term.filter(|_| read && terms == 1)
    }
}

/// Whether one may use what stands under an expression, when a term is allowed or not: one side of an `OR`, both of an
/// `AND`. `None` when the text is no expression or does not say what the license is.
pub(crate) fn is_allowed(text: &str, allows: impl FnMut(&Term) -> bool) -> Option<bool> {
    let mut reader = Reader {
        rest: text,
        depth: 0,
        allows,
    };
    let allowed = reader.either()?;
    reader.rest.trim_start().is_empty().then_some(allowed)
}

struct Reader<'a, A> {
    rest: &'a str,
    depth: u32,
    allows: A,
}

impl<'a, A: FnMut(&Term) -> bool> Reader<'a, A> {
    fn either(&mut self) -> Option<bool> {
        let mut allowed = self.both()?;
        while self.takes("or") {
            allowed |= self.both()?;
        }
        Some(allowed)
    }

    fn both(&mut self) -> Option<bool> {
        let mut allowed = self.one()?;
        while self.takes("and") {
            allowed &= self.one()?;
        }
        Some(allowed)
    }

    fn one(&mut self) -> Option<bool> {
        if self.takes("(") {
            self.depth += 1;
            if self.depth > DEPTH {
                return None;
            }
            let allowed = self.either()?;
            self.depth -= 1;
            return self.takes(")").then_some(allowed);
        }
        let license = license(self.word()?)?;
        let exception = if self.takes("with") {
            Some(identifier(self.word()?)?)
        } else {
            None
        };
        Some((self.allows)(&Term { license, exception }))
    }

    /// The next word, and what comes after it.
    fn ahead(&self) -> (&'a str, &'a str) {
        let text = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
        if text.starts_with(['(', ')']) {
            return text.split_at(1);
        }
        let end = text.find([' ', '\t', '\n', '\r', '(', ')']);
        text.split_at(end.unwrap_or(text.len()))
    }

    fn takes(&mut self, word: &str) -> bool {
        let (next, rest) = self.ahead();
        let found = next.eq_ignore_ascii_case(word);
        if found {
            self.rest = rest;
        }
        found
    }

    fn word(&mut self) -> Option<&'a str> {
        let (next, rest) = self.ahead();
        self.rest = rest;
        let operator = ["and", "or", "with"];
        let is_operator = operator.iter().any(|word| next.eq_ignore_ascii_case(word));
        (!is_operator).then_some(next)
    }
}

/// An identifier: letters, digits, `-` and `.`, and `:` in a reference to another document.
fn identifier(word: &str) -> Option<String> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b':');
    let is = word.bytes().all(fits) && word.bytes().any(|byte| byte.is_ascii_alphanumeric());
    is.then(|| word.to_ascii_lowercase())
}

/// A license's identifier. The older names of the GNU licenses are those of today: `GPL-3.0` is `GPL-3.0-only`, and
/// `GPL-3.0+` is `GPL-3.0-or-later`.
fn license(word: &str) -> Option<String> {
    let (name, or_later) = match word.strip_suffix('+') {
        Some(name) => (name, true),
        None => (word, false),
    };
    let mut name = identifier(name)?;
    if NOBODY_KNOWS.contains(&name.as_str()) {
        return None;
    }
    let gnu = ["agpl-", "gfdl-", "gpl-", "lgpl-"];
    if or_later {
        name.push_str("-or-later");
    } else if gnu.iter().any(|family| name.starts_with(family)) && name.ends_with("-only") {
        name.truncate(name.len() - "-only".len());
    }
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `y…` is allowed, anything else is not.
    fn allowed(text: &str) -> Option<bool> {
        is_allowed(text, |term| term.license.starts_with('y'))
    }

    #[test]
    fn and_binds_closer_than_or() {
        for (text, expected) in [
            ("y", true),
            ("n", false),
            ("n OR y", true),
            ("n or y", true),
            ("n OR n", false),
            ("y AND y", true),
            ("y AND n", false),
            ("y OR y AND n", true),
            ("(y OR y) AND n", false),
            ("n AND y OR y", true),
            ("n AND (y OR y)", false),
            ("  ( ( y ) )\n", true),
            ("y WITH n-exception AND y", true),
            ("(n)OR(y)", true),
        ] {
            assert_eq!(allowed(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_expression_is_none() {
        let deep = |n: usize| format!("{}y{}", "(".repeat(n), ")".repeat(n));
        assert_eq!(allowed(&deep(DEPTH as usize)), Some(true));
        assert_eq!(allowed(&deep(DEPTH as usize + 1)), None);
        assert_eq!(allowed(&"(".repeat(1_000_000)), None);
        for text in [
            "",
            " ",
            "()",
            "y OR",
            "OR y",
            "y AND AND y",
            "y y",
            "(y",
            "y)",
            "y WITH",
            "y WITH (n)",
            "(y) WITH n",
            "y WITH a WITH b",
            "Apache License 2.0",
            "SEE LICENSE IN LICENSE.md",
            "y/n",
            "y, n",
            "+",
            "-",
            "y++",
            "NOASSERTION",
            "none",
            "y OR UNKNOWN",
            "lizenz-ä",
        ] {
            assert_eq!(allowed(text), None, "{text}");
        }
    }

    #[test]
    fn one_license_has_one_spelling() {
        for same in [
            &["GPL-3.0", "gpl-3.0-only", "GPL-3.0-Only"][..],
            &["LGPL-2.1+", "LGPL-2.1-or-later"],
            &["Apache-2.0", "apache-2.0"],
            &[
                "GPL-2.0-only WITH Classpath-exception-2.0",
                "gpl-2.0 with classpath-exception-2.0",
            ],
        ] {
            let terms: Vec<_> = same.iter().map(|text| Term::of(text)).collect();
            assert!(
                terms.iter().all(|t| t.is_some() && *t == terms[0]),
                "{same:?}"
            );
        }
        for several in ["MIT OR ISC", "(MIT)", "MIT ISC", "", "NONE"] {
            assert_eq!(Term::of(several), None, "{several}");
        }
    }
}
