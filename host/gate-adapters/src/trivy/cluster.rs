//! The report of `trivy k8s --format json`: results, as of any other target, in each resource of a cluster.
//!
//! Format: `pkg/k8s/report/report.go` of Trivy 0.50. Resources stand under `Resources` (`--report all`), under
//! `Findings` (`--report summary`, with the resources of one name brought together), and, in older versions, under
//! `Vulnerabilities` and `Misconfigurations`. What could not be scanned has an `Error`.

use serde::Deserialize;

use gate_core::finding::{Finding, Resource, Text};
use gate_core::scan_report::Target;

use super::{ADAPTER, Metadata, ResultHead, manifest_digests, settle_result, unknown};
use crate::adapter::{Record, Run};
use crate::envelope::object;
use crate::error::ReadError;

/// A cluster without its records.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Cluster {
    cluster_name: String,
    resources: Option<Vec<ResourceHead>>,
    findings: Option<Vec<ResourceHead>>,
    vulnerabilities: Option<Vec<ResourceHead>>,
    misconfigurations: Option<Vec<ResourceHead>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ResourceHead {
    namespace: Option<Text>,
    kind: Text,
    name: Text,
    metadata: Option<OneOrMany>,
    results: Option<Vec<ResultHead>>,
    error: Option<String>,
}

/// Newer versions give the metadata of each of a resource's images.
#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    Many(Vec<Metadata>),
    One(Metadata),
}

/// Where a record stands, as far as what surrounds it goes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place {
    list: String,
    resource: usize,
    result: usize,
}

impl Place {
    pub(super) fn of(record: &Record<'_>) -> Self {
        let index = |at: usize| record.indexes.get(at).map_or(usize::MAX, |i| *i as usize);
        Self {
            list: record.name().to_owned(),
            resource: index(0),
            result: index(1),
        }
    }
}

impl Cluster {
    pub(super) fn read(envelope: &[u8], run: &mut Run) -> Result<Self, ReadError> {
        let cluster: Self = object(ADAPTER.tool, envelope)?;
        run.target = Some(Target {
            digests: Vec::new(),
            kind: Some("kubernetes".to_owned()),
            name: cluster.cluster_name.clone(),
        });
        let (mut scanned, mut with_results) = (0_u64, 0_u64);
        for (list, resources) in cluster.lists() {
            for (at, resource) in resources.iter().enumerate() {
                scanned += 1;
                with_results += u64::from(resource.results.as_ref().is_some_and(|r| !r.is_empty()));
                if let Some(error) = resource.error.as_deref().filter(|error| !error.is_empty()) {
                    run.left_out(format!("/{list}/{at}"), error);
                }
            }
        }
        run.scanned = Some(scanned);
        if with_results == 0 {
            run.nothing_scanned("Trivy has results of no resource of the cluster");
        }
        leave_out_unknown(envelope, run)?;
        Ok(cluster)
    }

    fn lists(&self) -> impl Iterator<Item = (&'static str, &[ResourceHead])> {
        let lists = [
            ("Resources", &self.resources),
            ("Findings", &self.findings),
            ("Vulnerabilities", &self.vulnerabilities),
            ("Misconfigurations", &self.misconfigurations),
        ];
        lists
            .into_iter()
            .filter_map(|(name, list)| list.as_deref().map(|list| (name, list)))
    }

    /// Completes a finding with what its resource and its result say.
    pub(super) fn settle(&self, finding: &mut Finding, place: &Place) {
        let Some((_, resources)) = self.lists().find(|(name, _)| *name == place.list) else {
            return;
        };
        let Some(resource) = resources.get(place.resource) else {
            return;
        };
        let result = resource.results.as_ref().and_then(|r| r.get(place.result));
        if let Some(result) = result {
            settle_result(finding, result);
        }
        let id = resource.id();
        // The target of a manifest is the resource itself, without its namespace.
        let is_manifest = result.and_then(|r| r.kind.as_deref()) == Some("kubernetes");
        let inside = |path: &Option<Text>| -> Text {
            match path.as_deref().filter(|_| !is_manifest) {
                Some(path) => format!("{id}/{path}").into(),
                None => id.clone(),
            }
        };
        if let Some(vulnerability) = finding.vulnerability.as_mut() {
            let software = &mut vulnerability.software;
            software.path = Some(inside(&software.path));
        }
        if let Some(at) = finding.locations.first_mut() {
            at.path = Some(inside(&at.path));
        }
        finding.resource = Some(Box::new(Resource {
            account: None,
            image_digest: resource.image_digest(),
            kind: resource.kind.clone(),
            region: None,
            id,
        }));
    }
}

impl ResourceHead {
    /// Such as `shop/Deployment/web`; without a namespace what belongs to the cluster.
    fn id(&self) -> Text {
        let Self { kind, name, .. } = self;
        match self.namespace.as_deref().filter(|space| !space.is_empty()) {
            Some(namespace) => format!("{namespace}/{kind}/{name}").into(),
            None => format!("{kind}/{name}").into(),
        }
    }

    /// The digest of its image, when it has one only.
    fn image_digest(&self) -> Option<Text> {
        let of = |metadata: &Metadata| metadata.repo_digests.clone().unwrap_or_default();
        let references = match self.metadata.as_ref()? {
            OneOrMany::One(one) => of(one),
            OneOrMany::Many(many) => many.iter().flat_map(of).collect(),
        };
        match manifest_digests(&references).as_slice() {
            [one] => Some(one.as_str().into()),
            _ => None,
        }
    }
}

fn leave_out_unknown(envelope: &[u8], run: &mut Run) -> Result<(), ReadError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Lists {
        resources: Option<Vec<Keys>>,
        findings: Option<Vec<Keys>>,
        vulnerabilities: Option<Vec<Keys>>,
        misconfigurations: Option<Vec<Keys>>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Keys {
        results: Option<Vec<unknown::Keys>>,
    }
    let lists: Lists = object(ADAPTER.tool, envelope)?;
    for (list, resources) in [
        ("Resources", lists.resources),
        ("Findings", lists.findings),
        ("Vulnerabilities", lists.vulnerabilities),
        ("Misconfigurations", lists.misconfigurations),
    ] {
        for (at, resource) in resources.iter().flatten().enumerate() {
            let results = resource.results.as_deref().unwrap_or_default();
            unknown::leave_out(results, &format!("/{list}/{at}/Results"), run);
        }
    }
    Ok(())
}
