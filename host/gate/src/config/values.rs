//! Thresholds, settings and bounds in layers, each with the place in the profile that it comes from.

use std::collections::BTreeMap;

use gate_core::threshold::{Bound, Contradiction, Edge, Layer, RawValue, tightest};

use crate::config::file::{Environments, Table};

/// What the profile gives the policies of a gate. In each list a later layer goes before an earlier one; bounds hold all
/// together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Values {
    /// Thresholds.
    pub(crate) thresholds: Vec<Layer>,
    /// Settings.
    pub(crate) settings: Vec<Layer>,
    /// Bounds of thresholds, as they are written.
    pub(crate) edges: Vec<Layer<Edge>>,
    /// What follows from them.
    pub(crate) bounds: BTreeMap<String, Bound>,
}

/// The tables that give values: those of the profile itself, or those of a variant, which lie above.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sheet<'a> {
    /// The variant's name.
    pub(super) variant: Option<&'a str>,
    pub(super) defaults: &'a Table,
    pub(super) gates: &'a BTreeMap<String, Table>,
    pub(super) environments: &'a Environments,
}

/// The tables of one place.
#[derive(Clone, Copy)]
struct Written<'a> {
    thresholds: &'a BTreeMap<String, RawValue>,
    settings: &'a BTreeMap<String, RawValue>,
    bounds: &'a BTreeMap<String, Edge>,
}

/// The three tables of something that has them.
macro_rules! written {
    ($table:expr) => {
        Written {
            thresholds: &$table.thresholds.0,
            settings: &$table.settings.0,
            bounds: &$table.bounds,
        }
    };
}

impl Values {
    /// What some tables give a gate, in an environment or outside of any: what is said of all gates comes first, then
    /// what is said of this one, then the same for the environment.
    pub(super) fn of<'a>(
        sheets: &'a [Sheet<'a>],
        gate: &str,
        environment: Option<&str>,
    ) -> Result<Self, Contradiction> {
        let mut values = Self::default();
        for sheet in sheets {
            values.add(sheet, "defaults", true, written!(sheet.defaults));
        }
        for sheet in sheets {
            if let Some(table) = sheet.gates.get(gate) {
                values.add(sheet, &format!("gates.{gate}"), false, written!(table));
            }
        }
        let name = environment.unwrap_or_default();
        let inside = |sheet: &'a Sheet<'a>| Some((sheet, sheet.environments.get(environment?)?));
        let environments: Vec<_> = sheets.iter().filter_map(inside).collect();
        for (sheet, table) in &environments {
            values.add(
                sheet,
                &format!("environments.{name}"),
                true,
                written!(table),
            );
        }
        for (sheet, table) in &environments {
            if let Some(table) = table.gates.get(gate) {
                let place = format!("environments.{name}.gates.{gate}");
                values.add(sheet, &place, false, written!(table));
            }
        }
        values.bounds = tightest(&values.edges)?;
        Ok(values)
    }

    fn add(&mut self, sheet: &Sheet<'_>, place: &str, shared: bool, written: Written<'_>) {
        let source = match sheet.variant {
            None => format!("profile {place}"),
            Some(variant) => format!("profile variants.{variant} {place}"),
        };
        push(&mut self.thresholds, &source, shared, written.thresholds);
        push(&mut self.settings, &source, shared, written.settings);
        push(&mut self.edges, &source, shared, written.bounds);
    }
}

fn push<T: Clone>(
    layers: &mut Vec<Layer<T>>,
    source: &str,
    shared: bool,
    values: &BTreeMap<String, T>,
) {
    if !values.is_empty() {
        layers.push(Layer {
            source: source.to_owned(),
            values: values.clone(),
            shared,
        });
    }
}

/// For each name the last value and its source.
pub(crate) fn last(layers: &[Layer]) -> BTreeMap<&str, (&RawValue, &str)> {
    let values = layers.iter().flat_map(|layer| {
        let source = layer.source.as_str();
        layer
            .values
            .iter()
            .map(move |(name, value)| (&**name, (value, source)))
    });
    values.collect()
}
