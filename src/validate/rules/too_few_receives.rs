use super::at_fields;
use crate::diagnostic::{Diagnostic, codes};
use crate::source::SpecTree;
use crate::spec::Spec;

/// The fewest receives that Lambda's documentation advises.
const ADVISED: u32 = 5;

/// a throttled invocation counts as a receive, so few receives turn throttling into dead letters.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    let receives = spec.queue.max_receive_count(&spec.processor);
    if receives >= ADVISED {
        return Vec::new();
    }
    let plural = if receives == 1 { "" } else { "s" };
    let message = format!(
        "after {receives} receive{plural} a message is a dead letter: throttled invocations count too, so a busy minute makes valid messages dead letters"
    );
    let diagnostic = Diagnostic::warning(codes::QUEUE_TOO_FEW_RECEIVES, message)
        .help(format!("write `max_receive_count: {ADVISED}` or more"));
    vec![at_fields(diagnostic, tree, &[("/queue/dead_letter/max_receive_count", "")])]
}
