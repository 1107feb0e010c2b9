//! The events to send: generated ones, or those of a file, for the bus or as the queue receives them.

use std::time::Duration;

use camino::Utf8Path;
use clap::ValueEnum;
use jiff::Timestamp;
use processor::config::{Config, Input};

use super::invented::Role;
use super::{Stop, forecast};
use crate::deploy::Session;
use crate::diagnostic::{Failure, codes};
use crate::input::{self, Origin};
use crate::operate::{
    self, Added, BusEvent, Inventor, QueueEvent, Sent, given_events, is_envelope_with_id, read_event,
};
use crate::report::{Console, printable};
use crate::spec::Spec;

/// Bytes of a file of events.
const LARGEST: u64 = 64 * 1024 * 1024;

/// Events of one run, also of `--count`.
pub(super) const MOST: usize = 1_000_000;

/// Where events are put.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum To {
    /// The event bus, as their sender does.
    #[default]
    Bus,
    /// The queue, as the rule does: with the id and the time that the file gives.
    Queue,
}

impl To {
    pub(super) fn noun(self) -> &'static str {
        match self {
            Self::Bus => "bus",
            Self::Queue => "queue",
        }
    }
}

/// The events, one entry for each time that an event is sent.
pub(super) struct Outgoing {
    /// The events as the bus accepts them.
    pub(super) events: Vec<BusEvent>,
    /// The expected result of each.
    pub(super) roles: Vec<Role>,
    /// The texts of a file's events.
    texts: Vec<String>,
}

impl Outgoing {
    /// From generated events and their expected results.
    pub(super) fn invented((events, roles): (Vec<BusEvent>, Vec<Role>)) -> Self {
        Self { events, roles, texts: Vec::new() }
    }

    /// The events of `file`, each `count` times.
    pub(super) fn read(file: &Utf8Path, count: u64, spec: &Spec) -> Result<Self, Stop> {
        let invalid = |reason: String| invalid(file, &reason);
        let text =
            input::text(file, Origin::Named, LARGEST).map_err(|refusal| invalid(refusal.to_string()))?;
        Self::of_text(&text, count, spec).map_err(invalid)
    }

    /// The events of a text, each `count` times.
    ///
    /// # Errors
    /// Which of them is not an event, and why.
    pub(super) fn of_text(text: &str, count: u64, spec: &Spec) -> Result<Self, String> {
        let given = given_events(text)?;
        let likeness = Inventor::likeness(spec);
        let mut read = Vec::with_capacity(given.len());
        for (index, event) in given.iter().enumerate() {
            let named = |reason: String| {
                if given.len() == 1 { reason } else { format!("event {}: {reason}", index + 1) }
            };
            read.push(read_event(event, &likeness).map_err(named)?);
        }
        let length = usize::try_from(count).unwrap_or(usize::MAX).saturating_mul(given.len());
        if length > MOST {
            return Err(format!("this would send {length} events, and one run sends {MOST} at most"));
        }
        let events = read.into_iter().cycle().take(length).collect();
        Ok(Self { events, roles: vec![Role::Good; length], texts: given })
    }

    /// How many events are sent a second time.
    pub(super) fn sent_twice(&self) -> Option<usize> {
        let again = self.roles.iter().filter(|role| matches!(role, Role::Again(_))).count();
        (again > 0).then_some(again)
    }

    /// Whether the file sets an event id, which a bus ignores.
    pub(super) fn has_ids(&self) -> bool {
        self.texts.iter().any(|text| is_envelope_with_id(text))
    }

    /// The same events as the queue receives them.
    pub(super) fn for_queue(&self, session: &Session, spec: &Spec, config: &Config) -> Vec<QueueEvent> {
        let now = Timestamp::now();
        let added = Added { account: &session.account, region: session.region(), now };
        let likeness = Inventor::likeness(spec);
        let fair_by = spec.queue.fair_by.as_deref();
        let texts = self.texts.iter().map(Some).cycle();
        let texts: Box<dyn Iterator<Item = Option<&String>>> =
            if self.texts.is_empty() { Box::new(std::iter::repeat(None)) } else { Box::new(texts) };
        let all = (0..).zip(self.events.iter().zip(texts)).zip(&self.roles);
        all.map(|((number, (event, text)), role)| {
            // A duplicate has the id of the first event.
            let number = if let Role::Again(first) = role { *first as u64 } else { number };
            let read = text.and_then(|text| QueueEvent::read(text, &likeness, added, number).ok());
            let whole = read.unwrap_or_else(|| QueueEvent::of(event, added, number)).grouped(fair_by);
            match config.input {
                Input::Envelope => whole,
                Input::Detail => QueueEvent { body: event.detail.clone(), ..whole },
            }
        })
        .collect()
    }
}

/// Sends the events to the bus or the queue. Returns the results, and the message body of each accepted event.
pub(super) async fn put(
    to: To,
    session: &Session,
    spec: &Spec,
    config: &Config,
    outgoing: &Outgoing,
    pause: Duration,
    console: &mut Console,
) -> Result<(Vec<Sent>, Vec<String>), Stop> {
    let count = outgoing.events.len();
    let target = if to == To::Bus { &session.names.bus } else { &session.names.queue };
    if to == To::Bus {
        session.require_bus().await?;
        if spec.bus.existing_name() == Some(session.names.bus.as_str()) {
            let bus = printable(&session.names.bus);
            console.note(&format!(
                "  {:<14}other rules on the bus `{bus}` receive these events as well",
                "shared"
            ));
        }
    }
    let activity = console.counter("sent", count);
    let report = &mut |progress: operate::SendProgress| activity.advance_to(progress.sent);
    let (sent, bodies) = match to {
        To::Bus => {
            let sent = operate::send(&session.clients, target, &outgoing.events, pause, report).await?;
            let bodies = outgoing.events.iter().zip(&sent).map(|(event, sent)| match sent {
                Sent::Taken { event_id } => forecast::delivered(config, event, event_id),
                Sent::Rejected { .. } => String::new(),
            });
            let bodies = bodies.collect();
            (sent, bodies)
        }
        To::Queue => {
            let events = outgoing.for_queue(session, spec, config);
            let sent = operate::enqueue(&session.clients, target, &events, pause, report).await?;
            (sent, events.into_iter().map(|event| event.body).collect())
        }
    };
    console.finish(activity, &format!("{count} events to {target}"));
    if to == To::Bus && outgoing.has_ids() {
        let with_ids = session.command("send", "--event FILE --to queue");
        console.note(&format!("  the bus gives each event a new id; `{with_ids}` keeps the id in the file"));
    }
    Ok((sent, bodies))
}

fn invalid(file: &Utf8Path, reason: &str) -> Stop {
    Stop::Failure(Failure::failed(
        codes::SEND_INVALID_EVENT,
        format!("`{file}` cannot be sent: {reason}"),
        "write JSON: whole events with `source`, `detail-type` and `detail`, or only details; one, one per line, or a list",
    ))
}
