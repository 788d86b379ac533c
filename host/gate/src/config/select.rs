//! Variants: other tables for some subjects or applications, chosen by what is judged, never by who asks.

use std::collections::{BTreeMap, BTreeSet};

use gate_core::gate::is_name;
use gate_core::request::Subject;
use gate_core::waiver::Pattern;

use crate::config::file::{SelectTable, VariantTable};
use crate::config::{Invalid, invalid};

/// Which subjects or applications a variant is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Selector {
    /// What the subject's name has to be like.
    pub(crate) subject: Option<Pattern>,
    /// What the scope has to be like.
    pub(crate) scope: Option<Pattern>,
    /// The variant.
    pub(crate) variant: String,
}

/// The selectors of a profile, in its order, each with a variant that there is.
pub(super) fn selectors(
    tables: Vec<SelectTable>,
    variants: &BTreeMap<String, VariantTable>,
) -> Result<Vec<Selector>, Invalid> {
    if let Some(name) = variants.keys().find(|name| !is_name(name)) {
        let what =
            format!("`variants.{name}` needs a name of lower-case letters, digits and hyphens");
        return Err(invalid(what));
    }
    let mut selectors = Vec::new();
    for SelectTable {
        subject,
        scope,
        variant,
    } in tables
    {
        if subject.is_none() && scope.is_none() {
            let what = format!("a `[[select]]` of the variant `{variant}` selects nothing");
            return Err(invalid(what).help(
                "say `subject = \"registry.example/payments/*\"`, `scope = \"pay-*\"`, or both",
            ));
        }
        if !variants.contains_key(&variant) {
            let known: Vec<_> = variants.keys().map(String::as_str).collect();
            let what = format!("a `[[select]]` names the variant `{variant}`, which there is not");
            return Err(invalid(what).help(format!(
                "add `[variants.{variant}.…]`, or use one of: {}",
                known.join(", ")
            )));
        }
        selectors.push(Selector {
            subject,
            scope,
            variant,
        });
    }
    let named: BTreeSet<&String> = selectors.iter().map(|selector| &selector.variant).collect();
    if let Some(unused) = variants.keys().find(|name| !named.contains(name)) {
        let what =
            format!("`variants.{unused}` is named by no `[[select]]`, so it would never hold");
        return Err(invalid(what).help("add a `[[select]]` for it, or take it out"));
    }
    Ok(selectors)
}

/// The variant for a scope and a subject: that of the first selector that is like both.
///
/// # Errors
/// When it would depend on a subject that nobody named.
pub(super) fn variant<'a>(
    selectors: &'a [Selector],
    scope: &str,
    subject: Option<&Subject>,
) -> Result<Option<&'a str>, Invalid> {
    for selector in selectors {
        if selector
            .scope
            .as_ref()
            .is_some_and(|like| !like.matches(scope))
        {
            continue;
        }
        let chosen = match (&selector.subject, subject) {
            (None, _) => true,
            (Some(like), Some(subject)) => like.matches(&subject.name),
            (Some(like), None) => {
                let what = format!(
                    "what is asked depends on the subject (the variant `{}` is for `{like}`), and none was named",
                    selector.variant
                );
                return Err(invalid(what).help("name it with `--subject NAME@sha256:…`"));
            }
        };
        if chosen {
            return Ok(Some(selector.variant.as_str()));
        }
    }
    Ok(None)
}
