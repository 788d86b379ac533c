//! A finding as a policy sees it: a row of the batch in which it arrived.
//!
//! Whatever is asked of a finding has to be named in [`Description::reads`](crate::Description::reads). What is not
//! named did not arrive, and asking for it is a panic: the outcome is `error`, never an empty answer.

mod parts;

use std::ops::Range;
use std::rc::Rc;

use crate::bindings::exports::gate::policy::guest::{Batch, TextLists, Texts};
use crate::{Class, Level, Status, SuppressionState};

pub use parts::{
    Cvss, Endpoint, Location, Resource, Rule, Severity, Software, Suppression, Vulnerability,
};

/// A batch, and whether all attributes arrive.
#[derive(Debug)]
pub(crate) struct Columns {
    pub(crate) batch: Batch,
    pub(crate) all_attributes: bool,
}

/// A finding, and the position by which the answer refers to it.
#[derive(Debug, Clone)]
pub struct Finding {
    columns: Rc<Columns>,
    row: usize,
    position: u32,
}

impl Finding {
    pub(crate) const fn new(columns: Rc<Columns>, row: usize, position: u32) -> Self {
        Self {
            columns,
            row,
            position,
        }
    }

    fn batch(&self) -> &Batch {
        &self.columns.batch
    }

    fn text<'a>(&self, column: &'a Texts, name: &str) -> &'a str {
        text(column, self.row, name)
    }

    fn optional<'a>(&self, column: &'a Texts, name: &str) -> Option<&'a str> {
        optional(self.text(column, name))
    }

    fn value<T: Copy>(&self, column: &[T], name: &str) -> T {
        value(column, self.row, name)
    }

    fn texts<'a>(&self, column: &'a TextLists, name: &str) -> impl Iterator<Item = &'a str> {
        let name = name.to_owned();
        range(&column.ends, self.row, &name).map(move |item| text(&column.items, item, &name))
    }

    /// The position, for the answer.
    #[must_use]
    pub const fn position(&self) -> u32 {
        self.position
    }

    /// `gf1:` and 64 hexadecimal digits: the same problem keeps it from run to run. Reads `id`.
    #[must_use]
    pub fn id(&self) -> &str {
        self.text(&self.batch().id, "id")
    }

    /// What kind of problem. Reads `class`.
    #[must_use]
    pub fn class(&self) -> Class {
        self.value(&self.batch().class, "class")
    }

    /// What the tool said of the problem. Reads `status`.
    #[must_use]
    pub fn status(&self) -> Status {
        self.value(&self.batch().status, "status")
    }

    /// Whether the problem is there and the tool does not ask to leave it out: status `fail` or `open`, and no
    /// accepted suppression. Reads `status` and `suppression`.
    #[must_use]
    pub fn is_active(&self) -> bool {
        let accepted = self
            .suppression()
            .is_some_and(|s| s.state == SuppressionState::Accepted);
        matches!(self.status(), Status::Fail | Status::Open) && !accepted
    }

    /// How bad. Reads `severity.level`.
    #[must_use]
    pub fn level(&self) -> Level {
        self.value(&self.batch().severity.level, "severity.level")
    }

    /// How bad, and how that came about.
    #[must_use]
    pub const fn severity(&self) -> Severity<'_> {
        Severity(self)
    }

    /// The tool that found it, such as `trivy`. Reads `tool`.
    #[must_use]
    pub fn tool(&self) -> &str {
        self.text(&self.batch().tool, "tool")
    }

    /// The rule or check that was violated.
    #[must_use]
    pub const fn rule(&self) -> Rule<'_> {
        Rule(self)
    }

    /// One line. Reads `title`.
    #[must_use]
    pub fn title(&self) -> &str {
        self.text(&self.batch().title, "title")
    }

    /// The tool's explanation, in full length; empty when there is none. Reads `description`.
    #[must_use]
    pub fn description(&self) -> &str {
        self.text(&self.batch().description, "description")
    }

    /// What the tool advises. Reads `remediation`.
    #[must_use]
    pub fn remediation(&self) -> Option<&str> {
        self.optional(&self.batch().remediation, "remediation")
    }

    /// Addresses of further information. Reads `references`.
    pub fn references(&self) -> impl Iterator<Item = &str> {
        self.texts(&self.batch().references, "references")
    }

    /// 0 (a guess) to 100 (certain). Reads `confidence`.
    #[must_use]
    pub fn confidence(&self) -> Option<u8> {
        self.value(&self.batch().confidence, "confidence")
    }

    /// What is particular to a known vulnerability. Reads what is asked of it.
    #[must_use]
    pub fn vulnerability(&self) -> Option<Vulnerability<'_>> {
        let present = &self.batch().vulnerability.present;
        self.value(present, "vulnerability")
            .then_some(Vulnerability(self))
    }

    /// Places, the primary one first. Reads `locations`.
    pub fn locations(&self) -> impl Iterator<Item = Location<'_>> {
        let all = &self.batch().locations;
        range(&all.ends, self.row, "locations").map(|at| Location::at(all, at))
    }

    /// The web address meant. Reads `endpoint`.
    #[must_use]
    pub fn endpoint(&self) -> Option<Endpoint<'_>> {
        Endpoint::of(&self.batch().endpoint, self.row)
    }

    /// The deployed thing meant. Reads `resource`.
    #[must_use]
    pub fn resource(&self) -> Option<Resource<'_>> {
        Resource::of(&self.batch().resource, self.row)
    }

    /// The tool's own decision not to count it. The policy decides whether to respect it. Reads `suppression`.
    #[must_use]
    pub fn suppression(&self) -> Option<Suppression<'_>> {
        Suppression::of(&self.batch().suppression, self.row)
    }

    /// Keys under which the same risk is found in other tools' reports. Reads `keys`.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.texts(&self.batch().keys, "keys")
    }

    /// When the tool first saw it, RFC 3339 in UTC. Reads `first-seen`.
    #[must_use]
    pub fn first_seen(&self) -> Option<&str> {
        self.optional(&self.batch().first_seen, "first-seen")
    }

    /// How many equal records of the reports this one stands for. Reads `count`.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.value(&self.batch().count, "count")
    }

    /// An attribute's value; none when the finding does not have it. Reads `attributes.NAME`, or `attributes`.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let columns = &self.batch().attributes;
        match columns.iter().find(|column| column.name == name) {
            Some(column) => self.optional(&column.values, name),
            None if self.columns.all_attributes => None,
            None => did_not_arrive(&format!("attributes.{name}")),
        }
    }
}

#[cold]
#[expect(
    clippy::panic,
    reason = "a policy that asks for what it does not name is wrong, and may not decide"
)]
fn did_not_arrive(name: &str) -> ! {
    panic!("the policy asks for `{name}`, which its description does not name in `reads`")
}

fn value<T: Copy>(column: &[T], row: usize, name: &str) -> T {
    match column.get(row) {
        Some(value) => *value,
        None => did_not_arrive(name),
    }
}

/// Where a row's part of a list begins and ends.
fn range(ends: &[u32], row: usize, name: &str) -> Range<usize> {
    let end = value(ends, row, name) as usize;
    let before = row.checked_sub(1).and_then(|before| ends.get(before));
    before.map_or(0, |before| *before as usize)..end
}

fn text<'a>(column: &'a Texts, row: usize, name: &str) -> &'a str {
    match column.all.get(range(&column.ends, row, name)) {
        Some(text) => text,
        None => did_not_arrive(name),
    }
}

fn optional(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

impl Level {
    /// The level's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// Whether the level is as bad as another one. An unknown level is as bad as any: nobody said that it is
    /// not.
    #[must_use]
    pub fn is_at_least(self, other: Self) -> bool {
        self == Self::Unknown || self as u8 >= other as u8
    }
}
