//! The only gate: nothing is done to a stack that did not pass here.

use super::acceptance::Consent;
use super::observer::Observer;
use super::operations::Operation;
use super::proposal::{Loss, Proposal};
use super::recorded::begin_record;
use super::session::Session;
use crate::diagnostic::{Diagnostic, Exit, Failure};

/// An operation whose losses are accepted and whose question is answered. It is made here and nowhere else.
#[derive(Debug)]
pub struct Approved<O> {
    operation: O,
    opens: Vec<String>,
}

impl<O> Approved<O> {
    /// The operation, and the logical ids that the stack policy must let go of for it.
    pub(super) fn into_parts(self) -> (O, Vec<String>) {
        (self.operation, self.opens)
    }
}

impl<O> Proposal<O> {
    /// Refuses what is not accepted before anything is prepared for it at the server.
    pub(super) fn refuse_losses(&self, consent: &Consent) -> Result<(), Failure> {
        let unaccepted = self.losses.iter().filter(|loss| !consent.accepts(&loss.accept));
        let told: Vec<Diagnostic> =
            self.barred.iter().cloned().chain(unaccepted.map(Loss::diagnostic)).collect();
        if told.is_empty() {
            return Ok(());
        }
        Err(Failure { exit: Exit::Refused, diagnostics: told, sources: Vec::new() })
    }
}

impl<O: Operation> Proposal<O> {
    /// Asks what must be asked. A refusal withdraws what was prepared at the server.
    ///
    /// # Errors
    /// What bars the operation, every loss that is not accepted, or the answer no (exit 4).
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
                // The refusal is what the user must see; a change set left over is dropped by the next apply.
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
