//! Values of a spec with all their digits.

use processor::json::Json;
use processor::parse::parse;
use processor::reason::Rejection;
use serde_json::Value;

use super::scalar::decimal;
use super::tree::{Content, Node, SpecTree};

impl SpecTree {
    /// The value with this JSON pointer as a row would store it: numbers as written, with up to 38 digits. `None` if the
    /// spec has no such value.
    ///
    /// # Errors
    /// A number that a row cannot store.
    #[must_use]
    pub fn exact(&self, pointer: &str) -> Option<Result<Json, Rejection>> {
        self.node(pointer).map(|node| self.exact_value(node))
    }

    fn exact_value(&self, node: &Node) -> Result<Json, Rejection> {
        match &node.content {
            Content::Scalar(Value::Number(number)) => {
                // For hexadecimal and octal numbers the value is exact.
                let written = decimal(&self.text_at(node.location));
                parse(&written.unwrap_or_else(|| number.to_string()))
            }
            Content::Scalar(Value::String(text)) => Ok(Json::Text(text.clone())),
            Content::Scalar(Value::Bool(value)) => Ok(Json::Bool(*value)),
            Content::Scalar(_) => Ok(Json::Null),
            Content::List(nodes) => {
                nodes.iter().map(|node| self.exact_value(node)).collect::<Result<_, _>>().map(Json::List)
            }
            Content::Map(entries) => {
                let entries = entries.iter();
                let values = entries.map(|entry| Ok((entry.key.clone(), self.exact_value(&entry.node)?)));
                values.collect::<Result<_, _>>().map(Json::Map)
            }
        }
    }
}
