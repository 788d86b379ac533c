//! Untrusted text in Markdown.

use crate::text::{fit, safe};

/// The longest text, in columns.
const WIDTH: usize = 240;

/// Text as a code span (CommonMark 0.31, section 6.1), cut where it is long; nothing where there is none. A `|` would
/// end a cell even there, and how a backslash before it is read differs, so it is written out.
pub(super) fn code(text: &str) -> String {
    let text = safe(text.trim());
    let text = fit(&text, WIDTH).replace('|', "\\u{7c}");
    if text.is_empty() {
        return text;
    }
    // A longer fence than any in the text.
    let runs = text.split(|c| c != '`').map(str::len);
    let fence = "`".repeat(runs.max().unwrap_or(0) + 1);
    // One space at each end is no part of the text.
    let ends = text.starts_with('`') || text.ends_with('`');
    let gap = if ends { " " } else { "" };
    format!("{fence}{gap}{text}{gap}{fence}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_can_not_leave_its_code_span() {
        for (text, markdown) in [
            ("plain", "`plain`"),
            ("", ""),
            (" \n", ""),
            ("a `b` c", "``a `b` c``"),
            ("`", "`` ` ``"),
            ("``x", "``` ``x ```"),
            ("a | b", "`a \\u{7c} b`"),
            ("@user #1 <b>![x](y)", "`@user #1 <b>![x](y)`"),
            ("a\n\n# b", "`a  # b`"),
            ("\\", "`\\`"),
        ] {
            assert_eq!(code(text), markdown);
        }
        assert!(code(&"`".repeat(9999)).len() < 1000);
    }
}
