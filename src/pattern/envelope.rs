//! The top level of an event, as the service writes it.

use processor::path::REPLAY_NAME;

use super::suggest;

/// What the service puts at the top of every event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Always one string.
    Text,
    /// Always a list of strings.
    Texts,
    /// What the sender wrote: a map.
    Detail,
}

const NAMES: [(&str, Kind); 10] = [
    ("version", Kind::Text),
    ("id", Kind::Text),
    ("detail-type", Kind::Text),
    ("source", Kind::Text),
    ("account", Kind::Text),
    ("time", Kind::Text),
    ("region", Kind::Text),
    ("resources", Kind::Texts),
    ("detail", Kind::Detail),
    // Only events replayed from an archive carry it.
    (REPLAY_NAME, Kind::Text),
];

/// The names of an event's fields, but for that of replayed events.
pub fn envelope_fields() -> impl Iterator<Item = &'static str> {
    NAMES.iter().map(|(name, _)| *name).filter(|name| *name != REPLAY_NAME)
}

/// What a field of the envelope holds.
#[must_use]
pub fn envelope_meaning(name: &str) -> Option<&'static str> {
    Some(match name {
        "version" => "Always `0`.",
        "id" => "EventBridge's own id of the event.",
        "detail-type" => "The type of the event, as its sender names it.",
        "source" => "The sender: `aws.` and a service, or the sender's own name.",
        "account" => "The id of the account that the event comes from, twelve digits.",
        "time" => "The time given by its sender, else the time EventBridge received it.",
        "region" => "The region that the event comes from.",
        "resources" => "ARNs of the resources it is about.",
        "detail" => "The sender's own fields.",
        REPLAY_NAME => "The replay that sent it from an archive; other events do not have this field.",
        _ => return None,
    })
}

/// Whether an event can have a field of this name at its top.
#[must_use]
pub fn is_of_envelope(name: &str) -> bool {
    kind(name).is_some()
}

/// The field of the envelope somebody meant who wrote `wrong`.
#[must_use]
pub fn nearest_of_envelope(wrong: &str) -> Option<&'static str> {
    meant(wrong)
}

pub(super) fn kind(name: &str) -> Option<Kind> {
    NAMES.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind)
}

/// The field somebody meant who wrote `wrong`.
pub(super) fn meant(wrong: &str) -> Option<&'static str> {
    suggest::nearest(wrong, NAMES.iter().map(|(name, _)| *name))
}

/// The longest text PutEvents takes in a field, in characters.
pub(super) fn longest(name: &str) -> Option<usize> {
    match name {
        "source" => Some(256),
        "detail-type" => Some(128),
        _ => None,
    }
}
