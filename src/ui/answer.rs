//! HTTP answers with the headers that restrict what a browser does with the page.

use std::convert::Infallible;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{HeaderName, HeaderValue};
use hyper::{Response, StatusCode};

use super::desk::Reply;

pub(super) type Answer = Result<Response<Full<Bytes>>, Infallible>;

/// On every answer. The browser runs only the page's own scripts, sends requests only to this server, does not show the
/// page in a frame, sends no referrer to other sites, and stores no copy.
const HEADERS: [(&str, &str); 7] = [
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cache-control", "no-store"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("x-frame-options", "DENY"),
];

/// A refusal contains only its status.
pub(super) fn refused(status: StatusCode) -> Answer {
    Ok(with_headers(Response::new(Full::default()), status))
}

pub(super) fn text(content_type: &'static str, text: &'static str) -> Answer {
    Ok(typed(content_type, StatusCode::OK, Bytes::from_static(text.as_bytes())))
}

pub(super) fn document(reply: Reply) -> Answer {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Ok(typed("application/json", status, reply.json.into()))
}

fn typed(content_type: &'static str, status: StatusCode, bytes: Bytes) -> Response<Full<Bytes>> {
    let mut response = with_headers(Response::new(Full::new(bytes)), status);
    response.headers_mut().insert(hyper::header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

fn with_headers(mut response: Response<Full<Bytes>>, status: StatusCode) -> Response<Full<Bytes>> {
    *response.status_mut() = status;
    for (name, value) in HEADERS {
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}
