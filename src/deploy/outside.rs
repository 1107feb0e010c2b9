//! Resources that a pipeline uses and its stack does not create: keys, and an existing bus.

use super::allowed::allowed;
use super::keys::check_keys;
use super::observer::Observer;
use super::session::Session;
use crate::diagnostic::{Diagnostic, Exit, Failure, codes};
use crate::spec::Spec;
use crate::stack::ExistingApi as _;
use crate::verify::missing_bus_help;

/// Checks all of them before anything is created. What the caller may not read is reported.
///
/// # Errors
/// Everything that cannot be used, at once (exit 4).
pub async fn check_outside(
    session: &Session,
    spec: &Spec,
    observer: &mut dyn Observer,
) -> Result<(), Failure> {
    let mut refused: Option<Failure> = None;
    for answer in [check_bus(session, spec, observer).await, check_keys(session, spec, observer).await] {
        let Err(failure) = answer else { continue };
        match &mut refused {
            Some(first) => first.diagnostics.extend(failure.diagnostics),
            None => refused = Some(failure),
        }
    }
    refused.map_or(Ok(()), Err)
}

/// Checks the bus. A rule is created in the bus's account and region, and CloudFormation would fail in the middle of a
/// deployment.
async fn check_bus(session: &Session, spec: &Spec, observer: &mut dyn Observer) -> Result<(), Failure> {
    let (Some(existing), Some(name)) = (spec.bus.existing.as_deref(), spec.bus.existing_name()) else {
        return Ok(());
    };
    let refuse = |message: String, help: String| {
        let diagnostic = Diagnostic::error(codes::PLAN_BUS, message).help(help);
        Err(Failure::new(Exit::Refused, diagnostic))
    };
    // The local cloud has one account, whatever the ARN names.
    if existing.starts_with("arn:") && !session.is_local() {
        let parts: Vec<&str> = existing.split(':').collect();
        let stacks = [("region", 3, session.region()), ("account", 4, session.account.as_str())];
        for (what, part, ours) in stacks {
            let theirs = parts.get(part).copied().unwrap_or_default();
            if theirs != ours {
                return refuse(
                    format!(
                        "the bus `{name}` is in {what} `{theirs}`, but the stack is in `{ours}`: a rule must be where its bus is"
                    ),
                    format!(
                        "deploy the pipeline there; or forward the events by a rule to a bus in {what} `{ours}`, and name that bus under `bus.existing`"
                    ),
                );
            }
        }
    }
    let look = session.clients.exists("AWS::Events::EventBus", name).await.map_err(Into::into);
    match allowed(look, &format!("whether the bus `{name}` exists"), observer)? {
        Some(false) => refuse(
            format!(
                "there is no bus `{name}` in account `{}`, `{}`, so the rule cannot be created",
                session.account,
                session.region()
            ),
            missing_bus_help(name, &session.flags()),
        ),
        Some(true) | None => Ok(()),
    }
}
