use crate::diagnostic::Diagnostic;
use crate::source::SpecTree;
use crate::spec::Spec;

/// The templates and resources of the user's own can be read. What they make of the stack is seen when it is rendered.
pub(super) fn check(_: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    tree.stack_files().problems.clone()
}
