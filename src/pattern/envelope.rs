//! The top level of an event, as the service writes it.

use processor::path::REPLAY_NAME;

use super::suggest;

/// The fields that EventBridge sets at the top of every event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Always one string.
    Text,
    /// Always a list of strings.
    Texts,
    /// The sender's content: a map.
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
    // Only events replayed from an archive have it.
    (REPLAY_NAME, Kind::Text),
];

/// The names of an event's fields, except that of replayed events.
pub fn envelope_fields() -> impl Iterator<Item = &'static str> {
    NAMES.iter().map(|(name, _)| *name).filter(|name| *name != REPLAY_NAME)
}

/// The meaning of a field of the envelope.
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

/// Whether an event can have a field of this name at its top level.
#[must_use]
pub fn is_of_envelope(name: &str) -> bool {
    kind(name).is_some()
}

/// The field of the envelope that is closest to `wrong`.
#[must_use]
pub fn nearest_of_envelope(wrong: &str) -> Option<&'static str> {
    intended_field(wrong)
}

pub(super) fn kind(name: &str) -> Option<Kind> {
    NAMES.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind)
}

/// The field that is meant by `wrong`.
pub(super) fn intended_field(wrong: &str) -> Option<&'static str> {
    suggest::nearest(wrong, NAMES.iter().map(|(name, _)| *name))
}

/// The longest text that PutEvents accepts in a field, in characters.
pub(super) fn longest(name: &str) -> Option<usize> {
    match name {
        "source" => Some(256),
        "detail-type" => Some(128),
        _ => None,
    }
}
