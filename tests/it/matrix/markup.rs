//! Damages of XML.

use super::cases::Expected::{Beside, Read, Undecided};
use super::cases::{Case, case, one, with};
use crate::tools::{Format, Tool};

const XML: &[Format] = &[Format::Xml];

#[rustfmt::skip]
pub(super) const CASES: &[Case] = &[
    case("an end tag is missing", XML, Undecided, |tool| one(split(tool).0)),
    case("an end tag of another element", XML, Undecided, |tool| one(split(tool).0 + "</nobody>")),
    case("tags that overlap", XML, Undecided, |tool| inside(tool, "<a><b></a></b>")),
    case("a second root", XML, Undecided, |tool| one(whole(tool) + "<nobody/>")),
    case("a text after the end", XML, Undecided, |tool| one(whole(tool) + "Done in 3.1s\n")),
    case("a text before the beginning", XML, Undecided, |tool| one("INFO scanning\n".to_owned() + &whole(tool))),
    case("two documents", XML, Undecided, |tool| one(whole(tool) + &whole(tool))),
    case("NUL bytes after the end", XML, Undecided, |tool| one(whole(tool) + &"\0".repeat(4096))),
    case("another root", XML, Undecided, |tool| one(whole(tool).replace(root(&whole(tool)), "nobody"))),
    case("an unknown entity", XML, Undecided, |tool| inside(tool, "<nobody>&nobody;</nobody>")),
    case("an unknown entity in an attribute", XML, Undecided, |tool| inside(tool, "<nobody a=\"&nobody;\"/>")),
    case("an ampersand", XML, Undecided, |tool| inside(tool, "<nobody>this & that</nobody>")),
    case("no character", XML, Undecided, |tool| inside(tool, "<nobody>&#0;</nobody>")),
    case("half a surrogate pair", XML, Undecided, |tool| inside(tool, "<nobody>&#xD800;</nobody>")),
    case("a character beyond every range", XML, Undecided, |tool| inside(tool, "<nobody>&#x110000;</nobody>")),
    case("entities of entities", XML, Undecided, entities),
    case("an entity of a file", XML, Undecided, |tool| declared(tool, "[<!ENTITY a SYSTEM \"file:///etc/hostname\">]", "<a>&a;</a>")),
    case("a parameter entity", XML, Undecided, |tool| declared(tool, "[<!ENTITY % a SYSTEM \"file:///etc/hostname\"> %a;]", "")),
    case("a declaration with a subset", XML, Undecided, |tool| declared(tool, "[<!ELEMENT a ANY>]", "")),
    case("a declaration elsewhere", XML, Undecided, |tool| declared(tool, "SYSTEM \"file:///etc/hostname\"", "")),
    case("another encoding declared", XML, Undecided, |tool| {
        ["ISO-8859-1", "UTF-16", "UTF-7", "nobody"].iter()
            .map(|name| format!("<?xml version=\"1.0\" encoding=\"{name}\"?>{}", without_declaration(tool)).into_bytes())
            .collect()
    }),
    case("invalid UTF-8", XML, Undecided, |tool| {
        let (before, after) = split(tool);
        one([before.as_bytes(), b"<nobody>\xFF\xC0\xAF</nobody>", after.as_bytes()].concat())
    }),
    case("an attribute twice", XML, Undecided, |tool| inside(tool, "<nobody a=\"1\" a=\"2\"/>")),
    case("an element twice", XML, Undecided, |tool| {
        // In what is a list, every element is one more.
        let listed = tool.adapter == "junit-xml" || tool.adapter == "zap-xml";
        if listed { Vec::new() } else { inside(tool, "<nobody/><nobody/>") }
    }),
    case("a tag cut off", XML, Undecided, |tool| inside(tool, "<nobody a=\"")),
    case("an open comment", XML, Undecided, |tool| inside(tool, "<!-- nobody")),
    case("an open section", XML, Undecided, |tool| inside(tool, "<![CDATA[ nobody")),
    case("65 MB of one attribute", XML, Undecided, |tool| large(tool, |x| format!("<nobody a=\"{x}\"/>"))),
    case("65 MB of one text", XML, Undecided, |tool| large(tool, |x| format!("<nobody>{x}</nobody>"))),
    case("65 MB of one name", XML, Undecided, |tool| large(tool, |x| format!("<{x}/>"))),
    case("a hundred thousand attributes", XML, Undecided, |tool| {
        let attributes: String = (0..100_000).map(|number| format!(" a{number}=\"\"")).collect();
        inside(tool, &format!("<nobody{attributes}/>"))
    }),
    case("a hundred thousand open elements", XML, Undecided, |tool| inside(tool, &"<a>".repeat(100_000))),
    case("deep", XML, Undecided, |tool| inside(tool, &("<a>".repeat(100_000) + &"</a>".repeat(100_000)))),
    case("ten million elements", XML, Undecided, |tool| match tool.adapter {
        "junit-xml" => inside(tool, &"<testcase/>".repeat(10_000_000)),
        "cyclonedx-xml" => inside(tool, &"<a/>".repeat(10_000_000)),
        _ => Vec::new(),
    }),
    case("odd records", XML, Beside, |tool| match tool.text_key {
        key if key.starts_with('@') => Vec::new(),
        key => with(tool, key, &["<a/>"]),
    }),
    case("odd numbers", XML, Read, |tool| with(tool, tool.number_key, &["None", "true", "", "99999999999999999999"])),
    case("negative numbers", XML, Read, |tool| with(tool, tool.number_key, &["-1"])),
];

fn whole(tool: &Tool) -> String {
    String::from_utf8(tool.base()).unwrap()
}

/// The name of the root.
fn root(text: &str) -> &str {
    let at = text.rfind("</").unwrap() + 2;
    text[at..].split('>').next().unwrap()
}

/// What stands before the root's end tag, and the tag.
fn split(tool: &Tool) -> (String, String) {
    let mut before = whole(tool);
    let after = before.split_off(before.rfind("</").unwrap());
    (before, after)
}

/// The report with something more at the end of its root.
fn inside(tool: &Tool, insert: &str) -> Vec<Vec<u8>> {
    let (before, after) = split(tool);
    one(before + insert + &after)
}

/// The report with something in it that is longer than a text may be. Two tools show it for all.
fn large(tool: &Tool, insert: fn(&str) -> String) -> Vec<Vec<u8>> {
    match tool.adapter {
        "cyclonedx-xml" | "junit-xml" => inside(tool, &insert(&"x".repeat(65 << 20))),
        _ => Vec::new(),
    }
}

fn without_declaration(tool: &Tool) -> String {
    let text = whole(tool);
    match text.split_once("?>") {
        Some((_, rest)) => rest.trim_start().to_owned(),
        None => text,
    }
}

/// The report with a document type declaration and something at the end of its root.
fn declared(tool: &Tool, declaration: &str, insert: &str) -> Vec<Vec<u8>> {
    let text = without_declaration(tool);
    let name = root(&text).to_owned();
    let (before, after) = text.split_at(text.rfind("</").unwrap());
    one(format!(
        "<!DOCTYPE {name} {declaration}>{before}{insert}{after}"
    ))
}

/// A gigabyte in a few lines, for a reader that expands them.
fn entities(tool: &Tool) -> Vec<Vec<u8>> {
    let first = "<!ENTITY e0 \"lol\">".to_owned();
    let more =
        (1..10).map(|n| format!("<!ENTITY e{n} \"{}\">", format!("&e{};", n - 1).repeat(10)));
    let all: String = std::iter::once(first).chain(more).collect();
    declared(tool, &format!("[{all}]"), "<nobody>&e9;</nobody>")
}
