//! Finds what is stored, asks for consent, and erases: first the markers are written, then the messages are removed.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::time::Duration;

use jiff::Timestamp;
use processor::config::Config;
use processor::erasure::Whose;

use super::Arguments;
use super::found::Erased;
use crate::cli::dlq::QueueRun;
use crate::cli::reporter::Reporter;
use crate::cli::{Outcome, Stop, ask};
use crate::deploy::{Acceptance, Ledger, Session, quoted, require};
use crate::diagnostic::Exit;
use crate::operate::{
    DeadLetter, EraseApi as _, ErasedMark, Erasure, Moved, Over, QueueApi as _, Retention, RowKey, Transfer,
    count_rows, erase_rows, mark_partition, move_dead_letters, queued,
};
use crate::report::Console;
use crate::stack::CallErrorKind;

/// Markers per call.
const AT_ONCE: usize = 10;

pub(super) async fn carry_out(
    arguments: &Arguments,
    session: &Session,
    config: &Config,
    erasure: &Erasure<'_>,
    retention: &Retention,
    stops: &Cell<bool>,
    console: &mut Console,
) -> Outcome {
    let mut report = Erased::new(erasure, arguments.dry_run);
    report.rows = count_rows(&session.clients, erasure, || flow_until_stopped(stops)).await?;
    let queues = [&session.names.dead_letter_queue, &session.names.undelivered_queue];
    for (index, queue) in queues.into_iter().enumerate() {
        let run = QueueRun::begin(session, queue, stops, console).await?;
        let (found, hidden) = dead_letters(session, config, erasure, queue, run).await?;
        (report.dead_letters[index], report.hidden[index]) = (found, hidden);
    }
    if stops.get() {
        return Ok(Exit::Done);
    }
    if arguments.dry_run {
        report.waiting = waiting(session, console).await?;
        return report.conclude(session, retention, console);
    }
    agree(arguments, session, &report, console)?;
    let digest = erasure.sha256();
    let mut ledger = Ledger::new(session, "erase", erasure.table, format!("--key sha256:{digest}"));
    ledger.begin().await;
    let end = erase(session, config, erasure, queues, stops, &mut report, console).await;
    let complete = end.is_ok() && report.is_complete() && !stops.get();
    ledger.end(0, report.erased + report.removed(), complete, &mut Reporter::new(console)).await;
    end?;
    report.waiting = waiting(session, console).await?;
    report.conclude(session, retention, console)
}

/// Asks for consent to erase what was found.
fn agree(
    arguments: &Arguments,
    session: &Session,
    found: &Erased,
    console: &mut Console,
) -> Result<(), Stop> {
    let words = found.words();
    if found.rows.rows + found.dead_letters.iter().map(BTreeSet::len).sum::<usize>() > 0 {
        let again = session.command("erase", &format!("--key {} --dry-run", quoted(&arguments.key)));
        let message = format!("{words} of this key would be lost");
        let wanted = Acceptance::data_loss("EventsTable");
        require(&arguments.accept, &wanted, message, format!("see what would be erased with `{again}`"))?;
    }
    if !session.is_local() && !arguments.yes {
        let question = format!("erase {words} from {} in account {}", session.names.stack, session.account);
        ask::word(&arguments.key, &question, "--yes", console)?;
    }
    Ok(())
}

async fn erase(
    session: &Session,
    config: &Config,
    erasure: &Erasure<'_>,
    queues: [&String; 2],
    stops: &Cell<bool>,
    report: &mut Erased,
    console: &mut Console,
) -> Result<(), Stop> {
    mark_partition(&session.clients, erasure).await?;
    let activity = console.counter("rows", report.rows.rows);
    let report_erased = |erased| {
        activity.advance_to(erased);
        flow_until_stopped(stops)
    };
    let (erased, end) = erase_rows(&session.clients, erasure, report_erased).await;
    activity.clear();
    // The history lists them even if the remaining steps fail.
    report.erased = erased;
    end?;
    for (index, queue) in queues.into_iter().enumerate() {
        if stops.get() || report.dead_letters[index].is_empty() {
            continue;
        }
        let mut run = QueueRun::begin(session, queue, stops, console).await?;
        let (moved, end) = remove(session, config, erasure, queue, &mut run).await;
        run.clear();
        report.moved[index] = moved;
        end?;
        // Another reader may have received a message since they were counted.
        report.hidden[index] = report.hidden[index].or_more(run.hidden());
    }
    report.after = count_rows(&session.clients, erasure, || flow_until_stopped(stops)).await?;
    Ok(())
}

fn flow_until_stopped(stops: &Cell<bool>) -> ControlFlow<()> {
    if stops.get() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}

/// The ids of the messages of this key.
async fn dead_letters(
    session: &Session,
    config: &Config,
    erasure: &Erasure<'_>,
    queue: &str,
    mut run: QueueRun<'_>,
) -> Result<(BTreeSet<String>, crate::cli::dlq::Hidden), Stop> {
    let mut found = BTreeSet::new();
    let see = async |dead_letters: Vec<DeadLetter>| -> Result<usize, Stop> {
        let of_key = dead_letters.iter().filter(|dead_letter| key_of(config, erasure, dead_letter).is_some());
        found.extend(of_key.map(|dead_letter| dead_letter.message_id.clone()));
        Ok(usize::MAX)
    };
    run.look_through(session, queue, usize::MAX, see).await?;
    Ok((found, run.hidden()))
}

/// Removes the messages, including those that became dead letters since they were counted. Before that, each message
/// that could have become a row gets a marker.
async fn remove(
    session: &Session,
    config: &Config,
    erasure: &Erasure<'_>,
    queue: &str,
    run: &mut QueueRun<'_>,
) -> (Moved, Result<(), Stop>) {
    let transfer = Transfer { from: queue, to: None, pause: Duration::ZERO, enough: usize::MAX };
    let choose = async |dead_letters: &mut [DeadLetter]| -> Result<Vec<bool>, Stop> {
        let keys: Vec<Option<Whose>> =
            dead_letters.iter().map(|dead_letter| key_of(config, erasure, dead_letter)).collect();
        let rows: BTreeSet<RowKey> =
            keys.iter().flatten().filter_map(|whose| row_key(erasure, whose)).collect();
        let marks: Vec<ErasedMark> = rows.iter().map(|key| erasure.mark(key, Over::NoRow)).collect();
        for some in marks.chunks(AT_ONCE) {
            session.clients.write_marks(erasure.table, some).await.1?;
        }
        Ok(keys.iter().map(Option::is_some).collect())
    };
    move_dead_letters(&session.clients, transfer, choose, run).await
}

/// The owner of a message with the key, if its event or the message itself is older than the erasure. An unknown time
/// counts as older.
fn key_of(config: &Config, erasure: &Erasure<'_>, dead_letter: &DeadLetter) -> Option<Whose> {
    let whose = Whose::of(config, &queued(config, &dead_letter.body))?;
    let sent = dead_letter.sent_at.and_then(|at| Timestamp::from_millisecond(at).ok());
    let is_older = whose.at.into_iter().chain(sent).min().is_none_or(|at| at <= erasure.erased_at);
    (is_older && erasure.has(&whose.partition, whose.sort.as_ref())).then_some(whose)
}

/// The key of the row that it could have become.
fn row_key(erasure: &Erasure<'_>, whose: &Whose) -> Option<RowKey> {
    let has_sort = erasure.mapping.sort_key.is_some();
    let key = RowKey { partition: whose.partition.clone(), sort: whose.sort.clone() };
    (key.sort.is_some() == has_sort).then_some(key)
}

/// Messages in the queue to the processor; `None` if the caller may not count them.
async fn waiting(session: &Session, console: &mut Console) -> Result<Option<u64>, Stop> {
    match session.clients.depth(&session.names.queue).await {
        Ok(depth) => Ok(Some(depth.visible + depth.in_flight)),
        Err(error) if error.kind == CallErrorKind::Denied => {
            console.complain(&format!("  not checked   whether events wait in the queue: {error}"));
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}
