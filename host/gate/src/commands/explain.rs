//! `gate explain`: what a code, a policy, a record or the profile means.

mod judged;

use std::fmt;
use std::path::Path;

use serde_json::{Value, json};

use gate_core::code::Code;
use gate_core::exit_code::ExitCode;
use gate_core::ports::EvidenceStore as _;
use gate_core::record::Record;
use gate_core::request::{Limits, ReportRules};
use gate_report::text::{safe, wrap};

use crate::adapters::AdapterSource;
use crate::cli::Explain;
use crate::commands::policy::Inspected;
use crate::config::{DEFAULT, Profile};
use crate::failure::{Failure, Result};
use crate::output::width;
use crate::{evidence, policies, standard};

pub(crate) fn run(config: Option<&Path>, args: &Explain) -> Result<ExitCode> {
    let what = args.what.as_str();
    if args.distance || args.corroboration {
        return judged::run(config, args);
    }
    // A code is copied from `error[gate::image::report-empty]`.
    let code = Code::from_name(what.rsplit("::").next().unwrap_or(what));
    if what == "profile" {
        let profile = Profile::load(config)?;
        args.output
            .write(&ShownProfile(&profile), || profile_json(&profile))?;
    } else if let Some(code) = code {
        let json =
            json!({ "code": code.as_str(), "meaning": code.meaning(), "advice": code.advice() });
        args.output.write(&ShownCode(code), || json)?;
    } else if let Some(embedded) = standard::find(what.rsplit("::").next().unwrap_or(what)) {
        let mut runtime = policies::runtime(&Limits::STANDARD)?;
        let inspected = Inspected::new(runtime.load_embedded(embedded), embedded.component())?;
        args.output.write(&inspected, || &inspected)?;
    } else {
        let store = evidence::store_to_read(args.evidence.as_deref(), config)?;
        let digest = store
            .find_record(evidence::record_name(what))
            .map_err(|error| {
                Failure::new(
                    Code::RecordUnknown,
                    format!("`{what}` is no code, no policy, and {error}"),
                )
                .help("`gate explain profile` shows the profile; docs/codes.md lists the codes")
            })?;
        let record = evidence::record(&store, &digest)?;
        args.output.write(&ShownRecord(&record), || &record)?;
    }
    Ok(ExitCode::Open)
}

struct ShownCode(Code);

impl fmt::Display for ShownCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.0)?;
        for (label, text) in [("", self.0.meaning()), ("What to do: ", self.0.advice())] {
            writeln!(f)?;
            for line in wrap(&format!("{label}{text}"), width().min(90)) {
                writeln!(f, "{line}")?;
            }
        }
        Ok(())
    }
}

struct ShownProfile<'a>(&'a Profile);

impl fmt::Display for ShownProfile<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let profile = self.0;
        writeln!(f, "profile: {}", safe(&profile.source))?;
        writeln!(f, "scope: {}", safe(&profile.scope))?;
        for AdapterSource { tool, path, digest } in &profile.adapters {
            let path = path.display().to_string();
            writeln!(f, "adapter of {tool}: {} ({digest})", safe(&path))?;
        }
        for name in profile.names() {
            let Ok((gate, asked)) = profile.gate(name) else {
                continue;
            };
            writeln!(f, "\ngate {gate}")?;
            for requirement in &asked.require {
                let tool = requirement.tool.as_deref().unwrap_or("any tool");
                writeln!(
                    f,
                    "  requires {} complete report(s) of {tool}",
                    requirement.at_least
                )?;
            }
            for rule in rules(&asked.report_rules) {
                writeln!(f, "  {rule}")?;
            }
            for policy in &asked.policies {
                let from = policy
                    .path
                    .as_ref()
                    .map_or_else(String::new, |p| format!(" ({})", p.display()));
                writeln!(f, "  policy {}{}", policy.name, safe(&from))?;
            }
            for (name, value) in asked.thresholds() {
                writeln!(f, "  {} = {}", safe(&name), safe(&shown(&value)))?;
            }
        }
        writeln!(f, "\nThe embedded default, as a gate.toml would say it:\n")?;
        for line in DEFAULT.lines() {
            writeln!(f, "  {line}")?;
        }
        Ok(())
    }
}

/// What a gate asks of each report, a line for each thing that it asks.
fn rules(rules: &ReportRules) -> Vec<String> {
    let accepts: Vec<_> = rules
        .accepts
        .iter()
        .map(|content| content.as_str())
        .collect();
    let mut lines = vec![format!("accepts {}", accepts.join(" or "))];
    lines.extend(
        rules
            .max_age
            .map(|age| format!("takes no report older than {age}")),
    );
    if rules.require_subject_match {
        lines.push("takes no report that does not name the subject's digest".to_owned());
    }
    if rules.allow_quarantined > 0 {
        let allowed = rules.allow_quarantined;
        lines.push(format!(
            "decides without at most {allowed} record(s) that could not be understood"
        ));
    }
    lines
}

fn shown(value: &gate_core::threshold::RawValue) -> String {
    use gate_core::threshold::RawValue::{Flag, Number, Text, Texts};
    match value {
        Flag(flag) => flag.to_string(),
        Number(number) => number.to_string(),
        Text(text) => text.clone(),
        Texts(texts) => texts.join(", "),
    }
}

fn profile_json(profile: &Profile) -> Value {
    let gates = profile.names().filter_map(|name| profile.gate(name).ok()).map(|(gate, asked)| {
        let thresholds: serde_json::Map<String, Value> =
            asked.thresholds().iter().map(|(name, value)| (name.clone(), shown(value).into())).collect();
        let policies: Vec<&str> = asked.policies.iter().map(|p| p.name.as_str()).collect();
        json!({ "gate": gate, "require": asked.require, "report_rules": asked.report_rules, "policies": policies, "thresholds": thresholds })
    });
    let gates: Vec<Value> = gates.collect();
    let adapters: Vec<Value> = profile
        .adapters
        .iter()
        .map(|adapter| json!({ "tool": adapter.tool, "component": adapter.path, "digest": adapter.digest }))
        .collect();
    json!({ "source": profile.source, "scope": profile.scope, "adapters": adapters, "gates": gates })
}

struct ShownRecord<'a>(&'a Record);

impl fmt::Display for ShownRecord<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Record {
            format,
            producer,
            question,
            reports,
            findings,
            verdict,
        } = self.0;
        writeln!(
            f,
            "record of format {format}, by gate {} with {}",
            safe(&producer.gate),
            safe(&producer.engine)
        )?;
        writeln!(
            f,
            "gate {} at {}: {}",
            question.gate, question.evaluated_at, verdict.outcome
        )?;
        if let Some(subject) = &question.subject {
            let digest = subject.digest.map_or_else(String::new, |d| format!("@{d}"));
            writeln!(f, "subject {}{digest}", safe(&subject.name))?;
        }
        writeln!(f, "\n{} findings ({})", findings.count, findings.digest)?;
        for report in reports {
            let digest = report
                .digest
                .map_or_else(|| "not read".to_owned(), |d| d.to_string());
            writeln!(
                f,
                "report {} of {}: {} ({digest})",
                safe(&report.name),
                safe(&report.tool),
                report.completeness
            )?;
        }
        for rule in rules(&question.report_rules) {
            writeln!(f, "the gate {rule}")?;
        }
        for policy in &question.policies {
            writeln!(f, "policy {} ({})", safe(&policy.name), policy.digest)?;
            for (name, given) in policy.thresholds.iter().chain(&policy.settings) {
                writeln!(
                    f,
                    "  {} = {} from {}",
                    safe(name),
                    safe(&given.value.to_string()),
                    safe(&given.source)
                )?;
            }
        }
        for reason in &verdict.reasons {
            writeln!(
                f,
                "\n{}[{}]: {}",
                reason.outcome,
                safe(&reason.code),
                safe(&reason.message)
            )?;
            if let Some(help) = &reason.help {
                writeln!(f, "  help: {}", safe(help))?;
            }
        }
        Ok(())
    }
}
