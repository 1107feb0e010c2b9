//! When the credentials in use expire.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};

/// When the current credentials expire; `None`: none were resolved yet, or they do not expire.
pub(super) type Until = Arc<Mutex<Option<SystemTime>>>;

/// Passes on the credentials of another provider and notes when they expire. Asking a provider twice may prompt the
/// user twice.
#[derive(Debug)]
struct TimedProvider {
    inner: SharedCredentialsProvider,
    until: Until,
}

impl ProvideCredentials for TimedProvider {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async move {
            let given = self.inner.provide_credentials().await?;
            *self.until.lock().unwrap_or_else(PoisonError::into_inner) = given.expiry();
            Ok(given)
        })
    }

    fn fallback_on_interrupt(&self) -> Option<Credentials> {
        self.inner.fallback_on_interrupt()
    }
}

/// The same configuration, with the expiry of its credentials recorded.
pub(super) fn watched(config: SdkConfig) -> (SdkConfig, Until) {
    let until = Until::default();
    let Some(inner) = config.credentials_provider() else { return (config, until) };
    let watched = TimedProvider { inner, until: Arc::clone(&until) };
    let config = config.to_builder().credentials_provider(SharedCredentialsProvider::new(watched)).build();
    (config, until)
}
