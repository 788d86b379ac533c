//! A baseline as a file in a repository: one line for each finding, in order, so that a change of it can be read.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};

use super::Baseline;

impl Baseline {
    /// What stands in its file: the same as its canonical bytes say, with line breaks.
    ///
    /// # Errors
    /// When a part is no JSON, which no part is.
    pub fn to_text(&self) -> Result<String, serde_json::Error> {
        let head = Self {
            format: self.format.clone(),
            gate: self.gate.clone(),
            scope: self.scope.clone(),
            record: self.record,
            taken: self.taken,
            budgets: self.budgets.clone(),
            findings: BTreeMap::new(),
        };
        let mut text = serde_json::to_string_pretty(&head)?;
        // Findings come last: what is open is their object and the document.
        text.truncate(text.trim_end_matches(['}', '\n']).len());
        for (at, (id, known)) in self.findings.iter().enumerate() {
            text.push_str(if at == 0 { "\n" } else { ",\n" });
            let known = serde_json::to_string(known)?;
            text.push_str(&format!("    \"{id}\": {known}"));
        }
        text.push_str("\n  }\n}\n");
        Ok(text)
    }
}

/// Reads an object in which no key stands twice: of two that were merged by a version control system, neither is meant.
pub(super) fn each_once<'de, D, K, V>(deserializer: D) -> Result<BTreeMap<K, V>, D::Error>
where
    D: Deserializer<'de>,
    K: Deserialize<'de> + Ord + fmt::Debug,
    V: Deserialize<'de>,
{
    struct EachOnce<K, V>(PhantomData<(K, V)>);

    impl<'de, K, V> Visitor<'de> for EachOnce<K, V>
    where
        K: Deserialize<'de> + Ord + fmt::Debug,
        V: Deserialize<'de>,
    {
        type Value = BTreeMap<K, V>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object in which no key stands twice")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut all = BTreeMap::new();
            while let Some((key, value)) = map.next_entry::<K, V>()? {
                if all.contains_key(&key) {
                    return Err(A::Error::custom(format!("`{key:?}` stands twice")));
                }
                all.insert(key, value);
            }
            Ok(all)
        }
    }

    deserializer.deserialize_map(EachOnce(PhantomData))
}
