//! Conversion between CloudFormation's types and ours.

use std::collections::BTreeMap;

use aws_sdk_cloudformation::types::{
    self, ChangeAction as SdkAction, DeploymentConfig, DeploymentConfigMode, Parameter, Replacement,
    RollbackConfiguration, RollbackTrigger, Tag,
};

use crate::stack::{
    ChangeAction, ResourceChange, ResourceToImport, RollbackWatch, Stack, StackEvent, StackStatus,
};

pub(super) fn rollback(watch: &RollbackWatch) -> RollbackConfiguration {
    let trigger = |arn: &String| RollbackTrigger::builder().arn(arn).r#type("AWS::CloudWatch::Alarm").build();
    RollbackConfiguration::builder()
        .set_rollback_triggers(Some(watch.alarms.iter().map(trigger).collect()))
        .monitoring_time_in_minutes(watch.minutes.into())
        .build()
}

pub(super) fn express() -> DeploymentConfig {
    DeploymentConfig::builder().mode(DeploymentConfigMode::Express).disable_rollback(false).build()
}

/// What the SDK fills in for a required enum value that is missing.
const UNSET: &str = "no value was set";

/// Converts a described stack.
///
/// # Errors
/// The name of a required field that is missing: without its status, a stack would be taken for busy or stable.
pub(super) fn stack(stack: types::Stack) -> Result<Stack, &'static str> {
    // The SDK has a placeholder for a required value that is missing.
    let filled = |text: Option<String>| text.filter(|text| !text.is_empty() && text != UNSET);
    let parameters = stack.parameters.unwrap_or_default().into_iter();
    let outputs = stack.outputs.unwrap_or_default().into_iter();
    let tags = stack.tags.unwrap_or_default().into_iter();
    Ok(Stack {
        name: filled(stack.stack_name).ok_or("StackName")?,
        id: filled(stack.stack_id).ok_or("StackId")?,
        status: StackStatus::new(
            filled(stack.stack_status.map(|status| status.as_str().to_owned())).ok_or("StackStatus")?,
        ),
        reason: stack.stack_status_reason.filter(|reason| !reason.is_empty()),
        parameters: parameters.filter_map(|one| one.parameter_key.zip(one.parameter_value)).collect(),
        outputs: outputs.filter_map(|one| one.output_key.zip(one.output_value)).collect(),
        tags: tags.filter_map(|one| one.key.zip(one.value)).collect(),
        termination_protection: stack.enable_termination_protection.unwrap_or_default(),
        is_watched: stack
            .rollback_configuration
            .and_then(|watched| watched.rollback_triggers)
            .is_some_and(|triggers| !triggers.is_empty()),
    })
}

pub(super) fn event(event: types::StackEvent) -> StackEvent {
    StackEvent {
        id: shared(event.event_id.unwrap_or_default()),
        at: event.timestamp.map_or(0, |at| at.secs()),
        logical_id: shared(event.logical_resource_id.unwrap_or_default()),
        physical_id: shared(event.physical_resource_id.unwrap_or_default()),
        resource_type: shared(event.resource_type.unwrap_or_default()),
        status: shared(event.resource_status.map_or_else(String::new, |status| status.as_str().to_owned())),
        reason: event.resource_status_reason.filter(|reason| !reason.is_empty()).map(shared),
        token: event.client_request_token.map(shared),
    }
}

/// Shortens a reason. Events are retained to the end of an operation, so a reason of any length is cut. The longest of
/// AWS's quote another service.
fn shared(text: String) -> String {
    const LONGEST: usize = 8000;
    if text.len() <= LONGEST { text } else { text.chars().take(LONGEST / 4).chain(['…']).collect() }
}

pub(super) fn to_import(import: &ResourceToImport) -> types::ResourceToImport {
    types::ResourceToImport::builder()
        .logical_resource_id(&import.logical_id)
        .resource_type(&import.resource_type)
        .resource_identifier(&import.identifier, &import.physical_id)
        .build()
}

pub(super) fn resource_change(change: types::ResourceChange) -> ResourceChange {
    let replaces = change.replacement == Some(Replacement::True);
    ResourceChange {
        action: match change.action {
            Some(SdkAction::Add) => ChangeAction::Add,
            Some(SdkAction::Remove) => ChangeAction::Remove,
            Some(SdkAction::Import) => ChangeAction::Import,
            _ if replaces => ChangeAction::Replace,
            _ => ChangeAction::Modify,
        },
        logical_id: change.logical_resource_id.unwrap_or_default(),
        physical_id: change.physical_resource_id.filter(|id| !id.is_empty()),
        resource_type: change.resource_type.unwrap_or_default(),
    }
}

pub(super) fn parameters(values: &BTreeMap<String, String>) -> Vec<Parameter> {
    // A secret value is returned as asterisks, and only its stack has it.
    let parameter = |(key, value): (&String, &String)| match value.as_str() {
        "****" => Parameter::builder().parameter_key(key).use_previous_value(true).build(),
        value => Parameter::builder().parameter_key(key).parameter_value(value).build(),
    };
    values.iter().map(parameter).collect()
}

pub(super) fn tags(values: &BTreeMap<String, String>) -> Vec<Tag> {
    values.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}
