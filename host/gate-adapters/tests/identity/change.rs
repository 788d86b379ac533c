//! Changes a report as a later run of its tool would: other lines, other ratings.

use serde_json::{Value, json};

use super::table::Scale;

/// Every line is this much further down.
pub(crate) const SHIFT: u64 = 7;

/// What is changed.
pub(crate) enum Change {
    Nothing,
    Lines(&'static [&'static str]),
    Ratings(&'static [(&'static str, Scale)]),
}

impl Change {
    /// A report with the change: JSON documents one after the other, or else a text.
    pub(crate) fn apply(&self, report: &[u8]) -> Vec<u8> {
        let documents: Result<Vec<Value>, _> = serde_json::Deserializer::from_slice(report)
            .into_iter()
            .collect();
        match documents {
            Ok(mut documents) => {
                documents.iter_mut().for_each(|one| self.value(one));
                let written: Vec<String> = documents.iter().map(Value::to_string).collect();
                written.join("\n").into_bytes()
            }
            Err(_) => self.text(str::from_utf8(report).unwrap()).into_bytes(),
        }
    }

    fn value(&self, value: &mut Value) {
        match value {
            Value::Array(all) => all.iter_mut().for_each(|one| self.value(one)),
            Value::Object(members) => {
                for (key, member) in members {
                    match member {
                        Value::Array(all) => {
                            for one in all {
                                self.member(key, one);
                            }
                        }
                        one => self.member(key, one),
                    }
                }
            }
            _ => {}
        }
    }

    fn member(&self, key: &str, member: &mut Value) {
        match member {
            Value::Number(number) => {
                if let Some(changed) = self.changed(key, &number.to_string()) {
                    *member = json!(changed.parse::<f64>().unwrap());
                    // A line is a whole number.
                    if let Ok(whole) = changed.parse::<u64>() {
                        *member = json!(whole);
                    }
                }
            }
            Value::String(text) => {
                if let Some(changed) = self.changed(key, text) {
                    *member = json!(changed);
                }
            }
            other => self.value(other),
        }
    }

    /// What stands under a key after the change; `None` where it stays.
    fn changed(&self, key: &str, written: &str) -> Option<String> {
        match self {
            Self::Nothing => None,
            Self::Lines(keys) => {
                let line: u64 = written.parse().ok()?;
                // 0 means none.
                (keys.contains(&key) && line > 0).then(|| (line + SHIFT).to_string())
            }
            Self::Ratings(ratings) => {
                let (_, scale) = ratings.iter().find(|(known, _)| *known == key)?;
                match scale {
                    Scale::Score => {
                        let score: f64 = written.parse().ok()?;
                        let turned = (100.0 - score * 10.0).round() / 10.0;
                        (0.0..=10.0).contains(&turned).then(|| turned.to_string())
                    }
                    Scale::Words(words) => {
                        let at = words.iter().position(|w| w.eq_ignore_ascii_case(written))?;
                        words.iter().cycle().nth(at + 1).map(ToString::to_string)
                    }
                }
            }
        }
    }

    fn text(&self, text: &str) -> String {
        let keys: Vec<&str> = match self {
            Self::Nothing => Vec::new(),
            Self::Lines(keys) => keys.to_vec(),
            Self::Ratings(ratings) => ratings.iter().map(|(key, _)| *key).collect(),
        };
        let mut text = text.to_owned();
        for key in keys {
            let lines: Vec<String> = text.split('\n').map(|l| self.line(key, l)).collect();
            text = lines.join("\n");
        }
        text
    }

    /// The first value under a key that changes; a line of these reports has one at most.
    fn line(&self, key: &str, line: &str) -> String {
        let forms = if key.chars().all(char::is_alphanumeric) {
            [(format!(" {key}=\""), "\""), (format!("{key}>"), "<")]
        } else {
            [(key.to_owned(), key), (key.to_owned(), key)]
        };
        for (before, after) in forms {
            for (at, _) in line.match_indices(&*before) {
                let (head, rest) = line.split_at(at + before.len());
                if let Some((value, tail)) = rest.split_once(after)
                    && let Some(changed) = self.changed(key, value)
                {
                    return format!("{head}{changed}{after}{tail}");
                }
            }
        }
        line.to_owned()
    }
}
