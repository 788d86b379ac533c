//! What a finding is about.

use serde::Deserialize;

use gate_core::finding::{Resource, Text};

use crate::normalize::given;

#[derive(Deserialize)]
pub(super) struct Thing {
    uid: Option<Text>,
    name: Option<Text>,
    #[serde(rename = "type")]
    kind: Option<Text>,
    region: Option<Text>,
    namespace: Option<Text>,
}

impl Thing {
    /// In a cluster the namespace and the name: the identifier there is another one after each start.
    pub(super) fn id(&self) -> Text {
        let name = self.name.as_deref().unwrap_or_default();
        match self.namespace.as_deref().filter(|space| !space.is_empty()) {
            Some(namespace) if !name.is_empty() => format!("{namespace}/{name}").into(),
            _ => given(self.uid.clone()).unwrap_or_else(|| name.into()),
        }
    }

    /// Its identifier without an image's digest, which is another one after each build.
    pub(super) fn place(&self) -> Text {
        let id = self.id();
        let cut = id.find("@sha256:").or_else(|| id.find("/sha256:"));
        cut.and_then(|at| id.get(..at)).unwrap_or(&id).into()
    }

    pub(super) fn resource(&self, account: Option<&Text>, region: Option<&Text>) -> Resource {
        let id = self.id();
        let digest = id.find("sha256:").and_then(|at| id.get(at..));
        Resource {
            account: account.cloned(),
            image_digest: digest.map(Into::into),
            kind: self.kind.clone().unwrap_or_default(),
            region: given(self.region.clone()).or_else(|| region.cloned()),
            id,
        }
    }
}
