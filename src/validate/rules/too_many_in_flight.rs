use super::at_fields;
use crate::diagnostic::{Diagnostic, codes};
use crate::source::SpecTree;
use crate::spec::{IN_FLIGHT, Spec, UNBOUNDED_CONCURRENCY};

/// at 120,000 messages in flight SQS returns no more, and the queue stalls.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    let batch = &spec.processor.batch;
    let allowed = spec.queue_concurrency().unwrap_or(UNBOUNDED_CONCURRENCY);
    let concurrency = allowed.min(spec.processor.reserved_concurrency.unwrap_or(u32::MAX));
    let in_flight = u64::from(concurrency) * u64::from(batch.size);
    if in_flight < IN_FLIGHT {
        return Vec::new();
    }
    let message = format!(
        "{concurrency} concurrent batches of {} would have {in_flight} messages in flight, but SQS stalls at {IN_FLIGHT}",
        batch.size
    );
    let most = (IN_FLIGHT - 1) / u64::from(batch.size);
    let diagnostic = Diagnostic::warning(codes::PROCESSOR_TOO_MANY_IN_FLIGHT, message).help(format!(
        "write `size: {}` or less, or `max_concurrency: {}` or less",
        (IN_FLIGHT - 1) / u64::from(concurrency.max(1)),
        most.clamp(2, 1000)
    ));
    let fields = [
        ("/processor/batch/size", ""),
        ("/processor/batch/max_concurrency", "concurrent batches"),
        ("/processor/batch/pollers/max", "each runs up to 10 batches"),
        ("/processor/reserved_concurrency", "concurrent invocations"),
    ];
    vec![at_fields(diagnostic, tree, &fields)]
}
