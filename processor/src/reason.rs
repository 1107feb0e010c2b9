//! Why a record was not acknowledged. The codes are public: alarms, log queries and `pipectl dlq` use them, so a code is
//! never reused with another meaning.

use std::fmt;

use serde::{Serialize, Serializer};

/// Whether a retry can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// The same bytes fail in the same way every time; the queue's receive limit ends it.
    Permanent,
    /// The next receive may succeed.
    Transient,
}

impl Class {
    /// `permanent` or `transient`, as in the log.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Permanent => "permanent",
            Self::Transient => "transient",
        }
    }
}

macro_rules! reasons {
    ($($(#[doc = $doc:literal])+ $variant:ident => $code:literal, $class:ident;)+) => {
        /// A reason with a stable code.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Reason {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Reason {
            /// Every reason, in the order of the documentation.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The code, as in the log.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            /// The reason with this code.
            #[must_use]
            pub fn of_code(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|reason| reason.as_str() == code)
            }

            /// Whether a retry can help.
            #[must_use]
            pub fn class(self) -> Class {
                match self { $(Self::$variant => Class::$class),+ }
            }

            /// What the code means, for people who read a dead letter.
            #[must_use]
            pub fn explanation(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc),+).trim_ascii_start()),+ }
            }
        }
    };
}

reasons! {
    /// The record has no body.
    EmptyBody => "empty-body", Permanent;
    /// The body exceeds 1 MiB, the largest message SQS takes.
    BodyTooLarge => "body-too-large", Permanent;
    /// The body is not JSON (RFC 8259).
    InvalidJson => "invalid-json", Permanent;
    /// The body is JSON, but not an object.
    NotAnObject => "not-an-object", Permanent;
    /// Objects and lists nest deeper than 32 levels, DynamoDB's limit.
    TooDeep => "too-deep", Permanent;
    /// The body had more than 1,000 object keys, the limit of former versions; this version only limits the row's size.
    TooManyKeys => "too-many-keys", Permanent;
    /// An object has the same key twice, so its meaning depends on the parser.
    DuplicateKey => "duplicate-key", Permanent;
    /// An object key is empty or longer than 65,535 bytes; DynamoDB takes neither.
    InvalidKey => "invalid-key", Permanent;
    /// A number has more than 38 significant digits and would be rounded.
    NumberTooPrecise => "number-too-precise", Permanent;
    /// A number lies outside 1E-130 to 9.99E+125, DynamoDB's range.
    NumberOutOfRange => "number-out-of-range", Permanent;
    /// The code of your own that the spec names under `processor.code` rejects the event.
    RejectedByCode => "rejected-by-code", Permanent;
    /// The detail violates the schema that the spec names under `event.schema`.
    Contract => "contract", Permanent;
    /// A required field is missing.
    MissingField => "missing-field", Permanent;
    /// A required field is not of the kind it must have.
    WrongType => "wrong-type", Permanent;
    /// A required field is empty or only white space.
    BlankField => "blank-field", Permanent;
    /// The partition key of the table or of an index exceeds 2,048 bytes, or a sort key 1,024.
    KeyTooLong => "key-too-long", Permanent;
    /// The sort key is not an RFC 3339 instant.
    InvalidTimestamp => "invalid-timestamp", Permanent;
    /// The row would exceed 400 KB, DynamoDB's item limit.
    RowTooLarge => "row-too-large", Permanent;
    /// The key is taken by an event with other content.
    Conflict => "conflict", Permanent;
    /// DynamoDB refuses the row itself.
    RowRefused => "row-refused", Permanent;
    /// DynamoDB throttles the table or the account.
    Throttled => "throttled", Transient;
    /// Another transaction or another Region is changing this row.
    Contended => "contended", Transient;
    /// DynamoDB answered with a server error.
    ServiceError => "service-error", Transient;
    /// DynamoDB did not answer in time; the row may have been written.
    Timeout => "timeout", Transient;
    /// No connection to DynamoDB, or it broke; the row may have been written.
    ConnectionFailed => "connection-failed", Transient;
    /// DynamoDB's answer could not be read; the row may have been written.
    InvalidResponse => "invalid-response", Transient;
    /// The key is taken, and the row under it could not be read to compare the contents.
    RowUnread => "row-unread", Transient;
    /// The function's credentials may not write to the table.
    AccessDenied => "access-denied", Transient;
    /// The table does not exist in this account and region.
    TableNotFound => "table-not-found", Transient;
    /// The invocation's time was nearly over before this record was processed.
    Deadline => "deadline", Transient;
    /// The processor itself failed at this record.
    Panic => "panic", Transient;
    /// Anything else the SDK reports.
    Unexpected => "unexpected", Transient;
}

impl Reason {
    /// Whether an event on a bus can cause it by itself, whatever the table holds.
    #[must_use]
    pub fn is_of_an_event(self) -> bool {
        let of_the_message =
            matches!(self, Self::EmptyBody | Self::BodyTooLarge | Self::InvalidJson | Self::NotAnObject);
        let of_the_table = matches!(self, Self::Conflict | Self::RowRefused);
        // `too-many-keys` is a code of former versions.
        self.class() == Class::Permanent && !of_the_message && !of_the_table && self != Self::TooManyKeys
    }

    /// Whether every other write of the batch must fail in the same way, so that trying them only adds load.
    #[must_use]
    pub fn is_systemic(self) -> bool {
        matches!(self, Self::AccessDenied | Self::TableNotFound)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A record that cannot become a row, now or later.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}: {message}")]
pub struct Rejection {
    /// The stable code.
    pub reason: Reason,
    /// The problem and its location. Contains configured names and numbers, never a payload's value.
    pub message: String,
    /// Its location in the body, if it is one location.
    pub location: Option<Location>,
}

/// A location in a message's body. For people who may see the message: names in it may come from the payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// The JSON pointer of the value. For a missing field, where it would be.
    Pointer(String),
    /// The byte at which parsing ended.
    Byte(usize),
}

impl Rejection {
    /// A rejection for `reason` with its details.
    pub(crate) fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self { reason, message: message.into(), location: None }
    }

    /// The same, caused by the value at `pointer`.
    pub(crate) fn at(self, pointer: String) -> Self {
        Self { location: Some(Location::Pointer(pointer)), ..self }
    }

    /// The same, with parsing ended at `byte`.
    pub(crate) fn at_byte(self, byte: usize) -> Self {
        Self { location: Some(Location::Byte(byte)), ..self }
    }
}
