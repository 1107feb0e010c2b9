use crate::diagnostic::{Diagnostic, codes};
use crate::pattern::Pattern;
use crate::source::SpecTree;
use crate::spec::Spec;

/// a quoted operator does not match any real event.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for rule in spec.bus_rules() {
        found.extend(Pattern::quoted_operators(rule.pattern).into_iter().map(|mistake| {
            let path = format!("{}{}", rule.pointer, mistake.pointer);
            let location = tree.mark(&path);
            Diagnostic::warning(codes::BUS_OPERATOR_AS_TEXT, mistake.message)
                .at(path, location)
                .help(&mistake.help)
        }));
    }
    found
}
