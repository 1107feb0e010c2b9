//! Rules across fields, one file each. A rule sees the typed spec for values and the tree for places.

mod batch_without_window;
mod name_too_long;
mod visibility_too_short;

use crate::diagnostic::Diagnostic;
use crate::source::SpecTree;
use crate::spec::Spec;

/// A rule gives its diagnostics: errors where AWS refuses or data is lost, warnings where the choice is unwise.
pub(super) type Rule = fn(&Spec, &SpecTree) -> Vec<Diagnostic>;

/// Every rule there is.
pub(super) const RULES: &[Rule] =
    &[batch_without_window::check, name_too_long::check, visibility_too_short::check];
