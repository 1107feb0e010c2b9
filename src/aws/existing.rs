//! Resources that already have the names a stack would create.

use aws_sdk_dynamodb::types::{
    BillingMode, GlobalSecondaryIndexDescription, IndexStatus, KeySchemaElement, PointInTimeRecoveryStatus,
    SseType, TableDescription, TableStatus, TimeToLiveStatus,
};
use aws_smithy_types::date_time::Format;
use serde_json::{Map, Value, json};

use super::Clients;
use super::error::{found, missing, required};
use crate::stack::{
    CallError, CallErrorKind, DashboardApi as _, ExistingApi, FoundTable, TableCopy, TableIndexes, TableUnits,
};

impl ExistingApi for Clients {
    async fn existing_table(&self, name: &str) -> Result<Option<FoundTable>, CallError> {
        let Some(table) = self.described(name).await? else { return Ok(None) };
        let mut properties = defined(name, &table);
        let expiry = self.dynamodb.describe_time_to_live().table_name(name).send().await;
        let expiry = expiry.map_err(|error| self.call_error("dynamodb:DescribeTimeToLive", &error))?;
        let expiry = expiry.time_to_live_description;
        let expiry = expiry.ok_or_else(|| missing("dynamodb:DescribeTimeToLive", "TimeToLiveDescription"))?;
        let on = Some(expiry).filter(|now| {
            matches!(now.time_to_live_status, Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling))
        });
        if let Some(attribute) = on.and_then(|now| now.attribute_name) {
            properties["TimeToLiveSpecification"] = json!({"AttributeName": attribute, "Enabled": true});
        }
        let backups = self.dynamodb.describe_continuous_backups().table_name(name).send().await;
        let backups =
            backups.map_err(|error| self.call_error("dynamodb:DescribeContinuousBackups", &error))?;
        let backups = backups
            .continuous_backups_description
            .ok_or_else(|| missing("dynamodb:DescribeContinuousBackups", "ContinuousBackupsDescription"))?;
        let recovery = backups
            .point_in_time_recovery_description
            .filter(|now| now.point_in_time_recovery_status == Some(PointInTimeRecoveryStatus::Enabled));
        if let Some(recovery) = recovery {
            let days = recovery.recovery_period_in_days.unwrap_or(35);
            properties["PointInTimeRecoverySpecification"] =
                json!({"PointInTimeRecoveryEnabled": true, "RecoveryPeriodInDays": days});
        }
        let arn = table.table_arn.clone().unwrap_or_default();
        Ok(Some(FoundTable {
            properties,
            arn,
            stream_arn: table.latest_stream_arn.clone(),
            copy: copy(&table),
        }))
    }

    async fn table_indexes(&self, name: &str) -> Result<Option<TableIndexes>, CallError> {
        let Some(table) = self.described(name).await? else { return Ok(None) };
        // The local cloud omits most fields.
        let is_busy = |index: &&GlobalSecondaryIndexDescription| {
            index.index_status.as_ref().is_some_and(|status| *status != IndexStatus::Active)
        };
        let indexes = table.global_secondary_indexes.iter().flatten();
        let names = indexes.filter(is_busy).filter_map(|index| index.index_name.clone());
        let mut unready: Vec<String> = names.map(|name| format!("index `{name}`")).collect();
        if unready.is_empty() && table.table_status == Some(TableStatus::Updating) {
            unready.push(format!("table `{name}`"));
        }
        Ok(Some(TableIndexes { properties: defined(name, &table), unready }))
    }

    async fn warmth(&self, name: &str) -> Result<Option<TableUnits>, CallError> {
        let Some(table) = self.described(name).await? else { return Ok(None) };
        let warm = table.warm_throughput;
        let units = |units: Option<i64>| units.and_then(|units| u32::try_from(units).ok());
        Ok(warm.and_then(|warm| {
            let (reads, writes) = (units(warm.read_units_per_second)?, units(warm.write_units_per_second)?);
            Some(TableUnits { reads, writes })
        }))
    }

    async fn exists(&self, resource_type: &str, name: &str) -> Result<bool, CallError> {
        let found = match resource_type {
            "AWS::SQS::Queue" => {
                let operation = "sqs:GetQueueUrl";
                let answer = self.sqs.get_queue_url().queue_name(name).send().await;
                let answer = answer.map_err(|error| self.call_error(operation, &error));
                answer.and_then(|answer| required(operation, "QueueUrl", answer.queue_url))
            }
            "AWS::Events::EventBus" => {
                let operation = "events:DescribeEventBus";
                let answer = self.eventbridge.describe_event_bus().name(name).send().await;
                let answer = answer.map_err(|error| self.call_error(operation, &error));
                answer.and_then(|answer| required(operation, "Name", answer.name))
            }
            "AWS::Events::Archive" => {
                let operation = "events:DescribeArchive";
                let answer = self.eventbridge.describe_archive().archive_name(name).send().await;
                let answer = answer.map_err(|error| self.call_error(operation, &error));
                answer.and_then(|answer| required(operation, "ArchiveName", answer.archive_name))
            }
            "AWS::Lambda::Function" => {
                let operation = "lambda:GetFunctionConfiguration";
                let answer = self.lambda.get_function_configuration().function_name(name).send().await;
                let answer = answer.map_err(|error| self.call_error(operation, &error));
                answer.and_then(|answer| required(operation, "FunctionName", answer.function_name))
            }
            "AWS::CloudWatch::Dashboard" => return Ok(self.dashboard(name).await?.is_some()),
            "AWS::Logs::LogGroup" => return self.has_log_group(name).await,
            _ => return Ok(false),
        };
        match found {
            Ok(_) => Ok(true),
            Err(error) if error.kind == CallErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn owner(&self, physical_id: &str) -> Result<Option<String>, CallError> {
        if self.is_local() {
            return self.local_owner(physical_id).await;
        }
        let answer = self.cloudformation.describe_stack_resources().physical_resource_id(physical_id);
        match answer.send().await {
            Ok(answer) => {
                let resources = answer.stack_resources;
                let resources = resources
                    .ok_or_else(|| missing("cloudformation:DescribeStackResources", "StackResources"))?;
                Ok(resources.into_iter().next().and_then(|one| one.stack_name))
            }
            Err(error) => match self.call_error("cloudformation:DescribeStackResources", &error) {
                error if error.kind == CallErrorKind::NotFound => Ok(None),
                error => Err(error),
            },
        }
    }
}

impl Clients {
    /// A table's description.
    pub(super) async fn described_table(&self, name: &str) -> Result<TableDescription, CallError> {
        let operation = "dynamodb:DescribeTable";
        let answer = self.dynamodb.describe_table().table_name(name).send().await;
        let answer = answer.map_err(|error| self.call_error(operation, &error))?;
        answer.table.ok_or_else(|| missing(operation, "Table"))
    }

    async fn described(&self, name: &str) -> Result<Option<TableDescription>, CallError> {
        found(self.described_table(name).await)
    }

    async fn has_log_group(&self, name: &str) -> Result<bool, CallError> {
        let answer = self.logs.describe_log_groups().log_group_name_prefix(name).limit(50).send().await;
        let answer = answer.map_err(|error| self.call_error("logs:DescribeLogGroups", &error))?;
        let groups = answer.log_groups.ok_or_else(|| missing("logs:DescribeLogGroups", "logGroups"))?;
        // The name itself sorts before all names that begin with it.
        Ok(groups.iter().any(|group| group.log_group_name.as_deref() == Some(name)))
    }
}

fn copy(table: &TableDescription) -> Option<TableCopy> {
    let restored = table.restore_summary.as_ref()?;
    let of = restored.source_table_arn.as_deref()?.rsplit_once('/')?.1.to_owned();
    let at = restored.restore_date_time.fmt(Format::DateTime).ok();
    Some(TableCopy { of, at })
}

fn defined(name: &str, table: &TableDescription) -> Value {
    let attributes = table.attribute_definitions.iter().flatten();
    let mut attributes: Vec<Value> = attributes
        .map(|one| json!({"AttributeName": one.attribute_name, "AttributeType": one.attribute_type.as_str()}))
        .collect();
    attributes.sort_by_key(|one| one["AttributeName"].to_string());
    let mut properties = Map::new();
    properties.insert("TableName".to_owned(), name.into());
    properties.insert("AttributeDefinitions".to_owned(), attributes.into());
    properties.insert("KeySchema".to_owned(), keys(table.key_schema()));
    let on_demand = table
        .billing_mode_summary
        .as_ref()
        .is_some_and(|summary| summary.billing_mode == Some(BillingMode::PayPerRequest));
    if on_demand {
        properties.insert("BillingMode".to_owned(), "PAY_PER_REQUEST".into());
    } else if let Some(units) = &table.provisioned_throughput {
        properties.insert("BillingMode".to_owned(), "PROVISIONED".into());
        let units = json!({"ReadCapacityUnits": units.read_capacity_units, "WriteCapacityUnits": units.write_capacity_units});
        properties.insert("ProvisionedThroughput".to_owned(), units);
    }
    let indexes: Vec<Value> =
        table.global_secondary_indexes.iter().flatten().map(|one| index(one, on_demand)).collect();
    if !indexes.is_empty() {
        properties.insert("GlobalSecondaryIndexes".to_owned(), indexes.into());
    }
    let protected = table.deletion_protection_enabled.unwrap_or_default();
    properties.insert("DeletionProtectionEnabled".to_owned(), protected.into());
    let key = table.sse_description.as_ref().filter(|sse| sse.sse_type == Some(SseType::Kms));
    if let Some(key) = key.and_then(|sse| sse.kms_master_key_arn.as_deref()) {
        let sse = json!({"SSEEnabled": true, "SSEType": "KMS", "KMSMasterKeyId": key});
        properties.insert("SSESpecification".to_owned(), sse);
    }
    let stream = table.stream_specification.as_ref().filter(|stream| stream.stream_enabled);
    if let Some(view) = stream.and_then(|stream| stream.stream_view_type.as_ref()) {
        properties.insert("StreamSpecification".to_owned(), json!({"StreamViewType": view.as_str()}));
    }
    Value::Object(properties)
}

fn keys(schema: &[KeySchemaElement]) -> Value {
    let keys = schema
        .iter()
        .map(|key| json!({"AttributeName": key.attribute_name, "KeyType": key.key_type.as_str()}));
    keys.collect()
}

fn index(index: &GlobalSecondaryIndexDescription, on_demand: bool) -> Value {
    let projection = index.projection.as_ref();
    let kind = projection.and_then(|one| one.projection_type.as_ref());
    let mut described = json!({
        "IndexName": index.index_name,
        "KeySchema": keys(index.key_schema()),
        "Projection": {"ProjectionType": kind.map_or("ALL", |kind| kind.as_str())},
    });
    if let Some(names) = projection.and_then(|one| one.non_key_attributes.as_ref()) {
        described["Projection"]["NonKeyAttributes"] = json!(names);
    }
    if let Some(units) = index.provisioned_throughput.as_ref().filter(|_| !on_demand) {
        described["ProvisionedThroughput"] = json!({"ReadCapacityUnits": units.read_capacity_units, "WriteCapacityUnits": units.write_capacity_units});
    }
    described
}
