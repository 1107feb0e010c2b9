use super::at_fields;
use super::expires_while_retried::days;
use crate::diagnostic::{Diagnostic, codes};
use crate::source::SpecTree;
use crate::spec::Spec;

const DAY: u32 = 86_400;

/// an alarm on age must leave time to act before messages expire; the limit is a quarter of the retention.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    let Some(alarm) = spec.alarms.oldest_message.settings() else { return Vec::new() };
    let latest = spec.queue.retention_days * DAY / 4;
    let threshold = alarm.threshold_seconds;
    if threshold <= latest {
        return Vec::new();
    }
    let message = format!(
        "the alarm on age fires at {threshold} s, but messages expire after {}: that leaves too little time to act",
        days(spec.queue.retention_days)
    );
    let diagnostic = Diagnostic::warning(codes::ALARMS_AGE_TOO_LATE, message)
        .help(format!("write `threshold_seconds: {latest}` or less, a quarter of the retention"));
    let fields = [
        ("/alarms/oldest_message/threshold_seconds", ""),
        ("/queue/retention_days", "days a message is retained"),
    ];
    vec![at_fields(diagnostic, tree, &fields)]
}
