//! The page of the standard policies: what each asks and reads, and what it takes.

use std::fmt::Write as _;

use gate_core::policy::Description;
use gate_core::ports::{Diagnostics, PolicyRuntime as _};
use gate_core::request::{Limits, PolicyUse};
use gate_core::threshold::{Parameter, resolve};
use gate_runtime::Runtime;

use crate::bench::{input, stages};
use crate::build::{build_policies, policy_names};
use crate::run::Result;

/// How many vulnerabilities a policy is measured with.
const FINDINGS: usize = 1000;

pub(super) fn page(note: &str) -> Result<String> {
    let mut page = format!("# Standard policies\n\n{note}");
    page.push_str("Each answers one question. A profile says which a gate asks ([profile.md](profile.md)); thresholds are given by name, to every policy of the gate that reads one of that name.\n\n");
    writeln!(
        page,
        "Fuel is about one unit per WebAssembly instruction and the same on every machine. It is measured at the defaults: \
         without a finding, and with {FINDINGS} vulnerabilities of a Trivy report. Memory is the largest of the two runs. A \
         policy that refuses, because no report tells what it asks, has the fuel that it took to say so."
    )?;
    let folder = build_policies()?;
    let mut runtime = Runtime::new(&Limits::STANDARD)?;
    for name in policy_names()? {
        let component = std::fs::read(folder.join(format!("{name}.wasm")))?;
        let loaded = runtime.load(&component)?;
        let description = loaded.description;
        let using = PolicyUse {
            thresholds: resolve(&name, &description.thresholds, &[], &Default::default())?,
            settings: resolve(&name, &description.settings, &[], &Default::default())?,
            terms: Default::default(),
            digest: loaded.digest,
            name,
        };
        let none = measured(&runtime, &using, 0)?;
        let many = measured(&runtime, &using, FINDINGS)?;
        policy(&mut page, &description, &none, &many)?;
    }
    Ok(page)
}

fn measured(runtime: &Runtime, using: &PolicyUse, findings: usize) -> Result<Diagnostics> {
    let report = stages::read_trivy(&input::trivy(findings))?;
    let request = stages::request(report, vec![using.clone()])?;
    let answer = runtime.run(&request).pop();
    Ok(answer.ok_or("the runtime gives no answer")?.diagnostics)
}

fn policy(
    page: &mut String,
    description: &Description,
    none: &Diagnostics,
    many: &Diagnostics,
) -> Result {
    let Description { name, question, .. } = description;
    write!(
        page,
        "\n## {name}\n\n{question} [More](../policies/{name}/README.md)\n\n"
    )?;
    if !description.thresholds.is_empty() {
        page.push_str("| threshold | default | meaning |\n| --- | --- | --- |\n");
    }
    for Parameter {
        name,
        default,
        meaning,
        ..
    } in &description.thresholds
    {
        let default = default.to_string();
        let shown = if default.is_empty() {
            "none".to_owned()
        } else {
            format!("`{default}`")
        };
        writeln!(page, "| `{name}` | {shown} | {meaning} |")?;
    }
    let reads: Vec<String> = description
        .reads
        .iter()
        .map(|field| format!("`{field}`"))
        .collect();
    write!(page, "\n- **reads**: {}\n", reads.join(", "))?;
    let per_finding = many.fuel_used.saturating_sub(none.fuel_used) / FINDINGS as u64;
    let memory = none.memory_peak.max(many.memory_peak) >> 10;
    writeln!(
        page,
        "- **takes**: {} fuel without a finding, {per_finding} more for each, {memory} KiB",
        none.fuel_used
    )?;
    Ok(())
}
