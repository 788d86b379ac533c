//! A canary in a report: a second and simple opinion on which texts of a JSON report are sensitive.
//!
//! It puts a text that is known where a row says that a secret may stand. Whatever then comes of the report must
//! not hold it.

use gate_adapters::redact::{Kind, Sensitive};
use serde_json::{Map, Value};

/// What must not come through. Forty hexadecimal digits, so that it is a digest, too.
pub const CANARY: &str = "ca9a27ca9a27ca9a27ca9a27ca9a27ca9a27ca9a";

/// Plants a canary in one of the sensitive texts of a JSON document, or in a new one when there is none. `None`
/// when the row has no sensitive key.
pub fn plant(document: &mut Value, keys: &[Sensitive], chance: usize) -> Option<()> {
    let mut places = 0;
    visit(document, keys, Around::default(), &mut |_, _| places += 1);
    if places == 0 {
        return plant_new(document, keys, chance);
    }
    let (chosen, mut at) = (chance % places, 0);
    visit(document, keys, Around::default(), &mut |text, kind| {
        if at == chosen {
            *text = with_canary(kind, text);
        }
        at += 1;
    });
    Some(())
}

fn plant_new(document: &mut Value, keys: &[Sensitive], chance: usize) -> Option<()> {
    let secret = |s: &&Sensitive| s.kind != Kind::Spared;
    let count = keys.iter().filter(secret).count();
    let chosen = keys.iter().filter(secret).nth(chance.checked_rem(count)?)?;
    let text = Value::from(with_canary(chosen.kind, ""));
    let mut planted = Value::from(Map::from_iter([(chosen.key.to_owned(), text)]));
    if let Some(under) = chosen.under {
        planted = Value::from(Map::from_iter([(under.to_owned(), planted)]));
    }
    let object = match document {
        Value::Array(all) => all.iter_mut().find_map(Value::as_object_mut)?,
        other => other.as_object_mut()?,
    };
    object.insert("planted".to_owned(), planted);
    Some(())
}

/// A text of this kind that holds the canary where the kind hides it.
fn with_canary(kind: Kind, text: &str) -> String {
    match kind {
        Kind::After(beginnings) => {
            let beginning = beginnings[text.len() % beginnings.len()];
            format!("{beginning}{CANARY}")
        }
        Kind::Quotes { .. } => format!("'{CANARY}' {text}"),
        Kind::Address => format!("https://h/?{CANARY}"),
        Kind::Digests => format!("{CANARY} {text}"),
        Kind::Secret | Kind::Source | Kind::Spared => format!("{CANARY}{text}"),
    }
}

/// What is around a value.
#[derive(Clone, Copy, Default)]
struct Around<'a> {
    /// The key that the innermost object stands under, itself or in a list.
    under: Option<&'a str>,
    /// What the texts of the value are, by its own key or by one around it.
    kind: Option<Kind>,
    /// What is said only of a text that stands directly under the key.
    spared: bool,
}

fn visit(
    value: &mut Value,
    keys: &[Sensitive],
    around: Around<'_>,
    found: &mut dyn FnMut(&mut String, Kind),
) {
    match value {
        Value::String(text) => {
            if let Some(kind) = around.kind
                && !around.spared
            {
                found(text, kind);
            }
        }
        Value::Array(all) => {
            for value in all {
                let inside = Around {
                    spared: false,
                    ..around
                };
                visit(value, keys, inside, found);
            }
        }
        Value::Object(members) => {
            for (key, value) in members {
                // What is said of a key in an object goes before what is said of it anywhere.
                let said = |under: Option<&str>| {
                    let named = keys
                        .iter()
                        .filter(move |s| s.key == key && s.under == under);
                    named.map(|s| s.kind).find(|kind| *kind != Kind::Spared)
                };
                let own = around.under.and_then(|under| said(Some(under)));
                let spares = |s: &Sensitive| {
                    s.kind == Kind::Spared && s.key == key && s.under == around.under
                };
                let inside = Around {
                    under: Some(key),
                    kind: own.or_else(|| said(None)).or(around.kind),
                    spared: around.under.is_some() && keys.iter().any(spares),
                };
                visit(value, keys, inside, found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
