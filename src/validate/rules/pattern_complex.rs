use crate::diagnostic::{Diagnostic, codes};
use crate::pattern::Pattern;
use crate::source::SpecTree;
use crate::spec::Spec;

/// EventBridge refuses wildcards that are too complex; these are close to it.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    let Ok(pattern) = Pattern::parse(&spec.bus.pattern) else { return Vec::new() };
    let warnings = pattern.warnings().iter();
    warnings
        .map(|warning| {
            let path = format!("/bus/pattern{}", warning.pointer);
            let place = tree.mark(&path);
            Diagnostic::warning(codes::BUS_PATTERN_COMPLEX, &warning.message)
                .at(path, place)
                .help(&warning.help)
        })
        .collect()
}
