use std::collections::BTreeMap;
use std::sync::Mutex;

use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, ConfigLoader, Region, SdkConfig};
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_sdk_cloudformation::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_http_client::tls::TrustStore;
use aws_smithy_runtime_api::client::http::SharedHttpClient;

use super::connection::Connection;
use super::destinations::Destinations;
use super::endpoint::Endpoint;
use super::endpoints::Endpoints;
use super::expiry::{Until, watched};
use super::mfa::Roles;
use super::profile::{Profiles, Source};
use super::proxy::Proxy;
use super::timeouts::{CALL, timeouts};
use super::trust::{Bundle, trusted};
use super::wire::Received;
use crate::diagnostic::{Failure, codes};
use crate::partition::Partition;

/// The user's settings. An absent one comes from the standard chain.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    pub profile: Option<String>,
    pub region: Option<String>,
    pub endpoint: Option<String>,
    /// The local cloud has one account and accepts any key, so the user's own keys must not be sent to it.
    pub local: bool,
}

/// One client per service, all with the same credentials, region and endpoint.
pub struct Clients {
    pub region: String,
    /// The local cloud's address; `None` for AWS.
    pub(super) local_endpoint: Option<String>,
    /// The endpoints that differ from AWS's own, each once.
    pub endpoints: Vec<Endpoint>,
    /// What the answers so far have shown.
    pub(super) received: Received,
    /// When the current credentials expire.
    pub(super) until: Until,
    /// The file of trusted certificates; `None`: those that the system trusts.
    pub(super) bundle: Option<Bundle>,
    /// The source of the credentials.
    pub(super) source: Source,
    /// The proxy between this machine and AWS.
    pub(super) proxy: Option<Proxy>,
    pub(super) cloudformation: aws_sdk_cloudformation::Client,
    pub(super) cloudwatch: aws_sdk_cloudwatch::Client,
    pub(super) dynamodb: aws_sdk_dynamodb::Client,
    pub(super) eventbridge: aws_sdk_eventbridge::Client,
    pub(super) kms: aws_sdk_kms::Client,
    pub(super) logs: aws_sdk_cloudwatchlogs::Client,
    pub(super) lambda: aws_sdk_lambda::Client,
    pub(super) s3: aws_sdk_s3::Client,
    pub(super) sqs: aws_sdk_sqs::Client,
    /// The URLs of queues, by name, as far as they were looked up.
    pub(super) queue_urls: Mutex<BTreeMap<String, String>>,
    pub(super) sts: aws_sdk_sts::Client,
}

impl Clients {
    /// Whether these clients call the local cloud.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.local_endpoint.is_some()
    }

    /// The AWS partition of the region.
    pub(super) fn partition(&self) -> &'static Partition {
        Partition::of(&self.region)
    }

    /// Loads the configuration. Credentials are resolved at the first call.
    ///
    /// # Errors
    /// No region is configured; or a configured profile, proxy or certificate file is missing or not usable.
    pub async fn new(settings: Settings) -> Result<Self, Failure> {
        let Setup { config, connection, endpoints, source, proxy, bundle, received } =
            if settings.local { local(&settings).await? } else { aws(&settings).await? };
        let Some(region) = config.region().map(ToString::to_string) else {
            return Err(Failure::failed(
                codes::AWS_NO_REGION,
                "no region is known",
                "add `deploy.region` to the spec, or give `--region`",
            ));
        };
        let (config, until) = watched(config);
        macro_rules! settings {
            ($service:ident, $name:literal) => {
                $service::config::Builder::from(&config).http_client(connection.of($name))
            };
        }
        macro_rules! client {
            ($service:ident, $name:literal) => {{
                let mut settings = settings!($service, $name);
                settings.set_endpoint_url(endpoints.of($name));
                $service::Client::from_conf(settings.build())
            }};
        }
        // A server on this machine has one host name; virtual-hosted buckets would need a name server.
        let mut s3 = settings!(aws_sdk_s3, "S3").force_path_style(endpoints.is_here("S3"));
        s3.set_endpoint_url(endpoints.of("S3"));
        Ok(Self {
            region,
            local_endpoint: endpoints.of("STS").filter(|_| settings.local),
            endpoints: endpoints.shown(),
            received,
            until,
            bundle,
            source,
            proxy,
            cloudformation: client!(aws_sdk_cloudformation, "CloudFormation"),
            cloudwatch: client!(aws_sdk_cloudwatch, "CloudWatch"),
            dynamodb: client!(aws_sdk_dynamodb, "DynamoDB"),
            eventbridge: client!(aws_sdk_eventbridge, "EventBridge"),
            kms: client!(aws_sdk_kms, "KMS"),
            logs: client!(aws_sdk_cloudwatchlogs, "CloudWatch Logs"),
            lambda: client!(aws_sdk_lambda, "Lambda"),
            s3: aws_sdk_s3::Client::from_conf(s3.build()),
            sqs: client!(aws_sdk_sqs, "SQS"),
            queue_urls: Mutex::default(),
            sts: client!(aws_sdk_sts, "STS"),
        })
    }
}

/// The endpoints that differ from AWS's own, without any call.
///
/// # Errors
/// As for [`Clients::new`].
pub async fn endpoints(settings: &Settings) -> Result<Vec<Endpoint>, Failure> {
    let profiles = Profiles::read(settings.profile.as_deref()).await?;
    let (source, _) = source(settings, &profiles);
    Ok(Endpoints::read(settings.endpoint.as_deref(), &profiles, &source, variable)?.shown())
}

/// The resolved settings that the clients are built from.
struct Setup {
    config: SdkConfig,
    connection: Connection,
    endpoints: Endpoints,
    source: Source,
    proxy: Option<Proxy>,
    bundle: Option<Bundle>,
    received: Received,
}

/// The settings for the local cloud. It has one account and accepts any key, and is on this machine: the user's
/// profile, proxy, certificates and switches have no effect.
async fn local(settings: &Settings) -> Result<Setup, Failure> {
    let region = settings.region.clone().unwrap_or_else(|| "us-east-1".to_owned());
    let credentials = Credentials::new("local", "local", None, None, "local cloud");
    let endpoints = Endpoints::local(settings.endpoint.as_deref())?;
    let received = Received::default();
    let connection = Connection::new(None, TrustStore::empty(), Destinations::default(), received.clone())?;
    let loader = loader(connection.client(), Some(2))
        .region(Region::new(region))
        .profile_files(EnvConfigFiles::builder().with_contents(EnvConfigFileKind::Config, "").build())
        .use_fips(false)
        .use_dual_stack(false)
        .credentials_provider(SharedCredentialsProvider::new(credentials));
    let source = Source::Elsewhere("none".to_owned());
    Ok(Setup {
        config: loader.load().await,
        connection,
        endpoints,
        source,
        proxy: None,
        bundle: None,
        received,
    })
}

async fn aws(settings: &Settings) -> Result<Setup, Failure> {
    let profiles = Profiles::read(settings.profile.as_deref()).await?;
    let proxy = Proxy::read(variable)?;
    let (source, by_hand) = source(settings, &profiles);
    let endpoints = Endpoints::read(settings.endpoint.as_deref(), &profiles, &source, variable)?;
    let bundle = bundle(&profiles, variable);
    let trust = trusted(bundle.as_ref())?;
    let received = Received::default();
    let connection = Connection::new(
        proxy.as_ref().map(|proxy| proxy.config.clone()),
        trust,
        destinations(&profiles, &endpoints),
        received.clone(),
    )?;
    let http = connection.client();
    let chosen = |by: &str, in_profile: &str| variable(by).is_some() || profiles.get(in_profile).is_some();
    let retries = chosen("AWS_MAX_ATTEMPTS", "max_attempts") || chosen("AWS_RETRY_MODE", "retry_mode");
    let mut loader = loader(http.clone(), (!retries).then_some(6));
    if let Some(profile) = &settings.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(region) = &settings.region {
        loader = loader.region(Region::new(region.clone()));
    }
    let config = loader.load().await;

    if source == Source::Environment {
        return Ok(Setup { config, connection, endpoints, source, proxy, bundle, received });
    }
    let provider = ProviderConfig::without_region()
        .with_http_client(http)
        .with_region(config.region().cloned())
        .with_use_fips(config.use_fips())
        .with_use_dual_stack(config.use_dual_stack());
    let mut sts = aws_sdk_sts::config::Builder::from(&config);
    sts.set_endpoint_url(endpoints.of("STS"));
    let credentials = match (profiles.roles(), by_hand) {
        (Some((base, roles)), _) => Some(SharedCredentialsProvider::new(
            Roles::new(sts, &provider, base, roles).map_err(|name| unknown_source(&name))?,
        )),
        (None, Some(name)) if has_keys() && !matches!(source, Source::Elsewhere(_)) => {
            Some(SharedCredentialsProvider::new(
                ProfileFileCredentialsProvider::builder().configure(&provider).profile_name(name).build(),
            ))
        }
        _ => None,
    };
    let config = match credentials {
        Some(credentials) => config.to_builder().credentials_provider(credentials).build(),
        None => config,
    };
    Ok(Setup { config, connection, endpoints, source, proxy, bundle, received })
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn has_keys() -> bool {
    variable("AWS_ACCESS_KEY_ID").is_some() && variable("AWS_SECRET_ACCESS_KEY").is_some()
}

/// The source of credentials, and the profile of the command line. As in the AWS CLI, that profile comes before keys of
/// the environment, which come before a profile of `AWS_PROFILE`.
fn source<'a>(settings: &'a Settings, profiles: &Profiles) -> (Source, Option<&'a str>) {
    let by_hand = settings.profile.as_deref().filter(|name| variable("AWS_PROFILE").as_deref() != Some(name));
    (profiles.source(has_keys() && by_hand.is_none()), by_hand)
}

/// The allowed destinations besides encrypted hosts: only configured addresses of credentials.
fn destinations(profiles: &Profiles, endpoints: &Endpoints) -> Destinations {
    let names = ["AWS_EC2_METADATA_SERVICE_ENDPOINT", "AWS_CONTAINER_CREDENTIALS_FULL_URI"];
    let of_profile = profiles.get("ec2_metadata_service_endpoint").map(str::to_owned);
    let named = names.into_iter().filter_map(variable).chain(of_profile);
    Destinations::new(named, endpoints.ignored.clone())
}

/// `attempts`: of each call; `None`: the value of the environment or the profile.
fn loader(http: SharedHttpClient, attempts: Option<u32>) -> ConfigLoader {
    let loader =
        aws_config::defaults(BehaviorVersion::latest()).http_client(http).timeout_config(timeouts(CALL));
    match attempts {
        Some(attempts) => loader.retry_config(RetryConfig::standard().with_max_attempts(attempts)),
        None => loader,
    }
}

/// The file of certificate authorities, from the variables of the AWS CLI, then of OpenSSL.
fn bundle(profiles: &Profiles, variable: impl Fn(&str) -> Option<String>) -> Option<Bundle> {
    let named = |by: &str, path: String| Bundle { path: path.into(), named_by: by.to_owned() };
    let own = variable("AWS_CA_BUNDLE").map(|path| named("AWS_CA_BUNDLE", path));
    let profile = || profiles.get("ca_bundle").map(|path| named("ca_bundle", path.to_owned()));
    let system = || {
        let alone = variable("SSL_CERT_DIR").is_none();
        variable("SSL_CERT_FILE").filter(|_| alone).map(|path| named("SSL_CERT_FILE", path))
    };
    own.or_else(profile).or_else(system)
}

fn unknown_source(name: &str) -> Failure {
    Failure::failed(
        codes::AWS_NO_CREDENTIALS,
        format!("a profile has `credential_source = {name}`, which does not exist"),
        "write `Environment`, `Ec2InstanceMetadata` or `EcsContainer`",
    )
}
