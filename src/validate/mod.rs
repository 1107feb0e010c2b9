//! SpecTree → CheckedSpec: every mistake at once, at its location, with its fix.

mod advice;
mod attributes;
mod capacity;
mod contract;
mod corrections;
mod dialect;
mod field;
mod forecast;
mod former;
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

use crate::diagnostic::{self, Diagnostic, Failure, Location, Severity, SourceText, codes};
use crate::source::{SpecTree, StackFiles};
use crate::spec::Spec;

pub use attributes::{Attribute, Kind, attributes};
pub use capacity::{Excess, excesses};
pub use contract::processor_config;
pub use field::{Field, Key, field, field_at, fields, is_list, keys, values};
pub use forecast::{decision, forecast};
pub use patterns::Patterns;
pub use quotas::{AccountQuotas, LOOKED_UP, Quota};
pub use resolve::{Resolved, exact_json, resolve};
pub use shared::{Shared, shared_names};
pub use sketch::{attributes_of, seen_paths};
pub use suggest::{dotted, nearest, nearest_few};
pub use trial::{Expectation, Fate, Fault, Trial, fate, trials};

use typed::Typed;

/// A spec that passed every check. Only [`validate`] creates one, so its users need no further check.
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

    /// Warnings, sorted by location.
    #[must_use]
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }

    /// The custom templates and resources, all readable.
    #[must_use]
    pub fn stack_files(&self) -> &StackFiles {
        self.tree.stack_files()
    }

    /// The files that were read, to which the warnings' locations refer.
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

    /// The location in the files of the value with this JSON pointer, or of the nearest one around it. `None` if the
    /// files contain none of it.
    #[must_use]
    pub fn location(&self, pointer: &str) -> Option<Location> {
        self.tree.root().nearest(pointer).map(|_| self.tree.mark(pointer))
    }
}

/// Checks the shape against the JSON Schema, and every rule. `strict` turns warnings into errors, as `deploy.production`
/// does.
///
/// # Errors
/// All errors, sorted by location; exit 3.
pub fn validate(tree: &SpecTree, strict: bool) -> Result<CheckedSpec, Failure> {
    check(tree, strict, &[rules::RULES, rules::TRIED, rules::CODE].concat())
}

/// Like [`validate`], without checking the samples and the events of the tests.
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
            // The form of a former pipectl has the same meaning, in production too.
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
