use super::at_fields;
use crate::diagnostic::{Diagnostic, codes};
use crate::source::SpecTree;
use crate::spec::Spec;

const CODE: crate::diagnostic::Code = codes::QUEUE_VISIBILITY_TOO_SHORT;

/// Lambda refuses a queue whose messages become visible before the function's timeout, and advises six timeouts plus
/// the batching window.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    let Some(visibility) = spec.queue.visibility_timeout_seconds else { return Vec::new() };
    let timeout = spec.processor.timeout_seconds;
    let window = spec.processor.batch.window_seconds;
    let advised = spec.processor.advised_visibility_timeout();
    let diagnostic = if visibility < timeout {
        let message = format!(
            "the queue makes a message visible again after {visibility} s, but the processor may work on it for {timeout} s"
        );
        Diagnostic::error(CODE, message)
    } else if visibility < advised {
        let message = format!(
            "a visibility timeout of {visibility} s is less than the {advised} s that Lambda advises: 6 × {timeout} s timeout + {window} s window"
        );
        Diagnostic::warning(CODE, message)
    } else {
        return Vec::new();
    };
    let help = format!("write `visibility_timeout_seconds: {advised}`, or leave it out: that is its default");
    let fields = [
        ("/queue/visibility_timeout_seconds", ""),
        ("/processor/timeout_seconds", "the processor's timeout"),
        ("/processor/batch/window_seconds", "the batching window"),
    ];
    vec![at_fields(diagnostic.help(help), tree, &fields)]
}
