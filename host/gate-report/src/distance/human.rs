//! The distance as text: what to do first, then how much room there is, then when it flips.

use std::fmt;

use anstyle::Style;

use gate_core::distance::{Cause, Change, Direction, Distance, Place, Repair, Room};
use gate_core::severity::Level;
use gate_core::verdict::Outcome;

use super::DistanceDocument;
use crate::table::Table;
use crate::text::{safe, wrap};

const BOLD: Style = Style::new().bold();
/// How many names a cell has.
const NAMES: usize = 4;

pub(super) struct Human<'a> {
    pub(super) document: &'a DistanceDocument<'a>,
    pub(super) width: usize,
}

impl fmt::Display for Human<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let DistanceDocument {
            gate,
            evaluated_at,
            reports,
            findings,
            distance,
            ..
        } = self.document;
        let outcome = distance.outcome;
        writeln!(
            f,
            "{BOLD}verdict:{BOLD:#} {outcome} · gate {gate} at {evaluated_at} · {}, {}",
            number(*reports, "report"),
            number(*findings, "finding")
        )?;
        if let Some(repair) = &distance.repair {
            self.repair(f, repair)?;
        }
        self.blocked_by(f, distance)?;
        self.room(f, &distance.room)?;
        flip(f, distance)?;
        let work = distance.work;
        let made = number(work.evaluations, "evaluation");
        writeln!(f, "\n   work: {made} of at most {}", work.at_most)
    }
}

impl Human<'_> {
    fn repair(&self, f: &mut fmt::Formatter<'_>, repair: &Repair) -> fmt::Result {
        let changes = u32::try_from(repair.changes.len()).unwrap_or(u32::MAX);
        let proof = if repair.smallest {
            "no fewer changes will do"
        } else {
            "not proven to be the fewest"
        };
        writeln!(
            f,
            "\n{BOLD}to {}:{BOLD:#} {} that mend {}; {proof}",
            repair.outcome,
            number(changes, "change"),
            number(repair.findings, "finding")
        )?;
        let mut table = Table::default();
        for change in &repair.changes {
            table.row(vec![
                safe(&place(change)).into_owned(),
                levels(change),
                safe(&advice(change)).into_owned(),
            ]);
        }
        self.lines(f, &table)
    }

    fn blocked_by(&self, f: &mut fmt::Formatter<'_>, distance: &Distance) -> fmt::Result {
        if distance.blocked_by.is_empty() {
            return Ok(());
        }
        let why = match distance.outcome {
            Outcome::Error => "there is no distance from an error; first has to go:",
            _ => "no findings whose removal makes it pass; first has to go:",
        };
        writeln!(f, "\n{why}")?;
        for reason in &distance.blocked_by {
            let (outcome, code) = (reason.outcome, safe(&reason.code));
            writeln!(f, "  {outcome}[{code}]: {}", safe(&reason.message))?;
            let help = reason.help.as_deref().unwrap_or_default();
            let width = self.width.saturating_sub(10).max(20);
            for (at, line) in wrap(&safe(help), width).iter().enumerate() {
                let label = if at == 0 { "help: " } else { "  …   " };
                if !line.is_empty() {
                    writeln!(f, "    {label}{line}")?;
                }
            }
        }
        Ok(())
    }

    fn room(&self, f: &mut fmt::Formatter<'_>, rooms: &[Room]) -> fmt::Result {
        if rooms.is_empty() {
            return Ok(());
        }
        writeln!(f, "\n{BOLD}room:{BOLD:#}")?;
        let mut table = Table::default();
        for room in rooms {
            let Room {
                policy,
                threshold,
                value,
                ..
            } = room;
            table.row(vec![
                safe(policy).into_owned(),
                safe(&format!("{threshold} {value}")).into_owned(),
                left(room),
                safe(&format!("from {}", room.source)).into_owned(),
            ]);
        }
        self.lines(f, &table)
    }

    fn lines(&self, f: &mut fmt::Formatter<'_>, table: &Table) -> fmt::Result {
        for line in table.lines(self.width.saturating_sub(2)) {
            writeln!(f, "  {line}")?;
        }
        Ok(())
    }
}

fn number(number: u32, of: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {of}{s}")
}

/// What is to be done where.
fn place(change: &Change) -> String {
    match &change.place {
        Place::Package { name, version, at } => {
            let verb = if change.fixed_in.is_empty() {
                "replace"
            } else {
                "upgrade"
            };
            let version = version.as_deref().unwrap_or_default();
            let at = at.as_deref().filter(|at| !at.starts_with("pkg:"));
            let at = at.map_or_else(String::new, |at| format!(" in {at}"));
            format!("{verb} {}{at}", format!("{name} {version}").trim_end())
        }
        Place::File { path, .. } => format!("mend {path}"),
        Place::Resource { id } => format!("mend {id}"),
        Place::Endpoint { url } => format!("mend {url}"),
        Place::Rule { tool, rule } => format!("mend what {rule} of {tool} found"),
    }
}

fn levels(change: &Change) -> String {
    let levels = Level::ALL.into_iter();
    let levels = levels.filter_map(|level| Some(format!("{} {level}", change.levels.get(&level)?)));
    levels.collect::<Vec<_>>().join(", ")
}

/// How: the versions that the tools name, or what they say instead.
fn advice(change: &Change) -> String {
    let rules = names(change.rules.iter().map(|rule| &**rule));
    let mut parts = vec![rules];
    let mut versions: Vec<&str> = change.fixed_in.values().flatten().map(|v| &**v).collect();
    versions.sort_unstable();
    versions.dedup();
    if !versions.is_empty() {
        parts.push(format!("fixed in {}", names(versions.into_iter())));
    }
    if !change.no_fix.is_empty() {
        let rules = names(change.no_fix.keys().map(|rule| &**rule));
        parts.push(format!("no version with a fix is named for {rules}"));
    }
    parts.extend(change.advice.iter().next().map(ToString::to_string));
    parts.join("; ")
}

fn names<'a>(all: impl Iterator<Item = &'a str>) -> String {
    let all: Vec<&str> = all.collect();
    let more = all.len().saturating_sub(NAMES);
    let shown: Vec<&str> = all.into_iter().take(NAMES).collect();
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    format!("{}{more}", shown.join(", "))
}

fn left(room: &Room) -> String {
    let (Some(used), Some(left)) = (room.used, room.left) else {
        return "not measured".to_owned();
    };
    let (over, rest) = (left < 0, left.unsigned_abs());
    match (room.direction, room.counts_findings) {
        (Direction::AtLeast, _) => format!("passes up to {used}"),
        (Direction::AtMost, Some(false)) => format!("passes from {used} on"),
        (Direction::AtMost, _) if over => format!("{used} used, {rest} over"),
        (Direction::AtMost, _) => format!("{used} used, {rest} left"),
    }
}

fn flip(f: &mut fmt::Formatter<'_>, distance: &Distance) -> fmt::Result {
    let dates = &distance.dates;
    let Some(flip) = &dates.next else {
        let known = match (dates.known, dates.each_tried) {
            (0, _) => "no known date on which this flips by itself".to_owned(),
            (known, true) => format!(
                "no known date on which this flips by itself; {} tried",
                number(known, "moment")
            ),
            (known, false) => format!(
                "no date found on which this flips by itself; not each of {} was tried",
                number(known, "moment")
            ),
        };
        return writeln!(f, "\n{BOLD}next:{BOLD:#} {known}");
    };
    writeln!(
        f,
        "\n{BOLD}next:{BOLD:#} {} becomes {} at {} if nothing else changes",
        distance.outcome, flip.outcome, flip.at
    )?;
    for cause in flip.causes.iter().take(NAMES) {
        writeln!(f, "  {}", safe(&happens(cause)))?;
    }
    let more = flip.causes.len().saturating_sub(NAMES);
    if more > 0 {
        writeln!(f, "  … and {more} more; `--format json` lists all")?;
    }
    Ok(())
}

fn happens(cause: &Cause) -> String {
    match cause {
        Cause::WaiverExpires { waiver } => format!("waiver `{waiver}` expires"),
        Cause::PolicyTakesEffect { policy } => format!("policy `{policy}` takes effect"),
        Cause::FeedTooOld { feed } => format!("the feed of {feed} is too old"),
        Cause::ReportTooOld { report } => format!("report `{report}` is too old"),
        Cause::DaysAreOver {
            policy,
            threshold,
            finding,
        } => format!("the days of `{threshold}` of policy `{policy}` are over for {finding}"),
    }
}
