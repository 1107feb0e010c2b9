//! Parts of a stack that the caller may not read. The others are shown all the same.

use crate::deploy::Session;
use crate::diagnostic::{Failure, codes};
use crate::operate::LastDeploy;
use crate::stack::{CallErrorKind, Stack};

/// The last deploy, or the action that is not allowed.
pub(super) type Last = Result<Option<LastDeploy>, String>;

/// The deployed stack; `None` if the caller may not describe it.
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
        // The record is optional here; `history` reports what is wrong with it.
        Err(error) if !error.is_unreachable() => Ok(Ok(None)),
        Err(error) => Err(error.into()),
    }
}
