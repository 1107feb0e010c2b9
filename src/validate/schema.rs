use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::Value;

use crate::spec::json_schema;

/// The spec's JSON Schema, made and compiled once a process: that is most of the work of one validation.
pub(super) static SCHEMA: LazyLock<Compiled> = LazyLock::new(|| {
    let value = json_schema();
    let validator = jsonschema::validator_for(&value).map_err(|error| error.to_string());
    Compiled { value, validator }
});

pub(super) struct Compiled {
    pub(super) value: Value,
    /// Only a mistake of ours in the types can make it an error.
    pub(super) validator: Result<Validator, String>,
}
