use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;
use tokio::time::Instant;

use super::Clock;
use crate::diagnostic::Failure;
use crate::stack::{
    CallError, DetectedDifference, DetectedDrift, DriftApi, DriftDetection, Mapping, Stack, StackResource,
    pattern_at,
};

/// The differences between a stack's template and its actual resources. Public JSON shape.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Drift {
    pub version: u32,
    pub stack: String,
    pub state: DriftState,
    /// The resources that are not in sync.
    pub resources: Vec<ResourceDrift>,
    /// Logical ids of resources whose properties could not be compared: drift detection does not support their types.
    pub not_checked: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DriftState {
    InSync,
    Drifted,
    /// No difference was found, but not all resources could be read.
    Unknown,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ResourceDrift {
    pub logical_id: String,
    #[serde(rename = "type")]
    pub resource_type: String,
    pub physical_id: String,
    pub state: ResourceDriftState,
    pub properties: Vec<PropertyDrift>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ResourceDriftState {
    Modified,
    Deleted,
    Unknown,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PropertyDrift {
    /// `/VisibilityTimeout`, as a JSON pointer.
    pub path: String,
    /// `None`: the template does not have this property.
    pub expected: Option<String>,
    /// `None`: the resource does not have this property.
    pub actual: Option<String>,
}

/// Drift detection compares only properties of the template. Whether an event source mapping is enabled is not in the
/// template, so it is read directly.
const MAPPING: &str = "AWS::Lambda::EventSourceMapping";

/// The property path of a function's code. CloudFormation stores no digest of it to compare.
pub const CODE: &str = "/Code";

const ALARMS: [&str; 2] = ["AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"];

/// Compares a stack's template with its actual resources. `template`: the deployed one.
///
/// # Errors
/// A call to AWS failed. A poll that is throttled or gets no answer is repeated.
pub async fn drift<A: DriftApi>(
    api: &A,
    stack: &Stack,
    template: &Value,
    clock: Clock,
) -> Result<Drift, Failure> {
    let id = api.detect_drift(&stack.name).await?;
    let complete = wait(api, &id, clock).await?;
    let detected = api.detected_drifts(&stack.name).await?;
    let resources = api.resources(&stack.id).await?;
    let mut seen: BTreeSet<String> = detected
        .iter()
        .filter(|drift| !matches!(drift.status.as_str(), "NOT_CHECKED" | "UNSUPPORTED"))
        .map(|drift| drift.logical_id.clone())
        .collect();
    let mut found: Vec<ResourceDrift> = detected.into_iter().filter_map(resource_drift).collect();
    for resource in resources.iter().filter(|resource| resource.resource_type == MAPPING) {
        let actual = api.mapping(&resource.physical_id).await?;
        seen.insert(resource.logical_id.clone());
        add_mapping(&mut found, resource, expected_mapping(template, &resource.logical_id), actual);
    }
    // Not every cloud's drift detection covers alarms, and a deleted alarm is not noticed otherwise.
    let alarms: Vec<&StackResource> = resources
        .iter()
        .filter(|resource| {
            ALARMS.contains(&resource.resource_type.as_str()) && !seen.contains(&resource.logical_id)
        })
        .collect();
    if !alarms.is_empty() {
        let names: Vec<String> = alarms.iter().map(|alarm| alarm.physical_id.clone()).collect();
        let there = api.existing_alarms(&names).await?;
        for deleted_alarm in alarms.into_iter().filter(|alarm| !there.contains(&alarm.physical_id)) {
            seen.insert(deleted_alarm.logical_id.clone());
            found.push(direct(deleted_alarm, ResourceDriftState::Deleted, Vec::new()));
        }
    }
    let drifted = found.iter().any(|resource| resource.state != ResourceDriftState::Unknown);
    let state = match (drifted, complete && found.is_empty()) {
        (true, _) => DriftState::Drifted,
        (false, true) => DriftState::InSync,
        (false, false) => DriftState::Unknown,
    };
    let unseen = resources.into_iter().filter(|resource| !seen.contains(&resource.logical_id));
    let not_checked = unseen.map(|resource| resource.logical_id).collect();
    Ok(Drift { version: 1, stack: stack.name.clone(), state, resources: found, not_checked })
}

/// Waits for the detection; returns whether all resources could be read.
async fn wait<A: DriftApi>(api: &A, id: &str, clock: Clock) -> Result<bool, CallError> {
    let mut silent_since = None;
    loop {
        match api.drift_detection(id).await {
            Ok(DriftDetection::Done) => return Ok(true),
            Ok(DriftDetection::Incomplete { .. }) => return Ok(false),
            Ok(DriftDetection::Running) => silent_since = None,
            Err(error) => {
                let since = *silent_since.get_or_insert_with(Instant::now);
                if !error.is_passing() || since.elapsed() >= clock.patience {
                    return Err(error);
                }
            }
        }
        tokio::time::sleep(clock.interval).await;
    }
}

/// Whether both values are the same event pattern: the template has it as text, the service returns it as a map.
fn is_one_pattern(difference: &DetectedDifference) -> bool {
    let pattern = |text_value: &Option<String>| {
        let text_value = text_value.as_deref()?;
        // The value may be reported with its quotes.
        let text = serde_json::from_str::<String>(text_value).unwrap_or_else(|_| text_value.to_owned());
        pattern_at(&difference.path, &text.into()).map(Cow::into_owned)
    };
    pattern(&difference.expected).is_some_and(|expected| Some(expected) == pattern(&difference.actual))
}

/// Whether the difference is a table's warm throughput, which grows with traffic beyond its initial value.
fn has_warmed(difference: &DetectedDifference) -> bool {
    let units = |value: &Option<String>| value.as_deref()?.trim_matches('"').parse::<u64>().ok();
    let (expected, actual) = (units(&difference.expected), units(&difference.actual));
    difference.path.contains("/WarmThroughput/") && expected.is_some_and(|units| actual > Some(units))
}

fn resource_drift(mut detected: DetectedDrift) -> Option<ResourceDrift> {
    let count = detected.differences.len();
    detected.differences.retain(|difference| !is_one_pattern(difference) && !has_warmed(difference));
    if detected.differences.is_empty() && count > 0 && detected.status == "MODIFIED" {
        return None;
    }
    let state = match detected.status.as_str() {
        "MODIFIED" => ResourceDriftState::Modified,
        "DELETED" => ResourceDriftState::Deleted,
        "IN_SYNC" | "NOT_CHECKED" | "UNSUPPORTED" => return None,
        _ => ResourceDriftState::Unknown,
    };
    let property = |DetectedDifference { path, expected, actual }| PropertyDrift { path, expected, actual };
    Some(ResourceDrift {
        logical_id: detected.logical_id,
        resource_type: detected.resource_type,
        physical_id: detected.physical_id,
        state,
        properties: detected.differences.into_iter().map(property).collect(),
    })
}

/// What the template sets for an event source mapping. Omitted values have Lambda's defaults: enabled, batch size 10,
/// no window.
#[must_use]
pub fn expected_mapping(template: &Value, logical_id: &str) -> Mapping {
    let property = |name: &str| template.pointer(&format!("/Resources/{logical_id}/Properties/{name}"));
    Mapping {
        enabled: property("Enabled").and_then(Value::as_bool).unwrap_or(true),
        batch_size: property("BatchSize").and_then(Value::as_i64).unwrap_or(10),
        window_seconds: property("MaximumBatchingWindowInSeconds").and_then(Value::as_i64).unwrap_or(0),
    }
}

/// Adds the differences that were read directly to CloudFormation's, without duplicates.
fn add_mapping(
    found: &mut Vec<ResourceDrift>,
    resource: &StackResource,
    expected: Mapping,
    actual: Option<Mapping>,
) {
    let state = if actual.is_some() { ResourceDriftState::Modified } else { ResourceDriftState::Deleted };
    let mut properties = Vec::new();
    if let Some(actual) = actual {
        let pairs = [
            ("/Enabled", expected.enabled.to_string(), actual.enabled.to_string()),
            ("/BatchSize", expected.batch_size.to_string(), actual.batch_size.to_string()),
            (
                "/MaximumBatchingWindowInSeconds",
                expected.window_seconds.to_string(),
                actual.window_seconds.to_string(),
            ),
        ];
        for (path, expected, actual) in pairs.into_iter().filter(|(_, expected, actual)| expected != actual) {
            properties.push(PropertyDrift {
                path: path.to_owned(),
                expected: Some(expected),
                actual: Some(actual),
            });
        }
        if properties.is_empty() {
            return;
        }
    }
    match found.iter_mut().find(|known| known.logical_id == resource.logical_id) {
        Some(known) => {
            properties.retain(|property| {
                known.properties.iter().all(|known_property| known_property.path != property.path)
            });
            known.properties.extend(properties);
        }
        None => found.push(direct(resource, state, properties)),
    }
}

/// The differences that were read directly.
fn direct(
    resource: &StackResource,
    state: ResourceDriftState,
    properties: Vec<PropertyDrift>,
) -> ResourceDrift {
    ResourceDrift {
        logical_id: resource.logical_id.clone(),
        resource_type: resource.resource_type.clone(),
        physical_id: resource.physical_id.clone(),
        state,
        properties,
    }
}

impl Drift {
    /// UUID and logical id of each event source mapping whose settings can be restored without CloudFormation.
    pub fn mappings(&self) -> impl Iterator<Item = (&str, &str)> {
        let ours = |resource: &&ResourceDrift| {
            resource.resource_type == MAPPING && resource.state == ResourceDriftState::Modified
        };
        self.resources.iter().filter(ours).map(|one| (one.physical_id.as_str(), one.logical_id.as_str()))
    }

    /// The function whose code was changed outside of the stack. CloudFormation does not compare code.
    #[must_use]
    pub fn code(&self) -> Option<&ResourceDrift> {
        self.resources
            .iter()
            .find(|resource| resource.properties.iter().any(|property| property.path == CODE))
    }

    /// Adds that a function runs code that was not deployed by the stack.
    pub fn add_code(&mut self, function: ResourceDrift) {
        self.state = DriftState::Drifted;
        match self.resources.iter_mut().find(|known| known.logical_id == function.logical_id) {
            Some(known) => known.properties.extend(function.properties),
            None => self.resources.push(function),
        }
    }

    /// Whether differences remain that only CloudFormation can revert.
    #[must_use]
    pub fn needs_change_set(&self) -> bool {
        let is_code = |one: &ResourceDrift| one.properties.iter().all(|property| property.path == CODE);
        self.resources.iter().any(|resource| {
            resource.state == ResourceDriftState::Deleted
                || (resource.state == ResourceDriftState::Modified
                    && resource.resource_type != MAPPING
                    && (resource.properties.is_empty() || !is_code(resource)))
        })
    }
}
