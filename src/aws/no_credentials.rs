use std::error::Error;

use aws_config::meta::ProviderChainError;
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_cloudformation::error::ProvideErrorMetadata as _;
use aws_sdk_sts::error::SdkError;
use aws_sdk_sts::operation::assume_role::AssumeRoleError;
use aws_sdk_sts::operation::assume_role_with_web_identity::AssumeRoleWithWebIdentityError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::ConnectorError;

use super::error::{answer, chain, innermost, kind};
use super::mfa::NobodyToAsk;
use super::profile::{Source, files};
use super::words::{shortened, without_passwords};
use crate::stack::{CallError, CallErrorKind};

/// The error of a call that was not made for lack of credentials, with the reason; `None`: it failed for another
/// reason.
pub(super) fn no_credentials(
    operation: &str,
    error: &(dyn Error + 'static),
    source: &Source,
) -> Option<CallError> {
    let failed = chain(error).find_map(|error| error.downcast_ref::<CredentialsError>())?;
    let at = |kind, message: String| CallError::new(kind, operation, message);
    if let Some(asked) = chain(failed).find_map(|error| error.downcast_ref::<NobodyToAsk>()) {
        let help = format!(
            "run it in a terminal, or add a `credential_process` to profile `{}` that gets the session without a prompt",
            asked.profile
        );
        return Some(at(CallErrorKind::NoCredentials, asked.to_string()).with_help(help));
    }
    if chain(failed).any(is_of_the_network) {
        let message = format!("the request for credentials failed: {}", innermost(failed));
        return Some(at(CallErrorKind::Unreachable, message));
    }
    if let Some(refused) = refused(operation, failed) {
        return Some(refused.with_source(source));
    }
    let message = match failed {
        CredentialsError::CredentialsNotLoaded(_) => not_found(failed, source),
        CredentialsError::ProviderTimedOut(_) => failed.to_string(),
        _ => format!("no credentials: {}", reason(failed)),
    };
    let error = at(CallErrorKind::NoCredentials, message);
    Some(match failed {
        CredentialsError::InvalidConfiguration(_) => {
            error.with_help(format!("correct the profile in {}", files()))
        }
        _ => error.with_source(source),
    })
}

fn is_of_the_network(error: &(dyn Error + 'static)) -> bool {
    use std::io::ErrorKind::{
        BrokenPipe, ConnectionAborted, ConnectionRefused, ConnectionReset, HostUnreachable,
        NetworkUnreachable, TimedOut, UnexpectedEof,
    };
    let broken = [
        BrokenPipe,
        ConnectionAborted,
        ConnectionRefused,
        ConnectionReset,
        HostUnreachable,
        NetworkUnreachable,
        TimedOut,
        UnexpectedEof,
    ];
    error.is::<ConnectorError>()
        || error.downcast_ref::<std::io::Error>().is_some_and(|error| broken.contains(&error.kind()))
}

/// The innermost reason, without the SDK's name of the failed component; with the file, if it is about one.
fn reason(failed: &CredentialsError) -> String {
    let innermost = innermost(failed);
    let innermost = match innermost.split_once("provider could not be built: ") {
        Some((_, reason)) => reason.to_owned(),
        None => innermost,
    };
    let chain: Vec<_> = chain(failed).collect();
    match chain.as_slice() {
        [.., around, last] if last.is::<std::io::Error>() && !around.is::<CredentialsError>() => {
            format!("{}: {innermost}", shortened(&without_passwords(&around.to_string())))
        }
        _ => innermost,
    }
}

/// STS's error in answer to the call for a session.
fn refused(operation: &str, failed: &CredentialsError) -> Option<CallError> {
    let of_role = |error: &(dyn Error + 'static)| {
        let error = error.downcast_ref::<SdkError<AssumeRoleError, HttpResponse>>()?;
        Some((error.code()?.to_owned(), error.message()?.to_owned(), answer(error.raw_response()?)))
    };
    let of_token = |error: &(dyn Error + 'static)| {
        let error = error.downcast_ref::<SdkError<AssumeRoleWithWebIdentityError, HttpResponse>>()?;
        Some((error.code()?.to_owned(), error.message()?.to_owned(), answer(error.raw_response()?)))
    };
    let (code, message, answer) =
        chain(failed).find_map(|error| of_role(error).or_else(|| of_token(error)))?;
    let kind = match kind(Some(&code), &message, answer.status) {
        kind @ (CallErrorKind::Denied | CallErrorKind::Throttled) => kind,
        _ => CallErrorKind::NoCredentials,
    };
    let message = shortened(&format!("asking STS for credentials, {message} ({code})"));
    Some(CallError::new(kind, operation, message).answered(answer))
}

/// No source gave credentials. A reason that concerns the profile is more useful than the absence of other sources.
fn not_found(failed: &CredentialsError, source: &Source) -> String {
    if let Source::Elsewhere(profile) = source {
        return format!(
            "no credentials were found: not in the environment, not by profile `{profile}`, and no web identity, \
             container or instance gives any"
        );
    }
    let attempts =
        chain(failed).find_map(|error| error.downcast_ref::<ProviderChainError<CredentialsError>>());
    let profile = attempts
        .into_iter()
        .flat_map(|chain| chain.attempts())
        .find(|attempt| attempt.name() == "Profile")
        .map(|attempt| format!(": {}", reason(attempt.error())));
    format!("no credentials were found{}", profile.unwrap_or_default())
}

impl CallError {
    /// Adds the command that gets new credentials, if the source is known.
    pub(super) fn with_source(self, source: &Source) -> Self {
        if self.kind != CallErrorKind::NoCredentials {
            return self;
        }
        let help = match source {
            Source::SingleSignOn(profile) => format!("run `aws sso login --profile {profile}`"),
            Source::Login(profile) => format!("run `aws login --profile {profile}`"),
            Source::Process(profile) => {
                format!("run the `credential_process` of profile `{profile}` yourself to see its output")
            }
            Source::Keys(profile) => format!("renew the keys of profile `{profile}`, or choose another with `--profile`"),
            Source::Environment => {
                "renew `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`, or unset all three to use \
                 the profile"
                    .to_owned()
            }
            Source::WebIdentity(file) => {
                format!("check that `{file}` has a token, and that the role's trust policy accepts the identity in it")
            }
            Source::Elsewhere(_) => return self,
        };
        self.with_help(help)
    }
}
