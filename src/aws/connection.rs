use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::SharedHttpClient;

use super::destinations::Destinations;
use super::wire::{Received, Wire};
use crate::diagnostic::{Failure, codes};

/// The HTTP client that all services and all credential providers share.
#[derive(Debug, Clone)]
pub(super) struct Connection {
    wire: Wire<SharedHttpClient>,
}

impl Connection {
    /// The SDK's default client takes the proxy from the environment; a custom one does not.
    ///
    /// # Errors
    /// The TLS library rejects its settings.
    pub(super) fn new(
        proxy: Option<ProxyConfig>,
        trust: TrustStore,
        destinations: Destinations,
        received: Received,
    ) -> Result<Self, Failure> {
        let tls = TlsContext::builder().with_trust_store(trust).build().map_err(|error| {
            Failure::failed(
                codes::AWS_UNREACHABLE,
                format!("TLS cannot be set up: {error}"),
                "check `AWS_CA_BUNDLE` and `SSL_CERT_FILE`",
            )
        })?;
        let proxy = proxy.unwrap_or_else(ProxyConfig::disabled);
        let client = Builder::new().build_with_connector_fn(move |settings, components| {
            let mut connector = Connector::builder().proxy_config(proxy.clone());
            connector.set_connector_settings(settings.cloned());
            connector.set_sleep_impl(components.and_then(|components| components.sleep_impl()));
            connector.tls_provider(Provider::Rustls(CryptoMode::Ring)).tls_context(tls.clone()).build()
        });
        Ok(Self { wire: Wire::new(client, destinations, received) })
    }

    /// The client for one service, with the size limit of its answers.
    pub(super) fn of(&self, service: &str) -> SharedHttpClient {
        SharedHttpClient::new(self.wire.of(service))
    }

    pub(super) fn client(&self) -> SharedHttpClient {
        SharedHttpClient::new(self.wire.clone())
    }
}
