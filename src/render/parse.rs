use serde_json::Value;

/// Reads a CloudFormation template, YAML or JSON, without short-form intrinsics: our own templates have none.
///
/// # Errors
/// The reader's words, for a text that is not one YAML document.
pub fn parse(text: &str) -> Result<Value, String> {
    serde_yaml::from_str(text).map_err(|error| error.to_string())
}
