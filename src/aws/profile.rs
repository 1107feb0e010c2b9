use aws_config::profile::{Profile, ProfileSet, load};
use aws_runtime::env_config::file::EnvConfigFiles;
use aws_runtime::env_config::property::PropertiesKey;
use aws_types::os_shim_internal::{Env, Fs};

use super::credential_process::Process;
use super::mfa::{Base, Role};
use super::named_files;
use crate::diagnostic::{Failure, codes};

/// The selected profile, among all profiles of the AWS configuration.
#[derive(Debug)]
pub(super) struct Profiles {
    all: ProfileSet,
}

/// The source of the selected profile's credentials, which determines how to get new ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// Keys in the environment, which take precedence over any profile.
    Environment,
    /// IAM Identity Center, by the profile of this name.
    SingleSignOn(String),
    /// `aws login`, by the profile of this name.
    Login(String),
    /// The program that the profile of this name runs.
    Process(String),
    /// Keys in the profile of this name.
    Keys(String),
    /// A role assumed with the web identity token in this file.
    WebIdentity(String),
    /// None of these, for the profile of this name: a container, an instance, or no source at all.
    Elsewhere(String),
}

impl Profiles {
    /// Reads the files. `chosen`: the profile of the command line; `None`: the environment's, else `default`.
    ///
    /// # Errors
    /// A file cannot be parsed, or lacks the profile or one that the profile refers to.
    pub(super) async fn read(chosen: Option<&str>) -> Result<Self, Failure> {
        named_files::check(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))?;
        let chosen = chosen.map(|name| name.to_owned().into());
        let all = load(&Fs::real(), &Env::real(), &EnvConfigFiles::default(), chosen).await;
        let all = all.map_err(|error| {
            Failure::failed(
                codes::AWS_NO_CREDENTIALS,
                format!("the AWS configuration cannot be read: {}", super::error::innermost(&error)),
                format!("correct {}", files()),
            )
        })?;
        let profiles = Self { all };
        let selected = profiles.all.selected_profile();
        if selected != "default" && profiles.all.get_profile(selected).is_none() {
            return Err(missing(&format!("there is no profile `{selected}` in {}", files())));
        }
        for profile in profiles.chain() {
            let Some(next) = profile.get("source_profile") else { continue };
            if profiles.all.get_profile(next).is_none() {
                let message = format!(
                    "profile `{}` takes its credentials from profile `{next}`, which is not in {}",
                    profile.name(),
                    files()
                );
                return Err(missing(&message));
            }
        }
        Ok(profiles)
    }

    /// A setting of the selected profile.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.all.get(name)
    }

    /// The selected profile's name.
    pub(super) fn selected(&self) -> &str {
        self.all.selected_profile()
    }

    /// A setting of one service in the `services` section that the selected profile names, and its path in the file.
    /// `service`: the SDK's name, such as `CloudWatch Logs`.
    pub(super) fn service(&self, service: &str, name: &str) -> Option<(String, String)> {
        let section = self.all.get("services")?;
        let service = service.to_lowercase().replace(' ', "-");
        let key = PropertiesKey::builder()
            .section_key("services")
            .section_name(section)
            .property_name(&*service)
            .sub_property_name(name)
            .build();
        let value = self.all.other_sections().get(&key.ok()?).filter(|value| !value.is_empty())?;
        Some((value.to_owned(), format!("`{name}` of `{service}` in `[services {section}]`")))
    }

    /// The selected profile, and the chain of source profiles to the one that has credentials.
    fn chain(&self) -> Vec<&Profile> {
        let mut chain: Vec<&Profile> = Vec::new();
        let mut name = self.all.selected_profile();
        while let Some(profile) =
            self.all.get_profile(name).filter(|next| chain.iter().all(|seen| seen.name() != next.name()))
        {
            chain.push(profile);
            // A profile's own keys end the chain, except in the first profile: there, the role takes precedence.
            let ends = chain.len() > 1 && has_keys(profile) || role_arn(profile).is_none();
            match profile.get("source_profile") {
                Some(next) if !ends => name = next,
                _ => break,
            }
        }
        chain
    }

    /// The source of the credentials. `environment_first`: the environment has keys, and they take precedence.
    pub(super) fn source(&self, environment_first: bool) -> Source {
        if environment_first {
            return Source::Environment;
        }
        let elsewhere = || {
            std::env::var("AWS_WEB_IDENTITY_TOKEN_FILE").map_or_else(
                |_| Source::Elsewhere(self.all.selected_profile().to_owned()),
                Source::WebIdentity,
            )
        };
        let Some(last) = self.chain().pop() else { return elsewhere() };
        let name = last.name().to_owned();
        let has = |key: &str| last.get(key).is_some();
        if let Some(file) = last.get("web_identity_token_file") {
            Source::WebIdentity(file.to_owned())
        } else if has("sso_session") || has("sso_start_url") {
            Source::SingleSignOn(name)
        } else if has("login_session") {
            Source::Login(name)
        } else if has("credential_process") {
            Source::Process(name)
        } else if has_keys(last) {
            Source::Keys(name)
        } else {
            elsewhere()
        }
    }

    /// The program that prints the base credentials.
    fn process(&self) -> Option<Process> {
        let Source::Process(profile) = self.source(false) else { return None };
        let command = self.all.get_profile(&profile)?.get("credential_process")?.to_owned();
        Some(Process { profile, command })
    }

    /// The roles to assume, from the base credentials to the selected profile's, if one of them needs what the SDK does
    /// not support: an MFA code, or another session duration. Either none or all of them; all if a program prints the
    /// base credentials, because the SDK runs it without limits.
    pub(super) fn roles(&self) -> Option<(Base, Vec<Role>)> {
        let chain = self.chain();
        let roles: Vec<Role> = chain.iter().rev().filter_map(|profile| role(profile)).collect();
        let process = self.process();
        if process.is_none() && !roles.iter().any(|role| role.mfa_serial.is_some() || role.seconds.is_some())
        {
            return None;
        }
        let last = chain.last()?;
        let base = match (last.get("credential_source"), process) {
            (Some(name), _) => Base::Named(name.to_owned()),
            (None, Some(process)) => Base::Process(process),
            (None, None) => match (last.get("aws_access_key_id"), last.get("aws_secret_access_key")) {
                (Some(id), Some(secret)) => Base::Keys {
                    id: id.to_owned(),
                    secret: secret.to_owned(),
                    token: last.get("aws_session_token").map(ToOwned::to_owned),
                },
                _ => Base::Profile(last.name().to_owned()),
            },
        };
        // A source profile with its own keys supplies those keys, not its role.
        let ended_by_keys = chain.len() > 1 && has_keys(last) && role_arn(last).is_some();
        let roles = if ended_by_keys { roles.into_iter().skip(1).collect() } else { roles };
        Some((base, roles))
    }
}

fn missing(message: &str) -> Failure {
    Failure::failed(
        codes::AWS_NO_CREDENTIALS,
        message,
        "choose another with `--profile` or `AWS_PROFILE`; `aws configure list-profiles` lists them",
    )
}

/// The configuration files, as the SDK finds them.
pub(super) fn files() -> String {
    let named =
        |variable: &str, default: &str| std::env::var(variable).unwrap_or_else(|_| default.to_owned());
    format!(
        "`{}` and `{}`",
        named("AWS_CONFIG_FILE", "~/.aws/config"),
        named("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials")
    )
}

fn has_keys(profile: &Profile) -> bool {
    profile.get("aws_access_key_id").is_some() && profile.get("aws_secret_access_key").is_some()
}

/// A role with a web identity token is not a further step: the SDK assumes it with the token.
fn role_arn(profile: &Profile) -> Option<&str> {
    profile.get("role_arn").filter(|_| profile.get("web_identity_token_file").is_none())
}

fn role(profile: &Profile) -> Option<Role> {
    let text = |name: &str| profile.get(name).map(ToOwned::to_owned);
    Some(Role {
        profile: profile.name().to_owned(),
        arn: role_arn(profile)?.to_owned(),
        session_name: text("role_session_name"),
        external_id: text("external_id"),
        mfa_serial: text("mfa_serial"),
        seconds: profile.get("duration_seconds").and_then(|seconds| seconds.trim().parse().ok()),
    })
}
