use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::detail_schema::DetailSchema;
use super::mapped::{Mapped, Source};

/// The word that leaves a part of the row out.
pub const NONE: &str = "none";

/// How one event becomes one row: which values of the event are stored in which attributes of the row. A
/// plain name, such as `order_id`, is short for `{attribute: order_id, from: $.detail.order_id}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Event")]
pub struct EventMapping {
    /// The table's partition key, a string unless its format is `number`. Changing its attribute on a deployed
    /// pipeline replaces the table.
    pub partition_key: Mapped,

    /// The table's sort key, an RFC 3339 time unless its format says otherwise; several paths are joined with
    /// `#`. `none` creates a table with only a partition key. Changing its attribute on a deployed pipeline
    /// replaces the table.
    pub sort_key: Mapped,

    /// The format of the sort key, if `sort_key` is a plain name. The earlier form of `format` under `sort_key`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sort_key_format: Option<SortKeyFormat>,

    /// The type of the event, stored as a string. `none` stores no type.
    #[serde(rename = "type")]
    pub event_type: Mapped,

    /// The event's data, any JSON value. With `none`, only the named attributes are stored.
    pub data: Mapped,

    /// More attributes of the row, each with the path of its value, such as `customer: $.detail.customer.id`, or
    /// with `from` and `format`. An event without the value has a row without the attribute.
    #[schemars(length(max = 50), extend("propertyNames" = {"pattern": "^[A-Za-z_][A-Za-z0-9_-]*$", "maxLength": 255}))]
    pub attributes: BTreeMap<String, Source>,

    /// When two events with the same key are the same event: `content`, if all stored values, source and detail
    /// type are equal; `event_id`, if EventBridge's ids are equal; or the path of a value that must be equal,
    /// such as `$.detail.request_id`.
    #[schemars(length(min = 1, max = 1024), regex(pattern = r"^(content|event_id|\$.+)$"), example = &"content", extend("$comment" = "write `content`, `event_id` or a path, which begins with `$`"))]
    pub identity: String,

    /// What happens to an event that has the key of an earlier event but is not the same event.
    pub on_conflict: OnConflict,

    /// The value that decides which event is newer, for `on_conflict: replace_if_newer`; an RFC 3339 time unless
    /// its format says otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub newer_by: Option<Mapped>,

    /// Paths of values that are never stored, hashed or logged, such as `$.detail.customer.email` or
    /// `$.detail.lines[*].note`. The archive and the queues still contain them until their retention ends.
    #[schemars(length(max = 100), inner(length(min = 1, max = 1024), regex(pattern = r"^\$.+$")), example = &["$.detail.customer.email"], extend("$comment" = "a path begins with `$`, the event as EventBridge delivers it"))]
    pub drop: Vec<String>,

    /// What happens to an event whose row would exceed DynamoDB's 400 KB.
    pub on_oversize: OnOversize,

    /// The JSON Schema of the detail: an event that violates it becomes a dead letter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema: Option<DetailSchema>,
}

impl Default for EventMapping {
    fn default() -> Self {
        Self {
            partition_key: Mapped::Name("shipment_id".to_owned()),
            sort_key: Mapped::Name("event_timestamp".to_owned()),
            sort_key_format: None,
            event_type: Mapped::Name("event_type".to_owned()),
            data: Mapped::Name("event_data".to_owned()),
            attributes: BTreeMap::new(),
            identity: "content".to_owned(),
            on_conflict: OnConflict::default(),
            newer_by: None,
            drop: Vec::new(),
            on_oversize: OnOversize::default(),
            schema: None,
        }
    }
}

impl EventMapping {
    /// The sort key, or `None` for a table with a partition key alone.
    #[must_use]
    pub fn sort_key(&self) -> Option<&Mapped> {
        Some(&self.sort_key).filter(|sort_key| !sort_key.is_none())
    }

    /// The type, or `None` if none is stored.
    #[must_use]
    pub fn event_type(&self) -> Option<&Mapped> {
        Some(&self.event_type).filter(|event_type| !event_type.is_none())
    }

    /// The data, or `None` if none is stored.
    #[must_use]
    pub fn data(&self) -> Option<&Mapped> {
        Some(&self.data).filter(|data| !data.is_none())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SortKeyFormat {
    /// An RFC 3339 time, stored in one UTC format, so that the same time in three notations is one row.
    #[default]
    Timestamp,
    /// Any string, unchanged.
    Text,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnConflict {
    /// The later event goes to the dead-letter queue, for a person to decide.
    #[default]
    DeadLetter,
    /// The earlier row is retained; the later event is acknowledged, counted and logged.
    KeepFirst,
    /// The row of the newest event by `newer_by` is retained; an older event is acknowledged and counted. Two
    /// different events with the same time are treated as with `dead_letter`.
    ReplaceIfNewer,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnOversize {
    /// The event goes to the dead-letter queue.
    #[default]
    DeadLetter,
}
