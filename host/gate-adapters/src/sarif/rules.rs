//! Rules of the driver and its extensions, and how a result finds its own (sections 3.27.5 to 3.27.7, 3.52).

use std::collections::BTreeMap;

use serde::Deserialize;

use gate_core::finding::Text;

use super::message::{Message, MultiFormat, Strings};
use super::place::index_of;
use super::result::Properties;

/// A reference to a rule, a notification or a taxon (section 3.52).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Reference {
    guid: Option<Text>,
    pub(super) id: Option<Text>,
    index: Option<i64>,
    pub(super) tool_component: Option<ComponentReference>,
}

/// A reference to the driver or an extension (section 3.54).
#[derive(Deserialize)]
pub(super) struct ComponentReference {
    guid: Option<Text>,
    index: Option<i64>,
    pub(super) name: Option<Text>,
}

/// What a result, or an override, says about the rule that it means.
pub(super) struct Target {
    component: Option<ComponentReference>,
    guid: Option<Text>,
    /// The rule's identifier as the result writes it.
    pub(super) id: Option<Text>,
    index: Option<usize>,
}

impl Target {
    /// From `rule`, `ruleId` and `ruleIndex`.
    pub(super) fn new(rule: Option<Reference>, id: Option<Text>, index: Option<i64>) -> Self {
        let (component, guid, own_id, own_index) = match rule {
            Some(rule) => (rule.tool_component, rule.guid, rule.id, rule.index),
            None => (None, None, None, None),
        };
        Self {
            component,
            guid,
            id: id.or(own_id),
            index: index_of(own_index).or(index_of(index)),
        }
    }
}

/// The driver or an extension (section 3.19).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Component {
    global_message_strings: Option<Strings>,
    guid: Option<Text>,
    pub(super) name: Option<String>,
    pub(super) notifications: Option<Vec<Descriptor>>,
    rules: Option<Vec<Descriptor>>,
    pub(super) semantic_version: Option<String>,
    pub(super) version: Option<String>,
    /// Positions of rules by identifier, the first of equal ones.
    #[serde(skip)]
    by_id: BTreeMap<Text, usize>,
}

/// A rule, or a kind of notification (section 3.49).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Descriptor {
    pub(super) default_configuration: Option<Configuration>,
    pub(super) full_description: Option<MultiFormat>,
    guid: Option<Text>,
    pub(super) help_uri: Option<Text>,
    pub(super) id: Option<Text>,
    message_strings: Option<Strings>,
    pub(super) name: Option<Text>,
    pub(super) properties: Option<Properties>,
    pub(super) relationships: Option<Vec<Relationship>>,
    pub(super) short_description: Option<MultiFormat>,
}

#[derive(Deserialize)]
pub(super) struct Relationship {
    pub(super) target: Option<Reference>,
}

#[derive(Deserialize)]
pub(super) struct Configuration {
    pub(super) level: Option<Text>,
}

/// A configuration that an invocation puts in place of a rule's own (section 3.51).
#[derive(Deserialize)]
pub(super) struct Override {
    pub(super) configuration: Option<Configuration>,
    pub(super) descriptor: Option<Reference>,
}

/// A rule that was found: its component (0 is the driver), its position there and itself.
#[derive(Clone, Copy)]
pub(super) struct Found<'a> {
    pub(super) at: (usize, usize),
    pub(super) rule: &'a Descriptor,
}

/// Driver and extensions.
pub(super) struct Components(Vec<Component>);

impl Components {
    /// Indexes the rules. The driver comes first.
    pub(super) fn new(driver: Component, extensions: Vec<Component>) -> Self {
        let mut all = vec![driver];
        all.extend(extensions);
        for component in &mut all {
            for (at, rule) in component.rules.iter().flatten().enumerate() {
                if let Some(id) = &rule.id {
                    component.by_id.entry(id.clone()).or_insert(at);
                }
            }
        }
        Self(all)
    }

    /// Position of the component that is meant: an index counts extensions, without one a GUID or a name tells;
    /// `None` when the reference names none, or one that is not there.
    fn component(&self, reference: &ComponentReference) -> Option<usize> {
        if let Some(index) = index_of(reference.index) {
            return Some(index + 1).filter(|at| *at < self.0.len());
        }
        let same = |a: Option<&str>, b: Option<&str>| a.is_some() && a == b;
        self.0.iter().position(|component| {
            same(reference.guid.as_deref(), component.guid.as_deref())
                || same(reference.name.as_deref(), component.name.as_deref())
        })
    }

    fn at(&self, component: usize, index: usize) -> Option<Found<'_>> {
        let rule = self.0.get(component)?.rules.as_ref()?.get(index)?;
        Some(Found {
            at: (component, index),
            rule,
        })
    }

    /// The rule that is meant: by position where its identifier agrees, else by GUID, else by identifier, else
    /// by the longest part before a `/` (section 3.5.4: `CA5350/md5` is a sub-rule of `CA5350`).
    pub(super) fn find(&self, target: &Target) -> Option<Found<'_>> {
        let named = target.component.as_ref().and_then(|c| self.component(c));
        let first = named.unwrap_or(0);
        // A position that points at another rule is a mistake of the tool; the identifier is what it shows.
        let agrees = |found: &Found<'_>| match (target.id.as_deref(), found.rule.id.as_deref()) {
            (Some(id), Some(rule)) => id
                .strip_prefix(rule)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
            _ => true,
        };
        let by_index = target
            .index
            .and_then(|index| self.at(first, index))
            .filter(agrees);
        let components = || match named {
            Some(at) => at..at + 1,
            None => 0..self.0.len(),
        };
        by_index
            .or_else(|| {
                let guid = target.guid.as_deref()?;
                components().find_map(|component| {
                    let rules = self.0.get(component)?.rules.as_ref()?;
                    let index = rules
                        .iter()
                        .position(|rule| rule.guid.as_deref() == Some(guid))?;
                    self.at(component, index)
                })
            })
            .or_else(|| {
                let mut id = target.id.as_deref()?;
                loop {
                    let found = components().find_map(|component| {
                        let index = *self.0.get(component)?.by_id.get(id)?;
                        self.at(component, index)
                    });
                    if found.is_some() {
                        return found;
                    }
                    id = id.rsplit_once('/')?.0;
                }
            })
    }

    /// The text of a result's message (section 3.11.7): the rule's table, then those of its component and of the
    /// driver.
    pub(super) fn message(&self, message: &Message, found: Option<Found<'_>>) -> Option<Text> {
        let own = found.and_then(|f| f.rule.message_strings.as_ref());
        let component = found.map_or(0, |f| f.at.0);
        let global = |at: usize| self.0.get(at)?.global_message_strings.as_ref();
        message.resolve(own.into_iter().chain(global(component)).chain(global(0)))
    }

    /// The default level of a kind of notification.
    pub(super) fn notification_level(&self, reference: &Reference) -> Option<&str> {
        let component = reference
            .tool_component
            .as_ref()
            .and_then(|c| self.component(c));
        let known = self.0.get(component.unwrap_or(0))?.notifications.as_ref()?;
        let by_index = index_of(reference.index).and_then(|index| known.get(index));
        let kind = by_index.or_else(|| {
            known
                .iter()
                .find(|n| n.id.is_some() && n.id == reference.id)
        })?;
        kind.default_configuration.as_ref()?.level.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn components() -> Components {
        let parse = |json| serde_json::from_str(json).unwrap();
        Components::new(
            parse(
                r#"{"name":"d","rules":[{"id":"A"},{"id":"B","guid":"g-b"},{"id":"CA5350"},{"id":"x/y"}],
                    "notifications":[{"id":"N","defaultConfiguration":{"level":"error"}}]}"#,
            ),
            vec![
                parse(r#"{"name":"e0","guid":"g0","rules":[{"id":"E"},{"id":"A"}]}"#),
                parse(r#"{"name":"e1"}"#),
            ],
        )
    }

    fn found(result: &str) -> Option<(usize, usize)> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Result {
            rule: Option<Reference>,
            rule_id: Option<Text>,
            rule_index: Option<i64>,
        }
        let Result {
            rule,
            rule_id,
            rule_index,
        } = serde_json::from_str(result).unwrap();
        components()
            .find(&Target::new(rule, rule_id, rule_index))
            .map(|f| f.at)
    }

    #[test]
    fn a_result_finds_its_rule_by_every_way_the_format_has() {
        for (result, at) in [
            (r#"{"ruleId":"B"}"#, Some((0, 1))),
            (r#"{"ruleIndex":1}"#, Some((0, 1))),
            (r#"{"ruleId":"B","ruleIndex":-1}"#, Some((0, 1))),
            (r#"{"ruleId":"A","ruleIndex":1}"#, Some((0, 0))),
            (r#"{"ruleId":"CA5350/md5"}"#, Some((0, 2))),
            (r#"{"ruleId":"CA5350/md5/x","ruleIndex":2}"#, Some((0, 2))),
            (r#"{"ruleId":"x/y"}"#, Some((0, 3))),
            (r#"{"ruleId":"CA53501","ruleIndex":2}"#, None),
            (r#"{"ruleId":"E"}"#, Some((1, 0))),
            (r#"{"rule":{"guid":"g-b"}}"#, Some((0, 1))),
            (
                r#"{"ruleId":"A","rule":{"toolComponent":{"index":0}}}"#,
                Some((1, 1)),
            ),
            (
                r#"{"rule":{"index":1,"toolComponent":{"name":"e0"}}}"#,
                Some((1, 1)),
            ),
            (
                r#"{"rule":{"id":"A","toolComponent":{"guid":"g0"}}}"#,
                Some((1, 1)),
            ),
            (
                r#"{"rule":{"id":"A","toolComponent":{"name":"d"}}}"#,
                Some((0, 0)),
            ),
            (r#"{"rule":{"id":"A","toolComponent":{"index":1}}}"#, None),
            (r#"{"ruleId":"none","ruleIndex":99}"#, None),
            ("{}", None),
        ] {
            assert_eq!(found(result), at, "{result}");
        }
    }

    #[test]
    fn a_kind_of_notification_has_a_level() {
        let level = |json| {
            let components = components();
            components
                .notification_level(&serde_json::from_str(json).unwrap())
                .map(str::to_owned)
        };
        assert_eq!(level(r#"{"id":"N"}"#).as_deref(), Some("error"));
        assert_eq!(level(r#"{"index":0}"#).as_deref(), Some("error"));
        assert_eq!(level(r#"{"id":"M"}"#), None);
    }
}
