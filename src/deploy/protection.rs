//! The stack policy: CloudFormation itself denies replacement and deletion of what holds data, for all callers.

use super::session::Session;
use super::template::deployed_template;
use crate::apply::{guarded, policy};
use crate::diagnostic::Failure;
use crate::stack::{CallError, StackApi as _};

/// Lifts the policy for one update: `opens` may be replaced or deleted. Returns whether anything had to be lifted.
///
/// CloudFormation rejects a policy with ids that the stack's template does not have, and an update that removes an id
/// in its policy. So the policy names what exists now and remains.
///
/// # Errors
/// A call to AWS failed.
pub(super) async fn open(session: &Session, stack: &str, opens: &[String]) -> Result<bool, Failure> {
    let mut ids = guarded(&deployed_template(session, stack).await?);
    let before = ids.len();
    ids.retain(|id| !opens.contains(id));
    set(session, stack, &ids).await?;
    Ok(ids.len() < before)
}

/// Protects everything that holds data in the deployed template. Writes the policy only if it differs.
///
/// # Errors
/// A call to AWS failed.
pub(super) async fn close(session: &Session, stack: &str) -> Result<(), Failure> {
    let ids = guarded(&deployed_template(session, stack).await?);
    Ok(set(session, stack, &ids).await?)
}

pub(super) async fn set(session: &Session, stack: &str, ids: &[String]) -> Result<(), CallError> {
    let wanted = policy(ids);
    if session.clients.stack_policy(stack).await?.as_deref() == Some(wanted.as_str()) {
        return Ok(());
    }
    session.clients.set_stack_policy(stack, &wanted).await
}
