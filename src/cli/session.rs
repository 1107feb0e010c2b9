use std::time::{SystemTime, UNIX_EPOCH};

use camino::Utf8Path;
use tokio::runtime::{Builder, Runtime};

use super::command_line::command_line;
use super::{Global, Stop, local};
use crate::apply::Clock;
use crate::aws::{Clients, Settings};
use crate::diagnostic::{Diagnostic, Exit, Failure, codes};
use crate::report::Console;
use crate::spec::{ResolvedNames, Spec};
use crate::stack::{Stack, StackApi as _};

/// A checked way to one account and region: whoever holds it may make further calls.
pub(super) struct Session {
    pub(super) clients: Clients,
    pub(super) account: String,
    /// The ARN of whose credentials these are.
    pub(super) caller: String,
    pub(super) names: ResolvedNames,
    pub(super) local: bool,
    pub(super) clock: Clock,
}

/// The runtime all calls run on: one thread is enough for a tool that waits.
pub(super) fn runtime() -> Result<Runtime, Stop> {
    Builder::new_current_thread().enable_all().build().map_err(|error| {
        Stop::Failure(Failure::failed(
            codes::AWS_UNREACHABLE,
            format!("no event loop can be made: {error}"),
            "raise the limit of open files (`ulimit -n`)",
        ))
    })
}

/// Does a command's work in AWS, for as long as `--deadline` lets it.
///
/// # Errors
/// What the work says, or that it did not end in time (exit 5).
pub(super) fn run<T>(global: &Global, work: impl Future<Output = Result<T, Stop>>) -> Result<T, Stop> {
    runtime()?.block_on(async {
        let Some(limit) = global.deadline else { return work.await };
        tokio::time::timeout(limit, work).await.unwrap_or_else(|_| {
            let message = format!("not done within the `--deadline` of {limit:?}");
            let help = "what was begun in AWS goes on there; run the same command again, which takes it up";
            let diagnostic = Diagnostic::error(codes::DEADLINE, message).help(help);
            Err(Stop::Failure(Failure::new(Exit::Busy, diagnostic)))
        })
    })
}

impl Session {
    /// Starts the local cloud where it is asked for, asks whose credentials these are, and refuses any other
    /// account than the spec's before anything else is called.
    pub(super) async fn open(global: &Global, spec: &Spec, console: &mut Console) -> Result<Self, Stop> {
        let region = region(global, spec)?;
        let endpoint =
            if global.local { Some(local::ensure_up(console)?) } else { global.endpoint_url.clone() };
        if let Some(endpoint) = endpoint.as_deref().filter(|_| !global.local) {
            refuse_plain_text(endpoint)?;
            console.note(&format!("  {:<14}{endpoint}", "endpoint"));
        }
        let profile = if global.local { None } else { global.profile.clone() };
        let clients = Clients::new(Settings { profile, region, endpoint, local: global.local }).await?;
        let identity = clients.identity().await?;
        if let Some(expected) = spec.deploy.account.as_deref().filter(|_| !global.local)
            && expected != identity.account
        {
            return Err(Stop::Failure(Failure::refused(
                codes::GUARD_WRONG_ACCOUNT,
                format!(
                    "the credentials belong to account `{}`, the spec wants `{expected}`",
                    identity.account
                ),
                format!(
                    "choose a profile of account {expected} with `--profile`; these are `{}`",
                    identity.arn
                ),
            )));
        }
        let clock = if global.local { Clock::LOCAL } else { Clock::AWS };
        Ok(Self {
            clients,
            account: identity.account,
            caller: identity.arn,
            names: spec.resolved_names(),
            local: global.local,
            clock,
        })
    }

    pub(super) fn region(&self) -> &str {
        &self.clients.region
    }

    /// The deployed stack.
    pub(super) async fn stack(&self) -> Result<Option<Stack>, Stop> {
        Ok(self.clients.stack(&self.names.stack).await?)
    }

    /// The deployed stack, where the command needs one.
    pub(super) async fn existing_stack(&self, spec: &Utf8Path) -> Result<Stack, Stop> {
        self.stack().await?.ok_or_else(|| {
            Stop::Failure(Failure::failed(
                codes::STACK_MISSING,
                format!(
                    "there is no stack `{}` in account `{}`, `{}`",
                    self.names.stack,
                    self.account,
                    self.region()
                ),
                format!("create it with `{}`", command_line("apply", spec, self.local, "")),
            ))
        })
    }
}

fn region(global: &Global, spec: &Spec) -> Result<Option<String>, Stop> {
    match (&spec.deploy.region, &global.region) {
        (Some(written), Some(asked)) if written != asked && !global.local => {
            Err(Stop::Failure(Failure::refused(
                codes::GUARD_WRONG_REGION,
                format!(
                    "the spec is for region `{written}`, the command line or environment asks for `{asked}`"
                ),
                format!("leave out `--region` and `AWS_REGION`, or give `--region {written}`"),
            )))
        }
        (Some(region), _) | (None, Some(region)) => Ok(Some(region.clone())),
        (None, None) => Ok(None),
    }
}

/// Credentials sign each call, payloads are readable: plain HTTP is for this machine only.
fn refuse_plain_text(endpoint: &str) -> Result<(), Stop> {
    let Some(rest) = endpoint.strip_prefix("http://") else { return Ok(()) };
    let host = rest.split(['/', ':']).next().unwrap_or_default();
    if matches!(host, "localhost" | "127.0.0.1" | "[") {
        return Ok(());
    }
    let diagnostic = Diagnostic::error(codes::AWS_UNREACHABLE, format!("`{endpoint}` is not encrypted"))
        .help("give an `https://` address; plain HTTP is for 127.0.0.1 only");
    Err(Stop::Failure(Failure::new(Exit::Refused, diagnostic)))
}

/// A token for one operation, from its kind, who asks and the content's digest: a repeated call is the same
/// operation, and whoever finds the stack busy is told by whom. At most 128 letters, digits and hyphens.
pub(super) fn token(kind: &str, digest: &str) -> String {
    let milliseconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_millis());
    let user =
        ["USER", "LOGNAME", "USERNAME"].iter().find_map(|name| std::env::var(name).ok()).unwrap_or_default();
    let user: String = user.chars().filter(char::is_ascii_alphanumeric).take(32).collect();
    let user = if user.is_empty() { "unknown" } else { &user };
    format!("pipectl-{kind}-{user}-{milliseconds}-{}", digest.get(..8).unwrap_or(digest))
}
