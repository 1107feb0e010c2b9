//! Redriving messages, unchanged or changed: what `redrive` and `edit` have in common.

use std::collections::BTreeMap;
use std::time::Duration;

use clap::Args;
use processor::identity::Meeting;
use processor::mapping::Mapping;
use tokio::time::Instant;

use super::chooser::{Change, Chooser};
use super::explain::Explainer;
use super::redriven::Redriven;
use super::run::QueueRun;
use super::selection::Selection;
use crate::cli::reporter::Reporter;
use crate::cli::{Outcome, Stop};
use crate::deploy::{Ledger, Session};
use crate::operate::{DeadLetter, Expected, KeyNames, RowKey, RowMark, Transfer, look_up, move_dead_letters};
use crate::report::Console;
use crate::stack::CallErrorKind;

/// How they are sent.
#[derive(Debug, Default, Args)]
pub(super) struct How {
    /// The most messages a second.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    rate: Option<u32>,
    /// Also send messages that would be rejected again.
    #[arg(long)]
    pub(super) force: bool,
    /// Only show what would be redriven.
    #[arg(long)]
    dry_run: bool,
    /// Wait until the messages are rows.
    #[arg(long)]
    wait: bool,
    /// The most seconds to wait.
    #[arg(long, default_value_t = 600, requires = "wait", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    timeout: u64,
}

/// The messages to redrive.
pub(super) struct Sending<'a> {
    /// `redrive` or `edit`.
    pub(super) verb: &'static str,
    pub(super) selection: &'a Selection,
    pub(super) how: &'a How,
    pub(super) change: Option<Change<'a>>,
    /// The flags that selected and changed the messages, to type again.
    pub(super) flags: String,
    /// The same for the history.
    pub(super) recorded: String,
}

impl Sending<'_> {
    pub(super) async fn carry_out(
        self,
        explainer: &Explainer<'_>,
        run: QueueRun<'_>,
        console: &mut Console,
    ) -> Outcome {
        let selection = self.selection;
        let (redriven, end) = self.done(explainer, run, console).await?;
        redriven.conclude(explainer.session, selection, end, console)
    }

    /// Redrives the messages; returns the results, and why it ended early.
    pub(super) async fn done(
        self,
        explainer: &Explainer<'_>,
        mut run: QueueRun<'_>,
        console: &mut Console,
    ) -> Result<(Redriven, Result<(), Stop>), Stop> {
        let Self { verb, selection, how, change, flags, recorded } = self;
        let session = explainer.session;
        let mut chooser = Chooser::new(explainer, selection, how.force, change);
        let queue = selection.queue.name(session);
        let mut redriven = Redriven { verb, flags, ..Redriven::default() };
        if how.dry_run {
            redriven.dry_run = true;
            let read = dry_run(&mut chooser, session, &mut run, &mut redriven).await;
            read?;
            chooser.stays.over_limit = chooser.going.len() - redriven.moved.ids.len();
            (redriven.hidden, redriven.stays) = (run.hidden(), chooser.stays);
            return Ok((redriven, Ok(())));
        }
        let mut ledger = Ledger::new(session, verb, queue, recorded);
        let transfer = Transfer {
            from: queue,
            to: Some(&session.names.queue),
            pause: how.rate.map_or(Duration::ZERO, |rate| Duration::from_secs(1) / rate),
            enough: selection.most(),
        };
        let choose = async |dead_letters: &mut [DeadLetter]| -> Result<Vec<bool>, Stop> {
            let is_chosen = chooser.choose(dead_letters).await?;
            if is_chosen.contains(&true) {
                ledger.begin().await;
            }
            Ok(is_chosen)
        };
        let (moved, end) = move_dead_letters(&session.clients, transfer, choose, &mut run).await;
        run.clear();
        let is_complete = end.is_ok() && moved.left == 0 && moved.twice == 0 && !run.is_stopped();
        ledger.end(moved.count.sent, moved.count.deleted, is_complete, &mut Reporter::new(console)).await;
        let mut expected: BTreeMap<String, Expected> = chooser.expected;
        expected.retain(|id, _| moved.ids.contains(id));
        let expected: Vec<Expected> = expected.into_values().collect();
        if how.wait && end.is_ok() && !run.is_stopped() {
            // Sent with `--force`, so their rows are unknown.
            redriven.unfollowed = moved.ids.len() - expected.len();
            redriven.rows = wait(how, session, &explainer.config.event, &expected, console).await?;
            redriven.missing = expected.len() - redriven.rows;
        }
        chooser.stays.over_limit = moved.not_chosen.intersection(&chooser.going).count();
        redriven.waited_seconds = how.timeout;
        (redriven.hidden, redriven.stays, redriven.moved) = (run.hidden(), chooser.stays, moved);
        Ok((redriven, end))
    }
}

/// Finds out what would be redriven.
async fn dry_run(
    chooser: &mut Chooser<'_>,
    session: &Session,
    run: &mut QueueRun<'_>,
    redriven: &mut Redriven,
) -> Result<(), Stop> {
    let selection = chooser.selection;
    let (queue, most) = (selection.queue.name(session), selection.most());
    let ids = &mut redriven.moved.ids;
    let see = async |mut dead_letters: Vec<DeadLetter>| -> Result<usize, Stop> {
        let is_chosen = chooser.choose(&mut dead_letters).await?;
        for (dead_letter, _) in dead_letters.iter().zip(is_chosen).filter(|(_, is_chosen)| *is_chosen) {
            if ids.len() < most {
                ids.insert(dead_letter.origin().to_owned());
            }
        }
        Ok(if ids.len() < most { usize::MAX } else { 0 })
    };
    run.look_through(session, queue, usize::MAX, see).await
}

/// How many of the messages are rows at the end. A row under the same key with other content is not counted.
async fn wait(
    how: &How,
    session: &Session,
    mapping: &Mapping,
    expected: &[Expected],
    console: &mut Console,
) -> Result<usize, Stop> {
    if expected.is_empty() {
        return Ok(0);
    }
    let names = KeyNames::of(mapping);
    let deadline = Instant::now() + Duration::from_secs(how.timeout);
    let activity = console.counter("rows", expected.len());
    let mut found = 0;
    loop {
        let keys = expected.iter().map(|row| row.key.clone());
        match look_up(&session.clients, &session.names.table, names, keys, 1).await {
            Ok(look) => {
                let rows: BTreeMap<&RowKey, &RowMark> = look.rows.iter().map(|row| (&row.key, row)).collect();
                let is_row = |expected: &&Expected| {
                    let meeting = rows.get(&expected.key).map(|row| expected.meets(row));
                    matches!(meeting, Some(Meeting::Same | Meeting::Superseded | Meeting::Erased))
                };
                found = found.max(expected.iter().filter(is_row).count());
            }
            Err(error) if error.kind == CallErrorKind::Throttled || error.is_passing() => {}
            Err(error) => return Err(error.into()),
        }
        activity.advance_to(found);
        if found >= expected.len() || Instant::now() >= deadline {
            activity.clear();
            return Ok(found);
        }
        tokio::time::sleep(session.interval()).await;
    }
}
