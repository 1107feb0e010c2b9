use super::at_fields;
use crate::diagnostic::{Diagnostic, codes};
use crate::source::SpecTree;
use crate::spec::Spec;

/// Most actions for one state of an alarm (CloudWatch).
const ACTIONS: usize = 5;

/// each SNS topic is an action of every alarm, in addition to the stack's own topic, which the e-mail addresses share.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    let topics = spec.alarms.notify.iter().filter(|target| target.starts_with("arn:")).count();
    let actions = topics + 1;
    if actions <= ACTIONS {
        return Vec::new();
    }
    let message = format!(
        "each alarm would have {actions} actions, {topics} topics and the stack's own, but CloudWatch allows {ACTIONS}"
    );
    let diagnostic = Diagnostic::error(codes::ALARMS_TOO_MANY_ACTIONS, message)
        .help("have one topic forward to the others, or name fewer");
    vec![at_fields(diagnostic, tree, &[("/alarms/notify", "")])]
}
