//! A rule or an action of AWS CodePipeline that calls a function (`LambdaInvoke`): it waits to be told how it ended.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::prove;
use crate::Here;
use crate::aws::CODEPIPELINE;
use crate::failure::{Failure, Result, shown};
use crate::log;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Job {
    id: String,
    account_id: String,
    data: Data,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    action_configuration: ActionConfiguration,
}

#[derive(Deserialize)]
struct ActionConfiguration {
    configuration: Configuration,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Configuration {
    user_parameters: String,
}

/// Kept of the time for telling the pipeline: an answer that is not told is none.
const TELLING: Duration = Duration::from_secs(10);

/// What the pipeline's definition says is to be deployed, and where. The repository is ours whatever it says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameters {
    digest: String,
    cluster: String,
}

/// Proves the image that a pipeline is about to deploy, and tells the pipeline.
pub(super) async fn handle(here: &Here, job: &Value, until: Instant) -> Result<Value> {
    let job =
        Job::deserialize(job).map_err(|_| Failure::new("the event is no job of a pipeline"))?;
    let proven = check(here, &job, until.checked_sub(TELLING).unwrap_or(until)).await;
    let (operation, answer) = match proven {
        Ok(()) => ("PutJobSuccessResult", json!({"jobId": job.id})),
        Err(failure) => {
            log::error("the pipeline is refused", &failure);
            let mut message = failure.to_string();
            message.truncate(message.floor_char_boundary(1000));
            let details = json!({"type": "JobFailed", "message": message});
            let answer = json!({"jobId": job.id, "failureDetails": details});
            ("PutJobFailureResult", answer)
        }
    };
    // A pipeline that is told nothing waits, and then takes it for a failure.
    let told = here.aws.ask(&CODEPIPELINE, operation, &answer, until);
    told.await.map(|_| Value::Null)
}

async fn check(here: &Here, job: &Job, until: Instant) -> Result {
    let ours = &here.settings.repository;
    if job.account_id != ours.account {
        return Err(Failure::new("the pipeline is of another account"));
    }
    let text = &job.data.action_configuration.configuration.user_parameters;
    let parameters: Parameters = serde_json::from_str(text).map_err(|_| {
        Failure::new("`UserParameters` is not `{\"digest\": \"sha256:…\", \"cluster\": …}`")
    })?;
    let digest: std::result::Result<gate_core::digest::Digest, _> = parameters.digest.parse();
    let digest = digest.map_err(|error| {
        Failure::new(format!("the digest {}: {error}", shown(&parameters.digest)))
    })?;
    let image = format!("{}@{digest}", ours.url);
    prove(here, &parameters.cluster, &image, until).await
}
