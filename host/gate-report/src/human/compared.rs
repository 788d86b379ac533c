//! What findings were compared with: the baseline, and statements (VEX).

use std::fmt;

use gate_core::baseline::Standing;
use gate_core::request::EvaluationRequest;
use gate_core::verdict::Verdict;

use super::section;
use crate::json::standings;
use crate::table::Table;
use crate::text::safe;

/// How findings stand to the baseline.
pub(super) fn baseline(
    f: &mut fmt::Formatter<'_>,
    request: &EvaluationRequest,
    width: usize,
) -> fmt::Result {
    let Some(used) = &request.question.baseline else {
        return Ok(());
    };
    let counts = standings(request);
    let mut shown: Vec<String> = Standing::ALL
        .into_iter()
        .map(|standing| {
            let count = counts.get(&standing).copied().unwrap_or_default();
            format!("{count} {}", standing.as_str())
        })
        .collect();
    shown.push(format!("{} fixed", used.fixed.len()));
    let judged = if used.only_new {
        "existing ones do not count"
    } else {
        "all count"
    };
    let mut table = Table::default();
    table.row(vec![
        format!("of {}", used.taken),
        shown.join(", "),
        judged.to_owned(),
    ]);
    section(f, "baseline", &table, width)
}

/// What became of each document of statements.
pub(super) fn statements(
    f: &mut fmt::Formatter<'_>,
    request: &EvaluationRequest,
    verdict: &Verdict,
    width: usize,
) -> fmt::Result {
    let mut table = Table::default();
    for (document, became) in request.question.vex.iter().zip(&verdict.vex) {
        let author = document.author.as_deref().unwrap_or("nobody named");
        let (trusted, takes) = if became.trusted {
            ("trusted", "takes out")
        } else {
            ("not trusted", "would take out")
        };
        let mut effect = format!("{takes} {} findings", became.not_affected.len());
        if !became.contradicted.is_empty() {
            let contradicted = became.contradicted.len();
            effect.push_str(&format!(", {contradicted} more are contradicted"));
        }
        if became.unmatched > 0 {
            effect.push_str(&format!(
                ", {} of {} statements are about nothing here",
                became.unmatched,
                document.statements.len()
            ));
        }
        table.row(vec![
            safe(&document.name).into_owned(),
            safe(&format!("by {author}")).into_owned(),
            trusted.to_owned(),
            effect,
        ]);
    }
    section(f, "statements", &table, width)
}
