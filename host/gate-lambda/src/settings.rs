//! What the function is told by its environment. Read once, before the first event: what is wrong ends it there.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use gate_core::digest::Digest;
use gate_core::gate::GateName;

use crate::failure::{Failure, Result};

/// Which of the two functions this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Function {
    /// Judges what services found.
    Events,
    /// Proves before a deployment that what is deployed has passed.
    Verify,
}

/// Where evidence is, and what is remembered of events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Evidence {
    Directory(PathBuf),
    /// Bucket, and the prefix with its `/`, or nothing.
    Bucket(String, String),
}

/// The one repository whose images are dealt with: what an event says chooses no other, nor an account or a region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Repository {
    /// As images are named: `111122223333.dkr.ecr.eu-central-1.amazonaws.com/shop`.
    pub(crate) url: String,
    pub(crate) account: String,
    pub(crate) region: String,
    /// What names of the services' hosts end in there: `amazonaws.com`.
    pub(crate) domain: String,
    pub(crate) name: String,
}

/// Everything that the environment says.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) function: Function,
    pub(crate) environment: String,
    pub(crate) evidence: Evidence,
    /// As the program is told it.
    pub(crate) store: String,
    pub(crate) repository: Repository,
    pub(crate) thresholds: Option<String>,
    pub(crate) sign: Option<String>,
    pub(crate) publish: bool,
    pub(crate) log_group: Option<String>,
    /// The gate that judges images.
    pub(crate) image_gate: GateName,
    /// Clusters for which deployments are verified, each with the gates that are required there.
    pub(crate) clusters: BTreeMap<String, Vec<GateName>>,
    /// Images of others that may stand beside ours, each by digest.
    pub(crate) sidecars: BTreeSet<String>,
    /// What the program gets of the environment.
    pub(crate) passed: Vec<(String, OsString)>,
    pub(crate) scratch: PathBuf,
}

/// What the program gets, and nothing else: how AWS is reached, and as whom.
const PASSED: &[&str] = &[
    "AWS_ACCESS_KEY_ID",
    "AWS_CA_BUNDLE",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_USE_FIPS_ENDPOINT",
    "HTTPS_PROXY",
    "NO_PROXY",
    "SSL_CERT_FILE",
];
const ENDPOINTS: &str = "AWS_ENDPOINT_URL";

impl Settings {
    /// What this process was given.
    pub(crate) fn read() -> Result<Self> {
        let passed = env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
            .filter(|(name, _)| PASSED.contains(&&**name) || name.starts_with(ENDPOINTS))
            .collect();
        Self::of(passed, &env::temp_dir(), &|name| env::var_os(name))
    }

    fn of(
        passed: Vec<(String, OsString)>,
        temporary: &Path,
        get: &dyn Fn(&str) -> Option<OsString>,
    ) -> Result<Self> {
        let given = |name: &str| match get(name).map(OsString::into_string) {
            None => Ok(None),
            Some(Ok(value)) if !value.trim().is_empty() => Ok(Some(value)),
            // Left out and empty may mean different things to whoever wrote the template: only one of them is taken.
            Some(_) => Err(wrong(name, "it is empty, or no text; leave it out")),
        };
        let needed = |name: &str| given(name)?.ok_or_else(|| wrong(name, "it is not set"));
        let function = match &*needed("GATE_FUNCTION")? {
            "events" => Function::Events,
            "verify" => Function::Verify,
            _ => return Err(wrong("GATE_FUNCTION", "expected `events` or `verify`")),
        };
        let store = needed("GATE_EVIDENCE")?;
        let repository = Repository::of(&needed("IMAGE_REPOSITORY")?)?;
        if needed("AWS_REGION")? != repository.region {
            let why = "it is in another region than this function (`AWS_REGION`)";
            return Err(wrong("IMAGE_REPOSITORY", why));
        }
        let publish = match given("GATE_PUBLISH")?.as_deref() {
            None | Some("securityhub") => true,
            Some("none") => false,
            Some(_) => return Err(wrong("GATE_PUBLISH", "expected `securityhub` or `none`")),
        };
        let mut settings = Self {
            function,
            environment: needed("GATE_ENVIRONMENT")?,
            evidence: Evidence::of(&store)?,
            store,
            repository,
            thresholds: given("GATE_THRESHOLDS")?,
            sign: given("GATE_SIGN")?,
            publish,
            log_group: given("FALCO_LOG_GROUP")?,
            image_gate: image_gate(given("GATE_IMAGE_GATE")?.as_deref())?,
            clusters: BTreeMap::new(),
            sidecars: BTreeSet::new(),
            passed,
            scratch: temporary.join("gate-lambda"),
        };
        if function == Function::Verify {
            settings.clusters = clusters(&needed("GATE_REQUIRE")?)?;
            settings.sidecars = sidecars(&given("GATE_SIDECARS")?.unwrap_or_default())?;
        }
        Ok(settings)
    }
}

impl Evidence {
    fn of(store: &str) -> Result<Self> {
        let wrong = |why| Err(wrong("GATE_EVIDENCE", why));
        let Some(place) = store.strip_prefix("s3://") else {
            let path = PathBuf::from(store);
            return if path.is_absolute() {
                Ok(Self::Directory(path))
            } else {
                wrong("expected `s3://BUCKET/PREFIX`, or a directory from `/` on")
            };
        };
        let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
        let plain = |text: &str, more: &str| {
            text.chars()
                .all(|c| c.is_ascii_alphanumeric() || more.contains(c))
        };
        let parts = || prefix.trim_end_matches('/').split('/');
        if bucket.is_empty() || !plain(bucket, ".-") {
            return wrong("there is no such name of a bucket");
        }
        if !plain(prefix, "._-/")
            || !prefix.is_empty() && parts().any(|part| ["", ".", ".."].contains(&part))
        {
            return wrong("expected a prefix of letters, digits and `.`, `_`, `-`, `/`");
        }
        let prefix = match prefix.trim_end_matches('/') {
            "" => String::new(),
            prefix => format!("{prefix}/"),
        };
        Ok(Self::Bucket(bucket.to_owned(), prefix))
    }
}

impl Repository {
    fn of(url: &str) -> Result<Self> {
        let parts = || {
            let (host, name) = url.split_once('/')?;
            let (account, rest) = host.split_once(".dkr.ecr.")?;
            let (region, domain) = rest.split_once('.')?;
            let digits = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
            let plain = |text: &str, more: &str| {
                let fits =
                    |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || more.contains(c);
                !text.is_empty() && text.chars().all(fits)
            };
            let fits = digits && plain(region, "-") && plain(domain, ".-") && plain(name, "._-/");
            fits.then(|| Self {
                url: url.to_owned(),
                account: account.to_owned(),
                region: region.to_owned(),
                domain: domain.to_owned(),
                name: name.to_owned(),
            })
        };
        parts().ok_or_else(|| {
            let form = "expected `ACCOUNT.dkr.ecr.REGION.DOMAIN/NAME`, without tag and digest";
            wrong("IMAGE_REPOSITORY", form)
        })
    }
}

/// `CLUSTER=GATE,GATE;CLUSTER=…`.
fn clusters(text: &str) -> Result<BTreeMap<String, Vec<GateName>>> {
    let wrong = |why: String| wrong("GATE_REQUIRE", &why);
    let mut clusters = BTreeMap::new();
    for entry in text.split(';') {
        let (cluster, gates) = entry
            .split_once('=')
            .ok_or_else(|| wrong("expected `CLUSTER=GATE,GATE;…`".to_owned()))?;
        let gates = gates.split(',').map(|gate| GateName::new(gate.trim()));
        let gates: std::result::Result<Vec<_>, _> = gates.collect();
        let gates = gates.map_err(|error| wrong(format!("a gate of `{cluster}`: {error}")))?;
        let cluster = cluster.trim().to_owned();
        if cluster.is_empty() || clusters.insert(cluster, gates).is_some() {
            return Err(wrong(
                "a cluster has no name, or stands there twice".to_owned(),
            ));
        }
    }
    Ok(clusters)
}

/// The gate that judges images: `image`, unless the profile has one that asks for what the registry knows alone.
fn image_gate(given: Option<&str>) -> Result<GateName> {
    let name = given.unwrap_or("image");
    GateName::new(name).map_err(|error| wrong("GATE_IMAGE_GATE", &error.to_string()))
}

/// Images by digest, with commas between them.
fn sidecars(text: &str) -> Result<BTreeSet<String>> {
    let images = text.split(',').map(str::trim).filter(|i| !i.is_empty());
    images
        .map(|image| match image.split_once('@') {
            Some((name, digest)) if !name.is_empty() && digest.parse::<Digest>().is_ok() => {
                Ok(image.to_owned())
            }
            _ => Err(wrong("GATE_SIDECARS", "expected `NAME@sha256:DIGEST,…`")),
        })
        .collect()
}

fn wrong(name: &str, why: &str) -> Failure {
    Failure::new(format!("the variable `{name}`: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RIGHT: &[(&str, &str)] = &[
        ("GATE_FUNCTION", "verify"),
        ("GATE_ENVIRONMENT", "production"),
        ("GATE_EVIDENCE", "s3://evidence/shop/"),
        ("AWS_REGION", "cn-north-1"),
        (
            "IMAGE_REPOSITORY",
            "111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn/team/shop",
        ),
        ("GATE_REQUIRE", "blue=image,dast;green=image"),
    ];

    fn read(changes: &[(&str, &str)]) -> Result<Settings> {
        let get = |name: &str| {
            let mut all = changes.iter().chain(RIGHT);
            let (_, value) = all.find(|(named, _)| *named == name)?;
            (*value != "UNSET").then(|| OsString::from(value))
        };
        Settings::of(Vec::new(), Path::new("/t"), &get)
    }

    #[test]
    fn what_is_right_is_read() {
        let settings = read(&[]).unwrap();
        assert_eq!(settings.repository.account, "111122223333");
        assert_eq!(settings.repository.domain, "amazonaws.com.cn");
        assert_eq!(settings.repository.name, "team/shop");
        assert_eq!(
            settings.evidence,
            Evidence::Bucket("evidence".to_owned(), "shop/".to_owned())
        );
        assert_eq!(settings.clusters.len(), 2);
        assert!(settings.publish, "it is published unless somebody says no");
    }

    #[test]
    fn what_is_wrong_is_refused_before_the_first_event() {
        let digest = "0".repeat(64);
        let tagged = "111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn/shop:1";
        for (name, value) in [
            ("GATE_FUNCTION", "UNSET"),
            ("GATE_FUNCTION", "both"),
            ("GATE_ENVIRONMENT", "UNSET"),
            ("GATE_ENVIRONMENT", " "),
            ("GATE_EVIDENCE", "evidence"),
            ("GATE_EVIDENCE", "s3://"),
            ("GATE_EVIDENCE", "s3://evidence/../other"),
            ("GATE_EVIDENCE", "s3://evidence/a//b"),
            ("GATE_EVIDENCE", "s3://evidence/a?b"),
            ("AWS_REGION", "eu-central-1"),
            ("IMAGE_REPOSITORY", "registry.example/shop"),
            ("IMAGE_REPOSITORY", tagged),
            ("GATE_PUBLISH", "nobody"),
            ("GATE_THRESHOLDS", ""),
            ("GATE_SIGN", ""),
            ("GATE_IMAGE_GATE", "the image"),
            ("GATE_REQUIRE", "UNSET"),
            ("GATE_REQUIRE", "blue"),
            ("GATE_REQUIRE", "blue="),
            ("GATE_REQUIRE", "blue=image;blue=dast"),
            ("GATE_REQUIRE", "=image"),
            ("GATE_SIDECARS", "falco:latest"),
            ("GATE_SIDECARS", &format!("@sha256:{digest}")),
        ] {
            let refused = read(&[(name, value)]).unwrap_err().to_string();
            assert!(refused.contains('`'), "{name}={value}: {refused}");
        }
    }
}
