//! What went wrong at AWS: what was asked, of what, and which of the ways to fail it was.

use std::env;
use std::error::Error;
use std::fmt;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use gate_core::causes::with_causes;

/// What is asked of AWS: the action as IAM calls it, and the resource that it is asked of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// Such as `ssm:GetParametersByPath`.
    pub name: &'static str,
    /// An ARN as a policy statement names it, with `*` for what is not known.
    pub resource: String,
}

impl Action {
    /// An action on a resource.
    #[must_use]
    pub fn on(name: &'static str, resource: impl Into<String>) -> Self {
        let resource = resource.into();
        Self { name, resource }
    }

    /// The statement of a policy that allows it.
    #[must_use]
    pub fn statement(&self) -> String {
        let Self { name, resource } = self;
        let statement =
            serde_json::json!({"Effect": "Allow", "Action": name, "Resource": resource});
        statement.to_string()
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on `{}`", self.name, self.resource)
    }
}

/// Why AWS did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{action}: {cause}")]
pub struct AwsError {
    /// What was asked.
    pub action: Action,
    /// Why not.
    pub cause: Cause,
}

/// The ways to fail. Texts are of the service, and untrusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Cause {
    /// Nobody says which region is meant.
    #[error("no region is set")]
    NoRegion,
    /// Nobody says who asks.
    #[error("there are no credentials: {0}")]
    NoCredentials(String),
    /// Who asked is no longer believed.
    #[error("the credentials have expired: {0}")]
    Expired(String),
    /// Who asked is not who it says, as the service sees it: unknown key, wrong signature.
    #[error("the credentials are not accepted: {0}")]
    NotAccepted(String),
    /// The clocks differ.
    #[error("the clock of this machine is wrong, says the service: {0}")]
    ClockSkew(String),
    /// Who asked may not.
    #[error("access is denied: {0}")]
    Denied(String),
    /// What was asked of is not there.
    #[error("not found: {0}")]
    NotFound(String),
    /// It asks for less, again and again.
    #[error("the service asks for fewer calls, and went on to: {0}")]
    Throttled(String),
    /// Nobody answered, or the answer was cut off.
    #[error("no whole answer: {0}")]
    Unreachable(String),
    /// No answer in time.
    #[error("no answer in time: {0}")]
    TimedOut(String),
    /// The service has a word of its own for it.
    #[error("{code}: {message}")]
    Service {
        /// Its word, such as `ParameterVersionNotFound`.
        code: String,
        /// Its sentence.
        message: String,
    },
}

impl AwsError {
    /// What the reader can do.
    #[must_use]
    pub fn help(&self) -> String {
        match &self.cause {
            Cause::NoRegion => "set `AWS_REGION`, or `region` under `[aws]` in the profile".into(),
            Cause::NoCredentials(_) => "give the build a role; looked for in this order: environment, \
                 profile, web identity (OIDC), container, instance; docs/aws.md has each of them"
                .into(),
            Cause::Expired(_) => "have the role's credentials renewed; those in the environment are not renewed by gate".into(),
            Cause::NotAccepted(_) => {
                "check that key, secret and session token belong together".into()
            }
            Cause::ClockSkew(_) => "set the clock of this machine; signatures hold for five minutes".into(),
            Cause::Denied(said) if said.contains("explicit deny") => {
                "a policy denies it, which no other policy can allow: look at the organisation's, the \
                 resource's and the endpoint's"
                    .into()
            }
            Cause::Denied(_) => format!(
                "have this added to the role's policy: {}",
                self.action.statement()
            ),
            Cause::NotFound(_) => "check the name, the account and the region".into(),
            Cause::Throttled(_) => "try again later, or have the quota raised".into(),
            Cause::Unreachable(_) | Cause::TimedOut(_) => "check the network's way to the service: endpoint, \
                 proxy, security group; `AWS_ENDPOINT_URL` and `HTTPS_PROXY` are respected"
                .into(),
            Cause::Service { .. } => "docs/aws.md says what is asked of each service".into(),
        }
    }

    /// Whether the same call may succeed later, with nothing changed by anybody.
    #[must_use]
    pub fn passes(&self) -> bool {
        matches!(
            self.cause,
            Cause::Throttled(_) | Cause::Unreachable(_) | Cause::TimedOut(_)
        )
    }

    /// What an SDK says, in our words.
    pub(crate) fn of<E>(action: Action, error: &SdkError<E, Response>) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        let cause = credentials(error).unwrap_or_else(|| cause(error));
        Self { action, cause }
    }
}

/// Words of services, and what they mean.
type Words = (&'static [&'static str], fn(String) -> Cause);

/// The service's words for each way to fail. They differ between services for the same thing.
const WORDS: &[Words] = &[
    (
        &[
            "ExpiredToken",
            "ExpiredTokenException",
            "RequestExpired",
            "TokenRefreshRequired",
        ],
        Cause::Expired,
    ),
    (
        &[
            "InvalidClientTokenId",
            "UnrecognizedClientException",
            "InvalidSignatureException",
            "SignatureDoesNotMatch",
            "InvalidAccessKeyId",
            "MissingAuthenticationToken",
            "IncompleteSignature",
            "InvalidIdentityToken",
            "InvalidIdentityTokenException",
        ],
        Cause::NotAccepted,
    ),
    (&["RequestTimeTooSkewed"], Cause::ClockSkew),
    (
        &[
            "AccessDenied",
            "AccessDeniedException",
            "AuthorizationError",
            "UnauthorizedOperation",
            "NotAuthorized",
        ],
        Cause::Denied,
    ),
    (
        &[
            "ParameterNotFound",
            "NotFoundException",
            "ResourceNotFoundException",
            "NotFound",
        ],
        Cause::NotFound,
    ),
    (
        &[
            "Throttling",
            "ThrottlingException",
            "ThrottledException",
            "TooManyRequestsException",
            "RequestLimitExceeded",
            "LimitExceededException",
            "SlowDown",
        ],
        Cause::Throttled,
    ),
];

fn cause<E>(error: &SdkError<E, Response>) -> Cause
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let all = || with_causes(error);
    match error {
        SdkError::TimeoutError(_) => Cause::TimedOut(all()),
        SdkError::DispatchFailure(failure) if failure.is_timeout() => Cause::TimedOut(all()),
        SdkError::DispatchFailure(_) | SdkError::ResponseError(_) => Cause::Unreachable(all()),
        SdkError::ServiceError(service) => {
            let said = service.err();
            let status = service.raw().status().as_u16();
            let code = said.code().unwrap_or_default().to_owned();
            let message = said.message().unwrap_or("it does not say why").to_owned();
            // What a clock does shows in the message of a signature, with some services.
            if ["Signature expired", "not yet current"]
                .iter()
                .any(|words| message.contains(words))
            {
                return Cause::ClockSkew(message);
            }
            let known = WORDS.iter().find(|(words, _)| words.contains(&&*code));
            match known {
                Some((_, cause)) => cause(message),
                None if status == 429 => Cause::Throttled(message),
                None if status >= 500 => {
                    Cause::Unreachable(format!("status {status} {code}: {message}"))
                }
                None => Cause::Service { code, message },
            }
        }
        _ => Cause::Service {
            code: "request".to_owned(),
            message: all(),
        },
    }
}

/// What is wrong with the credentials, if that is why nothing was sent.
fn credentials(error: &(dyn Error + 'static)) -> Option<Cause> {
    let mut at = Some(error);
    while let Some(error) = at {
        if let Some(error) = error.downcast_ref::<CredentialsError>() {
            return Some(AwsError::no_credentials(error).cause);
        }
        at = error.source();
    }
    None
}

impl AwsError {
    /// What a chain of credentials says.
    pub(crate) fn no_credentials(error: &CredentialsError) -> Self {
        let cause = match error {
            CredentialsError::CredentialsNotLoaded(_) => Cause::NoCredentials(looked_for()),
            // Somebody is named who should have them, and does not give them.
            error => Cause::NoCredentials(with_causes(error)),
        };
        Self {
            action: Action::on("sts:GetCallerIdentity", "*"),
            cause,
        }
    }
}

/// Two variables of the environment that are nothing without each other.
const PAIRS: &[(&str, &str)] = &[
    ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
    ("AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN"),
];

/// Where nobody had any.
fn looked_for() -> String {
    nobody(|name| env::var(name).ok().filter(|value| !value.is_empty()))
}

fn nobody(set: impl Fn(&str) -> Option<String>) -> String {
    let mut said = vec![
        "none in the environment, the AWS profile, a web identity, the container, the instance"
            .to_owned(),
    ];
    for (one, other) in PAIRS {
        match (set(one), set(other)) {
            (Some(_), None) => said.push(format!("`{one}` is set, `{other}` is not")),
            (None, Some(_)) => said.push(format!("`{other}` is set, `{one}` is not")),
            _ => {}
        }
    }
    if let Some(profile) = set("AWS_PROFILE") {
        said.push(format!("the AWS profile is `{profile}` (`AWS_PROFILE`)"));
    }
    if set("AWS_EC2_METADATA_DISABLED").is_some() {
        said.push("the instance was not asked (`AWS_EC2_METADATA_DISABLED`)".to_owned());
    }
    said.join("; ")
}

#[cfg(test)]
mod tests;
