use std::time::Duration;

use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, ConfigLoader, Region, SdkConfig};
use aws_sdk_cloudformation::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_http_client::tls::TrustStore;
use aws_smithy_runtime_api::client::http::SharedHttpClient;

use super::connection::http_client;
use super::mfa::Roles;
use super::profile::{Profiles, Source};
use super::proxy::Proxy;
use super::trust::{Bundle, trusted};
use crate::diagnostic::{Failure, codes};
use crate::partition::Partition;

/// What the user asked for; everything absent comes from the standard chain.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    pub profile: Option<String>,
    pub region: Option<String>,
    pub endpoint: Option<String>,
    /// The local cloud knows one account and takes any key; the user's own must not go there.
    pub local: bool,
}

/// One client per service, all with the same credentials, region and endpoint.
pub struct Clients {
    pub region: String,
    /// The local cloud's address.
    pub(super) local_endpoint: Option<String>,
    /// Where the credentials come from.
    pub(super) source: Source,
    /// What stands between here and AWS.
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
    pub(super) sts: aws_sdk_sts::Client,
}

impl Clients {
    /// Whether these clients talk to the local cloud.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.local_endpoint.is_some()
    }

    /// The part of AWS the region is in.
    pub(super) fn partition(&self) -> &'static Partition {
        Partition::of(&self.region)
    }

    /// Loads the configuration; credentials are looked for at the first call.
    ///
    /// # Errors
    /// No region is known; or what is configured to reach AWS, a profile, a proxy or a file of certificates, is not
    /// there or not usable.
    pub async fn new(settings: Settings) -> Result<Self, Failure> {
        let Way { config, source, proxy } =
            if settings.local { local(&settings).await? } else { aws(&settings).await? };
        let Some(region) = config.region().map(ToString::to_string) else {
            return Err(Failure::failed(
                codes::AWS_NO_REGION,
                "no region is known",
                "add `deploy.region` to the spec, or give `--region`",
            ));
        };
        // The local cloud answers on one host name; virtual-hosted buckets would need a name server.
        let s3 = aws_sdk_s3::config::Builder::from(&config).force_path_style(settings.local).build();
        Ok(Self {
            region,
            local_endpoint: settings.endpoint.filter(|_| settings.local),
            source,
            proxy,
            cloudformation: aws_sdk_cloudformation::Client::new(&config),
            cloudwatch: aws_sdk_cloudwatch::Client::new(&config),
            dynamodb: aws_sdk_dynamodb::Client::new(&config),
            eventbridge: aws_sdk_eventbridge::Client::new(&config),
            kms: aws_sdk_kms::Client::new(&config),
            logs: aws_sdk_cloudwatchlogs::Client::new(&config),
            lambda: aws_sdk_lambda::Client::new(&config),
            s3: aws_sdk_s3::Client::from_conf(s3),
            sqs: aws_sdk_sqs::Client::new(&config),
            sts: aws_sdk_sts::Client::new(&config),
        })
    }
}

/// What is between the settings and the calls.
struct Way {
    config: SdkConfig,
    source: Source,
    proxy: Option<Proxy>,
}

/// The local cloud knows one account and takes any key, and there is nothing between it and here: neither profile, proxy,
/// certificates nor switches of the user's have a meaning there.
async fn local(settings: &Settings) -> Result<Way, Failure> {
    let region = settings.region.clone().unwrap_or_else(|| "us-east-1".to_owned());
    let credentials = Credentials::new("local", "local", None, None, "local cloud");
    let loader = loader(settings, http_client(None, TrustStore::empty())?, Some(2))
        .region(Region::new(region))
        .use_fips(false)
        .use_dual_stack(false)
        .credentials_provider(SharedCredentialsProvider::new(credentials));
    Ok(Way { config: loader.load().await, source: Source::Elsewhere("none".to_owned()), proxy: None })
}

async fn aws(settings: &Settings) -> Result<Way, Failure> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let profiles = Profiles::read(settings.profile.as_deref()).await?;
    let proxy = Proxy::read(variable)?;
    let trust = trusted(bundle(&profiles, variable).as_ref())?;
    let http = http_client(proxy.as_ref().map(|proxy| proxy.config.clone()), trust)?;
    let chosen = |by: &str, in_profile: &str| variable(by).is_some() || profiles.get(in_profile).is_some();
    let retries = chosen("AWS_MAX_ATTEMPTS", "max_attempts") || chosen("AWS_RETRY_MODE", "retry_mode");
    let mut loader = loader(settings, http.clone(), (!retries).then_some(6));
    if let Some(profile) = &settings.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(region) = &settings.region {
        loader = loader.region(Region::new(region.clone()));
    }
    let config = loader.load().await;

    // As in the AWS CLI, a profile of the command line goes before keys of the environment, which go before one of
    // `AWS_PROFILE`.
    let has_keys = variable("AWS_ACCESS_KEY_ID").is_some() && variable("AWS_SECRET_ACCESS_KEY").is_some();
    let by_hand = settings.profile.as_deref().filter(|name| variable("AWS_PROFILE").as_deref() != Some(name));
    let source = profiles.source(has_keys && by_hand.is_none());
    if source == Source::Environment {
        return Ok(Way { config, source, proxy });
    }
    let provider = ProviderConfig::without_region()
        .with_http_client(http)
        .with_region(config.region().cloned())
        .with_use_fips(config.use_fips())
        .with_use_dual_stack(config.use_dual_stack());
    let credentials = match (profiles.roles(), by_hand) {
        (Some((base, roles)), _) => Some(SharedCredentialsProvider::new(
            Roles::new(config.clone(), &provider, base, roles).map_err(|name| unknown_source(&name))?,
        )),
        (None, Some(name)) if has_keys && !matches!(source, Source::Elsewhere(_)) => {
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
    Ok(Way { config, source, proxy })
}

/// `attempts`: of each call; left out, what the environment or the profile says.
fn loader(settings: &Settings, http: SharedHttpClient, attempts: Option<u32>) -> ConfigLoader {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .operation_attempt_timeout(Duration::from_secs(60))
        .build();
    let mut loader =
        aws_config::defaults(BehaviorVersion::latest()).http_client(http).timeout_config(timeouts);
    if let Some(attempts) = attempts {
        loader = loader.retry_config(RetryConfig::standard().with_max_attempts(attempts));
    }
    match &settings.endpoint {
        Some(endpoint) => loader.endpoint_url(endpoint),
        None => loader,
    }
}

/// The file of certificate authorities, as the AWS CLI finds it, or as OpenSSL does.
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
