//! Processors with one mistake each. The checker must catch every one of them; otherwise its zeros prove nothing.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use pipectl_processor::batch::Outcome;
use pipectl_processor::reason::{Class, Reason};
use pipectl_processor::row::Row;
use pipectl_processor::throttle::Throttle;
use serde_json::{Value, json};

use crate::table::Attempts;
use crate::verdict::Harm;

/// The mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mutant {
    AcknowledgesTimeouts,
    AcknowledgesPanics,
    AcknowledgesConflicts,
    RefusesRepeats,
    PutsUnconditionally,
    ForgetsTheDeadline,
    NamesTheNextMessage,
    NamesNobody,
    NamesTheFirstAlone,
    NamesEverybody,
    AnswersNull,
    SendsAnEmptyIdentifier,
    SendsAnUnknownIdentifier,
    MisspellsTheList,
    KeepsExpiredRows,
    JudgesRowsUnread,
    AcknowledgesUnburied,
    BuriesWhatPasses,
    /// Not a mistake, but the behaviour before there was a pace: throttled writes are returned to the queue after the
    /// SDK's attempts, at full concurrency.
    NeverThrottles,
}

impl Mutant {
    /// All of them, each with the harm that must be reported.
    pub(crate) const ALL: [(Self, Harm); 18] = [
        (Self::AcknowledgesTimeouts, Harm::Lost),
        (Self::AcknowledgesPanics, Harm::Lost),
        (Self::AcknowledgesConflicts, Harm::Lost),
        (Self::RefusesRepeats, Harm::WronglyDead),
        (Self::PutsUnconditionally, Harm::Doubled),
        (Self::ForgetsTheDeadline, Harm::Late),
        (Self::NamesTheNextMessage, Harm::Lost),
        (Self::NamesNobody, Harm::Lost),
        (Self::NamesTheFirstAlone, Harm::Lost),
        (Self::NamesEverybody, Harm::WronglyDead),
        (Self::AnswersNull, Harm::Lost),
        (Self::SendsAnEmptyIdentifier, Harm::WronglyDead),
        (Self::SendsAnUnknownIdentifier, Harm::WronglyDead),
        (Self::MisspellsTheList, Harm::WronglyDead),
        (Self::KeepsExpiredRows, Harm::Lost),
        (Self::JudgesRowsUnread, Harm::WronglyDead),
        (Self::AcknowledgesUnburied, Harm::Lost),
        (Self::BuriesWhatPasses, Harm::WronglyDead),
    ];

    pub(crate) async fn put(
        self,
        store: &Attempts,
        row: Row,
        now: Timestamp,
        throttle: &Throttle,
    ) -> Outcome {
        if self == Self::AcknowledgesPanics {
            let store = Attempts { mutant: None, door: store.door.clone(), ..*store };
            let (store, throttle) = (Arc::new(store), throttle.clone());
            let put = tokio::spawn(async move { store.try_put(row, now, &throttle).await });
            return put.await.unwrap_or(Outcome::Written);
        }
        let unmarked = Throttle::default();
        let throttle = if self == Self::NeverThrottles { &unmarked } else { throttle };
        let outcome = store.try_put(row, now, throttle).await;
        match (self, &outcome) {
            (Self::AcknowledgesTimeouts, Outcome::Failed(failure)) if failure.reason == Reason::Timeout => {
                Outcome::Written
            }
            (Self::AcknowledgesConflicts, Outcome::Failed(failure)) if failure.reason == Reason::Conflict => {
                Outcome::Duplicate
            }
            (Self::NeverThrottles, Outcome::Failed(failure)) if failure.reason == Reason::Throttled => {
                Outcome::failed(Reason::ServiceError, "")
            }
            // As if a transient failure were the message's own fault.
            (Self::BuriesWhatPasses, Outcome::Failed(failure))
                if failure.reason.class() == Class::Transient =>
            {
                Outcome::failed(Reason::Conflict, "")
            }
            (Self::RefusesRepeats, Outcome::Duplicate) => Outcome::failed(Reason::Conflict, ""),
            _ => outcome,
        }
    }

    /// The time the processor believes it has.
    pub(crate) fn left(self, limit: Duration) -> Duration {
        match self {
            Self::ForgetsTheDeadline => Duration::from_secs(3_600),
            _ => limit,
        }
    }

    /// Spoils an answer to `payload`.
    pub(crate) fn respond(self, response: &mut Value, payload: &Value) {
        let records = payload["Records"].as_array().unwrap();
        let name = |number: usize| json!({"itemIdentifier": records[number % records.len()]["messageId"]});
        let failures = response["batchItemFailures"].as_array_mut().unwrap();
        match self {
            Self::NamesTheNextMessage => {
                for failure in failures {
                    let at =
                        records.iter().position(|record| record["messageId"] == failure["itemIdentifier"]);
                    *failure = name(at.unwrap() + 1);
                }
            }
            Self::NamesNobody => failures.clear(),
            Self::NamesTheFirstAlone => failures.truncate(1),
            Self::NamesEverybody => *failures = (0..records.len()).map(name).collect(),
            Self::AnswersNull => *response = Value::Null,
            Self::SendsAnEmptyIdentifier if !failures.is_empty() => {
                failures.push(json!({"itemIdentifier": ""}))
            }
            Self::SendsAnUnknownIdentifier if !failures.is_empty() => {
                failures.push(json!({"itemIdentifier": "unknown"}));
            }
            Self::MisspellsTheList => *response = json!({"batchItemFailure": response["batchItemFailures"]}),
            _ => {}
        }
    }
}
