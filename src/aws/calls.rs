//! The line that `-vv` prints for each call.

use std::time::Duration;

use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;

use super::error::{answer, innermost};

/// The log line of a call. Retries, and calls that get credentials, are logged too.
pub(super) fn line(call: &str, took: Duration, outcome: &Result<HttpResponse, ConnectorError>) -> String {
    let outcome_words = match outcome {
        Ok(response) => answer(response).to_string(),
        Err(error) => innermost(error),
    };
    format!("{call}: {outcome_words}, {} ms", took.as_millis())
}

/// A call by its name and host. Query, headers and body are omitted: they hold tokens, keys and the user's data.
/// `cloudformation DescribeStacks (cloudformation.eu-west-1.amazonaws.com, attempt 2 of 6)`.
pub(super) fn named(request: &HttpRequest) -> String {
    let headers = request.headers();
    let uri = request.uri();
    let remainder = uri.split_once("://").map_or(uri, |(_, remainder)| remainder);
    let (host, path) = remainder.split_at(remainder.find(['/', '?']).unwrap_or(remainder.len()));
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    let service = headers.get("x-amz-user-agent").or_else(|| headers.get("user-agent")).and_then(|agent| {
        let (_, remainder) = agent.split_once(" api/")?;
        remainder.split(['#', '/', ' ']).next()
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

/// The operation, by the name in the protocol, else by HTTP method. The paths that containers get credentials from are
/// secret, and those of other services hold only names of the user's resources.
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
