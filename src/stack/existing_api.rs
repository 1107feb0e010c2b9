use serde_json::Value;

use super::CallError;

/// A table that is there, whoever made it.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundTable {
    /// In the words of its template: keys, attributes, indexes, billing, time to live, recovery, stream, encryption and
    /// protection.
    pub properties: Value,
    pub arn: String,
    /// Of its stream, where it has one.
    pub stream_arn: Option<String>,
    pub copy: Option<TableCopy>,
}

/// The indexes of a table that is there.
#[derive(Debug, Clone, PartialEq)]
pub struct TableIndexes {
    /// In the words of its template: keys, attributes and indexes, among others.
    pub properties: Value,
    /// The names of the indexes that are being made or deleted; of the table itself, where it is.
    pub unready: Vec<String>,
}

/// What a table is warm for: units a second that it takes at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableUnits {
    pub reads: u32,
    pub writes: u32,
}

/// What a table was restored from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableCopy {
    /// The name of the other table.
    pub of: String,
    /// The moment whose rows it has; RFC 3339, in UTC.
    pub at: Option<String>,
}

/// What is there under a name, whoever made it.
#[expect(async_fn_in_trait, reason = "used with one runtime, on one thread")]
pub trait ExistingApi {
    /// The table of that name; `None` where there is none.
    async fn existing_table(&self, name: &str) -> Result<Option<FoundTable>, CallError>;
    /// Its indexes; `None` where there is no such table.
    async fn table_indexes(&self, name: &str) -> Result<Option<TableIndexes>, CallError>;
    /// What the table is warm for by now; `None` where there is no such table, or nothing is told of it.
    async fn warmth(&self, name: &str) -> Result<Option<TableUnits>, CallError>;
    /// Whether a resource of this type has the name; types that nobody asks about have none.
    async fn exists(&self, resource_type: &str, name: &str) -> Result<bool, CallError>;
    /// The stack that a resource belongs to; `None` where it belongs to none.
    async fn owner(&self, physical_id: &str) -> Result<Option<String>, CallError>;
}
