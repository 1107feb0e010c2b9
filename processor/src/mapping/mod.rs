//! How one event becomes one row: which values of the event make which attributes of the row.

mod check;
mod field;

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use check::{MappedField, Problem, Rule, problems};
pub use field::{Field, Format};

use crate::path::Path;
use crate::schema::Schema;

/// How one event becomes one row. The defaults are those of the spec.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
#[serde(default, deny_unknown_fields)]
pub struct Mapping {
    /// The partition key, of 1 to 2,048 bytes; a text unless a format is set.
    pub partition_key: Field,
    /// The sort key, of 1 to 1,024 bytes, an RFC 3339 instant unless a format is set; `null` for a table without one.
    pub sort_key: Option<Field>,
    /// The format of a sort key that sets none itself, as in contracts of version 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sort_key_format: Option<Format>,
    /// What kind of event it is, a non-blank text; `null` stores none.
    #[serde(rename = "type")]
    pub event_type: Option<Field>,
    /// The event's data, any JSON value; missing data is an empty object. `null` stores neither data nor `event_extra`.
    pub data: Option<Field>,
    /// Further attributes, left out if the event has no value for them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<Field>,
    /// What two deliveries of one event have in common.
    #[serde(skip_serializing_if = "Identity::is_content")]
    pub identity: Identity,
    /// The outcome for an event whose key is taken by another one.
    pub on_conflict: OnConflict,
    /// The value by which an event is newer than another; required by [`OnConflict::ReplaceIfNewer`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub newer_by: Option<Field>,
    /// The paths that are never stored, hashed or logged.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub drop: Vec<Path>,
    /// The outcome for an event whose row would exceed 400 KB.
    pub on_oversize: OnOversize,
    /// The schema of the detail, checked before anything is dropped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema: Option<Schema>,
}

/// What identifies an event: the same in its deliveries, and different in two events of one key.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Identity {
    /// The stored attributes, and `source` and `detail-type`.
    #[default]
    Content,
    /// The envelope's `id`.
    EventId,
    /// The value at this path.
    At(Path),
}

/// The outcome for an event whose key is taken by another one.
#[derive(Serialize, Deserialize, Debug, Clone, Copy, PartialEq, Eq, Default)]
#[serde(rename_all = "snake_case")]
pub enum OnConflict {
    /// The message fails and becomes a dead letter.
    #[default]
    DeadLetter,
    /// The first row is retained, the message is acknowledged with a warning.
    KeepFirst,
    /// The newer event's row is retained; an older event is acknowledged. Two events of the same instant are a conflict.
    ReplaceIfNewer,
}

/// The outcome for an event whose row would exceed DynamoDB's 400 KB.
#[derive(Serialize, Deserialize, Debug, Clone, Copy, PartialEq, Eq, Default)]
#[serde(rename_all = "snake_case")]
pub enum OnOversize {
    /// The message fails and becomes a dead letter.
    #[default]
    DeadLetter,
}

impl Default for Mapping {
    fn default() -> Self {
        Self {
            partition_key: Field::of_detail("shipment_id"),
            sort_key: Some(Field::of_detail("event_timestamp")),
            sort_key_format: Some(Format::Timestamp),
            event_type: Some(Field::of_detail("event_type")),
            data: Some(Field::of_detail("event_data")),
            attributes: Vec::new(),
            identity: Identity::default(),
            on_conflict: OnConflict::default(),
            newer_by: None,
            drop: Vec::new(),
            on_oversize: OnOversize::default(),
            schema: None,
        }
    }
}

impl Mapping {
    /// The stored format of the partition key: a text or a number.
    #[must_use]
    pub fn partition_key_format(&self) -> Format {
        self.partition_key.format.unwrap_or(Format::Text)
    }

    /// The format of the sort key.
    #[must_use]
    pub fn sort_key_format(&self) -> Format {
        let own = self.sort_key.as_ref().and_then(|field| field.format);
        own.or(self.sort_key_format).unwrap_or(Format::Timestamp)
    }

    /// Whether it only names fields of the detail, as contracts of version 1 do.
    #[must_use]
    pub(crate) fn is_of_version_1(&self) -> bool {
        let named =
            [Some(&self.partition_key), self.sort_key.as_ref(), self.event_type.as_ref(), self.data.as_ref()];
        named.into_iter().all(|field| field.is_some_and(Field::is_plain))
            && matches!(self.sort_key_format, Some(Format::Timestamp | Format::Text))
            && self.attributes.is_empty()
            && self.identity == Identity::Content
            && self.on_conflict != OnConflict::ReplaceIfNewer
            && self.newer_by.is_none()
            && self.drop.is_empty()
            && self.schema.is_none()
    }

    /// Every attribute the mapping writes, with the name of the mapping's field.
    pub fn attributes(&self) -> impl Iterator<Item = (&'static str, &Field)> {
        let one = |name, field| std::iter::once((name, field));
        one("partition_key", &self.partition_key)
            .chain(self.sort_key.iter().map(|field| ("sort_key", field)))
            .chain(self.event_type.iter().map(|field| ("type", field)))
            .chain(self.data.iter().map(|field| ("data", field)))
            .chain(self.newer_by.iter().map(|field| ("newer_by", field)))
            .chain(self.attributes.iter().map(|field| ("attributes", field)))
    }
}

impl Identity {
    fn is_content(&self) -> bool {
        *self == Self::Content
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Content => formatter.write_str("content"),
            Self::EventId => formatter.write_str("event_id"),
            Self::At(path) => path.fmt(formatter),
        }
    }
}

impl Serialize for Identity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Identity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match String::deserialize(deserializer)?.as_str() {
            "content" => Ok(Self::Content),
            "event_id" => Ok(Self::EventId),
            path => path.parse().map(Self::At).map_err(serde::de::Error::custom),
        }
    }
}
