//! The JSON Schema that `event.schema` names.

use ::processor::schema::Schema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The JSON Schema that the detail of every event must satisfy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DetailSchema {
    /// The file with the schema: JSON, in the spec's folder or below, of draft 2020-12, 2019-09, 7 or 6.
    #[schemars(length(min = 1, max = 1024), example = &"schemas/order.schema.json")]
    pub file: String,

    /// Whether a change of the schema may reject events that are still in the queue, the archive and the dead
    /// letters.
    #[serde(default)]
    pub compatibility: Compatibility,

    /// The content of the file, once it was read.
    #[serde(skip)]
    #[schemars(skip)]
    pub content: Option<Schema>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Compatibility {
    /// Every event that the deployed schema accepts must still be accepted: `plan` and `apply` refuse any other
    /// change, unless `--accept contract-break` is given.
    #[default]
    Backward,
    /// Any change is allowed.
    None,
}
