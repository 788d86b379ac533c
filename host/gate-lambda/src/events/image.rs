//! An image's findings, whole: the event has their number at most.

use gate_core::digest::Digest;
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use super::{Question, judge as judge_question};
use crate::Here;
use crate::aws::ECR;
use crate::failure::{Failure, Result};

/// The most pages, of a thousand findings each.
const PAGES: usize = 20;
/// The lists of a page: of basic and of enhanced scanning.
const LISTS: [&str; 2] = ["findings", "enhancedFindings"];
const FINDINGS: &str = "imageScanFindings";

/// Judges an image of our repository by all that its scan found.
pub(crate) async fn judge(here: &Here, digest: Digest, until: Instant) -> Result {
    let report = findings(here, digest, until).await?;
    let question = Question {
        gate: here.settings.image_gate.as_str(),
        tool: "ecr",
        report: report.to_string().into_bytes(),
        subject: format!("{}@{digest}", here.settings.repository.url),
        proves: true,
    };
    judge_question(here, &question, until).await
}

/// What `describe-image-scan-findings` says, its pages in one.
async fn findings(here: &Here, digest: Digest, until: Instant) -> Result<Value> {
    let ours = &here.settings.repository;
    let mut question = json!({
        "registryId": ours.account,
        "repositoryName": ours.name,
        "imageId": {"imageDigest": digest.to_string()},
        "maxResults": 1000,
    });
    let mut lists: [Vec<Value>; 2] = Default::default();
    for _ in 0..PAGES {
        let page = here
            .aws
            .ask(&ECR, "DescribeImageScanFindings", &question, until);
        let mut page = page.await?;
        let told = page.pointer("/imageId/imageDigest").and_then(Value::as_str);
        let repository = page.get("repositoryName").and_then(Value::as_str);
        if told != Some(&*digest.to_string()) || repository != Some(&*ours.name) {
            return Err(Failure::new("the registry answered about another image"));
        }
        let next = page.get("nextToken").cloned().filter(|t| !t.is_null());
        for (list, name) in lists.iter_mut().zip(LISTS) {
            if let Some(Value::Array(found)) = page
                .get_mut(FINDINGS)
                .and_then(|scan| scan.get_mut(name))
                .map(Value::take)
            {
                list.extend(found);
            }
        }
        let Some(next) = next else {
            return Ok(whole(page, lists));
        };
        if let Some(question) = question.as_object_mut() {
            question.insert("nextToken".to_owned(), next);
        }
    }
    let most = PAGES * 1000;
    Err(Failure::new(format!(
        "the image has more than {most} findings"
    )))
}

/// The last page, with the lists of all. A list that no page had is not made up.
fn whole(mut page: Value, lists: [Vec<Value>; 2]) -> Value {
    if let Some(scan) = page.get_mut(FINDINGS).and_then(Value::as_object_mut) {
        fill(scan, lists);
    }
    page
}

fn fill(scan: &mut Map<String, Value>, lists: [Vec<Value>; 2]) {
    for (list, name) in lists.into_iter().zip(LISTS) {
        if !list.is_empty() || scan.contains_key(name) {
            scan.insert(name.to_owned(), Value::Array(list));
        }
    }
}
