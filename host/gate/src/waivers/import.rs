//! Ignore files of scanners as waivers. What a file does not say is given by flags or by the findings of a record, or
//! its entry is refused with what is missing.

mod grype;
mod openvex;
mod snyk;
mod trivy;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use gate_core::finding::Finding;
use gate_core::time::Moment;
use gate_core::waiver::{Pattern, Scope, Waiver};

use crate::cli::{ImportWaivers, Source};
use crate::waivers::yaml;

/// What an ignore file says of one thing to ignore.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Line, or for JSON the number of the statement.
    pub(crate) line: usize,
    /// What it calls what it ignores.
    pub(crate) name: String,
    pub(crate) about: About,
    pub(crate) purls: Vec<String>,
    pub(crate) paths: Vec<String>,
    pub(crate) reason: Option<String>,
    pub(crate) created: Option<String>,
    pub(crate) expires: Option<String>,
    /// What it says that no waiver can say.
    pub(crate) beyond: Vec<String>,
}

/// What an entry's name is the name of.
#[derive(Debug, Default, PartialEq, Eq, Clone, Copy)]
pub(crate) enum About {
    #[default]
    Vulnerability,
    Rule,
}

/// What was given on the command line.
#[derive(Debug)]
pub(crate) struct Given {
    owner: Option<String>,
    approved_by: Vec<String>,
    ticket: Option<String>,
    expires: Option<Moment>,
    reason: Option<String>,
    purl: Option<String>,
    path: Option<String>,
    now: Moment,
}

impl Given {
    pub(crate) fn parse(args: &ImportWaivers, now: Moment) -> Result<Self, String> {
        let moment = |text: &String| {
            text.parse::<Moment>()
                .map_err(|error| format!("`--expires {text}`: {error}"))
        };
        Ok(Self {
            owner: args.owner.clone(),
            approved_by: args.approved_by.clone(),
            ticket: args.ticket.clone(),
            expires: args.expires.as_ref().map(moment).transpose()?,
            reason: args.reason.clone(),
            purl: args.purl.clone(),
            path: args.path.clone(),
            now,
        })
    }
}

/// What came of an import.
#[derive(Debug, Default)]
pub(crate) struct Imported {
    /// The `[[waiver]]` entries.
    pub(crate) text: String,
    /// What could not be imported: its line, and why.
    pub(crate) refused: Vec<(usize, String)>,
}

/// Reads an ignore file.
///
/// # Errors
/// When it is not of the form that it should be of, or nobody knows which that is.
pub(crate) fn entries(from: Option<Source>, path: &Path, text: &str) -> Result<Vec<Entry>, String> {
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    let by_name = match name {
        ".trivyignore" => Some(Source::Trivyignore),
        ".trivyignore.yaml" | ".trivyignore.yml" => Some(Source::TrivyignoreYaml),
        ".snyk" => Some(Source::Snyk),
        ".grype.yaml" | ".grype.yml" => Some(Source::Grype),
        _ => None,
    };
    let from = from
        .or(by_name)
        .ok_or("its name does not say what wrote it")?;
    Ok(match from {
        Source::Trivyignore => trivy::lines(text),
        Source::TrivyignoreYaml => trivy::tree(&yaml::read(text)?)?,
        Source::Snyk => snyk::tree(&yaml::read(text)?)?,
        Source::Grype => grype::tree(&yaml::read(text)?)?,
        Source::Openvex => openvex::statements(text)?,
    })
}

/// Makes waivers of entries. A record's findings say which packages and paths are meant, where nobody else does.
pub(crate) fn waivers(entries: &[Entry], given: &Given, findings: &[&Finding]) -> Imported {
    let mut imported = Imported::default();
    let mut ids = BTreeMap::new();
    for entry in entries {
        match waivers_of(entry, given, findings) {
            Err(why) => {
                let message = format!("`{}` can't be imported: {why}", entry.name);
                imported.refused.push((entry.line, message));
            }
            Ok(waivers) => {
                for mut waiver in waivers {
                    let number: &mut u32 = ids.entry(waiver.id.clone()).or_default();
                    *number += 1;
                    if *number > 1 {
                        let _ = write!(waiver.id, "-{number}");
                    }
                    imported.text.push_str(&written(&waiver));
                }
            }
        }
    }
    imported
}

fn waivers_of(entry: &Entry, given: &Given, findings: &[&Finding]) -> Result<Vec<Waiver>, String> {
    let mut lacks = Vec::new();
    if !entry.beyond.is_empty() {
        return Err(format!("a waiver can't say {}", entry.beyond.join(", ")));
    }
    let or_flag = |own: Option<&String>, flag: Option<&String>| own.or(flag).cloned();
    let mut text = |value: Option<String>, what: &'static str| {
        value.unwrap_or_else(|| {
            lacks.push(what);
            String::new()
        })
    };
    let owner = text(given.owner.clone(), "an owner (--owner)");
    let reason = text(
        or_flag(entry.reason.as_ref(), given.reason.as_ref()),
        "a reason (--reason)",
    );
    let ticket = text(given.ticket.clone(), "a ticket (--ticket)");
    if given.approved_by.is_empty() {
        lacks.push("somebody who approved (--approved-by)");
    }
    let expires = match &entry.expires {
        Some(text) => Some(
            moment(text).ok_or_else(|| format!("`{text}` is no moment at which it could end"))?,
        ),
        None => given.expires,
    };
    if expires.is_none() {
        lacks.push("an end (--expires)");
    }
    let created = match &entry.created {
        Some(text) => {
            moment(text).ok_or_else(|| format!("`{text}` is no moment at which it could begin"))?
        }
        None => given.now,
    };
    let scopes = scopes(entry, given, findings)?;
    if scopes.is_empty() {
        lacks.push(match entry.about {
            About::Vulnerability => "the package (--purl, or --record with findings of it)",
            About::Rule => "a path (--path, or --record with findings of it)",
        });
    }
    let Some(expires) = expires.filter(|_| lacks.is_empty()) else {
        return Err(format!("it lacks {}", lacks.join(", ")));
    };
    let waivers = scopes.into_iter().map(|scope| {
        let waiver = Waiver {
            id: format!("import-{}", entry.name),
            owner: owner.clone(),
            approved_by: given.approved_by.clone(),
            reason: reason.clone(),
            ticket: ticket.clone(),
            created,
            expires,
            compensating_control: None,
            scope,
        };
        match waiver.check(given.now) {
            Ok(()) if expires <= given.now => Err(format!("it has ended at {expires}")),
            Ok(()) => Ok(waiver),
            Err(error) => Err(error.to_string()),
        }
    });
    waivers.collect()
}

/// What the entry is about, in as many scopes as it needs: what it says, else what was given, else what was found.
fn scopes(entry: &Entry, given: &Given, findings: &[&Finding]) -> Result<BTreeSet<Scope>, String> {
    if entry.about == About::Rule && !entry.purls.is_empty() {
        return Err("a waiver of a rule is bounded by its `path`, not by a `purl`".to_owned());
    }
    let or_flag = |own: &Vec<String>, flag: &Option<String>| -> Vec<String> {
        if own.is_empty() {
            flag.iter().cloned().collect()
        } else {
            own.clone()
        }
    };
    let purls = or_flag(&entry.purls, &given.purl);
    let paths = or_flag(&entry.paths, &given.path)
        .iter()
        .map(|path| {
            path.parse::<Pattern>()
                .map_err(|error| format!("its path `{path}` is {error}"))
        })
        .collect::<Result<Vec<Pattern>, String>>()?;
    let mut scopes = BTreeSet::new();
    let base = match entry.about {
        About::Vulnerability => Scope {
            vulnerability: Some(entry.name.clone()),
            ..Scope::default()
        },
        About::Rule => Scope {
            rule: Some(entry.name.clone()),
            ..Scope::default()
        },
    };
    let with_paths = |scope: &Scope| -> Vec<Scope> {
        let with = |path: &Pattern| Scope {
            path: Some(path.clone()),
            ..scope.clone()
        };
        if paths.is_empty() {
            vec![scope.clone()]
        } else {
            paths.iter().map(with).collect()
        }
    };
    match entry.about {
        About::Rule if !paths.is_empty() => scopes.extend(with_paths(&base)),
        About::Rule => {
            let meant = findings.iter().filter(|f| *f.rule.id == *entry.name);
            let paths = meant.filter_map(|f| f.locations.first()?.path.as_deref()?.parse().ok());
            scopes.extend(paths.map(|path| Scope {
                path: Some(path),
                ..base.clone()
            }));
        }
        About::Vulnerability => {
            let found = findings.iter().filter_map(|finding| {
                let vulnerability = finding.vulnerability.as_deref()?;
                let named = vulnerability.ids.iter().any(|id| **id == *entry.name);
                let purl = vulnerability.software.purl.as_deref()?;
                named.then(|| purl.split(['?', '#']).next().unwrap_or(purl).to_owned())
            });
            let purls: BTreeSet<String> = if purls.is_empty() {
                found.collect()
            } else {
                purls.into_iter().collect()
            };
            for purl in purls {
                let scope = Scope {
                    purl: Some(purl),
                    ..base.clone()
                };
                scopes.extend(with_paths(&scope));
            }
        }
    }
    Ok(scopes)
}

/// A moment, or a day, which is its beginning in UTC, as the tools that write days take it.
fn moment(text: &str) -> Option<Moment> {
    text.parse::<Moment>()
        .or_else(|_| format!("{text}T00:00:00Z").parse())
        .ok()
}

/// A waiver as it stands in a file.
fn written(waiver: &Waiver) -> String {
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let approvers: Vec<_> = waiver.approved_by.iter().map(|name| quoted(name)).collect();
    let Scope {
        vulnerability,
        purl,
        rule,
        path,
        ..
    } = &waiver.scope;
    let mut text = format!(
        "[[waiver]]\nid = {}\nowner = {}\napproved-by = [{}]\nreason = {}\nticket = {}\ncreated = {}\nexpires = {}\n\n[waiver.match]\n",
        quoted(&waiver.id),
        quoted(&waiver.owner),
        approvers.join(", "),
        quoted(&waiver.reason),
        quoted(&waiver.ticket),
        waiver.created,
        waiver.expires,
    );
    for (name, value) in [
        ("vulnerability", vulnerability.as_deref()),
        ("purl", purl.as_deref()),
        ("rule", rule.as_deref()),
        ("path", path.as_ref().map(Pattern::as_str)),
    ] {
        if let Some(value) = value {
            let _ = writeln!(text, "{name} = {}", quoted(value));
        }
    }
    text.push('\n');
    text
}

/// Names of parts that nobody said anything about.
fn others(node: &yaml::Node, known: &[&str]) -> Vec<String> {
    let names = node.map().iter().map(|(name, ..)| name);
    names
        .filter(|name| !known.contains(&name.as_str()))
        .map(|name| format!("`{name}`"))
        .collect()
}

/// The text of a part of a mapping.
fn text_of(node: &yaml::Node, key: &str) -> Option<String> {
    node.get(key).and_then(yaml::Node::text).map(str::to_owned)
}

#[cfg(test)]
mod tests;
