//! The function `verify`: before a deployment, every image of it has to be proven to have passed, or be known by digest.
//!
//! Amazon ECS calls it as a lifecycle hook, AWS CodePipeline as a rule. Both are told no for whatever is not a proof.

mod deployment;
mod pipeline;

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::Here;
use crate::answer::verified;
use crate::failure::{Failure, Result};
use crate::log;

/// Answers a hook of a deployment or a rule of a pipeline.
pub(crate) async fn handle(here: &Here, event: &Value, until: Instant) -> Result<Value> {
    if let Some(job) = event.get("CodePipeline.job") {
        return pipeline::handle(here, job, until).await;
    }
    let status = match deployment::check(here, event, until).await {
        Ok(()) => "SUCCEEDED",
        Err(failure) => {
            log::error("the deployment is refused", &failure);
            "FAILED"
        }
    };
    Ok(json!({"hookStatus": status}))
}

/// Proves that an image of ours has passed the gates that its place requires.
async fn prove(here: &Here, cluster: &str, image: &str, until: Instant) -> Result {
    let gates = here.settings.clusters.get(cluster);
    let gates = gates.ok_or_else(|| Failure::new("the cluster is none of ours"))?;
    let gates: Vec<_> = gates.iter().map(ToString::to_string).collect();
    let folder = here.program.folder()?;
    let arguments = [
        "verify".to_owned(),
        format!("--config={}", here.program.profile().display()),
        format!("--subject={image}"),
        format!("--environment={}", here.settings.environment),
        format!("--require={}", gates.join(",")),
        format!("--evidence={}", here.settings.store),
        "--format=json".to_owned(),
    ];
    let ran = here.program.run(&folder, &arguments, until).await?;
    verified(&ran, image)?;
    log::info("proven", image);
    Ok(())
}
