//! `gate normalize`: what a gate would see of a report.

use std::fmt;
use std::path::Path;

use gate_core::code::Code;
use gate_core::exit_code::ExitCode;
use gate_core::finding::Finding;
use gate_core::scan_report::ScanReport;
use gate_report::json::NormalizedDocument;
use gate_report::table::Table;
use gate_report::text::safe;

use crate::cli::Normalize;
use crate::config::Profile;
use crate::failure::{Failure, Result};
use crate::output::width;
use crate::reports::{self, Inputs, Named};

pub(crate) fn run(config: Option<&Path>, args: &Normalize) -> Result<ExitCode> {
    // The scope is part of every identity.
    let profile = Profile::load(config)?;
    let named = Named::parse(&args.report, &profile)?;
    let adapters = Named::adapters(std::slice::from_ref(&named), &profile)?;
    let read = reports::read_one(&named, &adapters, &reports::options()?);
    let readable = read.readable;
    let Inputs { reports, findings } = Inputs::of(vec![read], &profile.scope);
    let Some(report) = reports.first() else {
        return Ok(ExitCode::Undecided);
    };
    if !readable {
        return Err(unreadable(report));
    }
    let human = Normalized {
        report,
        findings: &findings,
    };
    args.output
        .write(&human, || NormalizedDocument::new(report, &findings))?;
    Ok(ExitCode::Open)
}

fn unreadable(report: &ScanReport) -> Failure {
    let Some(problem) = report.problems.first() else {
        return Failure::new(Code::ReportUnreadable, format!("reading `{}`", report.name));
    };
    let code = Code::from_name(&problem.code).unwrap_or(Code::ReportUnreadable);
    let failure = Failure::new(code, problem.in_report(&report.name));
    match &problem.help {
        Some(help) => failure.help(help),
        None => failure,
    }
}

struct Normalized<'a> {
    report: &'a ScanReport,
    findings: &'a [Finding],
}

impl fmt::Display for Normalized<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::default();
        for finding in self.findings {
            let at = finding.locations.first();
            let path = at.and_then(|at| at.path.as_deref()).unwrap_or_default();
            let line = at
                .and_then(|at| at.start_line)
                .map_or(String::new(), |line| format!(":{line}"));
            table.row(vec![
                finding.severity.level.to_string(),
                safe(&finding.rule.id).into_owned(),
                safe(&format!("{path}{line}")).into_owned(),
                safe(&finding.title).into_owned(),
            ]);
        }
        for line in table.lines(width()) {
            writeln!(f, "{line}")?;
        }
        let report = self.report;
        writeln!(
            f,
            "{} · {} · {} findings",
            safe(&report.tool),
            report.completeness,
            self.findings.len()
        )?;
        for problem in &report.problems {
            let place = problem.place.as_deref().unwrap_or_default();
            writeln!(
                f,
                "  {}: {} {}",
                problem.code,
                safe(&problem.message),
                safe(place)
            )?;
        }
        Ok(())
    }
}
