//! Grype's `.grype.yaml`, its list `ignore`
//! (<https://oss.anchore.com/docs/guides/vulnerability/filter-results/>).

use crate::waivers::import::{Entry, others, text_of};
use crate::waivers::yaml::Node;

/// Types of packages whose package URL is the type, the name and the version alone.
const TYPES: [(&str, &str); 5] = [
    ("gem", "gem"),
    ("go-module", "golang"),
    ("npm", "npm"),
    ("python", "pypi"),
    ("rust-crate", "cargo"),
];

/// A list of rules: all that one says has to be true of a match.
pub(super) fn tree(root: &Node) -> Result<Vec<Entry>, String> {
    let list = root.get("ignore").map(Node::list).unwrap_or_default();
    if list.is_empty() {
        return Err("it has no list `ignore`".to_owned());
    }
    Ok(list.iter().map(rule).collect())
}

fn rule(node: &Node) -> Entry {
    let mut beyond = others(node, &["vulnerability", "reason", "package"]);
    let name = text_of(node, "vulnerability");
    if name.is_none() {
        beyond.push("a rule without a `vulnerability`".to_owned());
    }
    let mut entry = Entry {
        line: node.line,
        name: name.unwrap_or_else(|| "a rule".to_owned()),
        reason: text_of(node, "reason"),
        ..Entry::default()
    };
    if let Some(package) = node.get("package") {
        let said = |key: &str| text_of(package, key);
        beyond.extend(others(package, &["name", "version", "type", "location"]));
        entry.paths = said("location")
            .map(|path| path.trim_start_matches('/').to_owned())
            .into_iter()
            .collect();
        let kind = said("type");
        let known = kind
            .as_deref()
            .and_then(|kind| TYPES.iter().find(|(name, _)| *name == kind));
        match (said("name"), known) {
            (Some(name), Some((_, kind))) => {
                let version = said("version").map_or_else(String::new, |v| format!("@{v}"));
                entry.purls = vec![format!("pkg:{kind}/{name}{version}")];
            }
            (None, _) if said("version").is_none() && kind.is_none() => {}
            _ => beyond.push(format!(
                "a package by name without a `type` of {}",
                TYPES.map(|(name, _)| name).join(", ")
            )),
        }
    }
    entry.beyond = beyond;
    entry
}
