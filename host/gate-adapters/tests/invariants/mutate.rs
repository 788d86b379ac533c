//! Changes a report as a scanner's next version, or somebody with bad intentions, might: a value of a JSON document
//! becomes another, goes away or comes twice, and the document stays one.

use serde_json::{Map, Value};

/// Numbers by chance, the same for the same seed.
#[derive(Debug)]
pub struct Chance(u64);

impl Chance {
    /// Begins with a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(2).wrapping_add(1))
    }

    /// A number below a limit; 0 when the limit is 0.
    pub fn below(&mut self, limit: usize) -> usize {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 31;
        usize::try_from(mixed % limit.max(1) as u64).unwrap_or(0)
    }
}

/// Texts and numbers at which something may turn.
const ODD: &[&str] = &[
    "null",
    "true",
    "\"\"",
    "\" \"",
    "[]",
    "{}",
    "[null]",
    "[[]]",
    "[\"\"]",
    "{\"\":\"\"}",
    "0",
    "-1",
    "1",
    "1e308",
    "1e-308",
    "-0.0",
    "0.1",
    "10.0",
    "10.1",
    "2147483648",
    "4294967295",
    "4294967296",
    "9007199254740993",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551615",
    "\"-\"",
    "\"/\"",
    "\"..\"",
    "\"./\"",
    "\"a/../../b\"",
    "\"file:///a%20b\"",
    "\"C:\\\\a\\\\b\"",
    "\"https://u:p@h:1/a;b=c?d#e\"",
    "\"%\"",
    "\"pkg:npm/%40a/b@1?c=d#e\"",
    "\"pkg:\"",
    "\"CVE-2024-0001\"",
    "\"CWE-79\"",
    "\"CWE-99999999999\"",
    "\"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H\"",
    "\"CVSS:4.0/\"",
    "\"2024-02-30T25:00:00Z\"",
    "\"2024-02-29T23:59:59.999+14:00\"",
    "\"-009999-01-01T00:00:00Z\"",
    "\"sha256:00\"",
    "\"1.0.0\"",
    "\"\\u0000\"",
    "\"\\u2028\\u202e\"",
    "\"[redacted]\"",
    "\"[redacted hmac:00000000000000000000000000000000]\"",
    "\"NaN\"",
    "\"+1\"",
    "\"1e5\"",
    "\"-5.0\"",
];

/// Changes one to four values of a JSON document, or of several that stand one after the other. `None` when it is
/// none.
pub fn mutate(report: &[u8], chance: &mut Chance) -> Option<Vec<u8>> {
    let mut documents = documents(report)?;
    for _ in 0..=chance.below(4) {
        let at = chance.below(documents.len());
        let document = documents.get_mut(at)?;
        let count = size(document);
        let donor = nth(document, &mut chance.below(count)).cloned()?;
        let target = chance.below(count);
        change(nth(document, &mut { target })?, donor, chance);
    }
    Some(written(&documents))
}

/// The JSON documents that stand one after the other.
pub fn documents(report: &[u8]) -> Option<Vec<Value>> {
    let documents = serde_json::Deserializer::from_slice(report).into_iter();
    let documents: Vec<Value> = documents.collect::<Result<_, _>>().ok()?;
    (!documents.is_empty()).then_some(documents)
}

/// Documents as lines.
pub fn written(documents: &[Value]) -> Vec<u8> {
    let lines: Vec<String> = documents.iter().map(Value::to_string).collect();
    (lines.join("\n") + "\n").into_bytes()
}

fn change(value: &mut Value, donor: Value, chance: &mut Chance) {
    match (chance.below(8), value) {
        (0, value) => *value = donor,
        (1 | 2, Value::Array(all)) if !all.is_empty() => {
            let at = chance.below(all.len());
            let again = all.get(at).cloned();
            all.extend(again);
        }
        (3, Value::Array(all)) if !all.is_empty() => {
            all.remove(chance.below(all.len()));
        }
        (1..=3, Value::Object(members)) if !members.is_empty() => {
            let key = members.keys().nth(chance.below(members.len())).cloned();
            let value = key.and_then(|key| members.remove(&key));
            // Half of them come back under another name.
            if let (Some(value), 1) = (value, chance.below(2)) {
                members.insert("other".to_owned(), value);
            }
        }
        (4, value) => *value = Value::Array(vec![value.take(), donor]),
        (5, value) => *value = Value::from(Map::from_iter([("id".to_owned(), value.take())])),
        (6, Value::String(text)) => {
            let at = text.floor_char_boundary(chance.below(text.len() + 1));
            text.truncate(at);
        }
        (_, value) => {
            let odd = ODD.get(chance.below(ODD.len())).unwrap_or(&"null");
            *value = serde_json::from_str(odd).unwrap_or_default();
        }
    }
}

/// How many values there are, the document itself included.
fn size(value: &Value) -> usize {
    match value {
        Value::Array(all) => 1 + all.iter().map(size).sum::<usize>(),
        Value::Object(members) => 1 + members.values().map(size).sum::<usize>(),
        _ => 1,
    }
}

fn nth<'a>(value: &'a mut Value, left: &mut usize) -> Option<&'a mut Value> {
    if *left == 0 {
        return Some(value);
    }
    *left -= 1;
    match value {
        Value::Array(all) => all.iter_mut().find_map(|value| nth(value, left)),
        Value::Object(members) => members.values_mut().find_map(|value| nth(value, left)),
        _ => None,
    }
}
