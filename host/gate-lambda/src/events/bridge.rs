//! Events of Amazon EventBridge: which are known, whether they are ours, and what they ask.
//!
//! What an event says of account, region and repository is compared with what this function was told, and chooses nothing.

use gate_core::digest::Digest;
use serde::Deserialize;
use serde_json::Value;

use super::{Question, subject};
use crate::failure::{Failure, Result, shown};
use crate::settings::{Repository, Settings};

/// What an event asks.
#[derive(Debug)]
pub(crate) enum Asked {
    /// What stands in the event itself.
    Question(Question<'static>),
    /// To look at an image of ours.
    Image(Digest),
}

/// What every event has.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Head {
    source: String,
    detail_type: String,
    account: String,
    region: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Scan {
    repository_name: String,
    image_digest: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Inspected {
    finding_arn: String,
    resources: Vec<Resource>,
}

#[derive(Deserialize)]
struct Resource {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    details: Details,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Details {
    aws_ecr_container_image: Option<Image>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Image {
    image_hash: String,
    registry: String,
    repository_name: String,
}

#[derive(Deserialize)]
struct Detected {
    id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Evaluated {
    config_rule_name: String,
    resource_id: String,
    resource_type: String,
}

/// Reads an event.
pub(crate) fn read(event: &Value, settings: &Settings) -> Result<Asked> {
    let form = |what: &'static str| move |_| Failure::new(format!("the event is no {what}"));
    let head = Head::deserialize(event).map_err(form("event of EventBridge"))?;
    let ours = &settings.repository;
    if head.account != ours.account || head.region != ours.region {
        let place = format!("{}, {}", shown(&head.account), shown(&head.region));
        return Err(Failure::new(format!(
            "the event is of another account or region: {place}"
        )));
    }
    let detail = event.get("detail").unwrap_or(&Value::Null);
    let asked = match (&*head.source, &*head.detail_type) {
        ("aws.ecr", "ECR Image Scan") => {
            let scan = Scan::deserialize(detail).map_err(form("scan of an image"))?;
            image(ours, &scan.repository_name, &scan.image_digest)?
        }
        ("aws.inspector2", "Inspector2 Scan") => {
            let scan = Scan::deserialize(detail).map_err(form("scan of an image"))?;
            image(ours, named(ours, &scan.repository_name), &scan.image_digest)?
        }
        ("aws.inspector2", "Inspector2 Finding") => {
            let found = Inspected::deserialize(detail).map_err(form("finding of Inspector"))?;
            let [resource] = &*found.resources else {
                return Err(Failure::new("the finding is not about one resource"));
            };
            match (&*resource.kind, &resource.details.aws_ecr_container_image) {
                ("AWS_ECR_CONTAINER_IMAGE", Some(found)) if found.registry == ours.account => {
                    image(ours, &found.repository_name, &found.image_hash)?
                }
                ("AWS_ECR_CONTAINER_IMAGE", _) => {
                    return Err(Failure::new("the image is of another registry"));
                }
                _ => runtime("inspector2", &[&found.finding_arn], event)?,
            }
        }
        ("aws.guardduty", "GuardDuty Finding") => {
            let detected = Detected::deserialize(detail).map_err(form("finding of GuardDuty"))?;
            runtime("guardduty", &[&detected.id], event)?
        }
        ("aws.config", "Config Rules Compliance Change") => {
            let evaluated = Evaluated::deserialize(detail).map_err(form("evaluation of Config"))?;
            let about = [
                &*evaluated.config_rule_name,
                &evaluated.resource_type,
                &evaluated.resource_id,
            ];
            let question = alone("integrity", "aws-config", &about, event)?;
            Asked::Question(question)
        }
        (source, kind) => {
            let event = format!("{} of {}", shown(kind), shown(source));
            return Err(Failure::new(format!("the event is not known: {event}")));
        }
    };
    Ok(asked)
}

fn runtime(tool: &'static str, about: &[&str], event: &Value) -> Result<Asked> {
    Ok(Asked::Question(alone("runtime", tool, about, event)?))
}

/// A question about one thing, by a report of this event alone.
fn alone(
    gate: &'static str,
    tool: &'static str,
    about: &[&str],
    event: &Value,
) -> Result<Question<'static>> {
    if about.iter().all(|part| part.is_empty()) {
        return Err(Failure::new("the event does not say what it is about"));
    }
    Ok(Question {
        gate,
        tool,
        // What was looked at here is what is judged: not the text that it came as, which may say a thing twice.
        report: event.to_string().into_bytes(),
        subject: subject(tool, about),
        proves: false,
    })
}

/// An image of ours.
fn image(ours: &Repository, repository: &str, digest: &str) -> Result<Asked> {
    if repository != ours.name {
        let other = shown(repository);
        return Err(Failure::new(format!(
            "the image is of another repository: {other}"
        )));
    }
    let digest = digest.parse().map_err(|error| {
        Failure::new(format!(
            "the digest of the image, {}: {error}",
            shown(digest)
        ))
    })?;
    Ok(Asked::Image(digest))
}

/// The name of a repository that may be written as an ARN; an ARN of another account or region is no name of ours.
fn named<'a>(ours: &Repository, repository: &'a str) -> &'a str {
    let place = format!(":ecr:{}:{}:repository/", ours.region, ours.account);
    match repository.split_once(&*place) {
        Some((partition, name)) if partition.starts_with("arn:aws") => name,
        _ => repository,
    }
}
