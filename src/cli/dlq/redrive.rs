use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use clap::Args;
use processor::identity::Meeting;
use processor::mapping::Mapping;
use tokio::time::Instant;

use super::Selection;
use super::explain::{Explaining, NOT_CHECKED, STORABLE, body, explain};
use super::explained::Explained;
use super::redriven::Redriven;
use super::run::Run;
use crate::cli::{Outcome, Stop};
use crate::deploy::Session;
use crate::operate::{Expected, KeyNames, Letter, Row, RowKey, Way, look_up, move_letters, read_letters};
use crate::report::Console;
use crate::spec::Spec;
use crate::stack::CallErrorKind;
use crate::validate::processor_config;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) selection: Selection,
    /// At most so many messages a second.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    rate: Option<u32>,
    /// Also those that would die again.
    #[arg(long)]
    force: bool,
    /// Only say what would be sent back.
    #[arg(long)]
    dry_run: bool,
    /// Wait until they are rows.
    #[arg(long)]
    wait: bool,
    /// Seconds to wait at most.
    #[arg(long, default_value_t = 600, requires = "wait", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    timeout: u64,
}

impl Arguments {
    fn chooses(&self, one: &Explained) -> bool {
        self.selection.has(one) && (self.force || one.reason == STORABLE)
    }
}

pub(super) async fn redrive(
    arguments: &Arguments,
    session: &Session,
    spec: &Spec,
    mut run: Run<'_>,
    console: &mut Console,
) -> Outcome {
    let selection = &arguments.selection;
    let queue = selection.queue(session);
    if arguments.dry_run {
        return dry_run(arguments, session, spec, run, console).await;
    }
    let mut expected: BTreeMap<String, Expected> = BTreeMap::new();
    let mut unread = 0;
    let way = Way {
        from: queue,
        to: Some(&session.names.queue),
        pause: arguments.rate.map_or(Duration::ZERO, |rate| Duration::from_secs(1) / rate),
        most: selection.most(),
        enough: usize::MAX,
    };
    let config = processor_config(spec);
    let choose = async |letters: &mut [Letter]| -> Result<Vec<bool>, Stop> {
        let mut found = explain(session, spec, letters).await?;
        let mut goes = BTreeSet::new();
        for (id, one) in &mut found {
            if arguments.chooses(one) {
                goes.insert(id.clone());
                expected.extend(one.row.take().map(|row| (id.clone(), row)));
            } else {
                unread += usize::from(one.reason == NOT_CHECKED);
            }
        }
        for letter in letters.iter_mut() {
            letter.body = body(&config, &letter.body);
            if selection.undelivered {
                // EventBridge's own notes on the event that it could not deliver.
                letter.attributes.clear();
            }
        }
        Ok(letters.iter().map(|letter| goes.contains(letter.origin())).collect())
    };
    let (moved, end) = move_letters(&session.clients, way, choose, &mut run).await;
    run.clear();
    expected.retain(|id, _| moved.gone.contains(id));
    let waits = arguments.wait && end.is_ok() && !expected.is_empty() && !run.is_stopped();
    let expected: Vec<Expected> = expected.into_values().collect();
    let rows = if waits { wait(arguments, session, &config.event, &expected, console).await? } else { 0 };
    let redriven = Redriven {
        rows,
        unread,
        missing: if waits { expected.len() - rows } else { 0 },
        waited_seconds: arguments.timeout,
        hidden: run.hidden(),
        moved,
        dry_run: false,
    };
    redriven.conclude(session, selection, end, console)
}

async fn dry_run(
    arguments: &Arguments,
    session: &Session,
    spec: &Spec,
    mut run: Run<'_>,
    console: &mut Console,
) -> Outcome {
    let selection = &arguments.selection;
    let mut explaining = Explaining::new(spec, false);
    let queue = selection.queue(session);
    let read = read_letters(&session.clients, queue, selection.most(), &mut run, |letter| {
        explaining.see(&letter);
    });
    let read = read.await;
    run.clear();
    read?;
    let mut redriven = Redriven { dry_run: true, hidden: run.hidden(), ..Redriven::default() };
    for one in explaining.done(session).await? {
        if arguments.chooses(&one) {
            redriven.moved.gone.insert(one.message_id);
        } else {
            redriven.unread += usize::from(one.reason == NOT_CHECKED);
            redriven.moved.kept.insert(one.message_id);
        }
    }
    redriven.conclude(session, selection, Ok(()), console)
}

/// How many of the messages are rows at the end. A row of another content under the same key is not theirs.
async fn wait(
    arguments: &Arguments,
    session: &Session,
    mapping: &Mapping,
    expected: &[Expected],
    console: &mut Console,
) -> Result<usize, Stop> {
    let names = KeyNames::of(mapping);
    let deadline = Instant::now() + Duration::from_secs(arguments.timeout);
    let activity = console.counter("rows", expected.len());
    let mut found = 0;
    loop {
        let keys = expected.iter().map(|row| row.key.clone());
        match look_up(&session.clients, &session.names.table, names, keys, 1).await {
            Ok(look) => {
                let rows: BTreeMap<&RowKey, &Row> = look.rows.iter().map(|row| (&row.key, row)).collect();
                let is_row = |expected: &&Expected| {
                    let meeting = rows.get(&expected.key).map(|row| expected.meets(row));
                    matches!(meeting, Some(Meeting::Same | Meeting::Superseded))
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
