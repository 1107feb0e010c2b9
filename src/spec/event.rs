use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::detail_schema::DetailSchema;
use super::mapped::{Mapped, Source};

/// The word that leaves a part of the row out.
pub const NONE: &str = "none";

/// How one event becomes one row: which values of the event make which attributes of the row. A name alone, such as
/// `order_id`, is short for `{attribute: order_id, from: $.detail.order_id}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Event {
    /// The table's partition key, a text unless its format is `number`. Changing its attribute on a deployed pipeline
    /// replaces the table.
    pub partition_key: Mapped,

    /// The table's sort key, an RFC 3339 instant unless its format says otherwise; several paths are joined with `#`.
    /// `none` makes a table with a partition key alone. Changing its attribute on a deployed pipeline replaces the
    /// table.
    pub sort_key: Mapped,

    /// How the sort key is read, where it is given by its name alone: `format` under `sort_key` says the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sort_key_format: Option<SortKeyFormat>,

    /// What kind of event it is, stored as a text. `none` stores none.
    #[serde(rename = "type")]
    pub event_type: Mapped,

    /// The event's data, any JSON value. With `none`, only the named attributes are stored.
    pub data: Mapped,

    /// Further attributes of the row, each with the path of its value, such as `customer: $.detail.customer.id`, or
    /// with `from` and `format`. An event without the value has a row without the attribute.
    #[schemars(length(max = 50), extend("propertyNames" = {"pattern": "^[A-Za-z_][A-Za-z0-9_-]*$", "maxLength": 255}))]
    pub attributes: BTreeMap<String, Source>,

    /// When two events with one key are the same event: `content`, where all that is stored is the same, and source and
    /// detail type; `event_id`, where EventBridge's id is; or the path of a value, such as `$.detail.request_id`.
    #[schemars(length(min = 1, max = 1024), regex(pattern = r"^(content|event_id|\$.+)$"), example = &"content", extend("$comment" = "it is `content`, `event_id` or a path, which begins with `$`"))]
    pub identity: String,

    /// What happens to an event with the key of an earlier one that is not the same event.
    pub on_conflict: OnConflict,

    /// By what an event is newer than another, for `on_conflict: replace_if_newer`; an RFC 3339 instant unless its format
    /// says otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub newer_by: Option<Mapped>,

    /// Paths of values that are never stored, hashed or logged, such as `$.detail.customer.email` or
    /// `$.detail.lines[*].note`. The archive and the queues still hold them for their retention.
    #[schemars(length(max = 100), inner(length(min = 1, max = 1024), regex(pattern = r"^\$.+$")), example = &["$.detail.customer.email"], extend("$comment" = "a path begins with `$`, the event as EventBridge delivers it"))]
    pub drop: Vec<String>,

    /// What happens to an event whose row would exceed DynamoDB's 400 KB.
    pub on_oversize: OnOversize,

    /// The JSON Schema of the detail: an event that violates it is a dead letter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema: Option<DetailSchema>,
}

impl Default for Event {
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

impl Event {
    /// The sort key, or `None` for a table with a partition key alone.
    #[must_use]
    pub fn sort_key(&self) -> Option<&Mapped> {
        Some(&self.sort_key).filter(|sort_key| !sort_key.is_none())
    }

    /// The type, or `None` where none is stored.
    #[must_use]
    pub fn event_type(&self) -> Option<&Mapped> {
        Some(&self.event_type).filter(|event_type| !event_type.is_none())
    }

    /// The data, or `None` where none is stored.
    #[must_use]
    pub fn data(&self) -> Option<&Mapped> {
        Some(&self.data).filter(|data| !data.is_none())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SortKeyFormat {
    /// An RFC 3339 instant, stored in one UTC spelling, so that one instant spelled three ways is one row.
    #[default]
    Timestamp,
    /// Any text, as it is.
    Text,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnConflict {
    /// The later event goes to the dead-letter queue, where a person decides.
    #[default]
    DeadLetter,
    /// The earlier row stays, the later event is acknowledged, counted and logged.
    KeepFirst,
    /// The row of the event that `newer_by` calls the newest remains; an older event is acknowledged and counted. Two
    /// events of one instant that are not the same go the way of `dead_letter`.
    ReplaceIfNewer,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnOversize {
    /// The event goes to the dead-letter queue.
    #[default]
    DeadLetter,
}
