use std::time::{SystemTime, UNIX_EPOCH};

use aws_config::ecs::EcsCredentialsProvider;
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, Result, SharedCredentialsProvider, future};

use super::credential_process::Process;
use super::{mfa_cache, terminal};

/// A role that a profile assumes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Role {
    pub(super) profile: String,
    pub(super) arn: String,
    pub(super) session_name: Option<String>,
    pub(super) external_id: Option<String>,
    /// The MFA device whose code the role requires.
    pub(super) mfa_serial: Option<String>,
    /// The duration of a session; `None`: an hour.
    pub(super) seconds: Option<i32>,
}

/// The credentials that assume the first role.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Base {
    Keys {
        id: String,
        secret: String,
        token: Option<String>,
    },
    /// The output of a program.
    Process(Process),
    /// The credentials of the profile of this name.
    Profile(String),
    /// `Environment`, `EcsContainer` or `Ec2InstanceMetadata`.
    Named(String),
}

impl std::fmt::Debug for Base {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Keys { id, .. } => write!(formatter, "Keys({id})"),
            Self::Process(process) => write!(formatter, "{process:?}"),
            Self::Profile(name) => write!(formatter, "Profile({name})"),
            Self::Named(name) => write!(formatter, "Named({name})"),
        }
    }
}

/// Assumes the roles of a profile one after the other. The SDK can do so, too, but ignores `mfa_serial` and
/// `duration_seconds`, so that a role which requires a code is denied. And it runs programs without limits.
#[derive(Debug)]
pub(super) struct Roles {
    sts: aws_sdk_sts::config::Builder,
    base: SharedCredentialsProvider,
    roles: Vec<Role>,
}

/// A code is required, but no terminal is there to ask for it.
#[derive(Debug, thiserror::Error)]
#[error(
    "profile `{profile}` needs a code of the MFA device `{serial}`, but there is no terminal to ask for it"
)]
pub(super) struct NobodyToAsk {
    pub(super) profile: String,
    serial: String,
}

impl Roles {
    /// `sts` has all settings for calls but credentials; `provider` is the same for credential providers.
    ///
    /// # Errors
    /// The name of an unknown source of credentials.
    pub(super) fn new(
        sts: aws_sdk_sts::config::Builder,
        provider: &ProviderConfig,
        base: Base,
        roles: Vec<Role>,
    ) -> std::result::Result<Self, String> {
        let base = match base {
            Base::Keys { id, secret, token } => {
                SharedCredentialsProvider::new(Credentials::new(id, secret, token, None, "profile"))
            }
            Base::Process(process) => SharedCredentialsProvider::new(process),
            Base::Profile(name) => SharedCredentialsProvider::new(
                ProfileFileCredentialsProvider::builder().configure(provider).profile_name(name).build(),
            ),
            Base::Named(name) => match name.to_lowercase().as_str() {
                "environment" => {
                    SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new())
                }
                "ecscontainer" => SharedCredentialsProvider::new(
                    EcsCredentialsProvider::builder().configure(provider).build(),
                ),
                "ec2instancemetadata" => SharedCredentialsProvider::new(
                    ImdsCredentialsProvider::builder().configure(provider).build(),
                ),
                _ => return Err(name),
            },
        };
        Ok(Self { sts, base, roles })
    }

    async fn taken_on(&self) -> Result {
        // The last cached session needs none of those before it.
        let cached = self
            .roles
            .iter()
            .enumerate()
            .rev()
            .find_map(|(at, role)| Some((at + 1, mfa_cache::cached(role)?)));
        let (from, mut credentials) = match cached {
            Some(cached) => cached,
            None => (0, self.base.provide_credentials().await?),
        };
        for role in self.roles.iter().skip(from) {
            credentials = self.session(role, credentials).await?;
        }
        Ok(credentials)
    }

    async fn session(&self, role: &Role, credentials: Credentials) -> Result {
        let code = match &role.mfa_serial {
            Some(serial) => Some(code(role, serial)?),
            None => None,
        };
        let config =
            Clone::clone(&self.sts).credentials_provider(SharedCredentialsProvider::new(credentials)).build();
        let answer = aws_sdk_sts::Client::from_conf(config)
            .assume_role()
            .role_arn(&role.arn)
            .role_session_name(role.session_name.clone().unwrap_or_else(session_name))
            .set_external_id(role.external_id.clone())
            .set_duration_seconds(role.seconds)
            .set_serial_number(role.mfa_serial.clone())
            .set_token_code(code)
            .send()
            .await
            .map_err(CredentialsError::provider_error)?;
        let session = answer
            .credentials
            .ok_or_else(|| CredentialsError::unhandled("the response has no credentials"))?;
        let session = Credentials::new(
            session.access_key_id,
            session.secret_access_key,
            Some(session.session_token),
            SystemTime::try_from(session.expiration).ok(),
            "assumed role",
        );
        mfa_cache::keep(role, &session);
        Ok(session)
    }
}

impl ProvideCredentials for Roles {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.taken_on())
    }
}

fn code(role: &Role, serial: &str) -> std::result::Result<String, CredentialsError> {
    let question = format!("  code of the MFA device `{serial}` for profile `{}`:", role.profile);
    let answer = terminal::ask(&question).ok_or_else(|| {
        CredentialsError::invalid_configuration(NobodyToAsk {
            profile: role.profile.clone(),
            serial: serial.to_owned(),
        })
    })?;
    // Devices show the code in groups of digits.
    Ok(answer.split_whitespace().collect())
}

fn session_name() -> String {
    let milliseconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_millis());
    format!("pipectl-{milliseconds}")
}
