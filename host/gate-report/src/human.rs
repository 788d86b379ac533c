//! A verdict for people: why, which findings, what to do, then the sum of it.
//!
//! Colour never carries meaning alone, and no line begins with text that is not ours.

mod compared;
mod waivers;

use std::fmt::{self, Write as _};

use anstyle::{AnsiColor, Style};

use gate_core::corroboration::Corroborations;
use gate_core::digest::Digest;
use gate_core::finding::Finding;
use gate_core::fingerprint::Fingerprint;
use gate_core::request::{Enforcement, EvaluationRequest};
use gate_core::severity::Level;
use gate_core::subject;
use gate_core::verdict::{Disposition, Outcome, Reason, Verdict};

use crate::cells::{counts, ended, outcome, place, remark, thresholds, tool};
use crate::table::Table;
use crate::text::{safe, wrap};

/// How many findings a reason shows.
const SHOWN: usize = 20;
/// How many problems of a report are shown.
const PROBLEMS: usize = 5;

/// A verdict with what is needed to explain it. Shown with `{}`; styles are always written, and the stream that
/// it goes to takes them out where they don't belong.
#[derive(Debug)]
pub struct Human<'a> {
    /// The verdict.
    pub verdict: &'a Verdict,
    /// What was judged.
    pub request: &'a EvaluationRequest,
    /// Name of the record.
    pub record: Digest,
    /// Width of a line, in columns.
    pub width: usize,
}

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

const fn colour(outcome: Outcome) -> Style {
    let colour = match outcome {
        Outcome::Pass => AnsiColor::Green,
        Outcome::Warn => AnsiColor::Yellow,
        Outcome::Fail | Outcome::Error => AnsiColor::Red,
    };
    colour.on_default().bold()
}

impl fmt::Display for Human<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let compared = Corroborations::of(&self.request.findings);
        for reason in &self.verdict.reasons {
            self.reason(f, reason, &compared)?;
            writeln!(f)?;
        }
        self.reports(f)?;
        self.policies(f)?;
        compared::baseline(f, self.request, self.width)?;
        compared::statements(f, self.request, self.verdict, self.width)?;
        let waivers = waivers::table(&self.verdict.waivers, &self.request.question);
        section(f, "waivers", &waivers, self.width)?;
        self.summary(f)
    }
}

impl Human<'_> {
    fn reason(
        &self,
        f: &mut fmt::Formatter<'_>,
        reason: &Reason,
        compared: &Corroborations<'_>,
    ) -> fmt::Result {
        let gate = &self.verdict.gate;
        let name = reason
            .policy
            .as_ref()
            .filter(|_| reason.outcome != Outcome::Error);
        let name = safe(name.unwrap_or(&reason.code));
        let outcome = reason.effect();
        let style = colour(outcome);
        // Its policy is monitored, or its group does not need it.
        let lessened = reason.effect.map_or_else(String::new, |_| {
            format!(" (a {} that does not count here)", reason.outcome)
        });
        writeln!(
            f,
            "{style}{outcome}[gate::{gate}::{name}]{style:#}{BOLD}: {}{lessened}{BOLD:#}",
            safe(&reason.message)
        )?;
        if let Some(report) = &reason.report {
            writeln!(f, "{DIM}  ┌─{DIM:#} {}", safe(report))?;
            let report = self.request.reports.iter().find(|r| r.name == *report);
            // A report that could not be read has one problem, and that is the reason above.
            let several = report.filter(|r| r.problems.len() > 1);
            for problem in several
                .iter()
                .flat_map(|r| r.problems.iter().take(PROBLEMS))
            {
                let place = problem.place.as_deref().unwrap_or_default();
                let gap = if place.is_empty() { "" } else { ": " };
                writeln!(
                    f,
                    "{DIM}  │{DIM:#}  {}{gap}{}",
                    safe(place),
                    safe(&problem.message)
                )?;
            }
        }
        if let Some(policy) = &reason.policy {
            let digest = self
                .verdict
                .policies
                .iter()
                .find(|p| p.name == *policy)
                .map(|p| p.digest);
            let digest = digest.map_or_else(String::new, |digest| format!(" ({})", short(&digest)));
            writeln!(f, "{DIM}  ┌─{DIM:#} policy {}{digest}", safe(policy))?;
        }
        self.findings(f, &reason.findings, compared)?;
        if let Some(help) = &reason.help {
            let help = safe(help);
            for (at, line) in wrap(&help, self.width.saturating_sub(8).max(20))
                .iter()
                .enumerate()
            {
                // A line never begins with text that is not ours, not even after spaces: build systems take
                // commands from such lines.
                let label = if at == 0 { "help: " } else { "  …   " };
                writeln!(f, "  {label}{line}")?;
            }
        }
        Ok(())
    }

    fn findings(
        &self,
        f: &mut fmt::Formatter<'_>,
        ids: &[Fingerprint],
        compared: &Corroborations<'_>,
    ) -> fmt::Result {
        let find = |id: &Fingerprint| {
            let all = &self.request.findings;
            all.binary_search_by_key(id, |finding| finding.id)
                .ok()
                .and_then(|at| all.get(at))
        };
        let mut findings: Vec<&Finding> = ids.iter().filter_map(find).collect();
        // Worst first, then as a person would look for them.
        findings.sort_by(|a, b| {
            b.severity
                .level
                .cmp(&a.severity.level)
                .then_with(|| a.rule.id.cmp(&b.rule.id))
                .then_with(|| place(a).cmp(&place(b)))
        });
        let mut table = Table::default();
        for finding in findings.iter().take(SHOWN) {
            table.row(vec![
                safe(&finding.rule.id).into_owned(),
                finding.severity.level.to_string(),
                safe(&place(finding)).into_owned(),
                safe(&remark(finding, compared)).into_owned(),
            ]);
        }
        for line in table.lines(self.width.saturating_sub(5)) {
            writeln!(f, "{DIM}  │{DIM:#}  {line}")?;
        }
        if findings.len() > SHOWN {
            let more = findings.len() - SHOWN;
            writeln!(
                f,
                "{DIM}  │{DIM:#}  … and {more} more; `--format json` lists all"
            )?;
        }
        Ok(())
    }

    fn reports(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::default();
        for report in &self.request.reports {
            table.row(vec![
                safe(&tool(report)).into_owned(),
                ended(report),
                safe(&report.name).into_owned(),
                counts(report),
            ]);
        }
        section(f, "reports", &table, self.width)
    }

    fn policies(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::default();
        for (policy, using) in self
            .verdict
            .policies
            .iter()
            .zip(&self.request.question.policies)
        {
            let matched = policy.counters.map_or_else(
                || "no answer".to_owned(),
                |c| format!("{} of {} matched", c.matched, c.seen),
            );
            table.row(vec![
                safe(&policy.name).into_owned(),
                outcome(policy),
                matched,
                safe(&thresholds(using)).into_owned(),
            ]);
        }
        section(f, "policies", &table, self.width)
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Verdict {
            gate,
            subject: judged,
            outcome,
            enforcement,
            counts,
            ..
        } = self.verdict;
        let style = colour(*outcome);
        let monitored = match enforcement {
            Enforcement::Monitor => " (monitored: a fail does not close the gate)",
            Enforcement::Enforce => "",
        };
        writeln!(
            f,
            "{BOLD}verdict:{BOLD:#} {style}{outcome}{style:#}{monitored}"
        )?;
        let levels: Vec<String> = Level::ALL
            .into_iter()
            .filter_map(|level| counts.by_level.get(&level).map(|n| format!("{n} {level}")))
            .collect();
        let of = |d: Disposition| counts.by_disposition.get(&d).copied().unwrap_or_default();
        let mut line = format!("{} findings", counts.findings);
        if !levels.is_empty() {
            write!(line, " ({})", levels.join(", "))?;
        }
        write!(line, ", {} counted", of(Disposition::Counted))?;
        line.push_str(&waivers::aside(counts));
        if counts.corroborated > 0 {
            write!(line, ", {} reported by several tools", counts.corroborated)?;
        }
        let question = &self.request.question;
        let mut asked = gate.to_string();
        if let Some(environment) = &question.environment {
            write!(asked, " in {}", safe(environment))?;
        }
        if let Some(variant) = &question.variant {
            write!(asked, " (variant {})", safe(variant))?;
        }
        writeln!(f, "   gate: {asked} · {line}")?;
        if let Some(subject) = judged {
            let digest = subject
                .digest
                .map_or_else(String::new, |digest| format!("@{digest}"));
            writeln!(f, "subject: {}{digest}", safe(&subject.name))?;
        }
        for note in subject::notes(self.request) {
            writeln!(f, "   note: {}", safe(&note))?;
        }
        for flag in &self.request.question.overrides {
            writeln!(f, "  given: {}", safe(flag))?;
        }
        let name = self.record.hex();
        let start = name.get(..12).unwrap_or_default();
        writeln!(f, " record: {}", self.record)?;
        writeln!(
            f,
            "         `gate replay {start}` repeats this verdict from its record"
        )
    }
}

fn section(f: &mut fmt::Formatter<'_>, title: &str, table: &Table, width: usize) -> fmt::Result {
    let lines = table.lines(width.saturating_sub(2));
    if lines.is_empty() {
        return Ok(());
    }
    writeln!(f, "{BOLD}{title}:{BOLD:#}")?;
    for line in lines {
        writeln!(f, "  {line}")?;
    }
    writeln!(f)
}

fn short(digest: &Digest) -> String {
    format!("sha256:{}…", digest.hex().get(..8).unwrap_or_default())
}
