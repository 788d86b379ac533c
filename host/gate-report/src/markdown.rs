//! A verdict as Markdown, for the summary of a job or a comment on a change.
//!
//! The dialect is GitHub Flavored Markdown; without its tables it is CommonMark. Untrusted text stands in code spans
//! only, where nothing is markup, HTML, a link, an image or the mention of a person.

mod code;

use std::fmt::Write as _;
use std::io;

use gate_core::corroboration::Corroborations;
use gate_core::finding::Finding;
use gate_core::request::{Enforcement, PolicyUse};
use gate_core::severity::Level;
use gate_core::subject;
use gate_core::verdict::{Outcome, PolicyVerdict, Reason};

use crate::answer::Answer;
use crate::cells::{counts, ended, outcome, place, remark, tool};
use crate::disposition::word;
use crate::markdown::code::code;

/// How many reasons are shown, and how many findings of each. A summary is no place for all of them.
const SHOWN: usize = 20;

/// Writes a verdict as Markdown.
///
/// # Errors
/// When the sink fails.
pub fn write(answer: Answer<'_>, sink: &mut dyn io::Write) -> io::Result<()> {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = Markdown { answer }.document(&mut text);
    sink.write_all(text.as_bytes())?;
    sink.flush()
}

struct Markdown<'a> {
    answer: Answer<'a>,
}

impl Markdown<'_> {
    fn document(&self, text: &mut String) -> std::fmt::Result {
        let verdict = self.answer.verdict;
        writeln!(
            text,
            "## Gate {}: {}\n",
            code(verdict.gate.as_str()),
            verdict.outcome
        )?;
        self.summary(text)?;
        self.reasons(text)?;
        self.policies(text)?;
        self.reports(text)
    }

    fn summary(&self, text: &mut String) -> std::fmt::Result {
        let verdict = self.answer.verdict;
        let enforced = match verdict.enforcement {
            Enforcement::Enforce => "",
            Enforcement::Monitor => " (monitored: a fail does not close the gate)",
        };
        let mut rows = vec![format!(
            "verdict | **{}**{enforced}, exit code {}",
            verdict.outcome, self.answer.exit_code
        )];
        if let Some(subject) = self.answer.subject() {
            rows.push(format!("subject | {}", code(&subject)));
        }
        let counts = &verdict.counts;
        let levels = Level::ALL.into_iter();
        let levels = levels.filter_map(|l| counts.by_level.get(&l).map(|n| format!("{n} {l}")));
        let disposed = counts.by_disposition.iter();
        let disposed = disposed.map(|(d, n)| format!("{n} {}", word(*d)));
        let parts: Vec<_> = levels.chain(disposed).collect();
        let total = [counts.findings.to_string(), parts.join(", ")];
        let total = total.join(if parts.is_empty() { "" } else { ": " });
        rows.push(format!("findings | {total}"));
        rows.push(format!("judged at | {}", verdict.evaluated_at));
        rows.push(format!(
            "record | {}",
            code(&self.answer.record.to_string())
        ));
        let notes = subject::notes(self.answer.request);
        rows.extend(notes.map(|note| format!("note | {}", code(&note))));
        let given = &self.answer.request.question.overrides;
        rows.extend(given.iter().map(|flag| format!("given | {}", code(flag))));
        table(text, " | ", &rows)
    }

    fn reasons(&self, text: &mut String) -> std::fmt::Result {
        let compared = Corroborations::of(&self.answer.request.findings);
        let reasons = &self.answer.verdict.reasons;
        if !reasons.is_empty() {
            writeln!(text, "### Reasons\n")?;
        }
        for reason in reasons.iter().take(SHOWN) {
            self.reason(text, reason, &compared)?;
        }
        more(text, reasons.len(), "reasons")
    }

    fn reason(
        &self,
        text: &mut String,
        reason: &Reason,
        compared: &Corroborations<'_>,
    ) -> std::fmt::Result {
        let name = reason.policy.as_ref();
        let name = name.filter(|_| reason.outcome != Outcome::Error);
        let name = code(name.unwrap_or(&reason.code));
        writeln!(
            text,
            "**{}** {name}: {}\n",
            reason.effect(),
            code(&reason.message)
        )?;
        for (label, told) in [("report", &reason.report), ("help", &reason.help)] {
            if let Some(told) = told {
                writeln!(text, "- {label}: {}", code(told))?;
            }
        }
        if reason.report.is_some() || reason.help.is_some() {
            writeln!(text)?;
        }
        let mut findings: Vec<&Finding> = self.answer.named(reason).collect();
        // Worst first, then in the order of their identities.
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity.level));
        let row = |finding: &&Finding| {
            format!(
                "{} | {} | {} | {}",
                finding.severity.level,
                code(&finding.rule.id),
                code(&place(finding)),
                code(&remark(finding, compared))
            )
        };
        let rows: Vec<_> = findings.iter().take(SHOWN).map(row).collect();
        table(text, "level | rule | place | finding", &rows)?;
        more(text, findings.len(), "findings")
    }

    fn policies(&self, text: &mut String) -> std::fmt::Result {
        let policies = self.answer.verdict.policies.iter();
        let policies = policies.zip(&self.answer.request.question.policies);
        let row = |(policy, using): (&PolicyVerdict, &PolicyUse)| {
            let given = using.thresholds.iter().map(|(name, given)| {
                let given = format!("{name} = {} ({})", given.value, given.source);
                code(&given)
            });
            let given: Vec<_> = given.collect();
            let matched = policy.counters.map_or_else(
                || "no answer".to_owned(),
                |c| format!("{} of {} findings", c.matched, c.seen),
            );
            let name = code(&policy.name);
            format!(
                "{name} | {} | {matched} | {}",
                outcome(policy),
                given.join(", ")
            )
        };
        let rows: Vec<_> = policies.map(row).collect();
        section(
            text,
            "Policies",
            "policy | outcome | matched | thresholds",
            &rows,
        )
    }

    fn reports(&self, text: &mut String) -> std::fmt::Result {
        let reports = self.answer.request.reports.iter();
        let rows = reports.map(|report| {
            format!(
                "{} | {} | {} | {}",
                code(&tool(report)),
                ended(report),
                code(&report.name),
                counts(report)
            )
        });
        let rows: Vec<_> = rows.collect();
        section(text, "Reports", "tool | run | report | records", &rows)
    }
}

fn section(text: &mut String, title: &str, header: &str, rows: &[String]) -> std::fmt::Result {
    if !rows.is_empty() {
        writeln!(text, "### {title}\n")?;
    }
    table(text, header, rows)
}

/// A table; its cells are safe already and hold no `|`.
fn table(text: &mut String, header: &str, rows: &[String]) -> std::fmt::Result {
    if rows.is_empty() {
        return Ok(());
    }
    let columns = header.split('|').count();
    writeln!(text, "| {header} |\n|{}", " --- |".repeat(columns))?;
    for row in rows {
        writeln!(text, "| {row} |")?;
    }
    writeln!(text)
}

fn more(text: &mut String, all: usize, what: &str) -> std::fmt::Result {
    match all.saturating_sub(SHOWN) {
        0 => Ok(()),
        more => writeln!(
            text,
            "… and {more} more {what}; `--format json` lists all\n"
        ),
    }
}
