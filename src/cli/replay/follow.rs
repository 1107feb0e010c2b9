//! Follows a replay to its end, then its events until the queue is empty, and reports what the processor did meanwhile.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::cli::{Outcome, Stop};
use crate::deploy::Session;
use crate::diagnostic::{Diagnostic, Exit, Failure, codes};
use crate::operate::{Depth, Handled, QueueApi as _, Replay, ReplayApi as _, handled};
use crate::report::{Activity, Console, Format, ReplayResult, Replaying, printable, replay_result};
use crate::spec::{Permanent, Spec};
use crate::stack::{CallError, CallErrorKind};

/// Polls that must find the queue empty: SQS's count is a moment late.
const EMPTY_LOOKS: usize = 3;
/// Polls of the log until two are equal: its lines are a moment late.
const LOOKS: usize = 6;

/// A finished replay.
pub(super) struct Followed {
    replaying: Replaying,
}

/// `timeout`: for the queue to become empty after the replay.
pub(super) async fn follow(
    session: &Session,
    spec: &Spec,
    mut replaying: Replaying,
    timeout: Duration,
    console: &mut Console,
) -> Result<Followed, Stop> {
    let here = Timestamp::now().as_millisecond();
    let dead_before = moved_by_sqs(session, spec).await?;
    let name = replaying.replay.as_ref().map(|replay| replay.name.clone()).unwrap_or_default();
    let activity = console.activity("replay");
    let replay = until_over(session, &name, &activity).await?;
    console.finish(activity, &format!("{}: {}", printable(&name), replay.state.to_lowercase()));
    // The local cloud has whole seconds only, and the same clock as pipectl.
    let begin = replay.started.filter(|_| !session.is_local()).unwrap_or(here);
    replaying.replay = Some(replay);
    let activity = console.activity("queue");
    let waiting = drained(session, Instant::now() + timeout, &activity).await?;
    activity.clear();
    let mut result = counted(session, begin, waiting).await?;
    let dead = moved_by_sqs(session, spec).await?.zip(dead_before);
    if let (Some(handled), Some((now, before))) = (&mut result.handled, dead) {
        handled.dead_letters = now.saturating_sub(before);
    }
    replaying.result = Some(result);
    Ok(Followed { replaying })
}

/// The current dead letters, if SQS moves them and the processor only returns failures.
async fn moved_by_sqs(session: &Session, spec: &Spec) -> Result<Option<u64>, CallError> {
    if spec.queue.dead_letter.permanent == Permanent::AtOnce {
        return Ok(None);
    }
    match session.clients.depth(&session.names.dead_letter_queue).await {
        Ok(depth) => Ok(Some(depth.visible)),
        Err(error) if error.kind == CallErrorKind::Denied || error.is_passing() => Ok(None),
        Err(error) => Err(error),
    }
}

/// A poll with a temporary failure is repeated.
async fn until_over(session: &Session, name: &str, activity: &Activity) -> Result<Replay, CallError> {
    loop {
        match session.clients.replay(name).await {
            Ok(replay) if replay.is_over() => return Ok(replay),
            Ok(replay) => activity.update(&progress(&replay)),
            Err(error) if error.is_passing() => activity.update("not read this time"),
            Err(error) => return Err(error),
        }
        tokio::time::sleep(session.interval()).await;
    }
}

/// The progress, by the time of the replayed events.
fn progress(replay: &Replay) -> String {
    let state = replay.state.to_lowercase();
    match (replay.percent(), replay.last_replayed) {
        (Some(percent), Some(at)) => {
            let at = Timestamp::from_second(at).unwrap_or_default().strftime("%F %T UTC");
            format!("{state}, {percent} %: events up to {at}")
        }
        _ => state,
    }
}

/// Waits until the queue is empty; returns the number of messages left. `None`: the caller may not read it.
async fn drained(
    session: &Session,
    deadline: Instant,
    activity: &Activity,
) -> Result<Option<u64>, CallError> {
    let (mut empty, mut known) = (0, None);
    loop {
        known = match session.clients.depth(&session.names.queue).await {
            Ok(Depth { visible, in_flight }) => {
                activity.update(&format!("{visible} waiting, {in_flight} in flight"));
                Some(visible + in_flight)
            }
            Err(error) if error.kind == CallErrorKind::Denied => return Ok(None),
            Err(error) if error.is_passing() => known,
            Err(error) => return Err(error),
        };
        empty = if known == Some(0) { empty + 1 } else { 0 };
        if empty == EMPTY_LOOKS || Instant::now() >= deadline {
            return Ok(known);
        }
        tokio::time::sleep(session.interval()).await;
    }
}

/// What the processor did since `begin`, in milliseconds since 1970.
async fn counted(session: &Session, begin: i64, waiting: Option<u64>) -> Result<ReplayResult, CallError> {
    let mut until = Timestamp::now();
    let mut last: Result<Handled, CallError> = Ok(Handled::default());
    for look in 0..LOOKS {
        until = Timestamp::now();
        let group = &session.names.log_group;
        let now = handled(&session.clients, group, (begin, until.as_millisecond())).await;
        let agrees = look > 0 && now == last;
        last = now;
        if agrees || last.is_err() {
            break;
        }
        tokio::time::sleep(session.interval()).await;
    }
    let at = |at: Timestamp| format!("{at:.0}");
    let (handled, unread) = match last {
        Ok(handled) => (Some(handled), None),
        Err(error) if may_be_left_out(error.kind) => (None, Some(error.to_string())),
        Err(error) => return Err(error),
    };
    let since = at(Timestamp::from_millisecond(begin).unwrap_or_default());
    Ok(ReplayResult { since, until: at(until), handled, waiting, unread })
}

/// Whether the counts may be missing because of this error: the replay itself succeeded.
fn may_be_left_out(kind: CallErrorKind) -> bool {
    [CallErrorKind::Denied, CallErrorKind::NotFound, CallErrorKind::Endless].contains(&kind)
}

impl Followed {
    /// How many messages the processor read, and whether the whole span was replayed.
    pub(super) fn for_history(&self) -> (usize, bool) {
        let handled = self.replaying.result.as_ref().and_then(|result| result.handled);
        let read = handled.map_or(0, |handled| usize::try_from(handled.read).unwrap_or(usize::MAX));
        (read, self.state() == "COMPLETED")
    }

    fn state(&self) -> &str {
        self.replaying.replay.as_ref().map_or("", |replay| replay.state.as_str())
    }

    pub(super) fn conclude(&self, session: &Session, console: &mut Console) -> Outcome {
        match console.format {
            Format::Human => console.outcome(&replay_result(&self.replaying)),
            Format::Json => console.outcome(&serde_json::to_string(&self.replaying).unwrap_or_default()),
        }
        let result = self.replaying.result.as_ref();
        if let Some(unread) = result.and_then(|result| result.unread.as_ref()) {
            console.complain(&format!(
                "  not counted   rows, duplicates and dead letters: {}",
                printable(unread)
            ));
        } else if let Some(result) = result {
            let since = &result.since;
            console.note(&format!(
                "\n  everything the processor did since {since}, including events that are not from the replay"
            ));
        }
        let dead = result.and_then(|result| result.handled).is_some_and(|handled| handled.dead_letters > 0);
        if self.state() != "COMPLETED" {
            let reason = self.replaying.replay.as_ref().and_then(|replay| replay.reason.clone());
            let why = reason.map_or_else(String::new, |why| format!(": {}", printable(&why)));
            let message = format!("the replay ended as `{}`{why}", self.state());
            let help = "run the same command again: events that were already sent are duplicates then";
            let diagnostic = Diagnostic::error(codes::REPLAY_FAILED, message).help(help);
            return Err(Stop::Failure(Failure::new(Exit::Failed, diagnostic)));
        }
        let next = if dead { session.command("dlq list", "") } else { session.command("status", "") };
        console.note(&format!("\n  next: {next}"));
        Ok(Exit::Done)
    }
}
