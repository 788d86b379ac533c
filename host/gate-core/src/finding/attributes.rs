//! What a tool says of a finding beyond its fields.

use std::fmt;

use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::Text;

/// Texts by name, in order of name. There are few of them, so they stand in a list: a tree would take four times the
/// memory.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Attributes(Vec<(Text, Text)>);

impl Attributes {
    /// None.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text under a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Text> {
        let at = self.find(name).ok()?;
        self.0.get(at).map(|(_, text)| text)
    }

    /// Puts a text under a name; gives the one that stood there.
    pub fn insert(&mut self, name: Text, text: Text) -> Option<Text> {
        match self.find(&name) {
            Ok(at) => {
                let (_, stood) = self.0.get_mut(at)?;
                Some(std::mem::replace(stood, text))
            }
            Err(at) => {
                self.0.reserve_exact(1);
                self.0.insert(at, (name, text));
                None
            }
        }
    }

    /// Takes away what stands under a name.
    pub fn remove(&mut self, name: &str) -> Option<Text> {
        let at = self.find(name).ok()?;
        Some(self.0.remove(at).1)
    }

    /// Names and texts, in order of name.
    pub fn iter(&self) -> impl Iterator<Item = (&Text, &Text)> {
        self.0.iter().map(|(name, text)| (name, text))
    }

    /// All texts, the names too.
    pub(super) fn texts_mut(&mut self) -> impl Iterator<Item = &mut Text> {
        self.0.iter_mut().flat_map(|(name, text)| [name, text])
    }

    fn find(&self, name: &str) -> Result<usize, usize> {
        self.0
            .binary_search_by(|(other, _)| other.as_str().cmp(name))
    }
}

impl fmt::Debug for Attributes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl Extend<(Text, Text)> for Attributes {
    fn extend<I: IntoIterator<Item = (Text, Text)>>(&mut self, others: I) {
        for (name, text) in others {
            self.insert(name, text);
        }
    }
}

impl FromIterator<(Text, Text)> for Attributes {
    fn from_iter<I: IntoIterator<Item = (Text, Text)>>(all: I) -> Self {
        let mut attributes = Self::new();
        attributes.extend(all);
        attributes
    }
}

impl Serialize for Attributes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, text) in self.iter() {
            map.serialize_entry(name, text)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Attributes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Attributes;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Attributes, A::Error> {
                let mut attributes = Attributes::new();
                while let Some((name, text)) = map.next_entry()? {
                    attributes.insert(name, text);
                }
                Ok(attributes)
            }
        }

        deserializer.deserialize_map(Visitor)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Attributes {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Attributes".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        std::collections::BTreeMap::<String, String>::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_text_of_a_name_holds_and_names_are_sorted() {
        let pairs = [("b", "1"), ("a", "2"), ("b", "3"), ("", "4")];
        let mut attributes: Attributes = pairs
            .into_iter()
            .map(|(name, text)| (name.into(), text.into()))
            .collect();
        let written = serde_json::to_string(&attributes).unwrap();
        assert_eq!(written, r#"{"":"4","a":"2","b":"3"}"#);
        assert_eq!(attributes.remove("a").as_deref(), Some("2"));
        assert_eq!(attributes.get("a"), None);
        assert_eq!(attributes.remove("a"), None);
        assert_eq!(attributes.get("b").map(Text::as_str), Some("3"));
    }
}
