//! `gate thresholds show` and `get`: what a gate is given, and what a source says.

use std::fmt;
use std::path::Path;

use gate_core::code::Code;
use gate_core::exit_code::ExitCode;
use gate_core::gate::GateName;
use gate_core::ports::AskedOf;
use gate_core::request::Subject;
use gate_core::scan_report::Problem;
use gate_core::threshold::{Edge, Refused, Snapshot, Value};
use gate_report::text::safe;
use serde::Serialize;

use super::Context;
use super::sheet::{Cell, Sheet};
use crate::cli::{GetThreshold, ShowThresholds};
use crate::commands::evaluate::moment;
use crate::failure::{Failure, Result};
use crate::policies::{Prepared, give, load_gate};
use crate::thresholds::{Source, Thresholds};

/// What a gate's policies are given.
#[derive(Debug, Serialize)]
struct Shown {
    format: &'static str,
    gate: GateName,
    environment: Option<String>,
    /// The source beside the profile.
    source: Option<String>,
    thresholds: Vec<Line>,
    /// What the source said.
    snapshots: Vec<Snapshot>,
    /// Why the gate could not decide.
    problems: Vec<Problem>,
}

#[derive(Debug, Serialize)]
struct Line {
    policy: String,
    name: String,
    value: Value,
    source: String,
    bound: Option<BoundBy>,
    refused: Option<Refused>,
}

#[derive(Debug, Serialize)]
struct BoundBy {
    bound: Edge,
    source: String,
}

pub(super) fn show(config: Option<&Path>, args: &ShowThresholds) -> Result<ExitCode> {
    let context = Context::new(config, args.environment.as_ref())?;
    let Context {
        profile,
        aws,
        gates,
        environment,
    } = &context;
    let subject = args.subject.as_ref().map(|name| Subject {
        name: name.clone(),
        digest: None,
    });
    let asked = profile.asked(&args.gate, environment.as_deref(), subject.as_ref())?;
    let source = match &args.thresholds {
        Some(address) => Some(Source::parse(address, Path::new(""))?),
        None => profile
            .thresholds
            .source(&profile.scope, asked.environment)?,
    };
    let thresholds = Thresholds {
        source: source.as_ref(),
        rules: &profile.thresholds,
        aws,
        asked: AskedOf {
            gate: asked.gate,
            gates,
        },
        at: moment(None)?,
    };
    let (loaded, given) = thresholds.read_beside(|| load_gate(&asked));
    let Prepared {
        policies,
        mut problems,
        ..
    } = give(loaded?, &given.layers)?;
    problems.extend(given.problems);
    let lines = policies.into_iter().flat_map(|policy| {
        let name = policy.name;
        let given = policy.thresholds.into_iter();
        given.map(move |(threshold, given)| Line {
            policy: name.clone(),
            bound: asked.values.bounds.get(&threshold).map(|bound| BoundBy {
                bound: bound.edge.clone(),
                source: bound.source.clone(),
            }),
            name: threshold,
            value: given.value,
            source: given.source,
            refused: given.refused,
        })
    });
    let shown = Shown {
        format: "gate-thresholds/1",
        gate: asked.gate.clone(),
        environment: environment.clone(),
        source: source.map(|source| source.to_string()),
        thresholds: lines.collect(),
        snapshots: given.snapshots,
        problems,
    };
    args.output.write(&shown, || &shown)?;
    Ok(if shown.problems.is_empty() {
        ExitCode::Open
    } else {
        ExitCode::Undecided
    })
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let source = self.source.as_deref().unwrap_or("the profile alone");
        writeln!(f, "gate {} from {}", self.gate, safe(source))?;
        for snapshot in &self.snapshots {
            if let Some(at) = snapshot.exported_at {
                writeln!(
                    f,
                    "  the source can't be reached: its export of {at} stands in"
                )?;
            }
        }
        let mut policy = None;
        for line in &self.thresholds {
            if policy != Some(&line.policy) {
                writeln!(f, "  policy {}", line.policy)?;
                policy = Some(&line.policy);
            }
            let value = line.value.to_string();
            write!(
                f,
                "    {} = {} from {}",
                line.name,
                safe(&value),
                safe(&line.source)
            )?;
            if let Some(BoundBy { bound, source }) = &line.bound {
                write!(f, "; bound to {bound} by {}", safe(source))?;
            }
            if let Some(Refused { source, value }) = &line.refused {
                let value = value.to_string();
                write!(f, "; refused: {} from {}", safe(&value), safe(source))?;
            }
            writeln!(f)?;
        }
        for problem in &self.problems {
            writeln!(
                f,
                "  error[gate::{}]: {}",
                problem.code,
                safe(&problem.message)
            )?;
            if let Some(help) = &problem.help {
                writeln!(f, "    help: {}", safe(help))?;
            }
        }
        Ok(())
    }
}

/// One value of a source.
#[derive(Debug, Serialize)]
struct Got {
    format: &'static str,
    gate: Option<GateName>,
    name: String,
    #[serde(flatten)]
    cell: Cell,
}

impl fmt::Display for Got {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", safe(&self.cell.value.to_string()))
    }
}

pub(super) fn get(config: Option<&Path>, args: &GetThreshold) -> Result<ExitCode> {
    let context = Context::new(config, args.environment.as_ref())?;
    let gate = args.gate.as_deref().map(|name| context.gate(name));
    let gate = gate.transpose()?;
    let sheet = Sheet::read(&context, args.from.as_deref(), None)?;
    // What is for the gate goes before what is for every gate.
    let found = [gate.clone(), None].into_iter().find_map(|gate| {
        let key = (gate, args.name.clone());
        let cell = sheet.cells.get(&key)?.clone();
        Some((key.0, cell))
    });
    let (gate, cell) = found.ok_or_else(|| {
        let of = gate.map_or_else(
            || "every gate".to_owned(),
            |gate| format!("the gate `{gate}`"),
        );
        let message = format!(
            "{} gives no threshold `{}` for {of}",
            sheet.source, args.name
        );
        Failure::new(Code::ThresholdsUnreadable, message)
            .help("`gate thresholds diff` with an empty file lists what it gives")
    })?;
    let got = Got {
        format: "gate-threshold/1",
        gate,
        name: args.name.clone(),
        cell,
    };
    args.output.write(&got, || &got)?;
    Ok(ExitCode::Open)
}
