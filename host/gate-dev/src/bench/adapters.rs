//! What each adapter takes, against the barest reading of the same bytes by the library it is built on.

use std::fs;
use std::time::Instant;

use gate_adapters::adapter::Adapter;
use gate_adapters::format::{Format, Syntax};
use gate_adapters::read::{Among, Options, ReadReport, read};
use gate_adapters::registry::ADAPTERS;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::page::Table;
use crate::run::{Result, root};

/// How long the reports are made, in bytes.
const SIZE: usize = 8 << 20;

/// A table with a row for each adapter.
pub fn section(runs: usize) -> Result<String> {
    let mut table = Table::new(["adapter", "MB/s", "records/s", "time ÷ bare reading"]);
    for adapter in ADAPTERS {
        let text = grown(adapter)?;
        let (report, taken) = least(runs, || read_text(adapter, &text));
        let counts = report.report.counts;
        if !report.readable || counts.records == 0 {
            let problems = report.report.problems;
            return Err(format!("{} reads no grown report: {problems:?}", adapter.id).into());
        }
        let (bare, bare_taken) = least(runs, || bare(adapter.format, &text));
        bare?;
        table.row([
            adapter.id.to_owned(),
            format!("{:.0}", text.len() as f64 / 1e6 / taken),
            format!("{:.0}", f64::from(counts.records) / taken),
            format!("{:.1}", taken / bare_taken),
        ]);
    }
    Ok(format!(
        "### Adapters\n\nFor each, the fixture with the most findings, its records repeated to about 8 MB. Least of \
         {runs} runs. The bare reading is `serde_json` into `IgnoredAny`, `quick-xml` events, `csv` rows or lines.\n\n\
         {table}"
    ))
}

/// The least of the seconds that it took, and what came of it.
fn least<T>(runs: usize, mut work: impl FnMut() -> T) -> (T, f64) {
    let mut timed = || {
        let started = Instant::now();
        let result = work();
        (result, started.elapsed().as_secs_f64())
    };
    let mut best = timed();
    for _ in 1..runs {
        let (result, taken) = timed();
        best = (result, best.1.min(taken));
    }
    best
}

fn read_text(adapter: &'static Adapter, text: &str) -> ReadReport {
    let (mut bytes, mut twin) = (text.as_bytes(), std::io::sink());
    let among = Among::Tool(&[adapter]);
    read("report", among, &mut bytes, &mut twin, &Options::default())
}

fn bare(format: Format, text: &str) -> Result {
    match format {
        Format::Json | Format::JsonLines => {
            let documents = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
            for document in documents {
                document?;
            }
        }
        Format::Xml(_) => {
            let mut reader = quick_xml::Reader::from_str(text);
            while !matches!(reader.read_event()?, quick_xml::events::Event::Eof) {}
        }
        Format::Csv(delimiter) => {
            let mut rows = csv::ReaderBuilder::new()
                .delimiter(delimiter)
                .from_reader(text.as_bytes());
            let mut row = csv::ByteRecord::new();
            while rows.read_byte_record(&mut row)? {}
        }
        Format::Lines(_) => {
            std::hint::black_box(text.lines().count());
        }
    }
    Ok(())
}

/// The fixture with the most findings, its records repeated.
fn grown(adapter: &'static Adapter) -> Result<String> {
    let mut best: Option<(u32, String)> = None;
    for entry in fs::read_dir(root().join("tests/reports").join(adapter.tool))? {
        let path = entry?.path();
        let Ok(text) = fs::read_to_string(&path) else {
            continue;
        };
        let own = Syntax::of(text.as_bytes()) == adapter.format.syntax();
        if path.extension().is_some_and(|e| e == "expected") || !own {
            continue;
        }
        let counts = read_text(adapter, &text).report.counts;
        let weight = counts.findings * 1000 + counts.records;
        if best.as_ref().is_none_or(|(most, _)| weight > *most) {
            best = Some((weight, text));
        }
    }
    let (_, text) = best.ok_or_else(|| format!("{} has no fixture", adapter.id))?;
    let times = SIZE / text.len().max(1) + 1;
    match adapter.format {
        Format::JsonLines | Format::Lines(_) => Ok(text.repeat(times)),
        Format::Csv(_) => {
            let (header, rows) = text.split_once('\n').unwrap_or((&text, ""));
            Ok(format!("{header}\n{}", rows.repeat(times)))
        }
        Format::Json => {
            let mut document: Value = serde_json::from_str(&text)?;
            let longest = adapter.lists.iter().max_by_key(|list| {
                let mut records = 0;
                each_container(&mut document, &steps(list), &mut |c| records += length(c));
                records
            });
            if let Some(list) = longest {
                each_container(&mut document, &steps(list), &mut |c| repeat(c, times));
            }
            Ok(document.to_string())
        }
        Format::Xml(_) => {
            let container = adapter
                .lists
                .iter()
                .filter_map(|list| {
                    steps(list)
                        .into_iter()
                        .rfind(|step| !["*", "#items"].contains(step))
                })
                .max_by_key(|name| text.matches(&format!("<{name}")).count());
            let name = container.ok_or("no list")?;
            let inside = inside(&text, name)?;
            let (before, after) = (&text[..inside.start], &text[inside.end..]);
            Ok(format!("{before}{}{after}", text[inside].repeat(times)))
        }
    }
}

/// What stands in the first element of this name that holds something.
fn inside(text: &str, name: &str) -> Result<std::ops::Range<usize>> {
    let mut reader = quick_xml::Reader::from_str(text);
    loop {
        match reader.read_event()? {
            quick_xml::events::Event::Start(tag) if tag.local_name().as_ref() == name => {
                let span = reader.read_to_end(tag.name())?;
                return Ok(usize::try_from(span.start)?..usize::try_from(span.end)?);
            }
            quick_xml::events::Event::Eof => return Err(format!("no element {name}").into()),
            _ => {}
        }
    }
}

fn steps(list: &str) -> Vec<&str> {
    list.split('/').skip(1).collect()
}

/// Calls for each value that holds the records of a list.
fn each_container(value: &mut Value, steps: &[&str], call: &mut dyn FnMut(&mut Value)) {
    match steps {
        [] => {}
        ["*" | "{}"] => call(value),
        [step, rest @ ..] => match (*step, value) {
            ("*", Value::Array(all)) => all.iter_mut().for_each(|v| each_container(v, rest, call)),
            ("{}", Value::Object(all)) => {
                all.values_mut().for_each(|v| each_container(v, rest, call));
            }
            (key, Value::Object(all)) => {
                if let Some(inside) = all.get_mut(key) {
                    each_container(inside, rest, call);
                }
            }
            _ => {}
        },
    }
}

fn length(container: &Value) -> usize {
    match container {
        Value::Array(all) => all.len(),
        Value::Object(all) => all.len(),
        _ => 0,
    }
}

fn repeat(container: &mut Value, times: usize) {
    match container {
        Value::Array(all) => {
            let length = all.len() * times;
            *all = all.iter().cycle().take(length).cloned().collect();
        }
        Value::Object(all) => {
            let copies: Vec<_> = (1..times)
                .flat_map(|n| {
                    all.iter()
                        .map(move |(key, value)| (format!("{key}~{n}"), value.clone()))
                })
                .collect();
            all.extend(copies);
        }
        _ => {}
    }
}
