use super::{at_fields, innermost};
use crate::diagnostic::{Diagnostic, codes};
use crate::source::SpecTree;
use crate::spec::{PER_POLLER, Spec};

/// invocations beyond the reserved concurrency are throttled, and each throttle counts as a receive.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    let Some(reserved) = spec.processor.reserved_concurrency.filter(|reserved| *reserved > 0) else {
        return Vec::new();
    };
    let batch = &spec.processor.batch;
    let (path, words, wanted, help) = match (&batch.pollers, batch.max_concurrency) {
        (Some(pollers), _) if pollers.max.saturating_mul(PER_POLLER) > reserved => (
            "/processor/batch/pollers/max",
            format!("{} pollers run up to {} invocations", pollers.max, pollers.max * PER_POLLER),
            pollers.max * PER_POLLER,
            format!("pollers: {{max: {}}}", (reserved / PER_POLLER).max(2)),
        ),
        (None, Some(limit)) if limit > reserved => (
            "/processor/batch/max_concurrency",
            format!("the queue causes up to {limit} invocations"),
            limit,
            format!("max_concurrency: {}", reserved.max(2)),
        ),
        _ => return Vec::new(),
    };
    let message = format!(
        "{words} at once, but {reserved} are reserved: the others are throttled until their messages become dead letters"
    );
    let diagnostic = Diagnostic::error(codes::PROCESSOR_OVER_RESERVED, message)
        .help(format!("write `{help}` or less, or `reserved_concurrency: {wanted}` or more"));
    let fields = [
        (path, ""),
        ("/processor/batch/pollers", "200 pollers, where `max` is left out"),
        ("/processor/reserved_concurrency", "the reserved ones"),
    ];
    vec![at_fields(diagnostic, tree, &innermost(tree, &fields))]
}
