//! The operations on a stack.

use std::collections::{BTreeMap, BTreeSet};

use super::session::Session;
use super::set_code::NewCode;
use crate::apply::{self, DeployEvent, DeployOutcome, Destroyed, Prepared, Recovery, Remedy};
use crate::diagnostic::Failure;
use crate::stack::{Deletion, DriftApi as _, Mapping, Stack};

/// An operation on a stack. Only `execute` calls `carry_out`, and it takes an `Approved`.
pub(super) trait Operation {
    type Outcome;

    /// Withdraws what was prepared at AWS, if anything.
    async fn withdraw(&self, _: &Session) -> Result<(), Failure> {
        Ok(())
    }

    async fn carry_out(
        &self,
        session: &Session,
        report: &mut dyn FnMut(DeployEvent),
    ) -> Result<Self::Outcome, Failure>;

    /// The resources that change, each with the resources it refers to.
    fn changing(&self) -> BTreeMap<String, BTreeSet<String>> {
        BTreeMap::new()
    }

    /// The name of the stack.
    fn stack(&self) -> &str;

    fn effect(&self) -> Effect {
        Effect::Other
    }
}

/// The effect of an operation on its stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    Creates,
    Updates,
    /// The stack is deleted, or recovered from a state in which it cannot be updated.
    Other,
}

/// A change set that CloudFormation has computed.
#[derive(Debug)]
pub(super) struct ChangeSet {
    pub(super) prepared: Prepared,
    pub(super) changing: BTreeMap<String, BTreeSet<String>>,
    /// Logical ids of what really changes, if the cloud reports more than that.
    pub(super) concerns: Option<BTreeSet<String>>,
    /// Code that is restored first, because the next version must be published from it.
    pub(super) code: Option<NewCode>,
}

impl ChangeSet {
    pub(super) fn new(prepared: Prepared) -> Self {
        Self { prepared, changing: BTreeMap::new(), concerns: None, code: None }
    }
}

impl Operation for ChangeSet {
    type Outcome = DeployOutcome;

    async fn withdraw(&self, session: &Session) -> Result<(), Failure> {
        apply::abandon(&session.clients, &self.prepared).await
    }

    async fn carry_out(
        &self,
        session: &Session,
        report: &mut dyn FnMut(DeployEvent),
    ) -> Result<DeployOutcome, Failure> {
        // The local cloud reports all resources in an update, changed or not.
        let concerns = |event: &DeployEvent| match (event, &self.concerns) {
            (DeployEvent::Resource { logical_id, state, .. }, Some(changed))
                if state == "UPDATE_COMPLETE" =>
            {
                changed.contains(logical_id)
            }
            _ => true,
        };
        let mut report = |event: DeployEvent| {
            if concerns(&event) {
                report(event);
            }
        };
        if let Some(code) = &self.code {
            code.put(session, &mut report).await?;
        }
        apply::execute(&session.clients, &self.prepared, session.clock, &mut report).await
    }

    fn changing(&self) -> BTreeMap<String, BTreeSet<String>> {
        self.changing.clone()
    }

    fn stack(&self) -> &str {
        &self.prepared.request.stack
    }

    fn effect(&self) -> Effect {
        if self.prepared.request.creates { Effect::Creates } else { Effect::Updates }
    }
}

/// Changes only the processor's code, outside of CloudFormation.
impl Operation for NewCode {
    /// The version that is invoked now, if there are versions.
    type Outcome = Option<String>;

    async fn carry_out(
        &self,
        session: &Session,
        report: &mut dyn FnMut(DeployEvent),
    ) -> Result<Self::Outcome, Failure> {
        self.put(session, report).await
    }

    fn stack(&self) -> &str {
        &self.stack
    }
}

/// The deletion of a stack.
#[derive(Debug)]
pub(super) struct Removal {
    pub(super) stack: Stack,
    pub(super) token: String,
    pub(super) role_arn: Option<String>,
}

impl Operation for Removal {
    type Outcome = Destroyed;

    async fn carry_out(
        &self,
        session: &Session,
        report: &mut dyn FnMut(DeployEvent),
    ) -> Result<Destroyed, Failure> {
        let role = self.role_arn.as_deref();
        apply::destroy(&session.clients, &self.stack, &self.token, role, session.clock, report).await
    }

    fn stack(&self) -> &str {
        &self.stack.name
    }
}

/// The recovery from a state in which no update is possible.
#[derive(Debug)]
pub(super) struct Rescue {
    pub(super) stack: Stack,
    pub(super) remedy: Remedy,
    pub(super) skip: Vec<String>,
    pub(super) deletion: Deletion,
    pub(super) token: String,
    pub(super) role_arn: Option<String>,
}

impl Operation for Rescue {
    /// `None`: the stack was deleted.
    type Outcome = Option<Stack>;

    async fn carry_out(
        &self,
        session: &Session,
        report: &mut dyn FnMut(DeployEvent),
    ) -> Result<Option<Stack>, Failure> {
        let recovery = Recovery {
            stack: &self.stack,
            remedy: self.remedy,
            skip: self.skip.clone(),
            deletion: self.deletion.clone(),
            token: self.token.clone(),
            role_arn: self.role_arn.as_deref(),
        };
        let ended = apply::recover(&session.clients, &recovery, session.clock, report).await?;
        report(DeployEvent::Outcome(DeployOutcome {
            stack: self.stack.name.clone(),
            result: "recovered",
            state: ended.as_ref().map_or("DELETE_COMPLETE", |stack| stack.status.as_str()).to_owned(),
            outputs: ended.as_ref().map(|stack| stack.outputs.clone()).unwrap_or_default(),
        }));
        Ok(ended)
    }

    fn stack(&self) -> &str {
        &self.stack.name
    }
}

/// Reverts drift: event source mappings through Lambda itself, everything else through a change set.
#[derive(Debug)]
pub(super) struct Reversion {
    pub(super) stack: String,
    /// UUID and settings in the deployed template.
    pub(super) mappings: Vec<(String, Mapping)>,
    /// The processor's deployed code.
    pub(super) code: Option<NewCode>,
    pub(super) change_set: Option<ChangeSet>,
}

impl Operation for Reversion {
    type Outcome = ();

    async fn withdraw(&self, session: &Session) -> Result<(), Failure> {
        match &self.change_set {
            Some(change_set) => change_set.withdraw(session).await,
            None => Ok(()),
        }
    }

    async fn carry_out(&self, session: &Session, report: &mut dyn FnMut(DeployEvent)) -> Result<(), Failure> {
        for (uuid, wanted) in &self.mappings {
            session.clients.set_mapping(uuid, wanted).await?;
        }
        if let Some(code) = &self.code {
            code.put(session, report).await?;
        }
        if let Some(change_set) = &self.change_set {
            change_set.carry_out(session, report).await?;
        }
        Ok(())
    }

    fn stack(&self) -> &str {
        &self.stack
    }

    fn effect(&self) -> Effect {
        if self.change_set.is_some() { Effect::Updates } else { Effect::Other }
    }
}
