//! The spec's samples as events: sent, and followed until each has a result.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use camino::Utf8PathBuf;
use processor::config::Config;
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::Instant;

use super::super::invented::Role;
use super::super::outgoing::Outgoing;
use super::super::unstored::unmatched;
use super::super::{Stop, forecast};
use crate::deploy::Session;
use crate::input::{self, DATA, Origin};
use crate::operate::{
    self, BusEvent, EventWatch, Fate, Inventor, KeyNames, Locations, Sent, Tally, read_event,
};
use crate::report::{Became, Turned, printable};
use crate::source::SpecTree;
use crate::spec::Spec;
use crate::stack::CallError;

/// Bytes of one sample.
const LARGEST: u64 = 1024 * 1024;
/// How long an event is followed.
const PATIENCE: Duration = Duration::from_secs(60);

/// A sample that must match, with its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sample {
    pub(super) name: String,
    text: String,
}

/// The files of all events that a spec names.
pub(super) fn event_files(tree: &SpecTree) -> Vec<Utf8PathBuf> {
    let samples = tree.samples().iter().map(|sample| file(tree, &sample.pointer, &sample.name));
    let tests = tree.test_events().iter();
    samples.chain(tests.map(|test| file(tree, &format!("/tests/{}/event", test.index), &test.name))).collect()
}

/// The samples that must match, each once.
pub(super) fn samples(tree: &SpecTree) -> Vec<Sample> {
    let mut found: Vec<Sample> = Vec::new();
    for sample in tree.samples().iter().filter(|sample| sample.expected) {
        let path = file(tree, &sample.pointer, &sample.name);
        let folder = path.parent().unwrap_or(&path);
        // Validation has reported it already if it cannot be read.
        let Ok(text) = input::text(&path, Origin::Within { folder, endings: DATA }, LARGEST) else {
            continue;
        };
        if found.iter().all(|known| known.name != sample.name) {
            found.push(Sample { name: sample.name.clone(), text });
        }
    }
    found
}

/// The file that a value of the spec names.
fn file(tree: &SpecTree, pointer: &str, name: &str) -> Utf8PathBuf {
    let location = tree.value_location(pointer);
    let current = tree.sources().get(location.file.0).map(|source| source.path.as_path());
    current.and_then(|path| path.parent()).map_or_else(|| name.into(), |folder| folder.join(name))
}

/// An event that the bus accepted.
#[derive(Debug, Clone)]
pub(super) struct Pending {
    name: String,
    watch: EventWatch,
    until: Instant,
}

/// Puts the samples on the bus. Returns those to follow, and the results of the others.
pub(super) async fn send(
    session: &Session,
    spec: &Spec,
    config: &Config,
    samples: &[Sample],
) -> Result<(Vec<Pending>, Vec<Turned>), Stop> {
    let likeness = Inventor::likeness(spec);
    let (mut names, mut events, mut turned) = (Vec::new(), Vec::new(), Vec::new());
    for Sample { name, text } in samples {
        match read_event(text, &likeness) {
            Ok(event) => {
                names.push(name.clone());
                // With the current time: a row with an old time would expire at once.
                events.push(BusEvent { time: None, ..event });
            }
            Err(reason) => turned.push(Turned::new(name, Became::NotSent, Some(reason))),
        }
    }
    if events.is_empty() {
        return Ok((Vec::new(), turned));
    }
    session.require_bus().await?;
    let roles = vec![Role::Good; events.len()];
    let outgoing = Outgoing::invented((events, roles));
    let unmatched: BTreeMap<usize, String> = unmatched(session, spec, &outgoing);
    let bus = &session.names.bus;
    let sent = operate::send(&session.clients, bus, &outgoing.events, Duration::ZERO, &mut |_| {}).await?;
    let mut pending = Vec::new();
    for (index, ((name, event), sent)) in names.iter().zip(&outgoing.events).zip(sent).enumerate() {
        match (sent, unmatched.get(&index)) {
            (Sent::Rejected { reason }, _) => {
                turned.push(Turned::new(name, Became::NotSent, Some(reason)));
            }
            (_, Some(reason)) => turned.push(Turned::new(name, Became::NotMatched, Some(reason.clone()))),
            (Sent::Taken { event_id }, None) => {
                let body = forecast::delivered(config, event, &event_id);
                let watch = forecast::watch(config, &body, &event_id);
                pending.push(Pending { name: name.clone(), watch, until: Instant::now() + PATIENCE });
            }
        }
    }
    Ok((pending, turned))
}

/// Follows the sent events, one after the other. The others are processed meanwhile. Each result is removed from
/// `pending`, so this future can be dropped at any time.
pub(super) async fn follow<T: From<Turned>>(
    session: &Session,
    config: &Config,
    pending: &mut VecDeque<Pending>,
    sender: UnboundedSender<T>,
) -> Result<(), CallError> {
    let names = &session.names;
    let key_names = KeyNames::of(&config.event);
    let dead_letters = [names.dead_letter_queue.as_str(), names.undelivered_queue.as_str()];
    let locations = Locations { table: &names.table, key_names, dead_letters };
    while let Some(Pending { name, watch, until }) = pending.front().cloned() {
        let key = watch.row.as_ref().map(|row| {
            let sort = key_names.sort.zip(row.key.sort.as_ref());
            let parts = [Some((key_names.partition, &row.key.partition)), sort];
            let parts = parts.into_iter().flatten();
            parts
                .map(|(name, value)| format!("{name} {}", printable(value.as_str())))
                .collect::<Vec<_>>()
                .join(", ")
        });
        let one = vec![watch];
        let interval = session.interval();
        let followed =
            operate::follow(&session.clients, locations, one, interval, until, &mut |_: Tally| {}).await?;
        let dead = followed.dead.into_iter().next();
        let fate = match followed.tally {
            Tally { rows: 1.., .. } => Some(Fate::Row),
            Tally { duplicates: 1.., .. } => Some(Fate::Duplicate),
            Tally { superseded: 1.., .. } => Some(Fate::Superseded),
            Tally { erased: 1.., .. } => Some(Fate::Erased),
            Tally { dead_letters: 1.., .. } => Some(Fate::DeadLetter),
            _ => None,
        };
        let turned = match (fate, dead) {
            (Some(Fate::Row), _) => Turned::new(&name, Became::Row, key),
            (Some(Fate::Duplicate), _) => Turned::new(&name, Became::Duplicate, key),
            (Some(Fate::Superseded), _) => Turned::new(&name, Became::Superseded, key),
            (Some(Fate::Erased), _) => Turned::new(&name, Became::Erased, key),
            (_, Some(dead)) if dead.is_undelivered => Turned::new(&name, Became::NotDelivered, dead.reason),
            (Some(Fate::DeadLetter), dead) => {
                Turned::new(&name, Became::DeadLetter, dead.and_then(|dead| dead.reason))
            }
            (None, _) => Turned::new(&name, Became::NotSeen, None),
        };
        pending.pop_front();
        if sender.send(turned.into()).is_err() {
            return Ok(());
        }
    }
    Ok(())
}
