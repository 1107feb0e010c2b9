use super::at_fields;
use crate::diagnostic::{Diagnostic, codes};
use crate::source::SpecTree;
use crate::spec::Spec;

/// Most messages of a batch without a window.
pub(super) const LARGEST_UNGATHERED: u32 = 10;

/// the event source mapping refuses more than 10 messages a batch without a window.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    let batch = &spec.processor.batch;
    if batch.size <= LARGEST_UNGATHERED || batch.window_seconds >= 1 {
        return Vec::new();
    }
    let message = format!("a batch of {} messages needs a batching window of at least 1 s", batch.size);
    let diagnostic = Diagnostic::error(codes::PROCESSOR_BATCH_WITHOUT_WINDOW, message)
        .help(format!("write `window_seconds: 1` or more, or `size: {LARGEST_UNGATHERED}` or less"));
    let fields = [("/processor/batch/size", ""), ("/processor/batch/window_seconds", "the window")];
    vec![at_fields(diagnostic, tree, &fields)]
}
