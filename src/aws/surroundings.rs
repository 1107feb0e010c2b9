//! What is between this machine and AWS, for people: credentials, endpoints, proxy.

use std::sync::PoisonError;
use std::time::SystemTime;

use super::Clients;
use super::profile::Source;

/// The path between this machine and AWS, to be shown to people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Surroundings {
    /// The source of the credentials.
    pub source: String,
    /// The proxy, without its password.
    pub proxy: Option<String>,
    /// The file of certificate authorities and the setting that names it; `None`: the system's own.
    pub bundle: Option<String>,
    /// Seconds that this machine's clock is ahead of AWS's, by the last answer.
    pub ahead: Option<i64>,
    /// When the credentials expire.
    pub until: Option<SystemTime>,
}

impl Clients {
    /// What is known so far; most of it only after a first call.
    #[must_use]
    pub fn surroundings(&self) -> Surroundings {
        let bundle = self.bundle.as_ref();
        Surroundings {
            source: words(&self.source),
            proxy: self.proxy.as_ref().map(|proxy| proxy.shown.clone()),
            bundle: bundle.map(|bundle| format!("`{}`, by `{}`", bundle.path.display(), bundle.named_by)),
            ahead: self.received.ahead(),
            until: *self.until.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }
}

fn words(source: &Source) -> String {
    match source {
        Source::Environment => "keys of the environment".to_owned(),
        Source::SingleSignOn(profile) => format!("IAM Identity Center, by profile `{profile}`"),
        Source::Login(profile) => format!("`aws login`, by profile `{profile}`"),
        Source::Process(profile) => format!("the `credential_process` of profile `{profile}`"),
        Source::Keys(profile) => format!("keys of profile `{profile}`"),
        Source::WebIdentity(file) => format!("a web identity, by the token in `{file}`"),
        Source::Elsewhere(_) => "a container or an instance, if there is one".to_owned(),
    }
}
