//! One attribute: its paths and its format.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::path::Path;

/// One attribute of the row, and the location of its value in the event.
#[derive(Serialize, Debug, Clone, PartialEq, Eq)]
#[serde(into = "Form")]
pub struct Field {
    /// The attribute's name.
    pub attribute: String,
    /// The location of the value, at least one path; several values are joined with `#` in this order.
    pub from: Vec<Path>,
    /// How the value at the first path is read. Without a format, keys and types are texts, and other values keep their
    /// JSON type.
    pub format: Option<Format>,
}

/// How a value is read, and how it is stored.
#[derive(Serialize, Deserialize, Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// An RFC 3339 instant, stored in UTC with nine digits of fraction.
    Timestamp,
    /// Seconds since 1970, a number or a string of digits; stored as a timestamp.
    EpochSeconds,
    /// Milliseconds since 1970, a number or a string of digits; stored as a timestamp.
    EpochMilliseconds,
    /// A text unchanged; a number as its shortest exact decimal text; a boolean as `true` or `false`.
    Text,
    /// A number, stored as DynamoDB's type N.
    Number,
}

impl Format {
    /// Its name in the spec.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Timestamp => "timestamp",
            Self::EpochSeconds => "epoch_seconds",
            Self::EpochMilliseconds => "epoch_milliseconds",
            Self::Text => "text",
            Self::Number => "number",
        }
    }

    /// Whether the value is an instant, stored in one spelling of fixed width.
    #[must_use]
    pub fn is_instant(self) -> bool {
        matches!(self, Self::Timestamp | Self::EpochSeconds | Self::EpochMilliseconds)
    }
}

impl Field {
    /// The detail's field of the same name as the attribute.
    #[must_use]
    pub fn of_detail(name: &str) -> Self {
        Self { attribute: name.to_owned(), from: vec![Path::of_detail(name)], format: None }
    }

    pub(super) fn is_plain(&self) -> bool {
        *self == Self::of_detail(&self.attribute)
    }
}

/// The form in the contract: a name alone means the detail's field of that name.
#[derive(Serialize)]
#[serde(untagged)]
enum Form {
    Name(String),
    Full(Full),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Full {
    attribute: String,
    from: Vec<Path>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    format: Option<Format>,
}

/// Not untagged, so that an error names the wrong part.
struct FieldVisitor;

impl<'de> Visitor<'de> for FieldVisitor {
    type Value = Field;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a name, or an object with `attribute` and `from`")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<Field, E> {
        Ok(Field::of_detail(name))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Field, A::Error> {
        let full = Full::deserialize(MapAccessDeserializer::new(map))?;
        let Full { attribute, from, format } = full;
        Ok(Field { attribute, from, format })
    }
}

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FieldVisitor)
    }
}

impl From<Field> for Form {
    fn from(field: Field) -> Self {
        if field.is_plain() {
            return Self::Name(field.attribute);
        }
        let Field { attribute, from, format } = field;
        Self::Full(Full { attribute, from, format })
    }
}
