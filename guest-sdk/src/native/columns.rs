//! Findings of unit tests as the columns of the contract.

use super::Finding;
use crate::bindings::exports::gate::policy::guest as wit;
use crate::{Description, Origin, SuppressionKind, SuppressionState};

/// The columns that a description names, as the gate fills them.
pub(super) fn batch(findings: &[Finding], description: &Description) -> wit::Batch {
    let reads = |column: &str| {
        let mut names = description.reads.iter();
        names.any(|name| {
            let rest = column.strip_prefix(name);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    };
    let begins = |record: &str| {
        let mut names = description.reads.iter();
        names.any(|name| name.split('.').next() == Some(record))
    };
    // A column that is not read has no rows.
    let rows = |column: &str| if reads(column) { findings } else { &[] }.iter();
    let none = |column: &str| texts(rows(column).map(|_| ""));
    let packages = |column: &str| rows(column).map(|f| f.package.as_ref());
    let software = || packages("vulnerability.software");
    let lines = || rows("locations").map(|_| 0).collect();
    let absence = |record: &str| rows(record).map(|_| false).collect();
    wit::Batch {
        rows: count(findings.len()),
        id: texts(rows("id").map(|f| &*f.id)),
        class: rows("class").map(|f| f.class).collect(),
        status: rows("status").map(|f| f.status).collect(),
        severity: wit::Severities {
            level: rows("severity.level").map(|f| f.level).collect(),
            origin: rows("severity.origin").map(|_| Origin::Tool).collect(),
            original: none("severity.original"),
            source: none("severity.source"),
            score: none("severity.score"),
        },
        tool: texts(rows("tool").map(|f| &*f.tool)),
        rule: wit::Rules {
            id: texts(rows("rule.id").map(|f| &*f.rule)),
            name: none("rule.name"),
            url: none("rule.url"),
            tags: lists(rows("rule.tags").map(|f| &*f.tags)),
        },
        title: texts(rows("title").map(|f| &*f.title)),
        description: none("description"),
        remediation: none("remediation"),
        references: lists(rows("references").map(|_| &[][..])),
        confidence: rows("confidence").map(|_| None).collect(),
        vulnerability: wit::Vulnerabilities {
            present: if begins("vulnerability") {
                findings.iter().map(|f| f.package.is_some()).collect()
            } else {
                Vec::new()
            },
            ids: lists(packages("vulnerability.ids").map(|p| p.map_or(&[][..], |p| &p.ids))),
            cwes: wit::NumberLists {
                items: Vec::new(),
                ends: rows("vulnerability.cwes").map(|_| 0).collect(),
            },
            software: wit::Softwares {
                ecosystem: none("vulnerability.software"),
                name: texts(software().map(|p| p.map_or("", |p| &p.name))),
                version: texts(software().map(|p| p.map_or("", |p| &p.version))),
                purl: none("vulnerability.software"),
                path: none("vulnerability.software"),
            },
            fixed_in: lists(
                packages("vulnerability.fixed-in").map(|p| p.map_or(&[][..], |p| &p.fixed_in)),
            ),
            fix_state: packages("vulnerability.fix-state")
                .map(|p| p.map_or(crate::FixState::Unknown, |p| p.fix_state))
                .collect(),
            epss: none("vulnerability.epss"),
            known_exploited: rows("vulnerability.known-exploited")
                .map(|_| None)
                .collect(),
            cvss: wit::CvssLists {
                version: texts([]),
                vector: texts([]),
                score: texts([]),
                source: texts([]),
                ends: rows("vulnerability.cvss").map(|_| 0).collect(),
            },
        },
        locations: wit::LocationLists {
            path: texts(rows("locations").map(|f| &*f.path)),
            start_line: lines(),
            end_line: lines(),
            start_column: lines(),
            end_column: lines(),
            logical: none("locations"),
            ends: (1..=count(rows("locations").len())).collect(),
        },
        endpoint: wit::Endpoints {
            present: absence("endpoint"),
            method: none("endpoint"),
            url: none("endpoint"),
            parameter: none("endpoint"),
        },
        resource: wit::Resources {
            present: absence("resource"),
            kind: none("resource"),
            id: none("resource"),
            region: none("resource"),
            account: none("resource"),
            image_digest: none("resource"),
        },
        suppression: wit::Suppressions {
            present: rows("suppression").map(|f| f.suppressed).collect(),
            kind: rows("suppression")
                .map(|_| SuppressionKind::InSource)
                .collect(),
            state: rows("suppression")
                .map(|_| SuppressionState::Accepted)
                .collect(),
            justification: none("suppression"),
        },
        keys: lists(rows("keys").map(|_| &[][..])),
        first_seen: none("first-seen"),
        count: rows("count").map(|_| 1).collect(),
        attributes: attributes(findings, description),
    }
}

/// The attributes that a description names; with `attributes`, all that there are.
fn attributes(findings: &[Finding], description: &Description) -> Vec<wit::Attribute> {
    let named = description.reads.iter();
    let mut names: Vec<&str> = named
        .filter_map(|name| name.strip_prefix("attributes."))
        .collect();
    if description.reads.contains(&"attributes") {
        let all = findings.iter().flat_map(|f| &f.attributes);
        names.extend(all.map(|(name, _)| name.as_str()));
    }
    names.sort_unstable();
    names.dedup();
    let value = |finding: &Finding, name: &str| {
        let mut own = finding.attributes.iter();
        let found = own.find(|(own, _)| own == name);
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    };
    let column = |name: &str| {
        let values: Vec<String> = findings.iter().map(|f| value(f, name)).collect();
        wit::Attribute {
            name: name.to_owned(),
            values: texts(values.iter().map(String::as_str)),
        }
    };
    names.into_iter().map(column).collect()
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn texts<'a>(rows: impl IntoIterator<Item = &'a str>) -> wit::Texts {
    let mut all = String::new();
    let end = |text| {
        all.push_str(text);
        count(all.len())
    };
    let ends = rows.into_iter().map(end).collect();
    wit::Texts { all, ends }
}

fn lists<'a>(rows: impl Iterator<Item = &'a [String]> + Clone) -> wit::TextLists {
    let mut end = 0;
    wit::TextLists {
        items: texts(rows.clone().flatten().map(String::as_str)),
        ends: rows
            .map(|row| {
                end += row.len();
                count(end)
            })
            .collect(),
    }
}
