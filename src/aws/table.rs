use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};

use super::Clients;
use super::error::call_error;
use crate::operate::{Row, RowKey, TableApi};
use crate::stack::{CallError, CallErrorKind};

impl TableApi for Clients {
    async fn rows(&self, table: &str, names: (&str, &str), keys: &[RowKey]) -> Result<Vec<Row>, CallError> {
        let operation = "dynamodb:BatchGetItem";
        let key = |key: &RowKey| {
            HashMap::from([
                (names.0.to_owned(), AttributeValue::S(key.partition.clone())),
                (names.1.to_owned(), AttributeValue::S(key.sort.clone())),
            ])
        };
        let wanted = KeysAndAttributes::builder()
            .set_keys(Some(keys.iter().map(key).collect()))
            .consistent_read(true)
            .projection_expression("#p, #s, event_id, content_sha256")
            .expression_attribute_names("#p", names.0)
            .expression_attribute_names("#s", names.1)
            .build()
            .map_err(|error| CallError::new(CallErrorKind::Refused, operation, error.to_string()))?;
        // Keys left unprocessed under load are simply not found this time; the next look asks for them again.
        let answer = self
            .dynamodb
            .batch_get_item()
            .request_items(table, wanted)
            .send()
            .await
            .map_err(|error| call_error(operation, &error))?;
        let items = answer.responses.and_then(|mut tables| tables.remove(table)).unwrap_or_default();
        Ok(items.iter().filter_map(|item| row(item, names)).collect())
    }

    async fn row_count(&self, table: &str) -> Result<u64, CallError> {
        let answer = self
            .dynamodb
            .describe_table()
            .table_name(table)
            .send()
            .await
            .map_err(|error| call_error("dynamodb:DescribeTable", &error))?;
        let count = answer.table.and_then(|table| table.item_count).unwrap_or_default();
        Ok(count.unsigned_abs())
    }
}

fn row(item: &HashMap<String, AttributeValue>, names: (&str, &str)) -> Option<Row> {
    let text = |name: &str| item.get(name)?.as_s().ok().cloned();
    Some(Row {
        key: RowKey { partition: text(names.0)?, sort: text(names.1)? },
        event_id: text("event_id"),
        content_sha256: text("content_sha256"),
    })
}
