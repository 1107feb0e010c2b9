use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

use crate::diagnostic::{Diagnostic, codes};

/// An address to which requests to a service go instead of AWS's own host.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Endpoint {
    /// Normalised, so that the HTTP client connects to the host that was checked: `http://127.0.0.1:4566` for
    /// `HTTP://2130706433:4566/`.
    pub url: String,
    /// What sets it, in backticks: `--endpoint-url`, `AWS_ENDPOINT_URL_SQS` and the like.
    pub source: String,
}

impl Endpoint {
    /// Parses and checks an endpoint. Requests are signed with the caller's keys, and on plain HTTP anyone on the
    /// network can read bodies, so plain HTTP is allowed for this machine only.
    ///
    /// # Errors
    /// It is not an HTTP URL, has more than scheme, host, port and path, or is remote and not encrypted.
    pub(super) fn read(text: &str, source: &str) -> Result<Self, Box<Diagnostic>> {
        let refused = |reason: &str, help: &str| {
            let message = format!("the endpoint `{}` of {source} {reason}", shown(text));
            Err(Box::new(Diagnostic::error(codes::GUARD_ENDPOINT, message).help(help)))
        };
        let example = "give an address such as `https://vpce-0a1b.sqs.eu-west-1.vpce.amazonaws.com`";
        let url = match Url::parse(text) {
            Ok(url) => url,
            Err(error) => return refused(&format!("is not a URL: {error}"), example),
        };
        if !matches!(url.scheme(), "http" | "https") {
            return refused("does not begin with `https://` or `http://`", example);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return refused(
                "has a user name or password",
                "leave out what is before the `@`: requests are signed with AWS credentials",
            );
        }
        if url.query().is_some() || url.fragment().is_some() {
            return refused("has a query or a fragment", "leave out what begins with `?` or `#`");
        }
        if url.port() == Some(0) {
            return refused("has port 0", "give the port that the server listens on");
        }
        if url.scheme() == "http" && !url.host().is_some_and(|host| is_this_machine(&host)) {
            return refused(
                "is not encrypted",
                "give an `https://` address; plain HTTP is for `127.0.0.1`, `[::1]` and `localhost` only",
            );
        }
        let text = url.as_str();
        let text = if url.path() == "/" { text.trim_end_matches('/') } else { text };
        Ok(Self { url: text.to_owned(), source: source.to_owned() })
    }

    /// Whether it is on this machine.
    pub(super) fn is_here(&self) -> bool {
        Url::parse(&self.url).is_ok_and(|url| url.host().is_some_and(|host| is_this_machine(&host)))
    }
}

/// By its address, or by the one name that is never looked up: name servers may be asked for `localhost.` and
/// `x.localhost`.
pub(super) fn is_this_machine(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.to_canonical().is_loopback(),
    }
}

/// Whether containers or instances get their credentials there: link-local addresses, which have no TLS.
pub(super) fn gives_credentials(host: &Host<&str>) -> bool {
    const V4: [Ipv4Addr; 3] = [
        Ipv4Addr::new(169, 254, 169, 254),
        Ipv4Addr::new(169, 254, 170, 2),
        Ipv4Addr::new(169, 254, 170, 23),
    ];
    const V6: [Ipv6Addr; 2] = [
        Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254),
        Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23),
    ];
    match host {
        Host::Domain(_) => false,
        Host::Ipv4(address) => V4.contains(address),
        Host::Ipv6(address) => match IpAddr::from(*address).to_canonical() {
            IpAddr::V4(address) => V4.contains(&address),
            IpAddr::V6(address) => V6.contains(&address),
        },
    }
}

/// An address without its password, even if it is not a valid URL.
#[must_use]
pub fn shown(text: &str) -> String {
    let open = text.split(['?', '#']).next().unwrap_or_default();
    let (scheme, remainder) = match open.split_once("://") {
        Some((scheme, remainder)) => (format!("{scheme}://"), remainder),
        None => (String::new(), open),
    };
    let host = remainder.rsplit_once('@').map_or(remainder, |(_, host)| host);
    format!("{scheme}{host}").chars().filter(|character| !character.is_control()).take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_judged_is_what_is_used() {
        for (text, url) in [
            ("HTTP://LOCALHOST:4566/", "http://localhost:4566"),
            ("http://0177.1:80", "http://127.0.0.1"),
            ("http:\\\\127.0.0.1\\\t", "http://127.0.0.1"),
            ("http://[::FFFF:7f00:1]:1", "http://[::ffff:7f00:1]:1"),
            ("http://@127.0.0.1/base/", "http://127.0.0.1/base/"),
            ("http://\u{ff11}27.0.0.1", "http://127.0.0.1"),
            ("https://example.com:443", "https://example.com"),
        ] {
            assert_eq!(Endpoint::read(text, "s").map(|endpoint| endpoint.url).as_deref(), Ok(url), "{text}");
        }
    }

    #[test]
    fn nothing_before_an_at_sign_is_shown() {
        assert_eq!(shown("https://a:b@c/d@example.com/?x=y"), "https://example.com/");
        assert_eq!(shown("a:b@example.com"), "example.com");
        assert_eq!(shown("http://exam\u{7}ple.com#x"), "http://example.com");
    }

    #[test]
    fn links_of_the_machine_give_credentials_in_every_spelling() {
        let gives = |text: &str| gives_credentials(&Url::parse(text).unwrap().host().unwrap());
        for text in [
            "http://169.254.169.254",
            "http://2852039166",
            "http://[fd00:ec2::254]/",
            "http://[::ffff:a9fe:aa02]",
        ] {
            assert!(gives(text), "{text}");
        }
        for text in ["http://169.254.169.253", "http://[fd00:ec2::255]", "http://metadata.google.internal"] {
            assert!(!gives(text), "{text}");
        }
    }
}
