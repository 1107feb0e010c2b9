use aws_sdk_eventbridge::error::SdkError;
use aws_sdk_eventbridge::operation::RequestId as _;
use aws_sdk_eventbridge::primitives::DateTime;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;

use super::Clients;
use super::once::{Once, was_sent};
use crate::operate::{BusApi, BusEvent, PutResult};
use crate::stack::CallError;

const LOST: &str = "the bus may have accepted these events, but its response was lost: look for their rows with `pipectl query` before you send them again";

impl BusApi for Clients {
    async fn put_events(&self, bus: &str, events: &[BusEvent]) -> Result<Vec<PutResult>, CallError> {
        let entries = events.iter().map(|event| {
            PutEventsRequestEntry::builder()
                .event_bus_name(bus)
                .source(&event.source)
                .detail_type(&event.detail_type)
                .detail(&event.detail)
                .set_time(event.time.map(DateTime::from_secs))
                .set_resources(Some(event.resources.clone()).filter(|resources| !resources.is_empty()))
                .build()
        });
        let answer = self
            .eventbridge
            .put_events()
            .set_entries(Some(entries.collect()))
            .customize()
            // Putting an event twice makes two events.
            .config_override(aws_sdk_eventbridge::Config::builder().retry_classifier(Once))
            .send()
            .await
            .map_err(|error| {
                let lost = !matches!(error, SdkError::ServiceError(_) | SdkError::ConstructionFailure(_));
                let lost = lost && was_sent(&error);
                let error = self.call_error("events:PutEvents", &error);
                if lost && error.is_unreachable() { error.with_help(LOST) } else { error }
            })?;
        // An answer with status 200 may hold failed entries: each has its own result.
        let unexplained =
            format!("no reason was given, request id {}", answer.request_id().unwrap_or("unknown"));
        let results = answer.entries.unwrap_or_default().into_iter().map(|entry| match entry.event_id {
            Some(id) => Ok(id),
            None => Err(match (entry.error_message, entry.error_code) {
                (Some(message), Some(code)) => format!("{message} ({code})"),
                (Some(text), None) | (None, Some(text)) => text,
                (None, None) => unexplained.clone(),
            }),
        });
        Ok(results.collect())
    }
}
