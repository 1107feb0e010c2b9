//! Follows a running operation until its end, and draws the time that passes.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::observer::{Notice, Observer};
use super::session::Session;
use crate::apply::DeployEvent;
use crate::diagnostic::{Diagnostic, Failure, codes};
use crate::interrupt::{Requests, Signal, in_order};

/// The time between two redraws while nothing happens: the elapsed time changes.
const FRAME: Duration = Duration::from_millis(500);
/// For the clean-up when following ends: one or two calls.
const PATIENCE: Duration = Duration::from_secs(10);

/// Follows an operation until it ends, or until pipectl is asked to end. It continues if nobody reads the reports.
///
/// # Errors
/// The operation's own failure, which is also its last event; or that following was interrupted (exit 130, 143 or 129).
pub(super) async fn follow<T>(
    session: &Session,
    stack: &str,
    changing: &BTreeMap<String, BTreeSet<String>>,
    observer: &mut dyn Observer,
    operation: impl AsyncFnOnce(&mut dyn FnMut(DeployEvent)) -> Result<T, Failure>,
) -> Result<T, Failure> {
    observer.notice(Notice::Operation(changing));
    let observer = RefCell::new(observer);
    let mut report = |event: DeployEvent| observer.borrow_mut().notice(Notice::Event(&event));
    let _end = in_order(PATIENCE);
    let mut requests = Requests::new();
    let ended = {
        let running = operation(&mut report);
        tokio::pin!(running);
        loop {
            observer.borrow_mut().tick();
            tokio::select! {
                ended = &mut running => break ended,
                request = requests.next() => break Err(interrupted(session, stack, request.signal)),
                () = tokio::time::sleep(FRAME) => {}
            }
        }
    };
    let observer = observer.into_inner();
    if let Err(failure) = &ended
        && let Some(first) = failure.diagnostics.first()
    {
        let (message, help) = (first.message.clone(), first.help.clone());
        observer.notice(Notice::Event(&DeployEvent::Failed { code: first.code.name, message, help }));
    }
    observer.notice(Notice::OperationEnds);
    ended
}

/// The same for work between the operations of one run, during which no question is asked: a signal would be lost
/// there.
///
/// # Errors
/// Those of the work; or that it was interrupted (exit 130, 143 or 129).
pub(super) async fn unless_stopped<T>(
    session: &Session,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let _end = in_order(PATIENCE);
    let mut requests = Requests::new();
    tokio::select! {
        // An operation that is followed handles it, too, and has a better message.
        biased;
        done = work => done,
        request = requests.next() => Err(interrupted(session, &session.names.stack, request.signal)),
    }
}

fn interrupted(session: &Session, stack: &str, signal: Signal) -> Failure {
    let status = session.command("status", "");
    let diagnostic = Diagnostic::error(
        codes::STACK_STILL_RUNNING,
        format!("stopped following stack `{stack}`; the operation continues in AWS"),
    )
    .help(format!("see how it ends with `{status}`, or run the same command again"));
    Failure::new(signal.exit(), diagnostic)
}
