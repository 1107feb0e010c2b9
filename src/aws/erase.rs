//! Puts marks in the place of rows that are erased.

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::AttributeValue;
use processor::erasure::ERASED_AT;
use processor::row::{CONTENT_SHA256, ERASED_KEY_SHA256, EXPIRES_AT, PROCESSED_AT};
use tokio::task::JoinSet;

use super::Clients;
use super::table::key_value;
use crate::operate::{EraseApi, ErasedMark, Over};
use crate::stack::{CallError, CallErrorKind};

impl EraseApi for Clients {
    async fn write_marks(&self, table: &str, marks: &[ErasedMark]) -> (Vec<bool>, Result<(), CallError>) {
        let operation = "dynamodb:PutItem";
        let mut running = JoinSet::new();
        for (index, mark) in marks.iter().enumerate() {
            let call = self.put_mark(table, mark);
            running.spawn(async move { (index, call.send().await) });
        }
        let mut written = vec![false; marks.len()];
        let mut end = Ok(());
        // All of them: when this returns, every call that was started has ended.
        while let Some(answer) = running.join_next().await {
            match answer {
                Ok((index, Ok(_))) => written[index] = true,
                Ok((_, Err(error))) if is_taken(&error) => {}
                Ok((_, Err(error))) => end = end.and(Err(self.call_error(operation, &error))),
                Err(error) => {
                    let error = CallError::new(CallErrorKind::Refused, operation, error.to_string());
                    end = end.and(Err(error));
                }
            }
        }
        (written, end)
    }
}

impl Clients {
    fn put_mark(
        &self,
        table: &str,
        mark: &ErasedMark,
    ) -> aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let mut call = self
            .dynamodb
            .put_item()
            .table_name(table)
            .item(ERASED_KEY_SHA256, text(&mark.sha256))
            .item(ERASED_AT, text(&format!("{:.3}", mark.erased_at)));
        for (name, value) in &mark.key {
            call = call.item(name, key_value(value));
        }
        if let Some(second) = mark.expires_at {
            call = call.item(EXPIRES_AT, AttributeValue::N(second.to_string()));
        }
        let Over::Row(processed_at, content) = &mark.over else {
            let name = mark.key.first().map_or("", |(name, _)| name);
            return call
                .condition_expression("attribute_not_exists(#key) OR attribute_exists(#erased)")
                .expression_attribute_names("#key", name)
                .expression_attribute_names("#erased", ERASED_KEY_SHA256);
        };
        let mut conditions = Vec::new();
        for (name, value, attribute, seen) in
            [("#at", ":at", PROCESSED_AT, processed_at), ("#hash", ":hash", CONTENT_SHA256, content)]
        {
            call = call.expression_attribute_names(name, attribute);
            conditions.push(match seen {
                Some(_) => format!("{name} = {value}"),
                None => format!("attribute_not_exists({name})"),
            });
            if let Some(seen) = seen {
                call = call.expression_attribute_values(value, text(seen));
            }
        }
        call.condition_expression(conditions.join(" AND "))
    }
}

/// Whether the marker was not written because the row no longer matches the condition.
fn is_taken<R>(error: &SdkError<PutItemError, R>) -> bool {
    matches!(error.as_service_error(), Some(PutItemError::ConditionalCheckFailedException(_)))
}
