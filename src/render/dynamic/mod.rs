//! Could a text that CloudFormation puts together from parts be a dynamic reference (`{{resolve:…}}`)?
//!
//! What a template alone shows is worked out: `evaluate` makes of an expression the pieces of its text, known and unknown,
//! and `judge` looks whether the known ones bring a reference about, or a part of one beside what is unknown. What AWS
//! makes itself (ARNs, ids, regions) has no braces, so the most usual text of all, `${Queue.Arn}/x`, passes.

mod evaluate;
mod judge;
mod list;
mod piece;

use serde_json::Value;

pub(super) use evaluate::Evaluator;
use judge::judge;

/// What a text may turn out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Suspicion {
    /// A dynamic reference, whatever the unknown parts are.
    Certain,
    /// A dynamic reference, if an unknown part is what its neighbours lack.
    Possible,
    /// There are too many possibilities to look at.
    Unclear,
}

/// What is wrong with the text of an expression, if anything is. A template's evaluator has a limit for all of it.
pub(super) fn suspicion(evaluator: &Evaluator<'_>, expression: &Value) -> Option<Suspicion> {
    match evaluator.text(expression).and_then(|pieces| judge(&pieces, evaluator)) {
        Ok(suspicion) => suspicion,
        Err(evaluate::TooMany) => Some(Suspicion::Unclear),
    }
}

#[cfg(test)]
mod tests;
