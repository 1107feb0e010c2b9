//! What the last and the other words of a field's name say, whoever named it. There are no names of any one source's here.

/// Ends the name of a value that stands for one thing.
pub(super) const IDS: &[&str] =
    &["id", "ids", "uuid", "guid", "arn", "urn", "sid", "identifier", "sku", "barcode"];
/// Ends the name that people know a thing by.
pub(super) const NUMBERS: &[&str] =
    &["number", "no", "nr", "num", "reference", "ref", "code", "barcode", "sku"];
/// Ends names that may stand for one thing.
pub(super) const NAMES: &[&str] = &["key", "name", "handle"];
/// Before `code`: it classifies, and names nothing.
pub(super) const CLASSES: &[&str] = &[
    "status", "error", "type", "country", "currency", "reason", "postal", "zip", "state", "stop", "scope",
    "language",
];
/// Nouns that stand for whatever the event is about.
pub(super) const SUBJECTS: &[&str] =
    &["resource", "subject", "entity", "object", "target", "item", "record", "thing", "partition", "device"];
/// Of one delivery, and of the exchange it is part of: different in each event.
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
/// Who, where and through what, rather than what.
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
/// Objects that hold others of what surrounds the event.
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
/// Objects that hold the event's own fields.
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
/// Objects that hold what is said about the event.
const META: &[&str] = &["meta", "metadata", "header", "headers", "context", "info"];

/// Says that a value is a time, and not which.
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
/// Says that a number can be a time.
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
/// Not yet.
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
/// Of the way, rather than of what happened.
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
/// Once in the life of a thing: the same in all of its events.
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
/// With each change.
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
/// At the end.
pub(super) const ENDED: &[&str] =
    &["stop", "stopped", "end", "ended", "finished", "completed", "closed", "complete", "finish"];
/// Of another moment.
pub(super) const EARLIER: &[&str] = &["previous", "old", "before", "original", "session"];
/// A number that rises from event to event.
pub(super) const SEQUENCES: &[&str] = &["sequencer", "sequence", "seq", "offset", "lsn", "revision"];

pub(super) fn any(words: &[String], list: &[&str]) -> bool {
    words.iter().any(|word| list.contains(&word.as_str()))
}

/// Whether a name is that of an object which only holds the event's own fields.
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
