//! Deletes the row of a canary event.

use super::Clients;
use super::table::item_key;
use crate::operate::{CanaryApi, KeyNames, RowKey};
use crate::stack::CallError;

impl CanaryApi for Clients {
    async fn delete_row(&self, table: &str, names: KeyNames<'_>, key: &RowKey) -> Result<(), CallError> {
        let key = item_key(names, key);
        let answer = self.dynamodb.delete_item().table_name(table).set_key(Some(key)).send().await;
        answer.map(drop).map_err(|error| self.call_error("dynamodb:DeleteItem", &error))
    }
}
