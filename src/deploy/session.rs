//! A checked connection to one account and region. Every call needs one.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::artifact_store::store;
use super::command_line::{command_line, flags};
use super::evidence::Recording;
use super::local_cloud::start_local_cloud;
use super::observer::{Notice, Observer};
use super::target::Target;
use crate::apply::Clock;
use crate::aws::{ArtifactStore, Clients, Endpoint, Settings};
use crate::diagnostic::{Failure, codes};
use crate::render::digest;
use crate::spec::{OWNER_TAGS, ResolvedNames, Spec};
use crate::stack::{CallErrorKind, ExistingApi as _, Phase, Stack, StackApi as _};

/// A checked connection to one account and region: its owner may make further calls.
pub struct Session {
    pub clients: Clients,
    /// Twelve digits.
    pub account: String,
    /// The ARN of the caller.
    pub caller: String,
    pub names: ResolvedNames,
    /// The location of zips, large templates and the records of applies.
    pub(super) store: ArtifactStore,
    pub(super) clock: Clock,
    /// SHA-256 of the spec's content.
    pub(super) spec_digest: String,
    /// The record of what this run does to the stack.
    pub(super) recording: Recording,
    /// Tags of the spec's stack, unless the spec sets the stack's name.
    owner: Option<BTreeMap<String, String>>,
    /// The spec's path and the flags on the command line, for the commands to type next.
    spec: Utf8PathBuf,
    target: Target,
}

/// Starts the local cloud if requested, looks up the caller's identity, and refuses an account other than the spec's
/// before any other call. `path`: the spec's file.
///
/// # Errors
/// No region or credentials, another account or region than the spec's, or an endpoint that is not encrypted.
pub async fn open(
    target: &Target,
    path: &Utf8Path,
    spec: &Spec,
    observer: &mut dyn Observer,
) -> Result<Session, Failure> {
    let region = region(target, spec)?;
    let endpoint =
        if target.local { start_local_cloud(None, observer)?.endpoint } else { target.endpoint.clone() };
    let profile = target.profile.clone().filter(|_| !target.local);
    let clients = Clients::new(Settings { profile, region, endpoint, local: target.local }).await?;
    if !target.local {
        show_endpoints(&clients.endpoints, observer);
    }
    let identity = clients.identity().await?;
    let clock = if target.local { Clock::LOCAL } else { Clock::AWS };
    if let Some(expected) = spec.deploy.account.as_deref().filter(|_| !target.local)
        && expected != identity.account
    {
        return Err(Failure::refused(
            codes::GUARD_WRONG_ACCOUNT,
            format!(
                "the credentials belong to account `{}`, but the spec says `{expected}`",
                identity.account
            ),
            format!(
                "choose a profile of account {expected} with `--profile`; the credentials are of `{}`",
                identity.arn
            ),
        ));
    }
    Ok(Session {
        store: store(spec, &identity.account, &clients.region),
        clients,
        account: identity.account,
        caller: identity.arn,
        names: spec.resolved_names(),
        owner: spec.names.stack.is_none().then(|| spec.tags()),
        clock,
        spec_digest: digest(&serde_json::to_value(spec).unwrap_or_default()),
        recording: Recording::default(),
        spec: path.to_owned(),
        target: target.clone(),
    })
}

impl Session {
    #[must_use]
    pub fn region(&self) -> &str {
        &self.clients.region
    }

    #[must_use]
    pub fn is_local(&self) -> bool {
        self.clients.is_local()
    }

    /// The time between two polls.
    #[must_use]
    pub fn interval(&self) -> std::time::Duration {
        self.clock.interval
    }

    /// A command for this spec to type next.
    #[must_use]
    pub fn command(&self, verb: &str, more: &str) -> String {
        command_line(verb, &self.spec, &self.target, more)
    }

    /// The flags by which the AWS CLI uses the same account, region and endpoint.
    pub(super) fn flags(&self) -> String {
        flags(&self.target)
    }

    /// The spec's path on the command line.
    #[must_use]
    pub fn spec_path(&self) -> &Utf8Path {
        &self.spec
    }

    /// The deployed stack, in any state.
    ///
    /// # Errors
    /// That of the call.
    pub async fn stack(&self) -> Result<Option<Stack>, Failure> {
        let stack = self.clients.stack(&self.names.stack).await?;
        match stack.as_ref().and_then(|stack| self.foreign(stack)) {
            Some(refusal) => Err(refusal),
            None => Ok(stack),
        }
    }

    /// The failure if the stack belongs to another pipeline: two can have the same default name, such as `a-b` of `c`
    /// and `a` of `b-c`.
    fn foreign(&self, stack: &Stack) -> Option<Failure> {
        let owner = self.owner.as_ref()?;
        let theirs = OWNER_TAGS.map(|tag| stack.tags.get(tag));
        let [Some(pipeline), Some(environment)] = theirs else { return None };
        if theirs == OWNER_TAGS.map(|tag| owner.get(tag)) {
            return None;
        }
        Some(Failure::refused(
            codes::GUARD_NAME_TAKEN,
            format!("stack `{}` belongs to pipeline `{pipeline}` in environment `{environment}`", stack.name),
            "give this spec's stack another name under `names.stack`",
        ))
    }

    /// The deployed stack.
    ///
    /// # Errors
    /// There is none.
    pub async fn existing_stack(&self) -> Result<Stack, Failure> {
        let there = self.stack().await?.filter(|stack| stack.status.phase() != Phase::Deleted);
        there.ok_or_else(|| {
            Failure::failed(
                codes::STACK_MISSING,
                format!(
                    "there is no stack `{}` in account `{}`, `{}`",
                    self.names.stack,
                    self.account,
                    self.region()
                ),
                format!("create it with `{}`", self.command("apply", "")),
            )
        })
    }

    /// The deployed stack with a pipeline.
    ///
    /// # Errors
    /// There is no stack, or only the remains of a failed creation or deletion.
    pub async fn pipeline(&self) -> Result<Stack, Failure> {
        let stack = self.existing_stack().await?;
        if stack.status.has_resources() {
            return Ok(stack);
        }
        Err(without_resources(&stack, &self.command("recover", "")))
    }

    /// Checks that the bus exists: EventBridge accepts events for a deleted bus, and returns event ids.
    ///
    /// # Errors
    /// It does not exist. A caller with permission only to send is not refused.
    pub async fn require_bus(&self) -> Result<(), Failure> {
        let bus = &self.names.bus;
        match self.clients.exists("AWS::Events::EventBus", bus).await {
            Ok(true) => Ok(()),
            Err(error) if error.kind == CallErrorKind::Denied => Ok(()),
            Err(error) => Err(error.into()),
            Ok(false) => Err(Failure::failed(
                codes::SEND_INCOMPLETE,
                format!("there is no bus `{bus}`: EventBridge would silently drop every event"),
                format!("see what is missing with `{}`", self.command("drift", "")),
            )),
        }
    }
}

/// The failure for a stack that exists, but has no pipeline.
pub(super) fn without_resources(stack: &Stack, recover: &str) -> Failure {
    let message = format!("stack `{}` is in `{}`: it has no pipeline", stack.name, stack.status);
    Failure::failed(codes::STACK_STUCK, message, format!("run `{recover}` to unblock it"))
}

/// The region of the spec and the command line; `None`: the AWS configuration sets it.
///
/// # Errors
/// They differ (exit 4).
pub fn region(target: &Target, spec: &Spec) -> Result<Option<String>, Failure> {
    match (&spec.deploy.region, &target.region) {
        (Some(in_spec), Some(asked)) if in_spec != asked && !target.local => Err(Failure::refused(
            codes::GUARD_WRONG_REGION,
            format!("the spec says region `{in_spec}`, but the command line or environment says `{asked}`"),
            format!("leave out `--region` and `AWS_REGION`, or give `--region {in_spec}`"),
        )),
        (Some(region), _) | (None, Some(region)) => Ok(Some(region.clone())),
        (None, None) => Ok(None),
    }
}

/// Shows the endpoints that replace AWS's own, and what sets them, even with `--quiet`.
pub fn show_endpoints(endpoints: &[Endpoint], observer: &mut dyn Observer) {
    for Endpoint { url, source } in endpoints {
        observer.notice(Notice::Warning(&format!("  {:<14}{url}, by {source}", "endpoint")));
    }
}
