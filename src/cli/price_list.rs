//! The prices in use: pipectl's own, and those of `--prices`.

use camino::Utf8Path;

use super::Stop;
use crate::cost::{Prices, Problem, published, read_prices};
use crate::diagnostic::{Diagnostic, Failure, codes};
use crate::source::{self, SpecTree};

/// pipectl's prices, overridden by those of the user's own list.
///
/// # Errors
/// The list cannot be read, or is invalid.
pub(super) fn price_list(path: Option<&Utf8Path>) -> Result<Prices, Stop> {
    let Some(path) = path else { return Ok(published()) };
    let tree = source::read(path)?;
    let own = read_prices(&tree.value()).map_err(|problems| {
        let diagnostics = problems.iter().map(|problem| diagnostic(problem, &tree)).collect();
        Stop::Failure(Failure::invalid(diagnostics, tree.sources().to_vec()))
    })?;
    Ok(published().with(own))
}

fn diagnostic(problem: &Problem, tree: &SpecTree) -> Diagnostic {
    let found =
        Diagnostic::error(codes::ESTIMATE_PRICE_LIST, problem.message.as_str()).help(problem.help.as_str());
    let location = match tree.root().nearest(&problem.pointer) {
        Some((key, _)) => key,
        None => tree.root().location,
    };
    found.at(problem.pointer.as_str(), location)
}
