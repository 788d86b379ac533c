//! What a finding is about: an image, files, an address, something in the cloud; at least what was judged.

use std::collections::BTreeMap;

use gate_core::finding::{Finding, Resource as Deployed};
use gate_core::request::Subject;

use super::limits::{self, Limit, shorten};
use super::{Container, Details, EcrImage, Resource};

/// A type of resource that the format has no better word for.
const OTHER: &str = "Other";

/// What a finding is about, the nearest first; what was judged comes last. `image` is whether that is an image.
pub(super) fn of(
    finding: &Finding,
    scope: &str,
    subject: Option<&Subject>,
    image: bool,
) -> Vec<Resource> {
    let mut resources = Vec::new();
    if let Some(deployed) = finding.resource.as_deref() {
        resources.push(cloud(deployed));
    }
    if let Some(endpoint) = finding.endpoint.as_deref() {
        let parts = [
            ("method", endpoint.method.as_deref()),
            ("parameter", endpoint.parameter.as_deref()),
        ];
        resources.push(other(&endpoint.url, parts));
    }
    for place in &finding.locations {
        let (path, logical) = (place.path.as_deref(), place.logical.as_deref());
        let Some(name) = path.or(logical) else {
            continue;
        };
        let (line, last) = [place.start_line, place.end_line]
            .map(|at| at.map(|at| at.to_string()))
            .into();
        let parts = [
            ("path", path),
            ("line", line.as_deref()),
            ("last-line", last.as_deref()),
            ("name", logical),
        ];
        resources.push(other(&format!("{scope}/{name}"), parts));
    }
    // What is left over is in the record, and their number in the finding.
    resources.truncate(limits::RESOURCES.most - 1);
    resources.push(judged(scope, subject, image));
    resources
}

/// What was judged.
pub(super) fn judged(scope: &str, subject: Option<&Subject>, image: bool) -> Resource {
    let Some(subject) = subject else {
        return other(scope, []);
    };
    let digest = subject.digest.map(|digest| digest.to_string());
    if let Some(ecr) = digest
        .as_deref()
        .and_then(|digest| ecr(&subject.name, digest))
    {
        return ecr;
    }
    let id = match &digest {
        Some(digest) => format!("{}@{digest}", subject.name),
        None => subject.name.clone(),
    };
    if !image {
        let parts = [
            ("name", Some(&*subject.name)),
            ("digest", digest.as_deref()),
        ];
        return other(&id, parts);
    }
    let container = Container {
        image_id: digest.and_then(|digest| shorten(&digest, limits::IMAGE_ID)),
        image_name: shorten(&subject.name, limits::IMAGE_NAME),
    };
    Resource {
        kind: "Container".to_owned(),
        id: named(&id),
        partition: None,
        region: None,
        details: Details {
            container: Some(container),
            ..Details::default()
        },
    }
}

/// An image in ECR, whose name says where it lies: `ACCOUNT.dkr.ecr.REGION.amazonaws.com/REPOSITORY`.
fn ecr(name: &str, digest: &str) -> Option<Resource> {
    let (registry, repository) = name.split_once('/')?;
    let (account, host) = registry.split_once(".dkr.ecr.")?;
    let (region, china) = match host.strip_suffix(".amazonaws.com.cn") {
        Some(region) => (region, true),
        None => (host.strip_suffix(".amazonaws.com")?, false),
    };
    let is_account = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
    let is_region = region.len() <= limits::RESOURCE_REGION.most
        && region
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    // A tag can follow.
    let repository = repository.split(':').next().unwrap_or_default();
    let is_repository = !repository.is_empty()
        && repository.len() <= 256
        && repository
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-/".contains(&b));
    if !(is_account && is_region && is_repository) {
        return None;
    }
    let partition = match region {
        _ if china => "aws-cn",
        _ if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    };
    Some(Resource {
        kind: "AwsEcrContainerImage".to_owned(),
        id: format!("arn:{partition}:ecr:{region}:{account}:repository/{repository}/{digest}"),
        partition: Some(partition.to_owned()),
        region: Some(region.to_owned()),
        details: Details {
            aws_ecr_container_image: Some(EcrImage {
                registry_id: account.to_owned(),
                repository_name: repository.to_owned(),
                image_digest: digest.to_owned(),
            }),
            ..Details::default()
        },
    })
}

/// Something deployed. Its type is one of the format's only if the tool says it in the format's words.
fn cloud(deployed: &Deployed) -> Resource {
    let kind = &*deployed.kind;
    let known = kind.starts_with("Aws")
        && kind.len() <= 64
        && kind.bytes().all(|b| b.is_ascii_alphanumeric());
    let mut parts = deployed.id.split(':');
    let partition = match (parts.next(), parts.next()) {
        (Some("arn"), Some(partition)) => PARTITIONS.iter().find(|known| **known == partition),
        _ => None,
    };
    let region = deployed.region.as_deref().filter(|region| {
        region.len() <= limits::RESOURCE_REGION.most
            && region.bytes().all(|b| b.is_ascii_graphic())
            && !region.is_empty()
    });
    let parts = [
        ("kind", Some(kind)),
        ("account", deployed.account.as_deref()),
        ("image-digest", deployed.image_digest.as_deref()),
    ];
    let mut resource = other(&deployed.id, parts);
    if known {
        kind.clone_into(&mut resource.kind);
    }
    resource.partition = partition.map(|partition| (*partition).to_owned());
    resource.region = region.map(str::to_owned);
    resource
}

/// The partitions that the format knows.
const PARTITIONS: &[&str] = &["aws", "aws-cn", "aws-us-gov"];

/// Something that the format has no type for.
fn other<const N: usize>(id: &str, parts: [(&'static str, Option<&str>); N]) -> Resource {
    let value = |(name, text): (&'static str, Option<&str>)| {
        Some((name, shorten(text?, limits::OTHER_VALUE)?))
    };
    let other: BTreeMap<_, _> = parts.into_iter().filter_map(value).collect();
    Resource {
        kind: OTHER.to_owned(),
        id: named(id),
        partition: None,
        region: None,
        details: Details {
            other,
            ..Details::default()
        },
    }
}

/// An id that is never blank.
fn named(id: &str) -> String {
    const LIMIT: Limit = limits::RESOURCE_ID;
    shorten(id, LIMIT).unwrap_or_else(|| "unnamed".to_owned())
}
