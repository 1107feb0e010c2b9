use crate::diagnostic::{Diagnostic, codes};
use crate::pattern::Pattern;
use crate::source::SpecTree;
use crate::spec::Spec;

/// EventBridge refuses a pattern that is malformed, and drops every event for one that cannot match.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    let Err(mistakes) = Pattern::parse(&spec.bus.pattern) else { return Vec::new() };
    mistakes
        .into_iter()
        .map(|mistake| {
            let path = format!("/bus/pattern{}", mistake.pointer);
            let place = if mistake.on_key { tree.key_place(&path) } else { tree.mark(&path) };
            Diagnostic::error(codes::BUS_WRONG_PATTERN, mistake.message).at(path, place).help(mistake.help)
        })
        .collect()
}
