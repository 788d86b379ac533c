//! `gate normalize`: what a gate would see of a report.

use std::fmt;
use std::path::Path;

use gate_core::code::Code;
use gate_core::corroboration::Corroborations;
use gate_core::exit_code::ExitCode;
use gate_core::finding::Finding;
use gate_core::scan_report::ScanReport;
use gate_report::json::NormalizedDocument;
use gate_report::table::Table;
use gate_report::text::safe;

use crate::cli::Normalize;
use crate::config::Profile;
use crate::exits::ScannerExits;
use crate::failure::{Failure, Result};
use crate::output::width;
use crate::reports::{self, Inputs, Named};

pub(crate) fn run(config: Option<&Path>, args: &Normalize) -> Result<ExitCode> {
    // The scope is part of every identity.
    let profile = Profile::load(config)?;
    let named = Named::parse(&args.report, &profile)?;
    let adapters = Named::adapters(std::slice::from_ref(&named), &profile)?;
    let exits = ScannerExits::parse(&args.scanner_exits)?;
    let read = reports::read_one(&named, &adapters, &reports::options()?, &exits)?;
    let readable = read.readable;
    let Inputs { reports, findings } = Inputs::of(vec![read], &profile.scope);
    exits.refuse_unclaimed(&reports)?;
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
        let compared = Corroborations::of(self.findings);
        for finding in self.findings {
            let others: Vec<_> = compared.others(finding).into_iter().collect();
            let others = match others.as_slice() {
                [] => String::new(),
                others => format!("; also reported by {}", others.join(", ")),
            };
            let at = finding.locations.first();
            let path = at.and_then(|at| at.path.as_deref()).unwrap_or_default();
            let line = at
                .and_then(|at| at.start_line)
                .map_or(String::new(), |line| format!(":{line}"));
            table.row(vec![
                finding.severity.level.to_string(),
                safe(&finding.rule.id).into_owned(),
                safe(&format!("{path}{line}")).into_owned(),
                safe(&format!("{}{others}", finding.title)).into_owned(),
            ]);
        }
        for line in table.lines(width()) {
            writeln!(f, "{line}")?;
        }
        let report = self.report;
        write!(f, "{} · {}", safe(&report.tool), report.completeness)?;
        if let Some(code) = report.exit_code {
            write!(f, " · exit code {code}")?;
        }
        writeln!(f, " · {}", report.counts)?;
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
