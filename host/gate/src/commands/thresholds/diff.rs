//! `gate thresholds diff`: where two sources differ.

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

use gate_core::exit_code::ExitCode;
use gate_core::gate::GateName;
use gate_report::text::safe;
use serde::Serialize;

use super::Context;
use super::sheet::{Cell, Sheet, place};
use crate::cli::DiffThresholds;
use crate::failure::Result;

#[derive(Debug, Serialize)]
struct Diff {
    format: &'static str,
    from: String,
    to: String,
    /// In order of gate and name; what is for every gate comes first.
    differences: Vec<Difference>,
}

#[derive(Debug, Serialize)]
struct Difference {
    gate: Option<GateName>,
    name: String,
    from: Option<Cell>,
    to: Option<Cell>,
}

pub(super) fn diff(config: Option<&Path>, args: &DiffThresholds) -> Result<ExitCode> {
    let context = Context::new(config, args.environment.as_ref())?;
    let gate = args.gate.as_deref().map(|name| context.gate(name));
    let gate = gate.transpose()?;
    let from = Sheet::read(&context, Some(&args.from), gate.as_ref())?;
    let to = Sheet::read(&context, Some(&args.to), gate.as_ref())?;
    let keys: BTreeSet<_> = from.cells.keys().chain(to.cells.keys()).collect();
    let differences = keys.into_iter().filter_map(|key| {
        let (was, is) = (from.cells.get(key), to.cells.get(key));
        if was.map(|cell| &cell.value) == is.map(|cell| &cell.value) {
            return None;
        }
        Some(Difference {
            gate: key.0.clone(),
            name: key.1.clone(),
            from: was.cloned(),
            to: is.cloned(),
        })
    });
    let diff = Diff {
        format: "gate-thresholds-diff/1",
        differences: differences.collect(),
        from: from.source,
        to: to.source,
    };
    args.output.write(&diff, || &diff)?;
    Ok(if args.exit_code && !diff.differences.is_empty() {
        ExitCode::Closed
    } else {
        ExitCode::Open
    })
}

impl fmt::Display for Diff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.differences.is_empty() {
            let (from, to) = (safe(&self.from), safe(&self.to));
            return writeln!(f, "{from} and {to} give the same");
        }
        writeln!(f, "from {} to {}", safe(&self.from), safe(&self.to))?;
        for Difference {
            gate,
            name,
            from,
            to,
        } in &self.differences
        {
            let name = place(&(gate.clone(), name.clone()));
            let shown = |cell: &Cell| {
                let text = format!("{} ({})", cell.value, cell.source);
                safe(&text).into_owned()
            };
            match (from, to) {
                (Some(from), Some(to)) => {
                    writeln!(f, "  ~ {name} = {}, was {}", shown(to), shown(from))?;
                }
                (None, Some(to)) => writeln!(f, "  + {name} = {}", shown(to))?,
                (Some(from), None) => writeln!(f, "  - {name}, was {}", shown(from))?,
                (None, None) => {}
            }
        }
        Ok(())
    }
}
