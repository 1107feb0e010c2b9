//! SpecTree → CheckedSpec: every mistake at once, at its place, with its fix.

mod advice;
mod attributes;
mod capacity;
mod contract;
mod dialect;
mod field;
mod forecast;
mod former;
mod mend;
mod names;
mod paths;
mod patterns;
mod quotas;
mod requirement;
mod resolve;
mod rules;
mod schema;
mod shape;
mod shared;
mod sightings;
mod sketch;
mod suggest;
mod trial;
mod typed;

use crate::diagnostic::{self, Diagnostic, Failure, Place, Severity, SourceText, codes};
use crate::source::{SpecTree, StackFiles};
use crate::spec::Spec;

pub use attributes::{Attribute, Kind, attributes};
pub use capacity::{Excess, excesses};
pub use contract::processor_config;
pub use field::{Field, Key, field, field_at, fields, is_list, keys, values};
pub use forecast::{decision, forecast};
pub use patterns::Patterns;
pub use quotas::{AccountQuotas, LOOKED_UP, Quota};
pub use resolve::{Resolved, resolve, written_out};
pub use shared::{Shared, shared_names};
pub use sketch::{attributes_of, seen_paths};
pub use suggest::{dotted, nearest, nearest_few};
pub use trial::{Expectation, Fate, Fault, Trial, fate, trials};

use typed::Typed;

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

    /// The code of the user's own that the spec names can be used, as far as a look shows.
    ///
    /// # Errors
    /// Why not, at the line that names it; exit 3.
    pub fn require_code(&self) -> Result<(), Failure> {
        match self.tree.own_code().and_then(|code| code.problem.clone()) {
            Some(problem) => Err(Failure::invalid(vec![problem], self.sources().to_vec())),
            None => Ok(()),
        }
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
    check(tree, strict, &[rules::RULES, rules::TRIED, rules::CODE].concat())
}

/// As [`validate`], but what the samples and the events of the tests do is not judged.
///
/// # Errors
/// As for [`validate`].
pub fn validate_but_for_samples(tree: &SpecTree) -> Result<Spec, Failure> {
    check(tree, false, &[rules::RULES, rules::CODE].concat()).map(|checked| checked.spec)
}

/// As [`validate`], for commands that work without the code of the user's own, too: that is asked for by
/// [`CheckedSpec::require_code`].
///
/// # Errors
/// As for [`validate`].
pub fn validate_but_for_code(tree: &SpecTree) -> Result<CheckedSpec, Failure> {
    check(tree, false, &[rules::RULES, rules::TRIED].concat())
}

fn check(tree: &SpecTree, strict: bool, rules: &[rules::Rule]) -> Result<CheckedSpec, Failure> {
    let mut diagnostics = shape::check(tree);
    let typed = typed::typed(tree, &mut diagnostics);
    if let Some(typed) = &typed {
        let spec = &typed.spec;
        let mut found: Vec<Diagnostic> = rules.iter().flat_map(|rule| rule(spec, tree)).collect();
        found.retain(|diagnostic| typed.is_certain(diagnostic));
        for diagnostic in &mut found {
            // What a former pipectl wrote means the same, in production too.
            let is_former = diagnostic.code == codes::EVENT_FORMER_FORMAT;
            if strict || (spec.deploy.production && !is_former) {
                diagnostic.severity = Severity::Error;
            }
        }
        diagnostics.extend(found);
    }
    diagnostic::sort(&mut diagnostics);
    match typed {
        Some(Typed { mut spec, .. }) if !diagnostics.iter().any(Diagnostic::is_error) => {
            spec.processor.code_path = tree.own_code().map(|code| code.path.clone());
            Ok(CheckedSpec { spec, warnings: diagnostics, tree: tree.clone() })
        }
        _ => Err(Failure::invalid(diagnostics, tree.sources().to_vec())),
    }
}
