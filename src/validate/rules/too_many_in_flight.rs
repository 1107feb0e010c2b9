use super::at_fields;
use crate::diagnostic::{Diagnostic, codes};
use crate::source::SpecTree;
use crate::spec::{IN_FLIGHT, Spec, UNBOUNDED_CONCURRENCY};
use crate::validate::capacity::limit;

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
    let most = u32::try_from((IN_FLIGHT - 1) / u64::from(batch.size)).unwrap_or(u32::MAX);
    let lower = limit(batch, most).map_or_else(String::new, |lower| format!(", or `{lower}` or less"));
    let smaller = (IN_FLIGHT - 1) / u64::from(concurrency.max(1));
    let help = format!("write `size: {smaller}` or less{lower}");
    let diagnostic = Diagnostic::warning(codes::PROCESSOR_TOO_MANY_IN_FLIGHT, message).help(help);
    let fields = [
        ("/processor/batch/size", ""),
        ("/processor/batch/max_concurrency", "concurrent batches"),
        ("/processor/batch/pollers/max", "each runs up to 10 batches"),
        ("/processor/reserved_concurrency", "concurrent invocations"),
    ];
    vec![at_fields(diagnostic, tree, &fields)]
}
