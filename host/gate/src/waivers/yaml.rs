//! YAML as a tree with lines. Of hand-written files: small, of one document, and without aliases, which could be
//! expanded to more than memory holds.

use saphyr_parser::{Event, Parser, Span};

/// Deepest nesting.
const DEPTH: usize = 32;

/// A value, and its line, from 1.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) line: usize,
    pub(crate) value: Value,
}

/// A value; what a scalar means is for its reader to say.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Text(String),
    List(Vec<Node>),
    /// Keys in the order of the file, each with its line.
    Map(Vec<(String, usize, Node)>),
}

impl Node {
    /// The text, of a text that says something.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) if !matches!(text.as_str(), "" | "~" | "null") => Some(text),
            _ => None,
        }
    }

    /// The parts of a list; a single text is a list of one.
    pub(crate) fn list(&self) -> &[Self] {
        match &self.value {
            Value::List(list) => list,
            Value::Text(_) if self.text().is_some() => std::slice::from_ref(self),
            Value::Text(_) | Value::Map(_) => &[],
        }
    }

    /// The parts of a mapping.
    pub(crate) fn map(&self) -> &[(String, usize, Self)] {
        match &self.value {
            Value::Map(map) => map,
            Value::Text(_) | Value::List(_) => &[],
        }
    }

    /// A part of a mapping.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        self.map()
            .iter()
            .find(|(name, ..)| name == key)
            .map(|(.., node)| node)
    }
}

/// Reads a document.
pub(crate) fn read(text: &str) -> Result<Node, String> {
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            let marker = error.marker();
            let (line, column) = (marker.line(), marker.col() + 1);
            format!(
                "line {line} column {column}: it is no YAML: {}",
                error.info()
            )
        })?;
        builder.event(event, span)?;
    }
    Ok(builder.root.unwrap_or(Node {
        line: 1,
        value: Value::Map(Vec::new()),
    }))
}

#[derive(Default)]
struct Builder {
    root: Option<Node>,
    open: Vec<Open>,
    documents: usize,
}

/// A list or mapping that has not ended, and the key whose value comes next.
struct Open {
    node: Node,
    key: Option<(String, usize)>,
}

impl Builder {
    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), String> {
        let line = span.start.line();
        match event {
            Event::Alias(_) => Err(format!(
                "line {line}: an alias (`*name`), which is not read"
            )),
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(format!("line {line}: a second document"));
                }
                Ok(())
            }
            Event::Scalar(text, ..) => self.value(Node {
                line,
                value: Value::Text(text.into_owned()),
            }),
            Event::SequenceStart(..) => self.begin(line, Value::List(Vec::new())),
            Event::MappingStart(..) => self.begin(line, Value::Map(Vec::new())),
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(open) => self.value(open.node),
                None => Ok(()),
            },
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
        }
    }

    fn begin(&mut self, line: usize, value: Value) -> Result<(), String> {
        if self.open.len() >= DEPTH {
            return Err(format!("line {line}: it is nested deeper than {DEPTH}"));
        }
        let node = Node { line, value };
        self.open.push(Open { node, key: None });
        Ok(())
    }

    fn value(&mut self, node: Node) -> Result<(), String> {
        let Some(Open { node: parent, key }) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        match &mut parent.value {
            Value::List(list) => list.push(node),
            Value::Map(map) => match key.take() {
                Some((name, line)) => map.push((name, line, node)),
                None => {
                    let Value::Text(name) = node.value else {
                        return Err(format!("line {}: a key that is no text", node.line));
                    };
                    if map.iter().any(|(known, ..)| *known == name) {
                        return Err(format!(
                            "line {}: the key `{name}` is there twice",
                            node.line
                        ));
                    }
                    *key = Some((name, node.line));
                }
            },
            Value::Text(_) => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_lines() {
        let node = read("a:\n  - b\n  - c: 'd'\ne: ~\n").unwrap();
        let list = node.get("a").unwrap().list();
        assert_eq!((list[0].line, list[0].text()), (2, Some("b")));
        assert_eq!(list[1].get("c").unwrap().text(), Some("d"));
        assert_eq!(node.get("e").unwrap().text(), None);
        assert!(read("").unwrap().map().is_empty());
    }

    #[test]
    fn what_is_no_hand_written_file_is_refused() {
        let deep = "[".repeat(40) + &"]".repeat(40);
        for (text, said) in [
            ("a: &x [1]\nb: *x\n", "line 2: an alias"),
            ("a: 1\na: 2\n", "line 2: the key `a` is there twice"),
            ("a: 1\n---\nb: 2\n", "a second document"),
            ("[a]: 1\n", "a key that is no text"),
            ("a: [1\n", "it is no YAML"),
            (&deep, "nested deeper"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(said), "{text}: {error}");
        }
    }
}
