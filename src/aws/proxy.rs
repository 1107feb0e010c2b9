use aws_smithy_http_client::proxy::ProxyConfig;

use crate::diagnostic::{Failure, codes};

/// The proxy between this machine and AWS.
#[derive(Debug, Clone)]
pub(super) struct Proxy {
    pub(super) config: ProxyConfig,
    /// Its address without a password, and the variable that sets it.
    pub(super) shown: String,
}

impl Proxy {
    /// The proxy for HTTPS, by the environment variables of curl and the AWS CLI: `HTTPS_PROXY`, else `ALL_PROXY`, each
    /// also in lower case, except for the hosts of `NO_PROXY`.
    ///
    /// `HTTP_PROXY` is not used. All plain HTTP is to this machine or its link-local addresses, where containers and
    /// instances get credentials, and those are not reachable through a proxy.
    ///
    /// # Errors
    /// The address is invalid, or the proxy uses a protocol other than HTTP.
    pub(super) fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, Failure> {
        let named = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"].into_iter().find_map(|name| {
            let value = variable(name)?.trim().to_owned();
            (!value.is_empty()).then_some((name, value))
        });
        let Some((name, value)) = named else { return Ok(None) };
        let address = if value.contains("://") { value } else { format!("http://{value}") };
        let shown = format!("the proxy `{}` of `{name}`", without_password(&address));
        let config = ProxyConfig::https(address.as_str()).map_err(|error| {
            Failure::failed(
                codes::AWS_UNREACHABLE,
                format!("{shown} cannot be used: {error}"),
                "give the address of an HTTP proxy, such as `http://proxy.example.com:3128`, or unset the variable",
            )
        })?;
        let direct = plain(&["NO_PROXY", "no_proxy"].into_iter().find_map(variable).unwrap_or_default());
        // In the library, `*` covers every name, but no IP address.
        let uses_none = direct.split(',').any(|rule| rule == "*");
        Ok((!uses_none).then(|| Self { config: config.no_proxy(direct), shown }))
    }
}

/// Converts `*.example.com`, which other programs accept, to `.example.com`, which has the same meaning in the library.
fn plain(rules: &str) -> String {
    let rules = rules.split(',').map(str::trim).filter(|rule| !rule.is_empty());
    let rules: Vec<&str> = rules
        .map(|rule| rule.strip_prefix('*').filter(|remainder| remainder.starts_with('.')).unwrap_or(rule))
        .collect();
    rules.join(",")
}

fn without_password(address: &str) -> String {
    match (address.split_once("://"), address.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://{host}"),
        _ => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Option<String>, String> {
        let variable = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        let proxy = Proxy::read(variable).map_err(|failure| failure.diagnostics[0].message.clone());
        proxy.map(|proxy| proxy.map(|proxy| proxy.shown))
    }

    #[test]
    fn the_first_that_is_set_is_the_proxy() {
        assert_eq!(read(&[("HTTP_PROXY", "http://a:1"), ("NO_PROXY", "*")]), Ok(None));
        assert_eq!(
            read(&[("HTTPS_PROXY", ""), ("https_proxy", "b:2"), ("ALL_PROXY", "http://c:3")]),
            Ok(Some("the proxy `http://b:2` of `https_proxy`".to_owned()))
        );
        assert_eq!(
            read(&[("all_proxy", "https://c:3")]),
            Ok(Some("the proxy `https://c:3` of `all_proxy`".to_owned()))
        );
    }

    #[test]
    fn a_proxy_that_serves_no_host_is_never_used() {
        assert_eq!(read(&[("HTTPS_PROXY", "http://b:2"), ("no_proxy", "a.example, *")]), Ok(None));
    }

    #[test]
    fn a_proxy_that_cannot_be_used_is_named_and_its_password_is_not() {
        let message = read(&[("ALL_PROXY", "socks5://ada:s3cret@localhost:1080")]).expect_err("no SOCKS");
        assert!(
            message.starts_with("the proxy `socks5://localhost:1080` of `ALL_PROXY` cannot be used"),
            "{message}"
        );
        assert!(!message.contains("s3cret"));
        let message = read(&[("HTTPS_PROXY", "http://pro xy")]).expect_err("no address");
        assert!(message.contains("`HTTPS_PROXY`"), "{message}");
    }

    #[test]
    fn wildcards_of_domains_are_written_as_the_library_takes_them() {
        assert_eq!(plain(" localhost, *.example.com ,*,,.corp"), "localhost,.example.com,*,.corp");
    }
}
