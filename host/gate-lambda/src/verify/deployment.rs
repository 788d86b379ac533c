//! A deployment of Amazon ECS, before its first task: which images it starts, by its revision and its task definition.
//!
//! Both are asked for by the name that the event has, in the account of this function's role. A task definition never
//! changes, so what is looked at here is what is started.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::prove;
use crate::Here;
use crate::aws::ECS;
use crate::failure::{Failure, Result, shown};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    lifecycle_stage: String,
    execution_details: Execution,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Execution {
    service_arn: String,
    target_service_revision_arn: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Revisions {
    service_revisions: Vec<Revision>,
    #[serde(default)]
    failures: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Revision {
    service_revision_arn: String,
    task_definition: String,
    /// As far as the service has resolved them: before the first task it may not have.
    #[serde(default)]
    container_images: Vec<Resolved>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Resolved {
    container_name: String,
    image_digest: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Described {
    task_definition: Definition,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Definition {
    task_definition_arn: String,
    container_definitions: Vec<Container>,
}

#[derive(Deserialize)]
struct Container {
    name: String,
    image: String,
}

/// Proves all images of a deployment.
pub(super) async fn check(here: &Here, event: &Value, until: Instant) -> Result {
    let event: Event = read("the event", event)?;
    // Later it would be too late, and a rollback calls the later ones again.
    if event.lifecycle_stage != "PRE_SCALE_UP" {
        let stage = shown(&event.lifecycle_stage);
        return Err(Failure::new(format!(
            "the hook stands at {stage}, expected PRE_SCALE_UP"
        )));
    }
    let Execution {
        service_arn,
        target_service_revision_arn: revision,
    } = event.execution_details;
    let cluster = cluster(here, &service_arn, &revision)?;
    if !here.settings.clusters.contains_key(&cluster) {
        let cluster = shown(&cluster);
        return Err(Failure::new(format!(
            "the cluster {cluster} is none of ours"
        )));
    }
    let containers = containers(here, &revision, until).await?;
    let mut ours = BTreeSet::new();
    for Container { name, image } in &containers {
        let refused = |why: &str| Failure::new(format!("container {}: {why}", shown(name)));
        let Some((repository, digest)) = image.split_once('@') else {
            return Err(refused(
                "its image is named by a tag, which may be another tomorrow",
            ));
        };
        if repository == here.settings.repository.url {
            let digest: std::result::Result<gate_core::digest::Digest, _> = digest.parse();
            digest.map_err(|error| refused(&format!("its image's digest: {error}")))?;
            ours.insert(image);
        } else if !here.settings.sidecars.contains(image) {
            return Err(refused("nobody knows its image"));
        }
    }
    if ours.is_empty() {
        return Err(Failure::new("no container has an image of ours"));
    }
    for image in ours {
        let proven = prove(here, &cluster, image, until).await;
        proven.map_err(|failure| failure.when(shown(image)))?;
    }
    Ok(())
}

/// The cluster that both names agree on, in our account and region.
fn cluster(here: &Here, service: &str, revision: &str) -> Result<String> {
    let ours = &here.settings.repository;
    let parts = |arn: &str, kind: &str| {
        let place = format!(":ecs:{}:{}:{kind}/", ours.region, ours.account);
        let (partition, path) = arn.split_once(&*place)?;
        let mut path = path.split('/').map(str::to_owned);
        let (cluster, service) = (path.next()?, path.next()?);
        partition
            .starts_with("arn:aws")
            .then_some((cluster, service))
    };
    let named = parts(service, "service");
    if named.is_none() || named != parts(revision, "service-revision") {
        return Err(Failure::new(
            "the service and its revision are not of one cluster and service of ours",
        ));
    }
    Ok(named.map(|(cluster, _)| cluster).unwrap_or_default())
}

/// The containers of a revision.
async fn containers(here: &Here, revision: &str, until: Instant) -> Result<Vec<Container>> {
    let ask = async |operation: &str, question: Value| {
        here.aws.ask(&ECS, operation, &question, until).await
    };
    let asked = json!({"serviceRevisionArns": [revision]});
    let answer = ask("DescribeServiceRevisions", asked).await?;
    let answer: Revisions = read("the service's revision", &answer)?;
    let [found] = &*answer.service_revisions else {
        return Err(Failure::new("the service has no such revision"));
    };
    if !answer.failures.is_empty() || found.service_revision_arn != revision {
        return Err(Failure::new("the service answered about another revision"));
    }
    let asked = json!({"taskDefinition": found.task_definition});
    let answer = ask("DescribeTaskDefinition", asked).await?;
    let Described { task_definition } = read("the task definition", &answer)?;
    if task_definition.task_definition_arn != found.task_definition {
        return Err(Failure::new(
            "the service answered about another task definition",
        ));
    }
    for container in &task_definition.container_definitions {
        let of = |r: &&Resolved| r.container_name == container.name;
        let resolved = found.container_images.iter().find(of);
        let resolved = resolved.and_then(|resolved| resolved.image_digest.as_deref());
        let named = container.image.split_once('@').map(|(_, digest)| digest);
        if resolved.is_some() && resolved != named {
            return Err(Failure::new(format!(
                "container {}: the service starts another image than its definition names",
                shown(&container.name)
            )));
        }
    }
    Ok(task_definition.container_definitions)
}

fn read<T: DeserializeOwned>(what: &str, value: &Value) -> Result<T> {
    T::deserialize(value)
        .map_err(|_| Failure::new(format!("{what} has not the form that is expected")))
}
