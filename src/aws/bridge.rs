//! The calls that do for the local cloud what its templates cannot.

use aws_sdk_cloudformation::types::ResourceStatus;
use aws_sdk_dynamodb::types::{
    ContinuousBackupsStatus, PointInTimeRecoverySpecification, PointInTimeRecoveryStatus,
    TimeToLiveSpecification, TimeToLiveStatus,
};

use super::Clients;
use crate::local::{Archive, BridgeApi, BridgeRefusal};
use crate::stack::{CallError, CallErrorKind};

/// Each call reads the state first, so that a second apply changes nothing.
impl BridgeApi for Clients {
    async fn enable_time_to_live(&self, table: &str, attribute: &str) -> Result<(), BridgeRefusal> {
        let now = self
            .dynamodb
            .describe_time_to_live()
            .table_name(table)
            .send()
            .await
            .map_err(|error| refusal(self.call_error("dynamodb:DescribeTimeToLive", &error)))?;
        let on = now.time_to_live_description.is_some_and(|now| {
            now.time_to_live_status == Some(TimeToLiveStatus::Enabled)
                && now.attribute_name.as_deref() == Some(attribute)
        });
        if on {
            return Err(BridgeRefusal::AlreadyThere);
        }
        let wanted = TimeToLiveSpecification::builder().enabled(true).attribute_name(attribute).build();
        self.dynamodb
            .update_time_to_live()
            .table_name(table)
            .time_to_live_specification(wanted.map_err(|error| BridgeRefusal::Other(error.to_string()))?)
            .send()
            .await
            .map_err(|error| refusal(self.call_error("dynamodb:UpdateTimeToLive", &error)))?;
        Ok(())
    }

    async fn enable_point_in_time_recovery(&self, table: &str, days: u16) -> Result<(), BridgeRefusal> {
        let now = self
            .dynamodb
            .describe_continuous_backups()
            .table_name(table)
            .send()
            .await
            .map_err(|error| refusal(self.call_error("dynamodb:DescribeContinuousBackups", &error)))?;
        let on = now.continuous_backups_description.is_some_and(|now| {
            now.continuous_backups_status == ContinuousBackupsStatus::Enabled
                && now.point_in_time_recovery_description.is_some_and(|recovery| {
                    // The local cloud does not return the days; if it does, they must match.
                    recovery.point_in_time_recovery_status == Some(PointInTimeRecoveryStatus::Enabled)
                        && recovery.recovery_period_in_days.is_none_or(|period| period == i32::from(days))
                })
        });
        if on {
            return Err(BridgeRefusal::AlreadyThere);
        }
        let wanted = PointInTimeRecoverySpecification::builder()
            .point_in_time_recovery_enabled(true)
            .recovery_period_in_days(days.into())
            .build();
        self.dynamodb
            .update_continuous_backups()
            .table_name(table)
            .point_in_time_recovery_specification(
                wanted.map_err(|error| BridgeRefusal::Other(error.to_string()))?,
            )
            .send()
            .await
            .map_err(|error| refusal(self.call_error("dynamodb:UpdateContinuousBackups", &error)))?;
        Ok(())
    }

    async fn put_archive(&self, archive: &Archive) -> Result<(), BridgeRefusal> {
        let days = archive.retention_days.map(i32::from);
        let pattern = archive.pattern.as_ref().map(ToString::to_string);
        let known = self
            .eventbridge
            .describe_archive()
            .archive_name(&archive.name)
            .send()
            .await
            .map_err(|error| refusal(self.call_error("events:DescribeArchive", &error)));
        match known {
            Ok(known)
                if known.event_pattern == pattern
                    && known.retention_days.unwrap_or_default() == days.unwrap_or_default() =>
            {
                Err(BridgeRefusal::AlreadyThere)
            }
            Ok(_) => {
                self.eventbridge
                    .update_archive()
                    .archive_name(&archive.name)
                    .set_event_pattern(pattern)
                    .set_retention_days(days)
                    .set_description(archive.description.clone())
                    .send()
                    .await
                    .map_err(|error| refusal(self.call_error("events:UpdateArchive", &error)))?;
                Ok(())
            }
            Err(BridgeRefusal::Missing) => {
                let bus = self
                    .eventbridge
                    .describe_event_bus()
                    .name(&archive.event_bus_name)
                    .send()
                    .await
                    .map_err(|error| refusal(self.call_error("events:DescribeEventBus", &error)))?;
                self.eventbridge
                    .create_archive()
                    .archive_name(&archive.name)
                    .event_source_arn(bus.arn.unwrap_or_default())
                    .set_event_pattern(pattern)
                    .set_retention_days(days)
                    .set_description(archive.description.clone())
                    .send()
                    .await
                    .map_err(|error| refusal(self.call_error("events:CreateArchive", &error)))?;
                Ok(())
            }
            Err(refusal) => Err(refusal),
        }
    }

    async fn delete_archive(&self, name: &str) -> Result<(), BridgeRefusal> {
        self.eventbridge
            .delete_archive()
            .archive_name(name)
            .send()
            .await
            .map_err(|error| refusal(self.call_error("events:DeleteArchive", &error)))?;
        Ok(())
    }
}

impl Clients {
    /// The stack that a resource belongs to. The local cloud answers `DescribeStackResources` only for a stack and not
    /// for a resource, so each stack is queried.
    pub(super) async fn local_owner(&self, physical_id: &str) -> Result<Option<String>, CallError> {
        for stack in self.stack_names().await? {
            let answer = self.cloudformation.describe_stack_resources().stack_name(&stack).send().await;
            let resources = match answer {
                Ok(answer) => answer.stack_resources.unwrap_or_default(),
                Err(error) => match self.call_error("cloudformation:DescribeStackResources", &error) {
                    // The stack was deleted in the meantime.
                    error if error.kind == CallErrorKind::NotFound => continue,
                    error => return Err(error),
                },
            };
            // A retained resource remains in the stack's list, but no longer belongs to it.
            let has = resources.iter().any(|one| {
                one.physical_resource_id.as_deref() == Some(physical_id)
                    && !matches!(
                        one.resource_status,
                        Some(ResourceStatus::DeleteComplete | ResourceStatus::DeleteSkipped)
                    )
            });
            if has {
                return Ok(Some(stack));
            }
        }
        Ok(None)
    }

    /// The names of all stacks that are not deleted.
    async fn stack_names(&self) -> Result<Vec<String>, CallError> {
        let mut pages = self.pages("cloudformation:DescribeStacks");
        let (mut names, mut token) = (Vec::new(), None);
        loop {
            let answer = self.cloudformation.describe_stacks().set_next_token(token).send().await;
            let answer = answer.map_err(|error| self.call_error("cloudformation:DescribeStacks", &error))?;
            names.extend(answer.stacks.unwrap_or_default().into_iter().filter_map(|stack| stack.stack_name));
            token = pages.next(answer.next_token)?;
            if token.is_none() {
                return Ok(names);
            }
        }
    }
}

fn refusal(error: CallError) -> BridgeRefusal {
    match error.kind {
        CallErrorKind::AlreadyExists => BridgeRefusal::AlreadyThere,
        CallErrorKind::NotFound => BridgeRefusal::Missing,
        _ => BridgeRefusal::Other(error.to_string()),
    }
}
