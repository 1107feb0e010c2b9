//! The deployed form of the contract: in the environment, or with its mapping in a file of the zip.
//!
//! Lambda takes 4,096 bytes of environment, and a schema can have more. Settings that stand on their own stay in the
//! environment, so that a template shows them. The mapping with its schema moves to the file, and the environment names
//! the file and its digest. So a changed mapping changes the environment, and creates a new version of the function.

use serde_json::{Value, json};

use crate::config::{Config, ConfigError, VERSION};
use crate::json::sha256_hex;
use crate::mapping::Mapping;

/// The file of the zip that holds the mapping.
pub const MAPPING_FILE: &str = "mapping.json";
/// Most bytes of a contract that stays in the environment as a whole. The remaining bytes are for the other variables,
/// including a table name of 255 bytes, and for those of a custom template.
const LONGEST: usize = 3_584;

/// The contract in its deployed form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed {
    /// The value of `PIPELINE_CONFIG`.
    pub environment: String,
    /// The content of [`MAPPING_FILE`] in the zip; `None` if the whole contract is in the environment.
    pub file: Option<String>,
}

impl Config {
    /// The contract in its deployed form.
    #[must_use]
    pub fn packed(&self) -> Packed {
        let whole = self.to_json();
        if self.event.schema.is_none() && whole.len() <= LONGEST {
            return Packed { environment: whole, file: None };
        }
        let file = serde_json::to_string(&self.event).unwrap_or_default();
        // Its numbers are small integers: none is rounded.
        let mut remainder = serde_json::to_value(self).unwrap_or_default();
        remainder["version"] = VERSION.into();
        remainder["event"] = json!({"file": MAPPING_FILE, "sha256": sha256_hex(&file)});
        Packed { environment: remainder.to_string(), file: Some(file) }
    }

    /// Reads what [`Config::packed`] returned. `read` returns the text of a file of the zip, or why it cannot be read.
    ///
    /// # Errors
    /// It is not a contract, or its file is missing or has another digest.
    pub fn unpacked(
        environment: &str,
        read: impl Fn(&str) -> Result<String, String>,
    ) -> Result<Self, ConfigError> {
        let mut remainder: Value = serde_json::from_str(environment).unwrap_or_default();
        let event = remainder["event"].clone();
        let (Some(name), Some(wanted)) = (event["file"].as_str(), event["sha256"].as_str()) else {
            return Self::from_json(environment);
        };
        let refuse = |reason: String| ConfigError::File { name: name.to_owned(), reason };
        if event.as_object().is_none_or(|event| event.len() != 2)
            || name.contains(['/', '\\'])
            || name.starts_with('.')
        {
            return Err(ConfigError::Shape(
                "`event` is not the name and the `sha256` of one file".to_owned(),
            ));
        }
        let text = read(name).map_err(|reason| {
            refuse(format!("{reason}: deploy the zip that pipectl packed for this pipeline"))
        })?;
        let found = sha256_hex(&text);
        if found != wanted {
            return Err(refuse(format!(
                "it is another file (SHA-256 {found}, not {wanted}): deploy the zip that pipectl packed with this environment"
            )));
        }
        let mapping: Mapping = serde_json::from_str(&text).map_err(|error| refuse(error.to_string()))?;
        if let Some(remainder) = remainder.as_object_mut() {
            remainder.remove("event");
        }
        let config = Self { event: mapping, ..Self::from_json(&remainder.to_string())? };
        config.check()?;
        Ok(config)
    }
}
