use std::collections::BTreeMap;

use super::endpoint::Endpoint;
use super::profile::{Profiles, Source};
use crate::diagnostic::{Diagnostic, Exit, Failure};

/// The services that pipectl calls, by the SDK's names.
const SERVICES: [&str; 10] = [
    "CloudFormation",
    "CloudWatch",
    "CloudWatch Logs",
    "DynamoDB",
    "EventBridge",
    "KMS",
    "Lambda",
    "S3",
    "SQS",
    "STS",
];
/// The services that give credentials. The SDK calls them by itself.
const CREDENTIALS: [&str; 4] = ["STS", "SSO", "SSO OIDC", "Signin"];
const VARIABLE: &str = "AWS_ENDPOINT_URL";
const IGNORE: &str = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS";

/// All endpoints that differ from AWS's own. Every call uses these, and no other setting.
#[derive(Debug, Clone, Default)]
pub(super) struct Endpoints {
    of_service: BTreeMap<&'static str, Endpoint>,
    /// For the SDK's own calls for credentials.
    of_credentials: Vec<Endpoint>,
    /// Endpoints of those calls that are configured although configured endpoints are to be ignored. The SDK uses them
    /// anyway.
    pub(super) ignored: Vec<Endpoint>,
}

impl Endpoints {
    /// The endpoint of the local cloud, independent of the configuration.
    ///
    /// # Errors
    /// It is not on this machine.
    pub(super) fn local(endpoint: Option<&str>) -> Result<Self, Failure> {
        let Some(text) = endpoint else { return Ok(Self::default()) };
        let endpoint =
            Endpoint::read(text, "the local cloud").map_err(|wrong| Failure::new(Exit::Refused, *wrong))?;
        Ok(Self {
            of_service: SERVICES.iter().map(|service| (*service, endpoint.clone())).collect(),
            ..Self::default()
        })
    }

    /// Reads the endpoints in the order of the AWS CLI: `asked` on the command line, the variable of the service, the
    /// variable of all services, the service in the profile's `services` section, the profile's `endpoint_url`.
    ///
    /// # Errors
    /// All endpoints that cannot be used.
    pub(super) fn read(
        asked: Option<&str>,
        profiles: &Profiles,
        source: &Source,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, Failure> {
        let configured = |service: &str| configured(service, profiles, &variable);
        let ignores =
            variable(IGNORE).or_else(|| profiles.get("ignore_configured_endpoint_urls").map(str::to_owned));
        let ignores = ignores.is_some_and(|text| text.eq_ignore_ascii_case("true"));
        let mut wrong = Vec::new();
        let mut endpoints = Self::default();
        for service in SERVICES {
            let found = match asked {
                Some(asked) => Some((asked.to_owned(), "`--endpoint-url`".to_owned())),
                None if ignores => None,
                None => configured(service),
            };
            if let Some(endpoint) = judged(found, &mut wrong) {
                endpoints.of_service.insert(service, endpoint);
            }
        }
        // Keys of the environment need no call.
        for service in CREDENTIALS.into_iter().filter(|_| *source != Source::Environment) {
            if ignores {
                // These are never used, so an invalid one is not an error.
                endpoints.ignored.extend(judged(configured(service), &mut Vec::new()));
            } else {
                endpoints.of_credentials.extend(judged(configured(service), &mut wrong));
            }
        }
        let used: Vec<&str> = endpoints.of_service.values().map(|endpoint| endpoint.url.as_str()).collect();
        endpoints.ignored.retain(|ignored| !used.contains(&ignored.url.as_str()));
        if wrong.is_empty() {
            return Ok(endpoints);
        }
        Err(Failure { exit: Exit::Refused, diagnostics: wrong, sources: Vec::new() })
    }

    /// The endpoint of a service; `None`: AWS's own.
    pub(super) fn of(&self, service: &str) -> Option<String> {
        self.of_service.get(service).map(|endpoint| endpoint.url.clone())
    }

    /// Whether the service is on this machine, where bucket subdomains cannot be resolved.
    pub(super) fn is_here(&self, service: &str) -> bool {
        self.of_service.get(service).is_some_and(Endpoint::is_here)
    }

    /// All endpoints, each once.
    pub(super) fn shown(&self) -> Vec<Endpoint> {
        let mut all: Vec<Endpoint> = self.of_service.values().chain(&self.of_credentials).cloned().collect();
        all.sort();
        all.dedup();
        all
    }
}

/// The address that is configured for a service, and the setting that holds it.
fn configured(
    service: &str,
    profiles: &Profiles,
    variable: impl Fn(&str) -> Option<String>,
) -> Option<(String, String)> {
    let own = format!("{VARIABLE}_{}", service.to_uppercase().replace(' ', "_"));
    let of_variable = |name: &str| variable(name).map(|value| (value, format!("`{name}`")));
    let of_profile = || {
        let value = profiles.get("endpoint_url").filter(|value| !value.is_empty())?;
        Some((value.to_owned(), format!("`endpoint_url` of profile `{}`", profiles.selected())))
    };
    of_variable(&own)
        .or_else(|| of_variable(VARIABLE))
        .or_else(|| profiles.service(service, "endpoint_url"))
        .or_else(of_profile)
}

/// The endpoint. What is wrong with it is reported once, although most services share it.
fn judged(found: Option<(String, String)>, wrong: &mut Vec<Diagnostic>) -> Option<Endpoint> {
    let (text, source) = found?;
    match Endpoint::read(&text, &source) {
        Ok(endpoint) => Some(endpoint),
        Err(diagnostic) => {
            if !wrong.contains(&*diagnostic) {
                wrong.push(*diagnostic);
            }
            None
        }
    }
}
