use serde_json::Value;

use super::CallError;

/// An existing table, whoever created it.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundTable {
    /// In a template's form: keys, attributes, indexes, billing, time to live, recovery, stream, encryption and
    /// protection.
    pub properties: Value,
    pub arn: String,
    /// The ARN of its stream, if it has one.
    pub stream_arn: Option<String>,
    pub copy: Option<TableCopy>,
}

/// The indexes of an existing table.
#[derive(Debug, Clone, PartialEq)]
pub struct TableIndexes {
    /// In a template's form: keys, attributes and indexes, among others.
    pub properties: Value,
    /// The names of the indexes that are being created or deleted; of the table itself, if it is.
    pub unready: Vec<String>,
}

/// A table's warm throughput in units a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableUnits {
    pub reads: u32,
    pub writes: u32,
}

/// The source of a restored table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableCopy {
    /// The name of the other table.
    pub of: String,
    /// The time to which it was restored; RFC 3339, in UTC.
    pub at: Option<String>,
}

/// Existing resources by name, whoever created them.
#[expect(async_fn_in_trait, reason = "used with one runtime, on one thread")]
pub trait ExistingApi {
    /// The table of that name; `None` if there is none.
    async fn existing_table(&self, name: &str) -> Result<Option<FoundTable>, CallError>;
    /// Its indexes; `None` if there is no such table.
    async fn table_indexes(&self, name: &str) -> Result<Option<TableIndexes>, CallError>;
    /// The table's current warm throughput; `None` if there is no such table, or the answer does not contain it.
    async fn warmth(&self, name: &str) -> Result<Option<TableUnits>, CallError>;
    /// Whether a resource of this type has the name; false for types that are never looked up.
    async fn exists(&self, resource_type: &str, name: &str) -> Result<bool, CallError>;
    /// The stack that a resource belongs to; `None` if it belongs to none.
    async fn owner(&self, physical_id: &str) -> Result<Option<String>, CallError>;
}
