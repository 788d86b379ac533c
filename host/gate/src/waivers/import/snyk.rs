//! Snyk's `.snyk`
//! (<https://docs.snyk.io/manage-risk/policies/the-.snyk-file>).

use crate::waivers::import::{Entry, others, text_of};
use crate::waivers::yaml::Node;

/// For each vulnerability a list of paths through the dependencies, each with reason, begin and end.
pub(super) fn tree(root: &Node) -> Result<Vec<Entry>, String> {
    let mut entries = Vec::new();
    for (section, line, node) in root.map() {
        match section.as_str() {
            "version" => {}
            "ignore" => entries.extend(ignored(node)?),
            // An empty `patch: {}` stands in every file.
            _ if node.map().is_empty() && node.list().is_empty() => {}
            other => entries.push(Entry {
                line: *line,
                name: other.to_owned(),
                beyond: vec![format!("what stands in `{other}`")],
                ..Entry::default()
            }),
        }
    }
    Ok(entries)
}

fn ignored(node: &Node) -> Result<Vec<Entry>, String> {
    let mut entries = Vec::new();
    for (name, line, paths) in node.map() {
        if paths.list().is_empty() {
            return Err(format!("line {line}: `{name}` has no list of paths"));
        }
        for path in paths.list() {
            for (through, line, terms) in path.map() {
                let mut beyond = others(
                    terms,
                    &[
                        "reason",
                        "expires",
                        "created",
                        "ignoredBy",
                        "reasonType",
                        "source",
                    ],
                );
                if through != "*" {
                    beyond.push(format!("the path through the dependencies `{through}`"));
                }
                entries.push(Entry {
                    line: *line,
                    name: name.clone(),
                    reason: text_of(terms, "reason").filter(|reason| reason != "None given"),
                    created: text_of(terms, "created"),
                    expires: text_of(terms, "expires"),
                    beyond,
                    ..Entry::default()
                });
            }
        }
    }
    Ok(entries)
}
