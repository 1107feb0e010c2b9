//! Canaries: synthetic events that `pipectl verify` sends to check that they become rows. A field of the detail marks
//! them. It is signed with a secret of the stack, so it works with both inputs of the queue and nobody else can create
//! one.
//!
//! A canary also tries custom code. Custom code may reject a synthetic event, which is not a fault of the pipeline: the
//! row is then that of the event as it was sent, and has the reason of the rejection.
//!
//! A canary counts in no metric, never becomes a dead letter, and is dropped if it is late or comes from the archive. Its
//! row has a key that no event can have, a status of its own, and a time to live of one hour.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use sha2::Sha256;

use crate::code::Code;
use crate::config::Config;
use crate::decide::{Message, decide};
use crate::event::Event;
use crate::json::Json;
use crate::mapping::Format;
use crate::number::Number;
use crate::parse;
use crate::path::{Path, REPLAY_NAME};
use crate::reason::Rejection;
use crate::row::{EXPIRES_AT, KeyValue, PROCESSING_STATUS, Row};

/// The field of the detail that holds the mark. In the row, an attribute of this name has the reason why custom code
/// rejects the event.
pub const FIELD: &str = "pipectl_canary";
/// The row's [`PROCESSING_STATUS`]: readers of processed rows do not see it.
pub const STATUS: &str = "CANARY";
/// A canary older than this is dropped: its sender no longer waits for it.
pub const LATE_SECONDS: i64 = 900;
/// Time to live of its row, in case its sender cannot delete it.
const LIVES_SECONDS: i64 = 3_600;
/// The prefix of its row's partition key, if that is a text.
const KEY: &str = "pipectl-canary#";
/// The version of the mark.
const VERSION: &str = "1";

/// The secret that marks are signed with.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The secret from the function's environment.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    fn mac(&self, signed: &str) -> Option<Hmac<Sha256>> {
        // HMAC takes a key of any length.
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.as_bytes()).ok()?;
        mac.update(signed.as_bytes());
        Some(mac)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret")
    }
}

/// The identity of a canary, and when it was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// Random, so that no two canaries share it.
    pub nonce: u128,
    /// Milliseconds since 1970.
    pub sent_at: i64,
}

impl Mark {
    /// The signed value of [`FIELD`].
    #[must_use]
    pub fn signed(self, secret: &Secret) -> String {
        let signed = self.text();
        let tag = secret.mac(&signed).map(|mac| mac.finalize().into_bytes());
        let tag: String = tag.iter().flatten().map(|byte| format!("{byte:02x}")).collect();
        format!("{signed}.{tag}")
    }

    /// The text that is signed.
    fn text(self) -> String {
        format!("{VERSION}.{}.{}", self.sent_at, self.id())
    }

    /// The nonce as text: the canary's id in the processor's log.
    #[must_use]
    pub fn id(self) -> String {
        format!("{:032x}", self.nonce)
    }

    /// The mark in a value of [`FIELD`]; `None` if it is signed with another secret or has another version.
    fn read(text: &str, secret: &Secret) -> Option<Self> {
        let (signed, tag) = text.rsplit_once('.')?;
        let mut parts = signed.split('.');
        let (Some(VERSION), Some(sent_at), Some(nonce), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return None;
        };
        let mark = Self { nonce: u128::from_str_radix(nonce, 16).ok()?, sent_at: sent_at.parse().ok()? };
        let tag: Option<Vec<u8>> = (0..tag.len())
            .step_by(2)
            .map(|at| tag.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok()))
            .collect();
        // In constant time.
        (mark.text() == signed && secret.mac(signed)?.verify_slice(&tag?).is_ok()).then_some(mark)
    }

    /// The partition key of its row. A number has 38 digits, more than counters and timestamps have.
    #[must_use]
    pub fn key(self, format: Format) -> KeyValue {
        const LEAST: u128 = 10_u128.pow(37);
        let number = (format == Format::Number)
            .then(|| Number::stored(&format!("-{}", LEAST + self.nonce % (9 * LEAST))))
            .flatten();
        number.map_or_else(|| KeyValue::Text(format!("{KEY}{}", self.id())), KeyValue::Number)
    }
}

/// A canary, read from a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Canary {
    /// Its mark.
    pub mark: Mark,
    /// The message's body without the mark, so that it is decided as an ordinary event.
    body: String,
    is_replayed: bool,
}

/// Why a canary has no row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dropped {
    /// It was sent too long ago, or the clocks differ that much.
    Late,
    /// It comes from the archive.
    Replayed,
    /// The processor would reject such an event.
    Refused(Rejection),
}

impl Canary {
    /// The canary in a message's body; `None` for every other event, including one whose mark is not signed with
    /// `secret`.
    #[must_use]
    pub fn of(config: &Config, secret: &Secret, body: &str) -> Option<Self> {
        if !body.contains(FIELD) {
            return None;
        }
        let Ok(Json::Map(fields)) = parse::parse(body) else { return None };
        let mut event = Event::of(config, fields);
        let mark = Mark::read(event.take(&Path::of_detail(FIELD))?.as_text()?, secret)?;
        let is_replayed = event.envelope_text(REPLAY_NAME).is_some();
        Some(Self { mark, body: event.to_body(), is_replayed })
    }

    /// Its row at `now`: that of an ordinary event, except for the key, the status and the time to live. An event that
    /// custom code rejects is decided without that code.
    ///
    /// # Errors
    /// It has no row, and is dropped.
    pub fn row(&self, config: &Config, message: Message<'_>, now: Timestamp) -> Result<Row, Dropped> {
        if self.is_replayed {
            return Err(Dropped::Replayed);
        }
        if now.as_millisecond().abs_diff(self.mark.sent_at) > LATE_SECONDS.unsigned_abs() * 1_000 {
            return Err(Dropped::Late);
        }
        let message = Message { body: &self.body, ..message };
        let mut row = decide(config, message, now).or_else(|rejection| {
            if !config.code.is_some() {
                return Err(Dropped::Refused(rejection));
            }
            let without = Config { code: Code::default(), ..config.clone() };
            let mut row = decide(&without, message, now).map_err(Dropped::Refused)?;
            row.attributes.insert(FIELD.to_owned(), Json::Text(rejection.to_string()));
            Ok(row)
        })?;
        let field = &config.event.partition_key;
        row.partition_key = self.mark.key(config.event.partition_key_format());
        let expires_at = Number::whole(now.as_second() + LIVES_SECONDS);
        row.attributes.extend([
            (field.attribute.clone(), row.partition_key.clone().into_json()),
            (PROCESSING_STATUS.to_owned(), Json::Text(STATUS.to_owned())),
            (EXPIRES_AT.to_owned(), Json::Number(expires_at)),
        ]);
        Ok(row)
    }
}
