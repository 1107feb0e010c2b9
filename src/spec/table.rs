use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::index::{Index, STATUS_INDEX, StatusIndex};
use super::warm::WarmThroughput;

/// The DynamoDB table that contains the rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Table {
    /// Days after which DynamoDB deletes a row, counted from its processing; `none` retains rows until someone
    /// deletes them.
    #[schemars(extend("$comment" = "more than ten years is probably a typing mistake"))]
    pub ttl_days: Lifetime,

    /// How many days back the table can be restored, to any second.
    #[schemars(range(min = 1, max = 35), extend("$comment" = "DynamoDB restores a table to at most 35 days back"))]
    pub point_in_time_recovery_days: u32,

    /// The index by processing status and time, which `query` reads by default; `off` creates none.
    pub status_index: StatusIndex,

    /// More indexes of the table, such as one by customer. On a deployed pipeline, each index that is added,
    /// removed or changed needs its own update.
    #[schemars(length(max = 20), extend("$comment" = "DynamoDB allows 20 indexes per table"))]
    pub indexes: Vec<Index>,

    /// Read and write units a second that the table, and each of its indexes, can take from the first minute on;
    /// or `off`. DynamoDB charges once for units above those of a new table, 12,000 reads and 4,000 writes, and
    /// cannot lower what a table already has. If left out, the first deployment uses what `load` needs; later
    /// deployments leave it unchanged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warm_throughput: Option<WarmThroughput>,

    /// The DynamoDB stream of the table. Leave it at `none` unless something reads it.
    pub stream: Stream,

    /// Whether the table and its rows are retained when the stack is deleted. The next `apply` adopts it again.
    pub retain: bool,

    /// Whether the table has deletion protection. If left out, it is on in production.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deletion_protection: Option<bool>,
}

impl Default for Table {
    fn default() -> Self {
        Self {
            ttl_days: Lifetime::Days(90),
            point_in_time_recovery_days: 35,
            status_index: StatusIndex::default(),
            indexes: Vec::new(),
            warm_throughput: None,
            stream: Stream::default(),
            retain: true,
            deletion_protection: None,
        }
    }
}

impl Table {
    /// The names of all indexes, that of the status index first.
    pub fn index_names(&self) -> impl Iterator<Item = &str> {
        let status = self.status_index.is_on().then_some(STATUS_INDEX);
        status.into_iter().chain(self.indexes.iter().map(|index| index.name.as_str()))
    }
}

/// How long a row lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Lifetime {
    /// A number of days.
    Days(u32),
    /// Until someone deletes it.
    None(NoTtl),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoTtl {
    /// Until someone deletes it.
    None,
}

/// The range is beside the alternatives too, where messages look for it.
impl JsonSchema for Lifetime {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Lifetime".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                {"title": "days", "type": "integer", "minimum": 1, "maximum": 3_650},
                {"title": "none", "const": "none", "description": "Rows are retained until someone deletes them."},
            ],
            "minimum": 1,
            "maximum": 3_650,
        })
    }
}

impl Lifetime {
    /// The days, or `None` if rows are retained.
    #[must_use]
    pub fn days(self) -> Option<u32> {
        match self {
            Self::Days(days) => Some(days),
            Self::None(_) => None,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stream {
    /// No stream.
    #[default]
    None,
    /// The changed row's key.
    KeysOnly,
    /// The row after the change.
    NewImage,
    /// The row before the change.
    OldImage,
    /// The row before and after the change.
    NewAndOldImages,
}

impl Stream {
    /// DynamoDB's `StreamViewType`, or `None` if there is no stream.
    #[must_use]
    pub fn view_type(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::KeysOnly => Some("KEYS_ONLY"),
            Self::NewImage => Some("NEW_IMAGE"),
            Self::OldImage => Some("OLD_IMAGE"),
            Self::NewAndOldImages => Some("NEW_AND_OLD_IMAGES"),
        }
    }
}
