//! Executes what was approved, under the stack policy.

use super::consent::Approved;
use super::follow::follow;
use super::observer::Observer;
use super::operations::{Effect, Operation};
use super::protection::{close, open};
use super::session::Session;
use crate::diagnostic::Failure;
use crate::stack::StackApi as _;

/// Executes an approved operation and follows it to its end. The stack policy is lifted for exactly the resources that
/// it may delete or replace.
///
/// # Errors
/// The operation's failure, or that the policy cannot be set.
pub(super) async fn execute<O: Operation>(
    session: &Session,
    approved: Approved<O>,
    production: bool,
    observer: &mut dyn Observer,
) -> Result<O::Outcome, Failure> {
    let (operation, opens) = approved.into_parts();
    let stack = operation.stack().to_owned();
    let guarded = operation.effect() != Effect::Other && stack == session.names.stack;
    let mut opened = false;
    match operation.effect() {
        // Before the operation: if the process ends while it runs, the stack is protected already.
        Effect::Creates if guarded && production => {
            session.clients.protect_from_termination(&stack, true).await?;
        }
        Effect::Updates if guarded => opened = open(session, &stack, &opens).await?,
        _ => {}
    }
    let ended = follow(session, &stack, &operation.changing(), observer, async |report| {
        operation.carry_out(session, report).await
    })
    .await;
    if ended.is_err() && opened {
        // The operation's own failure is what matters; the next apply restores the policy if this fails.
        let _left_open = close(session, &stack).await;
    }
    ended
}
