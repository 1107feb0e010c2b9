//! The deployed configuration of each hop, for `verify`.

use std::collections::BTreeMap;

use aws_sdk_lambda::types::FunctionResponseType;
use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::Value;

use super::Clients;
use super::drift::drift;
use super::error::{found, missing, required};
use crate::stack::{
    CallError, CallErrorKind, DetectedDrift, FoundFunction, FoundKeys, FoundMapping, FoundQueue, FoundRule,
    FoundTarget, HopApi,
};

impl HopApi for Clients {
    async fn found_rule(&self, bus: &str, name: &str) -> Result<Option<FoundRule>, CallError> {
        let operation = "events:DescribeRule";
        let answer = self.eventbridge.describe_rule().event_bus_name(bus).name(name).send().await;
        let Some(rule) = found(answer.map_err(|error| self.call_error(operation, &error)))? else {
            return Ok(None);
        };
        Ok(Some(FoundRule {
            state: required(operation, "State", rule.state.map(|state| state.as_str().to_owned()))?,
            pattern: rule.event_pattern,
            targets: self.targets(bus, name).await?,
        }))
    }

    async fn found_queue(&self, name: &str) -> Result<Option<FoundQueue>, CallError> {
        let Some(url) = found(self.queue_url(name).await)? else { return Ok(None) };
        let operation = "sqs:GetQueueAttributes";
        let names =
            [QueueAttributeName::QueueArn, QueueAttributeName::Policy, QueueAttributeName::RedrivePolicy];
        let asked = self.sqs.get_queue_attributes().queue_url(url).set_attribute_names(Some(names.to_vec()));
        let answer = asked.send().await;
        let Some(answer) = found(answer.map_err(|error| self.call_error(operation, &error)))? else {
            return Ok(None);
        };
        let mut attributes = answer.attributes.unwrap_or_default();
        let mut text =
            |name: &QueueAttributeName| attributes.remove(name).filter(|text| !text.trim().is_empty());
        let json = |text: Option<String>| -> Option<Value> { serde_json::from_str(&text?).ok() };
        let redrive = json(text(&QueueAttributeName::RedrivePolicy));
        Ok(Some(FoundQueue {
            arn: required(operation, "QueueArn", text(&QueueAttributeName::QueueArn))?,
            policy: json(text(&QueueAttributeName::Policy)),
            dead_letters: redrive
                .and_then(|redrive| redrive["deadLetterTargetArn"].as_str().map(str::to_owned)),
        }))
    }

    async fn found_function(
        &self,
        name: &str,
        alias: Option<&str>,
    ) -> Result<Option<FoundFunction>, CallError> {
        let operation = "lambda:GetFunctionConfiguration";
        let Some(function) = found(self.configuration(name, alias).await)? else { return Ok(None) };
        let environment = function.environment;
        // Lambda omits the variables if the caller may not decrypt them.
        if let Some(error) = environment.as_ref().and_then(|environment| environment.error.as_ref()) {
            let denied = error.error_code.as_deref().is_some_and(|code| code.contains("AccessDenied"));
            let kind = if denied { CallErrorKind::Denied } else { CallErrorKind::Refused };
            let message = error.message.clone().unwrap_or_default();
            return Err(CallError::new(kind, "kms:Decrypt", message));
        }
        let environment = environment.and_then(|environment| environment.variables);
        Ok(Some(FoundFunction {
            state: required(operation, "State", function.state.map(|state| state.as_str().to_owned()))?,
            role: required(operation, "Role", function.role)?,
            environment: environment.unwrap_or_default().into_iter().collect(),
        }))
    }

    async fn reserved_concurrency(&self, name: &str) -> Result<Option<u64>, CallError> {
        let answer = self.lambda.get_function_concurrency().function_name(name).send().await;
        let answer = answer.map_err(|error| self.call_error("lambda:GetFunctionConcurrency", &error));
        let reserved = found(answer)?.and_then(|answer| answer.reserved_concurrent_executions);
        Ok(reserved.map(|reserved| u64::try_from(reserved).unwrap_or_default()))
    }

    async fn found_mapping(&self, uuid: &str) -> Result<Option<FoundMapping>, CallError> {
        let operation = "lambda:GetEventSourceMapping";
        let answer = self.lambda.get_event_source_mapping().uuid(uuid).send().await;
        let Some(mapping) = found(answer.map_err(|error| self.call_error(operation, &error)))? else {
            return Ok(None);
        };
        let kinds = mapping.function_response_types.unwrap_or_default();
        Ok(Some(FoundMapping {
            state: required(operation, "State", mapping.state)?,
            queue: required(operation, "EventSourceArn", mapping.event_source_arn)?,
            function: required(operation, "FunctionArn", mapping.function_arn)?,
            reports_failures: kinds.contains(&FunctionResponseType::ReportBatchItemFailures),
        }))
    }

    async fn found_keys(&self, table: &str) -> Result<Option<FoundKeys>, CallError> {
        let Some(table) = found(self.described_table(table).await)? else { return Ok(None) };
        let status = table.table_status.as_ref().map(|status| status.as_str().to_owned());
        let status = required("dynamodb:DescribeTable", "TableStatus", status)?;
        let keys = table.key_schema().iter();
        let keys: BTreeMap<String, String> =
            keys.map(|key| (key.key_type.as_str().to_owned(), key.attribute_name.clone())).collect();
        Ok(Some(FoundKeys { status, keys }))
    }

    async fn resource_drift(&self, stack: &str, logical_id: &str) -> Result<DetectedDrift, CallError> {
        let operation = "cloudformation:DetectStackResourceDrift";
        let asked = self.cloudformation.detect_stack_resource_drift();
        let answer = asked.stack_name(stack).logical_resource_id(logical_id).send().await;
        let answer = answer.map_err(|error| self.call_error(operation, &error))?;
        answer.stack_resource_drift.map(drift).ok_or_else(|| missing(operation, "StackResourceDrift"))
    }
}

impl Clients {
    async fn targets(&self, bus: &str, rule: &str) -> Result<Vec<FoundTarget>, CallError> {
        let operation = "events:ListTargetsByRule";
        let mut targets = Vec::new();
        let mut pages = self.pages(operation);
        let mut token = None;
        loop {
            let asked = self.eventbridge.list_targets_by_rule().event_bus_name(bus).rule(rule);
            let answer = asked.set_next_token(token).send().await;
            let answer = answer.map_err(|error| self.call_error(operation, &error))?;
            let page = answer.targets.ok_or_else(|| missing(operation, "Targets"))?;
            targets.extend(page.into_iter().map(|target| FoundTarget {
                arn: target.arn,
                input_path: target.input_path,
                dead_letters: target.dead_letter_config.and_then(|config| config.arn),
            }));
            token = pages.next(answer.next_token)?;
            if token.is_none() {
                return Ok(targets);
            }
        }
    }
}
