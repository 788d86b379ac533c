//! From what thresholds should be to what has to be written. Pure.

use std::collections::{BTreeMap, BTreeSet};

use gate_core::gate::GateName;
use gate_core::threshold::RawValue;

use super::error::ParameterError;
use super::name::Place;
use super::read::{Kind, Parameter};
use super::value::{Key, Valued, plain_text, valued};

/// What is to be written, in order of name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// A step for each parameter, those that stay as they are among them.
    pub steps: Vec<Step>,
    /// Whether parameters are of the advanced tier: twice as long, charged, and never standard again.
    pub advanced: bool,
}

/// What becomes of one parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its name.
    pub name: String,
    /// What kind of text it is; a parameter's never changes.
    pub kind: Kind,
    /// What is done.
    pub change: Change,
}

/// What is done with a parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It stays.
    Nothing {
        /// Which of its values there is.
        version: u32,
    },
    /// There is none yet.
    Create {
        /// Its text.
        new: String,
    },
    /// It gets another text.
    Replace {
        /// Which of its values there is.
        version: u32,
        /// The text of it.
        old: String,
        /// The text to be.
        new: String,
    },
    /// It is taken away.
    Delete {
        /// Which of its values there is.
        version: u32,
        /// The text of it.
        old: String,
    },
}

impl Change {
    /// The text that is written.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Create { new } | Self::Replace { new, .. } => Some(new),
            Self::Nothing { .. } | Self::Delete { .. } => None,
        }
    }
}

/// What becomes of thresholds that are there and that nobody names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removal {
    /// They stay.
    Keep,
    /// They are taken away.
    Delete,
}

impl Plan {
    /// What makes the parameters below a path say some values. A threshold that has a plain parameter keeps it; others of
    /// a gate go into its JSON object, and what is for every gate into plain parameters.
    ///
    /// # Errors
    /// When what is there does not keep the layout, or a value can't be written.
    pub fn new(
        place: &Place,
        there: &[Parameter],
        gates: &BTreeSet<GateName>,
        meant: &BTreeMap<Key, RawValue>,
        removal: Removal,
    ) -> Result<Self, ParameterError> {
        if place.pin().is_some() {
            let why = "what is written is the newest version, and a pin names another one";
            let help = "name the path without the part behind the colon";
            return Err(ParameterError::wrong(place.to_string(), why, help));
        }
        if place.is_parameter(gates) {
            let why = "it is one parameter, and a plan is for a path";
            let help = "name the path above it";
            return Err(ParameterError::wrong(place.to_string(), why, help));
        }
        let there = valued(place, there, gates)?;
        let is_plain = |key: &Key| {
            let mut plain = there.iter().filter(|valued| !valued.object);
            plain.any(|valued| valued.keys().any(|of| of == *key))
        };
        // What goes into objects, by gate.
        let mut objects: BTreeMap<&GateName, BTreeMap<&str, &RawValue>> = BTreeMap::new();
        let mut steps = Vec::new();
        for (key, value) in meant {
            match key {
                key if is_plain(key) => {}
                (Some(gate), name) => {
                    objects.entry(gate).or_default().insert(name, value);
                }
                (None, name) => {
                    let name = format!("{}/{name}", place.name());
                    let new = text(&name, value, Kind::String)?;
                    steps.push(step(name, Kind::String, Change::Create { new }));
                }
            }
        }
        for valued in &there {
            let object = valued.gate.as_ref().filter(|_| valued.object);
            let object = object.map(|gate| objects.remove(gate).unwrap_or_default());
            let new = match object {
                Some(given) => of_object(valued, &given, removal),
                None => of_plain(valued, meant, removal)?,
            };
            let Parameter {
                name,
                version,
                text,
                kind,
                ..
            } = valued.parameter;
            let (version, old) = (*version, text.clone());
            let change = match new {
                New::Same => Change::Nothing { version },
                New::Gone => Change::Delete { version, old },
                New::Text(new) => Change::Replace { version, old, new },
            };
            steps.push(step(name.clone(), *kind, change));
        }
        for (gate, values) in objects {
            let name = format!("{}/{gate}", place.name());
            let new = serde_json::to_string(&values).unwrap_or_default();
            steps.push(step(name, Kind::String, Change::Create { new }));
        }
        steps.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(Self {
            steps,
            advanced: false,
        })
    }

    /// The steps that change something.
    pub fn changes(&self) -> impl Iterator<Item = &Step> {
        let changes = self.steps.iter();
        changes.filter(|step| !matches!(step.change, Change::Nothing { .. }))
    }
}

fn step(name: String, kind: Kind, change: Change) -> Step {
    Step { name, kind, change }
}

/// What a parameter is to be.
enum New {
    Same,
    Gone,
    Text(String),
}

fn of_object(there: &Valued<'_>, given: &BTreeMap<&str, &RawValue>, removal: Removal) -> New {
    let old: BTreeMap<&str, &RawValue> = there
        .values
        .iter()
        .map(|(name, value)| (&**name, value))
        .collect();
    let mut new = match removal {
        Removal::Keep => old.clone(),
        Removal::Delete => BTreeMap::new(),
    };
    new.extend(given);
    match new {
        new if new == old => New::Same,
        new if new.is_empty() => New::Gone,
        new => New::Text(serde_json::to_string(&new).unwrap_or_default()),
    }
}

fn of_plain(
    there: &Valued<'_>,
    meant: &BTreeMap<Key, RawValue>,
    removal: Removal,
) -> Result<New, ParameterError> {
    let key = there.keys().next();
    let given = key.as_ref().and_then(|key| meant.get(key));
    let old = there.values.values().next();
    match given {
        None if removal == Removal::Delete => Ok(New::Gone),
        None => Ok(New::Same),
        Some(value) if Some(value) == old => Ok(New::Same),
        Some(value) => {
            let Parameter { name, kind, .. } = there.parameter;
            Ok(New::Text(text(name, value, *kind)?))
        }
    }
}

fn text(name: &str, value: &RawValue, kind: Kind) -> Result<String, ParameterError> {
    let help = "write another value, or another kind of parameter";
    plain_text(value, kind).map_err(|why| ParameterError::wrong(name, why, help))
}

#[cfg(test)]
mod tests;
