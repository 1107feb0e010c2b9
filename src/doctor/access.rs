//! Checks the connection to AWS: endpoints, credentials and clocks.

use std::time::{Duration, SystemTime};

use super::check::{Area, Check};
use super::subject::Subject;
use crate::aws::{Clients, Endpoint, Identity, Settings, Surroundings};
use crate::deploy::region;
use crate::diagnostic::{Diagnostic, Failure, codes};
use crate::stack::{CallError, CallErrorKind};

const CONNECTION: Area = Area::Connection;
const CREDENTIALS: Area = Area::Credentials;
/// For one call with its retries, and for getting its credentials.
const PATIENCE: Duration = Duration::from_secs(4);
/// AWS rejects a signature that is more than five minutes old, or in the future.
const REFUSED_SECONDS: i64 = 300;
const UNWISE_SECONDS: i64 = 30;
/// Credentials that expire within this time may expire during an apply.
const SOON: Duration = Duration::from_secs(15 * 60);

/// What is known of the connection.
pub(super) struct Access {
    /// The clients and the identity for further calls; else why no further calls are made.
    pub(super) known: Result<(Clients, Identity), &'static str>,
    pub(super) checks: Vec<Check>,
}

/// The credentials are unknown, or not of the spec's account.
const NOBODY: &str = "not checked: the credentials may be of another account";

/// A read that takes too long counts as one without an answer.
pub(super) async fn within<T>(
    operation: &str,
    read: impl Future<Output = Result<T, CallError>>,
) -> Result<T, CallError> {
    tokio::time::timeout(PATIENCE, read).await.unwrap_or_else(|_| {
        let words = format!("no response within {} s", PATIENCE.as_secs());
        Err(CallError::new(CallErrorKind::Unreachable, operation, words))
    })
}

/// Checks the connection to AWS, up to the first call.
pub(super) async fn look(subject: &Subject<'_>) -> Access {
    let clients = match clients(subject).await {
        Ok(clients) => clients,
        Err(failure) => return unusable(failure),
    };
    let asked = within("sts:GetCallerIdentity", clients.identity()).await;
    let around = clients.surroundings();
    let mut checks =
        vec![check_endpoints(&clients.endpoints), proxy(&around), reached(&clients.region, &asked)];
    checks.push(clock(around.ahead));
    checks.push(Check::ok(CREDENTIALS, "region", clients.region.clone()));
    checks.push(caller(&around.source, &asked));
    let Ok(identity) = asked else { return Access { known: Err(NOBODY), checks } };
    checks.push(expiry(around.until, SystemTime::now()));
    let wanted = subject.spec.and_then(|spec| spec.deploy.account.as_deref());
    checks.push(account(wanted, &identity));
    // The guard of every command: no further calls to an account that is not the spec's.
    let is_wanted = wanted.is_none_or(|wanted| wanted == identity.account);
    Access { known: if is_wanted { Ok((clients, identity)) } else { Err(NOBODY) }, checks }
}

async fn clients(subject: &Subject<'_>) -> Result<Clients, Failure> {
    let target = &subject.target;
    let region = match subject.spec {
        Some(spec) => region(target, spec)?,
        None => target.region.clone(),
    };
    let (profile, endpoint) = (target.profile.clone(), target.endpoint.clone());
    Clients::new(Settings { profile, region, endpoint, local: false }).await
}

/// The result if the configuration prevents all calls.
fn unusable(failure: Failure) -> Access {
    let of = |one: Diagnostic| {
        let (area, name) = match one.code {
            code if [codes::AWS_NO_REGION, codes::GUARD_WRONG_REGION].contains(&code) => {
                (CREDENTIALS, "region")
            }
            code if code == codes::AWS_NO_CREDENTIALS => (CREDENTIALS, "credentials"),
            _ => (CONNECTION, "configuration"),
        };
        Check::failed(area, name, one.message, one.help.unwrap_or_default())
    };
    let checks: Vec<Check> = failure.diagnostics.into_iter().map(of).collect();
    let why = match checks.first().map(|check| check.name) {
        Some("region") => "not checked: the region is not known",
        Some("configuration") => "not checked: the configuration cannot be used",
        _ => NOBODY,
    };
    Access { known: Err(why), checks }
}

fn check_endpoints(endpoints: &[Endpoint]) -> Check {
    let words: Vec<String> = endpoints.iter().map(|one| format!("{}, by {}", one.url, one.source)).collect();
    match words.is_empty() {
        true => Check::ok(CONNECTION, "endpoints", "AWS's own"),
        false => Check::ok(CONNECTION, "endpoints", words.join("; ")),
    }
}

fn proxy(around: &Surroundings) -> Check {
    let proxy = around.proxy.as_deref().unwrap_or("no proxy");
    let bundle = around.bundle.as_deref().unwrap_or("the system's certificate authorities");
    Check::ok(CONNECTION, "proxy", format!("{proxy}; certificate authorities: {bundle}"))
}

/// An answer of any kind shows that AWS is reachable.
fn reached(region: &str, asked: &Result<Identity, CallError>) -> Check {
    match asked {
        Err(error) if error.is_unreachable() => {
            let fix = error.help.clone().unwrap_or_else(|| {
                "check the network; behind a proxy set `HTTPS_PROXY`, and `AWS_CA_BUNDLE` if it inspects traffic".to_owned()
            });
            Check::failed(CONNECTION, "aws", format!("STS cannot be reached: {}", error.message), fix)
        }
        Err(error) if error.kind == CallErrorKind::NoCredentials => {
            Check::skipped(CONNECTION, "aws", "not checked: there are no credentials")
        }
        _ => Check::ok(CONNECTION, "aws", format!("STS answers for {region}, over an accepted connection")),
    }
}

fn clock(ahead: Option<i64>) -> Check {
    let Some(ahead) = ahead else {
        return Check::skipped(CONNECTION, "clock", "not compared: no response had a time");
    };
    let direction = if ahead < 0 { "behind" } else { "ahead of" };
    let words = format!("{} s {direction} AWS's", ahead.abs());
    let fix = "synchronize it with a time server: `timedatectl set-ntp true`";
    match ahead.abs() {
        REFUSED_SECONDS.. => Check::failed(
            CONNECTION,
            "clock",
            format!("this machine's clock is {words}: AWS rejects the signatures"),
            fix,
        ),
        UNWISE_SECONDS.. => {
            Check::warning(CONNECTION, "clock", format!("this machine's clock is {words}"), fix)
        }
        _ => Check::ok(CONNECTION, "clock", "it agrees with AWS's"),
    }
}

fn caller(source: &str, asked: &Result<Identity, CallError>) -> Check {
    match asked {
        Ok(identity) => Check::ok(CREDENTIALS, "credentials", format!("{}, from {source}", identity.arn)),
        Err(error) if error.is_unreachable() => {
            Check::skipped(CREDENTIALS, "credentials", format!("not tried: no response (from {source})"))
        }
        Err(error) => {
            let fix = error.help.clone().unwrap_or_else(|| {
                "choose a profile with `--profile`, or set `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`; `--local` needs none"
                    .to_owned()
            });
            Check::failed(CREDENTIALS, "credentials", error.message.clone(), fix)
        }
    }
}

fn expiry(until: Option<SystemTime>, now: SystemTime) -> Check {
    let Some(until) = until else { return Check::ok(CREDENTIALS, "expiry", "their expiry is unknown") };
    let left = until.duration_since(now).unwrap_or_default();
    let minutes = left.as_secs() / 60;
    match left < SOON {
        true => Check::warning(
            CREDENTIALS,
            "expiry",
            format!("they expire in {minutes} min, which may be too short for an apply"),
            "renew them, for example with `aws sso login`",
        ),
        false => Check::ok(
            CREDENTIALS,
            "expiry",
            format!("they expire in {} h {} min", minutes / 60, minutes % 60),
        ),
    }
}

fn account(wanted: Option<&str>, identity: &Identity) -> Check {
    match wanted {
        Some(wanted) if wanted != identity.account => Check::failed(
            CREDENTIALS,
            "account",
            format!("the credentials belong to account `{}`, but the spec says `{wanted}`", identity.account),
            format!("choose a profile of account {wanted} with `--profile`"),
        ),
        Some(wanted) => Check::ok(CREDENTIALS, "account", format!("{wanted}, as in the spec")),
        None => Check::ok(CREDENTIALS, "account", format!("{}; no spec to compare with", identity.account)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::check::State;
    use super::*;

    fn identity() -> Identity {
        Identity { account: "111122223333".to_owned(), arn: "arn:aws:iam::111122223333:user/ada".to_owned() }
    }

    fn error(kind: CallErrorKind) -> Result<Identity, CallError> {
        Err(CallError::new(kind, "sts:GetCallerIdentity", "words"))
    }

    #[test]
    fn a_clock_that_is_off_is_reported_before_aws_refuses_it() {
        let of = |ahead| clock(ahead).state;
        assert_eq!([None, Some(0), Some(-29)].map(of), [State::Skipped, State::Ok, State::Ok]);
        assert_eq!([Some(30), Some(-299)].map(of), [State::Warning, State::Warning]);
        assert_eq!([Some(300), Some(-5000)].map(of), [State::Failed, State::Failed]);
        assert!(clock(Some(-400)).finding.contains("400 s behind AWS's"));
    }

    #[test]
    fn one_cause_is_one_failure() {
        let states = |asked: Result<Identity, CallError>| {
            (reached("eu-west-1", &asked).state, caller("keys", &asked).state)
        };
        assert_eq!(states(Ok(identity())), (State::Ok, State::Ok));
        assert_eq!(states(error(CallErrorKind::Unreachable)), (State::Failed, State::Skipped));
        assert_eq!(states(error(CallErrorKind::NoCredentials)), (State::Skipped, State::Failed));
        assert_eq!(states(error(CallErrorKind::Denied)), (State::Ok, State::Failed));
    }

    #[test]
    fn credentials_are_the_specs_and_last_long_enough() {
        assert_eq!(account(Some("444455556666"), &identity()).state, State::Failed);
        assert_eq!(account(Some("111122223333"), &identity()).state, State::Ok);
        assert_eq!(account(None, &identity()).state, State::Ok);
        let now = SystemTime::UNIX_EPOCH;
        let of = |seconds| expiry(Some(now + Duration::from_secs(seconds)), now);
        assert_eq!((of(60).state, of(7260).state), (State::Warning, State::Ok));
        assert_eq!(of(7260).finding, "they expire in 2 h 1 min");
    }
}
