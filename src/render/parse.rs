use serde_json::Value;

use crate::diagnostic::FileId;
use crate::source;

/// Parses a CloudFormation template, YAML or JSON; short forms such as `!Ref X` become `{"Ref": "X"}`.
///
/// # Errors
/// The parser's message, for a text that is not one YAML document.
pub fn parse(text: &str) -> Result<Value, String> {
    // The usual parser does not support short forms, and the other one does not support templates of CloudFormation's
    // maximum size.
    serde_yaml::from_str(text).or_else(|error| {
        source::cloudformation(text, FileId::default())
            .map(|node| node.value())
            .map_err(|_| error.to_string())
    })
}
