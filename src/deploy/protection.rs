//! The stack policy: CloudFormation itself refuses to replace or delete what holds data, no matter who asks.

use super::session::Session;
use super::template::deployed_template;
use crate::apply::{guarded, policy};
use crate::diagnostic::Failure;
use crate::stack::{CallError, StackApi as _};

/// Opens the policy for one update: `opens` may be replaced or deleted. Whether anything had to be opened.
///
/// CloudFormation refuses a policy over ids that the stack's template does not have, and an update that removes an id its
/// policy names: so the policy names what is there now and stays.
///
/// # Errors
/// What the calls say.
pub(super) async fn open(session: &Session, stack: &str, opens: &[String]) -> Result<bool, Failure> {
    let mut ids = guarded(&deployed_template(session, stack).await?);
    let before = ids.len();
    ids.retain(|id| !opens.contains(id));
    set(session, stack, &ids).await?;
    Ok(ids.len() < before)
}

/// Guards all that holds data in what is deployed now. Writes only where the policy is another.
///
/// # Errors
/// What the calls say.
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
