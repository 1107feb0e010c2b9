use serde_json::Value;

use crate::diagnostic::FileId;
use crate::source;

/// Reads a CloudFormation template, YAML or JSON; short forms such as `!Ref X` become `{"Ref": "X"}`.
///
/// # Errors
/// The reader's words, for a text that is not one YAML document.
pub fn parse(text: &str) -> Result<Value, String> {
    // The usual reader knows no short forms, and the other no templates as large as CloudFormation takes.
    serde_yaml::from_str(text).or_else(|error| {
        source::cloudformation(text, FileId::default())
            .map(|node| node.value())
            .map_err(|_| error.to_string())
    })
}
