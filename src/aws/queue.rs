use std::collections::HashMap;
use std::sync::PoisonError;
use std::time::SystemTime;

use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{Dimension, Statistic};
use aws_sdk_sqs::types::{
    BatchResultErrorEntry, ChangeMessageVisibilityBatchRequestEntry, DeleteMessageBatchRequestEntry, Message,
    MessageSystemAttributeName, QueueAttributeName,
};

use processor::death::{Death, Redriven, originals};

use super::Clients;
use super::attributes::{entry, read_attributes};
use super::error::{missing, required};
use crate::operate::{DeadLetter, DeadLetterApi, Depth, EntryResult, QueueApi};
use crate::stack::{CallError, CallErrorKind};

impl QueueApi for Clients {
    async fn depth(&self, queue: &str) -> Result<Depth, CallError> {
        let url = self.queue_url(queue).await?;
        let visible = QueueAttributeName::ApproximateNumberOfMessages;
        let in_flight = QueueAttributeName::ApproximateNumberOfMessagesNotVisible;
        let answer = self
            .sqs
            .get_queue_attributes()
            .queue_url(url)
            .attribute_names(visible.clone())
            .attribute_names(in_flight.clone())
            .send()
            .await
            .map_err(|error| self.call_error("sqs:GetQueueAttributes", &error))?;
        let attributes: HashMap<_, _> = answer.attributes.unwrap_or_default();
        let number = |name: QueueAttributeName| {
            let number = attributes.get(&name).and_then(|text| text.parse().ok());
            number.ok_or_else(|| missing("sqs:GetQueueAttributes", name.as_str()))
        };
        Ok(Depth { visible: number(visible)?, in_flight: number(in_flight)? })
    }

    async fn peek(&self, queue: &str, hide_seconds: u32) -> Result<Vec<DeadLetter>, CallError> {
        let url = self.queue_url(queue).await?;
        let answer = self
            .sqs
            .receive_message()
            .queue_url(url)
            .max_number_of_messages(10)
            .message_system_attribute_names(MessageSystemAttributeName::SentTimestamp)
            .message_system_attribute_names(MessageSystemAttributeName::ApproximateReceiveCount)
            .message_system_attribute_names(MessageSystemAttributeName::MessageGroupId)
            .message_system_attribute_names(MessageSystemAttributeName::AwsTraceHeader)
            .message_attribute_names("All")
            .visibility_timeout(hide_seconds.cast_signed())
            .wait_time_seconds(0)
            .send()
            .await
            .map_err(|error| self.call_error("sqs:ReceiveMessage", &error))?;
        // Omitted if there are none. The HTTP client checks that the answer is the service's.
        answer.messages.unwrap_or_default().into_iter().map(dead_letter).collect()
    }

    async fn hide(
        &self,
        queue: &str,
        receipts: &[String],
        seconds: u32,
    ) -> Result<Vec<EntryResult>, CallError> {
        let operation = "sqs:ChangeMessageVisibility";
        let url = self.queue_url(queue).await?;
        let entries: Result<Vec<_>, _> = receipts
            .iter()
            .enumerate()
            .map(|(index, receipt)| {
                ChangeMessageVisibilityBatchRequestEntry::builder()
                    .id(index.to_string())
                    .receipt_handle(receipt)
                    .visibility_timeout(seconds.cast_signed())
                    .build()
            })
            .collect();
        let entries =
            entries.map_err(|error| CallError::new(CallErrorKind::Refused, operation, error.to_string()))?;
        let answer = self
            .sqs
            .change_message_visibility_batch()
            .queue_url(url)
            .set_entries(Some(entries))
            .send()
            .await
            .map_err(|error| self.call_error(operation, &error))?;
        let done = answer.successful.iter().map(|entry| entry.id.as_str());
        Ok(results(receipts.len(), done, &answer.failed))
    }

    async fn oldest_seconds(&self, queue: &str) -> Result<Option<u64>, CallError> {
        // The metric has a period of one minute, and is one or two minutes late.
        let now = DateTime::from(SystemTime::now());
        let answer = self
            .cloudwatch
            .get_metric_statistics()
            .namespace("AWS/SQS")
            .metric_name("ApproximateAgeOfOldestMessage")
            .dimensions(Dimension::builder().name("QueueName").value(queue).build())
            .start_time(DateTime::from_secs(now.secs() - 300))
            .end_time(now)
            .period(60)
            .statistics(Statistic::Maximum)
            .send()
            .await
            .map_err(|error| self.call_error("cloudwatch:GetMetricStatistics", &error))?;
        // moto omits the values; then no age is shown.
        let latest = answer
            .datapoints
            .unwrap_or_default()
            .into_iter()
            .max_by_key(|point| point.timestamp.map_or(0, |at| at.secs()));
        Ok(latest.and_then(|point| point.maximum).map(|seconds| seconds.max(0.0) as u64))
    }
}

fn dead_letter(message: Message) -> Result<DeadLetter, CallError> {
    let operation = "sqs:ReceiveMessage";
    let attributes = message.attributes.unwrap_or_default();
    let attribute = |name| attributes.get(&name).map(String::as_str);
    let number = |name| attribute(name).and_then(|text| text.parse().ok());
    let all_attributes = read_attributes(message.message_attributes)?;
    Ok(DeadLetter {
        message_id: required(operation, "MessageId", message.message_id)?,
        body: required(operation, "Body", message.body)?,
        sent_at: number(MessageSystemAttributeName::SentTimestamp),
        receive_count: number(MessageSystemAttributeName::ApproximateReceiveCount)
            .and_then(|count| u32::try_from(count).ok())
            .unwrap_or_default(),
        group: attribute(MessageSystemAttributeName::MessageGroupId).map(str::to_owned),
        attributes: originals(&all_attributes),
        death: Death::read(&all_attributes),
        redriven: Redriven::of(&all_attributes),
        trace_header: attribute(MessageSystemAttributeName::AwsTraceHeader).map(str::to_owned),
        receipt: required(operation, "ReceiptHandle", message.receipt_handle)?,
    })
}

/// The results of the numbered entries of a batch. An answer with status 200 may hold failed entries; an entry without
/// a result failed as well.
fn results<'a>(
    count: usize,
    done: impl Iterator<Item = &'a str>,
    failed: &[BatchResultErrorEntry],
) -> Vec<EntryResult> {
    let mut results: Vec<EntryResult> = vec![Err("SQS returned no result for this entry".to_owned()); count];
    for entry in failed {
        if let Some(result) = entry.id.parse::<usize>().ok().and_then(|index| results.get_mut(index)) {
            *result = Err(match &entry.message {
                Some(message) => format!("{message} ({})", entry.code),
                None => entry.code.clone(),
            });
        }
    }
    for id in done {
        if let Some(result) = id.parse::<usize>().ok().and_then(|index| results.get_mut(index)) {
            *result = Ok(());
        }
    }
    results
}

impl DeadLetterApi for Clients {
    async fn send_messages(
        &self,
        queue: &str,
        dead_letters: &[DeadLetter],
    ) -> Result<Vec<EntryResult>, CallError> {
        let operation = "sqs:SendMessage";
        let url = self.queue_url(queue).await?;
        let entries: Result<Vec<_>, _> =
            dead_letters.iter().enumerate().map(|(index, dead_letter)| entry(index, dead_letter)).collect();
        let entries =
            entries.map_err(|error| CallError::new(CallErrorKind::Refused, operation, error.to_string()))?;
        let answer = self
            .sqs
            .send_message_batch()
            .queue_url(url)
            .set_entries(Some(entries))
            .send()
            .await
            .map_err(|error| self.call_error(operation, &error))?;
        let done = answer.successful.iter().map(|entry| entry.id.as_str());
        Ok(results(dead_letters.len(), done, &answer.failed))
    }

    async fn delete_messages(
        &self,
        queue: &str,
        dead_letters: &[DeadLetter],
    ) -> Result<Vec<EntryResult>, CallError> {
        let operation = "sqs:DeleteMessage";
        let url = self.queue_url(queue).await?;
        let entries: Result<Vec<_>, _> = dead_letters
            .iter()
            .enumerate()
            .map(|(index, dead_letter)| {
                DeleteMessageBatchRequestEntry::builder()
                    .id(index.to_string())
                    .receipt_handle(&dead_letter.receipt)
                    .build()
            })
            .collect();
        let entries =
            entries.map_err(|error| CallError::new(CallErrorKind::Refused, operation, error.to_string()))?;
        let answer = self
            .sqs
            .delete_message_batch()
            .queue_url(url)
            .set_entries(Some(entries))
            .send()
            .await
            .map_err(|error| self.call_error(operation, &error))?;
        let done = answer.successful.iter().map(|entry| entry.id.as_str());
        Ok(results(dead_letters.len(), done, &answer.failed))
    }
}

impl Clients {
    /// Looked up once: moving thousands of messages takes hundreds of calls.
    pub(super) async fn queue_url(&self, queue: &str) -> Result<String, CallError> {
        let known = || self.queue_urls.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(url) = known().get(queue) {
            return Ok(url.clone());
        }
        let answer = self
            .sqs
            .get_queue_url()
            .queue_name(queue)
            .send()
            .await
            .map_err(|error| self.call_error("sqs:GetQueueUrl", &error))?;
        let url = required("sqs:GetQueueUrl", "QueueUrl", answer.queue_url)?;
        known().insert(queue.to_owned(), url.clone());
        Ok(url)
    }
}
