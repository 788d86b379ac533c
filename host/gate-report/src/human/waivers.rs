//! What became of waivers, for people.

use std::fmt::Write as _;

use gate_core::request::Question;
use gate_core::verdict::{Counts, Disposition};
use gate_core::waiver::{Refusal, WaiverVerdict};

use crate::table::Table;
use crate::text::safe;

/// How many waivers are shown.
const SHOWN: usize = 20;

/// A row for each waiver: what it did, those that did not apply first.
pub(super) fn table(waivers: &[WaiverVerdict], question: &Question) -> Table {
    let expired = |waiver: &WaiverVerdict| waiver.expires <= question.evaluated_at;
    let rank = |waiver: &WaiverVerdict| {
        if !waiver.refused.is_empty() {
            0
        } else if expired(waiver) {
            1
        } else if waiver.is_unused() {
            2
        } else {
            3
        }
    };
    let mut ordered: Vec<_> = waivers.iter().collect();
    ordered.sort_by_key(|waiver| rank(waiver));
    let mut table = Table::default();
    for waiver in ordered.iter().take(SHOWN) {
        let when = if expired(waiver) { "expired" } else { "until" };
        table.row(vec![
            safe(&waiver.id).into_owned(),
            format!("{when} {}", waiver.expires),
            said(waiver),
        ]);
    }
    let more = waivers.len().saturating_sub(SHOWN);
    if more > 0 {
        table.row(vec![
            "…".to_owned(),
            format!("{more} more"),
            "`--format json` lists all".to_owned(),
        ]);
    }
    table
}

/// What a waiver did.
fn said(waiver: &WaiverVerdict) -> String {
    let mut parts = Vec::new();
    if !waiver.waived.is_empty() {
        parts.push(format!("waives {}", waiver.waived.len()));
    }
    for (why, findings) in &waiver.refused {
        let number = findings.len();
        parts.push(match why {
            Refusal::Expired => format!("would have waived {number}"),
            _ => format!("does not waive {number}: {}", why.as_str()),
        });
    }
    if !waiver.shadowed.is_empty() {
        parts.push(format!("{} waived by another one", waiver.shadowed.len()));
    }
    if parts.is_empty() {
        return "unused".to_owned();
    }
    parts.join(", ")
}

/// Findings that are not counted, and why, as the rest of a line.
pub(super) fn aside(counts: &Counts) -> String {
    let mut line = String::new();
    for (what, said) in [
        (Disposition::Waived, "waived"),
        (Disposition::NotAffected, "not affected"),
        (Disposition::Baseline, "existing"),
        (Disposition::Suppressed, "suppressed by their tool"),
    ] {
        let number = counts
            .by_disposition
            .get(&what)
            .copied()
            .unwrap_or_default();
        if number > 0 {
            // Writing to a string does not fail.
            let _ = write!(line, ", {number} {said}");
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use gate_core::gate::GateName;

    use super::*;

    fn waiver(id: &str, expires: &str) -> WaiverVerdict {
        WaiverVerdict {
            id: id.to_owned(),
            expires: expires.parse().unwrap(),
            waived: Vec::new(),
            refused: BTreeMap::new(),
            shadowed: Vec::new(),
        }
    }

    fn lines(waivers: &[WaiverVerdict]) -> Vec<String> {
        let at = "2026-06-15T00:00:00Z".parse().unwrap();
        let question = Question::of(GateName::new("image").unwrap(), at);
        table(waivers, &question).lines(120)
    }

    #[test]
    fn what_did_not_apply_is_said_first() {
        let id = format!("gf1:{:064x}", 1).parse().unwrap();
        let (later, earlier) = ("2026-07-01T00:00:00Z", "2026-06-01T00:00:00Z");
        let mut used = waiver("a-used", later);
        used.waived = vec![id];
        let mut refused = waiver("z-long", later);
        refused.refused.insert(Refusal::TooLong, vec![id]);
        let mut expired = waiver("y-ended", earlier);
        expired.refused.insert(Refusal::Expired, vec![id, id]);
        let mut shadowed = waiver("b-second", later);
        shadowed.shadowed = vec![id];
        let lines = lines(&[
            used,
            shadowed,
            waiver("c\u{1b}[2K", later),
            expired,
            refused,
        ]);
        assert_eq!(
            lines,
            [
                "y-ended     expired 2026-06-01T00:00:00Z  would have waived 2",
                "z-long      until 2026-07-01T00:00:00Z    does not waive 1: it lives longer than findings of this level may be waived",
                "c\\u{1b}[2K  until 2026-07-01T00:00:00Z    unused",
                "a-used      until 2026-07-01T00:00:00Z    waives 1",
                "b-second    until 2026-07-01T00:00:00Z    1 waived by another one",
            ]
        );
    }

    #[test]
    fn no_more_are_shown_than_people_read() {
        let many: Vec<_> = (0..50)
            .map(|n| waiver(&format!("w{n:02}"), "2026-07-01T00:00:00Z"))
            .collect();
        let lines = lines(&many);
        assert_eq!(lines.len(), SHOWN + 1);
        assert!(
            lines[SHOWN].starts_with('…') && lines[SHOWN].contains("30 more"),
            "{lines:?}"
        );
    }
}
