use crate::diagnostic::{Diagnostic, codes};
use crate::pattern::{Mistake, Pattern};
use crate::source::SpecTree;
use crate::spec::Spec;

/// EventBridge refuses a pattern that is malformed, and drops every event for one that cannot match.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    let rules = spec.bus_rules().into_iter();
    rules
        .filter_map(|rule| Some((rule.pointer, Pattern::parse(rule.pattern).err()?)))
        .flat_map(|(pointer, mistakes)| mistakes.into_iter().map(move |mistake| (pointer.clone(), mistake)))
        .map(|(pointer, mistake)| diagnostic(tree, &pointer, mistake))
        .collect()
}

fn diagnostic(tree: &SpecTree, pointer: &str, mistake: Mistake) -> Diagnostic {
    let path = format!("{pointer}{}", mistake.pointer);
    let place = if mistake.on_key { tree.key_place(&path) } else { tree.mark(&path) };
    Diagnostic::error(codes::BUS_WRONG_PATTERN, mistake.message).at(path, place).help(mistake.help)
}
