use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_cloudformation::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_http_client::{Builder, tls};

use crate::diagnostic::{Failure, codes};

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
    pub(super) cloudformation: aws_sdk_cloudformation::Client,
    pub(super) cloudwatch: aws_sdk_cloudwatch::Client,
    pub(super) dynamodb: aws_sdk_dynamodb::Client,
    pub(super) eventbridge: aws_sdk_eventbridge::Client,
    pub(super) kms: aws_sdk_kms::Client,
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

    /// Loads the configuration; credentials are looked for at the first call.
    ///
    /// # Errors
    /// No region is known.
    pub async fn new(settings: Settings) -> Result<Self, Failure> {
        let config = load(&settings).await;
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
            cloudformation: aws_sdk_cloudformation::Client::new(&config),
            cloudwatch: aws_sdk_cloudwatch::Client::new(&config),
            dynamodb: aws_sdk_dynamodb::Client::new(&config),
            eventbridge: aws_sdk_eventbridge::Client::new(&config),
            kms: aws_sdk_kms::Client::new(&config),
            lambda: aws_sdk_lambda::Client::new(&config),
            s3: aws_sdk_s3::Client::from_conf(s3),
            sqs: aws_sdk_sqs::Client::new(&config),
            sts: aws_sdk_sts::Client::new(&config),
        })
    }
}

async fn load(settings: &Settings) -> SdkConfig {
    let http = Builder::new()
        .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring))
        .build_https();
    let attempts = if settings.local { 2 } else { 6 };
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .operation_attempt_timeout(Duration::from_secs(60))
        .build();
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .retry_config(RetryConfig::standard().with_max_attempts(attempts))
        .timeout_config(timeouts);
    if let Some(profile) = &settings.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(region) = &settings.region {
        loader = loader.region(Region::new(region.clone()));
    }
    if let Some(endpoint) = &settings.endpoint {
        loader = loader.endpoint_url(endpoint);
    }
    if settings.local {
        let credentials = Credentials::new("local", "local", None, None, "local cloud");
        loader = loader.credentials_provider(SharedCredentialsProvider::new(credentials));
        if settings.region.is_none() {
            loader = loader.region(Region::from_static("us-east-1"));
        }
    }
    loader.load().await
}
