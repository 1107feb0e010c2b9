use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// The name of the status index.
pub const STATUS_INDEX: &str = "status-timestamp-index";
/// Most indexes of one table, including the status index (DynamoDB's quota of global secondary indexes).
pub const MOST_INDEXES: usize = 20;
/// Most attributes that are named under `project`, over all indexes of one table (DynamoDB).
pub const MOST_PROJECTED: usize = 100;

/// The index by processing status and time, or `off`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum StatusIndex {
    /// No status index. Rows still have the attribute `processing_status`.
    #[schemars(title = "off")]
    Off(NoIndex),
    /// The index's settings.
    #[schemars(title = "settings")]
    On(StatusShards),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoIndex {
    /// No status index. Rows still have the attribute `processing_status`.
    Off,
}

impl Default for StatusIndex {
    fn default() -> Self {
        Self::On(StatusShards::default())
    }
}

impl StatusIndex {
    /// Whether the table has it.
    #[must_use]
    pub fn is_on(&self) -> bool {
        matches!(self, Self::On(_))
    }

    /// The number of partition keys it is spread over, as written.
    #[must_use]
    pub fn shards(&self) -> Option<u32> {
        match self {
            Self::Off(_) => None,
            Self::On(settings) => settings.shards,
        }
    }

    /// Sets the number of partition keys, if there is an index.
    pub fn set_shards(&mut self, shards: u32) {
        if let Self::On(settings) = self {
            settings.shards = Some(shards);
        }
    }
}

/// The index by processing status and time.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StatusShards {
    /// The number of partition keys that a status is spread over. One key takes at most 1,000 writes a second for
    /// the whole pipeline. If left out, the first deployment uses as many as `load` needs, else 1; later
    /// deployments leave it unchanged.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000), extend("$comment" = "each shard is one more query for every reader of the index"))]
    pub shards: Option<u32>,
}

/// Another index of the table, by attributes of its rows. A row that lacks a key of the index is not in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Index {
    /// The index's name.
    #[schemars(
        length(min = 3, max = 255),
        regex(pattern = "^[A-Za-z0-9_.-]+$"),
        example = &"by-customer",
        extend("$comment" = "DynamoDB names indexes with letters, digits and `_.-`, 3 to 255 of them")
    )]
    pub name: String,

    /// The attribute that queries select by: the partition key. It is a string, unless its format is `number`.
    #[schemars(length(min = 1, max = 255), example = &"customer")]
    pub partition_key: String,

    /// The attribute that sorts the rows of one partition key. If left out, they have no order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 255), example = &"event_timestamp")]
    pub sort_key: Option<String>,

    /// What the index contains of a row, in addition to the keys of table and index: `all`, `keys`, or a list of
    /// attributes.
    #[serde(default)]
    pub project: Projected,
}

/// The projection of an index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Projected {
    /// All of it, or its keys alone.
    Word(ProjectedWord),
    /// The keys and these attributes.
    Attributes(Vec<String>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProjectedWord {
    /// The whole row.
    All,
    /// The keys of table and index.
    Keys,
}

impl Default for Projected {
    fn default() -> Self {
        Self::Word(ProjectedWord::All)
    }
}

impl Projected {
    /// The attributes that are named.
    #[must_use]
    pub fn attributes(&self) -> &[String] {
        match self {
            Self::Word(_) => &[],
            Self::Attributes(names) => names,
        }
    }
}

impl JsonSchema for Projected {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Projected".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                {"title": "all", "const": "all", "description": "The whole row."},
                {"title": "keys", "const": "keys", "description": "The keys of table and index alone."},
                {
                    "title": "attributes",
                    "type": "array",
                    "minItems": 1,
                    "maxItems": 20,
                    "items": {"type": "string", "minLength": 1, "maxLength": 255},
                    "$comment": "DynamoDB allows 1 to 20 attributes in the list of one index",
                },
            ],
        })
    }
}
