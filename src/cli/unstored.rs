//! Why sent events are not rows: by their dead letters, else by running the same decisions here.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::Timestamp;
use processor::config::Config;
use serde_json::Value;

use super::forecast;
use super::outgoing::Outgoing;
use crate::deploy::Session;
use crate::operate::{Added, Dead, QueueEvent};
use crate::report::{Lost, Unstored};
use crate::spec::Spec;
use crate::validate::Patterns;

/// The events that match no rule's pattern, each with the reason. Account and region are filled in as the bus does.
pub(super) fn unmatched(session: &Session, spec: &Spec, outgoing: &Outgoing) -> BTreeMap<usize, String> {
    // Patterns are validated with the spec.
    let Ok(patterns) = Patterns::of(spec) else { return BTreeMap::new() };
    let added = Added { account: &session.account, region: session.region(), now: Timestamp::now() };
    let mut known: BTreeMap<(&str, &str, &str), Option<String>> = BTreeMap::new();
    let mut unmatched = BTreeMap::new();
    for (index, event) in outgoing.events.iter().enumerate() {
        let alike = (event.source.as_str(), event.detail_type.as_str(), event.detail.as_str());
        let reason = known.entry(alike).or_insert_with(|| {
            let body = QueueEvent::of(event, added, 0).body;
            let envelope: Value = serde_json::from_str(&body).unwrap_or_default();
            patterns.matching(&envelope, None).err()
        });
        if let Some(reason) = reason {
            unmatched.insert(index, reason.clone());
        }
    }
    unmatched
}

/// The reasons of all events that are not rows, the most frequent first. `bodies`: the message bodies, by the event's
/// id.
pub(super) fn unstored(
    config: &Config,
    unmatched: &BTreeMap<usize, String>,
    rejected: &[String],
    dead: &[Dead],
    open: &[String],
    bodies: &BTreeMap<String, String>,
) -> Vec<Unstored> {
    let refusal = |id: &str| Some(forecast::refusal(config, bodies.get(id)?)?.to_string());
    let mut all: Vec<(Lost, String, Option<&str>)> = Vec::new();
    all.extend(unmatched.values().map(|reason| (Lost::NotMatched, reason.clone(), None)));
    all.extend(rejected.iter().map(|reason| (Lost::NotTaken, reason.clone(), None)));
    for Dead { event_id, is_undelivered, reason } in dead {
        let lost = if *is_undelivered { Lost::NotDelivered } else { Lost::Refused };
        let reason = reason.clone().or_else(|| if *is_undelivered { None } else { refusal(event_id) });
        all.push((
            lost,
            reason.unwrap_or_else(|| "its dead letter has no reason".to_owned()),
            Some(event_id),
        ));
    }
    for id in open {
        all.push(match refusal(id) {
            Some(reason) => (Lost::BeingRefused, reason, Some(id)),
            None => (Lost::NotSeen, "neither a row nor a dead letter yet".to_owned(), Some(id)),
        });
    }
    let mut groups: Vec<Unstored> = Vec::new();
    for (what, reason, event_id) in all {
        match groups.iter_mut().find(|group| group.what == what && group.reason == reason) {
            Some(group) => group.count += 1,
            None => groups.push(Unstored { what, reason, count: 1, event_id: event_id.map(str::to_owned) }),
        }
    }
    groups.sort_by_key(|group| Reverse(group.count));
    groups
}
