//! The meaning of the last and the other words of a field's name, for any source. There are no names of particular
//! sources here.

/// The last word of an identifier of one object.
pub(super) const IDS: &[&str] =
    &["id", "ids", "uuid", "guid", "arn", "urn", "sid", "identifier", "sku", "barcode"];
/// The last word of an identifier that people use.
pub(super) const NUMBERS: &[&str] =
    &["number", "no", "nr", "num", "reference", "ref", "code", "barcode", "sku"];
/// The last word of a name that may identify one object.
pub(super) const NAMES: &[&str] = &["key", "name", "handle"];
/// Before `code`: it classifies, and does not identify.
pub(super) const CLASSES: &[&str] = &[
    "status", "error", "type", "country", "currency", "reason", "postal", "zip", "state", "stop", "scope",
    "language",
];
/// Nouns for any subject of an event.
pub(super) const SUBJECTS: &[&str] =
    &["resource", "subject", "entity", "object", "target", "item", "record", "thing", "partition", "device"];
/// Words of one delivery and of its exchange: different in each event.
pub(super) const DELIVERY: &[&str] = &[
    "event",
    "request",
    "log",
    "webhook",
    "trace",
    "span",
    "correlation",
    "causation",
    "idempotency",
    "schema",
    "version",
    "access",
    "sequence",
    "span",
    "token",
];
/// The event's own id has one of these nouns.
pub(super) const EVENT_NOUNS: &[&str] = &["event", "log", "message", "activity", "delivery"];
/// Actor, location and channel, rather than the subject.
pub(super) const SURROUNDINGS: &[&str] = &[
    "account",
    "client",
    "connection",
    "tenant",
    "app",
    "application",
    "project",
    "organization",
    "org",
    "region",
    "session",
    "actor",
    "sender",
    "agent",
    "api",
    "detector",
    "external",
    "parent",
    "previous",
    "old",
    "before",
    "initial",
    "root",
    "group",
    "assignee",
    "requester",
    "submitter",
    "owner",
    "creator",
    "subscription",
    "activity",
    "transaction",
    "node",
    "brand",
    "form",
    "anonymous",
    "message",
    "source",
    "commit",
    "image",
    "tls",
    "page",
    "operator",
    "channel",
    "template",
    "team",
    "communication",
    "pusher",
    "workspace",
    "environment",
    "host",
];
/// Objects that contain such surroundings.
pub(super) const CONTEXTS: &[&str] = &[
    "request",
    "response",
    "requester",
    "links",
    "previous",
    "old",
    "before",
    "sender",
    "actor",
    "agent",
    "custom",
    "tags",
    "unique",
    "library",
    "page",
    "original",
];
/// Objects that contain the event's own fields.
const WRAPPERS: &[&str] = &[
    "data",
    "object",
    "result",
    "payload",
    "body",
    "msg",
    "record",
    "entity",
    "event",
    "detail",
    "properties",
    "after",
    "new",
    "item",
    "content",
    "attributes",
];
/// Objects that contain metadata of the event.
const META: &[&str] = &["meta", "metadata", "header", "headers", "context", "info"];

/// Words of a time, which do not say which time.
pub(super) const TIMES: &[&str] = &[
    "time",
    "timestamp",
    "ts",
    "at",
    "date",
    "datetime",
    "on",
    "utc",
    "ms",
    "epoch",
    "millis",
    "seconds",
    "event",
    "occurred",
    "happened",
    "effective",
];
/// Words of a number that can be a time.
pub(super) const TIME_NAMES: &[&str] = &[
    "time",
    "timestamp",
    "ts",
    "at",
    "date",
    "datetime",
    "utc",
    "ms",
    "epoch",
    "millis",
    "created",
    "updated",
    "modified",
    "occurred",
    "closed",
    "started",
    "stopped",
    "finished",
    "ended",
];
/// Words of a time in the future.
pub(super) const FUTURE: &[&str] = &[
    "expected",
    "estimated",
    "eta",
    "est",
    "due",
    "expires",
    "expire",
    "expiry",
    "expiration",
    "scheduled",
    "planned",
    "delivery",
    "until",
    "next",
    "valid",
    "target",
    "promised",
    "retry",
    "birth",
];
/// Words of a time of the transport, rather than of the event.
pub(super) const TRANSPORT: &[&str] = &[
    "sent",
    "received",
    "ingested",
    "ingestion",
    "processed",
    "published",
    "notification",
    "original",
    "invoked",
    "triggered",
    "queued",
    "arrival",
];
/// Words of a time that occurs once per object: the same in all of its events.
pub(super) const ONCE: &[&str] = &[
    "created",
    "creation",
    "create",
    "start",
    "started",
    "opened",
    "launch",
    "launched",
    "registered",
    "initiation",
    "initiated",
    "joined",
    "first",
    "begin",
    "began",
];
/// Words of a time of each change.
pub(super) const CHANGED: &[&str] = &[
    "updated",
    "update",
    "modified",
    "changed",
    "change",
    "status",
    "recorded",
    "transition",
    "transitioned",
    "last",
];
/// Words of a time of the end.
pub(super) const ENDED: &[&str] =
    &["stop", "stopped", "end", "ended", "finished", "completed", "closed", "complete", "finish"];
/// Words of another time.
pub(super) const EARLIER: &[&str] = &["previous", "old", "before", "original", "session"];
/// A number that rises from event to event.
pub(super) const SEQUENCES: &[&str] = &["sequencer", "sequence", "seq", "offset", "lsn", "revision"];

pub(super) fn any(words: &[String], list: &[&str]) -> bool {
    words.iter().any(|word| list.contains(&word.as_str()))
}

/// Whether a name is that of an object which only contains the event's own fields.
pub(super) fn wraps(name: &[String]) -> bool {
    name.last().is_some_and(|last| WRAPPERS.contains(&last.as_str()))
}

pub(super) fn is_meta(name: &[String]) -> bool {
    name.last().is_some_and(|last| META.contains(&last.as_str()))
}

#[cfg(test)]
mod tests {
    use super::super::words::words;
    use super::*;

    #[test]
    fn a_name_is_judged_by_its_words() {
        assert!(wraps(&words("NewImageData")) && !wraps(&words("order")) && !wraps(&[]));
        assert!(is_meta(&words("ticket_meta")) && is_meta(&words("headers")));
        assert!(any(&words("order_id"), IDS) && !any(&words("idea"), IDS));
    }
}
