use super::at_fields;
use crate::diagnostic::{Diagnostic, codes};
use crate::source::SpecTree;
use crate::spec::Spec;

const DAY: u64 = 86_400;

/// a message whose retention ends while it is retried is deleted, and never becomes a dead letter.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    let visibility = u64::from(spec.queue.visibility_timeout(&spec.processor));
    let receives = u64::from(spec.queue.max_receive_count(&spec.processor));
    let retention = u64::from(spec.queue.retention_days) * DAY;
    let tried = visibility * receives;
    if tried < retention {
        return Vec::new();
    }
    let message = format!(
        "a failing message is retried for {receives} × {visibility} s = {:.1} days, but the queue deletes it after {}: it never becomes a dead letter",
        tried as f64 / DAY as f64,
        days(spec.queue.retention_days),
    );
    let most = (retention - 1) / visibility.max(1);
    let diagnostic = Diagnostic::error(codes::QUEUE_EXPIRES_WHILE_RETRIED, message)
        .help(format!("write `max_receive_count: {most}` or less, or raise `retention_days`"));
    let fields = [
        ("/queue/dead_letter/max_receive_count", ""),
        ("/queue/visibility_timeout_seconds", "seconds between two receives"),
        ("/processor/timeout_seconds", "six of these are the visibility timeout"),
        ("/queue/retention_days", "days the queue retains it"),
    ];
    vec![at_fields(diagnostic, tree, &fields)]
}

/// `1 day`, `4 days`.
pub(super) fn days(count: u32) -> String {
    if count == 1 { "1 day".to_owned() } else { format!("{count} days") }
}
