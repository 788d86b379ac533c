//! The connection to AWS: region, credentials, HTTP, timeouts. Opened when it is first needed.

use std::env;
use std::fmt;
use std::fs;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, ConnectorBuilder};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::retry::RetryConfig;
use tokio::runtime::Runtime;

use crate::error::{Action, AwsError, Cause};
use crate::keys::KeySource;

/// What of the standard settings of AWS the profile overrides.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// Region, in place of `AWS_REGION` and the AWS profile's.
    pub region: Option<String>,
    /// Address for every service, in place of the services' own; for emulators and private endpoints. `AWS_ENDPOINT_URL`
    /// and `AWS_ENDPOINT_URL_<SERVICE>` do the same.
    pub endpoint: Option<String>,
}

/// How long one call may take, with all attempts.
const CALL: Duration = Duration::from_secs(45);
/// How long one attempt may take.
const ATTEMPT: Duration = Duration::from_secs(15);
/// How long it may take to connect.
const CONNECT: Duration = Duration::from_secs(5);
/// How often a call is tried.
const ATTEMPTS: u32 = 5;

/// A way to AWS: region, credentials, one HTTP client for every service.
pub struct Connection {
    runtime: Arc<Runtime>,
    config: SdkConfig,
    region: String,
    credentials: SharedCredentialsProvider,
    /// What the profile says of it.
    endpoint: Option<String>,
    certificates: Option<Vec<u8>>,
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("region", &self.region)
            .finish_non_exhaustive()
    }
}

/// Who asks, as AWS sees it. What is published goes under this account and region, never under what a report says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Partition, such as `aws` or `aws-us-gov`.
    pub partition: String,
    /// Twelve digits.
    pub account: String,
    /// Region, such as `eu-central-1`.
    pub region: String,
    /// The role or user, as ARN.
    pub arn: String,
}

/// How to speak to S3, for a client of another make.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WayToS3 {
    /// Address in place of the region's own.
    pub endpoint: Option<String>,
    /// Whether the endpoint has to be one with validated cryptography.
    pub fips: bool,
    /// Whether the endpoint has to have an IPv6 address, too.
    pub dual_stack: bool,
    /// Certificates in PEM to believe, in place of the system's.
    pub certificates: Option<Vec<u8>>,
    /// Proxy for addresses with `https:`.
    pub proxy: Option<String>,
    /// Hosts that are reached without it.
    pub no_proxy: Option<String>,
}

impl Connection {
    /// Finds region and credentials as every tool of AWS does: environment, profile, web identity (OIDC), container,
    /// instance. Nothing is asked of a service yet.
    ///
    /// # Errors
    /// When there is no region.
    pub fn open(options: &Options) -> Result<Self, AwsError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let runtime = runtime.map_err(|error| local(format!("starting: {error}")))?;
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT)
            .operation_attempt_timeout(ATTEMPT)
            .operation_timeout(CALL)
            .build();
        let certificates = certificates()?;
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(http_client(certificates.as_deref())?)
            .timeout_config(timeouts)
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS));
        if let Some(region) = &options.region {
            loader = loader.region(Region::new(region.clone()));
        }
        if let Some(endpoint) = &options.endpoint {
            loader = loader.endpoint_url(endpoint);
        }
        let config = runtime.block_on(loader.load());
        let nobody = || AwsError {
            action: Action::on("sts:GetCallerIdentity", "*"),
            cause: Cause::NoRegion,
        };
        let region = config.region().ok_or_else(nobody)?.to_string();
        let credentials = config
            .credentials_provider()
            .ok_or_else(|| local("no chain of credentials".to_owned()))?;
        Ok(Self {
            runtime: Arc::new(runtime),
            config,
            region,
            credentials,
            endpoint: options.endpoint.clone(),
            certificates,
        })
    }

    /// The region.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Settings for the client of a service.
    pub(crate) fn config(&self) -> &SdkConfig {
        &self.config
    }

    /// Waits for some work.
    pub(crate) fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// Waits for a call, and says in our words why it failed.
    pub(crate) fn call<T, E>(
        &self,
        action: impl FnOnce() -> Action,
        call: impl Future<Output = Result<T, SdkError<E, Response>>>,
    ) -> Result<T, AwsError>
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        self.block_on(call)
            .map_err(|error| AwsError::of(action(), &error))
    }

    /// Who asks.
    ///
    /// # Errors
    /// When there are no credentials, or they are not accepted.
    pub fn identity(&self) -> Result<Identity, AwsError> {
        let action = || Action::on("sts:GetCallerIdentity", "*");
        let client = aws_sdk_sts::Client::new(&self.config);
        let caller = self.call(action, client.get_caller_identity().send())?;
        let (arn, account) = (
            caller.arn.unwrap_or_default(),
            caller.account.unwrap_or_default(),
        );
        let partition = arn.split(':').nth(1).unwrap_or_default().to_owned();
        if partition.is_empty() || account.len() != 12 {
            let message = format!("`{arn}` of account `{account}` is no caller");
            let cause = Cause::Service {
                code: "GetCallerIdentity".to_owned(),
                message,
            };
            return Err(AwsError {
                action: action(),
                cause,
            });
        }
        Ok(Identity {
            partition,
            account,
            region: self.region.clone(),
            arn,
        })
    }

    /// Where credentials come from, for a service that has a client of another make.
    #[must_use]
    pub fn key_source(&self) -> KeySource {
        KeySource::new(Arc::clone(&self.runtime), self.credentials.clone())
    }

    /// How to speak to S3: what the profile says, else `AWS_ENDPOINT_URL_S3`, else what holds for every service.
    #[must_use]
    pub fn way_to_s3(&self) -> WayToS3 {
        let own = self
            .endpoint
            .clone()
            .or_else(|| set(&["AWS_ENDPOINT_URL_S3"]));
        WayToS3 {
            endpoint: own.or_else(|| self.config.endpoint_url().map(str::to_owned)),
            fips: self.config.use_fips().unwrap_or_default(),
            dual_stack: self.config.use_dual_stack().unwrap_or_default(),
            certificates: self.certificates.clone(),
            proxy: set(&["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]),
            no_proxy: set(&["NO_PROXY", "no_proxy"]),
        }
    }
}

/// The first of some variables of the environment that says anything.
fn set(names: &[&str]) -> Option<String> {
    let mut values = names.iter().filter_map(|name| env::var(name).ok());
    values.find(|value| !value.is_empty())
}

/// What `AWS_CA_BUNDLE` names.
fn certificates() -> Result<Option<Vec<u8>>, AwsError> {
    let Some(path) = env::var_os("AWS_CA_BUNDLE").filter(|path| !path.is_empty()) else {
        return Ok(None);
    };
    let pem = fs::read(&path).map_err(|error| {
        let message = format!("reading AWS_CA_BUNDLE `{}`: {error}", path.display());
        local(message)
    })?;
    Ok(Some(pem))
}

/// One client for all services, with the system's certificates, or those of `AWS_CA_BUNDLE`; through the proxy that the
/// environment names.
fn http_client(certificates: Option<&[u8]>) -> Result<SharedHttpClient, AwsError> {
    let trusted = match certificates {
        Some(pem) => TrustStore::empty().with_pem_certificate(pem),
        None => TrustStore::default(),
    };
    let tls = TlsContext::builder().with_trust_store(trusted).build();
    let tls = tls.map_err(|error| local(error.to_string()))?;
    Ok(
        Builder::new().build_with_connector_fn(move |settings, components| {
            let mut connector = ConnectorBuilder::default().proxy_config(ProxyConfig::from_env());
            connector.set_connector_settings(settings.cloned());
            if let Some(components) = components {
                connector.set_sleep_impl(components.sleep_impl());
            }
            connector
                .tls_provider(Provider::Rustls(CryptoMode::Ring))
                .tls_context(tls.clone())
                .build()
        }),
    )
}

fn local(message: String) -> AwsError {
    AwsError {
        action: Action::on("sts:GetCallerIdentity", "*"),
        cause: Cause::Service {
            code: "local".to_owned(),
            message,
        },
    }
}
