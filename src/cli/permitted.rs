//! What of a stack a caller may not be allowed to read, while the rest is shown all the same.

use crate::deploy::Session;
use crate::diagnostic::{Failure, codes};
use crate::operate::LastDeploy;
use crate::stack::{CallErrorKind, Stack};

/// The last deploy, or the action that may not be used to see it.
pub(super) type Last = Result<Option<LastDeploy>, String>;

/// The deployed stack; `None` where it may not be described.
pub(super) async fn stack(session: &Session) -> Result<Option<Stack>, Failure> {
    match session.existing_stack().await {
        Ok(stack) => Ok(Some(stack)),
        Err(failure) if failure.diagnostics.iter().all(|one| one.code == codes::AWS_DENIED) => Ok(None),
        Err(failure) => Err(failure),
    }
}

pub(super) async fn last_deploy(session: &Session) -> Result<Last, Failure> {
    match session.last_deploy().await {
        Ok(last) => Ok(Ok(last)),
        Err(error) if error.kind == CallErrorKind::Denied => Ok(Err(error.operation)),
        // The record is a comfort: what is wrong with it says `history`.
        Err(error) if !error.is_unreachable() => Ok(Ok(None)),
        Err(error) => Err(error.into()),
    }
}
