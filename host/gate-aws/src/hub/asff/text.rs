//! Untrusted text, as it may be sent: nothing in it moves a terminal's cursor, turns its direction or hides.

use std::fmt::Write as _;

/// The text with line breaks and tabs as spaces, without spaces at its ends, and with characters that do not show
/// written out.
pub(super) fn visible(text: &str) -> String {
    let mut visible = String::with_capacity(text.len());
    for c in text.trim().chars() {
        match c {
            '\n' | '\r' | '\t' => visible.push(' '),
            _ if hides(c) => {
                // Writing to a text can't fail.
                let _ = write!(visible, "\\u{{{:x}}}", u32::from(c));
            }
            _ => visible.push(c),
        }
    }
    visible
}

/// Control characters, marks that turn the direction of text, and characters without width (Unicode, categories Cc and
/// most of Cf), with the two separators of lines.
fn hides(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
        )
}

/// Whether a text is an address that may be sent as one: of the web, in plain ASCII.
pub(super) fn is_address(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&b);
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[') && rest.bytes().all(plain)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_show_is_written_out() {
        for (text, shown) in [
            (" a\r\nb\tc ", "a  b c"),
            ("\u{1b}[31mred\u{0}", "\\u{1b}[31mred\\u{0}"),
            ("\u{202e}gpj.\u{feff}", "\\u{202e}gpj.\\u{feff}"),
            ("é👩‍💻", "é👩\\u{200d}💻"),
        ] {
            assert_eq!(visible(text), shown);
        }
    }

    #[test]
    fn an_address_is_one_of_the_web() {
        for (text, is) in [
            ("https://nvd.example/CVE-2026-0001?a=b#c", true),
            ("http://[::1]/", true),
            ("https://", false),
            ("https:///path", false),
            ("javascript:alert(1)", false),
            ("https://a b", false),
            ("https://ü.example", false),
            ("", false),
        ] {
            assert_eq!(is_address(text), is, "{text}");
        }
    }
}
