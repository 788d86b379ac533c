//! Messages and their placeholders (section 3.11).

use std::collections::BTreeMap;

use serde::Deserialize;

use gate_core::finding::Text;

/// A message as results, notifications and fixes hold it.
#[derive(Default, Deserialize)]
pub(super) struct Message {
    arguments: Option<Vec<String>>,
    id: Option<String>,
    markdown: Option<String>,
    text: Option<String>,
}

/// An entry of a table of messages, and the description of a rule (section 3.12).
#[derive(Deserialize)]
pub(super) struct MultiFormat {
    pub(super) markdown: Option<String>,
    pub(super) text: Option<String>,
}

/// A table of messages.
pub(super) type Strings = BTreeMap<String, MultiFormat>;

impl Message {
    /// The text, looked up in the tables in their order where it has only an identifier.
    pub(super) fn resolve<'a>(
        &self,
        tables: impl IntoIterator<Item = &'a Strings>,
    ) -> Option<Text> {
        let arguments = self.arguments.as_deref().unwrap_or_default();
        let own = [&self.text, &self.markdown];
        // A text is a template only when it comes with arguments: tools that have none write braces as they
        // are.
        let written = |text: &String| match arguments {
            [] => text.clone(),
            _ => fill(text, arguments),
        };
        let found = |entry: &MultiFormat| {
            let text = [&entry.text, &entry.markdown]
                .into_iter()
                .flatten()
                .next()?;
            Some(fill(text, arguments))
        };
        own.first()
            .and_then(|text| text.as_ref())
            .map(written)
            .or_else(|| {
                let id = self.id.as_deref()?;
                tables
                    .into_iter()
                    .find_map(|table| table.get(id).and_then(found))
            })
            .or_else(|| own.into_iter().flatten().next().map(written))
            .filter(|text| !text.trim().is_empty())
            .map(Into::into)
    }

    /// The text as far as it stands here.
    pub(super) fn plain(&self) -> Option<Text> {
        self.resolve([])
    }
}

/// Puts arguments in the place of `{0}`, `{1}` …; `{{` and `}}` are braces (section 3.11.5). What is no
/// placeholder, or has no argument, stays.
fn fill(template: &str, arguments: &[String]) -> String {
    let mut filled = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, from) = rest.split_at_checked(at).unwrap_or((rest, ""));
        filled.push_str(before);
        let argument = from
            .strip_prefix('{')
            .and_then(|inner| inner.split_once('}'))
            .and_then(|(digits, after)| {
                let index: usize = digits.parse().ok()?;
                Some((arguments.get(index)?, after))
            });
        rest = match argument {
            Some((argument, after)) => {
                filled.push_str(argument);
                after
            }
            None => {
                let brace = from.get(..1).unwrap_or_default();
                filled.push_str(brace);
                let after = from.get(1..).unwrap_or_default();
                after.strip_prefix(brace).unwrap_or(after)
            }
        };
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(message: &str, tables: &[&str]) -> Option<String> {
        let message: Message = serde_json::from_str(message).unwrap();
        let tables: Vec<Strings> = tables
            .iter()
            .map(|t| serde_json::from_str(t).unwrap())
            .collect();
        message.resolve(&tables).map(Into::into)
    }

    #[test]
    fn placeholders_take_arguments_and_braces_can_be_written() {
        let arguments = ["a".to_owned(), "{0}".to_owned()];
        for (template, filled) in [
            ("{0} and {1}", "a and {0}"),
            ("{{0}} is {0}", "{0} is a"),
            ("{2} {x} { }", "{2} {x} { }"),
            ("{0", "{0"),
            ("é{0}é", "éaé"),
            ("", ""),
        ] {
            assert_eq!(fill(template, &arguments), filled, "{template}");
        }
    }

    #[test]
    fn the_rule_s_table_comes_before_the_tool_s() {
        let tables = [
            r#"{"d":{"text":"rule {0}"}}"#,
            r#"{"d":{"text":"tool"},"g":{"markdown":"*{0}*"}}"#,
        ];
        for (message, text) in [
            (r#"{"id":"d","arguments":["x"]}"#, Some("rule x")),
            (r#"{"id":"g","arguments":["x"]}"#, Some("*x*")),
            (r#"{"id":"d","text":"own"}"#, Some("own")),
            (r#"{"id":"none","markdown":"m"}"#, Some("m")),
            (r#"{"id":"none"}"#, None),
            (r#"{"text":" "}"#, None),
            ("{}", None),
        ] {
            assert_eq!(resolve(message, &tables).as_deref(), text, "{message}");
        }
    }

    #[test]
    fn without_arguments_a_text_is_no_template() {
        let text = |json| resolve(json, &[]).unwrap();
        assert_eq!(
            text(r#"{"text":"${{ github.x }} {0}"}"#),
            "${{ github.x }} {0}"
        );
        assert_eq!(text(r#"{"text":"{0}","arguments":["x"]}"#), "x");
    }
}
