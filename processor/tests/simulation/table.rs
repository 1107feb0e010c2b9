//! A DynamoDB table behind a network: conditional puts by key, and every way they fail.

use std::collections::BTreeMap;
use std::future::pending;
use std::panic::resume_unwind;
use std::time::Duration;

use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::error::{ConnectorError, ErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::error::ConditionalCheckFailedException;
use processor::batch::{Outcome, Store};
use processor::mapping::OnConflict;
use processor::reason::Reason;
use processor::row::{MESSAGE_ID, Row};
use processor::throttle::Throttle;
use processor::writer::{Item, Put};
use tokio::time::{sleep, timeout};

use crate::mutant::Mutant;
use crate::world::{Shared, lock};

/// Partition key and sort key.
pub(crate) type Key = (String, String);

#[derive(Default)]
pub(crate) struct Table {
    pub(crate) rows: BTreeMap<Key, Item>,
    pub(crate) calls: u64,
}

/// What happens to one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    Throttled,
    Error,
    ErrorApplied,
    Dropped,
    Slow,
    Lost,
    Torn,
    Reset,
    Denied,
    Panic,
}

impl Fault {
    pub(crate) const ALL: [Self; 10] = [
        Self::Throttled,
        Self::Error,
        Self::ErrorApplied,
        Self::Dropped,
        Self::Slow,
        Self::Lost,
        Self::Torn,
        Self::Reset,
        Self::Denied,
        Self::Panic,
    ];
}

/// What one request comes to.
#[derive(Debug)]
pub(crate) enum Answer {
    Written,
    Taken(Item),
    Refused { status: u16, code: &'static str },
    NoConnection,
    Torn,
}

/// The text attribute `name`.
pub(crate) fn text<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    item.get(name)?.as_s().ok().map(String::as_str)
}

pub(crate) fn key(item: &Item) -> Key {
    let text = |name| text(item, name).unwrap_or_default().to_owned();
    (text("shipment_id"), text("event_timestamp"))
}

/// One execution environment's way to the table.
#[derive(Clone)]
pub(crate) struct Door {
    pub(crate) world: Shared,
    pub(crate) poller: usize,
}

impl Door {
    /// One request. It is on its own once it is sent: the row may be written after the
    /// sender gave up, or died.
    pub(crate) async fn put_item(&self, item: Item, conditional: bool) -> Answer {
        let (fault, there, back) =
            lock(&self.world).request(self.poller, &key(&item), text(&item, MESSAGE_ID));
        let refused = match fault {
            Some(Fault::Throttled) => Some((400, "ThrottlingException")),
            Some(Fault::Error) => Some((503, "ServiceUnavailable")),
            Some(Fault::Denied) => Some((400, "AccessDeniedException")),
            _ => None,
        };
        if let Some((status, code)) = refused {
            sleep(there + back).await;
            return Answer::Refused { status, code };
        }
        match fault {
            // Past the panic hook, which would print each of them.
            Some(Fault::Panic) => resume_unwind(Box::new("a panic of the simulation")),
            Some(Fault::Dropped) => pending().await,
            Some(Fault::Reset) => {
                sleep(there).await;
                return Answer::NoConnection;
            }
            _ => {}
        }
        let world = self.world.clone();
        let request = tokio::spawn(async move {
            sleep(there).await;
            let taken = lock(&world).apply(item, conditional);
            sleep(back).await;
            taken
        });
        let taken = request.await.unwrap();
        match (fault, taken) {
            (Some(Fault::Lost), _) => pending().await,
            (Some(Fault::Torn), _) => Answer::Torn,
            (Some(Fault::ErrorApplied), _) => Answer::Refused { status: 500, code: "InternalServerError" },
            (_, Some(existing)) => Answer::Taken(existing),
            (_, None) => Answer::Written,
        }
    }
}

/// A store that tries as the SDK does and reads the last answer as the writer does.
pub(crate) struct Attempts {
    pub(crate) door: Door,
    pub(crate) on_conflict: OnConflict,
    pub(crate) mutant: Option<Mutant>,
}

/// As the processor's client is set up.
const ATTEMPTS: u32 = 3;
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(3);

impl Store for Attempts {
    async fn put(&self, row: Row, throttle: &Throttle) -> Outcome {
        match self.mutant {
            None => self.try_put(row, throttle).await,
            Some(mutant) => mutant.put(self, row, throttle).await,
        }
    }
}

impl Attempts {
    pub(crate) async fn try_put(&self, row: Row, throttle: &Throttle) -> Outcome {
        let conditional = self.mutant != Some(Mutant::PutsUnconditionally);
        let put = Put::new(row, self.on_conflict);
        let mut attempt = 1;
        loop {
            let answer = timeout(ATTEMPT_TIMEOUT, self.door.put_item(put.item.clone(), conditional)).await;
            let error = answer.map_or_else(|_| Some(SdkError::timeout_error("")), error);
            let outcome = error.map_or(Outcome::Written, |error| put.unwritten(&error));
            let Outcome::Failed(failure) = &outcome else { return outcome };
            if failure.reason == Reason::Throttled {
                throttle.mark();
            }
            let passing = matches!(
                failure.reason,
                Reason::Throttled
                    | Reason::ServiceError
                    | Reason::Timeout
                    | Reason::ConnectionFailed
                    | Reason::InvalidResponse
            );
            if !passing || attempt == ATTEMPTS {
                return outcome;
            }
            let backoff = lock(&self.door.world).random.below(50 << attempt);
            sleep(Duration::from_millis(backoff)).await;
            attempt += 1;
        }
    }
}

/// What the SDK makes of an answer that is not plain success.
fn error(answer: Answer) -> Option<SdkError<PutItemError>> {
    let raw = |status: u16| HttpResponse::new(status.try_into().unwrap(), "".into());
    Some(match answer {
        Answer::Written => return None,
        Answer::Taken(existing) => {
            let failed = ConditionalCheckFailedException::builder().set_item(Some(existing)).build();
            SdkError::service_error(PutItemError::ConditionalCheckFailedException(failed), raw(400))
        }
        Answer::Refused { status, code } => {
            let refused = PutItemError::generic(ErrorMetadata::builder().code(code).build());
            SdkError::service_error(refused, raw(status))
        }
        Answer::NoConnection => SdkError::dispatch_failure(ConnectorError::io("".into())),
        Answer::Torn => SdkError::response_error("", raw(200)),
    })
}
