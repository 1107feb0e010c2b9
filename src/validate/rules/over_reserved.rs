use super::{at_fields, innermost};
use crate::diagnostic::{Diagnostic, codes};
use crate::source::SpecTree;
use crate::spec::{PER_POLLER, Spec};
use crate::validate::capacity::limit;

/// invocations beyond the reserved concurrency are throttled, and each throttle counts as a receive.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    let Some(reserved) = spec.processor.reserved_concurrency.filter(|reserved| *reserved > 0) else {
        return Vec::new();
    };
    let batch = &spec.processor.batch;
    let (path, words, wanted) = match (&batch.pollers, batch.max_concurrency) {
        (Some(pollers), _) if pollers.max.saturating_mul(PER_POLLER) > reserved => (
            "/processor/batch/pollers/max",
            format!("{} pollers run up to {} invocations", pollers.max, pollers.max * PER_POLLER),
            pollers.max * PER_POLLER,
        ),
        (None, Some(most)) if most > reserved => {
            ("/processor/batch/max_concurrency", format!("the queue causes up to {most} invocations"), most)
        }
        _ => return Vec::new(),
    };
    let message = format!(
        "{words} at once, but {reserved} are reserved: the others are throttled until their messages become dead letters"
    );
    let raise = format!("`reserved_concurrency: {wanted}` or more");
    let help = match limit(batch, reserved) {
        Some(lower) => format!("write `{lower}` or less, or {raise}"),
        None => format!("write {raise}"),
    };
    let diagnostic = Diagnostic::error(codes::PROCESSOR_OVER_RESERVED, message).help(help);
    let fields = [
        (path, ""),
        ("/processor/batch/pollers", ""),
        ("/processor/reserved_concurrency", "the reserved ones"),
    ];
    vec![at_fields(diagnostic, tree, &innermost(tree, &fields))]
}
