use super::at_fields;
use crate::diagnostic::{Diagnostic, codes};
use crate::source::SpecTree;
use crate::spec::Spec;

/// Most bytes of one invocation (Lambda).
const PAYLOAD: u64 = 6 * 1024 * 1024;
/// Bytes SQS and Lambda add to each record: ids, attributes, receipt handle, checksums.
const OVERHEAD: u64 = 1024;

/// a batch that exceeds the payload is truncated silently, so the configured size is not reached.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    let size = u64::from(spec.processor.batch.size);
    let bytes = u64::from(spec.load().average_event_bytes);
    let effective = PAYLOAD / (bytes + OVERHEAD);
    if size <= effective {
        return Vec::new();
    }
    let message = format!(
        "a batch of {size} events of {bytes} bytes exceeds the 6 MB one invocation takes: Lambda cuts it to about {effective}"
    );
    let diagnostic = Diagnostic::warning(codes::PROCESSOR_BATCH_OVER_PAYLOAD, message)
        .help(format!("write `size: {effective}` or less"));
    let fields = [("/processor/batch/size", ""), ("/load/average_event_bytes", "bytes of an event")];
    vec![at_fields(diagnostic, tree, &fields)]
}
