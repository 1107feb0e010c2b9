//! Which hosts requests may reach: checked for every request.

use url::Url;

use super::endpoint::{Endpoint, gives_credentials, is_this_machine, shown};

/// Where requests may be sent. Endpoints were checked before; this checks every request, also the SDK's own calls for
/// credentials, by its final address.
#[derive(Debug, Default)]
pub(super) struct Destinations {
    /// Configured hosts that give credentials to containers or instances.
    exempt: Vec<String>,
    /// Endpoints to which no request may be sent.
    ignored: Vec<Endpoint>,
}

/// A request that was not sent.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(super) enum Misdirected {
    #[error("the request to `{0}` would not be encrypted")]
    Unencrypted(String),
    #[error(
        "`AWS_IGNORE_CONFIGURED_ENDPOINT_URLS` ignores configured endpoints, but the SDK would still get credentials at `{}` of {}: unset one of the two", .0.url, .0.source
    )]
    Ignored(Endpoint),
    #[error("`{0}` is not an address")]
    NoAddress(String),
}

impl Destinations {
    /// `named`: the configured addresses that give credentials to containers and instances.
    pub(super) fn new(named: impl Iterator<Item = String>, ignored: Vec<Endpoint>) -> Self {
        let host = |text: String| Url::parse(&text).ok()?.host_str().map(str::to_owned);
        Self { exempt: named.filter_map(host).collect(), ignored }
    }

    /// Whether a request may be sent to this address.
    ///
    /// # Errors
    /// The reason, if not.
    pub(super) fn judge(&self, uri: &str) -> Result<(), Misdirected> {
        let Ok(url) = Url::parse(uri) else { return Err(Misdirected::NoAddress(shown(uri))) };
        let Some(host) = url.host() else { return Err(Misdirected::NoAddress(shown(uri))) };
        let is_exempt = self.exempt.iter().any(|exempt| url.host_str() == Some(exempt));
        if url.scheme() != "https" && !is_this_machine(&host) && !gives_credentials(&host) && !is_exempt {
            return Err(Misdirected::Unencrypted(format!("{}://{host}", url.scheme())));
        }
        let is_there = |endpoint: &&Endpoint| {
            let there = Url::parse(&endpoint.url).map(|there| there.origin());
            there.is_ok_and(|there| there == url.origin())
        };
        match self.ignored.iter().find(is_there) {
            Some(endpoint) => Err(Misdirected::Ignored(endpoint.clone())),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_allowed_to_this_machine_and_to_credential_endpoints() {
        let named = ["http://metadata.example:80/base".to_owned(), "no address".to_owned()];
        let destinations = Destinations::new(named.into_iter(), Vec::new());
        for uri in [
            "https://sts.eu-west-1.amazonaws.com/",
            "http://127.0.0.1:4566/",
            "http://[::1]/",
            "http://169.254.170.2/v2/credentials",
            "http://metadata.example/latest/api/token",
        ] {
            assert_eq!(destinations.judge(uri), Ok(()), "{uri}");
        }
        for uri in [
            "http://sts.eu-west-1.amazonaws.com/",
            "HTTP://example.com/",
            "http://bucket.localhost/",
            "ftp://127.0.0.2x",
        ] {
            assert!(matches!(destinations.judge(uri), Err(Misdirected::Unencrypted(_))), "{uri}");
        }
        assert!(matches!(destinations.judge("/relative"), Err(Misdirected::NoAddress(_))));
    }

    #[test]
    fn no_request_is_sent_to_an_ignored_endpoint() {
        let ignored = Endpoint { url: "http://127.0.0.1:4566".to_owned(), source: "`A`".to_owned() };
        let destinations = Destinations::new(std::iter::empty(), vec![ignored.clone()]);
        assert_eq!(destinations.judge("http://127.0.0.1:4566/x?y"), Err(Misdirected::Ignored(ignored)));
        assert_eq!(destinations.judge("http://127.0.0.1:4567/"), Ok(()));
    }
}
