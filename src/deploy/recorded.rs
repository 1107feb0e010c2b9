//! Records what a command does to the stack: the command opens the record, the gate begins it when the first operation
//! passes, and the outcome closes it.

use super::evidence::{Entry, EvidenceOutcome};
use super::observer::Observer;
use super::session::Session;
use crate::diagnostic::{Exit, Failure};

/// Runs the work of a command, and records what it does to the stack, if anything. `result`: its outcome, in a word.
///
/// # Errors
/// Those of the work.
pub(super) async fn recorded<T>(
    session: &Session,
    (operation, chosen): (&str, &str),
    observer: &mut dyn Observer,
    result: impl FnOnce(&T) -> String,
    work: impl AsyncFnOnce(&mut dyn Observer) -> Result<T, Failure>,
) -> Result<T, Failure> {
    // A command within another one is a part of it.
    if session.recording.is_open() {
        return work(observer).await;
    }
    session.recording.put(Entry::new(session, operation, chosen));
    let ended = work(observer).await;
    let Some(mut entry) = session.recording.take() else { return ended };
    if ended.as_ref().is_err_and(continues_in_aws) {
        entry.report(observer);
        return ended;
    }
    let former = entry.evidence.outcome.take().unwrap_or_default();
    let outcome = match &ended {
        Ok(done) => EvidenceOutcome { result: result(done), ..former },
        Err(failure) => EvidenceOutcome { changes: former.changes, ..EvidenceOutcome::failed(failure) },
    };
    entry.evidence.complete = ended.is_ok();
    entry.evidence.outcome = Some(outcome);
    entry.end(session, observer).await;
    ended
}

/// Whether the operation continues at AWS, so that its outcome is unknown here.
fn continues_in_aws(failure: &Failure) -> bool {
    matches!(failure.exit, Exit::Busy | Exit::Interrupted | Exit::Terminated | Exit::HungUp)
}

/// An operation passed the gate and is executed now: at the first one, records that it begins. If the record cannot be
/// written, the operation continues, and that is reported at its end.
pub(super) async fn begin_record(session: &Session) {
    let Some(mut entry) = session.recording.take() else { return };
    entry.begin(session).await;
    session.recording.put(entry);
}
