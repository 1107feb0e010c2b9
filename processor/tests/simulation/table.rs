//! A DynamoDB table behind a network: conditional puts by key, and every way in which they fail.

use std::collections::BTreeMap;
use std::future::pending;
use std::panic::resume_unwind;
use std::time::Duration;

use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::error::{ConnectorError, ErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::get_item::GetItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::error::ConditionalCheckFailedException;
use jiff::Timestamp;
use pipectl_processor::batch::{Outcome, Store};
use pipectl_processor::bury::Dead;
use pipectl_processor::mapping::OnConflict;
use pipectl_processor::reason::Reason;
use pipectl_processor::row::{EXPIRES_AT, MESSAGE_ID, Row};
use pipectl_processor::throttle::Throttle;
use pipectl_processor::writer::{Item, Put, unread, without_row};
use tokio::time::{Instant, sleep, timeout, timeout_at};

use crate::mutant::Mutant;
use crate::world::{Shared, World, lock};

/// Partition key and sort key.
pub(crate) type Key = (String, String);

#[derive(Default)]
pub(crate) struct Table {
    pub(crate) rows: BTreeMap<Key, Item>,
    pub(crate) calls: u64,
}

/// The fate of one request.
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
    /// The key is taken, and the answer does not include the row.
    Bare,
}

impl Fault {
    pub(crate) const ALL: [Self; 11] = [
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
        Self::Bare,
    ];
}

/// The result of one request.
#[derive(Debug)]
pub(crate) enum Answer {
    Written,
    /// The key is taken, by this row if the answer includes it.
    Taken(Option<Item>),
    /// The requested row.
    Read(Option<Item>),
    Refused {
        status: u16,
        code: &'static str,
    },
    NoConnection,
    Torn,
}

/// The text attribute `name`.
pub(crate) fn text<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    item.get(name)?.as_s().ok().map(String::as_str)
}

/// Whether the row counts as removed at this second of the epoch.
pub(crate) fn is_expired(item: &Item, second: i64) -> bool {
    let expires = item.get(EXPIRES_AT).and_then(|value| value.as_n().ok()?.parse::<i64>().ok());
    expires.is_some_and(|expires| expires < second)
}

pub(crate) fn key(item: &Item) -> Key {
    let text = |name| text(item, name).unwrap_or_default().to_owned();
    (text("shipment_id"), text("event_timestamp"))
}

/// The connection of one execution environment to the table.
#[derive(Clone)]
pub(crate) struct Door {
    pub(crate) world: Shared,
    pub(crate) poller: usize,
}

impl Door {
    /// A write, on the condition that the key is free at this second; with `None`, unconditional.
    pub(crate) async fn put_item(&self, item: Item, condition: Option<Condition>) -> Answer {
        let message = text(&item, MESSAGE_ID).map(str::to_owned);
        let key = key(&item);
        let apply = move |world: &mut World| match world.apply(item, condition) {
            Some(existing) => Answer::Taken(Some(existing)),
            None => Answer::Written,
        };
        self.request("put", &key, message.as_deref(), apply).await
    }

    /// A consistent read.
    pub(crate) async fn get_item(&self, key: &Key) -> Answer {
        let wanted = key.clone();
        let apply = move |world: &mut World| Answer::Read(world.table.rows.get(&wanted).cloned());
        self.request("get", key, None, apply).await
    }

    /// Messages for the dead-letter queue, by their ids and reasons: returns for each whether the answer confirms it.
    pub(crate) async fn bury(&self, dead: Vec<(String, String)>) -> Vec<bool> {
        if !lock(&self.world).plan.at_once {
            return vec![false; dead.len()];
        }
        let (there, back) = lock(&self.world).distance();
        let world = self.world.clone();
        let request = tokio::spawn(async move {
            sleep(there).await;
            let taken: Vec<bool> =
                dead.iter().map(|(id, reason)| lock(&world).bury_at_once(id, reason)).collect();
            sleep(back).await;
            taken
        });
        request.await.unwrap()
    }

    /// One request. Once sent, it does not depend on its sender: it may be applied after the sender gave up or died.
    async fn request(
        &self,
        verb: &str,
        key: &Key,
        message: Option<&str>,
        apply: impl FnOnce(&mut World) -> Answer + Send + 'static,
    ) -> Answer {
        let (fault, there, back) = lock(&self.world).request(self.poller, (verb, key), message);
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
            // Bypasses the panic hook, which would print each of them.
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
            let answer = apply(&mut lock(&world));
            sleep(back).await;
            answer
        });
        let answer = request.await.unwrap();
        match (fault, answer) {
            (Some(Fault::Lost), _) => pending().await,
            (Some(Fault::Torn), _) => Answer::Torn,
            (Some(Fault::ErrorApplied), _) => Answer::Refused { status: 500, code: "InternalServerError" },
            (Some(Fault::Bare), Answer::Taken(_)) => Answer::Taken(None),
            (_, answer) => answer,
        }
    }
}

/// When a row may be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Condition {
    /// The key is free.
    Free,
    /// The same, or its row expired before this second of the epoch.
    FreeAt(i64),
    /// The same, or its row is older.
    NewerAt(i64),
}

/// A store that retries like the SDK and reads the last answer like the writer.
pub(crate) struct Attempts {
    pub(crate) door: Door,
    pub(crate) on_conflict: OnConflict,
    pub(crate) mutant: Option<Mutant>,
}

/// As the processor's client is configured.
const ATTEMPTS: u32 = 3;
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(3);

impl Store for Attempts {
    async fn put(&self, row: Row, now: Timestamp, throttle: &Throttle) -> Outcome {
        match self.mutant {
            None => self.try_put(row, now, throttle).await,
            Some(mutant) => mutant.put(self, row, now, throttle).await,
        }
    }

    async fn bury(&self, dead: &[Dead<'_>], until: Instant) -> Vec<bool> {
        let ids = dead.iter().map(|one| {
            (one.record.message_id.clone().unwrap_or_default(), one.failure.reason.as_str().to_owned())
        });
        let taken = timeout_at(until, self.door.bury(ids.collect())).await;
        let taken = taken.unwrap_or_else(|_| vec![false; dead.len()]);
        let trusts = self.mutant == Some(Mutant::AcknowledgesUnburied);
        taken.into_iter().map(|taken| taken || trusts).collect()
    }
}

impl Attempts {
    pub(crate) async fn try_put(&self, row: Row, now: Timestamp, throttle: &Throttle) -> Outcome {
        let condition = match self.mutant {
            Some(Mutant::PutsUnconditionally) => None,
            Some(Mutant::KeepsExpiredRows) => Some(Condition::Free),
            _ if row.newer_by.is_some() => Some(Condition::NewerAt(now.as_second())),
            _ => Some(Condition::FreeAt(now.as_second())),
        };
        let sort_key = row.sort_key.as_ref().map(|key| key.as_str().to_owned());
        let key = (row.partition_key.as_str().to_owned(), sort_key.unwrap_or_default());
        let put = Put::new(row, self.on_conflict);
        let written = self.attempts(throttle, || async {
            let answer = timeout(ATTEMPT_TIMEOUT, self.door.put_item(put.item.clone(), condition)).await;
            let error = answer.map_or_else(|_| Some(SdkError::timeout_error("")), error);
            error.map_or(Some(Outcome::Written), |error| put.unwritten(&error))
        });
        if let Some(outcome) = written.await {
            return outcome;
        }
        if self.mutant == Some(Mutant::JudgesRowsUnread) {
            return Outcome::failed(Reason::Conflict, "");
        }
        let read = self.attempts(throttle, || async {
            let answer = timeout(ATTEMPT_TIMEOUT, self.door.get_item(&key)).await;
            Some(match answer {
                Ok(Answer::Read(Some(existing))) => put.beside(&existing),
                Ok(Answer::Read(None)) => without_row(),
                Ok(failed) => unread(&unreadable(failed)),
                Err(_) => unread(&SdkError::timeout_error("")),
            })
        });
        read.await.unwrap()
    }

    /// Retries until the outcome is known, or the attempts are used up.
    async fn attempts<F: Future<Output = Option<Outcome>> + Send>(
        &self,
        throttle: &Throttle,
        attempt: impl Fn() -> F + Send,
    ) -> Option<Outcome> {
        let mut number = 1;
        loop {
            let outcome = attempt().await;
            let failure = outcome.as_ref().and_then(Outcome::failure);
            if failure == Some(Reason::Throttled) {
                throttle.mark();
            }
            let passing = matches!(
                failure,
                Some(
                    Reason::Throttled
                        | Reason::ServiceError
                        | Reason::Timeout
                        | Reason::ConnectionFailed
                        | Reason::InvalidResponse
                )
            );
            if !passing || number == ATTEMPTS {
                return outcome;
            }
            let backoff = lock(&self.door.world).random.below(50 << number);
            sleep(Duration::from_millis(backoff)).await;
            number += 1;
        }
    }
}

fn raw(status: u16) -> HttpResponse {
    HttpResponse::new(status.try_into().unwrap(), "".into())
}

/// The SDK's error for an answer that is not a plain success.
fn error(answer: Answer) -> Option<SdkError<PutItemError>> {
    Some(match answer {
        Answer::Written | Answer::Read(_) => return None,
        Answer::Taken(existing) => {
            let failed = ConditionalCheckFailedException::builder().set_item(existing).build();
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

/// The same for a read without a result.
fn unreadable(answer: Answer) -> SdkError<GetItemError> {
    match answer {
        Answer::Refused { status, code } => {
            let refused = GetItemError::generic(ErrorMetadata::builder().code(code).build());
            SdkError::service_error(refused, raw(status))
        }
        Answer::NoConnection => SdkError::dispatch_failure(ConnectorError::io("".into())),
        Answer::Torn => SdkError::response_error("", raw(200)),
        Answer::Written | Answer::Taken(_) | Answer::Read(_) => panic!("a read writes nothing"),
    }
}
