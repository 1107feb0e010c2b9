//! What is outside of the stack: set after every apply, and checked by one without changes, because the apply before it
//! may have been interrupted.

use super::bridges;
use super::deployed_state::DeployedState;
use super::observer::{Notice, Observer};
use super::protection;
use super::record;
use super::session::Session;
use super::stored_stack;
use super::wanted::Wanted;
use crate::apply::guarded;
use crate::diagnostic::Failure;
use crate::plan::Plan;
use crate::stack::StackApi as _;

/// Called after a successful operation.
///
/// # Errors
/// A call to AWS failed; the stack itself is as wanted.
pub(super) async fn settle(
    session: &Session,
    wanted: &Wanted,
    before: &DeployedState,
    result: &str,
    plan: &Plan,
    observer: &mut dyn Observer,
) -> Result<(), Failure> {
    let former = before.deployed.as_ref().map(|deployed| &deployed.template);
    bridges::build(session, &wanted.template.parsed, former, observer).await?;
    protect(session, wanted, before).await?;
    let content = wanted.content();
    stored_stack::keep(session, &content, observer);
    record::keep(session, &content, result, plan.count(), observer).await;
    Ok(())
}

/// Without changes to the stack, completes what an interrupted apply could not.
///
/// # Errors
/// The local cloud returns an error for what its template does not support. What the caller may not read or write is
/// only reported: the stack matches the spec.
pub(super) async fn repair(
    session: &Session,
    wanted: &Wanted,
    deployed_state: &DeployedState,
    observer: &mut dyn Observer,
) -> Result<(), Failure> {
    bridges::build(session, &wanted.template.parsed, None, observer).await?;
    stored_stack::keep(session, &wanted.content(), observer);
    if deployed_state.present().is_none() {
        return Ok(());
    }
    let (protected, recorded) = tokio::join!(
        protect(session, wanted, deployed_state),
        record::catch_up(session, deployed_state, observer)
    );
    for outcome in [protected, recorded] {
        if let Err(failure) = outcome {
            for diagnostic in failure.diagnostics {
                observer.notice(Notice::Warning(&format!("  warning: {}", diagnostic.message)));
            }
        }
    }
    Ok(())
}

/// Sets the stack policy for everything that holds data, and termination protection in production.
async fn protect(session: &Session, wanted: &Wanted, before: &DeployedState) -> Result<(), Failure> {
    let stack = &session.names.stack;
    protection::set(session, stack, &guarded(&wanted.template.parsed)).await?;
    // A new stack was protected before its creation.
    let unprotected = before.present().is_some_and(|stack| !stack.termination_protection);
    if wanted.production && unprotected {
        session.clients.protect_from_termination(stack, true).await?;
    }
    Ok(())
}
