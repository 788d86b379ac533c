//! Damages of rows and of lines.

use super::cases::Expected::{Beside, Closed, Read, Undecided};
use super::cases::{Case, case, every, one, with};
use crate::tools::{Format, Tool};

const CSV: &[Format] = &[Format::Csv];
const TEXT: &[Format] = &[Format::Text];

#[rustfmt::skip]
pub(super) const CASES: &[Case] = &[
    case("no header", CSV, Undecided, |tool| one(rows(tool))),
    case("a column is missing", CSV, Undecided, |tool| {
        ["CHECK_ID", "STATUS"].iter()
            .map(|name| (header(tool).replace(name, "NOBODY") + &rows(tool)).into_bytes())
            .collect()
    }),
    case("a column twice", CSV, Undecided, |tool| one(header(tool).replace("CHECK_TITLE", "CHECK_ID") + &rows(tool))),
    case("a row is too long", CSV, Undecided, |tool| one(whole(tool).trim_end().to_owned() + ";more\n")),
    case("a row is too short", CSV, Undecided, |tool| one(whole(tool) + "a;b;c\n")),
    case("an open quote", CSV, Undecided, |tool| one(header(tool) + "\"" + &rows(tool))),
    case("another delimiter", CSV, Undecided, |tool| one(whole(tool).replace(';', ","))),
    case("a word that is no status", CSV, Undecided, |tool| every(tool, "STATUS", &["MAYBE", "", "pass", "None"])),
    case("invalid UTF-8", CSV, Undecided, |tool| {
        one([header(tool).as_bytes(), b"\xFF", rows(tool).as_bytes()].concat())
    }),
    case("odd records", CSV, Beside, |tool| with(tool, "STATUS", &["MAYBE"])),
    case("a million rows of nothing", CSV, Undecided, |tool| {
        let row = ";".repeat(header(tool).matches(';').count()) + "\n";
        one(header(tool) + &row.repeat(1_000_000))
    }),

    case("a line of another tool", TEXT, Undecided, |tool| {
        let text = String::from_utf8(tool.base()).unwrap();
        let (first, rest) = text.split_once('\n').unwrap();
        one(format!("{first}\nFATAL image scan error: unable to initialize a scanner\n{rest}"))
    }),
    case("cut off in a line", TEXT, Undecided, |tool| one(tool.base().trim_ascii_end())),
    case("odd numbers", TEXT, Read, |tool| with(tool, tool.number_key, &["None", "true", "-1", "", "99999999999999999999"])),
    case("twice", TEXT, Closed, |tool| one(tool.base().repeat(2))),
    case("ten million lines", TEXT, Undecided, |tool| match tool.adapter {
        "lcov-text" => one([&*tool.base(), "DA:1,1\n".repeat(10_000_000).as_bytes()].concat()),
        _ => Vec::new(),
    }),
    case("65 MB of one line", TEXT, Undecided, |tool| match tool.adapter {
        "git-secrets-text" | "zap-text" => one([&*tool.base(), &*vec![b'x'; 65 << 20], b"\n"].concat()),
        _ => Vec::new(),
    }),
];

fn whole(tool: &Tool) -> String {
    String::from_utf8(tool.base()).unwrap()
}

fn header(tool: &Tool) -> String {
    let whole = whole(tool);
    let end = whole.find('\n').unwrap() + 1;
    whole[..end].to_owned()
}

fn rows(tool: &Tool) -> String {
    whole(tool)[header(tool).len()..].to_owned()
}
