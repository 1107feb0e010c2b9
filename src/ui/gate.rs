//! Which requests are answered. Another site in this browser may send requests here; it must neither read nor change
//! anything.

use hyper::header::{CONTENT_TYPE, HOST, HeaderMap, HeaderName, ORIGIN};
use hyper::{Method, StatusCode, Uri};

use super::assets::{Asset, asset};
use super::token::Token;

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const TOKEN: HeaderName = HeaderName::from_static("x-pipectl-token");
const API: &str = "/api/";

/// The port of the server and the token that opens it.
pub struct Gate {
    port: u16,
    token: Token,
}

/// A request that is allowed.
pub(super) enum Passed<'a> {
    /// A file of the page, which is the same for everyone.
    Asset(&'static Asset),
    /// A read of the pipeline, by its path below `/api/`.
    Look(&'a str),
    Act(&'a str),
}

impl Gate {
    #[must_use]
    pub fn new(port: u16, token: Token) -> Self {
        Self { port, token }
    }

    /// The address to open in a browser.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/{}", self.port, self.token.fragment())
    }

    /// Whether a request is answered, by its head alone. A refusal contains no details.
    pub(super) fn passed<'a>(
        &self,
        method: &Method,
        uri: &'a Uri,
        headers: &HeaderMap,
    ) -> Result<Passed<'a>, StatusCode> {
        let is_own = |authority: &str| {
            ["127.0.0.1", "localhost"].iter().any(|name| authority == format!("{name}:{}", self.port))
        };
        // Names that another DNS server resolves to this address are not ours.
        if !one(headers, &HOST).is_some_and(is_own) || uri.authority().is_some() {
            return Err(StatusCode::FORBIDDEN);
        }
        let is_own_origin = |origin: &str| origin.strip_prefix("http://").is_some_and(is_own);
        if headers.contains_key(ORIGIN) && !one(headers, &ORIGIN).is_some_and(is_own_origin) {
            return Err(StatusCode::FORBIDDEN);
        }
        let path = uri.path();
        // A link on another site may lead to the page, like a typed address: it has no token then.
        let is_ours = |site: &str| ["same-origin", "none"].contains(&site) || path == "/";
        if headers.contains_key(FETCH_SITE) && !one(headers, &FETCH_SITE).is_some_and(is_ours) {
            return Err(StatusCode::FORBIDDEN);
        }
        if uri.query().is_some() {
            return Err(StatusCode::FORBIDDEN);
        }
        if let Some(asset) = asset(path).filter(|_| method == Method::GET) {
            return Ok(Passed::Asset(asset));
        }
        if !one(headers, &TOKEN).is_some_and(|token| self.token.is(token.as_bytes())) {
            return Err(StatusCode::FORBIDDEN);
        }
        let Some(path) = path.strip_prefix(API) else { return Err(StatusCode::NOT_FOUND) };
        if method == Method::GET {
            return Ok(Passed::Look(path));
        }
        if method != Method::POST {
            return Err(StatusCode::METHOD_NOT_ALLOWED);
        }
        // No form on another site can send this type.
        match one(headers, &CONTENT_TYPE) {
            Some("application/json") => Ok(Passed::Act(path)),
            _ => Err(StatusCode::UNSUPPORTED_MEDIA_TYPE),
        }
    }
}

/// The value of a header that occurs once.
fn one<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    values.next().filter(|_| values.next().is_none())?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The decision for a request: `page`, `look:PATH`, `act:PATH`, or the status of a refusal.
    fn judged(gate: &Gate, method: &str, uri: &str, headers: &[(&'static str, &str)]) -> String {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::from_static(name), value.parse().expect("a value"));
        }
        let method: Method = method.parse().expect("a method");
        match gate.passed(&method, &uri.parse().expect("a path"), &map) {
            Ok(Passed::Asset(_)) => "page".to_owned(),
            Ok(Passed::Look(path)) => format!("look:{path}"),
            Ok(Passed::Act(path)) => format!("act:{path}"),
            Err(status) => status.as_u16().to_string(),
        }
    }

    #[test]
    fn only_the_page_itself_with_its_token_is_answered() {
        let gate = Gate::new(7000, Token::random().expect("random bytes"));
        let (_, token) =
            gate.url().split_once("token=").map(|(a, b)| (a.to_owned(), b.to_owned())).expect("a token");
        let (host, token) = (("host", "127.0.0.1:7000"), ("x-pipectl-token", token.as_str()));
        let json = ("content-type", "application/json");
        for (method, uri, headers, expected) in [
            ("GET", "/", &[host][..], "page"),
            ("GET", "/app.js", &[host, ("sec-fetch-site", "same-origin")], "page"),
            ("GET", "/", &[host, ("sec-fetch-site", "cross-site")], "page"),
            ("GET", "/app.js", &[host, ("sec-fetch-site", "cross-site")], "403"),
            ("GET", "/", &[("host", "localhost:7000")], "page"),
            ("GET", "/", &[], "403"),
            ("GET", "/", &[host, host], "403"),
            ("GET", "/", &[("host", "127.0.0.1")], "403"),
            ("GET", "/", &[("host", "127.0.0.1:7001")], "403"),
            ("GET", "/", &[("host", "rebound.example:7000")], "403"),
            ("GET", "http://127.0.0.1:7000/", &[host], "403"),
            ("GET", "/api/status", &[host, token], "look:status"),
            ("GET", "/api/status", &[host, token, ("origin", "http://127.0.0.1:7000")], "look:status"),
            ("GET", "/api/status", &[host, token, ("origin", "http://localhost:7000")], "look:status"),
            ("GET", "/api/status", &[host], "403"),
            ("GET", "/api/status", &[host, token, token], "403"),
            ("GET", "/api/status", &[host, ("x-pipectl-token", "")], "403"),
            ("GET", "/api/status", &[("host", "rebound.example:7000"), token], "403"),
            ("GET", "/api/status", &[host, token, ("origin", "http://other.example")], "403"),
            ("GET", "/api/status", &[host, token, ("origin", "null")], "403"),
            ("GET", "/api/status", &[host, token, ("origin", "https://127.0.0.1:7000")], "403"),
            ("GET", "/api/status", &[host, token, ("sec-fetch-site", "same-site")], "403"),
            ("GET", "/api/status?token=x", &[host, token], "403"),
            ("GET", "/other", &[host], "403"),
            ("GET", "/other", &[host, token], "404"),
            ("OPTIONS", "/api/send", &[host, ("origin", "http://other.example")], "403"),
            ("PUT", "/api/send", &[host, token, json], "405"),
            ("POST", "/", &[host, json], "403"),
            ("POST", "/api/send", &[host, token, json], "act:send"),
            ("POST", "/api/send", &[host, json], "403"),
            ("POST", "/api/send", &[host, token], "415"),
            ("POST", "/api/send", &[host, token, ("content-type", "text/plain")], "415"),
            (
                "POST",
                "/api/send",
                &[host, token, ("content-type", "application/x-www-form-urlencoded")],
                "415",
            ),
        ] {
            let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
            assert_eq!(judged(&gate, method, uri, headers), expected, "{method} {uri} with {names:?}");
        }
    }
}
