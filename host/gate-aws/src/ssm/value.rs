//! From the texts of parameters to values for gates. Pure: an offline export is read by the same code.

use std::collections::{BTreeMap, BTreeSet};

use gate_core::digest::Digest;
use gate_core::gate::GateName;
use gate_core::ports::{AskedOf, Sourced};
use gate_core::threshold::{Layer, ParameterSnapshot, RawValue, RawValues, Snapshot};

use super::error::ParameterError;
use super::name::{ADVANCED_BYTES, Place};
use super::read::{Kind, Parameter};

/// What a value is for: a gate, or every gate where there is none, and the name of the threshold.
pub type Key = (Option<GateName>, String);

/// A parameter, and the values that it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Valued<'a> {
    /// The parameter.
    pub parameter: &'a Parameter,
    /// The gate that it is for; every gate where there is none.
    pub gate: Option<GateName>,
    /// Whether it is the JSON object of a gate; otherwise it is one plain value.
    pub object: bool,
    /// The values by name.
    pub values: BTreeMap<String, RawValue>,
}

impl Valued<'_> {
    /// What the values are for.
    pub fn keys(&self) -> impl Iterator<Item = Key> + '_ {
        let names = self.values.keys();
        names.map(|name| (self.gate.clone(), name.clone()))
    }
}

/// What a parameter below a path is for, by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Use<'a> {
    Object(GateName),
    Plain(Option<GateName>, &'a str),
}

fn used<'a>(
    place: &Place,
    name: &'a str,
    gates: &BTreeSet<GateName>,
) -> Result<Use<'a>, ParameterError> {
    let help = "below the path stand GATE, GATE/THRESHOLD and THRESHOLD alone; move anything else, or name another path";
    let wrong = |why: String| ParameterError::wrong(name, why, help);
    if name == place.name() {
        let gate = place.gate(gates).cloned();
        let why = || {
            wrong(
                "it ends with the name of no gate, so that nobody knows which one it is for"
                    .to_owned(),
            )
        };
        return gate.map(Use::Object).ok_or_else(why);
    }
    let (first, second) = place
        .below(name)
        .ok_or_else(|| wrong("this can be the name of no gate and no threshold".to_owned()))?;
    let gate = gates.iter().find(|gate| gate.as_str() == first).cloned();
    match (gate, second) {
        (Some(gate), None) => Ok(Use::Object(gate)),
        (Some(gate), Some(threshold)) => Ok(Use::Plain(Some(gate), threshold)),
        (None, None) => Ok(Use::Plain(None, first)),
        (None, Some(_)) => Err(wrong(format!("the profile has no gate `{first}`"))),
    }
}

/// Whether a parameter is to be read for a gate. What has no place in the layout is, too, so that it is refused.
pub(super) fn concerns(place: &Place, name: &str, asked: &AskedOf<'_>) -> bool {
    let other = |gate: &str| {
        let mut gates = asked.gates.iter();
        gate != asked.gate.as_str() && gates.any(|known| known.as_str() == gate)
    };
    let rest = name.strip_prefix(place.name()).unwrap_or(name);
    let first = rest.split('/').nth(1).unwrap_or_default();
    !other(first)
}

/// The values of every parameter below a path, in order of name.
///
/// # Errors
/// When one has no place in the layout, can't be read, or a threshold is given twice.
pub fn valued<'a>(
    place: &Place,
    parameters: &'a [Parameter],
    gates: &BTreeSet<GateName>,
) -> Result<Vec<Valued<'a>>, ParameterError> {
    let mut all = Vec::new();
    let mut seen: BTreeMap<Key, &str> = BTreeMap::new();
    for parameter in parameters {
        let valued = match used(place, &parameter.name, gates)? {
            Use::Object(gate) => Valued {
                parameter,
                gate: Some(gate),
                object: true,
                values: object(parameter)?,
            },
            Use::Plain(gate, threshold) => Valued {
                parameter,
                gate,
                object: false,
                values: BTreeMap::from([(threshold.to_owned(), plain(parameter)?)]),
            },
        };
        for key in valued.keys() {
            let name = key.1.clone();
            if let Some(other) = seen.insert(key, &parameter.name) {
                let why = format!("it gives the threshold `{name}`, and so does `{other}`");
                return Err(ParameterError::wrong(
                    &parameter.name,
                    why,
                    "keep the one that you mean",
                ));
            }
        }
        all.push(valued);
    }
    Ok(all)
}

/// What the parameters at a place, in order of name, give a gate, and what is recorded of them. Those of other gates are
/// left aside.
///
/// # Errors
/// When there is none for the gate, or one is not what the layout says.
pub fn sourced(
    place: &Place,
    mut parameters: Vec<Parameter>,
    asked: &AskedOf<'_>,
) -> Result<Sourced, ParameterError> {
    parameters.retain(|parameter| concerns(place, &parameter.name, asked));
    if parameters.is_empty() {
        let why = format!("there is no parameter for the gate `{}`", asked.gate);
        let help = "create it, or name the path where it is; if it was there, `PutParameter` and `DeleteParameter` \
             in CloudTrail say who took it away";
        return Err(ParameterError::wrong(place.to_string(), why, help));
    }
    let mut layers: Vec<Layer> = if place.is_parameter(asked.gates) {
        let object = |of: &Parameter| object(of).map(|values| layer(of, values, false));
        parameters.iter().map(object).collect::<Result<_, _>>()?
    } else {
        let valued = valued(place, &parameters, asked.gates)?;
        let layers = valued
            .into_iter()
            .map(|of| layer(of.parameter, of.values, of.gate.is_none()));
        layers.collect()
    };
    // What is for the gate goes before what is for every gate.
    layers.sort_by_key(|layer| !layer.shared);
    let snapshot = Snapshot {
        source: place.to_string(),
        parameters: parameters.iter().map(snapshot).collect(),
        exported_at: None,
    };
    let texts = parameters.into_iter().map(|read| read.text.into_bytes());
    Ok(Sourced {
        layers,
        snapshot,
        texts: texts.collect(),
    })
}

fn layer(parameter: &Parameter, values: BTreeMap<String, RawValue>, shared: bool) -> Layer {
    Layer {
        source: parameter.source(),
        values,
        shared,
    }
}

fn snapshot(parameter: &Parameter) -> ParameterSnapshot {
    ParameterSnapshot {
        name: parameter.name.clone(),
        arn: parameter.arn.clone(),
        version: parameter.version,
        label: parameter.label.clone(),
        last_modified: parameter.last_modified,
        digest: Digest::of(parameter.text.as_bytes()),
    }
}

fn wrong(parameter: &Parameter, why: impl Into<String>) -> ParameterError {
    let help = "write it anew with `gate thresholds set` or `gate thresholds apply`; docs/thresholds.md has the form";
    ParameterError::wrong(parameter.source(), why, help)
}

/// What a text may be, whatever it says. The service promises both; an emulator, or who stands on the way, does not.
fn checked(parameter: &Parameter) -> Result<&str, ParameterError> {
    let text = &parameter.text;
    if text.len() > ADVANCED_BYTES {
        let why = format!(
            "it holds {} bytes, and a parameter holds at most {ADVANCED_BYTES}",
            text.len()
        );
        return Err(wrong(parameter, why));
    }
    if text.contains("{{") {
        let why = "it has `{{`: it refers to another parameter, and nothing is put in for it";
        return Err(wrong(parameter, why));
    }
    Ok(text)
}

/// A gate's thresholds.
fn object(parameter: &Parameter) -> Result<BTreeMap<String, RawValue>, ParameterError> {
    let text = checked(parameter)?;
    if parameter.kind == Kind::StringList {
        let why = "it is a StringList, and a gate's thresholds are one JSON object";
        return Err(wrong(parameter, why));
    }
    let read = serde_json::from_str(text);
    let RawValues(values) = read.map_err(|error| {
        wrong(
            parameter,
            format!("expected a JSON object with a value for each threshold: {error}"),
        )
    })?;
    Ok(values)
}

/// One threshold.
fn plain(parameter: &Parameter) -> Result<RawValue, ParameterError> {
    let text = checked(parameter)?;
    plain_value(text, parameter.kind).map_err(|why| wrong(parameter, why))
}

/// The value of a plain text: `true` or `false`, a whole number, a JSON list of texts, otherwise a text.
///
/// # Errors
/// When it is empty, or begins like a list and is none.
pub fn plain_value(text: &str, kind: Kind) -> Result<RawValue, String> {
    if kind == Kind::StringList {
        let items: Vec<String> = text.split(',').map(str::to_owned).collect();
        if items.iter().any(String::is_empty) {
            return Err("an item between two commas is empty".to_owned());
        }
        return Ok(RawValue::Texts(items));
    }
    let number = text.parse::<i64>().ok();
    Ok(match text {
        "" => return Err("it is empty".to_owned()),
        "true" => RawValue::Flag(true),
        "false" => RawValue::Flag(false),
        list if list.starts_with('[') => {
            let items = serde_json::from_str(list);
            RawValue::Texts(items.map_err(|error| {
                format!("it begins like a JSON list, and a list of texts was expected: {error}")
            })?)
        }
        // One spelling for each number: `+3` and `03` are texts, and no policy takes a text for a number.
        text => match number.filter(|number| number.to_string() == text) {
            Some(number) => RawValue::Number(number),
            None => RawValue::Text(text.to_owned()),
        },
    })
}

/// The text by which a plain parameter says a value.
///
/// # Errors
/// When it would be read as another value.
pub(super) fn plain_text(value: &RawValue, kind: Kind) -> Result<String, &'static str> {
    let text = match (value, kind) {
        (RawValue::Texts(items), Kind::StringList) => items.join(","),
        (RawValue::Texts(items), _) => serde_json::to_string(items).unwrap_or_default(),
        (value, _) => value.to_string(),
    };
    match plain_value(&text, kind) {
        Ok(read) if read == *value => Ok(text),
        _ => Err(
            "as a plain parameter it would be read as another value; put it into the gate's JSON object",
        ),
    }
}

#[cfg(test)]
mod tests;
