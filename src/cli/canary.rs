//! The canary of `verify`: an event that is generated, sent and followed, and whose row is then deleted.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::time::Duration;

use jiff::Timestamp;
use processor::canary::{Canary, FIELD, Mark, Secret};
use processor::config::Config;
use processor::decide::Message;
use processor::json::Json;
use processor::row::KeyValue;
use serde_json::Value;
use tokio::time::Instant;

use super::invented::Judge;
use super::{Stop, ask, forecast};
use crate::deploy::Session;
use crate::operate::{
    self, BusEvent, CanaryApi as _, CanaryFate, Inventor, KeyNames, Perch, RuleSample, Sent, StoredRow,
    canary_fate, canary_row, key_of, waypoints,
};
use crate::report::{CanaryLine, Console, HopTime, printable};
use crate::spec::{Spec, Stream};
use crate::verify::Hop;

/// What a canary needs to know of its pipeline.
pub(super) struct CanaryRun<'a> {
    pub(super) session: &'a Session,
    /// The deployed spec.
    pub(super) spec: &'a Spec,
    pub(super) config: &'a Config,
    /// The signing secret, or why there is none.
    pub(super) secret: Result<Secret, String>,
    /// The samples that it may be made from.
    pub(super) samples: &'a [RuleSample],
    pub(super) timeout: Duration,
    /// Whether the user accepted that it is production.
    pub(super) yes: bool,
}

/// A canary that can be sent.
struct Ready {
    event: BusEvent,
    mark: Mark,
    key: KeyValue,
}

impl CanaryRun<'_> {
    /// Sends a canary and reports its result.
    pub(super) async fn canary(&self, console: &mut Console) -> Result<CanaryLine, Stop> {
        let ready = match self.ready() {
            Ok(ready) => ready,
            Err(why) => return Ok(CanaryLine { why: Some(why), ..CanaryLine::default() }),
        };
        self.announce(console)?;
        let session = self.session;
        let begun = Instant::now();
        let bus = &session.names.bus;
        let events = std::slice::from_ref(&ready.event);
        let sent = operate::send(&session.clients, bus, events, Duration::ZERO, &mut |_| {}).await?;
        let line = CanaryLine { sent: true, ..CanaryLine::default() };
        let event_id = match sent.into_iter().next() {
            Some(Sent::Taken { event_id }) => event_id,
            refused => {
                let why = match refused {
                    Some(Sent::Rejected { reason }) => reason,
                    _ => "the bus did not answer".to_owned(),
                };
                return Ok(CanaryLine { hop: Some(Hop::Bus), why: Some(why), ..line });
            }
        };
        let line = CanaryLine { event_id: Some(event_id), ..line };
        let id = ready.mark.id();
        let perch = self.perch(&ready.key, &id);
        let interval = Duration::from_millis(if session.is_local() { 100 } else { 1_000 });
        let activity = console.counter("canary", 1);
        let row = canary_row(&session.clients, perch, interval, begun + self.timeout).await;
        activity.clear();
        match row? {
            Some(row) => self.landed(&ready, &row, begun, line).await,
            None => self.lost(&ready, perch, line).await,
        }
    }

    fn perch<'a>(&'a self, key: &'a KeyValue, id: &'a str) -> Perch<'a> {
        let names = &self.session.names;
        Perch {
            table: &names.table,
            names: KeyNames::of(&self.config.event),
            key,
            id,
            log_group: &names.log_group,
            queue: &names.queue,
            dead_letters: &names.dead_letter_queue,
            undelivered: &names.undelivered_queue,
        }
    }

    /// Generates an event that the deployed patterns match and the deployed processor stores. The error says why there
    /// is none.
    fn ready(&self) -> Result<Ready, String> {
        let secret = self.secret.as_ref().map_err(Clone::clone)?;
        let now = Timestamp::now();
        let mark = Mark { nonce: nonce(), sent_at: now.as_millisecond() };
        let judge = Judge::of(self.spec, self.config);
        let marked = |event: &BusEvent| -> Result<Ready, String> {
            let mut detail: Value = serde_json::from_str(&event.detail).unwrap_or_default();
            let fields = detail.as_object_mut().ok_or("its detail is not an object")?;
            fields.insert(FIELD.to_owned(), mark.signed(secret).into());
            let event = BusEvent { detail: detail.to_string(), ..event.clone() };
            judge.refusal(&event)?;
            let body = forecast::delivered(self.config, &event, "0");
            let canary = Canary::of(self.config, secret, &body).ok_or("its mark cannot be read")?;
            let message = Message { body: "", message_id: None, receive_count: 1 };
            let row = canary.row(self.config, message, now).map_err(|dropped| format!("{dropped:?}"))?;
            Ok(Ready { event, mark, key: row.partition_key })
        };
        let accepts = |event: &BusEvent| marked(event).map(drop);
        let run = (mark.nonce as u64, now);
        let mapping = self.config.event.clone();
        let inventor = Inventor::new(self.spec, mapping, run, self.samples.to_vec(), &accepts)
            .map_err(|why| format!("no event that becomes a row could be generated: {why}"))?;
        marked(&inventor.event(0))
    }

    /// Announces who else receives the canary, and asks for consent in production.
    fn announce(&self, console: &mut Console) -> Result<(), Stop> {
        let session = self.session;
        let shared = self.spec.bus.existing_name().is_some();
        let mut seers = vec!["the archive"];
        seers.extend(shared.then_some("other rules on the shared bus"));
        seers.extend((self.spec.table.stream != Stream::None).then_some("readers of the table's stream"));
        seers.push("AWS's own metrics");
        let bus = printable(&session.names.bus);
        console.note(&format!(
            "  {:<14}a generated event on the bus `{bus}`; also seen by {}",
            "canary",
            seers.join(", ")
        ));
        if self.spec.deploy.production && !session.is_local() && !self.yes {
            let question = format!("{} is production: send a canary event through it?", session.names.stack);
            ask::yes(&question, "--yes", console)?;
        }
        Ok(())
    }

    /// The row exists: the duration of each hop. The row is deleted.
    async fn landed(
        &self,
        ready: &Ready,
        row: &StoredRow,
        begun: Instant,
        line: CanaryLine,
    ) -> Result<CanaryLine, Stop> {
        let id = ready.mark.id();
        let perch = self.perch(&ready.key, &id);
        let total = i64::try_from(begun.elapsed().as_millis()).unwrap_or(i64::MAX);
        let seen = ready.mark.sent_at.saturating_add(total);
        let [queued, processed] = waypoints(&self.config.event, row);
        let points = [
            ("bus", Some(ready.mark.sent_at)),
            ("queue", queued),
            ("processor", processed),
            ("table", Some(seen)),
        ];
        let known: Vec<(&'static str, i64)> =
            points.into_iter().filter_map(|(name, at)| Some((name, at?))).collect();
        // The machines' clocks differ by some milliseconds.
        let hops = known.windows(2).map(|pair| HopTime {
            from: pair[0].0,
            to: pair[1].0,
            milliseconds: (pair[1].1 - pair[0].1).max(0),
        });
        let key = key_of(row, perch);
        let deleted = self.session.clients.delete_row(perch.table, perch.names, &key).await;
        let why = deleted.err().map(|error| error.to_string());
        Ok(CanaryLine {
            stored: true,
            rejected_by_code: row.get(FIELD).and_then(Json::as_text).map(str::to_owned),
            deleted: why.is_none(),
            why,
            hops: hops.collect(),
            milliseconds: Some(total),
            ..line
        })
    }

    /// The row did not appear in time: reports the hop that saw the event last.
    async fn lost(&self, ready: &Ready, perch: Perch<'_>, line: CanaryLine) -> Result<CanaryLine, Stop> {
        let from = ready.mark.sent_at - 60_000;
        let seconds = self.timeout.as_secs();
        let (hop, why) = match canary_fate(&self.session.clients, perch, from).await {
            CanaryFate::Undelivered(why) => (Hop::Target, format!("EventBridge could not deliver it: {why}")),
            CanaryFate::Died => {
                let why = "the processor did not accept it, and SQS moved it to the dead-letter queue";
                (Hop::Processor, format!("{why}; it was removed from there"))
            }
            CanaryFate::Dropped(why) => (Hop::Table, format!("the processor wrote no row: {why}")),
            CanaryFate::Unseen { waiting: 0 } => {
                (Hop::Target, format!("not found within {seconds} s, and the queue is empty"))
            }
            CanaryFate::Unseen { waiting } => {
                (Hop::Mapping, format!("not found within {seconds} s; messages in the queue: {waiting}"))
            }
        };
        Ok(CanaryLine { hop: Some(hop), why: Some(why), ..line })
    }
}

/// A random number: the standard library seeds its hashes from the system.
fn nonce() -> u128 {
    let half = || u128::from(RandomState::new().build_hasher().finish());
    half() << 64 | half()
}
