//! Findings as the columns of the contract.

use std::borrow::Borrow;
use std::collections::BTreeSet;
use std::fmt::{Display, Write as _};

use gate_core::finding::{self as core, Cvss, Finding, Location, Software, Text, Vulnerability};
use gate_core::policy::{Description, PolicyFailure};
use gate_core::severity::Origin;

use crate::bindings::exports::gate::policy::guest as wit;
use crate::convert::{bounded, level, same_cases};

/// Which columns a policy reads.
#[derive(Debug, Clone, Default)]
pub struct Reads {
    columns: BTreeSet<&'static str>,
    attributes: BTreeSet<String>,
}

impl Reads {
    /// From the names in a policy's description: columns such as `title` or `severity.level`, `severity` for all that
    /// begin with it, or `attributes.NAME` for one attribute.
    ///
    /// # Errors
    /// For a name that is none of them: a misspelt column would never arrive.
    pub fn new(names: &[String]) -> Result<Self, PolicyFailure> {
        let mut reads = Self::default();
        for name in names {
            match name.strip_prefix("attributes.") {
                Some(attribute) if !attribute.is_empty() => {
                    reads.attributes.insert(attribute.to_owned());
                    continue;
                }
                _ => {}
            }
            let mut named = Description::columns_of(name).peekable();
            if named.peek().is_none() {
                let name = bounded(name, 64);
                let why = format!("reads `{name}`, which is no field of a finding");
                return Err(PolicyFailure::Description(why));
            }
            reads.columns.extend(named);
        }
        Ok(reads)
    }

    /// All columns, for tests.
    #[must_use]
    pub fn everything() -> Self {
        Self {
            columns: Description::COLUMNS.into_iter().collect(),
            attributes: BTreeSet::new(),
        }
    }
}

same_cases!(class: core::Class => wit::Class,
    Vulnerability Secret CodeWeakness Misconfiguration License WebAlert RuntimeEvent Compliance Lint);
same_cases!(status: core::Status => wit::Status, Fail Open Pass NotApplicable Informational);
same_cases!(origin: Origin => wit::Origin, Tool Vendor Cvss Default);
same_cases!(fix_state: core::FixState => wit::FixState, Unknown Fixed None WontFix Deferred EndOfLife);
same_cases!(suppression_kind: core::SuppressionKind => wit::SuppressionKind,
    InSource External Vex Baseline);
same_cases!(suppression_state: core::SuppressionState => wit::SuppressionState,
    Accepted UnderReview Rejected);

/// The columns of some findings that a policy reads.
#[must_use]
pub fn batch<F: Borrow<Finding>>(findings: &[F], reads: &Reads) -> wit::Batch {
    // A column that is not read has no rows.
    let rows = |column: &str| {
        let read = reads.columns.contains(column);
        if read { findings } else { &[] }.iter().map(F::borrow)
    };
    // Whether there is a vulnerability is told with whatever is read of it.
    let known = Description::columns_of("vulnerability").find(|c| reads.columns.contains(c));
    let present = rows(known.unwrap_or_default());
    wit::Batch {
        rows: count(findings.len()),
        id: written(rows("id").map(|f| Some(f.id))),
        class: rows("class").map(|f| class(f.class)).collect(),
        status: rows("status").map(|f| status(f.status)).collect(),
        severity: wit::Severities {
            level: rows("severity.level")
                .map(|f| level(f.severity.level))
                .collect(),
            origin: rows("severity.origin")
                .map(|f| origin(f.severity.origin))
                .collect(),
            original: texts(rows("severity.original").map(|f| or_empty(&f.severity.original))),
            source: texts(rows("severity.source").map(|f| or_empty(&f.severity.source))),
            score: texts(rows("severity.score").map(|f| or_empty(&f.severity.score))),
        },
        tool: texts(rows("tool").map(|f| &*f.tool)),
        rule: wit::Rules {
            id: texts(rows("rule.id").map(|f| &*f.rule.id)),
            name: texts(rows("rule.name").map(|f| or_empty(&f.rule.name))),
            url: texts(rows("rule.url").map(|f| or_empty(&f.rule.url))),
            tags: text_lists(rows("rule.tags").map(|f| &*f.rule.tags)),
        },
        title: texts(rows("title").map(|f| &*f.title)),
        description: texts(rows("description").map(|f| &*f.description)),
        remediation: texts(rows("remediation").map(|f| or_empty(&f.remediation))),
        references: text_lists(rows("references").map(|f| &*f.references)),
        confidence: rows("confidence").map(|f| f.confidence).collect(),
        vulnerability: vulnerabilities(
            present.map(|f| f.vulnerability.is_some()).collect(),
            |column| rows(column).map(|f| f.vulnerability.as_deref()),
        ),
        locations: locations(&rows("locations").map(|f| &*f.locations)),
        endpoint: endpoints(&rows("endpoint").map(|f| f.endpoint.as_deref())),
        resource: resources(&rows("resource").map(|f| f.resource.as_deref())),
        suppression: suppressions(rows("suppression").map(|f| f.suppression.as_ref())),
        keys: text_lists(rows("keys").map(|f| &*f.keys)),
        first_seen: written(rows("first-seen").map(|f| f.first_seen)),
        count: rows("count").map(|f| f.count).collect(),
        attributes: attributes(findings, reads),
    }
}

fn vulnerabilities<'a, R>(present: Vec<bool>, known: impl Fn(&str) -> R) -> wit::Vulnerabilities
where
    R: Iterator<Item = Option<&'a Vulnerability>> + Clone,
{
    let lists = |column: &str, of: fn(&Vulnerability) -> &[Text]| {
        text_lists(known(column).map(|v| v.map_or(&[][..], of)))
    };
    let state = |v: Option<&Vulnerability>| v.map_or(core::FixState::Unknown, |v| v.fix_state);
    wit::Vulnerabilities {
        present,
        ids: lists("vulnerability.ids", |v| &v.ids),
        cwes: number_lists(known("vulnerability.cwes").map(|v| v.map_or(&[][..], |v| &v.cwes))),
        software: softwares(&known("vulnerability.software").map(|v| v.map(|v| &v.software))),
        fixed_in: lists("vulnerability.fixed-in", |v| &v.fixed_in),
        fix_state: known("vulnerability.fix-state")
            .map(|v| fix_state(state(v)))
            .collect(),
        epss: texts(known("vulnerability.epss").map(|v| v.map_or("", |v| or_empty(&v.epss)))),
        known_exploited: known("vulnerability.known-exploited")
            .map(|v| v?.known_exploited)
            .collect(),
        cvss: cvss(&known("vulnerability.cvss").map(|v| v.map_or(&[][..], |v| &v.cvss))),
    }
}

fn softwares<'a>(rows: &(impl Iterator<Item = Option<&'a Software>> + Clone)) -> wit::Softwares {
    let column = |of: fn(&Software) -> &str| texts(rows.clone().map(|s| s.map_or("", of)));
    wit::Softwares {
        ecosystem: column(|s| or_empty(&s.ecosystem)),
        name: column(|s| &s.name),
        version: column(|s| or_empty(&s.version)),
        purl: column(|s| or_empty(&s.purl)),
        path: column(|s| or_empty(&s.path)),
    }
}

fn cvss<'a>(lists: &(impl Iterator<Item = &'a [Cvss]> + Clone)) -> wit::CvssLists {
    let column = |of: fn(&Cvss) -> &str| texts(lists.clone().flatten().map(of));
    wit::CvssLists {
        version: column(|c| &c.version),
        vector: column(|c| or_empty(&c.vector)),
        score: column(|c| or_empty(&c.score)),
        source: column(|c| or_empty(&c.source)),
        ends: ends(lists.clone().map(<[_]>::len)),
    }
}

fn locations<'a>(lists: &(impl Iterator<Item = &'a [Location]> + Clone)) -> wit::LocationLists {
    let all = || lists.clone().flatten();
    let numbers = |of: fn(&Location) -> Option<u32>| all().map(|l| of(l).unwrap_or(0)).collect();
    wit::LocationLists {
        path: texts(all().map(|l| or_empty(&l.path))),
        start_line: numbers(|l| l.start_line),
        end_line: numbers(|l| l.end_line),
        start_column: numbers(|l| l.start_column),
        end_column: numbers(|l| l.end_column),
        logical: texts(all().map(|l| or_empty(&l.logical))),
        ends: ends(lists.clone().map(<[_]>::len)),
    }
}

fn endpoints<'a>(
    rows: &(impl Iterator<Item = Option<&'a core::Endpoint>> + Clone),
) -> wit::Endpoints {
    let column = |of: fn(&core::Endpoint) -> &str| texts(rows.clone().map(|e| e.map_or("", of)));
    wit::Endpoints {
        present: rows.clone().map(|e| e.is_some()).collect(),
        method: column(|e| or_empty(&e.method)),
        url: column(|e| &e.url),
        parameter: column(|e| or_empty(&e.parameter)),
    }
}

fn resources<'a>(
    rows: &(impl Iterator<Item = Option<&'a core::Resource>> + Clone),
) -> wit::Resources {
    let column = |of: fn(&core::Resource) -> &str| texts(rows.clone().map(|r| r.map_or("", of)));
    wit::Resources {
        present: rows.clone().map(|r| r.is_some()).collect(),
        kind: column(|r| &r.kind),
        id: column(|r| &r.id),
        region: column(|r| or_empty(&r.region)),
        account: column(|r| or_empty(&r.account)),
        image_digest: column(|r| or_empty(&r.image_digest)),
    }
}

fn suppressions<'a>(
    rows: impl Iterator<Item = Option<&'a core::Suppression>> + Clone,
) -> wit::Suppressions {
    let kind =
        |s: Option<&core::Suppression>| s.map_or(core::SuppressionKind::InSource, |s| s.kind);
    let state =
        |s: Option<&core::Suppression>| s.map_or(core::SuppressionState::Rejected, |s| s.state);
    wit::Suppressions {
        present: rows.clone().map(|s| s.is_some()).collect(),
        kind: rows.clone().map(|s| suppression_kind(kind(s))).collect(),
        state: rows.clone().map(|s| suppression_state(state(s))).collect(),
        justification: texts(rows.map(|s| s.map_or("", |s| or_empty(&s.justification)))),
    }
}

/// The attributes that a policy names, in the order of their names; or all that any of the findings has.
fn attributes<F: Borrow<Finding>>(findings: &[F], reads: &Reads) -> Vec<wit::Attribute> {
    let mut names: BTreeSet<&str> = reads.attributes.iter().map(String::as_str).collect();
    if reads.columns.contains("attributes") {
        names.extend(
            findings
                .iter()
                .flat_map(|f| f.borrow().attributes.iter())
                .map(|(name, _)| name.as_str()),
        );
    }
    let column = |name: &str| wit::Attribute {
        name: name.to_owned(),
        values: texts(findings.iter().map(|f| f.borrow().attribute(name))),
    };
    names.into_iter().map(column).collect()
}

fn or_empty(text: &Option<Text>) -> &str {
    text.as_deref().unwrap_or_default()
}

/// A batch that is too long to count has no answer: its texts do not fit a policy's memory.
fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn texts<'a>(rows: impl Iterator<Item = &'a str>) -> wit::Texts {
    let mut all = String::new();
    let end = |text| {
        all.push_str(text);
        count(all.len())
    };
    let ends = rows.map(end).collect();
    wit::Texts { all, ends }
}

/// A column of values as they are written.
fn written(rows: impl Iterator<Item = Option<impl Display>>) -> wit::Texts {
    let mut all = String::new();
    let end = |value: Option<_>| {
        if let Some(value) = value {
            // A `String` takes everything.
            let _ = write!(all, "{value}");
        }
        count(all.len())
    };
    let ends = rows.map(end).collect();
    wit::Texts { all, ends }
}

fn ends(lengths: impl Iterator<Item = usize>) -> Vec<u32> {
    let mut end = 0;
    lengths
        .map(|length| {
            end += length;
            count(end)
        })
        .collect()
}

fn text_lists<'a>(rows: impl Iterator<Item = &'a [Text]> + Clone) -> wit::TextLists {
    wit::TextLists {
        items: texts(rows.clone().flatten().map(|text| &**text)),
        ends: ends(rows.map(<[_]>::len)),
    }
}

fn number_lists<'a>(rows: impl Iterator<Item = &'a [u32]> + Clone) -> wit::NumberLists {
    wit::NumberLists {
        items: rows.clone().flatten().copied().collect(),
        ends: ends(rows.map(<[_]>::len)),
    }
}
