//! The calls of CloudFormation, as the caller who changes the stack, for each type of resource.
//!
//! Source: `handlers.*.permissions` of the CloudFormation registry's resource type schemas
//! (`aws cloudformation describe-type --type RESOURCE --type-name TYPE --query Schema`), us-east-1, August 2026. Left
//! out: the `list` handlers, which serve Cloud Control's ListResources and no operation on a stack; entries without an
//! action in IAM (`kms:ReEncrypt`, `s3:GetObjectMetadata`, `s3:REST.PUT.OBJECT`, `s3files:ListMountTargets`); the needs
//! of a table's replicas and an alias's CodeDeploy, which no property of the type requires;
//! `iam:DeleteRolePermissionsBoundary`, which nobody gets. The needs of a single property are included only if a resource
//! has that property.

/// The calls for one type of resource.
#[derive(Debug)]
pub(super) struct Kind {
    pub(super) name: &'static str,
    pub(super) rows: &'static [HandlerCalls],
}

/// A group of calls.
#[derive(Debug)]
pub(super) struct HandlerCalls {
    /// The property they are for; `None`: they are made for every resource of the type.
    pub(super) property: Option<&'static str>,
    /// The handlers that make them: C, R, U and D.
    pub(super) handlers: &'static str,
    pub(super) at: At,
    /// Actions, with a blank between them.
    pub(super) actions: &'static str,
}

/// The resources that an action is allowed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum At {
    /// The stack's resources of this type.
    Own,
    /// Everything: IAM has no resources for the action, or the action lists.
    All,
    /// The KMS keys that the stack uses.
    Key,
    /// The stack's roles.
    Roles,
    /// The zips and templates in the artifact bucket.
    Artifacts,
}

use At::{All, Artifacts, Key, Own, Roles};

const fn always(handlers: &'static str, at: At, actions: &'static str) -> HandlerCalls {
    HandlerCalls { property: None, handlers, at, actions }
}

const fn with(property: &'static str, handlers: &'static str, at: At, actions: &'static str) -> HandlerCalls {
    HandlerCalls { property: Some(property), handlers, at, actions }
}

pub(super) const KINDS: [Kind; 20] = [
    Kind {
        name: "AWS::CloudWatch::Alarm",
        rows: &[
            always("CU", Own, "cloudwatch:PutMetricAlarm cloudwatch:TagResource"),
            always("D", Own, "cloudwatch:DeleteAlarms"),
            always("R", Own, "cloudwatch:ListTagsForResource"),
            always("U", Own, "cloudwatch:UntagResource"),
            always("CRUD", All, "cloudwatch:DescribeAlarms"),
        ],
    },
    Kind {
        name: "AWS::CloudWatch::CompositeAlarm",
        rows: &[
            always("CU", Own, "cloudwatch:PutCompositeAlarm cloudwatch:TagResource"),
            always("D", Own, "cloudwatch:DeleteAlarms"),
            always("R", Own, "cloudwatch:ListTagsForResource"),
            always("U", Own, "cloudwatch:UntagResource"),
            always("CRUD", All, "cloudwatch:DescribeAlarms"),
        ],
    },
    Kind {
        name: "AWS::CloudWatch::Dashboard",
        rows: &[
            always("CRD", Own, "cloudwatch:GetDashboard"),
            always("CU", Own, "cloudwatch:PutDashboard cloudwatch:TagResource"),
            always("D", Own, "cloudwatch:DeleteDashboards"),
            always("RU", Own, "cloudwatch:ListTagsForResource"),
            always("U", Own, "cloudwatch:UntagResource"),
        ],
    },
    Kind {
        name: "AWS::DynamoDB::Table",
        rows: &[
            always(
                "CRU",
                Own,
                "dynamodb:DescribeContinuousBackups dynamodb:DescribeContributorInsights dynamodb:DescribeKinesisStreamingDestination dynamodb:DescribeTimeToLive dynamodb:GetResourcePolicy dynamodb:ListTagsOfResource",
            ),
            always("CRUD", Own, "dynamodb:DescribeTable"),
            always(
                "CU",
                Own,
                "dynamodb:CreateTable dynamodb:TagResource dynamodb:UpdateContinuousBackups dynamodb:UpdateTable dynamodb:UpdateTimeToLive",
            ),
            always("D", Own, "dynamodb:DeleteTable"),
            always("U", Own, "dynamodb:UntagResource"),
            with("ContributorInsightsSpecification", "CU", Own, "dynamodb:UpdateContributorInsights"),
            with("ImportSourceSpecification", "C", Own, "dynamodb:ImportTable"),
            with(
                "ImportSourceSpecification",
                "C",
                All,
                "dynamodb:DescribeImport logs:CreateLogGroup logs:CreateLogStream logs:DescribeLogGroups logs:DescribeLogStreams logs:PutLogEvents logs:PutRetentionPolicy s3:GetObject s3:ListBucket",
            ),
            with(
                "KinesisStreamSpecification",
                "CU",
                Own,
                "dynamodb:DisableKinesisStreamingDestination dynamodb:EnableKinesisStreamingDestination",
            ),
            with("KinesisStreamSpecification", "U", Own, "dynamodb:UpdateKinesisStreamingDestination"),
            with(
                "KinesisStreamSpecification",
                "CU",
                All,
                "iam:CreateServiceLinkedRole kinesis:DescribeStream kinesis:PutRecords",
            ),
            with("ResourcePolicy", "CU", Own, "dynamodb:PutResourcePolicy"),
            with("ResourcePolicy", "U", Own, "dynamodb:DeleteResourcePolicy"),
            with("SSESpecification", "CU", All, "kms:ListAliases"),
            with("SSESpecification", "C", Key, "kms:Decrypt kms:Encrypt"),
            with("SSESpecification", "CU", Key, "kms:CreateGrant kms:DescribeKey kms:RevokeGrant"),
        ],
    },
    Kind {
        name: "AWS::Events::Archive",
        rows: &[
            always("C", Own, "events:CreateArchive"),
            always("CRUD", Own, "events:DescribeArchive"),
            always("D", Own, "events:DeleteArchive"),
            always("U", Own, "events:UpdateArchive"),
            with("KmsKeyIdentifier", "CRU", Key, "kms:Decrypt"),
            with("KmsKeyIdentifier", "CU", Key, "kms:DescribeKey kms:GenerateDataKey"),
            with("KmsKeyIdentifier", "U", Key, "kms:ReEncryptFrom kms:ReEncryptTo"),
        ],
    },
    Kind {
        name: "AWS::Events::EventBus",
        rows: &[
            always("C", Own, "events:CreateEventBus"),
            always("CRD", Own, "events:ListTagsForResource"),
            always("CRUD", Own, "events:DescribeEventBus"),
            always("CU", Own, "events:TagResource"),
            always("D", Own, "events:DeleteEventBus"),
            always("UD", Own, "events:UntagResource events:UpdateEventBus"),
            with(
                "KmsKeyIdentifier",
                "CU",
                Key,
                "kms:Decrypt kms:DescribeKey kms:Encrypt kms:GenerateDataKey kms:GenerateDataKeyWithoutPlaintext kms:ReEncryptFrom kms:ReEncryptTo",
            ),
            with("Policy", "CU", All, "events:PutPermission"),
            with("Policy", "D", All, "events:RemovePermission"),
        ],
    },
    Kind {
        name: "AWS::Events::EventBusPolicy",
        rows: &[
            always("CRUD", Own, "events:DescribeEventBus"),
            always("CU", All, "events:PutPermission"),
            always("D", All, "events:RemovePermission"),
        ],
    },
    Kind {
        name: "AWS::Events::Rule",
        rows: &[
            always("CRUD", Own, "events:DescribeRule"),
            always("CU", Own, "events:PutRule events:PutTargets events:TagResource"),
            always("D", Own, "events:DeleteRule"),
            always("R", Own, "events:ListTagsForResource"),
            always("RD", Own, "events:ListTargetsByRule"),
            always("U", Own, "events:UntagResource"),
            always("UD", Own, "events:RemoveTargets"),
            with("RoleArn", "CRUD", Roles, "iam:PassRole"),
        ],
    },
    Kind {
        name: "AWS::IAM::Role",
        rows: &[
            always("C", Own, "iam:CreateRole"),
            always("CR", Own, "iam:GetRolePolicy"),
            always("CRD", Own, "iam:GetRole"),
            always("CU", Own, "iam:PutRolePolicy"),
            always("CUD", Own, "iam:TagRole iam:UntagRole"),
            always("D", Own, "iam:DeleteRole"),
            always("RD", Own, "iam:ListAttachedRolePolicies iam:ListRolePolicies"),
            always("U", Own, "iam:UpdateAssumeRolePolicy iam:UpdateRole iam:UpdateRoleDescription"),
            always("UD", Own, "iam:DeleteRolePolicy iam:DetachRolePolicy"),
            with("ManagedPolicyArns", "CU", Own, "iam:AttachRolePolicy"),
            with("PermissionsBoundary", "U", Own, "iam:PutRolePermissionsBoundary"),
        ],
    },
    Kind {
        name: "AWS::KMS::Key",
        rows: &[
            always("CU", Own, "kms:DisableKey kms:EnableKeyRotation kms:PutKeyPolicy kms:TagResource"),
            always("D", Own, "kms:ScheduleKeyDeletion"),
            always("R", Own, "kms:GetKeyPolicy kms:GetKeyRotationStatus"),
            always("RU", Own, "kms:ListResourceTags"),
            always("RUD", Own, "kms:DescribeKey"),
            always(
                "U",
                Own,
                "kms:DisableKeyRotation kms:EnableKey kms:UntagResource kms:UpdateKeyDescription",
            ),
            always("C", All, "kms:CreateKey"),
        ],
    },
    Kind {
        name: "AWS::Lambda::Alias",
        rows: &[
            always("C", Own, "lambda:CreateAlias"),
            always("CRU", Own, "lambda:GetProvisionedConcurrencyConfig"),
            always("D", Own, "lambda:DeleteAlias"),
            always("RUD", Own, "lambda:GetAlias"),
            always("U", Own, "lambda:UpdateAlias"),
            with("ProvisionedConcurrencyConfig", "CU", Own, "lambda:PutProvisionedConcurrencyConfig"),
            with("ProvisionedConcurrencyConfig", "U", Own, "lambda:DeleteProvisionedConcurrencyConfig"),
        ],
    },
    Kind {
        name: "AWS::Lambda::EventSourceMapping",
        rows: &[
            always("C", Own, "lambda:CreateEventSourceMapping"),
            always("CRUD", Own, "lambda:GetEventSourceMapping"),
            always("CU", Own, "lambda:TagResource"),
            always("D", Own, "lambda:DeleteEventSourceMapping"),
            always("R", Own, "lambda:ListTags"),
            always("U", Own, "lambda:UntagResource lambda:UpdateEventSourceMapping"),
            with("KmsKeyArn", "CRUD", Key, "kms:Decrypt"),
            with("KmsKeyArn", "CU", Key, "kms:DescribeKey kms:GenerateDataKey"),
        ],
    },
    Kind {
        name: "AWS::Lambda::Function",
        rows: &[
            always("C", Own, "lambda:CreateFunction"),
            always(
                "CRU",
                Own,
                "lambda:GetFunctionCodeSigningConfig lambda:GetFunctionRecursionConfig lambda:GetRuntimeManagementConfig",
            ),
            always("CRUD", Own, "lambda:GetFunction"),
            always("CU", Own, "lambda:TagResource"),
            always("D", Own, "lambda:DeleteFunction"),
            always("R", Own, "lambda:GetFunctionScalingConfig"),
            always(
                "U",
                Own,
                "lambda:DeleteFunctionConcurrency lambda:PublishVersion lambda:UntagResource lambda:UpdateFunctionCode lambda:UpdateFunctionConfiguration",
            ),
            always("CU", Artifacts, "s3:GetObject s3:GetObjectVersion"),
            always("CU", Roles, "iam:PassRole"),
            with("CapacityProviderConfig", "CU", All, "lambda:PassCapacityProvider"),
            with(
                "CodeSigningConfigArn",
                "U",
                Own,
                "lambda:DeleteFunctionCodeSigningConfig lambda:PutFunctionCodeSigningConfig",
            ),
            with("CodeSigningConfigArn", "CU", All, "lambda:GetCodeSigningConfig"),
            with("FileSystemConfigs", "CU", All, "elasticfilesystem:DescribeMountTargets"),
            with("FunctionScalingConfig", "CU", Own, "lambda:PutFunctionScalingConfig"),
            with("KmsKeyArn", "C", Key, "kms:Encrypt"),
            with("KmsKeyArn", "CRU", Key, "kms:Decrypt"),
            with("KmsKeyArn", "CU", Key, "kms:CreateGrant kms:DescribeKey kms:GenerateDataKey"),
            with("Layers", "C", All, "lambda:GetLayerVersion"),
            with("RecursiveLoop", "CU", Own, "lambda:PutFunctionRecursionConfig"),
            with("ReservedConcurrentExecutions", "CU", Own, "lambda:PutFunctionConcurrency"),
            with("RuntimeManagementConfig", "CU", Own, "lambda:PutRuntimeManagementConfig"),
            with("VpcConfig", "CU", All, "ec2:DescribeSecurityGroups ec2:DescribeSubnets ec2:DescribeVpcs"),
            with("VpcConfig", "D", All, "ec2:DescribeNetworkInterfaces"),
        ],
    },
    Kind {
        name: "AWS::Lambda::Version",
        rows: &[
            always("C", Own, "lambda:ListVersionsByFunction lambda:PublishVersion"),
            always("CR", Own, "lambda:GetProvisionedConcurrencyConfig lambda:GetRuntimeManagementConfig"),
            always("CRUD", Own, "lambda:GetFunctionConfiguration"),
            always("D", Own, "lambda:DeleteFunction"),
            always("R", Own, "lambda:GetFunctionScalingConfig"),
            with("FunctionScalingConfig", "CU", Own, "lambda:PutFunctionScalingConfig"),
            with("ProvisionedConcurrencyConfig", "C", Own, "lambda:PutProvisionedConcurrencyConfig"),
            with("RuntimePolicy", "C", Own, "lambda:PutRuntimeManagementConfig"),
        ],
    },
    Kind {
        name: "AWS::Logs::LogGroup",
        rows: &[
            always("C", Own, "logs:CreateLogGroup"),
            always("CRU", Own, "logs:GetDataProtectionPolicy"),
            always("CU", Own, "logs:PutRetentionPolicy logs:TagResource"),
            always("D", Own, "logs:DeleteDataProtectionPolicy logs:DeleteLogGroup"),
            always("RU", Own, "logs:ListTagsForResource"),
            always("U", Own, "logs:DeleteRetentionPolicy logs:DisassociateKmsKey logs:UntagResource"),
            always("CR", All, "logs:DescribeIndexPolicies"),
            always("CRU", All, "logs:DescribeResourcePolicies"),
            always("CRUD", All, "logs:DescribeLogGroups"),
            with("BearerTokenAuthenticationEnabled", "CU", Own, "logs:PutBearerTokenAuthentication"),
            with("DataProtectionPolicy", "CU", Own, "logs:PutDataProtectionPolicy"),
            with("DataProtectionPolicy", "CU", All, "firehose:TagDeliveryStream logs:CreateLogDelivery"),
            with("DeletionProtectionEnabled", "U", Own, "logs:PutLogGroupDeletionProtection"),
            with("FieldIndexPolicies", "CU", All, "logs:PutIndexPolicy"),
            with("FieldIndexPolicies", "U", All, "logs:DeleteIndexPolicy"),
            with("KmsKeyId", "U", Own, "logs:AssociateKmsKey"),
            with("ResourcePolicyDocument", "CU", All, "logs:PutResourcePolicy"),
            with("ResourcePolicyDocument", "U", All, "logs:DeleteResourcePolicy"),
        ],
    },
    Kind {
        name: "AWS::SNS::Subscription",
        rows: &[
            always("C", Own, "sns:Subscribe"),
            always("D", All, "sns:Unsubscribe"),
            always("RD", All, "sns:GetSubscriptionAttributes"),
            always("U", All, "sns:SetSubscriptionAttributes"),
            with("SubscriptionRoleArn", "CU", Roles, "iam:GetRole iam:PassRole"),
        ],
    },
    Kind {
        name: "AWS::SNS::Topic",
        rows: &[
            always("C", Own, "sns:CreateTopic"),
            always("CRUD", Own, "sns:GetTopicAttributes"),
            always("CU", Own, "sns:TagResource"),
            always("D", Own, "sns:DeleteTopic"),
            always(
                "RU",
                Own,
                "sns:GetDataProtectionPolicy sns:ListSubscriptionsByTopic sns:ListTagsForResource",
            ),
            always("U", Own, "sns:SetTopicAttributes sns:UntagResource"),
            with("DataProtectionPolicy", "CU", Own, "sns:PutDataProtectionPolicy"),
            with("DeliveryStatusLogging", "CU", Roles, "iam:GetRole iam:PassRole"),
            with("Subscription", "CU", Own, "sns:Subscribe"),
            with("Subscription", "U", All, "sns:Unsubscribe"),
        ],
    },
    Kind { name: "AWS::SNS::TopicPolicy", rows: &[always("CUD", Own, "sns:SetTopicAttributes")] },
    Kind {
        name: "AWS::SQS::Queue",
        rows: &[
            always("C", Own, "sqs:CreateQueue sqs:GetQueueUrl"),
            always("CRU", Own, "sqs:ListQueueTags"),
            always("CRUD", Own, "sqs:GetQueueAttributes"),
            always("CU", Own, "sqs:TagQueue"),
            always("D", Own, "sqs:DeleteQueue"),
            always("U", Own, "sqs:SetQueueAttributes sqs:UntagQueue"),
        ],
    },
    Kind { name: "AWS::SQS::QueuePolicy", rows: &[always("CUD", Own, "sqs:SetQueueAttributes")] },
];
