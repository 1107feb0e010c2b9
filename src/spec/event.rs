use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How one event becomes one row: which fields of the event's `detail` make the row. Each is also the name of the
/// row's attribute.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Event {
    /// The field that is the table's partition key. Changing it on a deployed pipeline replaces the table.
    #[schemars(length(min = 1, max = 255), regex(pattern = "^[A-Za-z_][A-Za-z0-9_-]*$"), extend("$comment" = "it is the name of a field of the event and of an attribute of the row"))]
    pub partition_key: String,

    /// The field that is the table's sort key. Changing it on a deployed pipeline replaces the table.
    #[schemars(length(min = 1, max = 255), regex(pattern = "^[A-Za-z_][A-Za-z0-9_-]*$"), extend("$comment" = "it is the name of a field of the event and of an attribute of the row"))]
    pub sort_key: String,

    /// How the sort key is read.
    pub sort_key_format: SortKeyFormat,

    /// The field that says what kind of event it is.
    #[serde(rename = "type")]
    #[schemars(length(min = 1, max = 255), regex(pattern = "^[A-Za-z_][A-Za-z0-9_-]*$"), extend("$comment" = "it is the name of a field of the event and of an attribute of the row"))]
    pub type_field: String,

    /// The field that holds the event's payload, stored as a map.
    #[schemars(length(min = 1, max = 255), regex(pattern = "^[A-Za-z_][A-Za-z0-9_-]*$"), extend("$comment" = "it is the name of a field of the event and of an attribute of the row"))]
    pub data: String,

    /// What happens to an event with the key of an earlier one but other content.
    pub on_conflict: OnConflict,

    /// What happens to an event whose row would exceed DynamoDB's 400 KB.
    pub on_oversize: OnOversize,
}

impl Default for Event {
    fn default() -> Self {
        Self {
            partition_key: "shipment_id".to_owned(),
            sort_key: "event_timestamp".to_owned(),
            sort_key_format: SortKeyFormat::default(),
            type_field: "event_type".to_owned(),
            data: "event_data".to_owned(),
            on_conflict: OnConflict::default(),
            on_oversize: OnOversize::default(),
        }
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
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnOversize {
    /// The event goes to the dead-letter queue.
    #[default]
    DeadLetter,
}
