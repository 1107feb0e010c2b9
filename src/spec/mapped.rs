//! One attribute of a row in its short and its full form.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::event::NONE;

/// One attribute of the row and the location of its value in the event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Mapped {
    /// A field of `detail` and the attribute of its name, or [`NONE`].
    Name(String),
    /// An attribute with the path of its value.
    Full(Full),
}

/// An attribute with the path of its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Full {
    /// The attribute's name.
    #[schemars(length(min = 1, max = 255), regex(pattern = "^[A-Za-z_][A-Za-z0-9_-]*$"), extend("$comment" = "write the name of an attribute of the row"))]
    pub attribute: String,

    /// The path of the value, or several paths, which are joined with `#`. If left out, the field of `detail`
    /// with the attribute's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Paths>,

    /// How the value at the first path is read and stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<ValueFormat>,
}

/// The location of the value of a further attribute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Source {
    /// The path.
    Path(String),
    /// The path with a format.
    Full(FullSource),
}

/// A path with a format.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FullSource {
    /// The path of the value, or several paths, which are joined with `#`.
    pub from: Paths,

    /// How the value at the first path is read and stored. If left out, the value keeps its JSON type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<ValueFormat>,
}

/// One path or several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Paths {
    /// One.
    One(String),
    /// Several, joined in their order.
    Many(Vec<String>),
}

/// How a value is read, and how it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ValueFormat {
    /// An RFC 3339 time, stored in UTC with nine decimals, so that the same time always has the same text.
    Timestamp,
    /// Seconds since 1970, as a number or a string of digits; stored like a timestamp.
    EpochSeconds,
    /// Milliseconds since 1970, as a number or a string of digits; stored like a timestamp.
    EpochMilliseconds,
    /// A string unchanged, a number as its shortest exact decimal string.
    Text,
    /// A number, stored as DynamoDB's type N.
    Number,
}

impl Mapped {
    /// Whether it is [`NONE`].
    #[must_use]
    pub fn is_none(&self) -> bool {
        matches!(self, Self::Name(name) if name == NONE)
    }

    /// The attribute's name.
    #[must_use]
    pub fn attribute(&self) -> &str {
        match self {
            Self::Name(name) => name,
            Self::Full(full) => &full.attribute,
        }
    }

    /// The paths as written; empty if the value is the field of `detail` with the attribute's name.
    #[must_use]
    pub fn paths(&self) -> &[String] {
        match self {
            Self::Name(_) => &[],
            Self::Full(full) => full.from.as_ref().map_or(&[], Paths::as_slice),
        }
    }

    /// The format as written.
    #[must_use]
    pub fn format(&self) -> Option<ValueFormat> {
        match self {
            Self::Name(_) => None,
            Self::Full(full) => full.format,
        }
    }
}

impl Source {
    /// The paths, at least one.
    #[must_use]
    pub fn paths(&self) -> &[String] {
        match self {
            Self::Path(path) => std::slice::from_ref(path),
            Self::Full(full) => full.from.as_slice(),
        }
    }

    /// The format as written.
    #[must_use]
    pub fn format(&self) -> Option<ValueFormat> {
        match self {
            Self::Path(_) => None,
            Self::Full(full) => full.format,
        }
    }
}

impl Paths {
    /// All of them, in order.
    #[must_use]
    pub fn as_slice(&self) -> &[String] {
        match self {
            Self::One(path) => std::slice::from_ref(path),
            Self::Many(paths) => paths,
        }
    }
}

/// One schema for both forms: an editor completes the keys of the map, and a text is checked by the pattern.
impl JsonSchema for Mapped {
    fn schema_name() -> Cow<'static, str> {
        "Mapped".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = <Full as JsonSchema>::json_schema(generator);
        schema.insert("type".to_owned(), serde_json::json!(["string", "object"]));
        schema.insert("minLength".to_owned(), 1.into());
        schema.insert("maxLength".to_owned(), 255.into());
        schema.insert("pattern".to_owned(), "^[A-Za-z_][A-Za-z0-9_-]*$".into());
        let comment = "a plain name is a field of `detail` and an attribute of the row; write a path under `from`: `{attribute: order_id, from: $.detail.order.id}`";
        schema.insert("$comment".to_owned(), comment.into());
        schema
    }
}

impl JsonSchema for Source {
    fn schema_name() -> Cow<'static, str> {
        "Source".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = <FullSource as JsonSchema>::json_schema(generator);
        schema.insert("type".to_owned(), serde_json::json!(["string", "object"]));
        schema.insert("minLength".to_owned(), 1.into());
        schema.insert("maxLength".to_owned(), 1_024.into());
        schema.insert("pattern".to_owned(), r"^\$.+$".into());
        schema.insert("examples".to_owned(), serde_json::json!(["$.detail.customer.id"]));
        schema.insert(
            "$comment".to_owned(),
            "a path begins with `$`, the event as EventBridge delivers it".into(),
        );
        schema
    }
}

impl JsonSchema for Paths {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Paths".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["string", "array"],
            "minLength": 1,
            "maxLength": 1_024,
            "pattern": r"^\$.+$",
            "minItems": 1,
            "maxItems": 10,
            "items": {"type": "string", "minLength": 1, "maxLength": 1_024, "pattern": r"^\$.+$"},
            "examples": ["$.detail.order.id"],
            "$comment": "a path begins with `$`, the event as EventBridge delivers it",
        })
    }
}
