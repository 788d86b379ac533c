//! Untrusted text on its way to a terminal or a build log.

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Text that can't do anything to a terminal or a log: line breaks and tabs become spaces; other control
/// characters, escape sequences and marks that turn the direction of text are written out as `\u{…}`.
#[must_use]
pub fn safe(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\n' | '\t' => escaped.push(' '),
            c if is_unsafe(c) => {
                // Writing to a string does not fail.
                let _ = write!(escaped, "\\u{{{:x}}}", u32::from(c));
            }
            c => escaped.push(c),
        }
    }
    Cow::Owned(escaped)
}

/// Whether a character can act on a terminal, or make text read other than it is.
pub(crate) fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c,
            // Direction marks, which can make text read other than it is (UAX #9).
            '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            // Line and paragraph separators; zero-width characters; tags.
            | '\u{2028}' | '\u{2029}' | '\u{200b}'..='\u{200d}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// The beginning of a text that fits a width in columns, with `…` where something is missing.
#[must_use]
pub fn fit(text: &str, width: usize) -> Cow<'_, str> {
    if text.width() <= width {
        return Cow::Borrowed(text);
    }
    let mut used = 1;
    let mut cut = String::new();
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used > width {
            break;
        }
        cut.push(c);
    }
    cut.push('…');
    Cow::Owned(cut)
}

/// Breaks a text into lines of at most a width, at spaces.
#[must_use]
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let Some(line) = lines.last_mut() else { break };
        if line.is_empty() {
            line.push_str(word);
        } else if line.width() + 1 + word.width() <= width {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_acts_on_a_terminal_is_left() {
        for (text, safe_text) in [
            ("plain é", "plain é"),
            ("\r::stop-commands::x", "\\u{d}::stop-commands::x"),
            ("a\u{1b}[2Kb", "a\\u{1b}[2Kb"),
            ("a\nb\tc", "a b c"),
            ("user\u{202e}txt.exe", "user\\u{202e}txt.exe"),
            ("\u{9b}1m", "\\u{9b}1m"),
            ("\u{0}", "\\u{0}"),
        ] {
            assert_eq!(safe(text), safe_text);
        }
    }

    #[test]
    fn width_is_counted_in_columns() {
        assert_eq!(fit("abcdef", 6), "abcdef");
        assert_eq!(fit("abcdef", 5), "abcd…");
        assert_eq!(fit("\u{6f22}\u{5b57}\u{6f22}", 5), "\u{6f22}\u{5b57}…");
        assert_eq!(wrap("aa bb  cc", 5), ["aa bb", "cc"]);
    }
}
