use crate::diagnostic::{Diagnostic, codes};
use crate::source::SpecTree;
use crate::spec::Spec;

const VISIBILITY: &str = "/queue/visibility_timeout_seconds";
const TIMEOUT: &str = "/processor/timeout_seconds";
const WINDOW: &str = "/processor/batch/window_seconds";

/// Lambda refuses a queue whose messages come back before the function's timeout, and advises six timeouts plus
/// the batching window.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    let Some(visibility) = spec.queue.visibility_timeout_seconds else { return Vec::new() };
    let timeout = spec.processor.timeout_seconds;
    let window = spec.processor.batch.window_seconds;
    let advised = spec.processor.advised_visibility_timeout();
    let mut diagnostic = if visibility < timeout {
        Diagnostic::error(
            codes::QUEUE_VISIBILITY_TOO_SHORT,
            format!(
                "the queue shows a message again after {visibility} s, while the processor may work on it for {timeout} s"
            ),
        )
    } else if visibility < advised {
        Diagnostic::warning(
            codes::QUEUE_VISIBILITY_TOO_SHORT,
            format!(
                "a visibility timeout of {visibility} s is less than the {advised} s Lambda advises: 6 × {timeout} s timeout + {window} s window"
            ),
        )
    } else {
        return Vec::new();
    };
    diagnostic = diagnostic
        .at(VISIBILITY, tree.value_place(VISIBILITY))
        .help(format!("write `visibility_timeout_seconds: {advised}`, or leave it out: that is its default"));
    for (path, words) in [(TIMEOUT, "the processor's timeout"), (WINDOW, "the batching window")] {
        if tree.has(path) {
            diagnostic = diagnostic.related(words, path, tree.value_place(path));
        }
    }
    vec![diagnostic]
}
