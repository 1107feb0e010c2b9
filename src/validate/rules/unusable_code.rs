use crate::diagnostic::Diagnostic;
use crate::source::SpecTree;
use crate::spec::Spec;

/// The code of the user's own is where the spec says, and of a kind that can be it.
pub(super) fn check(_: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    tree.own_code().and_then(|code| code.problem.clone()).into_iter().collect()
}
