use aws_sdk_eventbridge::types::PutEventsRequestEntry;

use super::Clients;
use crate::operate::{BusApi, BusEvent, PutResult};
use crate::stack::CallError;

impl BusApi for Clients {
    async fn put_events(&self, bus: &str, events: &[BusEvent]) -> Result<Vec<PutResult>, CallError> {
        let entries = events.iter().map(|event| {
            PutEventsRequestEntry::builder()
                .event_bus_name(bus)
                .source(&event.source)
                .detail_type(&event.detail_type)
                .detail(&event.detail)
                .build()
        });
        let answer = self
            .eventbridge
            .put_events()
            .set_entries(Some(entries.collect()))
            .send()
            .await
            .map_err(|error| self.call_error("events:PutEvents", &error))?;
        // A 200 may hold refused entries: each has its own answer.
        let results = answer.entries.unwrap_or_default().into_iter().map(|entry| match entry.event_id {
            Some(id) => Ok(id),
            None => Err(format!(
                "{} ({})",
                entry.error_message.unwrap_or_else(|| "no message".to_owned()),
                entry.error_code.unwrap_or_else(|| "unknown error".to_owned())
            )),
        });
        Ok(results.collect())
    }
}
