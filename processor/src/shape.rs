//! The shape of the rows that a mapping makes: the attributes, their types, and which attributes every row has. It
//! repeats [`crate::decide`], and a test compares both for any mapping and event.

use crate::config::Config;
use crate::decide::{LONGEST_PARTITION_KEY, LONGEST_SORT_KEY};
use crate::json::Json;
use crate::mapping::{Field, Format};
use crate::queued_at::{QUEUED_AT, is_ours};
use crate::row;

/// A DynamoDB type that a row can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Type {
    /// `S`
    Text,
    /// `N`
    Number,
    /// `BOOL`
    Bool,
    /// `NULL`
    Null,
    /// `L`
    List,
    /// `M`
    Map,
}

impl Type {
    /// Every type.
    pub const ALL: [Self; 6] = [Self::Text, Self::Number, Self::Bool, Self::Null, Self::List, Self::Map];

    /// The type that a value is stored as.
    #[must_use]
    pub fn of(value: &Json) -> Self {
        match value {
            Json::Null => Self::Null,
            Json::Bool(_) => Self::Bool,
            Json::Number(_) => Self::Number,
            Json::Text(_) => Self::Text,
            Json::List(_) => Self::List,
            Json::Map(_) => Self::Map,
        }
    }

    /// DynamoDB's name of the type.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "S",
            Self::Number => "N",
            Self::Bool => "BOOL",
            Self::Null => "NULL",
            Self::List => "L",
            Self::Map => "M",
        }
    }
}

/// The possible values of an attribute of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// Its name.
    pub name: String,
    /// Its description, for readers of rows.
    pub about: String,
    /// The types that it can have, at least one.
    pub types: Vec<Type>,
    /// Whether every row has it.
    pub is_required: bool,
    /// Whether it is an instant in the stored spelling.
    pub is_instant: bool,
    /// The most bytes of a text.
    pub longest_bytes: Option<usize>,
}

/// Every attribute that rows of `config` can have, the keys first.
#[must_use]
pub fn shape(config: &Config) -> Vec<Attribute> {
    let mapping = &config.event;
    let mut found = Vec::new();
    for (name, field) in mapping.attributes() {
        let attribute = match name {
            "partition_key" => Attribute {
                longest_bytes: Some(LONGEST_PARTITION_KEY),
                ..formatted(field, mapping.partition_key_format(), "the partition key")
            },
            "sort_key" => Attribute {
                longest_bytes: Some(LONGEST_SORT_KEY),
                ..formatted(field, mapping.sort_key_format(), "the sort key")
            },
            "type" => formatted(field, field.format.unwrap_or(Format::Text), "what kind of event it is"),
            "newer_by" => formatted(
                field,
                field.format.unwrap_or(Format::Timestamp),
                "decides which event of a key is newer",
            ),
            // Null counts as missing, and missing data is an empty object.
            "data" => Attribute {
                types: Type::ALL.into_iter().filter(|one| *one != Type::Null).collect(),
                ..attribute(&field.attribute, "the event's data", &[])
            },
            _ => further(field, config.index_keys.contains_key(&field.attribute)),
        };
        found.push(attribute);
    }
    found.extend(control(config));
    for attribute in &mut found {
        let longest = config.index_keys.get(&attribute.name).copied();
        attribute.longest_bytes = attribute.longest_bytes.into_iter().chain(longest).min();
    }
    found
}

/// An attribute that every row has.
fn attribute(name: &str, about: &str, types: &[Type]) -> Attribute {
    Attribute {
        name: name.to_owned(),
        about: about.to_owned(),
        types: types.to_vec(),
        is_required: true,
        is_instant: false,
        longest_bytes: None,
    }
}

fn formatted(field: &Field, format: Format, about: &str) -> Attribute {
    let is_number = format == Format::Number;
    let types = if is_number { [Type::Number] } else { [Type::Text] };
    Attribute {
        is_instant: format.is_instant() && field.from.len() == 1,
        ..attribute(&field.attribute, about, &types)
    }
}

/// A key of an index has one type, a text unless a format is set.
fn further(field: &Field, is_index_key: bool) -> Attribute {
    let about = match field.from.iter().map(ToString::to_string).collect::<Vec<_>>().as_slice() {
        [path] => format!("`{path}` of the event"),
        paths => format!("`{}` of the event, joined", paths.join("`, `")),
    };
    let is_unchanged = field.format.is_none() && field.from.len() == 1 && !is_index_key;
    let attribute = if is_unchanged {
        attribute(&field.attribute, &about, &Type::ALL)
    } else {
        formatted(field, field.format.unwrap_or(Format::Text), &about)
    };
    Attribute { is_required: false, ..attribute }
}

/// The attributes that the processor writes itself.
fn control(config: &Config) -> Vec<Attribute> {
    let text = |name, about| attribute(name, about, &[Type::Text]);
    let optional = |attribute: Attribute| Attribute { is_required: false, ..attribute };
    let mut found = vec![
        text(row::PROCESSING_STATUS, "the partition key of the status index"),
        text(row::PROCESSED_AT, "when the row was made"),
        attribute(row::RETRY_COUNT, "how often SQS had delivered the message", &[Type::Number]),
        text(row::CONTENT_SHA256, "equal for two deliveries of one event"),
        text(row::EVENT_ID, "EventBridge's id of the event"),
        optional(text(row::MESSAGE_ID, "the id of the SQS message")),
        optional(text(row::EVENT_TIME, "EventBridge's time of the event, unchanged")),
        optional(text(row::EVENT_SOURCE, "the event's `source`")),
        optional(text(row::EVENT_DETAIL_TYPE, "the event's `detail-type`")),
    ];
    if is_ours(&config.event) {
        found.push(optional(text(QUEUED_AT, "when SQS received the message")));
    }
    if config.ttl_days.is_some() {
        let about = "when DynamoDB may delete the row, in seconds since 1970";
        found.push(attribute(row::EXPIRES_AT, about, &[Type::Number]));
    }
    if config.event.data.is_some() {
        let about = "the fields of `detail` without an attribute of their own";
        found.push(optional(attribute(row::EVENT_EXTRA, about, &[Type::Map])));
    }
    found
}
