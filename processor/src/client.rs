//! The DynamoDB client, built once, before the first poll.
//!
//! Lambda sets everything a client needs in environment variables, so they are read here directly. The SDK's default
//! chain would look for profiles, web identities and metadata services first, and takes more start time than everything
//! else in the processor.

use std::time::Duration;

use aws_sdk_dynamodb::config::SharedCredentialsProvider;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{
    self, BehaviorVersion, Credentials, Region, SharedHttpClient, StalledStreamProtectionConfig,
};
use aws_sdk_dynamodb::{Client, Config};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_types::SdkConfig;
use url::{Host, Url};

/// The certificate authorities of Amazon Trust Services (Amazon Root CA 1 to 4 and
/// Starfield Services G2), which sign every AWS endpoint of the public partitions.
/// Reading the machine's whole store instead takes 7 ms of every cold start.
const AMAZON_ROOTS: &[u8] = include_bytes!("../roots/amazon.pem");

/// Three attempts of at most 3 s with waits below 1 s fit into 10 s. A record that still fails returns to the queue,
/// which is the better place to wait for the end of an outage. The SDK's retry budget also ends the attempts early when
/// most writes fail.
const ATTEMPTS: u32 = 3;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(3);
const OPERATION_TIMEOUT: Duration = Duration::from_secs(10);
const FIRST_BACKOFF: Duration = Duration::from_millis(50);
const LONGEST_BACKOFF: Duration = Duration::from_secs(1);

/// The variables that hold the services' endpoints.
pub const DYNAMODB: &str = "AWS_ENDPOINT_URL_DYNAMODB";
pub const SQS: &str = "AWS_ENDPOINT_URL_SQS";

/// Why no client could be built. The text is the function's init error.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ClientError {
    /// A variable that Lambda always sets is missing.
    #[error("`{0}` is not set: Lambda sets it; to run the processor by hand, set it yourself")]
    Missing(&'static str),
    /// Rows would be sent to an endpoint that is not allowed. The address is not shown: it may have a password.
    #[error("`{name}` is not an allowed endpoint: {reason}")]
    Endpoint { name: &'static str, reason: &'static str },
    /// The bundled certificates are broken.
    #[error("cannot set up TLS: {0}")]
    Tls(String),
}

/// Builds the client from `AWS_REGION`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN` and, when set,
/// `AWS_ENDPOINT_URL_DYNAMODB` or `AWS_ENDPOINT_URL`, `AWS_USE_FIPS_ENDPOINT` and `AWS_USE_DUALSTACK_ENDPOINT`. `lookup`
/// returns a variable's value or `None`. No request is made.
///
/// # Errors
/// A variable that is always needed is missing.
pub fn build(lookup: impl Fn(&str) -> Option<String>) -> Result<Client, ClientError> {
    config(lookup).map(|config| Client::from_conf(config.build()))
}

/// The config that [`build`] uses, for a client that differs in some setting.
///
/// # Errors
/// The errors of [`build`].
pub fn config(lookup: impl Fn(&str) -> Option<String>) -> Result<config::Builder, ClientError> {
    settings(lookup, DYNAMODB).map(|settings| config::Builder::from(&settings))
}

/// The settings of a service's client. `endpoint` is the name of the variable that holds the service's endpoint.
///
/// # Errors
/// The errors of [`build`].
pub fn settings(
    lookup: impl Fn(&str) -> Option<String>,
    endpoint: &'static str,
) -> Result<SdkConfig, ClientError> {
    let get = |name: &'static str| present(&lookup, name);
    let need = |name| get(name).ok_or(ClientError::Missing(name));
    let is_on = |name| get(name).is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let region =
        get("AWS_REGION").or_else(|| get("AWS_DEFAULT_REGION")).ok_or(ClientError::Missing("AWS_REGION"))?;
    let endpoint = self::endpoint(&lookup, endpoint)?;
    let credentials = Credentials::new(
        need("AWS_ACCESS_KEY_ID")?,
        need("AWS_SECRET_ACCESS_KEY")?,
        get("AWS_SESSION_TOKEN"),
        None,
        "environment",
    );

    let mut settings = SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .http_client(http_client(endpoint.as_ref(), &region)?)
        .region(Region::new(region))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .retry_config(
            RetryConfig::standard()
                .with_max_attempts(ATTEMPTS)
                .with_initial_backoff(FIRST_BACKOFF)
                .with_max_backoff(LONGEST_BACKOFF),
        )
        .timeout_config(
            TimeoutConfig::builder()
                .connect_timeout(CONNECT_TIMEOUT)
                .operation_attempt_timeout(ATTEMPT_TIMEOUT)
                .operation_timeout(OPERATION_TIMEOUT)
                .build(),
        )
        // Bodies are below 1 MiB and every attempt already has a timeout.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
    if is_on("AWS_USE_FIPS_ENDPOINT") {
        settings = settings.use_fips(true);
    }
    if is_on("AWS_USE_DUALSTACK_ENDPOINT") {
        settings = settings.use_dual_stack(true);
    }
    settings.set_endpoint_url(endpoint.map(String::from));
    Ok(settings.build())
}

/// The configured endpoint of a service, if there is one.
///
/// # Errors
/// Events must not be sent to this endpoint.
pub fn endpoint(
    lookup: impl Fn(&str) -> Option<String>,
    variable: &'static str,
) -> Result<Option<Url>, ClientError> {
    let configured = [variable, "AWS_ENDPOINT_URL"];
    let configured = configured.into_iter().find_map(|name| Some((name, present(&lookup, name)?)));
    configured.map(|(name, text)| judged(name, &text)).transpose()
}

fn present(lookup: impl Fn(&str) -> Option<String>, name: &str) -> Option<String> {
    lookup(name).filter(|value| !value.trim().is_empty())
}

/// Checks an endpoint. Calls are signed and rows can be read in transit, so plain HTTP is only for the local cloud on
/// this machine.
fn judged(name: &'static str, text: &str) -> Result<Url, ClientError> {
    let wrong = |reason| Err(ClientError::Endpoint { name, reason });
    let Ok(url) = Url::parse(text) else { return wrong("it is not a URL") };
    let is_here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.to_canonical().is_loopback(),
        None => return wrong("it has no host"),
    };
    match url.scheme() {
        "https" => {}
        "http" if is_here => {}
        "http" => return wrong("plain HTTP is for this machine only"),
        _ => return wrong("it does not begin with `https://` or `http://`"),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return wrong("it has a user name or password");
    }
    Ok(url)
}

/// Opens a connection before the first row needs it: the handshake runs while Lambda prepares the first batch, and does
/// not delay it. DynamoDB's endpoints answer a plain `GET /` from anyone. The answer is ignored: the first write finds
/// any problem by itself.
pub async fn warm_up(client: Client) {
    let _ = client
        .put_item()
        // The SDK requires a table name; it is dropped with the body.
        .table_name("none")
        .customize()
        .config_override(Config::builder().retry_config(RetryConfig::disabled()))
        .mutate_request(|request| {
            for header in ["content-length", "content-type", "x-amz-target"] {
                request.headers_mut().remove(header);
            }
            *request.body_mut() = "".into();
            // The method is a literal.
            let _ = request.set_method("GET");
        })
        .send()
        .await;
}

fn http_client(endpoint: Option<&Url>, region: &str) -> Result<SharedHttpClient, ClientError> {
    // The local cloud speaks plain HTTP on loopback.
    if endpoint.is_some_and(|endpoint| endpoint.scheme() == "http") {
        return Ok(Builder::new().build_http());
    }
    let roots = if endpoint.is_none() && is_public_partition(region) {
        TrustStore::empty().with_pem_certificate(AMAZON_ROOTS)
    } else {
        TrustStore::default()
    };
    let tls = TlsContext::builder()
        .with_trust_store(roots)
        .build()
        .map_err(|error| ClientError::Tls(error.to_string()))?;
    Ok(Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).tls_context(tls).build_https())
}

/// Whether a region is in a public partition. The other partitions (China, isolated, sovereign) may use other
/// authorities.
fn is_public_partition(region: &str) -> bool {
    !region.starts_with("cn-") && !region.starts_with("eusc-") && !region.contains("-iso")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_go_unencrypted_to_this_machine_only() {
        for text in [
            "HTTP://127.0.0.1:4566",
            "http://localhost",
            "http://[::ffff:127.0.0.1]:1",
            "https://example.com",
        ] {
            assert!(judged("A", text).is_ok(), "{text}");
        }
        for text in [
            "http://example.com",
            "HTTP://example.com",
            "http://127.0.0.1@example.com",
            "http://127.0.0.1.example.com",
            "http://[::ffff:192.0.2.1]",
            "http://[2001:db8::1]",
            "https://ada:hunter2@example.com",
            "ftp://127.0.0.1",
            "127.0.0.1:4566",
        ] {
            let message = judged("A", text).unwrap_err().to_string();
            assert!(
                message.starts_with("`A` is not an allowed endpoint") && !message.contains("hunter2"),
                "{message}"
            );
        }
    }
}
