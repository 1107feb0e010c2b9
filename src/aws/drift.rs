use aws_sdk_cloudformation::types::{StackDriftDetectionStatus, StackResourceDrift, StackResourceSummary};

use super::Clients;
use super::error::{found, missing, required};
use crate::operate::AlarmApi as _;
use crate::stack::{
    CallError, DetectedDifference, DetectedDrift, DriftApi, DriftDetection, Mapping, StackResource,
};

impl DriftApi for Clients {
    async fn resources(&self, stack: &str) -> Result<Vec<StackResource>, CallError> {
        let mut resources = Vec::new();
        let mut pages = self.pages("cloudformation:ListStackResources");
        let mut token = None;
        loop {
            let answer = self
                .cloudformation
                .list_stack_resources()
                .stack_name(stack)
                .set_next_token(token)
                .send()
                .await
                .map_err(|error| self.call_error("cloudformation:ListStackResources", &error))?;
            let page = answer.stack_resource_summaries;
            let page =
                page.ok_or_else(|| missing("cloudformation:ListStackResources", "StackResourceSummaries"))?;
            resources.extend(page.into_iter().map(resource));
            token = pages.next(answer.next_token)?;
            if token.is_none() {
                return Ok(resources);
            }
        }
    }

    async fn detect_drift(&self, stack: &str) -> Result<String, CallError> {
        let answer = self.cloudformation.detect_stack_drift().stack_name(stack).send().await;
        let answer = answer.map_err(|error| self.call_error("cloudformation:DetectStackDrift", &error))?;
        required("cloudformation:DetectStackDrift", "StackDriftDetectionId", answer.stack_drift_detection_id)
    }

    async fn drift_detection(&self, id: &str) -> Result<DriftDetection, CallError> {
        let operation = "cloudformation:DescribeStackDriftDetectionStatus";
        let asked = self.cloudformation.describe_stack_drift_detection_status().stack_drift_detection_id(id);
        let answer = asked.send().await.map_err(|error| self.call_error(operation, &error))?;
        // Without a status, or with an unknown one, the caller would poll forever.
        match answer.detection_status {
            Some(StackDriftDetectionStatus::DetectionInProgress) => Ok(DriftDetection::Running),
            Some(StackDriftDetectionStatus::DetectionComplete) => Ok(DriftDetection::Done),
            Some(StackDriftDetectionStatus::DetectionFailed) => {
                Ok(DriftDetection::Incomplete { reason: answer.detection_status_reason.unwrap_or_default() })
            }
            _ => Err(missing(operation, "DetectionStatus")),
        }
    }

    async fn detected_drifts(&self, stack: &str) -> Result<Vec<DetectedDrift>, CallError> {
        let mut drifts = Vec::new();
        let mut pages = self.pages("cloudformation:DescribeStackResourceDrifts");
        let mut token = None;
        loop {
            let answer = self
                .cloudformation
                .describe_stack_resource_drifts()
                .stack_name(stack)
                .set_next_token(token)
                .send()
                .await
                .map_err(|error| self.call_error("cloudformation:DescribeStackResourceDrifts", &error))?;
            let page = answer.stack_resource_drifts;
            let page = page.ok_or_else(|| {
                missing("cloudformation:DescribeStackResourceDrifts", "StackResourceDrifts")
            })?;
            drifts.extend(page.into_iter().map(drift));
            token = pages.next(answer.next_token)?;
            if token.is_none() {
                return Ok(drifts);
            }
        }
    }

    async fn mapping(&self, uuid: &str) -> Result<Option<Mapping>, CallError> {
        let answer = self.lambda.get_event_source_mapping().uuid(uuid).send().await;
        let operation = "lambda:GetEventSourceMapping";
        let Some(mapping) = found(answer.map_err(|error| self.call_error(operation, &error)))? else {
            return Ok(None);
        };
        let state = required(operation, "State", mapping.state)?;
        Ok(Some(Mapping {
            // `Creating` and `Updating` end in the requested state.
            enabled: !matches!(state.as_str(), "Disabled" | "Disabling" | "Deleting"),
            batch_size: mapping.batch_size.unwrap_or_default().into(),
            window_seconds: mapping.maximum_batching_window_in_seconds.unwrap_or_default().into(),
        }))
    }

    async fn existing_alarms(&self, names: &[String]) -> Result<Vec<String>, CallError> {
        Ok(self.alarms(names).await?.into_iter().map(|alarm| alarm.name).collect())
    }

    async fn set_mapping(&self, uuid: &str, wanted: &Mapping) -> Result<(), CallError> {
        let small = |number: i64| i32::try_from(number).unwrap_or(i32::MAX);
        self.lambda
            .update_event_source_mapping()
            .uuid(uuid)
            .enabled(wanted.enabled)
            .batch_size(small(wanted.batch_size))
            .maximum_batching_window_in_seconds(small(wanted.window_seconds))
            .send()
            .await
            .map_err(|error| self.call_error("lambda:UpdateEventSourceMapping", &error))?;
        Ok(())
    }
}

pub(super) fn drift(drift: StackResourceDrift) -> DetectedDrift {
    let differences = drift.property_differences.unwrap_or_default().into_iter();
    DetectedDrift {
        logical_id: drift.logical_resource_id.unwrap_or_default(),
        resource_type: drift.resource_type.unwrap_or_default(),
        physical_id: drift.physical_resource_id.unwrap_or_default(),
        status: drift
            .stack_resource_drift_status
            .map_or_else(String::new, |status| status.as_str().to_owned()),
        differences: differences
            .map(|difference| DetectedDifference {
                path: difference.property_path.unwrap_or_default(),
                expected: difference.expected_value.filter(|value| value != "null"),
                actual: difference.actual_value.filter(|value| value != "null"),
            })
            .collect(),
    }
}

fn resource(summary: StackResourceSummary) -> StackResource {
    StackResource {
        logical_id: summary.logical_resource_id.unwrap_or_default(),
        physical_id: summary.physical_resource_id.unwrap_or_default(),
        resource_type: summary.resource_type.unwrap_or_default(),
        status: summary.resource_status.map_or_else(String::new, |status| status.as_str().to_owned()),
        reason: summary.resource_status_reason.filter(|reason| !reason.is_empty()),
    }
}
