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
use aws_smithy_types::config_bag::ConfigBag;

use super::error::{answer, innermost};
use super::terminal;

/// An HTTP client that shows a line about each call: retries, and the calls that get credentials, included. Of a request
/// only its name and its host are shown: query, headers and body have tokens, keys and the user's data.
#[derive(Debug)]
pub(super) struct Logged<T> {
    inner: T,
}

impl<T> Logged<T> {
    pub(super) fn new(inner: T) -> Self {
        Self { inner }
    }
}

impl HttpClient for Logged<SharedHttpClient> {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Logged::new(self.inner.http_connector(settings, components)))
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

impl HttpConnector for Logged<SharedHttpConnector> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let call = named(&request);
        let begun = Instant::now();
        let future = self.inner.call(request);
        HttpConnectorFuture::new(async move {
            let outcome = future.await;
            terminal::log(&line(&call, begun.elapsed(), &outcome));
            outcome
        })
    }
}

fn line(call: &str, took: Duration, outcome: &Result<HttpResponse, ConnectorError>) -> String {
    let said = match outcome {
        Ok(response) => answer(response).to_string(),
        Err(error) => innermost(error),
    };
    format!("{call}: {said}, {} ms", took.as_millis())
}

/// `cloudformation DescribeStacks (cloudformation.eu-west-1.amazonaws.com, attempt 2 of 6)`.
fn named(request: &HttpRequest) -> String {
    let headers = request.headers();
    let uri = request.uri();
    let rest = uri.split_once("://").map_or(uri, |(_, rest)| rest);
    let (host, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let service = headers.get("x-amz-user-agent").or_else(|| headers.get("user-agent")).and_then(|agent| {
        let (_, rest) = agent.split_once(" api/")?;
        rest.split(['#', '/', ' ']).next()
    });
    let operation = operation(request, path.split('?').next().unwrap_or(path), service);
    let attempt = headers.get("amz-sdk-request").and_then(|text| {
        let number =
            |name: &str| text.split("; ").find_map(|part| part.strip_prefix(name)?.parse::<u32>().ok());
        let (attempt, most) = (number("attempt=")?, number("max=")?);
        (attempt > 1).then(|| format!(", attempt {attempt} of {most}"))
    });
    format!(
        "{}{operation} ({host}{})",
        service.map(|name| format!("{name} ")).unwrap_or_default(),
        attempt.unwrap_or_default()
    )
}

/// What is called: by the protocols' own names, else as HTTP has it. The paths that credentials of containers come from
/// are secrets, and those of other services name nothing but the user's own resources.
fn operation(request: &HttpRequest, path: &str, service: Option<&str>) -> String {
    if let Some((_, action)) =
        request.headers().get("x-amz-target").and_then(|target| target.rsplit_once('.'))
    {
        return action.to_owned();
    }
    if let Some((_, action)) = path.rsplit_once("/operation/") {
        return action.to_owned();
    }
    let body = request.body().bytes().and_then(|body| std::str::from_utf8(body).ok()).unwrap_or_default();
    if let Some(action) = body.split('&').find_map(|pair| pair.strip_prefix("Action=")) {
        return action.to_owned();
    }
    match service {
        Some("s3" | "lambda") => format!("{} {path}", request.method()),
        _ => request.method().to_owned(),
    }
}
