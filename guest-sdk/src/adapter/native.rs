//! Runs an adapter without WebAssembly, for unit tests.

use super::{Adapter, Answer, Misread, Record, Run, Unclear};

/// One report being read.
#[derive(Debug, Default)]
pub struct Reading<A>(A);

impl<A: Adapter> Reading<A> {
    /// Begins with a fresh adapter, as for every report.
    #[must_use]
    pub fn new() -> Self {
        Self(A::default())
    }

    /// Hands over a record of the adapter's first list.
    ///
    /// # Errors
    /// When the adapter does not understand it.
    pub fn record(&mut self, pointer: &str, json: &str) -> Result<Answer, Unclear> {
        let steps = pointer.split('/');
        self.take(&Record {
            list: 0,
            pointer: pointer.to_owned(),
            indexes: steps.filter_map(|step| step.parse().ok()).collect(),
            names: Vec::new(),
            json: json.to_owned(),
        })
    }

    /// Hands over a record.
    ///
    /// # Errors
    /// As [`Reading::record`].
    pub fn take(&mut self, record: &Record) -> Result<Answer, Unclear> {
        self.0.record(record)
    }

    /// Hands over what surrounds the records: the report as JSON, with `0` in place of each.
    ///
    /// # Errors
    /// When the report is not what the adapter reads.
    pub fn finish(mut self, envelope: &str) -> Result<Run, Misread> {
        self.0.finish(envelope)
    }
}

#[cfg(feature = "json")]
pub use whole::{Read, read};

#[cfg(feature = "json")]
mod whole {
    use serde_json::Value;

    use super::{Adapter, Answer, Misread, Reading, Record, Run, Unclear};
    use crate::adapter::{Description, Format, Sensitivity};

    /// What an adapter made of a report.
    #[derive(Debug)]
    pub struct Read {
        /// Where each record stands, and what it is.
        pub records: Vec<(String, Result<Answer, Unclear>)>,
        /// What the rest tells of the run.
        pub run: Result<Run, Misread>,
    }

    /// Reads a whole report of JSON or JSON lines, as far as a unit test needs it: records are cut out in the order of
    /// the report, and secrets and source text are `[redacted]`. The gate itself does more: it streams, keeps the order
    /// of keys, refuses keys that come twice, puts tokens into markers, and takes digests, quotations and credentials
    /// out of texts.
    ///
    /// # Errors
    /// When the text is not JSON.
    ///
    /// # Panics
    /// For an adapter of another format: hand its records over by [`Reading::take`].
    pub fn read<A: Adapter>(report: &str) -> Result<Read, serde_json::Error> {
        let description = A::DESCRIPTION;
        let lines = matches!(description.format, Format::JsonLines);
        assert!(
            lines || matches!(description.format, Format::Json),
            "only JSON and JSON lines are read here"
        );
        let mut reading = Reading::<A>::new();
        let mut cut = Cut {
            description,
            found: Vec::new(),
        };
        let mut envelope = String::new();
        for (line, document) in serde_json::Deserializer::from_str(report)
            .into_iter::<Value>()
            .enumerate()
        {
            let mut document = document?;
            redact(&mut document, None, &description);
            let alone = description.lists.iter().position(|list| list.is_empty());
            match alone.filter(|_| lines && document.is_object()) {
                Some(list) => {
                    let pointer = format!("line {}", line + 1);
                    let way = (Vec::new(), Vec::new());
                    cut.take(list, pointer, way, &document);
                    document = Value::from(0);
                }
                None => cut.cut(&mut document, &mut Vec::new()),
            }
            envelope.push_str(&document.to_string());
            envelope.push('\n');
        }
        let take = |record: Record| (record.pointer.clone(), reading.take(&record));
        let records = cut.found.into_iter().map(take).collect();
        let run = reading.finish(envelope.trim_end());
        Ok(Read { records, run })
    }

    /// Replaces what is sensitive in a value that stands under a key.
    fn redact(value: &mut Value, under: Option<&str>, description: &Description) {
        match value {
            Value::Array(items) => {
                for item in items {
                    redact(item, under, description);
                }
            }
            Value::Object(members) => {
                for (key, value) in members {
                    let named = description.sensitive.iter();
                    let kinds = named.filter_map(|sensitive| sensitive.kind_of(key, under));
                    let kinds: Vec<_> = kinds.collect();
                    let spared = kinds.iter().any(|kind| matches!(kind, Sensitivity::Spared));
                    match kinds.first() {
                        Some(kind) if !spared => hide(value, *kind),
                        _ => redact(value, Some(key), description),
                    }
                }
            }
            _ => {}
        }
    }

    fn hide(value: &mut Value, kind: Sensitivity) {
        match (value, kind) {
            (Value::Array(items), _) => items.iter_mut().for_each(|value| hide(value, kind)),
            (Value::Object(members), _) => members.values_mut().for_each(|value| hide(value, kind)),
            (Value::String(text), Sensitivity::Secret | Sensitivity::Source) => {
                *text = "[redacted]".to_owned();
            }
            (Value::String(text), Sensitivity::After(beginning)) if text.starts_with(beginning) => {
                *text = format!("{beginning}[redacted]");
            }
            // The gate takes parts out of the others; a unit test sees them whole.
            _ => {}
        }
    }

    type Way = (Vec<u32>, Vec<String>);

    struct Cut {
        description: Description,
        found: Vec<Record>,
    }

    impl Cut {
        fn take(&mut self, list: usize, pointer: String, way: Way, record: &Value) {
            self.found.push(Record {
                list: u32::try_from(list).unwrap_or(u32::MAX),
                pointer,
                indexes: way.0,
                names: way.1,
                json: record.to_string(),
            });
        }

        /// Cuts the records out of a value that stands at a place.
        fn cut(&mut self, value: &mut Value, place: &mut Vec<String>) {
            if let Some((list, way)) = self.listed(place) {
                let pointer: String = place
                    .iter()
                    .map(|step| format!("/{}", step.replace('~', "~0").replace('/', "~1")))
                    .collect();
                self.take(list, pointer, way, value);
                *value = Value::from(0);
                return;
            }
            let members: Vec<(String, &mut Value)> = match value {
                Value::Array(items) => {
                    let numbered = items.iter_mut().enumerate();
                    numbered.map(|(at, item)| (format!("{at}"), item)).collect()
                }
                Value::Object(members) => members.iter_mut().map(|(k, v)| (k.clone(), v)).collect(),
                _ => return,
            };
            for (step, value) in members {
                place.push(step);
                self.cut(value, place);
                place.pop();
            }
        }

        /// The list that a place belongs to, and the way there.
        fn listed(&self, place: &[String]) -> Option<(usize, Way)> {
            let lists = self.description.lists.iter().enumerate();
            let mut fits = lists.filter_map(|(at, list)| {
                let steps: Vec<&str> = list.split('/').skip(1).collect();
                let mut way: Way = Default::default();
                let fits = !place.is_empty()
                    && steps.len() == place.len()
                    && steps.iter().zip(place).all(|(step, here)| match *step {
                        "*" => here.parse().map(|index| way.0.push(index)).is_ok(),
                        "{}" => {
                            way.1.push(here.clone());
                            true
                        }
                        key => key == here,
                    });
                fits.then_some((at, way))
            });
            fits.next()
        }
    }
}
