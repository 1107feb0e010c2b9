use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Exact resource names, to match an existing deployment. Names that are left out are made from `name` and
/// `environment`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Names {
    /// The CloudFormation stack; else `<name>-<environment>`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128), regex(pattern = "^[A-Za-z][A-Za-z0-9-]*$"), extend("$comment" = "CloudFormation takes letters, digits and hyphens, beginning with a letter"))]
    pub stack: Option<String>,

    /// The event bus; else `<name>-<environment>`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256), regex(pattern = "^(?!default$)[A-Za-z0-9._-]+$"), extend("$comment" = "EventBridge takes letters, digits, `.`, `-` and `_`, and reserves `default` for the account's default bus"))]
    pub bus: Option<String>,

    /// The rule on the bus; else `<name>-rule-<environment>`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64), regex(pattern = "^[A-Za-z0-9._-]+$"), extend("$comment" = "EventBridge takes 64 letters, digits, `.`, `-` and `_`"))]
    pub rule: Option<String>,

    /// The queue for undelivered events; else `<name>-undelivered-<environment>`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 80), regex(pattern = "^[A-Za-z0-9_-]+$"), extend("$comment" = "SQS takes 80 letters, digits, `-` and `_`"))]
    pub undelivered_queue: Option<String>,

    /// The archive of the bus; else `<name>-archive-<environment>`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 48), regex(pattern = "^[A-Za-z0-9._-]+$"), extend("$comment" = "EventBridge takes 48 letters, digits, `.`, `-` and `_`"))]
    pub archive: Option<String>,

    /// The queue; else `<name>-queue-<environment>`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 80), regex(pattern = "^[A-Za-z0-9_-]+$"), extend("$comment" = "SQS takes 80 letters, digits, `-` and `_`"))]
    pub queue: Option<String>,

    /// The queue's dead-letter queue; else `<name>-dlq-<environment>`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 80), regex(pattern = "^[A-Za-z0-9_-]+$"), extend("$comment" = "SQS takes 80 letters, digits, `-` and `_`"))]
    pub dead_letter_queue: Option<String>,

    /// The Lambda function; else `<name>-processor-<environment>`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64), regex(pattern = "^[A-Za-z0-9_-]+$"), extend("$comment" = "Lambda takes 64 letters, digits, `-` and `_`"))]
    pub processor: Option<String>,

    /// The function's role; else CloudFormation generates a name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64), regex(pattern = "^[A-Za-z0-9+=,.@_-]+$"), extend("$comment" = "IAM takes 64 letters, digits and `+=,.@_-`"))]
    pub role: Option<String>,

    /// The table; else `<name>-<environment>`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 3, max = 255), regex(pattern = "^[A-Za-z0-9_.-]+$"), extend("$comment" = "DynamoDB takes 3 to 255 letters, digits, `.`, `-` and `_`"))]
    pub table: Option<String>,

    /// The topic that alarms are sent to; else `<name>-alarms-<environment>`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256), regex(pattern = "^[A-Za-z0-9_-]+$"), extend("$comment" = "SNS takes 256 letters, digits, `-` and `_`"))]
    pub topic: Option<String>,

    /// The dashboard; else `<name>-<environment>`. Dashboards are global: two regions cannot share a name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 255), regex(pattern = "^[A-Za-z0-9_-]+$"), extend("$comment" = "CloudWatch takes 255 letters, digits, `-` and `_` for a dashboard"))]
    pub dashboard: Option<String>,

    /// The alarm on the queue's depth; else `<name>-queue-depth-<environment>`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 255), regex(pattern = "^[A-Za-z0-9 ._/#:-]+$"), extend("$comment" = "CloudWatch takes names of 255 characters"))]
    pub queue_depth_alarm: Option<String>,

    /// The alarm on dead letters; else `<name>-dead-letters-<environment>`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 255), regex(pattern = "^[A-Za-z0-9 ._/#:-]+$"), extend("$comment" = "CloudWatch takes names of 255 characters"))]
    pub dead_letters_alarm: Option<String>,

    /// The names under which outputs are exported.
    pub exports: ExportNames,
}

/// The names under which outputs are exported; else `<name>-<output>-<environment>`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ExportNames {
    /// The export of output `SQSQueueURL`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 255), regex(pattern = "^[A-Za-z0-9:-]+$"), extend("$comment" = "CloudFormation exports take letters, digits, colons and hyphens"))]
    pub queue_url: Option<String>,

    /// The export of output `SQSQueueARN`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 255), regex(pattern = "^[A-Za-z0-9:-]+$"), extend("$comment" = "CloudFormation exports take letters, digits, colons and hyphens"))]
    pub queue_arn: Option<String>,

    /// The export of output `ProcessorLambdaARN`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 255), regex(pattern = "^[A-Za-z0-9:-]+$"), extend("$comment" = "CloudFormation exports take letters, digits, colons and hyphens"))]
    pub processor_arn: Option<String>,

    /// The export of output `EventsTableName`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 255), regex(pattern = "^[A-Za-z0-9:-]+$"), extend("$comment" = "CloudFormation exports take letters, digits, colons and hyphens"))]
    pub table_name: Option<String>,

    /// The export of output `EventBusName`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 255), regex(pattern = "^[A-Za-z0-9:-]+$"), extend("$comment" = "CloudFormation exports take letters, digits, colons and hyphens"))]
    pub bus_name: Option<String>,

    /// The export of output `DashboardURL`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 255), regex(pattern = "^[A-Za-z0-9:-]+$"), extend("$comment" = "CloudFormation exports take letters, digits, colons and hyphens"))]
    pub dashboard_url: Option<String>,
}
