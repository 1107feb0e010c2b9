//! A message's attributes, as in SQS.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Serialize, Serializer};
use serde_json::Value;

/// Attributes by name.
pub type Attributes = BTreeMap<String, Attribute>;

/// Attributes a message may have (SQS).
pub const MOST_ATTRIBUTES: usize = 10;

/// One attribute of a message. Its JSON form is what the AWS CLI takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Attribute {
    /// `String`, `Number` or `Binary`, optionally followed by a point and a type of the sender's.
    #[serde(rename = "DataType")]
    pub data_type: String,
    /// The value.
    #[serde(flatten)]
    pub value: AttributeValue,
}

/// The value of an attribute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum AttributeValue {
    /// The types `String` and `Number`.
    #[serde(rename = "StringValue")]
    Text(String),
    /// The type `Binary`; base64 in JSON.
    #[serde(rename = "BinaryValue", serialize_with = "encoded")]
    Bytes(Vec<u8>),
}

impl Attribute {
    /// A text attribute.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self { data_type: "String".to_owned(), value: AttributeValue::Text(text.into()) }
    }

    /// The text; `None` if the value is binary.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match &self.value {
            AttributeValue::Text(text) => Some(text),
            AttributeValue::Bytes(_) => None,
        }
    }

    /// Reads an attribute of an invocation; `None` if SQS would not accept it again.
    pub(crate) fn of_invocation(value: &Value) -> Option<Self> {
        let text = |key: &str| value[key].as_str().filter(|text| !text.is_empty());
        let data_type = text("dataType")?.to_owned();
        let value = match text("binaryValue") {
            Some(encoded) => AttributeValue::Bytes(BASE64_STANDARD.decode(encoded).ok()?),
            None => AttributeValue::Text(text("stringValue")?.to_owned()),
        };
        Some(Self { data_type, value })
    }
}

/// The size in bytes of a body with these attributes, as SQS counts it. An attribute counts with its name, type and
/// value.
#[must_use]
pub fn message_bytes(body: &str, attributes: &Attributes) -> usize {
    let bytes = |(name, attribute): (&String, &Attribute)| {
        let value = match &attribute.value {
            AttributeValue::Text(text) => text.len(),
            AttributeValue::Bytes(bytes) => bytes.len(),
        };
        name.len() + attribute.data_type.len() + value
    };
    body.len() + attributes.iter().map(bytes).sum::<usize>()
}

fn encoded<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&BASE64_STANDARD.encode(bytes))
}
