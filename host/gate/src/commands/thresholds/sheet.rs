//! All values that one source gives, for every gate.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::Path;

use gate_aws::ssm::{Key, Parameter, Place, valued};
use gate_core::code::Code;
use gate_core::gate::{GateName, is_name};
use gate_core::threshold::{Layer, RawValue, RawValues};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{self, IntoDeserializer as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::Context;
use crate::config::{Values, last};
use crate::failure::{Failure, Result};
use crate::thresholds::{Exported, Source};

/// A value, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Cell {
    pub(super) value: RawValue,
    pub(super) source: String,
}

/// Values by what they are for: one gate's go before those of every gate.
#[derive(Debug)]
pub(super) struct Sheet {
    /// The source, for people.
    pub(super) source: String,
    pub(super) cells: BTreeMap<Key, Cell>,
}

/// The word for the profile among sources.
const PROFILE: &str = "profile";

impl Sheet {
    /// What a source gives. `gate` is the one that a file without gates is for.
    pub(super) fn read(
        context: &Context,
        named: Option<&Path>,
        gate: Option<&GateName>,
    ) -> Result<Self> {
        if named == Some(Path::new(PROFILE)) {
            return Self::of_profile(context);
        }
        let source = context.source(named)?;
        let cells = match &source {
            Source::File(path) => Self::of_file(context, path, gate)?.cells,
            Source::Store(place) => {
                let parameters = context.store()?.parameters(place, &context.gates)?;
                of_parameters(context, place, &parameters)?
            }
            Source::Export(path) => {
                let key = context.profile.thresholds.export.as_ref();
                let export = Exported::read(path, key.map(|export| &*export.key));
                let export = export.map_err(|why| unreadable(path, &why))?;
                of_parameters(context, export.place(), &export.parameters())?
            }
        };
        Ok(Self {
            source: source.to_string(),
            cells,
        })
    }

    /// What a file gives.
    pub(super) fn of_file(context: &Context, path: &Path, gate: Option<&GateName>) -> Result<Self> {
        let source = format!("file:{}", path.display());
        let text = fs::read(path).map_err(|error| unreadable(path, &error.to_string()))?;
        let entries: Entries =
            serde_json::from_slice(&text).map_err(|error| unreadable(path, &error.to_string()))?;
        let mut cells = BTreeMap::new();
        let mut put = |gate: Option<&GateName>, name: String, value: RawValue| {
            if !is_name(&name) {
                return Err(unreadable(
                    path,
                    &format!("`{name}` is no threshold's name"),
                ));
            }
            let source = source.clone();
            cells.insert((gate.cloned(), name), Cell { value, source });
            Ok(())
        };
        for (name, entry) in entries.0 {
            let known = context.gates.iter().find(|gate| gate.as_str() == name);
            match (entry, known) {
                (Entry::Values(RawValues(values)), Some(of)) if gate.is_none() => {
                    for (name, value) in values {
                        put(Some(of), name, value)?;
                    }
                }
                (Entry::Values(_), Some(_)) => {
                    let why = format!(
                        "`{name}` is a gate of its own, and `--gate` says that all of the file is for one"
                    );
                    return Err(unreadable(path, &why));
                }
                (Entry::Values(_), None) => {
                    return Err(unreadable(
                        path,
                        &format!("the profile has no gate `{name}`"),
                    ));
                }
                (Entry::Value(_), Some(_)) if gate.is_none() => {
                    let why = format!("`{name}` is a gate; expected an object with its thresholds");
                    return Err(unreadable(path, &why));
                }
                (Entry::Value(value), _) => put(gate, name, value)?,
            }
        }
        Ok(Self { source, cells })
    }

    /// What the profile gives. A value that is for every gate and lies over one gate's is that gate's, too.
    fn of_profile(context: &Context) -> Result<Self> {
        let profile = &context.profile;
        let environment = context.environment.as_deref();
        let mut cells = BTreeMap::new();
        for gate in &context.gates {
            let asked = profile.asked(gate.as_str(), environment, None)?;
            let Values { thresholds, .. } = asked.values;
            let (shared, own): (Vec<Layer>, Vec<Layer>) =
                thresholds.iter().cloned().partition(|layer| layer.shared);
            let cell = |(value, source): (&RawValue, &str)| Cell {
                value: value.clone(),
                source: source.to_owned(),
            };
            for (name, given) in last(&shared) {
                cells.insert((None, name.to_owned()), cell(given));
            }
            let all = last(thresholds);
            for name in last(&own).keys() {
                if let Some(given) = all.get(name) {
                    cells.insert((Some(gate.clone()), (*name).to_owned()), cell(*given));
                }
            }
        }
        Ok(Self {
            source: profile.source.clone(),
            cells,
        })
    }

    /// The values without where they stand.
    pub(super) fn values(&self) -> BTreeMap<Key, RawValue> {
        let cells = self.cells.iter();
        cells
            .map(|(key, cell)| (key.clone(), cell.value.clone()))
            .collect()
    }
}

fn of_parameters(
    context: &Context,
    place: &Place,
    parameters: &[Parameter],
) -> Result<BTreeMap<Key, Cell>> {
    let mut cells = BTreeMap::new();
    for valued in valued(place, parameters, &context.gates)? {
        for (name, value) in &valued.values {
            let source = valued.parameter.source();
            let value = value.clone();
            cells.insert((valued.gate.clone(), name.clone()), Cell { value, source });
        }
    }
    Ok(cells)
}

pub(super) fn unreadable(path: &Path, why: &str) -> Failure {
    let message = format!("reading thresholds from `{}`: {why}", path.display());
    Failure::new(Code::ThresholdsUnreadable, message)
}

/// What a value is for, as a line begins with.
pub(super) fn place((gate, name): &Key) -> String {
    match gate {
        Some(gate) => format!("{gate}/{name}"),
        None => name.clone(),
    }
}

/// The entries of a file, by name. A name that stands twice is an error.
struct Entries(BTreeMap<String, Entry>);

enum Entry {
    Value(RawValue),
    Values(RawValues),
}

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Map;

        impl<'de> Visitor<'de> for Map {
            type Value = Entries;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with a value for each threshold, or an object for each gate")
            }

            fn visit_map<A: MapAccess<'de>>(
                self,
                mut map: A,
            ) -> std::result::Result<Entries, A::Error> {
                let mut entries = BTreeMap::new();
                while let Some(name) = map.next_key::<String>()? {
                    let entry = map.next_value()?;
                    if entries.insert(name.clone(), entry).is_some() {
                        return Err(de::Error::custom(format!("`{name}` stands twice")));
                    }
                }
                Ok(Entries(entries))
            }
        }

        deserializer.deserialize_map(Map)
    }
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Entry;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "true, false, a whole number, a text, a list of texts, or an object of them",
                )
            }

            fn visit_bool<E: de::Error>(self, flag: bool) -> std::result::Result<Entry, E> {
                RawValue::deserialize(flag.into_deserializer()).map(Entry::Value)
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> std::result::Result<Entry, E> {
                RawValue::deserialize(number.into_deserializer()).map(Entry::Value)
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> std::result::Result<Entry, E> {
                RawValue::deserialize(number.into_deserializer()).map(Entry::Value)
            }

            fn visit_str<E: de::Error>(self, text: &str) -> std::result::Result<Entry, E> {
                RawValue::deserialize(text.into_deserializer()).map(Entry::Value)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> std::result::Result<Entry, A::Error> {
                RawValue::deserialize(SeqAccessDeserializer::new(list)).map(Entry::Value)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> std::result::Result<Entry, A::Error> {
                RawValues::deserialize(MapAccessDeserializer::new(map)).map(Entry::Values)
            }
        }

        deserializer.deserialize_any(Any)
    }
}
