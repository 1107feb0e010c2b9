use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::observer::{Notice, Observer};
use super::session::Session;
use crate::apply::Event;
use crate::diagnostic::{Diagnostic, Exit, Failure, codes};

/// Between two drawings while nothing happens: the times go on.
const FRAME: Duration = Duration::from_millis(500);

/// Follows an operation to its end. It ends when the operation does, or at Ctrl-C; whether anybody reads what is
/// reported changes nothing.
///
/// # Errors
/// The operation's own failure, which is also its last event; or that it is no longer followed (exit 130).
pub(super) async fn follow<T>(
    session: &Session,
    stack: &str,
    changing: &BTreeMap<String, BTreeSet<String>>,
    observer: &mut dyn Observer,
    operation: impl AsyncFnOnce(&mut dyn FnMut(Event)) -> Result<T, Failure>,
) -> Result<T, Failure> {
    observer.notice(Notice::Operation(changing));
    let observer = RefCell::new(observer);
    let mut tell = |event: Event| observer.borrow_mut().notice(Notice::Event(&event));
    let ended = {
        let running = operation(&mut tell);
        tokio::pin!(running);
        loop {
            observer.borrow_mut().tick();
            tokio::select! {
                ended = &mut running => break ended,
                _ = tokio::signal::ctrl_c() => break Err(interrupted(session, stack)),
                () = tokio::time::sleep(FRAME) => {}
            }
        }
    };
    let observer = observer.into_inner();
    if let Err(failure) = &ended
        && let Some(first) = failure.diagnostics.first()
    {
        let (message, help) = (first.message.clone(), first.help.clone());
        observer.notice(Notice::Event(&Event::Failed { code: first.code.name, message, help }));
    }
    observer.notice(Notice::OperationEnds);
    ended
}

/// The same for what lies between operations of one run, where nothing is asked: Ctrl-C would be lost there.
///
/// # Errors
/// What the work says; or that it was left (exit 130).
pub(super) async fn unless_stopped<T>(
    session: &Session,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    tokio::select! {
        // An operation that is followed hears it, too, and has the better words.
        biased;
        done = work => done,
        _ = tokio::signal::ctrl_c() => Err(interrupted(session, &session.names.stack)),
    }
}

fn interrupted(session: &Session, stack: &str) -> Failure {
    let status = session.command("status", "");
    let diagnostic = Diagnostic::error(
        codes::STACK_STILL_RUNNING,
        format!("stopped following stack `{stack}`; the operation goes on at the server"),
    )
    .help(format!("see how it ends with `{status}`, or run the same command again"));
    Failure::new(Exit::Interrupted, diagnostic)
}
