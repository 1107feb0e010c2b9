use super::at_fields;
use crate::diagnostic::{Diagnostic, codes};
use crate::source::SpecTree;
use crate::spec::Spec;

/// an event source mapping accepts one kind of limit.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    let batch = &spec.processor.batch;
    if batch.max_concurrency.is_none() || batch.pollers.is_none() {
        return Vec::new();
    }
    let message = "Lambda takes either `max_concurrency` or `pollers`, not both";
    let diagnostic = Diagnostic::error(codes::PROCESSOR_POLLERS_WITH_CONCURRENCY, message)
        .help("remove `max_concurrency` to pay for always running pollers, or `pollers` to pay per use");
    let fields =
        [("/processor/batch/pollers", ""), ("/processor/batch/max_concurrency", "the limit they exclude")];
    vec![at_fields(diagnostic, tree, &fields)]
}
