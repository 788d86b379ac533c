//! What the splitter must do, whatever the report is cut into.

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::redact::{Sensitive, secret, spared_under};

#[derive(Debug, Default, PartialEq)]
struct Kept {
    records: Vec<(usize, Vec<u32>, u64, String)>,
    twin: Vec<u8>,
}

impl Sink for Kept {
    fn record(&mut self, at: &At<'_>, json: &[u8]) -> Result<(), ReadError> {
        let json = String::from_utf8(json.to_vec()).unwrap();
        self.records
            .push((at.list, at.indexes.to_vec(), at.line, json));
        Ok(())
    }

    fn twin(&mut self, bytes: &[u8]) -> Result<(), ReadError> {
        self.twin.extend_from_slice(bytes);
        Ok(())
    }
}

const SECRETS: &[Sensitive] = &[
    secret("Secret"),
    secret("Match"),
    spared_under("Secret", "name"),
    spared_under("Git", "Match"),
];

fn split(text: &[u8], lists: &[&'static str], piece: usize) -> Result<(Kept, String), String> {
    let mut kept = Kept::default();
    let mut splitter = Splitter::new(lists, Redactor::new(SECRETS, None));
    let error = |e: ReadError| match e {
        ReadError::Malformed { what, place } | ReadError::TooLarge { what, place } => {
            format!("{what}, {place}")
        }
        other => other.to_string(),
    };
    for piece in text.chunks(piece) {
        splitter.feed(piece, &mut kept).map_err(error)?;
    }
    let envelope = splitter.finish().map_err(error)?;
    Ok((kept, String::from_utf8(envelope).unwrap()))
}

/// Pointers' names of the records of a report.
#[derive(Default)]
struct Names(Vec<(Vec<String>, Vec<u32>, String)>);

impl Sink for Names {
    fn record(&mut self, at: &At<'_>, json: &[u8]) -> Result<(), ReadError> {
        let json = String::from_utf8(json.to_vec()).unwrap();
        self.0.push((at.names.to_vec(), at.indexes.to_vec(), json));
        Ok(())
    }

    fn twin(&mut self, _: &[u8]) -> Result<(), ReadError> {
        Ok(())
    }
}

#[test]
fn members_are_records_with_their_names() {
    let text = r#"{"a":{"x/\u0041":[{"k":1},2],"y":[]},"b":{"z":{"q":{}},"w":"t"},"c":{"d":[5]}}"#;
    for piece in 1..=text.len() {
        let mut names = Names::default();
        let lists = ["/a/{}/*", "/b/{}", "/c/d"];
        let mut splitter = Splitter::new(&lists, Redactor::off());
        for piece in text.as_bytes().chunks(piece) {
            splitter.feed(piece, &mut names).unwrap();
        }
        let envelope = splitter.finish().unwrap();
        assert_eq!(
            String::from_utf8(envelope).unwrap(),
            r#"{"a":{"x/\u0041":[0,0],"y":[]},"b":{"z":0,"w":0},"c":{"d":0}}"#
        );
        let record = |names: &[&str], indexes: &[u32], json: &str| {
            let names = names.iter().map(|n| (*n).to_owned()).collect();
            (names, indexes.to_vec(), json.to_owned())
        };
        assert_eq!(
            names.0,
            [
                record(&["x/A"], &[0], r#"{"k":1}"#),
                record(&["x/A"], &[1], "2"),
                record(&["z"], &[], r#"{"q":{}}"#),
                record(&["w"], &[], "\"t\""),
                record(&[], &[], "[5]"),
            ]
        );
    }
}

#[test]
fn objects_that_stand_alone_are_records() {
    let text = b"{\"a\":[{}]}\n\n[{\"b\":1},{}]\n7 {\"c\":\"}\"}";
    for piece in 1..=text.len() {
        let (kept, envelope) = split(text, &["", "/*"], piece).unwrap();
        assert_eq!(envelope, "0\n\n[0,0]\n7 0");
        let lines: Vec<_> = kept.records.iter().map(|r| (r.0, r.2, &*r.3)).collect();
        assert_eq!(
            lines,
            [
                (0, 1, "{\"a\":[{}]}"),
                (1, 3, "{\"b\":1}"),
                (1, 3, "{}"),
                (0, 4, "{\"c\":\"}\"}"),
            ]
        );
    }
    assert!(split(b"{\"a\":1}\n{\"b\"", &[""], 3).is_err());
    assert!(split(b"{\"a\":1,\"a\":1}", &[""], 3).is_err());
}

#[test]
fn records_leave_the_envelope() {
    let text = b"{\"a\":[{\"b\":[{\"x\":[1]},\n 2, \"t\"],\"c\":1}],\n\"z\":[3]}";
    for piece in 1..=text.len() {
        let (kept, envelope) = split(text, &["/a/*/b/*", "/z/*"], piece).unwrap();
        assert_eq!(
            envelope,
            "{\"a\":[{\"b\":[0,\n 0, 0],\"c\":1}],\n\"z\":[0]}"
        );
        let expected = [
            (0, vec![0, 0], 1, "{\"x\":[1]}"),
            (0, vec![0, 1], 2, "2"),
            (0, vec![0, 2], 2, "\"t\""),
            (1, vec![0], 3, "3"),
        ];
        let expected: Vec<_> = expected
            .into_iter()
            .map(|(l, i, n, t)| (l, i, n, t.to_owned()))
            .collect();
        assert_eq!(kept.records, expected);
        assert_eq!(kept.twin, text);
    }
}

#[test]
fn a_root_list_is_split() {
    let (kept, envelope) = split(b" [ {} , {} ] ", &["/*"], 3).unwrap();
    assert_eq!((kept.records.len(), envelope.as_str()), (2, " [ 0 , 0 ] "));
}

#[test]
fn secrets_are_replaced_at_any_depth_and_in_every_copy() {
    let text = br#"{"r":[{"Secret":"hun\"ter2","Match":{"a":["hunter2"],"b":1},"m":"Secret"}]}"#;
    for piece in 1..=text.len() {
        let (kept, _) = split(text, &["/r/*"], piece).unwrap();
        let twin = String::from_utf8(kept.twin).unwrap();
        let expected =
            r#"{"r":[{"Secret":"[redacted]","Match":{"a":["[redacted]"],"b":0},"m":"Secret"}]}"#;
        assert_eq!(twin, expected);
        assert!(expected.contains(&kept.records[0].3));
    }
}

#[test]
fn a_number_can_be_a_secret_too() {
    let text = br#"{"r":[{"Secret":8675309,"Match":[-1.5e3, true,null],"n":5}]}"#;
    for piece in 1..=text.len() {
        let (kept, _) = split(text, &["/r/*"], piece).unwrap();
        let expected = r#"{"r":[{"Secret":0,"Match":[0, true,null],"n":5}]}"#;
        assert_eq!(String::from_utf8(kept.twin).unwrap(), expected);
        assert!(expected.contains(&kept.records[0].3));
    }
}

#[test]
fn what_is_spared_is_a_text_or_a_number_of_its_own() {
    let text = br#"{"Secret":{"name":"n","a":"x","name2":"x","b":{"name":"x"}},
        "Git":{"Match":"n"},"Git2":{"Match":"x"},"name":"n"}"#;
    for piece in 1..=text.len() {
        let (kept, _) = split(text, &[], piece).unwrap();
        let expected = std::str::from_utf8(text)
            .unwrap()
            .replace("\"x\"", "\"[redacted]\"");
        assert_eq!(String::from_utf8(kept.twin).unwrap(), expected);
    }
    let text = br#"{"Secret":{"name":["x",1],"name2":2},"Git":{"Match":{"a":"x"}}}"#;
    let (kept, _) = split(text, &[], 7).unwrap();
    assert_eq!(
        String::from_utf8(kept.twin).unwrap(),
        r#"{"Secret":{"name":["[redacted]",0],"name2":0},"Git":{"Match":{"a":"[redacted]"}}}"#
    );
}

#[test]
fn a_key_that_hides_behind_an_escape_is_the_same_key() {
    let twin = |text: &[u8]| String::from_utf8(split(text, &[], 64).unwrap().0.twin).unwrap();
    assert_eq!(
        twin(br#"{"S\u0065cret":"x"}"#),
        r#"{"S\u0065cret":"[redacted]"}"#
    );
    let error = split(br#"{"a":1,"\u0061":2}"#, &[], 64).unwrap_err();
    assert!(error.contains("`a` stands twice"), "{error}");
}

#[test]
fn what_must_not_be_guessed_is_refused_with_its_place() {
    let deep = [b"[".repeat(200), b"]".repeat(200)].concat();
    let many: String = (0..200).map(|i| format!("\"k{i}\":0,")).collect();
    let twice = format!("{{{many}\n\"k150\":0}}");
    for (text, what) in [
        (
            &b"\xEF\xBB\xBF{}"[..],
            "with a byte-order mark; JSON is UTF-8 without a mark, line 1",
        ),
        (b"\xFF\xFE{\0}\0", "UTF-16"),
        (b"{\"a\":\n\"\xFF\"}", "not valid UTF-8, line 2 column 2"),
        (
            b"{\"a\":1,\"a\":2}",
            "the key `a` stands twice in one object, line 1",
        ),
        (
            twice.as_bytes(),
            "the key `k150` stands twice in one object, line 2",
        ),
        (b"{\"a\":[1,2", "ends in the middle"),
        (b"{\"a\":\"x", "ends in the middle"),
        (b"{\"a\":1]", "unexpected `]`, line 1 column 7"),
        (b"}", "unexpected `}`"),
        (&deep, "nests deeper than 100 levels"),
        (b"", "the file is empty"),
        (b" \n ", "the file is empty"),
    ] {
        let error = split(text, &["/a/*"], 4096).unwrap_err();
        assert!(
            error.contains(what),
            "{error} for {:?}",
            String::from_utf8_lossy(text)
        );
    }
}

#[test]
fn a_character_may_be_cut_but_not_broken() {
    assert!(split("\"\u{1f600}\u{e9}\"".as_bytes(), &[], 1).is_ok());
    for broken in [&b"\"\xF0\x9F\"  "[..], b"\"\xF0\x9F", b"\"\x80\""] {
        assert!(split(broken, &[], 1).is_err(), "{broken:?}");
    }
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[a-c\"\\\\\\[\\]{},:\u{e9}\n]{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map("[ab]{1,2}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// The document again, from the envelope and the records.
fn rejoin(envelope: Value, records: &mut std::vec::IntoIter<Value>, steps: &[&str]) -> Value {
    match (envelope, steps) {
        (Value::Array(items), ["*"]) => {
            items.into_iter().map(|_| records.next().unwrap()).collect()
        }
        (Value::Array(items), ["*", rest @ ..]) => items
            .into_iter()
            .map(|item| rejoin(item, records, rest))
            .collect(),
        (Value::Object(map), [key, rest @ ..]) => Value::Object(
            map.into_iter()
                .map(|(k, v)| {
                    if k == *key {
                        (k, rejoin(v, records, rest))
                    } else {
                        (k, v)
                    }
                })
                .collect(),
        ),
        (other, _) => other,
    }
}

proptest! {
    #[test]
    fn nothing_is_lost_however_it_is_cut(doc in value(), piece in 1..40usize, pretty: bool) {
        let text = if pretty {
            serde_json::to_string_pretty(&doc)
        } else {
            serde_json::to_string(&doc)
        };
        let text = text.unwrap();
        for list in ["/*", "/a/*", "/a/*/b/*", "/*/*"] {
            let whole = split(text.as_bytes(), &[list], usize::MAX).unwrap();
            let cut = split(text.as_bytes(), &[list], piece).unwrap();
            prop_assert_eq!(&whole, &cut);
            prop_assert_eq!(&whole.0.twin, text.as_bytes());
            let records: Vec<Value> =
                whole.0.records.iter().map(|r| serde_json::from_str(&r.3).unwrap()).collect();
            let steps: Vec<&str> = list.split('/').skip(1).collect();
            let envelope = serde_json::from_str(&whole.1).unwrap();
            let mut records = records.into_iter();
            let joined = rejoin(envelope, &mut records, &steps);
            prop_assert_eq!(&joined, &doc);
            prop_assert!(records.next().is_none());
        }
    }

    #[test]
    fn no_bytes_make_it_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        piece in 1..50usize,
    ) {
        let _ = split(&bytes, &["/*", "/a/*"], piece);
    }

    #[test]
    fn how_it_is_cut_makes_no_difference_to_junk(
        text in "[{}\\[\\]\",:ab\\\\01\n ]{0,60}",
        piece in 1..9usize,
    ) {
        let whole = split(text.as_bytes(), &["/*", "/a/*"], usize::MAX);
        let cut = split(text.as_bytes(), &["/*", "/a/*"], piece);
        prop_assert_eq!(whole.is_ok(), cut.is_ok());
    }
}
