//! JSON in which nothing acts on a terminal that it is shown on: JSON itself escapes control characters below U+0020
//! only (RFC 8259, section 7). What is read from it is the same.

use std::io;

use serde_json::ser::Formatter;

use crate::text::is_unsafe;

/// Compact JSON with every unsafe character as `\uXXXX`.
pub(super) struct Ascii;

impl Formatter for Ascii {
    fn write_string_fragment<W>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()>
    where
        W: ?Sized + io::Write,
    {
        for part in fragment.split_inclusive(is_unsafe) {
            let Some((at, last)) = part
                .char_indices()
                .next_back()
                .filter(|(_, c)| is_unsafe(*c))
            else {
                writer.write_all(part.as_bytes())?;
                continue;
            };
            writer.write_all(part.get(..at).unwrap_or_default().as_bytes())?;
            for unit in last.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde::Serialize as _;

    use super::*;

    #[test]
    fn what_is_unsafe_is_escaped_and_read_as_it_was() {
        for (text, written) in [
            ("plain é \u{1f600}", "\"plain é \u{1f600}\""),
            ("a\u{7f}\u{9b}1mb", r#""a\u007f\u009b1mb""#),
            ("\u{202e}\u{202e}x\n\u{1b}", r#""\u202e\u202ex\n\u001b""#),
            ("\u{e0041}", r#""\udb40\udc41""#),
            ("", r#""""#),
        ] {
            let mut bytes = Vec::new();
            let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, Ascii);
            text.serialize(&mut serializer).unwrap();
            assert_eq!(String::from_utf8(bytes.clone()).unwrap(), written);
            assert_eq!(serde_json::from_slice::<String>(&bytes).unwrap(), text);
        }
    }
}
