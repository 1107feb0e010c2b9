//! SpecTree → CheckedSpec: every mistake at once, at its place, with its fix.

mod contract;
mod dialect;
mod field;
mod forecast;
mod mend;
mod patterns;
mod requirement;
mod resolve;
mod rules;
mod schema;
mod shape;
mod shared;
mod suggest;

use crate::diagnostic::{self, Diagnostic, Failure, Place, Severity, SourceText};
use crate::source::{SpecTree, StackFiles};
use crate::spec::Spec;

pub use contract::processor_config;
pub use field::{Field, Key, field, fields, keys, values};
pub use forecast::forecast;
pub use patterns::Patterns;
pub use resolve::{Resolved, resolve};
pub use shared::{Shared, shared_names};
pub use suggest::{dotted, nearest};

/// A spec that passed every check. Only [`validate`] makes one: what holds it need not ask again.
#[derive(Debug, Clone)]
pub struct CheckedSpec {
    spec: Spec,
    warnings: Vec<Diagnostic>,
    tree: SpecTree,
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

    /// The user's own templates and resources, all readable.
    #[must_use]
    pub fn stack_files(&self) -> &StackFiles {
        self.tree.stack_files()
    }

    /// The files that were read, in which the warnings' places are.
    #[must_use]
    pub fn sources(&self) -> &[SourceText] {
        self.tree.sources()
    }

    /// Where the files give the value with this JSON pointer, or the nearest one around it. `None` where they are
    /// silent on all of it.
    #[must_use]
    pub fn place(&self, pointer: &str) -> Option<Place> {
        self.tree.root().nearest(pointer).map(|_| self.tree.mark(pointer))
    }
}

/// Checks the shape against the JSON Schema, and every rule. `strict` makes warnings errors, as `deploy.production`
/// does.
///
/// # Errors
/// Everything that is wrong, sorted by place; exit 3.
pub fn validate(tree: &SpecTree, strict: bool) -> Result<CheckedSpec, Failure> {
    check(tree, strict, &[rules::RULES, &[rules::SAMPLES]].concat())
}

/// As [`validate`], but what the samples do is not judged.
///
/// # Errors
/// As for [`validate`].
pub fn validate_but_for_samples(tree: &SpecTree) -> Result<Spec, Failure> {
    check(tree, false, rules::RULES).map(|checked| checked.spec)
}

fn check(tree: &SpecTree, strict: bool, rules: &[rules::Rule]) -> Result<CheckedSpec, Failure> {
    let mut diagnostics = shape::check(tree);
    // Rules compare values. Where one is wrong by itself, its default stands in, and what a rule says of it is not
    // told.
    let wrong: Vec<String> = diagnostics.iter().map(|diagnostic| diagnostic.path.clone()).collect();
    let spec = shape::typed(tree, &wrong, &mut diagnostics);
    if let Some(spec) = &spec {
        let mut found: Vec<Diagnostic> = rules.iter().flat_map(|rule| rule(spec, tree)).collect();
        found.retain(|diagnostic| {
            let related = diagnostic.related.iter().map(|related| &related.path);
            !related.chain([&diagnostic.path]).any(|path| wrong.contains(path))
        });
        if strict || spec.deploy.production {
            for diagnostic in &mut found {
                diagnostic.severity = Severity::Error;
            }
        }
        diagnostics.extend(found);
    }
    diagnostic::sort(&mut diagnostics);
    match spec {
        Some(spec) if !diagnostics.iter().any(Diagnostic::is_error) => {
            Ok(CheckedSpec { spec, warnings: diagnostics, tree: tree.clone() })
        }
        _ => Err(Failure::invalid(diagnostics, tree.sources().to_vec())),
    }
}
