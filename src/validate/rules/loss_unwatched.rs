use super::at_fields;
use crate::diagnostic::{Diagnostic, codes};
use crate::source::SpecTree;
use crate::spec::Spec;

/// without these alarms, events can become dead letters or old without any notification.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    let off = [
        (
            "dead_letters",
            spec.alarms.dead_letters.settings().is_none(),
            "a dead letter is an event that was not stored",
        ),
        (
            "failed_deliveries",
            spec.alarms.failed_deliveries.settings().is_none(),
            "an event that EventBridge cannot deliver never reaches the queue",
        ),
        (
            "oldest_message",
            spec.alarms.oldest_message.settings().is_none(),
            "old messages are the first sign of loss",
        ),
    ];
    off.into_iter()
        .filter(|(_, off, _)| *off)
        .map(|(name, _, reason)| {
            let path = format!("/alarms/{name}");
            let diagnostic = Diagnostic::warning(
                codes::ALARMS_LOSS_UNWATCHED,
                format!("the alarm `{name}` is off: {reason}"),
            )
            .help(format!("remove `{name}: off` to use the alarm's defaults"));
            at_fields(diagnostic, tree, &[(&path, "")])
        })
        .collect()
}
