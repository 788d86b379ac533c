//! What a finding of Amazon Inspector is about.

use serde::Deserialize;

use gate_core::finding::{Resource, Text};

use crate::normalize::given;

#[derive(Deserialize)]
pub(super) struct Inspectable {
    #[serde(rename = "type")]
    kind: Text,
    pub(super) id: Text,
    region: Option<Text>,
    details: Option<InspectableDetails>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct InspectableDetails {
    aws_ecr_container_image: Option<Image>,
    aws_ec2_instance: Option<Instance>,
    aws_lambda_function: Option<Function>,
    code_repository: Option<Repository>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Image {
    image_hash: Option<Text>,
    platform: Option<String>,
    repository_name: Option<Text>,
}

#[derive(Deserialize)]
struct Instance {
    platform: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Function {
    function_name: Option<Text>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Repository {
    project_name: Option<Text>,
}

impl Inspectable {
    /// The name that stays when the thing is built anew. An image's identifier holds its digest, a function's its
    /// version.
    pub(super) fn name(&self) -> &Text {
        let Some(details) = &self.details else {
            return &self.id;
        };
        let image = details.aws_ecr_container_image.as_ref();
        let image = image.and_then(|image| image.repository_name.as_ref());
        let function = details.aws_lambda_function.as_ref();
        let function = function.and_then(|function| function.function_name.as_ref());
        let project = details.code_repository.as_ref();
        let project = project.and_then(|project| project.project_name.as_ref());
        image.or(function).or(project).unwrap_or(&self.id)
    }

    pub(super) fn platform(&self) -> Option<&str> {
        let details = self.details.as_ref()?;
        let image = details.aws_ecr_container_image.as_ref();
        let instance = details.aws_ec2_instance.as_ref();
        image
            .and_then(|i| i.platform.as_deref())
            .or_else(|| instance.and_then(|i| i.platform.as_deref()))
    }

    pub(super) fn resource(&self, account: Option<&Text>) -> Resource {
        let details = self.details.as_ref();
        let image = details.and_then(|d| d.aws_ecr_container_image.as_ref());
        Resource {
            account: account.cloned(),
            id: self.id.clone(),
            image_digest: image.and_then(|i| given(i.image_hash.clone())),
            kind: self.kind.clone(),
            region: given(self.region.clone()),
        }
    }
}
