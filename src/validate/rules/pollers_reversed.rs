use super::at_fields;
use crate::diagnostic::{Diagnostic, codes};
use crate::source::SpecTree;
use crate::spec::Spec;

/// the maximum of pollers cannot be below the minimum.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    let Some(pollers) = spec.processor.batch.pollers.as_ref().filter(|pollers| pollers.min > pollers.max)
    else {
        return Vec::new();
    };
    let message = format!("the minimum of {} pollers is above the maximum of {}", pollers.min, pollers.max);
    let diagnostic = Diagnostic::error(codes::PROCESSOR_POLLERS_REVERSED, message)
        .help(format!("write `max: {}` or more, or `min: {}` or less", pollers.min, pollers.max));
    let fields =
        [("/processor/batch/pollers/min", ""), ("/processor/batch/pollers/max", "pollers at a peak")];
    vec![at_fields(diagnostic, tree, &fields)]
}
