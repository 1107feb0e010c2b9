use crate::diagnostic::Diagnostic;
use crate::source::SpecTree;
use crate::spec::Spec;

/// The custom templates and resources can be read. Their effect on the stack is checked when it is rendered.
pub(super) fn check(_: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    tree.stack_files().problems.clone()
}
