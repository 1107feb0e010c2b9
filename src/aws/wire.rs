//! Every answer passes here before the SDK reads it: limits of size and structure.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::{RuntimeComponents, RuntimeComponentsBuilder};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use aws_smithy_types::config_bag::ConfigBag;

use super::calls::{line, named};
use super::destinations::Destinations;
use super::expected::Expected;
use super::structure::Structure;
use super::terminal;
use super::words::{begins, first_words, foreign, is_page};

/// The largest allowed answer.
#[derive(Debug, Clone, Copy)]
struct Limit {
    bytes: usize,
    /// Objects, lists, elements and values.
    parts: usize,
}

/// A CloudFormation page of 100 events has a few hundred kilobytes, a dashboard half a megabyte, a template one, and
/// several times that when escaped.
const LIMIT: Limit = Limit { bytes: 8 << 20, parts: 200_000 };
/// Ten messages of 1 MiB, escaped.
const LIMIT_OF_QUEUES: Limit = Limit { bytes: 64 << 20, parts: 200_000 };
/// Items of 16 MB in all, escaped; each value has its type next to it.
const LIMIT_OF_TABLES: Limit = Limit { bytes: 64 << 20, parts: 2_000_000 };
/// A zip: Lambda accepts 250 MB unzipped. Its bytes are not counted as parts.
const LIMIT_OF_OBJECTS: Limit = Limit { bytes: 128 << 20, parts: 2_000_000 };
/// The longest pause between two parts of a body.
const SILENCE: Duration = Duration::from_secs(20);

/// What the answers so far have shown.
#[derive(Debug, Clone, Default)]
pub(super) struct Received(Arc<Seen>);

#[derive(Debug, Default)]
struct Seen {
    bytes: AtomicU64,
    /// Seconds that this machine's clock was ahead of the last server's.
    ahead: Mutex<Option<i64>>,
}

impl Received {
    /// Bytes of all answers.
    pub(super) fn bytes(&self) -> u64 {
        self.0.bytes.load(Ordering::Relaxed)
    }

    /// Seconds that this machine's clock is ahead; `None`: no answer had a time.
    pub(super) fn ahead(&self) -> Option<i64> {
        *self.0.ahead.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The largest plausible difference between a server's clock and this machine's: ten years.
const CREDIBLE: i64 = 10 * 365 * 86_400;

/// Why an answer was not read completely.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unread {
    #[error("the response is larger than {} MiB, the most that AWS sends", .limit >> 20)]
    TooLarge { limit: usize },
    #[error("the response has more parts, or is nested deeper, than any from AWS")]
    TooComplex,
    /// An answer with another status is handled as an error of the service.
    #[error("{}, HTTP {status}", foreign(.words, true, None))]
    Page { status: u16, words: String },
    #[error("the response is incomplete{}, HTTP {status}", begins(.words))]
    Cut { status: u16, words: String },
    #[error("the response is not from AWS: it has none of the requested fields{}, HTTP {status}", begins(.words))]
    Other { status: u16, words: String },
    #[error("the response stalled for {} s", SILENCE.as_secs())]
    Silent,
}

impl Unread {
    /// Whether the answer is not the service's own; a retry would get the same one.
    pub(super) fn is_broken(&self) -> bool {
        !matches!(self, Self::Silent)
    }
}

/// An HTTP client that sends requests only to allowed destinations, and reads each answer completely, up to the limit
/// of the service. With `-vv` it logs a line about each call. All calls use it, including those for credentials.
#[derive(Debug, Clone)]
pub(super) struct Wire<T> {
    inner: T,
    destinations: Arc<Destinations>,
    limit: Limit,
    received: Received,
}

impl Wire<SharedHttpClient> {
    pub(super) fn new(inner: SharedHttpClient, destinations: Destinations, received: Received) -> Self {
        Self { inner, destinations: Arc::new(destinations), limit: LIMIT, received }
    }

    /// The same client for a service with larger answers.
    pub(super) fn of(&self, service: &str) -> Self {
        let limit = match service {
            "S3" => LIMIT_OF_OBJECTS,
            "SQS" => LIMIT_OF_QUEUES,
            "DynamoDB" => LIMIT_OF_TABLES,
            _ => LIMIT,
        };
        Self { limit, ..self.clone() }
    }
}

impl HttpClient for Wire<SharedHttpClient> {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Wire {
            inner: self.inner.http_connector(settings, components),
            destinations: Arc::clone(&self.destinations),
            limit: self.limit,
            received: self.received.clone(),
        })
    }

    fn validate_base_client_config(
        &self,
        components: &RuntimeComponentsBuilder,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        self.inner.validate_base_client_config(components, config)
    }

    fn validate_final_config(
        &self,
        components: &RuntimeComponents,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        self.inner.validate_final_config(components, config)
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.inner.connector_metadata()
    }
}

impl HttpConnector for Wire<SharedHttpConnector> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        if let Err(misdirected) = self.destinations.judge(request.uri()) {
            return HttpConnectorFuture::ready(Err(ConnectorError::user(misdirected.into())));
        }
        let call = terminal::logs_calls().then(|| named(&request));
        let expected = Expected::of(&request);
        let begun = Instant::now();
        let future = self.inner.call(request);
        let (limit, received) = (self.limit, self.received.clone());
        HttpConnectorFuture::new(async move {
            let outcome = async { read(future.await?, limit, expected, &received).await }.await;
            if let Some(call) = call {
                terminal::log(&line(&call, begun.elapsed(), &outcome));
            }
            outcome
        })
    }
}

async fn read(
    mut response: HttpResponse,
    limit: Limit,
    expected: Expected,
    received: &Received,
) -> Result<HttpResponse, ConnectorError> {
    let mut stream = ByteStream::new(response.take_body());
    let mut body = Vec::new();
    let mut structure = Structure::new(limit.parts);
    loop {
        let part = tokio::time::timeout(SILENCE, stream.try_next()).await;
        let part = part.map_err(|_| ConnectorError::timeout(Unread::Silent.into()))?;
        let Some(part) = part.map_err(|error| ConnectorError::io(error.into()))? else { break };
        received.0.bytes.fetch_add(u64::try_from(part.len()).unwrap_or(u64::MAX), Ordering::Relaxed);
        if body.len() + part.len() > limit.bytes {
            return Err(unread(Unread::TooLarge { limit: limit.bytes }));
        }
        if !structure.takes(&part) {
            return Err(unread(Unread::TooComplex));
        }
        body.extend_from_slice(&part);
    }
    let fits = expected.fits(&body);
    *response.body_mut() = SdkBody::from(body);
    // A web page can be valid XML, which an SDK parser reads as an empty answer.
    if response.status().is_success() && is_page(&response) {
        return Err(unread(Unread::Page {
            status: response.status().as_u16(),
            words: first_words(&response),
        }));
    }
    if response.status().is_success() && !structure.is_whole() {
        return Err(unread(Unread::Cut {
            status: response.status().as_u16(),
            words: first_words(&response),
        }));
    }
    if response.status().is_success() && !fits {
        return Err(unread(Unread::Other {
            status: response.status().as_u16(),
            words: first_words(&response),
        }));
    }
    match response.headers().get("date").map(ahead) {
        Some(Some(seconds)) => {
            *received.0.ahead.lock().unwrap_or_else(PoisonError::into_inner) = Some(seconds)
        }
        Some(None) => drop(response.headers_mut().remove("date")),
        None => {}
    }
    Ok(response)
}

/// Seconds that this machine's clock is ahead of a server's. `None`: that time is not plausible. The SDK corrects its
/// clock by this header, and panics at a correction of millennia.
fn ahead(date: &str) -> Option<i64> {
    let date = jiff::fmt::rfc2822::parse(date).ok()?;
    let seconds = jiff::Timestamp::now().as_second() - date.timestamp().as_second();
    (seconds.abs() < CREDIBLE).then_some(seconds)
}

/// Not retried.
fn unread(reason: Unread) -> ConnectorError {
    ConnectorError::other(reason.into(), None)
}
