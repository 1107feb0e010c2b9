//! Counts the rows of a query, and scans a table.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, Select};
use processor::row::{EVENT_ID, MESSAGE_ID};

use super::Clients;
use super::error::missing;
use super::table::stored;
use crate::operate::{CountApi, Query, ScanApi, ScanPage};
use crate::stack::CallError;

type Cursor = HashMap<String, AttributeValue>;

impl CountApi for Clients {
    async fn count(&self, query: &Query, after: Option<Cursor>) -> Result<(u64, Option<Cursor>), CallError> {
        let answer = self.asks(query, after).select(Select::Count).send().await;
        let answer = answer.map_err(|error| self.call_error("dynamodb:Query", &error))?;
        Ok((u64::from(answer.count.unsigned_abs()), answer.last_evaluated_key))
    }
}

impl ScanApi for Clients {
    async fn scan(
        &self,
        table: &str,
        id: &str,
        after: Option<Cursor>,
    ) -> Result<ScanPage<Cursor>, CallError> {
        let operation = "dynamodb:Scan";
        let answer = self
            .dynamodb
            .scan()
            .table_name(table)
            .filter_expression("#e = :id OR #m = :id")
            .expression_attribute_names("#e", EVENT_ID)
            .expression_attribute_names("#m", MESSAGE_ID)
            .expression_attribute_values(":id", AttributeValue::S(id.to_owned()))
            .set_exclusive_start_key(after)
            .send()
            .await
            .map_err(|error| self.call_error(operation, &error))?;
        let rows = answer.items.ok_or_else(|| missing(operation, "Items"))?;
        Ok(ScanPage {
            rows: rows.into_iter().map(stored).collect(),
            scanned: u64::from(answer.scanned_count.unsigned_abs()),
            next: answer.last_evaluated_key,
        })
    }
}
