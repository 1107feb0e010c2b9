//! SpecTree → CheckedSpec: every mistake at once, at its place, with its fix.

mod dialect;
mod field;
mod rules;
mod shape;
mod suggest;

use crate::diagnostic::{self, Diagnostic, Failure, Severity, SourceText};
use crate::source::SpecTree;
use crate::spec::Spec;

pub use field::{Field, field, fields};
pub use suggest::nearest;

/// A spec that passed every check. Only [`validate`] makes one: what holds it need not ask again.
#[derive(Debug, Clone)]
pub struct CheckedSpec {
    spec: Spec,
    warnings: Vec<Diagnostic>,
    sources: Vec<SourceText>,
}

impl CheckedSpec {
    #[must_use]
    pub fn spec(&self) -> &Spec {
        &self.spec
    }

    /// What is allowed but unwise, sorted by place.
    #[must_use]
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }

    /// The files the warnings' places are in.
    #[must_use]
    pub fn sources(&self) -> &[SourceText] {
        &self.sources
    }
}

/// Checks the shape against the JSON Schema and, where the shape holds, every rule. `strict` makes warnings errors,
/// as `deploy.production` does.
///
/// # Errors
/// Everything that is wrong, sorted by place; exit 3.
pub fn validate(tree: &SpecTree, strict: bool) -> Result<CheckedSpec, Failure> {
    let sources = tree.sources().to_vec();
    let mut diagnostics = shape::check(tree);
    // The rules compare values: they need them all, and of the right types.
    let spec = if diagnostics.is_empty() { shape::typed(tree, &mut diagnostics) } else { None };
    if let Some(spec) = &spec {
        for rule in rules::RULES {
            diagnostics.extend(rule(spec, tree));
        }
        if strict || spec.deploy.production {
            for diagnostic in &mut diagnostics {
                diagnostic.severity = Severity::Error;
            }
        }
    }
    diagnostic::sort(&mut diagnostics);
    match spec {
        Some(spec) if !diagnostics.iter().any(Diagnostic::is_error) => {
            Ok(CheckedSpec { spec, warnings: diagnostics, sources })
        }
        _ => Err(Failure::invalid(diagnostics, sources)),
    }
}
