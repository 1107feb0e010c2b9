//! An operation with what it costs, before the gate.

use super::acceptance::Acceptance;
use super::observer::Question;
use crate::diagnostic::{Diagnostic, Exit, Failure, codes};

/// An operation that is ready to be executed, with its losses. Only the gate turns it into something that can be
/// executed.
#[derive(Debug)]
pub(super) struct Proposal<O> {
    pub(super) operation: O,
    pub(super) losses: Vec<Loss>,
    /// Why it cannot be executed, whatever is accepted.
    pub(super) barred: Vec<Diagnostic>,
    /// The question if nothing is lost; `None`: no question is needed.
    pub(super) question: Option<Question>,
    /// Logical ids for which the stack policy must be lifted.
    pub(super) opens: Vec<String>,
}

impl<O> Proposal<O> {
    pub(super) fn new(operation: O) -> Self {
        Self { operation, losses: Vec::new(), barred: Vec::new(), question: None, opens: Vec::new() }
    }
}

/// A loss or risk that must be accepted by name before an operation is executed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Loss {
    pub(super) accept: Acceptance,
    pub(super) message: String,
    /// An alternative to accepting it.
    pub(super) instead: Option<String>,
}

impl Loss {
    pub(super) fn of_data(logical_id: &str, message: String) -> Self {
        Self { accept: Acceptance::data_loss(logical_id), message, instead: None }
    }

    pub(super) fn diagnostic(&self) -> Diagnostic {
        let code = match self.accept {
            Acceptance::DataLoss(_) => codes::GUARD_DATA_LOSS,
            Acceptance::Adopt(_) => codes::GUARD_ADOPTION,
            Acceptance::Downgrade => codes::GUARD_DOWNGRADE,
            Acceptance::ContractBreak => codes::GUARD_CONTRACT_BREAK,
        };
        let accept = format!("to accept this, add `--accept {}`", self.accept);
        let help = match &self.instead {
            Some(instead) => format!("{instead}; {accept}"),
            None => accept,
        };
        Diagnostic::error(code, self.message.clone()).help(help)
    }
}

/// Refuses a loss outside of a stack's operation unless it is accepted by name. `instead`: an alternative.
///
/// # Errors
/// It is not accepted (exit 4).
pub fn require(
    accepted: &[Acceptance],
    wanted: &Acceptance,
    message: String,
    instead: String,
) -> Result<(), Failure> {
    if accepted.contains(wanted) {
        return Ok(());
    }
    let loss = Loss { accept: wanted.clone(), message, instead: Some(instead) };
    Err(Failure::new(Exit::Refused, loss.diagnostic()))
}
