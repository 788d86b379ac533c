//! HTTP for S3: one client, with limits of time, that tells what may be tried again from what may not, and keeps what the
//! service says when it refuses.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use gate_core::causes::with_causes;
use http::{Method, Uri};
use http_body_util::{BodyExt as _, Collected, Limited};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper_rustls::{ConfigBuilderExt as _, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::legacy::connect::{Connect, HttpConnector};
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpError, HttpErrorKind, HttpRequest, HttpRequestBody, HttpResponse,
    HttpResponseBody, HttpService,
};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use tokio::time::{Instant, Sleep, sleep, timeout};

use crate::s3::place::Settings;
use crate::s3::refused::Refused;

/// How long it may take to connect.
const CONNECT: Duration = Duration::from_secs(5);
/// How long an answer may let wait for its beginning, or for its next piece.
const PATIENCE: Duration = Duration::from_secs(30);
/// What is sent is expected to go at least so fast, in bytes a second.
const SLOWEST: u64 = 256 << 10;
/// How much of a refusal is read.
const REFUSAL: usize = 64 << 10;

/// Why no whole answer came.
#[derive(Debug, thiserror::Error)]
pub(super) enum Broken {
    /// Too late.
    #[error("nothing came for {} s", .0.as_secs())]
    Late(Duration),
    /// Nobody there, or somebody who is not believed.
    #[error("connecting to `{host}`: {cause}")]
    Connect { host: String, cause: String },
    /// In the middle.
    #[error("the connection was cut off: {0}")]
    Cut(String),
}

/// Why there can be no client.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unusable {
    /// Certificates that can't be read.
    #[error("the certificates to believe can't be read: {0}")]
    Certificates(String),
    /// An address that is none.
    #[error("`{0}` is no address")]
    Address(String),
}

/// A client for one address.
#[derive(Debug, Clone)]
pub(super) struct Connector(HttpClient);

impl object_store::client::HttpConnector for Connector {
    fn connect(&self, _options: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(self.0.clone())
    }
}

impl Connector {
    /// A client for an address. Nothing is connected yet.
    pub(super) fn new(settings: &Settings, address: &str) -> Result<Self, Unusable> {
        let uri: Uri = address
            .parse()
            .map_err(|_| Unusable::Address(address.to_owned()))?;
        let encrypted = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(Unusable::Address(address.to_owned())),
        };
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_connect_timeout(Some(CONNECT));
        tcp.set_nodelay(true);
        let config = tls(settings, encrypted)?;
        let https = HttpsConnectorBuilder::new()
            .with_tls_config(config)
            .https_or_http()
            .enable_http1();
        let proxies = Matcher::builder()
            .https(settings.proxy.clone().unwrap_or_default())
            .no(settings.no_proxy.clone().unwrap_or_default())
            .build();
        let client = match proxies.intercept(&uri) {
            Some(proxy) => {
                let mut tunnel = Tunnel::new(proxy.uri().clone(), tcp);
                if let Some(auth) = proxy.basic_auth() {
                    tunnel = tunnel.with_auth(auth.clone());
                }
                client(https.wrap_connector(tunnel))
            }
            None => client(https.wrap_connector(tcp)),
        };
        Ok(Self(client))
    }
}

fn client<C>(connector: C) -> HttpClient
where
    C: Connect + Clone + Send + Sync + 'static,
{
    let mut builder = Client::builder(TokioExecutor::new());
    builder.pool_timer(TokioTimer::new());
    HttpClient::new(Service(builder.build(connector)))
}

/// Whose certificates are believed.
fn tls(settings: &Settings, encrypted: bool) -> Result<ClientConfig, Unusable> {
    let unreadable = |error: &dyn fmt::Display| Unusable::Certificates(error.to_string());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| unreadable(&error))?;
    let config = match &settings.certificates {
        Some(pem) => {
            let mut roots = RootCertStore::empty();
            for certificate in CertificateDer::pem_slice_iter(pem) {
                let certificate = certificate.map_err(|error| unreadable(&error))?;
                roots.add(certificate).map_err(|error| unreadable(&error))?;
            }
            if roots.is_empty() {
                return Err(unreadable(&"there is none in the file"));
            }
            config.with_root_certificates(roots)
        }
        None if encrypted => config
            .with_native_roots()
            .map_err(|error| unreadable(&error))?,
        None => config.with_root_certificates(RootCertStore::empty()),
    };
    Ok(config.with_no_client_auth())
}

struct Service<C>(Client<C, HttpRequestBody>);

impl<C> fmt::Debug for Service<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service").finish_non_exhaustive()
    }
}

#[async_trait]
impl<C> HttpService for Service<C>
where
    C: Connect + Clone + Send + Sync + 'static,
{
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let length = u64::try_from(request.body().content_length()).unwrap_or(u64::MAX);
        let patience = PATIENCE + Duration::from_secs(length / SLOWEST);
        let host = request.uri().host().unwrap_or_default().to_owned();
        let head = request.method() == Method::HEAD;
        // Whatever is sent here may be sent again: an object of this key has these bytes, or somebody else's revision.
        let again = |broken| HttpError::new(HttpErrorKind::Request, broken);
        let answer = match timeout(patience, self.0.request(request)).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) if error.is_connect() => {
                let cause = with_causes(&error);
                return Err(again(Broken::Connect { host, cause }));
            }
            Ok(Err(error)) => return Err(again(Broken::Cut(with_causes(&error)))),
            Err(_) => return Err(again(Broken::Late(patience))),
        };
        let (parts, body) = answer.into_parts();
        if parts.status.is_success() {
            let body = HttpResponseBody::new(Patient::new(body));
            return Ok(HttpResponse::from_parts(parts, body));
        }
        let text = timeout(PATIENCE, Limited::new(body, REFUSAL).collect()).await;
        let text = text.ok().and_then(Result::ok).map(Collected::to_bytes);
        let text = text.unwrap_or_default();
        let refused = Refused::new(
            parts.status.as_u16(),
            parts.headers.get("x-amz-bucket-region"),
            &text,
        );
        if refused.is_answer(head) {
            return Ok(HttpResponse::from_parts(parts, text.into()));
        }
        let kind = if refused.passes() {
            HttpErrorKind::Request
        } else {
            HttpErrorKind::Unknown
        };
        Err(HttpError::new(kind, refused))
    }
}

/// A body that is given up when nothing comes of it any more.
struct Patient {
    body: Incoming,
    late: Pin<Box<Sleep>>,
}

impl Patient {
    fn new(body: Incoming) -> Self {
        let late = Box::pin(sleep(PATIENCE));
        Self { body, late }
    }
}

impl Body for Patient {
    type Data = Bytes;
    type Error = HttpError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, HttpError>>> {
        let broken = |broken| HttpError::new(HttpErrorKind::Interrupted, broken);
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            self.late.as_mut().reset(Instant::now() + PATIENCE);
            let cut = |error: hyper::Error| broken(Broken::Cut(with_causes(&error)));
            return Poll::Ready(frame.map(|frame| frame.map_err(cut)));
        }
        ready!(self.late.as_mut().poll(context));
        Poll::Ready(Some(Err(broken(Broken::Late(PATIENCE)))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
