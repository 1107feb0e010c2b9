//! The gate: no operation on a stack is executed without passing it.

use super::acceptance::Consent;
use super::observer::Observer;
use super::operations::Operation;
use super::proposal::{Loss, Proposal};
use super::recorded::begin_record;
use super::session::Session;
use crate::diagnostic::{Diagnostic, Exit, Failure};

/// An operation whose losses are accepted and whose question is answered. Only this module creates it.
#[derive(Debug)]
pub struct Approved<O> {
    operation: O,
    opens: Vec<String>,
}

impl<O> Approved<O> {
    /// The operation, and the logical ids for which the stack policy must be lifted.
    pub(super) fn into_parts(self) -> (O, Vec<String>) {
        (self.operation, self.opens)
    }
}

impl<O> Proposal<O> {
    /// Refuses losses that are not accepted, before anything is prepared at AWS.
    pub(super) fn refuse_losses(&self, consent: &Consent) -> Result<(), Failure> {
        let unaccepted = self.losses.iter().filter(|loss| !consent.accepts(&loss.accept));
        let refusals: Vec<Diagnostic> =
            self.barred.iter().cloned().chain(unaccepted.map(Loss::diagnostic)).collect();
        if refusals.is_empty() {
            return Ok(());
        }
        Err(Failure { exit: Exit::Refused, diagnostics: refusals, sources: Vec::new() })
    }
}

impl<O: Operation> Proposal<O> {
    /// Asks the necessary questions. A refusal withdraws what was prepared at AWS.
    ///
    /// # Errors
    /// What blocks the operation, every loss that is not accepted, or the answer no (exit 4).
    pub(super) async fn consent(
        self,
        session: &Session,
        consent: &Consent,
        observer: &mut dyn Observer,
    ) -> Result<Approved<O>, Failure> {
        match self.decide(session, consent, observer) {
            Ok(()) => {
                begin_record(session).await;
                Ok(Approved { operation: self.operation, opens: self.opens })
            }
            Err(refusal) => {
                // The refusal is what the user must see; the next apply deletes a remaining change set.
                let _left_over = self.operation.withdraw(session).await;
                Err(refusal)
            }
        }
    }

    fn decide(
        &self,
        session: &Session,
        consent: &Consent,
        observer: &mut dyn Observer,
    ) -> Result<(), Failure> {
        self.refuse_losses(consent)?;
        match &self.question {
            Some(question) if !consent.yes && !session.is_local() => observer.ask(question),
            _ => Ok(()),
        }
    }
}
