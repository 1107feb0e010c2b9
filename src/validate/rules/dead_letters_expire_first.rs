use super::at_fields;
use super::expires_while_retried::days;
use crate::diagnostic::{Diagnostic, codes};
use crate::source::SpecTree;
use crate::spec::Spec;

/// Most days that SQS retains a message.
const LONGEST: u32 = 14;

/// a message retains its first enqueue time when it moves, so a dead-letter queue that retains no longer than the
/// queue deletes evidence on arrival.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    let queue = spec.queue.retention_days;
    let dead = spec.queue.dead_letter.retention_days;
    if dead > queue {
        return Vec::new();
    }
    let message = format!(
        "dead letters are retained {}, counted from when the queue first received them, but the queue retains them {}: a late one expires on arrival",
        days(dead),
        days(queue)
    );
    let help = if queue < LONGEST {
        format!("write `dead_letter: {{retention_days: {LONGEST}}}`")
    } else {
        format!("write `retention_days: 4` for the queue, and `{LONGEST}` for its dead letters")
    };
    let diagnostic = Diagnostic::error(codes::QUEUE_DEAD_LETTERS_EXPIRE_FIRST, message).help(help);
    let fields =
        [("/queue/dead_letter/retention_days", ""), ("/queue/retention_days", "the queue's retention")];
    vec![at_fields(diagnostic, tree, &fields)]
}
