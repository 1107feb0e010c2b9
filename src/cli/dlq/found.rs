//! Finding one message of a queue.

use std::cell::Cell;

use super::run::QueueRun;
use super::{MARGIN, PATIENCE, in_hand, stopped};
use crate::cli::Stop;
use crate::deploy::Session;
use crate::diagnostic::{Diagnostic, Failure, codes};
use crate::interrupt::{Requests, asked, in_order};
use crate::operate::DeadLetter;
use crate::report::Console;

/// The result of a search in a queue.
pub(in crate::cli) struct Looked {
    pub(in crate::cli) dead_letter: Option<DeadLetter>,
    /// Why not all messages could be searched.
    pub(in crate::cli) hidden: Option<String>,
}

/// The first message that matches.
pub(super) async fn first(
    session: &Session,
    queue: &str,
    run: &mut QueueRun<'_>,
    is_it: impl Fn(&DeadLetter) -> bool,
) -> Result<Option<DeadLetter>, Stop> {
    let mut found = None;
    let see = async |dead_letters: Vec<DeadLetter>| -> Result<usize, Stop> {
        found = dead_letters.into_iter().find(&is_it);
        Ok(if found.is_some() { 0 } else { usize::MAX })
    };
    run.look_through(session, queue, usize::MAX, see).await?;
    Ok(found)
}

/// Searches a queue for a message, for another command. It hides the queue's messages from others for a moment.
pub(in crate::cli) async fn look_for(
    session: &Session,
    queue: &str,
    is_it: impl Fn(&DeadLetter) -> bool,
    console: &mut Console,
) -> Result<Looked, Stop> {
    let stops = Cell::new(false);
    let _end = in_order(PATIENCE + MARGIN);
    let mut requests = Requests::new();
    let look = async {
        let mut run = QueueRun::begin(session, queue, &stops, console).await?;
        let dead_letter = first(session, queue, &mut run, is_it).await?;
        let hidden = run.hidden();
        let hidden = Some(hidden.words()).filter(|_| hidden.count > 0);
        Ok(Looked { dead_letter, hidden })
    };
    let looked = tokio::select! {
        looked = look => looked,
        signal = stopped(&stops, &mut requests) => return Err(stop(signal.exit())),
    };
    match asked().filter(|_| stops.get()) {
        Some(signal) => Err(stop(signal.exit())),
        None => looked,
    }
}

fn stop(exit: crate::diagnostic::Exit) -> Stop {
    let diagnostic = Diagnostic::error(codes::DLQ_STOPPED, in_hand(None)).help("run the same command again");
    Stop::Failure(Failure::new(exit, diagnostic))
}
