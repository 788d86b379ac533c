//! The few questions that a function has to ask by itself, each a signed request: what a scan of an image found, what a
//! deployment consists of, whether an event was dealt with, and what to tell a pipeline.

use std::env;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use bytes::Bytes;
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout, timeout_at};

use crate::failure::{Failure, Result, shown};
use crate::settings::Settings;

/// How long one attempt may take.
const ATTEMPT: Duration = Duration::from_secs(10);
/// How often a question is asked.
const ATTEMPTS: u32 = 4;
/// How long is waited before the second attempt; twice as long before each other.
const PAUSE: Duration = Duration::from_millis(200);
/// The longest answer: a page of a thousand findings has some megabytes.
const ANSWER: usize = 32 << 20;

/// A service whose questions and answers are JSON.
#[derive(Debug)]
pub(crate) struct Service {
    /// As which requests are signed.
    name: &'static str,
    /// How its host's name begins.
    host: &'static str,
    /// What stands before the name of an operation.
    target: &'static str,
    /// The end of the variable that names another address.
    variable: &'static str,
}

pub(crate) const ECR: Service = Service {
    name: "ecr",
    host: "api.ecr",
    target: "AmazonEC2ContainerRegistry_V20150921",
    variable: "ECR",
};
pub(crate) const ECS: Service = Service {
    name: "ecs",
    host: "ecs",
    target: "AmazonEC2ContainerServiceV20141113",
    variable: "ECS",
};
pub(crate) const CODEPIPELINE: Service = Service {
    name: "codepipeline",
    host: "codepipeline",
    target: "CodePipeline_20150709",
    variable: "CODEPIPELINE",
};

/// The way to AWS.
#[derive(Debug)]
pub(crate) struct Aws {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    credentials: Credentials,
    region: String,
    domain: String,
}

/// What came back.
struct Answer {
    status: StatusCode,
    body: Bytes,
}

impl Aws {
    /// The way to AWS as this function's role. Nothing is connected yet.
    pub(crate) fn new(settings: &Settings) -> Result<Self> {
        let variable = |name: &str| {
            let value = env::var(name).ok().filter(|value| !value.is_empty());
            value.ok_or_else(|| Failure::new(format!("the variable `{name}`: it is not set")))
        };
        let key = variable("AWS_ACCESS_KEY_ID")?;
        let secret = variable("AWS_SECRET_ACCESS_KEY")?;
        let token = env::var("AWS_SESSION_TOKEN").ok();
        let provider = rustls::crypto::ring::default_provider();
        let https = HttpsConnectorBuilder::new().with_provider_and_native_roots(provider);
        let https = https.map_err(|error| {
            Failure::new(format!("reading the certificates to believe: {error}"))
        })?;
        let mut builder = Client::builder(TokioExecutor::new());
        builder.pool_timer(TokioTimer::new());
        Ok(Self {
            client: builder.build(https.https_or_http().enable_http1().build()),
            credentials: Credentials::new(key, secret, token, None, "environment"),
            region: settings.repository.region.clone(),
            domain: settings.repository.domain.clone(),
        })
    }

    /// Asks a service.
    pub(crate) async fn ask(
        &self,
        service: &Service,
        operation: &str,
        question: &Value,
        until: Instant,
    ) -> Result<Value> {
        let address = endpoint(service.variable)
            .unwrap_or_else(|| format!("https://{}.{}.{}", service.host, self.region, self.domain));
        let target = format!("{}.{operation}", service.target);
        let headers = [
            ("content-type", "application/x-amz-json-1.1"),
            ("x-amz-target", &target),
        ];
        let body = Bytes::from(question.to_string());
        let address = format!("{}/", address.trim_end_matches('/'));
        let sent = self.send(
            service.name,
            &Method::POST,
            &address,
            &headers,
            &body,
            until,
        );
        let answer = sent.await.map_err(|failure| failure.when(operation))?;
        // Where there is nothing to say, some services answer with nothing at all.
        let said: Option<Value> = match answer.body.is_empty() {
            true => Some(Value::Null),
            false => serde_json::from_slice(&answer.body).ok(),
        };
        match said {
            Some(said) if answer.status == StatusCode::OK => Ok(said),
            said => Err(refused(answer.status, said.as_ref()).when(operation)),
        }
    }

    /// Whether an object is there.
    pub(crate) async fn is_there(&self, bucket: &str, key: &str, until: Instant) -> Result<bool> {
        let address = self.object(bucket, key);
        let nothing = Bytes::new();
        let sent = self.send("s3", &Method::GET, &address, &[], &nothing, until);
        match sent.await?.status {
            StatusCode::OK => Ok(true),
            StatusCode::NOT_FOUND => Ok(false),
            status => Err(refused(status, None)),
        }
    }

    /// Makes an object, unless it is there.
    pub(crate) async fn create(
        &self,
        bucket: &str,
        key: &str,
        body: &Bytes,
        until: Instant,
    ) -> Result {
        use base64::Engine as _;
        let digest = gate_core::digest::Digest::of(body);
        let checksum = base64::prelude::BASE64_STANDARD.encode(digest.as_bytes());
        // A bucket with Object Lock asks for a checksum.
        let headers = [
            ("if-none-match", "*"),
            ("x-amz-checksum-sha256", &*checksum),
        ];
        let address = self.object(bucket, key);
        let sent = self.send("s3", &Method::PUT, &address, &headers, body, until);
        match sent.await?.status {
            StatusCode::OK | StatusCode::PRECONDITION_FAILED => Ok(()),
            status => Err(refused(status, None)),
        }
    }

    /// With an address of one's own, or dots in its name, the bucket stands in the path.
    fn object(&self, bucket: &str, key: &str) -> String {
        match endpoint("S3") {
            Some(address) => format!("{}/{bucket}/{key}", address.trim_end_matches('/')),
            None if bucket.contains('.') => {
                format!("https://s3.{}.{}/{bucket}/{key}", self.region, self.domain)
            }
            None => format!("https://{bucket}.s3.{}.{}/{key}", self.region, self.domain),
        }
    }

    /// Sends a request until there is an answer that another attempt would not change.
    async fn send(
        &self,
        service: &str,
        method: &Method,
        address: &str,
        headers: &[(&str, &str)],
        body: &Bytes,
        until: Instant,
    ) -> Result<Answer> {
        let mut pause = PAUSE;
        for attempt in 1.. {
            let request = self.signed(service, method, address, headers, body)?;
            let answered = timeout_at(until, timeout(ATTEMPT, self.exchange(request))).await;
            let answered = match answered {
                Ok(Ok(answered)) => answered,
                Ok(Err(_)) => Err(Failure::new("no answer came in time")),
                Err(_) => return Err(Failure::new("there is no time left to ask")),
            };
            match answered {
                Ok(answer) if !passes(&answer) => return Ok(answer),
                Ok(answer) if attempt >= ATTEMPTS => return Ok(answer),
                Err(failure) if attempt >= ATTEMPTS => return Err(failure),
                _ => {}
            }
            sleep(pause).await;
            pause = pause.saturating_mul(2);
        }
        Err(Failure::new("nobody answered"))
    }

    fn signed(
        &self,
        service: &str,
        method: &Method,
        address: &str,
        headers: &[(&str, &str)],
        body: &Bytes,
    ) -> Result<Request<Full<Bytes>>> {
        let unsigned = |error: &dyn std::fmt::Display| {
            Failure::new(format!("signing a request to `{service}`: {error}"))
        };
        let mut settings = SigningSettings::default();
        if service == "s3" {
            settings.percent_encoding_mode = PercentEncodingMode::Single;
            settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
            settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        }
        let identity = self.credentials.clone().into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(service)
            .time(SystemTime::now())
            .settings(settings)
            .build()
            .map_err(|error| unsigned(&error))?
            .into();
        let signable = SignableRequest::new(
            method.as_str(),
            address,
            headers.iter().copied(),
            SignableBody::Bytes(body),
        );
        let signable = signable.map_err(|error| unsigned(&error))?;
        let signed = sign(signable, &parameters).map_err(|error| unsigned(&error))?;
        let mut request = Request::builder().method(method).uri(address);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(body.clone()));
        let mut request = request.map_err(|error| unsigned(&error))?;
        signed.into_parts().0.apply_to_request_http1x(&mut request);
        Ok(request)
    }

    async fn exchange(&self, request: Request<Full<Bytes>>) -> Result<Answer> {
        let broken = |error: &dyn std::fmt::Display| Failure::new(format!("asking: {error}"));
        let answer = self.client.request(request).await;
        let (parts, body) = answer.map_err(|error| broken(&error))?.into_parts();
        let body = Limited::new(body, ANSWER).collect().await;
        Ok(Answer {
            status: parts.status,
            body: body.map_err(|error| broken(&error))?.to_bytes(),
        })
    }
}

/// Whether what a service says now it may not say in a moment.
fn passes(answer: &Answer) -> bool {
    let status = answer.status;
    // Two writers at once, of whom S3 refused both.
    let conflict = status == StatusCode::CONFLICT;
    let throttled = || {
        let words = [&b"Throttling"[..], b"TooManyRequests", b"LimitExceeded"];
        let body = answer.body.get(..1024).unwrap_or(&answer.body);
        let says = |word: &[u8]| body.windows(word.len()).any(|part| part == word);
        words.into_iter().any(says)
    };
    status.is_server_error()
        || status == StatusCode::TOO_MANY_REQUESTS
        || conflict
        || status == StatusCode::BAD_REQUEST && throttled()
}

fn refused(status: StatusCode, said: Option<&Value>) -> Failure {
    let text = |keys: [&str; 2]| {
        let found = keys.iter().find_map(|key| said?.get(key)?.as_str());
        found
            .map(|text| format!(" {}", shown(text)))
            .unwrap_or_default()
    };
    let (kind, message) = (text(["__type", "code"]), text(["message", "Message"]));
    Failure::new(format!(
        "the service answered {}{kind}{message}",
        status.as_u16()
    ))
}

/// An address in place of a service's own.
fn endpoint(variable: &str) -> Option<String> {
    let named = |name: String| env::var(name).ok().filter(|value| !value.is_empty());
    named(format!("AWS_ENDPOINT_URL_{variable}")).or_else(|| named("AWS_ENDPOINT_URL".to_owned()))
}

/// Tells Lambda why the function can't work. Its process ends either way.
pub(crate) async fn init_error(failure: &Failure) {
    let Ok(host) = env::var("AWS_LAMBDA_RUNTIME_API") else {
        return;
    };
    let body = json!({"errorType": "gate", "errorMessage": failure.to_string(), "stackTrace": []});
    let request = Request::builder()
        .method(Method::POST)
        .uri(format!("http://{host}/2018-06-01/runtime/init/error"))
        .header("content-type", "application/json")
        .header("lambda-runtime-function-error-type", "gate.Init")
        .body(Full::new(Bytes::from(body.to_string())));
    if let Ok(request) = request {
        let client = Client::builder(TokioExecutor::new()).build_http();
        // It is in the log, too; who can't be told here sees the process end.
        let _ = timeout(ATTEMPT, client.request(request)).await;
    }
}
