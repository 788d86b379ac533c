//! Why S3 did not do what was asked, in our words: one row for each way, with what to do about it.

use std::error::Error;

use gate_core::causes::with_causes;
use gate_core::ports::StoreError;
use http::HeaderValue;
use serde_json::json;

use crate::s3::http::Broken;
use crate::s3::keys::NoKeys;

/// What S3 answered in place of what was asked. Its texts are untrusted.
#[derive(Debug, Clone, Default, PartialEq, Eq, thiserror::Error)]
#[error("status {status} {code}: {message}")]
pub(super) struct Refused {
    status: u16,
    /// Its word, such as `SlowDown`; none in the answer to a `HEAD`.
    code: String,
    message: String,
    /// The region where the bucket is.
    region: Option<String>,
}

/// Codes that another attempt may not meet again; so do all of status 500 and above.
const PASSING: &[&str] = &[
    "ConditionalRequestConflict",
    "OperationAborted",
    "RequestTimeout",
    "SlowDown",
    "Throttling",
];

impl Refused {
    /// A refusal, from the answer's status, a header and the body: `<Error><Code>…`, or nothing.
    pub(super) fn new(status: u16, region: Option<&HeaderValue>, body: &[u8]) -> Self {
        let body = String::from_utf8_lossy(body);
        let region = region
            .and_then(|region| region.to_str().ok().map(str::to_owned))
            .or_else(|| element(&body, "Region"));
        Self {
            status,
            code: element(&body, "Code").unwrap_or_default(),
            message: element(&body, "Message").unwrap_or_default(),
            region,
        }
    }

    /// Whether it answers the question: the object is not there, or is not what was expected.
    pub(super) fn is_answer(&self, head: bool) -> bool {
        self.status == 412 || self.status == 404 && (head || self.code == "NoSuchKey")
    }

    /// Whether another attempt may go better.
    pub(super) fn passes(&self) -> bool {
        let status = matches!(self.status, 408 | 429 | 500 | 502..);
        status || PASSING.contains(&&*self.code)
    }

    fn why(&self, way: &Way) -> String {
        let message = match self.message.as_str() {
            "" => "it does not say why",
            message => message,
        };
        match way.says {
            // Its own word is all there is.
            "" => format!("status {} {}: {message}", self.status, self.code),
            says => format!("{says}: {message}"),
        }
    }
}

/// The text of the first XML element of a name, which has no elements in it.
fn element(xml: &str, name: &str) -> Option<String> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    let (text, _) = rest.split_once(&format!("</{name}>"))?;
    let text = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&apos;", "'"),
    ]
    .iter()
    .fold(text.to_owned(), |text, (from, to)| text.replace(from, to));
    Some(text.replace("&amp;", "&"))
}

/// What is asked of S3.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    /// Such as `writing`.
    pub(super) doing: &'static str,
    /// Of what, such as `s3://bucket/records/…`.
    pub(super) path: String,
    /// The action as IAM calls it.
    pub(super) action: &'static str,
    /// What a policy statement allows it on.
    pub(super) resource: String,
}

/// A way in which S3 refuses.
struct Way {
    codes: &'static [&'static str],
    /// For answers without a code that is known.
    statuses: &'static [u16],
    says: &'static str,
    help: fn(&Asked, &Refused) -> String,
}

/// The ways. Codes are those of the S3 API reference, "List of error codes".
const WAYS: &[Way] = &[
    Way {
        codes: &["ExpiredToken", "TokenRefreshRequired", "RequestExpired"],
        statuses: &[],
        says: "the credentials have expired",
        help: |_, _| {
            "have the role's credentials renewed; those in the environment are not renewed by gate"
                .to_owned()
        },
    },
    Way {
        codes: &[
            "InvalidAccessKeyId",
            "InvalidToken",
            "SignatureDoesNotMatch",
            "InvalidSecurity",
            "NotSignedUp",
        ],
        statuses: &[401],
        says: "the credentials are not accepted",
        help: |_, _| "check that key, secret and session token belong together".to_owned(),
    },
    Way {
        codes: &["RequestTimeTooSkewed"],
        statuses: &[],
        says: "the clock of this machine is wrong, says the service",
        help: |_, _| "set the clock of this machine; requests hold for fifteen minutes".to_owned(),
    },
    Way {
        codes: &["NoSuchBucket"],
        statuses: &[],
        says: "there is no such bucket",
        help: |_, _| {
            "check the bucket's name and the account; gate makes no buckets, docs/aws.md says how one should be"
                .to_owned()
        },
    },
    Way {
        codes: &[
            "PermanentRedirect",
            "TemporaryRedirect",
            "AuthorizationHeaderMalformed",
            "IllegalLocationConstraintException",
        ],
        statuses: &[301, 307],
        says: "the bucket is in another region",
        help: |_, refused| {
            let region = refused.region.as_deref().filter(|name| is_region(name));
            match region {
                Some(region) => format!(
                    "set `AWS_REGION={region}`, or `region = \"{region}\"` under `[aws]` in the profile"
                ),
                None => {
                    "set `AWS_REGION`, or `region` under `[aws]` in the profile, to the bucket's"
                        .to_owned()
                }
            }
        },
    },
    Way {
        codes: &["InvalidObjectState"],
        statuses: &[],
        says: "the object is archived",
        help: |_, _| {
            "have it restored first; a storage class that can be read at once is better for evidence"
            .to_owned()
        },
    },
    Way {
        codes: &[
            "KMS.DisabledException",
            "KMS.InvalidStateException",
            "KMS.KMSInvalidStateException",
            "KMS.NotFoundException",
            "KMS.InvalidKeyUsageException",
        ],
        statuses: &[],
        says: "the key of the bucket's encryption can't be used",
        help: |_, _| {
            "look at the key in KMS: it has to be there, enabled, and in the bucket's region"
                .to_owned()
        },
    },
    Way {
        codes: &[
            "ServerSideEncryptionConfigurationNotFoundError",
            "InvalidEncryptionAlgorithmError",
        ],
        statuses: &[],
        says: "the bucket asks for another encryption",
        help: |_, _| ENCRYPTION.to_owned(),
    },
    Way {
        codes: &[
            "SlowDown",
            "Throttling",
            "TooManyRequests",
            "RequestLimitExceeded",
        ],
        statuses: &[429, 503],
        says: "the service asks for fewer calls, and went on to",
        help: |_, _| {
            "try again later; many builds that begin with the same prefix share its rate".to_owned()
        },
    },
    Way {
        codes: &["NotImplemented"],
        statuses: &[501],
        says: "the endpoint can't do this",
        help: |_, _| {
            "use a store that knows conditional writes (`If-None-Match`) and SHA-256 checksums"
                .to_owned()
        },
    },
    Way {
        codes: &["AccessDenied", "AllAccessDisabled", "AccountProblem"],
        statuses: &[403],
        says: "access is denied",
        help: allow,
    },
];

/// A way that no row knows.
const OTHER: Way = Way {
    codes: &[],
    statuses: &[],
    says: "",
    help: |asked, refused| match (&*refused.code, &*refused.message) {
        (_, text) if text.contains("Object Lock") => {
            "the bucket has Object Lock and did not see the SHA-256 checksum that gate sends: look \
             for a proxy that takes headers away"
                .to_owned()
        }
        (_, text) if text.contains("ncryption") => ENCRYPTION.to_owned(),
        ("", _) => "check that the endpoint is one of S3".to_owned(),
        _ => format!("docs/aws.md says what `{}` needs", asked.action),
    },
};

const ENCRYPTION: &str =
    "have the bucket's default encryption be what it asks for; gate asks for none by itself";

/// The statement that would allow what was asked.
fn allow(asked: &Asked, refused: &Refused) -> String {
    let message = refused.message.as_str();
    if message.contains("explicit deny") {
        return "a policy denies it, which no other policy can allow: look at the bucket's policy, the \
                endpoint's and the organisation's; what they may ask for is in docs/aws.md"
            .to_owned();
    }
    let named = named(message);
    let (action, resource) = match &named {
        // Of a key S3 needs more than what was asked, and says what.
        Some((action, resource)) if action.starts_with("kms:") => (action.as_str(), resource),
        _ => (asked.action, &asked.resource),
    };
    let statement = json!({"Effect": "Allow", "Action": action, "Resource": resource});
    let missing = if action == "s3:GetObject" {
        "; S3 says the same of an object that is not there to whoever has no `s3:ListBucket`"
    } else {
        ""
    };
    format!("have this added to the role's policy: {statement}{missing}")
}

/// The action and resource that a refusal names: `… is not authorized to perform: ACTION on resource: "ARN" because …`.
fn named(message: &str) -> Option<(String, String)> {
    let word = |after: &str| {
        let (_, rest) = message.split_once(after)?;
        let word = rest.split_whitespace().next()?.trim_matches('"');
        let known = |b: u8| b.is_ascii_alphanumeric() || b":/*._-".contains(&b);
        word.bytes().all(known).then(|| word.to_owned())
    };
    let resource = word("on resource: ").filter(|arn| arn.starts_with("arn:"));
    Some((
        word("perform: ")?,
        resource.unwrap_or_else(|| "*".to_owned()),
    ))
}

fn is_region(name: &str) -> bool {
    let known = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (4..=32).contains(&name.len()) && name.bytes().all(known)
}

impl Asked {
    /// What the client of S3 says, in our words.
    pub(super) fn failed(self, error: &(dyn Error + 'static)) -> StoreError {
        let mut cause = Some(error);
        while let Some(at) = cause {
            if let Some(refused) = at.downcast_ref::<Refused>() {
                return self.refused(refused);
            }
            if let Some(NoKeys { why, help }) = at.downcast_ref::<NoKeys>() {
                let (why, help) = (why.clone(), help.clone());
                return self.because(why, help);
            }
            if let Some(broken) = at.downcast_ref::<Broken>() {
                return self.broken(broken);
            }
            cause = at.source();
        }
        let help = "docs/aws.md says what is asked of S3".to_owned();
        self.because(with_causes(error), help)
    }

    fn refused(self, refused: &Refused) -> StoreError {
        let by_code = WAYS.iter().find(|way| way.codes.contains(&&*refused.code));
        // A status is the word where there is no other.
        let by_status = || {
            let of = |way: &&Way| way.statuses.contains(&refused.status);
            WAYS.iter().find(of).filter(|_| refused.code.is_empty())
        };
        let way = by_code.or_else(by_status).unwrap_or(&OTHER);
        let help = (way.help)(&self, refused);
        self.because(refused.why(way), help)
    }

    fn broken(self, broken: &Broken) -> StoreError {
        let help = match broken {
            Broken::Connect { cause, .. } if cause.contains("ertificate") => {
                "name the certificates to believe with `AWS_CA_BUNDLE` or `SSL_CERT_FILE`"
            }
            Broken::Connect { .. } => {
                "check region and endpoint, and the network's way there: proxy, security group, \
                 `AWS_ENDPOINT_URL_S3`, `HTTPS_PROXY`"
            }
            Broken::Late(_) | Broken::Cut(_) => {
                "try again; if it stays so, look at the network's way to the endpoint"
            }
        };
        self.because(broken.to_string(), help.to_owned())
    }

    pub(super) fn because(self, why: String, help: String) -> StoreError {
        StoreError::Service {
            action: self.doing,
            path: self.path,
            why,
            help,
        }
    }
}
