//! Writes rows to DynamoDB, each exactly once.

use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::get_item::GetItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use jiff::Timestamp;
use tokio::time::Instant;

use crate::batch::{Outcome, Store};
use crate::bury::Dead;
use crate::config::Config;
use crate::dead_letters::DeadLetterQueue;
use crate::erasure::{ERASED_AT, mark_sort_key, partition_mark};
use crate::identity::{Mark, Meeting, Stored};
use crate::json::Json;
use crate::mapping::OnConflict;
use crate::number::Number;
use crate::reason::{Class, Reason};
use crate::row::{
    CONTENT_SHA256, ERASED_KEY_SHA256, EVENT_DETAIL_TYPE, EVENT_SOURCE, EXPIRES_AT, KeyValue, MESSAGE_ID, Row,
};
use crate::throttle::{Throttle, is_throttling};

/// When a row may be written: its key is free, or its row has expired. DynamoDB removes an expired row some days later
/// and until then counts it as present. A row without that attribute never expires: the comparison is false for it.
///
/// `:now` is when the invocation began, because `expires_at` counts from there: for one processor to overwrite what
/// another just wrote, their clocks would have to differ by the days of the time to live.
pub const CONDITION: &str = "attribute_not_exists(#key) OR #expires < :now";

/// What the condition also allows if newer rows replace older ones. A row without the attribute is from before the
/// mapping had it. The mark of an erased event is never replaced.
const OR_NEWER: &str =
    " OR (attribute_not_exists(#erased) AND (attribute_not_exists(#newer) OR #newer < :newer))";

/// Writes rows with a condition ([`CONDITION`]).
#[derive(Debug, Clone)]
pub struct Writer {
    client: Client,
    table_name: String,
    /// Names of the partition key and the sort key.
    keys: Vec<String>,
    /// The sort key of the mark of an erased partition.
    mark_sort_key: Option<KeyValue>,
    on_conflict: OnConflict,
    /// The dead-letter queue; `None`: rejected records return to the queue.
    dead_letters: Option<Arc<DeadLetterQueue>>,
}

impl Writer {
    /// A writer for one table.
    #[must_use]
    pub fn new(client: Client, table_name: String, config: &Config) -> Self {
        Self {
            client,
            table_name,
            keys: std::iter::once(&config.event.partition_key)
                .chain(&config.event.sort_key)
                .map(|field| field.attribute.clone())
                .collect(),
            mark_sort_key: mark_sort_key(&config.event),
            on_conflict: config.event.on_conflict,
            dead_letters: None,
        }
    }

    /// The same, with a dead-letter queue.
    #[must_use]
    pub fn with_dead_letters(mut self, queue: Option<DeadLetterQueue>) -> Self {
        self.dead_letters = queue.map(Arc::new);
        self
    }
}

/// A row's attributes in DynamoDB's types.
pub type Item = std::collections::HashMap<String, AttributeValue>;

/// The write of one row, and what is needed to read the answer.
#[derive(Debug, Clone)]
pub struct Put {
    /// Every attribute, the keys included.
    pub item: Item,
    mark: Mark,
    newer_by: Option<(String, KeyValue)>,
    on_conflict: OnConflict,
}

impl Put {
    /// The write of `row`.
    #[must_use]
    pub fn new(row: Row, on_conflict: OnConflict) -> Self {
        let newer_by = row.newer_by.clone();
        let (attributes, mark) = row.into_parts();
        let item = attributes.into_iter().map(|(name, value)| (name, attribute(value))).collect();
        Self { item, mark, newer_by, on_conflict }
    }

    /// The outcome if the last attempt ended with `error`. `None`: the key is taken, and the answer does not include the
    /// row that has it ([`Put::beside`], [`unread`]).
    #[must_use]
    pub fn unwritten(&self, error: &SdkError<PutItemError>) -> Option<Outcome> {
        match error {
            SdkError::ServiceError(error) => match error.err() {
                PutItemError::ConditionalCheckFailedException(failed) => {
                    failed.item().map(|existing| self.beside(existing))
                }
                refused => Some(refusal(refused, error.raw().status().as_u16())),
            },
            error => Some(no_answer(error)),
        }
    }

    /// The outcome if `existing` has the key.
    #[must_use]
    pub fn beside(&self, existing: &Item) -> Outcome {
        match self.mark.meets(&self.stored(existing), self.on_conflict) {
            Meeting::Same => Outcome::Duplicate,
            Meeting::Superseded => Outcome::Superseded,
            Meeting::Erased => Outcome::Erased,
            Meeting::FirstRetained => Outcome::FirstRetained,
            Meeting::Conflict => Outcome::failed(Reason::Conflict, "the key is taken by other content"),
            Meeting::Replaces => {
                Outcome::failed(Reason::Contended, "the row with the same key changed during the write")
            }
        }
    }

    fn stored(&self, existing: &Item) -> Stored {
        let attribute = |name: &str| existing.get(name);
        let text = |name| attribute(name).and_then(|value| value.as_s().ok()).cloned();
        let newer_by = self.newer_by.as_ref().and_then(|(name, _)| match attribute(name)? {
            AttributeValue::S(text) => Some(KeyValue::Text(text.clone())),
            AttributeValue::N(number) => Number::stored(number).map(KeyValue::Number),
            _ => None,
        });
        Stored {
            content_sha256: text(CONTENT_SHA256),
            message_id: text(MESSAGE_ID),
            source: text(EVENT_SOURCE),
            detail_type: text(EVENT_DETAIL_TYPE),
            newer_by,
            is_erased: attribute(ERASED_KEY_SHA256).is_some(),
        }
    }
}

impl Store for Writer {
    /// A lost answer does no harm: the SDK's next attempt, or the next delivery, finds the row with its own content and
    /// counts it as a duplicate.
    async fn put(&self, row: Row, now: Timestamp, throttle: &Throttle) -> Outcome {
        let mut put = Put::new(row, self.on_conflict);
        let key = self.keys.iter().filter_map(|name| Some((name.clone(), put.item.get(name)?.clone())));
        let key: Item = key.collect();
        let mut request = self
            .client
            .put_item()
            .table_name(&self.table_name)
            .set_item(Some(std::mem::take(&mut put.item)))
            .expression_attribute_names("#key", &self.keys[0])
            .expression_attribute_names("#expires", EXPIRES_AT)
            .expression_attribute_values(":now", AttributeValue::N(now.as_second().to_string()));
        let mut condition = CONDITION.to_owned();
        if let Some((name, value)) = &put.newer_by {
            condition.push_str(OR_NEWER);
            request = request
                .expression_attribute_names("#newer", name)
                .expression_attribute_names("#erased", ERASED_KEY_SHA256)
                .expression_attribute_values(":newer", attribute(value.clone().into_json()));
        }
        let result = request
            .condition_expression(condition)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .customize()
            .interceptor(throttle.clone())
            .send()
            .await;
        match result {
            Ok(_) => Outcome::Written,
            Err(error) => match put.unwritten(&error) {
                Some(outcome) => outcome,
                None => self.read(&put, key).await,
            },
        }
    }

    async fn erased_at(&self, partition: &KeyValue, now: Timestamp) -> Result<Option<Timestamp>, Outcome> {
        let key = std::iter::once(partition_mark(partition)).chain(self.mark_sort_key.clone());
        let key = self.keys.iter().cloned().zip(key.map(|value| attribute(value.into_json()))).collect();
        let read = self.client.get_item().table_name(&self.table_name).set_key(Some(key));
        let answer = read.consistent_read(true).send().await.map_err(|error| unread(&error))?;
        let Some(mark) = answer.item.filter(|item| item.contains_key(ERASED_KEY_SHA256)) else {
            return Ok(None);
        };
        let expires = mark.get(EXPIRES_AT).and_then(|value| value.as_n().ok()?.parse::<i64>().ok());
        let at = mark.get(ERASED_AT).and_then(|value| value.as_s().ok()?.parse().ok());
        Ok(at.filter(|_| expires.is_none_or(|second| second >= now.as_second())))
    }

    async fn bury(&self, dead: &[Dead<'_>], until: Instant) -> Vec<bool> {
        match &self.dead_letters {
            Some(queue) => queue.send(dead, until).await,
            None => vec![false; dead.len()],
        }
    }
}

impl Writer {
    /// Reads the row that has the key, which the answer should have included, and compares it.
    async fn read(&self, put: &Put, key: Item) -> Outcome {
        let read = self.client.get_item().table_name(&self.table_name).set_key(Some(key));
        match read.consistent_read(true).send().await {
            Ok(answer) => answer.item().map_or_else(without_row, |existing| put.beside(existing)),
            Err(error) => unread(&error),
        }
    }
}

/// The outcome if the row that had the key a moment ago no longer exists: the next delivery writes it.
#[must_use]
pub fn without_row() -> Outcome {
    Outcome::failed(Reason::RowUnread, "the row no longer existed when it was read")
}

/// The outcome if the row under a taken key could not be read. Only a transient reason is passed on: denied reads do not
/// stop other rows from being written.
#[must_use]
pub fn unread(error: &SdkError<GetItemError>) -> Outcome {
    let outcome = match error {
        SdkError::ServiceError(error) => refusal(error.err(), error.raw().status().as_u16()),
        error => no_answer(error),
    };
    match outcome {
        Outcome::Failed(failure)
            if failure.reason.is_systemic() || failure.reason.class() == Class::Permanent =>
        {
            Outcome::failed(Reason::RowUnread, failure.detail)
        }
        outcome => outcome,
    }
}

/// The outcome of an error answer of DynamoDB. Messages are passed on only if they are about the caller and the table; a
/// validation message may quote the item.
fn refusal(error: &impl ProvideErrorMetadata, status: u16) -> Outcome {
    let code = error.code().unwrap_or_default();
    let reason = match code {
        code if is_throttling(code) => Reason::Throttled,
        "TransactionConflictException" | "ReplicatedWriteConflictException" => Reason::Contended,
        "ValidationException" | "ItemCollectionSizeLimitExceededException" => Reason::RowRefused,
        "ResourceNotFoundException" => Reason::TableNotFound,
        "AccessDeniedException"
        | "UnrecognizedClientException"
        | "InvalidSignatureException"
        | "IncompleteSignatureException"
        | "MissingAuthenticationTokenException"
        | "ExpiredTokenException" => Reason::AccessDenied,
        _ if status >= 500 => Reason::ServiceError,
        _ => Reason::Unexpected,
    };
    let detail = match error.message() {
        Some(message) if reason.is_systemic() => format!("{code}: {message}"),
        _ => format!("HTTP {status} {code}"),
    };
    Outcome::failed(reason, detail)
}

/// The outcome of an attempt without an answer.
fn no_answer<E, R>(error: &SdkError<E, R>) -> Outcome {
    match error {
        SdkError::TimeoutError(_) => Outcome::failed(Reason::Timeout, "no answer in time"),
        SdkError::DispatchFailure(failure) if failure.is_timeout() => {
            Outcome::failed(Reason::Timeout, "no connection in time")
        }
        SdkError::DispatchFailure(failure) if failure.is_io() => {
            Outcome::failed(Reason::ConnectionFailed, "the connection failed")
        }
        SdkError::DispatchFailure(_) => {
            Outcome::failed(Reason::ConnectionFailed, "the request could not be sent")
        }
        SdkError::ResponseError(_) => {
            Outcome::failed(Reason::InvalidResponse, "the answer could not be read")
        }
        _ => Outcome::failed(Reason::Unexpected, "the request could not be made"),
    }
}

fn attribute(value: Json) -> AttributeValue {
    match value {
        Json::Null => AttributeValue::Null(true),
        Json::Bool(value) => AttributeValue::Bool(value),
        Json::Number(number) => AttributeValue::N(number.as_str().to_owned()),
        Json::Text(text) => AttributeValue::S(text),
        Json::List(values) => AttributeValue::L(values.into_iter().map(attribute).collect()),
        Json::Map(entries) => {
            AttributeValue::M(entries.into_iter().map(|(key, value)| (key, attribute(value))).collect())
        }
    }
}
