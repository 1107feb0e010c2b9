use super::at_fields;
use crate::diagnostic::{Diagnostic, codes};
use crate::source::SpecTree;
use crate::spec::Spec;

/// an alarm without an action changes its colour on a page nobody looks at.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    let alarms = &spec.alarms;
    let any = alarms.queue_depth.settings().is_some()
        || alarms.dead_letters.settings().is_some()
        || alarms.oldest_message.settings().is_some()
        || [
            &alarms.processor_errors,
            &alarms.processor_throttles,
            &alarms.write_throttles,
            &alarms.conflicts,
        ]
        .iter()
        .any(|alarm| alarm.settings().is_some())
        || spec.slo.is_some();
    if !alarms.notify.is_empty() || !any {
        return Vec::new();
    }
    let diagnostic = Diagnostic::warning(codes::ALARMS_NOTIFY_NOBODY, "the alarms notify nobody")
        .help("add `alarms: {notify: [you@example.com]}`, or an SNS topic's ARN");
    vec![at_fields(diagnostic, tree, &[("/alarms/notify", ""), ("/alarms", "")])]
}
