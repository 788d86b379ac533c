//! What may happen to a report of each format, beyond what `damage.rs` has.

use crate::gate::Folder;
use crate::tools::{Format, TOOLS, Tool};
use Format::{Csv, Json, JsonLines, Text, Xml};

/// What a gate has to answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Expected {
    /// That it can't decide.
    Undecided,
    /// That it can't decide; and what stands beside the odd record is listed.
    Beside,
    /// Either that it can't decide, or that it is closed.
    Closed,
    /// As `Closed`; and where it decides, nothing is missing.
    Read,
    /// Nothing in particular: what looks like a damage is legitimate, see [`DECIDED`].
    Legitimate,
}

/// How a case makes reports. None, where it does not apply.
#[derive(Clone, Copy)]
pub(super) enum Make {
    /// Something at a path.
    Path(crate::damage::Make),
    /// The bytes of some reports.
    Bytes(fn(&Tool) -> Vec<Vec<u8>>),
}

#[derive(Clone, Copy)]
pub(super) struct Case {
    pub(super) what: &'static str,
    pub(super) formats: &'static [Format],
    pub(super) make: Make,
    pub(super) expected: Expected,
    /// The adapters that show it for all; all of them, where none is named.
    pub(super) only: &'static [&'static str],
    /// The gate that is asked.
    pub(super) gate: &'static str,
}

impl Case {
    /// Whether it applies to reports of a tool.
    pub(super) fn applies(&self, tool: &Tool) -> bool {
        let named = self.only.is_empty() || self.only.contains(&tool.adapter);
        named && self.formats.contains(&tool.format)
    }

    /// The paths of its reports.
    pub(super) fn reports(&self, folder: &Folder, tool: &Tool) -> Vec<String> {
        match self.make {
            Make::Path(make) => vec![make(folder, tool)],
            Make::Bytes(make) => {
                let reports = make(tool).into_iter().enumerate();
                let put = |(number, bytes)| {
                    let name = format!("report-{number}");
                    folder.file(&name, bytes);
                    name
                };
                reports.map(put).collect()
            }
        }
    }

    /// What a gate has to answer of a report of this tool.
    pub(super) fn expected_of(&self, tool: &Tool) -> Expected {
        let decided = DECIDED
            .iter()
            .any(|(adapter, what, _)| (*adapter, *what) == (tool.adapter, self.what));
        if decided {
            Expected::Legitimate
        } else {
            self.expected
        }
    }
}

const CLEAN_LIST: &str = "a list of nothing is how a clean run is written";
const SEVERAL: &str = "several documents, one after the other, are one report";

/// Adapter, case, and why a gate may decide on it: no damage that anybody could see.
#[rustfmt::skip]
pub(super) const DECIDED: &[(&str, &str, &str)] = &[
    ("anchore-json", "[]", CLEAN_LIST),
    ("asff-json", "[]", CLEAN_LIST),
    ("cfn-lint-json", "[]", CLEAN_LIST),
    ("falco-json", "[]", CLEAN_LIST),
    ("gitleaks-json", "[]", CLEAN_LIST),
    ("hadolint-json", "[]", CLEAN_LIST),
    ("nuclei-json", "[]", CLEAN_LIST),
    ("ocsf-json", "[]", CLEAN_LIST),
    ("trufflehog-json", "[]", CLEAN_LIST),
    ("falco-json", "a clean document before", SEVERAL),
    ("ocsf-json", "a clean document before", SEVERAL),
    ("trufflehog-json", "a clean document before", SEVERAL),
    ("asff-json", "two documents", SEVERAL),
    ("aws-config-json", "two documents", SEVERAL),
    ("falco-json", "two documents", SEVERAL),
    ("inspector2-json", "two documents", SEVERAL),
    ("ocsf-json", "two documents", SEVERAL),
    ("trufflehog-json", "two documents", SEVERAL),
    ("git-secrets-text", "twice", SEVERAL),
    ("lcov-text", "twice", SEVERAL),
    ("zap-text", "twice", SEVERAL),
    ("cobertura-xml", "a declaration elsewhere", "what writes this format writes one; nothing is loaded"),
    ("cobertura-xml", "negative numbers", "a counter of the compiler that ran over; the line counts as not covered"),
    ("phpstan-json", "negative numbers", "the tool's word for no line; the finding is there"),
    ("zap-text", "a line of another tool", "the scripts write lines of their own; the totals tell whether one is missing"),
];

/// Adapter, where its format says its version, and a version that nobody has seen.
#[rustfmt::skip]
const VERSIONS: &[(&str, &str, &str)] = &[
    ("csaf-json", "\"csaf_version\": \"2.0\"", "\"csaf_version\": \"9.9\""),
    ("cyclonedx-json", "\"specVersion\": \"1.6\"", "\"specVersion\": \"9.9\""),
    ("cyclonedx-xml", "schema/bom/1.6", "schema/bom/9.9"),
    ("dependency-check-json", "\"reportSchema\": \"1.1\"", "\"reportSchema\": \"9.9\""),
    ("dependency-check-xml", "dependency-check.", "dependency-check.9."),
    ("npm-audit-json", "\"auditReportVersion\": 2", "\"auditReportVersion\": 99"),
    ("openvex-json", "ns/v0.2.0", "ns/v9.9.0"),
    ("sarif", "\"version\":\"2.1.0\"", "\"version\":\"9.9.0\""),
    ("spdx-json", "SPDX-2.3", "SPDX-9.9"),
    ("spdx-text", "SPDX-2.2", "SPDX-9.9"),
    ("trivy-json", "\"SchemaVersion\": 2", "\"SchemaVersion\": 99"),
];

pub(super) const ALL: &[Format] = &[Json, JsonLines, Xml, Csv, Text];
pub(super) const JSON: &[Format] = &[Json, JsonLines];

pub(super) const fn case(
    what: &'static str,
    formats: &'static [Format],
    expected: Expected,
    make: fn(&Tool) -> Vec<Vec<u8>>,
) -> Case {
    Case {
        what,
        formats,
        make: Make::Bytes(make),
        expected,
        only: &[],
        gate: match expected {
            Expected::Closed => "levels",
            _ => "image",
        },
    }
}

use Expected::{Beside, Closed, Read, Undecided};

#[rustfmt::skip]
pub(super) const CASES: &[Case] = &[
    case("cut off", ALL, Undecided, cut_off),
    case("a report of another tool", ALL, Undecided, of_others),
    case("binary", ALL, Undecided, |_| one((0..=255).cycle().take(4096).collect::<Vec<u8>>())),
    case("compressed", ALL, Undecided, |_| one(b"\x1F\x8B\x08\x00\x00\x00\x00\x00\x00\x03\xAB\xAE\x05\x00")),
    case("another encoding", &[Xml, Csv, Text], Undecided, |tool| {
        let text = String::from_utf8(tool.base()).unwrap();
        one(text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>())
    }),
    case("odd records", JSON, Beside, |tool| {
        let odd = ["[{}]", "{\"x\":0}"];
        match tool.adapter {
            // The first stands in a summary.
            "kubescape-json" => changed(tool.text_key, &odd, |value| tool.with_last(tool.text_key, value)),
            _ => with(tool, tool.text_key, &odd),
        }
    }),
    case("odd texts", JSON, Read, |tool| with(tool, tool.text_key, &["7", "null", "true"])),
    case("odd numbers", JSON, Read, |tool| with(tool, tool.number_key, &[
        "\"None\"", "\"true\"", "\"-1\"", "true", "0.5", "99999999999999999999", "[]",
    ])),
    case("negative numbers", JSON, Read, |tool| with(tool, tool.number_key, &["-1"])),
    case("unknown levels", JSON, Closed, |tool| every(tool, tool.severity_key, &["\"severe\"", "\"-1\"", "\"true\"", "99"])),
    case("unknown levels", &[Xml, Csv], Closed, |tool| every(tool, tool.severity_key, &["severe", "-1", "true", "99"])),
    case("another version", ALL, Undecided, |tool| {
        let versions = VERSIONS.iter().filter(|(adapter, _, _)| *adapter == tool.adapter);
        versions.map(|(_, version, other)| {
            let text = String::from_utf8(tool.base()).unwrap();
            assert!(text.contains(version), "{}: no {version}", tool.adapter);
            text.replacen(version, other, 1).into_bytes()
        }).collect()
    }),
    case("ten million elements", JSON, Undecided, |tool| match tool.adapter {
        "bandit-json" => many("{\"errors\":[],\"metrics\":{\"a.py\":{}},\"results\":[0", ",0", "]}"),
        "zap-json" => many("{\"@version\":\"2.17.0\",\"site\":[{\"alerts\":[{}", ",{}", "]}]}"),
        "trufflehog-json" => many("{}", "\n{}", "\n"),
        _ => Vec::new(),
    }),
];

pub(super) fn one(bytes: impl Into<Vec<u8>>) -> Vec<Vec<u8>> {
    vec![bytes.into()]
}

fn many(before: &str, element: &str, after: &str) -> Vec<Vec<u8>> {
    one(format!("{before}{}{after}", element.repeat(10_000_000)))
}

/// The report with other values for the first that a key has.
pub(super) fn with(tool: &Tool, key: &str, values: &[&str]) -> Vec<Vec<u8>> {
    changed(key, values, |value| tool.with_first(key, value))
}

/// The report with other values for all that a key has.
pub(super) fn every(tool: &Tool, key: &str, values: &[&str]) -> Vec<Vec<u8>> {
    changed(key, values, |value| tool.with_every(key, value))
}

fn changed(key: &str, values: &[&str], change: impl Fn(&str) -> String) -> Vec<Vec<u8>> {
    if key.is_empty() {
        return Vec::new();
    }
    values
        .iter()
        .map(|value| change(value).into_bytes())
        .collect()
}

/// Forty places, evenly spaced, and the last byte but one. What ends with a whole line or document is no cut.
fn cut_off(tool: &Tool) -> Vec<Vec<u8>> {
    const PLACES: usize = 40;
    let whole = tool.base();
    let whole = whole.trim_ascii_end();
    let places = (1..PLACES).map(|place| whole.len() * place / PLACES);
    let cuts = places.chain([whole.len() - 1]).map(|end| &whole[..end]);
    let whole_lines = |cut: &[u8]| match tool.format {
        JsonLines => {
            let documents =
                serde_json::Deserializer::from_slice(cut).into_iter::<serde_json::Value>();
            documents.last().is_none_or(|last| last.is_ok())
        }
        Json | Xml => false,
        Csv | Text => cut.ends_with(b"\n"),
    };
    cuts.filter(|cut| !whole_lines(cut))
        .map(<[u8]>::to_vec)
        .collect()
}

/// Reports of six others, other ones for each tool.
fn of_others(tool: &Tool) -> Vec<Vec<u8>> {
    const STEP: usize = 9;
    let at = TOOLS
        .iter()
        .position(|other| other.adapter == tool.adapter)
        .unwrap();
    let others = (1..=6).map(|number| &TOOLS[(at + number * STEP) % TOOLS.len()]);
    let others = others.filter(|other| other.name != tool.name);
    others.map(|other| other.read(other.findings)).collect()
}
