//! The processor's contract, read from a deployed template.

use processor::config::Config;
use serde_json::Value;

use crate::spec::Spec;
use crate::validate::processor_config;

const SPEC: &str = "/Metadata/pipectl/spec";
const CONFIG: &str = "/Resources/Processor/Properties/Environment/Variables/PIPELINE_CONFIG";

/// How the processor of a template treats events and rows: from the spec in the template's metadata, otherwise from the
/// function's own variable. `None` if neither can be read.
#[must_use]
pub fn config_of(template: &Value) -> Option<Config> {
    let variable = || template.pointer(CONFIG).and_then(Value::as_str);
    let spec = spec_of(template).map(|spec| processor_config(&spec));
    spec.or_else(|| Config::from_json(variable()?).ok())
}

/// The spec that a template was made from, if this pipectl can read it.
#[must_use]
pub fn spec_of(template: &Value) -> Option<Spec> {
    serde_json::from_str(template.pointer(SPEC)?.as_str()?).ok()
}

/// The contract version of the function's own variable, whether or not this pipectl supports it.
#[must_use]
pub fn contract_of(template: &Value) -> Option<u64> {
    let config = template.pointer(CONFIG).and_then(Value::as_str)?;
    serde_json::from_str::<Value>(config).ok()?["version"].as_u64()
}
