//! The dead-letter queue. The processor itself sends records there that can never become rows, at once, with the reason.
//!
//! A message counts as sent only if SQS confirms it. If the answer is lost, the message may be there twice; both copies
//! have the same message id.

use std::iter::Peekable;
use std::sync::OnceLock;
use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::ProvideErrorMetadata as _;
use aws_sdk_sqs::primitives::Blob;
use aws_sdk_sqs::types::{
    MessageAttributeValue, MessageSystemAttributeNameForSends, MessageSystemAttributeValue,
    SendMessageBatchRequestEntry,
};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};
use tracing::warn;

use crate::attribute::{Attribute, AttributeValue, message_bytes};
use crate::bury::Dead;
use crate::client::{self, ClientError};
use crate::death::{Death, event_id};
use crate::parse::LARGEST_BODY;
use crate::queued_at::spelled;

/// Entries of one call. A call has the same byte limit as one message (SQS).
const ENTRIES: usize = 10;
/// Concurrent calls.
const LANES: usize = 4;
/// With less time than this no call is started: its answer would come too late.
const LEAST: Duration = Duration::from_millis(50);

/// The queue, and what is added to each message besides its reason.
pub struct DeadLetterQueue {
    url: String,
    /// The versions of the processor that rejected the messages.
    version: String,
    /// Created for the first message: most invocations have none, and every start would pay for it.
    client: OnceLock<Result<Client, ClientError>>,
    make: Box<dyn Fn() -> Result<Client, ClientError> + Send + Sync>,
}

impl std::fmt::Debug for DeadLetterQueue {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("DeadLetterQueue").field("url", &self.url).finish_non_exhaustive()
    }
}

/// A message, and its size in bytes. The entry's id is the message's index.
type Entry = (SendMessageBatchRequestEntry, usize);

impl DeadLetterQueue {
    /// The queue at `url`, with a client that `make` creates.
    pub fn new(
        url: String,
        function_version: &str,
        make: impl Fn() -> Result<Client, ClientError> + Send + Sync + 'static,
    ) -> Self {
        let version = format!("{} (function version {function_version})", env!("CARGO_PKG_VERSION"));
        Self { url, version, client: OnceLock::new(), make: Box::new(make) }
    }

    /// The queue at `url`, with the client of [`client::settings`].
    pub fn of_environment(
        url: String,
        function_version: &str,
        lookup: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        Self::new(url, function_version, move || {
            let settings = client::settings(&lookup, client::SQS)?;
            Ok(Client::from_conf(aws_sdk_sqs::config::Builder::from(&settings).build()))
        })
    }

    /// Sends `dead`, and returns for each whether it is in the queue. A message without an answer by `until` counts as
    /// not sent.
    pub async fn send(&self, dead: &[Dead<'_>], until: Instant) -> Vec<bool> {
        let mut sent = vec![false; dead.len()];
        let client = match self.client.get_or_init(&self.make) {
            Ok(client) => client,
            Err(error) => {
                warn!(detail = %error, "the dead-letter queue cannot be called");
                return sent;
            }
        };
        let mut waiting = (0..dead.len()).filter_map(|number| self.entry(number, dead[number])).peekable();
        let mut running = JoinSet::new();
        let mut refuses = false;
        loop {
            while running.len() < LANES
                && !refuses
                && Instant::now() + LEAST < until
                && let Some(call) = next_call(&mut waiting)
            {
                running.spawn(taken(client.clone(), self.url.clone(), call, until));
            }
            let Some(finished) = running.join_next().await else { return sent };
            match finished {
                Ok(Ok(numbers)) => numbers.into_iter().for_each(|number: usize| sent[number] = true),
                // The other calls would fail too: these messages return to the queue.
                Ok(Err(code)) => {
                    warn!(code, "the dead-letter queue accepts no messages");
                    refuses = true;
                }
                Err(_) => refuses = true,
            }
        }
    }

    /// A message with all its attributes; `None` if it does not fit.
    fn entry(&self, number: usize, dead: Dead<'_>) -> Option<Entry> {
        let Dead { record, failure } = dead;
        let moment = |at: Option<i64>| at.and_then(spelled).unwrap_or_default();
        let death = Death {
            reason: failure.reason.as_str().to_owned(),
            detail: failure.detail.clone(),
            event_id: event_id(&record.body),
            queued_at: moment(record.sent_at),
            first_received: moment(record.first_received),
            pipeline_version: self.version.clone(),
            message_id: record.message_id.clone()?,
            attempts: record.receive_count.to_string(),
            redriven: String::new(),
        };
        let attributes = death.attributes(&record.body, record.attributes.as_ref()?)?;
        let bytes = message_bytes(&record.body, &attributes);
        let mut entry = SendMessageBatchRequestEntry::builder()
            .id(number.to_string())
            .message_body(&record.body)
            .set_message_group_id(record.group.clone());
        for (name, attribute) in attributes {
            entry = entry.message_attributes(name, as_sqs(attribute)?);
        }
        if let Some(trace) = &record.trace_header {
            let value = MessageSystemAttributeValue::builder().data_type("String").string_value(trace);
            entry = entry.message_system_attributes(
                MessageSystemAttributeNameForSends::AwsTraceHeader,
                value.build().ok()?,
            );
        }
        Some((entry.build().ok()?, bytes))
    }
}

/// The entries of the next call.
fn next_call(
    waiting: &mut Peekable<impl Iterator<Item = Entry>>,
) -> Option<Vec<SendMessageBatchRequestEntry>> {
    let (first, mut bytes) = waiting.next()?;
    let mut call = vec![first];
    while call.len() < ENTRIES
        && let Some((entry, more)) = waiting.next_if(|(_, more)| bytes + more <= LARGEST_BODY)
    {
        bytes += more;
        call.push(entry);
    }
    Some(call)
}

/// The indexes of the messages that the queue has accepted, or the error code if it accepted none.
async fn taken(
    client: Client,
    url: String,
    call: Vec<SendMessageBatchRequestEntry>,
    until: Instant,
) -> Result<Vec<usize>, String> {
    let asked: Vec<String> = call.iter().map(|entry| entry.id.clone()).collect();
    let answer = client.send_message_batch().queue_url(url).set_entries(Some(call)).send();
    let answer = match timeout_at(until, answer).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => return Err(error.code().unwrap_or("no answer").to_owned()),
        Err(_) => return Err("no answer in time".to_owned()),
    };
    for refused in &answer.failed {
        warn!(code = refused.code, "the dead-letter queue does not accept a message");
    }
    let successful = answer.successful.iter().filter(|entry| asked.contains(&entry.id));
    Ok(successful.filter_map(|entry| entry.id.parse().ok()).collect())
}

fn as_sqs(attribute: Attribute) -> Option<MessageAttributeValue> {
    let value = MessageAttributeValue::builder().data_type(attribute.data_type);
    let value = match attribute.value {
        AttributeValue::Text(text) => value.string_value(text),
        AttributeValue::Bytes(bytes) => value.binary_value(Blob::new(bytes)),
    };
    value.build().ok()
}
