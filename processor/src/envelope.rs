//! Which part of a body is the event.

use std::collections::BTreeMap;

use crate::config::{Config, Input};
use crate::json::Json;

/// An event taken out of its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unwrapped {
    /// The event's own fields.
    pub detail: BTreeMap<String, Json>,
    /// The envelope's `id`; the same for every delivery and replay of one event.
    pub id: Option<String>,
    /// The envelope's `time`, as written.
    pub time: Option<String>,
    /// The envelope's `source`.
    pub source: Option<String>,
    /// The envelope's `detail-type`.
    pub detail_type: Option<String>,
}

/// Takes the event out of `body`. A body is an envelope when `detail` is an object and
/// `detail-type` and `source` are strings; anything else is the bare detail. With
/// [`Input::Detail`] a body that has the partition key at its top is bare even then,
/// because such an event may have fields of these names itself.
#[must_use]
pub fn unwrap(config: &Config, mut body: BTreeMap<String, Json>) -> Unwrapped {
    let is_text = |key| matches!(body.get(key), Some(Json::Text(_)));
    let looks_wrapped =
        matches!(body.get("detail"), Some(Json::Map(_))) && is_text("detail-type") && is_text("source");
    let is_bare = config.input == Input::Detail && body.contains_key(&config.event.partition_key);
    if looks_wrapped
        && !is_bare
        && let Some(Json::Map(detail)) = body.remove("detail")
    {
        let mut text = |key| match body.remove(key) {
            Some(Json::Text(text)) if !text.trim().is_empty() => Some(text),
            _ => None,
        };
        return Unwrapped {
            detail,
            id: text("id"),
            time: text("time"),
            source: text("source"),
            detail_type: text("detail-type"),
        };
    }
    Unwrapped { detail: body, id: None, time: None, source: None, detail_type: None }
}
