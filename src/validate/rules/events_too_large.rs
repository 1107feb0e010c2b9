use super::at_fields;
use crate::diagnostic::{Diagnostic, codes};
use crate::source::SpecTree;
use crate::spec::Spec;

/// Bytes of a DynamoDB row, names included.
const ROW: u32 = 400 * 1024;

/// the queue accepts larger events than the table accepts rows.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    let bytes = spec.load().average_event_bytes;
    if bytes <= ROW {
        return Vec::new();
    }
    let message = format!(
        "an average event of {bytes} bytes does not fit a row of {ROW}: most events would be dead letters"
    );
    let diagnostic = Diagnostic::error(codes::LOAD_EVENTS_TOO_LARGE, message)
        .help("have the sender store the large part in S3 and send its address");
    vec![at_fields(diagnostic, tree, &[("/load/average_event_bytes", "")])]
}
