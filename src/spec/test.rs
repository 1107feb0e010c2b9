use std::borrow::Cow;
use std::collections::BTreeMap;

use processor::reason::Reason;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An event and its expected result: exactly one of `row`, `dead_letter` and `ignored`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Test {
    /// The event, a JSON file, named relative to the spec.
    #[schemars(length(min = 1, max = 1024), example = &"samples/created.json")]
    pub event: String,

    /// Attributes of its row, each with its value; the row may have more attributes. Maps and lists are compared
    /// as a whole, numbers exactly.
    // Numbers are doubles here; they are compared as written in the spec.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("minProperties" = 1, "maxProperties" = 100, "additionalProperties" = true))]
    pub row: Option<BTreeMap<String, Value>>,

    /// The reason why the processor rejects it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dead_letter: Option<DeadLetterReason>,

    /// `true`: the pattern does not match it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ignored: Option<bool>,
}

/// The code of a reason that rejects an event, such as `missing-field`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct DeadLetterReason(pub Reason);

impl DeadLetterReason {
    fn all() -> impl Iterator<Item = Reason> {
        Reason::ALL.iter().copied().filter(|reason| reason.is_of_an_event())
    }
}

impl<'de> Deserialize<'de> for DeadLetterReason {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        let known = Self::all().find(|reason| reason.as_str() == code);
        known.map(Self).ok_or_else(|| serde::de::Error::custom(format!("`{code}` is not a reason")))
    }
}

impl JsonSchema for DeadLetterReason {
    fn schema_name() -> Cow<'static, str> {
        "DeadLetterReason".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let reasons: Vec<Value> = Self::all()
            .map(|reason| {
                serde_json::json!({"const": reason.as_str(), "description": reason.explanation(), "type": "string"})
            })
            .collect();
        json_schema!({"oneOf": reasons})
    }
}
