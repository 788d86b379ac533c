//! What becomes of XML, rows and lines, and what is refused.

use super::*;
use crate::format::Xml;

fn json(format: Format, text: impl AsRef<[u8]>) -> Result<String, String> {
    let mut json = Vec::new();
    transcode(format, &mut text.as_ref(), &mut |piece| {
        json.extend_from_slice(piece);
        Ok(())
    })
    .map_err(|error| {
        let problem = error.to_problem();
        format!(
            "{} ({})",
            problem.message,
            problem.place.unwrap_or_default()
        )
    })?;
    let value: serde_json::Value = serde_json::from_slice(&json).unwrap();
    Ok(value.to_string())
}

const XML: Format = Format::Xml(Xml {
    arrays: &["list"],
    bags: &["bag"],
    doctype: false,
});
const LINES: Format = Format::Lines(|line| line.find('=').unwrap_or(line.len()));

#[test]
fn elements_become_texts_objects_and_lists() {
    for (xml, expected) in [
        ("<a/>", r#"{"a":""}"#),
        ("<a> x </a>", r#"{"a":" x "}"#),
        ("<a>x<![CDATA[<y>]]>&amp;&#33;</a>", r#"{"a":"x<y>&!"}"#),
        (
            r#"<p:a q:b="1" c='&lt;"'>x</p:a>"#,
            r##"{"a":{"#text":"x","@b":"1","@c":"<\""}}"##,
        ),
        ("<a>\n <b>1</b>\n <c/></a>", r#"{"a":{"b":"1","c":""}}"#),
        ("<a>t<b/></a>", r##"{"a":{"#text":"t","b":""}}"##),
        ("<list/>", r#"{"list":[]}"#),
        (
            "<list>\n<b>1</b><b x=\"2\"/><c><d/></c></list>",
            r##"{"list":["1",{"#name":"b","@x":"2"},{"d":""}]}"##,
        ),
        (
            "<bag n='1'><b>1</b>t<c><d/></c></bag>",
            r##"{"bag":{"#items":[{"#name":"b","#text":"1"},{"#name":"c","d":""}],"#text":"t","@n":"1"}}"##,
        ),
        ("<bag/>", r##"{"bag":{"#items":[]}}"##),
        (
            "<bag><bag/><list/></bag>",
            r##"{"bag":{"#items":[{"#items":[],"#name":"bag"},[]]}}"##,
        ),
        (
            "\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\"?><!-- c --><a/>\n",
            r#"{"a":""}"#,
        ),
    ] {
        assert_eq!(json(XML, xml).as_deref(), Ok(expected), "{xml}");
    }
}

#[test]
fn xml_that_is_not_plain_and_whole_is_refused() {
    for (xml, what) in [
        ("<a>", "ends in the middle"),
        ("<a", "not well-formed"),
        ("<a></b>", "end tag"),
        ("<a/><b/>", "two roots"),
        ("<a/>x", "text stands"),
        ("<list>x</list>", "text stands"),
        ("<list x='1'/>", "attributes"),
        ("<a x='1' x='2'/>", "attribute"),
        ("<a x='&y;'/>", "entity"),
        ("<a>&y;</a>", "entity"),
        ("<!DOCTYPE a><a/>", "document type"),
        (
            "<!DOCTYPE a [<!ENTITY y \"z\">]><a>&y;</a>",
            "document type",
        ),
        ("<?xml version='1.0' encoding='ISO-8859-1'?><a/>", "UTF-8"),
        ("", "ends in the middle"),
    ] {
        let refused = json(XML, xml).unwrap_err();
        assert!(refused.contains(what), "{xml}: {refused}");
    }
    let deep = format!("{}{}", "<a>".repeat(200), "</a>".repeat(200));
    assert!(json(XML, deep).unwrap_err().contains("deep"));
    assert!(json(XML, b"<a>\xff</a>").unwrap_err().contains("UTF-8"));
}

#[test]
fn a_document_type_without_a_subset_can_be_let_through() {
    let format = Format::Xml(Xml {
        arrays: &[],
        bags: &[],
        doctype: true,
    });
    let external = "<!DOCTYPE a SYSTEM \"http://example.com/a.dtd\"><a>&y;</a>";
    assert!(json(format, external).unwrap_err().contains("entity"));
    assert!(json(format, external.replace("&y;", "")).is_ok());
    assert!(json(format, "<!DOCTYPE a [<!ENTITY y 'z'>]><a/>").is_err());
}

#[test]
fn a_long_text_ends_in_an_error_and_not_in_memory() {
    let long = [
        b"<a>",
        &vec![b'x'; crate::splitter::MAX_TEXT + 1][..],
        b"</a>",
    ]
    .concat();
    assert!(json(XML, long).unwrap_err().contains("longer than"));
}

#[test]
fn rows_become_objects() {
    let csv = Format::Csv(b';');
    assert_eq!(
        json(csv, "\u{feff}a;b\n1;\"x;\"\"y\"\"\nz\"\n").as_deref(),
        Ok(r#"[{"a":"1","b":"x;\"y\"\nz"}]"#)
    );
    assert_eq!(json(csv, "a;b\n").as_deref(), Ok("[]"));
    for (text, what) in [
        ("a;b\n1\n", "1 fields, the header 2"),
        ("a;b\n1;2;3\n", "3 fields"),
        ("a;b\n1;2", "ends in the middle"),
    ] {
        let refused = json(csv, text).unwrap_err();
        assert!(refused.contains(what), "{text}: {refused}");
    }
    assert!(json(csv, b"a;b\n1;\xff\n").unwrap_err().contains("UTF-8"));
}

#[test]
fn lines_keep_their_numbers_and_their_secrets_apart() {
    let mut bytes = Vec::new();
    transcode(
        LINES,
        &mut &b"\na=b\r\n\nc\n\xff=\xff\n"[..],
        &mut |piece| {
            bytes.extend_from_slice(piece);
            Ok(())
        },
    )
    .unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let third = text.lines().nth(3).unwrap();
    assert_eq!(third, r#",{"text":"c","secret":""}"#);
    assert_eq!(
        json(LINES, "a=b\nc\n").as_deref(),
        Ok(r#"[{"secret":"=b","text":"a"},{"secret":"","text":"c"}]"#)
    );
    assert_eq!(json(LINES, "").as_deref(), Ok("[]"));
    assert!(
        json(LINES, "a=b\nc")
            .unwrap_err()
            .contains("ends in the middle")
    );
}
