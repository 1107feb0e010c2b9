use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::index::{Index, StatusIndex};
use super::warm::WarmThroughput;

/// The DynamoDB table the rows are in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Table {
    /// Days after which DynamoDB deletes a row, counted from its processing; `none` keeps rows until they are deleted.
    #[schemars(extend("$comment" = "ten years; more is more likely a typing mistake"))]
    pub ttl_days: Lifetime,

    /// Days back to which the table can be restored, second by second.
    #[schemars(range(min = 1, max = 35), extend("$comment" = "DynamoDB restores a table to at most 35 days back"))]
    pub point_in_time_recovery_days: u32,

    /// The index by processing status and time, which `query` reads by default; `off` makes none.
    pub status_index: StatusIndex,

    /// Further indexes of the table, such as one by customer. Adding, removing or changing one on a deployed pipeline takes
    /// an update of its own each.
    #[schemars(length(max = 20), extend("$comment" = "DynamoDB takes 20 indexes a table"))]
    pub indexes: Vec<Index>,

    /// Read and write units a second that the table, and each of its indexes, takes from its first minute on; or `off`.
    /// DynamoDB charges once for what is more than a new table has, 12,000 reads and 4,000 writes, and never takes less
    /// than a table has already. Left out, the first deployment takes what `load` needs; later ones keep what is deployed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warm_throughput: Option<WarmThroughput>,

    /// The DynamoDB stream of the table. Leave it at `none` unless something reads it.
    pub stream: Stream,

    /// Whether the table, with its rows, outlives the stack. The next `apply` adopts it again.
    pub retain: bool,

    /// Whether the table refuses to be deleted. Left out, it is on in production.
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

/// How long a row lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Lifetime {
    /// So many days.
    Days(u32),
    /// Until it is deleted.
    None(NoTtl),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoTtl {
    /// Until it is deleted.
    None,
}

/// The range stands beside the alternatives too, where messages look for it.
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
                {"title": "none", "const": "none", "description": "Rows are kept until they are deleted."},
            ],
            "minimum": 1,
            "maximum": 3_650,
        })
    }
}

impl Lifetime {
    /// The days, or `None` where rows are kept.
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
    /// DynamoDB's `StreamViewType`, or `None` where there is no stream.
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
