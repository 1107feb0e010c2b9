//! Follows sent events until each is a row or a dead letter.

use std::collections::BTreeMap;
use std::time::Duration;

use processor::config::Config;
use processor::mapping::Mapping;
use tokio::time::Instant;

use super::invented::Role;
use super::outgoing::{Outgoing, To};
use super::sent::Spoiled;
use super::{Stop, forecast};
use crate::deploy::Session;
use crate::operate::{self, EventWatch, Followed, KeyNames, Locations, Sent, Tally};
use crate::report::Console;
use crate::spec::Spec;

/// The accepted events that are to be found.
#[derive(Default)]
pub(super) struct Sightings {
    /// Why others were not accepted.
    pub(super) rejected: Vec<String>,
    pub(super) watched: Vec<EventWatch>,
    pub(super) spoiled: Spoiled,
    /// The message body, by the event's id.
    pub(super) bodies: BTreeMap<String, String>,
}

pub(super) fn sightings(
    to: To,
    config: &Config,
    outgoing: &Outgoing,
    unmatched: &BTreeMap<usize, String>,
    sent: &[Sent],
    bodies: Vec<String>,
) -> Sightings {
    let mut sightings = Sightings::default();
    for (index, ((sent, body), role)) in sent.iter().zip(bodies).zip(&outgoing.roles).enumerate() {
        let event_id = match sent {
            Sent::Rejected { reason } => {
                sightings.rejected.push(reason.clone());
                continue;
            }
            Sent::Taken { event_id } => event_id.clone(),
        };
        // A duplicate in the queue has the id of the first event, so the first one's row stands for both.
        let is_seen = matches!(role, Role::Again(_)) && to == To::Queue;
        if unmatched.contains_key(&index) || is_seen {
            continue;
        }
        if let Role::Poison(reason) = role {
            sightings.spoiled.insert(event_id.clone(), *reason);
        }
        sightings.watched.push(forecast::watch(config, &body, &event_id));
        sightings.bodies.insert(event_id, body);
    }
    sightings
}

pub(super) async fn wait(
    session: &Session,
    spec: &Spec,
    mapping: &Mapping,
    watched: Vec<EventWatch>,
    deadline: Instant,
    console: &mut Console,
) -> Result<Followed, Stop> {
    let total = watched.len();
    let activity = console.counter("rows", total);
    let names = &session.names;
    let locations = Locations {
        table: &names.table,
        key_names: KeyNames::of(mapping),
        dead_letters: [&names.dead_letter_queue, &names.undelivered_queue],
    };
    let interval = if session.is_local() { Duration::from_millis(200) } else { Duration::from_secs(2) };
    let followed = operate::follow(&session.clients, locations, watched, interval, deadline, &mut |tally| {
        activity.advance_to(total - tally.open);
        activity.update(&open_words(spec, tally));
    })
    .await;
    activity.clear();
    Ok(followed?)
}

/// Why events are still waiting: an invalid one is retried until SQS moves it to the dead-letter queue.
fn open_words(spec: &Spec, tally: Tally) -> String {
    let seen = tally.rows + tally.duplicates + tally.superseded + tally.erased + tally.dead_letters;
    if tally.open == 0 || seen == 0 && tally.open > 10 {
        return String::new();
    }
    let when = spec.queue.time_of_death(&spec.processor);
    format!("{} open; a rejected event becomes a dead letter {when}", tally.open)
}
