//! Messages (section 3.11): untrusted text that is neither a template nor a link.

use serde::Serialize;

use crate::text::safe;

/// A message, or a description (sections 3.11 and 3.12), in plain text.
#[derive(Serialize)]
pub(super) struct Message {
    pub(super) text: String,
}

impl Message {
    /// A message that says this text and nothing else, line by line.
    pub(super) fn of(text: &str) -> Self {
        let lines: Vec<_> = text.lines().map(safe).collect();
        Self {
            text: literal(&lines.join("\n")),
        }
    }
}

/// Braces are doubled, because alone they are placeholders (section 3.11.5). Where the text holds what could be an
/// embedded link, `[text](target)`, brackets and backslashes are escaped (section 3.11.6); elsewhere they mean
/// nothing and stay as they are.
fn literal(text: &str) -> String {
    let links = text.contains("](");
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '{' | '}' => escaped.push(c),
            '[' | ']' | '\\' if links => escaped.push('\\'),
            _ => {}
        }
        escaped.push(c);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_neither_a_template_nor_a_link() {
        for (text, message) in [
            ("plain", "plain"),
            ("{0} of ${x}", "{{0}} of ${{x}}"),
            (r"a[0] in C:\x", r"a[0] in C:\x"),
            (
                "[click](https://evil.example)",
                r"\[click\](https://evil.example)",
            ),
            (r"\[click](1)", r"\\\[click\](1)"),
            ("one\r\ntwo\u{1b}[2K", "one\ntwo\\u{{1b}}[2K"),
            ("a\u{202e}b", "a\\u{{202e}}b"),
        ] {
            assert_eq!(Message::of(text).text, message);
        }
    }
}
