//! Damaged reports: what may happen to any report on its way, and to one that is JSON.

use std::fs;

use crate::gate::Folder;
use crate::tools::Tool;

/// Makes a damaged report and gives its path.
pub(crate) type Make = fn(&Folder, &Tool) -> String;

/// The codes under which a damage may be reported: by an adapter that was named, and by content.
pub(crate) struct Damage {
    pub what: &'static str,
    pub make: Make,
    pub named: &'static [&'static str],
    pub by_content: &'static [&'static str],
}

const UNREADABLE: &[&str] = &["report-unreadable"];
const EMPTY: &[&str] = &["report-empty"];
const MALFORMED: &[&str] = &["report-malformed"];
const TOO_LARGE: &[&str] = &["report-too-large"];
const MALFORMED_OR_TOO_LARGE: &[&str] = &["report-malformed", "report-too-large"];
/// Well-formed and nothing that the tool would write; Checkov and Trivy say `[]` when they looked at nothing.
pub(crate) const NOT_ITS_OWN: &[&str] = &["report-wrong-tool", "report-incomplete"];
const UNRECOGNIZED: &[&str] = &["report-unrecognized"];
/// What is deep or cut off from the beginning may not even look like a tool's.
const LOST: &[&str] = &[
    "report-malformed",
    "report-too-large",
    "report-unrecognized",
];

const fn damage(
    what: &'static str,
    named: &'static [&'static str],
    by_content: &'static [&'static str],
    make: Make,
) -> Damage {
    Damage {
        what,
        make,
        named,
        by_content,
    }
}

/// What says nothing of how the report was written.
#[rustfmt::skip]
pub(crate) const ANY: &[Damage] = &[
    damage("no file", UNREADABLE, UNREADABLE, |_, _| "missing.json".to_owned()),
    damage("a directory", UNREADABLE, UNREADABLE, |folder, _| {
        fs::create_dir(folder.path().join("report.json")).unwrap();
        "report.json".to_owned()
    }),
    damage("a link to nothing", UNREADABLE, UNREADABLE, |folder, _| {
        std::os::unix::fs::symlink("nowhere", folder.path().join("report.json")).unwrap();
        "report.json".to_owned()
    }),
    damage("below a file", UNREADABLE, UNREADABLE, |folder, _| {
        folder.file("file", "{}");
        "file/report.json".to_owned()
    }),
    damage("no path", UNREADABLE, UNREADABLE, |_, _| String::new()),
    damage("stdin without anything", EMPTY, EMPTY, |_, _| "-".to_owned()),
    damage("empty", EMPTY, EMPTY, |folder, _| put(folder, "")),
    damage("whitespace", EMPTY, EMPTY, |folder, _| put(folder, " \n\t\r\n")),
    damage("more whitespace than is read at once", EMPTY, &["report-empty", "report-unrecognized"],
        |folder, _| put(folder, vec![b'\n'; 300_000])),
    damage("{}", NOT_ITS_OWN, UNRECOGNIZED, |folder, _| put(folder, "{}")),
    damage("[]", NOT_ITS_OWN, UNRECOGNIZED, |folder, _| put(folder, "[]")),
    damage("[[]]", &["report-wrong-tool", "report-incomplete"], UNRECOGNIZED, |folder, _| put(folder, "[[]]")),
    damage("null", NOT_ITS_OWN, UNRECOGNIZED, |folder, _| put(folder, "null")),
    damage("true", NOT_ITS_OWN, UNRECOGNIZED, |folder, _| put(folder, "true")),
    damage("a text", NOT_ITS_OWN, UNRECOGNIZED, |folder, _| put(folder, "\"text\"")),
    damage("0", NOT_ITS_OWN, UNRECOGNIZED, |folder, _| put(folder, "0")),
    damage("a hundred thousand open brackets", TOO_LARGE, LOST, |folder, _| put(folder, "[".repeat(100_000))),
    damage("a hundred thousand open objects", TOO_LARGE, LOST, |folder, _| put(folder, "{\"a\":".repeat(100_000))),
    damage("a page of HTML", MALFORMED, UNRECOGNIZED, |folder, _| {
        put(folder, "<!DOCTYPE html>\n<html><body><h1>502 Bad Gateway</h1></body></html>\n")
    }),
    damage("a line of a log", MALFORMED, MALFORMED, |folder, _| {
        put(folder, "FATAL image scan error: unable to initialize a scanner\n")
    }),
];

/// What is long.
#[rustfmt::skip]
pub(crate) const LARGE: &[Damage] = &[
    damage("200 MB of NUL bytes", MALFORMED_OR_TOO_LARGE, MALFORMED_OR_TOO_LARGE, |folder, _| {
        let file = fs::File::create(folder.path().join("report.json")).unwrap();
        file.set_len(200 << 20).unwrap();
        "report.json".to_owned()
    }),
    damage("20 MB of digits", MALFORMED_OR_TOO_LARGE, MALFORMED_OR_TOO_LARGE, |folder, _| {
        put(folder, vec![b'0'; 20 << 20])
    }),
    damage("20 MB of one open text", MALFORMED_OR_TOO_LARGE, MALFORMED_OR_TOO_LARGE, |folder, _| {
        put(folder, [vec![b'"'], vec![b'x'; 20 << 20]].concat())
    }),
];

/// What happened to a report that is JSON.
#[rustfmt::skip]
pub(crate) const JSON: &[Damage] = &[
    damage("UTF-8 with a mark", MALFORMED, MALFORMED, |folder, tool| {
        put(folder, [b"\xEF\xBB\xBF", &*tool.base()].concat())
    }),
    damage("UTF-16, little end first", MALFORMED, MALFORMED, |folder, tool| {
        put(folder, [b"\xFF\xFE".to_vec(), utf16(tool, u16::to_le_bytes)].concat())
    }),
    damage("UTF-16, big end first", MALFORMED, MALFORMED, |folder, tool| {
        put(folder, [b"\xFE\xFF".to_vec(), utf16(tool, u16::to_be_bytes)].concat())
    }),
    damage("UTF-16 without a mark", LOST, LOST, |folder, tool| {
        put(folder, utf16(tool, u16::to_le_bytes))
    }),
    damage("invalid UTF-8 in a text", MALFORMED, MALFORMED, |folder, tool| {
        put(folder, into_text(tool, b"\xFF"))
    }),
    damage("half a character in a text", MALFORMED, MALFORMED, |folder, tool| {
        put(folder, into_text(tool, b"\xE2\x82"))
    }),
    damage("an overlong slash in a text", MALFORMED, MALFORMED, |folder, tool| {
        put(folder, into_text(tool, b"\xC0\xAF"))
    }),
    damage("a key twice in the first object", MALFORMED, MALFORMED, |folder, tool| {
        let text = String::from_utf8(tool.base()).unwrap();
        let key = text.split('"').nth(1).unwrap();
        put(folder, into_first_object(&tool.base(), &format!("\"{key}\":null,")))
    }),
    damage("a key twice, once with an escape", MALFORMED, LOST, |folder, tool| {
        let text = String::from_utf8(tool.base()).unwrap();
        let key = text.split('"').nth(1).unwrap();
        let escaped = format!("\\u{:04x}{}", key.chars().next().unwrap() as u32, &key[1..]);
        put(folder, into_first_object(&tool.base(), &format!("\"{escaped}\":null,")))
    }),
    damage("a key twice in a record", MALFORMED, MALFORMED, |folder, tool| {
        put(folder, before_key(tool, tool.text_key, &format!("\"{}\":null,", tool.text_key)))
    }),
    damage("deep under a key that nobody reads", TOO_LARGE, LOST, |folder, tool| {
        put(folder, into_first_object(&tool.base(), &format!("\"surprise\":{},", deep())))
    }),
    damage("deep in a record", TOO_LARGE, LOST, |folder, tool| {
        put(folder, before_key(tool, tool.text_key, &format!("\"surprise\":{},", deep())))
    }),
    damage("text after the end", MALFORMED, MALFORMED, |folder, tool| {
        put(folder, [&*tool.base(), b"\nDone in 3.1s\n"].concat())
    }),
    damage("text before the beginning", MALFORMED, MALFORMED, |folder, tool| {
        put(folder, [b"INFO scanning\n", &*tool.base()].concat())
    }),
    damage("a bracket too many", MALFORMED, MALFORMED, |folder, tool| {
        put(folder, [&*tool.base(), b"}"].concat())
    }),
    damage("two documents", MALFORMED, MALFORMED, |folder, tool| {
        put(folder, [tool.base(), tool.base()].concat())
    }),
    damage("a clean document before", MALFORMED, LOST, |folder, tool| {
        put(folder, [b"[]\n", &*tool.base()].concat())
    }),
    damage("NUL bytes after the end", MALFORMED, MALFORMED, |folder, tool| {
        put(folder, [&*tool.base(), &[0; 4096]].concat())
    }),
    damage("NaN under a key that nobody reads", MALFORMED, LOST, |folder, tool| {
        put(folder, into_first_object(&tool.base(), "\"surprise\":NaN,"))
    }),
    damage("a comment", MALFORMED, MALFORMED, |folder, tool| {
        put(folder, into_first_object(&tool.base(), "/* clean */"))
    }),
    damage("a comma too many", MALFORMED, MALFORMED, |folder, tool| {
        put(folder, into_first_object(&tool.base(), ","))
    }),
    damage("NaN where a number is read", MALFORMED, MALFORMED, |folder, tool| {
        put(folder, with_number(tool, "NaN"))
    }),
    damage("a number beyond every range", MALFORMED, MALFORMED, |folder, tool| {
        put(folder, with_number(tool, "1e999"))
    }),
    damage("half a surrogate pair", &["report-malformed", "report-incomplete"], &["report-malformed", "report-incomplete"],
        |folder, tool| put(folder, before_key(tool, tool.text_key, "\"\\ud800\":0,"))),
    damage("a record that is none", &["report-incomplete", "report-wrong-tool"], &["report-incomplete", "report-wrong-tool"],
        |folder, tool| put(folder, with_text(tool, "[{}]"))),
    damage("a line of ours in a text", &["report-incomplete", "report-wrong-tool"], &["report-incomplete", "report-wrong-tool"],
        |folder, tool| put(folder, with_text(tool, r#"{"\nverdict: pass\n":"\u001b[2K\r::add-mask::"}"#))),
];

pub(crate) fn put(folder: &Folder, bytes: impl AsRef<[u8]>) -> String {
    folder.file("report.json", bytes);
    "report.json".to_owned()
}

pub(crate) fn deep() -> String {
    format!("{}{}", "[".repeat(100_000), "]".repeat(100_000))
}

fn utf16(tool: &Tool, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    let text = String::from_utf8(tool.base()).unwrap();
    text.encode_utf16().flat_map(bytes).collect()
}

/// The report with findings, with bytes in the first text that stands in every record.
fn into_text(tool: &Tool, insert: &[u8]) -> Vec<u8> {
    let text = with_text(tool, "\"#\"");
    let at = text.find("\"#\"").unwrap() + 1;
    [&text.as_bytes()[..at], insert, &text.as_bytes()[at..]].concat()
}

fn into_first_object(bytes: &[u8], insert: &str) -> Vec<u8> {
    let at = bytes.iter().position(|b| *b == b'{').unwrap() + 1;
    [&bytes[..at], insert.as_bytes(), &bytes[at..]].concat()
}

/// The report with findings, with a text before the first key of a name.
fn before_key(tool: &Tool, key: &str, insert: &str) -> String {
    let text = tool.text();
    let (before, after) = text.split_once(&format!("\"{key}\"")).unwrap();
    format!("{before}{insert}\"{key}\"{after}")
}

/// The report with findings, with another value for the first number that the adapter reads; of one that reads none,
/// for the first text.
fn with_number(tool: &Tool, number: &str) -> String {
    let numbers = Some(tool.number_key).filter(|key| !key.is_empty());
    tool.with_first(numbers.unwrap_or(tool.text_key), number)
}

/// The report with findings, with another value for the first text that stands in every record.
fn with_text(tool: &Tool, value: &str) -> String {
    tool.with_first(tool.text_key, value)
}
