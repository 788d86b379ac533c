//! Where in S3 a store is: `s3://bucket/prefix`, and how its region is spoken to.

use std::fmt;
use std::str::FromStr;

/// A bucket, and what the keys of the store begin with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    bucket: String,
    prefix: String,
}

/// Why a text is no place in S3.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAPlace {
    /// It begins otherwise.
    #[error("it does not begin with `s3://`")]
    Scheme,
    /// A bucket can't have this name.
    #[error(
        "`{0}` is no name of a bucket: expected 3 to 63 lower-case letters, digits, dots and hyphens"
    )]
    Bucket(String),
    /// A key should not have this in it.
    #[error(
        "`{0}` can't begin a key: expected parts of letters, digits, `.`, `_`, `=` and `-` between single slashes"
    )]
    Prefix(String),
}

impl FromStr for Place {
    type Err = NotAPlace;

    /// Names of buckets are those of the S3 User Guide, "Bucket naming rules". Of the characters that a key may have only
    /// those are taken that mean the same in an address, a path and an ARN.
    fn from_str(text: &str) -> Result<Self, NotAPlace> {
        let rest = text.strip_prefix("s3://").ok_or(NotAPlace::Scheme)?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        let ends = |text: &str| text.bytes().next().is_some_and(letter);
        let last = bucket.bytes().next_back().is_some_and(letter);
        let all = bucket.bytes().all(|b| letter(b) || b".-".contains(&b));
        if !(3..=63).contains(&bucket.len()) || !ends(bucket) || !last || !all {
            return Err(NotAPlace::Bucket(bucket.to_owned()));
        }
        let without = prefix.strip_suffix('/').filter(|rest| !rest.is_empty());
        let prefix = without.unwrap_or(prefix);
        let part = |part: &str| {
            let known = |b: u8| b.is_ascii_alphanumeric() || b"._=-".contains(&b);
            !matches!(part, "" | "." | "..") && part.bytes().all(known)
        };
        if !prefix.is_empty() && !prefix.split('/').all(part) {
            return Err(NotAPlace::Prefix(prefix.to_owned()));
        }
        Ok(Self {
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
        })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let slash = if self.prefix.is_empty() { "" } else { "/" };
        write!(f, "s3://{}{slash}{}", self.bucket, self.prefix)
    }
}

impl Place {
    /// The bucket.
    #[must_use]
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// The key of something in the store.
    pub(super) fn key(&self, name: &str) -> object_store::path::Path {
        match self.prefix.as_str() {
            "" => object_store::path::Path::from(name),
            prefix => object_store::path::Path::from(format!("{prefix}/{name}")),
        }
    }

    /// All objects of the store, as a policy statement names them.
    pub(super) fn objects(&self, partition: &str) -> String {
        let slash = if self.prefix.is_empty() { "" } else { "/" };
        let Self { bucket, prefix } = self;
        format!("arn:{partition}:s3:::{bucket}/{prefix}{slash}*")
    }

    /// The bucket, as a policy statement names it.
    pub(super) fn bucket_arn(&self, partition: &str) -> String {
        format!("arn:{partition}:s3:::{}", self.bucket)
    }
}

/// How S3 is spoken to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// The bucket's region.
    pub region: String,
    /// Address in place of the region's own; the bucket then stands in the path.
    pub endpoint: Option<String>,
    /// Whether the endpoint has to be one with validated cryptography (FIPS 140).
    pub fips: bool,
    /// Whether the endpoint has to have an IPv6 address, too.
    pub dual_stack: bool,
    /// Certificates in PEM to believe, in place of the system's.
    pub certificates: Option<Vec<u8>>,
    /// Proxy for addresses with `https:`.
    pub proxy: Option<String>,
    /// Hosts that are reached without it, as `NO_PROXY` has them.
    pub no_proxy: Option<String>,
}

/// Regions that are not in the partition `aws`: how their names begin, the partition, and what names of hosts there end
/// with. From the partitions of the AWS endpoint rules (`partitions.json` of the SDKs).
const PARTITIONS: &[(&str, &str, &str)] = &[
    ("cn-", "aws-cn", "amazonaws.com.cn"),
    ("us-gov-", "aws-us-gov", "amazonaws.com"),
    ("us-iso-", "aws-iso", "c2s.ic.gov"),
    ("us-isob-", "aws-iso-b", "sc2s.sgov.gov"),
    ("eu-isoe-", "aws-iso-e", "cloud.adc-e.uk"),
    ("us-isof-", "aws-iso-f", "csp.hci.ic.gov"),
    ("eusc-", "aws-eusc", "amazonaws.eu"),
];

impl Settings {
    /// Such as `aws-us-gov`.
    pub(super) fn partition(&self) -> &'static str {
        self.row().1
    }

    fn row(&self) -> (&'static str, &'static str, &'static str) {
        let mut rows = PARTITIONS.iter();
        let found = rows.find(|(begins, ..)| self.region.starts_with(begins));
        found.copied().unwrap_or(("", "aws", "amazonaws.com"))
    }

    /// The address of a bucket, and whether the bucket is part of the host's name.
    pub(super) fn address(&self, bucket: &str) -> (String, bool) {
        if let Some(endpoint) = &self.endpoint {
            return (endpoint.trim_end_matches('/').to_owned(), false);
        }
        let fips = if self.fips { "-fips" } else { "" };
        let dual = if self.dual_stack { ".dualstack" } else { "" };
        let (region, (.., suffix)) = (&self.region, self.row());
        let host = format!("s3{fips}{dual}.{region}.{suffix}");
        // A certificate for `*.s3.…` does not cover a name with dots.
        if bucket.contains('.') {
            (format!("https://{host}"), false)
        } else {
            (format!("https://{bucket}.{host}"), true)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_bucket_and_the_beginning_of_keys() {
        for (text, shown, key) in [
            ("s3://evidence", "s3://evidence", "records/a"),
            ("s3://evidence/", "s3://evidence", "records/a"),
            (
                "s3://my.bucket-1/a/B_2=c/",
                "s3://my.bucket-1/a/B_2=c",
                "a/B_2=c/records/a",
            ),
        ] {
            let place: Place = text.parse().unwrap();
            assert_eq!(place.to_string(), shown);
            assert_eq!(place.key("records/a").as_ref(), key);
        }
        let place: Place = "s3://evidence/shop".parse().unwrap();
        assert_eq!(place.objects("aws-cn"), "arn:aws-cn:s3:::evidence/shop/*");
        assert_eq!(place.bucket_arn("aws"), "arn:aws:s3:::evidence");
    }

    #[test]
    fn what_is_no_place_is_refused() {
        for text in [
            "evidence",
            "s3:/evidence",
            "S3://evidence",
            "s3://",
            "s3:///a",
            "s3://ab",
            "s3://Evidence",
            "s3://-bucket",
            "s3://bucket-",
            "s3://user@bucket",
            "s3://bucket/a//b",
            "s3://bucket//",
            "s3://bucket/../b",
            "s3://bucket/a b",
            "s3://bucket/a?b",
            "s3://bucket/a%2fb",
            "s3://bucket/*",
        ] {
            assert!(text.parse::<Place>().is_err(), "{text}");
        }
    }

    #[test]
    fn each_partition_has_its_hosts() {
        let of = |region: &str, bucket: &str, fips, dual_stack| {
            let region = region.to_owned();
            let settings = Settings {
                region,
                fips,
                dual_stack,
                ..Settings::default()
            };
            (settings.address(bucket), settings.partition())
        };
        for (region, bucket, fips, dual, address, in_host, partition) in [
            (
                "eu-central-1",
                "b-1",
                false,
                false,
                "https://b-1.s3.eu-central-1.amazonaws.com",
                true,
                "aws",
            ),
            (
                "eu-central-1",
                "b.1",
                false,
                true,
                "https://s3.dualstack.eu-central-1.amazonaws.com",
                false,
                "aws",
            ),
            (
                "us-gov-west-1",
                "b-1",
                true,
                false,
                "https://b-1.s3-fips.us-gov-west-1.amazonaws.com",
                true,
                "aws-us-gov",
            ),
            (
                "us-east-1",
                "b-1",
                true,
                true,
                "https://b-1.s3-fips.dualstack.us-east-1.amazonaws.com",
                true,
                "aws",
            ),
            (
                "cn-north-1",
                "b-1",
                false,
                false,
                "https://b-1.s3.cn-north-1.amazonaws.com.cn",
                true,
                "aws-cn",
            ),
            (
                "us-isob-east-1",
                "b-1",
                false,
                false,
                "https://b-1.s3.us-isob-east-1.sc2s.sgov.gov",
                true,
                "aws-iso-b",
            ),
        ] {
            assert_eq!(
                of(region, bucket, fips, dual),
                ((address.to_owned(), in_host), partition)
            );
        }
        let own = Settings {
            endpoint: Some("http://127.0.0.1:5000/".to_owned()),
            ..Settings::default()
        };
        assert_eq!(
            own.address("b-1"),
            ("http://127.0.0.1:5000".to_owned(), false)
        );
    }
}
