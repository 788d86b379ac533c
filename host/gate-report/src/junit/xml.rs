//! Untrusted text in XML.

use crate::text::safe;

/// Text for an attribute or for the content of an element: one line, markup as references. What XML 1.0 does not
/// allow at all (section 2.2), not even as a reference, is written out as `\u{…}`, like what acts on a terminal.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in safe(text).chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            '\u{fffe}' => escaped.push_str("\\u{fffe}"),
            '\u{ffff}' => escaped.push_str("\\u{ffff}"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_markup_and_everything_is_allowed() {
        for (text, xml) in [
            ("plain é", "plain é"),
            (
                "]]></failure><x a='1'>&#0;",
                "]]&gt;&lt;/failure&gt;&lt;x a=&apos;1&apos;&gt;&amp;#0;",
            ),
            ("\" onload=\"", "&quot; onload=&quot;"),
            ("a\nb\u{0}c\u{1b}d", "a b\\u{0}c\\u{1b}d"),
            (
                "\u{fffe}\u{ffff}\u{85}\u{2028}",
                "\\u{fffe}\\u{ffff}\\u{85}\\u{2028}",
            ),
        ] {
            assert_eq!(escaped(text), xml);
        }
    }
}
