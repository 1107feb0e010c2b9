//! What a stack is before an operation, and whether an update can follow.

use serde_json::Value;

use super::follow::follow;
use super::observer::{Notice, Observer};
use super::session::Session;
use super::template::deployed_template;
use crate::apply::{self, DeployEvent, attach, operation};
use crate::diagnostic::{Diagnostic, Exit, Failure, codes};
use crate::plan::Content;
use crate::render;
use crate::stack::{Phase, Stack, StackApi as _};

/// The deployed state.
pub struct DeployedState {
    pub(super) state: apply::StackState,
    /// `None` if it cannot be updated.
    pub(super) deployed: Option<Content>,
}

impl DeployedState {
    /// The stack, if it can be updated.
    #[must_use]
    pub fn present(&self) -> Option<&Stack> {
        match &self.state {
            apply::StackState::Present(stack) => Some(stack),
            _ => None,
        }
    }

    /// The deployed template.
    #[must_use]
    pub fn template(&self) -> Option<&Value> {
        self.deployed.as_ref().map(|deployed| &deployed.template)
    }

    /// The deployed content.
    #[must_use]
    pub fn content(&self) -> Option<&Content> {
        self.deployed.as_ref()
    }

    /// The ARN of the stack with this name.
    pub(super) fn stack_id(&self) -> Option<String> {
        match &self.state {
            apply::StackState::Absent => None,
            apply::StackState::Present(stack)
            | apply::StackState::Running(stack)
            | apply::StackState::Remains(stack) => Some(stack.id.clone()),
        }
    }

    /// If no stack was found, looks again: existing resources with its names may belong to a stack that another run
    /// began to create since then.
    ///
    /// # Errors
    /// There is a stack by now (exit 5).
    pub(super) async fn still_holds(&self, session: &Session) -> Result<(), Failure> {
        if self.stack_id().is_some() {
            return Ok(());
        }
        let begun = session.stack().await?;
        // The empty stack of a change set that was not executed has no resources.
        let begun = begun.filter(|stack| !matches!(stack.status.phase(), Phase::Deleted | Phase::Reviewed));
        begun.map_or(Ok(()), |stack| Err(busy(session, &stack)))
    }

    /// SHA-256 of the deployed template, parameters and tags.
    pub(super) fn digest(&self) -> Option<String> {
        let deployed = self.deployed.as_ref().and_then(|deployed| serde_json::to_value(deployed).ok());
        deployed.map(|deployed| render::digest(&deployed))
    }
}

/// Reads the deployed state.
///
/// # Errors
/// An operation runs (exit 5), or the stack is stuck.
pub async fn observe(session: &Session) -> Result<DeployedState, Failure> {
    deployed_state_of(session, session.stack().await?).await
}

/// The same for a stable stack: a running operation, by any caller, is followed to its end first.
///
/// # Errors
/// As for [`observe`], or that the operation can no longer be followed.
pub async fn observe_settled(
    session: &Session,
    observer: &mut dyn Observer,
) -> Result<DeployedState, Failure> {
    let stack = session.stack().await?;
    let stack = match stack {
        Some(running) if running.status.phase() == Phase::Running => {
            wait_for_end(session, &running, observer).await?
        }
        stack => stack,
    };
    deployed_state_of(session, stack).await
}

async fn deployed_state_of(session: &Session, stack: Option<Stack>) -> Result<DeployedState, Failure> {
    let state = apply::stack_state(stack)?;
    let deployed = match &state {
        apply::StackState::Running(stack) => return Err(busy(session, stack)),
        apply::StackState::Present(stack) => Some(Content {
            template: deployed_template(session, &stack.name).await?,
            parameters: stack.parameters.clone(),
            tags: stack.tags.clone(),
        }),
        apply::StackState::Absent | apply::StackState::Remains(_) => None,
    };
    Ok(DeployedState { state, deployed })
}

async fn wait_for_end(
    session: &Session,
    running: &Stack,
    observer: &mut dyn Observer,
) -> Result<Option<Stack>, Failure> {
    let operation = operation(&session.clients.recent_events(&running.id).await?);
    let attached = DeployEvent::Attached {
        stack: running.name.clone(),
        state: running.status.to_string(),
        begun_by: operation.as_ref().and_then(|operation| operation.token.clone()),
    };
    observer.notice(Notice::Event(&attached));
    let ended = follow(session, &running.name, &Default::default(), observer, async |report| {
        attach(&session.clients, running, operation.as_ref(), session.clock, report).await
    })
    .await?;
    // By id, a deleted stack is still found.
    Ok(ended.filter(|stack| stack.status.phase() != Phase::Deleted))
}

pub(super) fn busy(session: &Session, stack: &Stack) -> Failure {
    let message = format!("stack `{}` is busy: `{}`", stack.name, stack.status);
    let apply = session.command("apply", "");
    let help = format!("wait until the running operation ends, or run `{apply}` to follow it");
    Failure::new(Exit::Busy, Diagnostic::error(codes::STACK_BUSY, message).help(help))
}
