//! The function `events`: what services found becomes a report, and the gate that it belongs to judges it.
//!
//! A gate publishes what it was told as all there is: what a tool no longer reports about a subject is archived. So an event
//! is never judged under a subject that is more than the event is about. An image's events only say that there is something
//! to look at; its findings are then asked for, all of them. Every other event is judged under a name of its own.

mod bridge;
mod image;
mod logs;

use std::collections::BTreeMap;
use std::fs;

use gate_core::digest::Digest;
use gate_core::exit_code::ExitCode;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::answer::{About, verdict};
use crate::failure::{Failure, Result, shown};
use crate::memory::Key;
use crate::{Here, log};

/// What a gate is asked.
#[derive(Debug)]
pub(crate) struct Question<'a> {
    pub(crate) gate: &'a str,
    /// The adapter that reads the report.
    pub(crate) tool: &'static str,
    pub(crate) report: Vec<u8>,
    pub(crate) subject: String,
    /// Whether the report is everything that the gate asks about the subject, so that its verdict proves something.
    pub(crate) proves: bool,
}

/// What came of the images of this invocation. One scan of an image gives an event for each of its findings.
type Images = BTreeMap<Digest, Result>;

/// Deals with a batch of events or a piece of a log.
pub(crate) async fn handle(here: &Here, event: &Value, until: Instant) -> Result<Value> {
    if let Some(records) = event.get("Records").and_then(Value::as_array) {
        return batch(here, records, until).await;
    }
    if let Some(data) = event.pointer("/awslogs/data").and_then(Value::as_str) {
        return logs::handle(here, data, until).await;
    }
    let what = "expected `Records` of a queue or `awslogs` of a log group";
    Err(Failure::new(what))
}

/// Deals with each message of a queue for itself: what fails is delivered again, the others are not.
async fn batch(here: &Here, records: &[Value], until: Instant) -> Result<Value> {
    let mut failed = Vec::new();
    let mut images = Images::new();
    // Who can't be named can't be said to have failed: all of them have.
    let id = |record: &Value| {
        let id = record.get("messageId").and_then(Value::as_str);
        let id = id.filter(|id| !id.is_empty()).map(str::to_owned);
        id.ok_or_else(|| Failure::new("a record has no `messageId`"))
    };
    let ids = records.iter().map(id).collect::<Result<Vec<_>>>()?;
    for (record, id) in records.iter().zip(ids) {
        if let Err(failure) = message(here, record, &mut images, until).await {
            log::error("the event failed", &failure.when(shown(&id)));
            failed.push(json!({"itemIdentifier": id}));
        }
    }
    Ok(json!({"batchItemFailures": failed}))
}

async fn message(here: &Here, record: &Value, images: &mut Images, until: Instant) -> Result {
    let text = |name: &str| record.get(name).and_then(Value::as_str);
    if text("eventSource") != Some("aws:sqs") {
        return Err(Failure::new(
            "the record is none of a queue (`eventSource`)",
        ));
    }
    let body = text("body").ok_or_else(|| Failure::new("the record has no `body`"))?;
    let mut event: Value = serde_json::from_str(body)
        .map_err(|_| Failure::new("the body of the message is no JSON document"))?;
    // What an archive adds when it delivers an event again.
    if let Some(event) = event.as_object_mut() {
        event.remove("replay-name");
    }
    let key = Key::of(&event)?;
    let asked = bridge::read(&event, &here.settings)?;
    if here.memory.has(key, &here.aws, until).await? {
        log::info("the event was dealt with before", &key.hex());
        return Ok(());
    }
    match asked {
        bridge::Asked::Question(question) => judge(here, &question, until).await?,
        bridge::Asked::Image(digest) => {
            if let Some(known) = images.get(&digest) {
                known.clone()?;
            } else {
                let judged = image::judge(here, digest, until).await;
                images.insert(digest, judged.clone());
                judged?;
            }
        }
    }
    here.memory.keep(key, &here.aws, until).await
}

/// Has the program judge, keep its evidence and publish; fails unless all of that was done.
pub(crate) async fn judge(here: &Here, question: &Question<'_>, until: Instant) -> Result {
    let (settings, program) = (&here.settings, &here.program);
    let folder = program.folder()?;
    let report = folder.write("report.json", &question.report)?;
    let (metrics, signed) = (folder.file("metrics"), folder.file("signed"));
    let config = format!("--config={}", program.profile().display());
    let evidence = format!("--evidence={}", settings.store);
    let mut arguments = vec![
        "evaluate".to_owned(),
        question.gate.to_owned(),
        config.clone(),
        format!("--environment={}", settings.environment),
        format!("--report={}={}", question.tool, report.display()),
        format!("--subject={}", question.subject),
        evidence.clone(),
        format!("--metrics={}", metrics.display()),
        "--format=json".to_owned(),
    ];
    if let Some(path) = &settings.thresholds {
        arguments.push(format!("--thresholds=ssm:{path}"));
    }
    if settings.publish {
        arguments.push("--publish=securityhub".to_owned());
    }
    let sign = settings.sign.as_ref().filter(|_| question.proves);
    if let Some(key) = sign {
        arguments.push(format!("--sign={key}"));
        arguments.push(format!("--attestation-output={}", signed.display()));
    }
    let ran = program.run(&folder, &arguments, until).await;
    if let Ok(lines) = fs::read_to_string(&metrics) {
        log::metrics(&lines);
    }
    let ran = ran?;
    let about = About {
        gate: question.gate,
        environment: &settings.environment,
        subject: &question.subject,
    };
    let verdict = verdict(&ran, &about)?;
    // A closed gate ends with its own code, whatever became of what is to follow: that has to be asked for.
    if ran.code == ExitCode::Closed as i32 {
        if sign.is_some() && !has_envelope(&signed) {
            return Err(Failure::new("the verdict was not signed"));
        }
        if settings.publish {
            let arguments = [
                "publish".to_owned(),
                verdict.record.to_string(),
                config,
                "--to=securityhub".to_owned(),
                evidence,
                "--format=json".to_owned(),
            ];
            let published = program.run(&folder, &arguments, until).await?;
            if published.code != ExitCode::Open as i32 {
                return Err(Failure::new("not everything of the verdict was published"));
            }
        }
    }
    let said = format!("{} {:?} {}", question.gate, verdict.outcome, verdict.record);
    log::info("judged", &said);
    Ok(())
}

fn has_envelope(folder: &std::path::Path) -> bool {
    let mut names = fs::read_dir(folder).into_iter().flatten().flatten();
    names.any(|entry| entry.file_name().to_string_lossy().ends_with(".dsse.json"))
}

/// The name of what an event is about: plain characters only, and never too long for an id in Security Hub.
pub(crate) fn subject(kind: &str, parts: &[&str]) -> String {
    const MOST: usize = 200;
    let mut name = kind.to_owned();
    for part in parts {
        name.push('/');
        if part.is_empty() {
            name.push('-');
        }
        for byte in part.bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'_' | b'-' | b':' => {
                    name.push(char::from(byte));
                }
                other => name.push_str(&format!("%{other:02X}")),
            }
        }
    }
    if name.len() > MOST {
        return format!("{kind}/{}", Digest::of(name.as_bytes()).hex());
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_plain_and_no_two_things_have_the_same() {
        for (parts, name) in [
            (&["a", "b"][..], "k/a/b"),
            (&["a/b"], "k/a%2Fb"),
            (&["", "b"], "k/-/b"),
            (&["shop@sha256:x"], "k/shop%40sha256:x"),
            (&["--config=x\n"], "k/--config%3Dx%0A"),
            (&["é"], "k/%C3%A9"),
        ] {
            assert_eq!(subject("k", parts), name);
        }
        let long = "x".repeat(1000);
        let other = format!("{long}y");
        assert_ne!(subject("k", &[&long]), subject("k", &[&other]));
        assert!(subject("k", &[&long]).len() < 200);
    }
}
