//! An operation with what it costs, before the gate.

use super::acceptance::Acceptance;
use super::observer::Question;
use crate::diagnostic::{Diagnostic, Exit, Failure, codes};

/// An operation that is ready to be done, with what it costs. Only the gate turns it into something that can be executed.
#[derive(Debug)]
pub(super) struct Proposal<O> {
    pub(super) operation: O,
    pub(super) losses: Vec<Loss>,
    /// Why it cannot be done, whatever is accepted.
    pub(super) barred: Vec<Diagnostic>,
    /// What is asked where nothing is lost; `None`: nothing needs to be asked.
    pub(super) question: Option<Question>,
    /// Logical ids that the stack policy must let go of for it.
    pub(super) opens: Vec<String>,
}

impl<O> Proposal<O> {
    pub(super) fn new(operation: O) -> Self {
        Self { operation, losses: Vec::new(), barred: Vec::new(), question: None, opens: Vec::new() }
    }
}

/// Something that must be accepted by name before an operation is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Loss {
    pub(super) accept: Acceptance,
    pub(super) message: String,
    /// Another way than to accept it.
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

/// Refuses a loss outside of any stack's operation that is not accepted by name. `instead`: another way.
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
