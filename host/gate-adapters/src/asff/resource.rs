//! What a finding is about.

use serde::Deserialize;

use gate_core::finding::{Resource, Text};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Thing {
    #[serde(rename = "Type")]
    kind: Text,
    pub(super) id: Text,
    region: Option<Text>,
}

impl Thing {
    /// The name that stays when the thing is built anew. An image's identifier ends with its digest, a function's may
    /// end with its version.
    pub(super) fn name(&self) -> &str {
        let id = &*self.id;
        if let Some((repository, _)) = id
            .split_once("/sha256:")
            .or_else(|| id.split_once("@sha256:"))
        {
            return repository;
        }
        let version = id.rsplit_once(':').filter(|(name, version)| {
            let number = version.bytes().all(|b| b.is_ascii_digit());
            name.contains(":function:") && (number || *version == "$LATEST")
        });
        version.map_or(id, |(name, _)| name)
    }

    pub(super) fn resource(&self, account: Option<&Text>) -> Resource {
        let digest = self.id.find("sha256:").and_then(|at| self.id.get(at..));
        Resource {
            account: account.cloned(),
            id: self.id.clone(),
            image_digest: digest.map(Into::into),
            kind: self.kind.clone(),
            region: self.region.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_without_what_changes() {
        for (id, name) in [
            (
                "arn:aws:ecr:r:1:repository/shop/sha256:c0ffee",
                "arn:aws:ecr:r:1:repository/shop",
            ),
            (
                "registry.example/shop@sha256:c0ffee",
                "registry.example/shop",
            ),
            (
                "arn:aws:lambda:r:1:function:orders:$LATEST",
                "arn:aws:lambda:r:1:function:orders",
            ),
            (
                "arn:aws:lambda:r:1:function:orders:12",
                "arn:aws:lambda:r:1:function:orders",
            ),
            (
                "arn:aws:lambda:r:1:function:orders",
                "arn:aws:lambda:r:1:function:orders",
            ),
            ("AWS::::Account:111122223333", "AWS::::Account:111122223333"),
        ] {
            let thing = Thing {
                kind: "k".into(),
                id: id.into(),
                region: None,
            };
            assert_eq!(thing.name(), name);
        }
    }
}
