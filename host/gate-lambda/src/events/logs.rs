//! Falco's alerts, as CloudWatch Logs hands them over: base64 of gzip of JSON, whose events are Falco's lines.

use std::collections::BTreeMap;
use std::io::Read as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use flate2::read::MultiGzDecoder;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{Question, judge, subject};
use crate::failure::{Failure, Result, shown};
use crate::memory::Key;
use crate::{Here, log};

/// The most that a piece of a log unpacks to. CloudWatch Logs sends a megabyte or so.
const MOST: u64 = 16 << 20;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Piece {
    message_type: String,
    owner: String,
    log_group: String,
    log_events: Vec<Line>,
}

#[derive(Deserialize)]
struct Line {
    id: String,
    message: String,
}

/// What alerts of one kind have in common: rule, image or host, and what was done by whom. So each is judged under a name
/// of its own, and one kind does not archive another.
type Kind = [String; 3];

/// Deals with a piece of the log. What fails makes all of it fail; what was dealt with is then not done again.
pub(crate) async fn handle(here: &Here, data: &str, until: Instant) -> Result<Value> {
    let piece = unpack(data)?;
    let ours = here.settings.log_group.as_ref();
    if piece.owner != here.settings.repository.account || Some(&piece.log_group) != ours {
        let group = format!("{} of {}", shown(&piece.log_group), shown(&piece.owner));
        return Err(Failure::new(format!(
            "the log group is none of ours: {group}"
        )));
    }
    match &*piece.message_type {
        // CloudWatch Logs asks whether somebody is there.
        "CONTROL_MESSAGE" => return Ok(json!({"alerts": 0, "judged": 0})),
        "DATA_MESSAGE" if !piece.log_events.is_empty() => {}
        _ => return Err(Failure::new("the piece of the log has no events")),
    }
    let alerts = piece.log_events.len();
    let mut failures = Vec::new();
    let mut kinds: BTreeMap<Kind, Vec<Line>> = BTreeMap::new();
    for line in piece.log_events {
        match kind(&line.message) {
            Ok(kind) => kinds.entry(kind).or_default().push(line),
            Err(failure) => failures.push(failure.when(shown(&line.id))),
        }
    }
    let judged = kinds.len();
    for (kind, lines) in kinds {
        if let Err(failure) = group(here, &kind, &lines, until).await {
            failures.push(failure.when(shown(&kind.join(" "))));
        }
    }
    for failure in &failures {
        log::error("alerts failed", failure);
    }
    match failures.first() {
        None => Ok(json!({"alerts": alerts, "judged": judged})),
        Some(first) => {
            let what = format!("{} of the alerts' kinds or lines failed", failures.len());
            Err(first.clone().when(what))
        }
    }
}

async fn group(here: &Here, kind: &Kind, lines: &[Line], until: Instant) -> Result {
    let alerts: Vec<_> = lines.iter().map(|l| json!([l.id, l.message])).collect();
    let key = Key::of(&json!({"falco": kind, "alerts": alerts}))?;
    if here.memory.has(key, &here.aws, until).await? {
        log::info("the alerts were dealt with before", &key.hex());
        return Ok(());
    }
    let mut report = Vec::new();
    for line in lines {
        // One alert a line, whatever it came as.
        let alert: Value = parse(&line.message)?;
        report.extend_from_slice(alert.to_string().as_bytes());
        report.push(b'\n');
    }
    let [rule, place, what] = kind;
    let question = Question {
        gate: "runtime",
        tool: "falco",
        report,
        subject: subject("falco", &[rule, place, what]),
        proves: false,
    };
    judge(here, &question, until).await?;
    here.memory.keep(key, &here.aws, until).await
}

fn unpack(data: &str) -> Result<Piece> {
    let broken = |what: &str| Failure::new(format!("the piece of the log {what}"));
    let packed = BASE64_STANDARD.decode(data);
    let packed = packed.map_err(|_| broken("is not base64"))?;
    let mut text = Vec::new();
    let unpacked = MultiGzDecoder::new(&*packed).take(MOST + 1);
    let read = { unpacked }.read_to_end(&mut text);
    read.map_err(|_| broken("is not gzip, or cut off"))?;
    if text.len() as u64 > MOST {
        return Err(broken(&format!("unpacks to more than {MOST} bytes")));
    }
    serde_json::from_slice(&text).map_err(|_| broken("is not what CloudWatch Logs sends"))
}

/// The parts of an alert that its finding's identity is made of, as the adapter reads them.
fn kind(message: &str) -> Result<Kind> {
    let alert = parse(message)?;
    let text = |value: Option<&Value>| {
        let text = value.and_then(Value::as_str).filter(|text| *text != "<NA>");
        text.unwrap_or_default().to_owned()
    };
    let field = |name: &str| {
        text(
            alert
                .get("output_fields")
                .and_then(|fields| fields.get(name)),
        )
    };
    let rule = text(alert.get("rule"));
    if rule.is_empty() {
        return Err(Failure::new(
            "the line names no rule, so it is no alert of Falco",
        ));
    }
    let image = field("container.image.repository");
    let place = match (&*field("container.id"), image.is_empty()) {
        ("host", _) | (_, true) => text(alert.get("hostname")),
        (_, false) => image,
    };
    let names = ["proc.name", "ka.verb", "ka.target.resource", "ct.name"];
    let what = names.map(field).join(" ");
    Ok([rule, place, what.trim().to_owned()])
}

fn parse(message: &str) -> Result<Value> {
    let alert = serde_json::from_str(message);
    alert.map_err(|_| {
        Failure::new("the line is no JSON document; Falco's `json_output` makes it one")
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn packed(bytes: &[u8]) -> String {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(bytes).unwrap();
        BASE64_STANDARD.encode(gzip.finish().unwrap())
    }

    #[test]
    fn what_is_not_a_piece_of_a_log_is_refused() {
        let whole = packed(br#"{"messageType":"DATA_MESSAGE"}"#);
        let cut = BASE64_STANDARD.decode(&whole).unwrap();
        let cut = BASE64_STANDARD.encode(&cut[..cut.len() - 9]);
        let bomb = packed(&vec![b' '; 40 << 20]);
        assert!(bomb.len() < 100_000);
        for (data, why) in [
            ("***", "base64"),
            ("AAAA", "gzip"),
            (&*cut, "cut off"),
            (&bomb, "unpacks to more"),
            (&whole, "not what CloudWatch"),
        ] {
            let refused = unpack(data).err().unwrap().to_string();
            assert!(refused.contains(why), "{refused}");
        }
    }

    #[test]
    fn alerts_of_one_kind_are_those_of_one_finding() {
        let alert = |fields: &str| {
            format!(
                r#"{{"rule":"R","hostname":"h","priority":"Error","output_fields":{{{fields}}}}}"#
            )
        };
        let image = r#""container.image.repository":"shop""#;
        for (fields, expected) in [
            ("", ["R", "h", ""]),
            (r#""proc.name":"sh""#, ["R", "h", "sh"]),
            (image, ["R", "shop", ""]),
            (&format!(r#"{image},"container.id":"host""#), ["R", "h", ""]),
            (&format!(r#"{image},"proc.name":"<NA>""#), ["R", "shop", ""]),
        ] {
            assert_eq!(kind(&alert(fields)).unwrap(), expected, "{fields}");
        }
        for line in ["Falco initialized", "{}", "[]", r#"{"rule":1}"#] {
            assert!(kind(line).is_err(), "{line}");
        }
    }
}
