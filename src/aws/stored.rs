use super::Clients;
use super::error::missing;
use crate::operate::{StoredApi, TableBytes};
use crate::stack::CallError;

impl StoredApi for Clients {
    async fn table_bytes(&self, table: &str) -> Result<TableBytes, CallError> {
        let operation = "dynamodb:DescribeTable";
        let answer = self.dynamodb.describe_table().table_name(table).send().await;
        let answer = answer.map_err(|error| self.call_error(operation, &error))?;
        let table = answer.table.ok_or_else(|| missing(operation, "Table"))?;
        let bytes = |size: Option<i64>| size.map_or(0, i64::unsigned_abs);
        let indexes = table.global_secondary_indexes.unwrap_or_default();
        Ok(TableBytes {
            table: bytes(table.table_size_bytes),
            indexes: indexes.into_iter().map(|index| bytes(index.index_size_bytes)).sum(),
        })
    }
}
