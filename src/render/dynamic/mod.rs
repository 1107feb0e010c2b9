//! Could a text that CloudFormation assembles from parts be a dynamic reference (`{{resolve:…}}`)?
//!
//! The evaluation uses the template alone: `evaluate` splits the text of an expression into known and unknown pieces, and
//! `judge` checks whether the known ones form a reference, or a part of one beside unknown pieces. Values that AWS
//! generates (ARNs, ids, regions) have no braces, so the most common text of all, `${Queue.Arn}/x`, passes.

mod evaluate;
mod judge;
mod list;
mod piece;

use serde_json::Value;

pub(super) use evaluate::Evaluator;
use judge::judge;

/// The possible result of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Suspicion {
    /// A dynamic reference, whatever the unknown parts are.
    Certain,
    /// A dynamic reference, if an unknown part completes its neighbours.
    Possible,
    /// There are too many possibilities to evaluate.
    Unclear,
}

/// The problem of an expression's text, if there is one. A template's evaluator has one limit for all of it.
pub(super) fn suspicion(evaluator: &Evaluator<'_>, expression: &Value) -> Option<Suspicion> {
    match evaluator.text(expression).and_then(|pieces| judge(&pieces, evaluator)) {
        Ok(suspicion) => suspicion,
        Err(evaluate::TooMany) => Some(Suspicion::Unclear),
    }
}

#[cfg(test)]
mod tests;
