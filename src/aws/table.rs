use std::collections::HashMap;

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes, ReturnConsumedCapacity};
use jiff::Timestamp;
use processor::identity::Stored;
use processor::json::Json;
use processor::number::Number;
use processor::row::{
    CONTENT_SHA256, ERASED_KEY_SHA256, EVENT_DETAIL_TYPE, EVENT_ID, EVENT_SOURCE, EXPIRES_AT, KeyValue,
    MESSAGE_ID,
};

use super::Clients;
use super::error::missing;
use crate::operate::{
    KeyNames, Query, QueryApi, QueryPage, RowKey, RowMark, RowsPage, StoredRow, TableApi, is_expired,
};
use crate::stack::{CallError, CallErrorKind};

impl TableApi for Clients {
    async fn rows(&self, table: &str, names: KeyNames<'_>, keys: &[RowKey]) -> Result<RowsPage, CallError> {
        let operation = "dynamodb:BatchGetItem";
        let mut projection = PROJECTION.to_owned();
        let mut wanted = KeysAndAttributes::builder()
            .set_keys(Some(keys.iter().map(|key| item_key(names, key)).collect()))
            .consistent_read(true)
            .expression_attribute_names("#p", names.partition);
        for (name, attribute) in [("#s", names.sort), ("#n", names.newer_by)] {
            if let Some(attribute) = attribute {
                projection = format!("{projection}, {name}");
                wanted = wanted.expression_attribute_names(name, attribute);
            }
        }
        let wanted = wanted
            .projection_expression(projection)
            .build()
            .map_err(|error| CallError::new(CallErrorKind::Refused, operation, error.to_string()))?;
        let answer = self
            .dynamodb
            .batch_get_item()
            .request_items(table, wanted)
            .send()
            .await
            .map_err(|error| self.call_error(operation, &error))?;
        // Without this check, existing rows would be taken for missing.
        let mut found = answer.responses.ok_or_else(|| missing(operation, "Responses"))?;
        let items = found.remove(table).unwrap_or_default();
        let left = answer.unprocessed_keys.and_then(|mut tables| tables.remove(table));
        let left = left.map(|left| left.keys).unwrap_or_default();
        // The processor treats an expired row as deleted.
        let now = Timestamp::now().as_second();
        let is_there = |item: &&HashMap<String, AttributeValue>| !is_expired(&stored((*item).clone()), now);
        Ok(RowsPage {
            rows: items.iter().filter(is_there).filter_map(|item| row(item, names)).collect(),
            unprocessed: left.iter().filter_map(|item| row_key(item, names)).collect(),
        })
    }

    async fn row_count(&self, table: &str) -> Result<u64, CallError> {
        let count = self.described_table(table).await?.item_count;
        Ok(count.ok_or_else(|| missing("dynamodb:DescribeTable", "ItemCount"))?.unsigned_abs())
    }
}

/// The attributes that are read of a row, besides its keys.
const PROJECTION: &str = "#p, event_id, content_sha256, message_id, event_source, event_detail_type, expires_at, erased_key_sha256";

fn row(item: &HashMap<String, AttributeValue>, names: KeyNames<'_>) -> Option<RowMark> {
    let text = |name: &str| item.get(name)?.as_s().ok().cloned();
    Some(RowMark {
        key: row_key(item, names)?,
        event_id: text(EVENT_ID),
        stored: Stored {
            content_sha256: text(CONTENT_SHA256),
            message_id: text(MESSAGE_ID),
            source: text(EVENT_SOURCE),
            detail_type: text(EVENT_DETAIL_TYPE),
            newer_by: names.newer_by.and_then(|name| of_key(item.get(name)?)),
            is_erased: item.contains_key(ERASED_KEY_SHA256),
        },
    })
}

fn row_key(item: &HashMap<String, AttributeValue>, names: KeyNames<'_>) -> Option<RowKey> {
    let value = |name: &str| of_key(item.get(name)?);
    let sort = match names.sort {
        Some(name) => Some(value(name)?),
        None => None,
    };
    Some(RowKey { partition: value(names.partition)?, sort })
}

/// A row's key as DynamoDB expects it.
pub(super) fn item_key(names: KeyNames<'_>, key: &RowKey) -> HashMap<String, AttributeValue> {
    let sort = names.sort.zip(key.sort.as_ref());
    let named = |(name, value): (&str, &KeyValue)| (name.to_owned(), key_value(value));
    std::iter::once((names.partition, &key.partition)).chain(sort).map(named).collect()
}

pub(super) fn key_value(value: &KeyValue) -> AttributeValue {
    match value {
        KeyValue::Text(text) => AttributeValue::S(text.clone()),
        KeyValue::Number(number) => AttributeValue::N(number.as_str().to_owned()),
    }
}

fn of_key(value: &AttributeValue) -> Option<KeyValue> {
    match value {
        AttributeValue::S(text) => Some(KeyValue::Text(text.clone())),
        AttributeValue::N(number) => Number::stored(number).map(KeyValue::Number),
        _ => None,
    }
}

impl QueryApi for Clients {
    type Cursor = HashMap<String, AttributeValue>;

    async fn query(
        &self,
        query: &Query,
        after: Option<Self::Cursor>,
        limit: usize,
    ) -> Result<QueryPage<Self::Cursor>, CallError> {
        let call = self.asks(query, after).limit(i32::try_from(limit).unwrap_or(i32::MAX));
        let operation = "dynamodb:Query";
        let answer = call.send().await.map_err(|error| self.call_error(operation, &error))?;
        let units = answer.consumed_capacity.and_then(|capacity| capacity.capacity_units);
        Ok(QueryPage {
            rows: answer.items.ok_or_else(|| missing(operation, "Items"))?.into_iter().map(stored).collect(),
            next: answer.last_evaluated_key,
            units: units.unwrap_or_default(),
        })
    }
}

impl Clients {
    /// A query, ready to be sent.
    pub(super) fn asks(
        &self,
        query: &Query,
        after: Option<HashMap<String, AttributeValue>>,
    ) -> QueryFluentBuilder {
        let condition = match (&query.from, &query.to) {
            (None, None) => "#p = :p",
            (Some(_), None) => "#p = :p AND #s >= :from",
            (None, Some(_)) => "#p = :p AND #s <= :to",
            (Some(_), Some(_)) => "#p = :p AND #s BETWEEN :from AND :to",
        };
        let mut call = self
            .dynamodb
            .query()
            .table_name(&query.table)
            .set_index_name(query.index.clone())
            .key_condition_expression(condition)
            .expression_attribute_names("#p", &query.partition.0)
            .expression_attribute_values(":p", key_value(&query.partition.1))
            .scan_index_forward(query.oldest_first)
            // Indexes do not support consistent reads.
            .consistent_read(query.index.is_none())
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .set_exclusive_start_key(after);
        if let Some(second) = query.unexpired_at {
            call = call
                .filter_expression("attribute_not_exists(#expires) OR NOT #expires < :now")
                .expression_attribute_names("#expires", EXPIRES_AT)
                .expression_attribute_values(":now", AttributeValue::N(second.to_string()));
        }
        if let Some(sort) = query.sort.as_ref().filter(|_| query.from.is_some() || query.to.is_some()) {
            call = call.expression_attribute_names("#s", sort);
        }
        for (name, value) in [(":from", &query.from), (":to", &query.to)] {
            if let Some(value) = value {
                call = call.expression_attribute_values(name, key_value(value));
            }
        }
        call
    }
}

pub(super) fn stored(item: HashMap<String, AttributeValue>) -> StoredRow {
    item.into_iter().map(|(name, value)| (name, json(value))).collect()
}

/// A value as it was before it was stored. Types that the processor never writes become null.
fn json(value: AttributeValue) -> Json {
    match value {
        AttributeValue::S(text) => Json::Text(text),
        AttributeValue::N(number) => Number::stored(&number).map_or(Json::Text(number), Json::Number),
        AttributeValue::Bool(value) => Json::Bool(value),
        AttributeValue::L(values) => Json::List(values.into_iter().map(json).collect()),
        AttributeValue::M(map) => Json::Map(stored(map)),
        _ => Json::Null,
    }
}
