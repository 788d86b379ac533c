//! `gate explain`: what a code, a policy, a record or the profile means.

mod judged;
mod profile;

use std::fmt;
use std::path::Path;

use serde_json::json;

use gate_core::code::Code;
use gate_core::exit_code::ExitCode;
use gate_core::ports::EvidenceStore as _;
use gate_core::record::Record;
use gate_core::request::{Limits, ReportRules};
use gate_core::threshold::Refused;
use gate_report::text::{safe, wrap};

use crate::cli::Explain;
use crate::commands::policy::Inspected;
use crate::config::Profile;
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
            .write(&profile::Shown(&profile), || profile::json(&profile))?;
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
        let record = evidence::record(&*store, &digest)?;
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
        for (what, name) in [
            ("environment", &question.environment),
            ("variant", &question.variant),
        ] {
            if let Some(name) = name {
                writeln!(f, "{what} {}", safe(name))?;
            }
        }
        for group in &question.groups {
            writeln!(f, "{}", safe(&profile::group(group)))?;
        }
        for policy in &question.policies {
            let terms = profile::terms(policy.terms);
            writeln!(
                f,
                "policy {} ({}){terms}",
                safe(&policy.name),
                policy.digest
            )?;
            for (name, given) in policy.thresholds.iter().chain(&policy.settings) {
                writeln!(
                    f,
                    "  {} = {} from {}",
                    safe(name),
                    safe(&given.value.to_string()),
                    safe(&given.source)
                )?;
                if let Some(Refused { source, value }) = &given.refused {
                    let value = value.to_string();
                    writeln!(f, "    in place of {} from {}", safe(&value), safe(source))?;
                }
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
