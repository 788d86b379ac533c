//! What kind of problem a finding is, by its types.

use gate_core::finding::{Class, Text};

/// Beginnings of types, `namespace/category/classifier`, and what they are.
const TYPES: &[(&str, Class)] = &[
    (
        "Software and Configuration Checks/Vulnerabilities",
        Class::Vulnerability,
    ),
    (
        "Software and Configuration Checks/Industry and Regulatory Standards",
        Class::Compliance,
    ),
    ("Sensitive Data Identifications", Class::Secret),
    ("TTPs", Class::RuntimeEvent),
    ("Effects", Class::RuntimeEvent),
    ("Unusual Behaviors", Class::RuntimeEvent),
];

/// The class of a finding of these types. What was held against a rule is compliance when nothing else is said.
pub(super) fn of(types: &[Text], judged: bool) -> Class {
    let known = types.iter().find_map(|kind| {
        let mut all = TYPES.iter();
        all.find(|(beginning, _)| kind.starts_with(beginning))
    });
    match known {
        Some((_, class)) => *class,
        None if judged => Class::Compliance,
        None => Class::Misconfiguration,
    }
}

/// The rule: the generator, but for what happened at run time, where that is a detector that finds everything, what
/// was found.
pub(super) fn rule(class: Class, generator: &Text, types: &[Text]) -> Text {
    let classifier = types.first().and_then(|kind| kind.splitn(3, '/').nth(2));
    match classifier {
        Some(classifier) if class == Class::RuntimeEvent => classifier.into(),
        _ => generator.clone(),
    }
}
