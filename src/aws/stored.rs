//! How many bytes a table stores.

use super::Clients;
use crate::operate::{StoredApi, TableBytes};
use crate::stack::CallError;

impl StoredApi for Clients {
    async fn table_bytes(&self, table: &str) -> Result<TableBytes, CallError> {
        let table = self.described_table(table).await?;
        let bytes = |size: Option<i64>| size.map_or(0, i64::unsigned_abs);
        let indexes = table.global_secondary_indexes.unwrap_or_default();
        Ok(TableBytes {
            table: bytes(table.table_size_bytes),
            indexes: indexes.into_iter().map(|index| bytes(index.index_size_bytes)).sum(),
        })
    }
}
