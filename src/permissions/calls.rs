//! Which command makes which calls to AWS, and the IAM actions each call needs. A test compares the table with
//! `src/aws`: an operation that is used there and missing here fails it.

use super::Command;
use Command::{Apply, Destroy, Dlq, Drift, History, Plan, Query, Recover, Revert, Rollback, Send, Status};

/// One operation of a service, as some commands use it.
#[derive(Debug)]
pub struct Call {
    /// The API's name for it, which is not always IAM's: `s3:HeadObject`.
    pub operation: &'static str,
    /// The IAM actions it needs, with a blank between them; empty where it needs none.
    pub actions: &'static str,
    pub on: On,
    pub commands: &'static [Command],
    pub needs: Needs,
    /// Whether pipectl goes on when the call is denied.
    pub optional: bool,
}

/// What a call is made on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    /// IAM knows no resource of it.
    All,
    Stack,
    /// The stack, or one of its change sets by ARN.
    ChangeSet,
    /// The artifact bucket itself.
    Bucket,
    /// The list of the stack's own keys in the bucket.
    Listing,
    /// The record of the stack's applies: `stacks/<stack>/*`.
    Records,
    /// The zips and large templates.
    Artifacts,
    Bus,
    Queue,
    /// The dead-letter queue and that of undelivered events.
    DeadLetters,
    Queues,
    Table,
    /// The table and its indexes.
    Rows,
    Function,
    Mapping,
    /// The KMS keys of what is read.
    Key,
    /// The KMS key of what is in the artifact bucket.
    ArtifactKey,
}

/// What a spec must have for a call to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    Nothing,
    /// `deploy.production: true`.
    Production,
    /// `deploy.rollout: {canary: …}`.
    Canary,
    /// A KMS key.
    Encryption,
    /// No `deploy.artifacts`: the bucket is pipectl's to make.
    OwnBucket,
    /// The same, with `deploy.tags`.
    TaggedBucket,
    /// `deploy.artifacts`: the bucket is only checked.
    GivenBucket,
    /// `deploy.artifacts: {kms_key: …}`.
    ArtifactKey,
}

const fn call(operation: &'static str, on: On, commands: &'static [Command]) -> Call {
    Call { operation, actions: operation, on, commands, needs: Needs::Nothing, optional: false }
}

impl Call {
    const fn allowed_by(self, actions: &'static str) -> Self {
        Self { actions, ..self }
    }

    const fn with(self, needs: Needs) -> Self {
        Self { needs, ..self }
    }

    /// pipectl goes on without it.
    const fn optional(self) -> Self {
        Self { optional: true, ..self }
    }
}

/// Commands that make a change set.
const CHANGES: &[Command] = &[Apply, Rollback];
/// Commands that compare with what is in the artifact bucket.
const COMPARES: &[Command] = &[Plan, Apply, Rollback];
/// Commands that follow an operation to its end.
const FOLLOWS: &[Command] = &[Apply, Rollback, Recover, Destroy, Revert];
/// Commands that look at how the pipeline does: a destroy says what is in it before it asks.
const LOOKS: &[Command] = &[Status, Destroy];
/// Made with the local cloud only, for what its templates cannot do, or by `apply --adopt`, which needs the rights to
/// change the old stack besides.
const ELSEWHERE: &[Command] = &[];

/// All calls, by service.
pub const CALLS: &[Call] = &[
    // IAM never refuses it.
    call("sts:GetCallerIdentity", On::All, &Command::ALL).allowed_by(""),
    call(
        "cloudformation:DescribeStacks",
        On::Stack,
        &[Plan, Apply, Rollback, Recover, Destroy, Status, Drift, Revert, Send, Query, Dlq],
    ),
    call("cloudformation:GetTemplate", On::Stack, &[Plan, Apply, Rollback, Destroy, Drift, Revert]),
    call("cloudformation:DescribeStackEvents", On::Stack, FOLLOWS),
    call("cloudformation:CreateChangeSet", On::Stack, &[Apply, Rollback, Revert]),
    call("cloudformation:DescribeChangeSet", On::ChangeSet, &[Apply, Rollback, Revert]),
    call("cloudformation:ExecuteChangeSet", On::ChangeSet, &[Apply, Rollback, Revert]),
    call("cloudformation:DeleteChangeSet", On::ChangeSet, &[Apply, Rollback, Revert]),
    // The longer words about a change set that CloudFormation refused.
    call("cloudformation:DescribeEvents", On::ChangeSet, &[Apply, Rollback, Revert]).optional(),
    call("cloudformation:GetStackPolicy", On::Stack, CHANGES),
    call("cloudformation:SetStackPolicy", On::Stack, CHANGES),
    // An apply removes the empty shell that a refused or failed creation leaves.
    call("cloudformation:DeleteStack", On::Stack, &[Apply, Rollback, Recover, Destroy, Revert]),
    call("cloudformation:UpdateTerminationProtection", On::Stack, &[Apply, Rollback, Destroy])
        .with(Needs::Production),
    call("cloudformation:ContinueUpdateRollback", On::Stack, &[Recover]),
    call("cloudformation:RollbackStack", On::Stack, &[Recover]),
    // CloudFormation asks for both, and for the configuration of the types.
    call("cloudformation:DetectStackDrift", On::Stack, &[Drift, Revert])
        .allowed_by("cloudformation:DetectStackDrift cloudformation:DetectStackResourceDrift"),
    call("cloudformation:DetectStackDrift", On::All, &[Drift, Revert])
        .allowed_by("cloudformation:BatchDescribeTypeConfigurations"),
    call("cloudformation:DescribeStackDriftDetectionStatus", On::All, &[Drift, Revert]),
    call("cloudformation:DescribeStackResourceDrifts", On::Stack, &[Drift, Revert]),
    call("cloudformation:ListStackResources", On::Stack, &[Drift, Revert]),
    call("cloudformation:ListStacks", On::All, ELSEWHERE),
    // A missing key answers 404 to a caller who may list the bucket, and 403 to others.
    call("s3:HeadObject", On::Listing, COMPARES).allowed_by("s3:ListBucket").optional(),
    call("s3:HeadObject", On::Artifacts, COMPARES).allowed_by("s3:GetObject s3:GetObjectVersion").optional(),
    call("s3:HeadObject", On::Records, CHANGES).allowed_by("s3:GetObject").optional(),
    call("s3:GetObject", On::Records, &[History, Rollback]),
    call("s3:GetObject", On::Artifacts, &[Rollback]).allowed_by("s3:GetObject s3:GetObjectVersion"),
    call("s3:PutObject", On::Artifacts, CHANGES),
    call("s3:PutObject", On::Records, CHANGES).optional(),
    call("s3:ListObjectsV2", On::Listing, &[History, Rollback]).allowed_by("s3:ListBucket"),
    // A bucket of others is only looked at.
    call("s3:HeadBucket", On::Listing, COMPARES).allowed_by("s3:ListBucket").with(Needs::GivenBucket),
    call("s3:GetBucketVersioning", On::Bucket, COMPARES).with(Needs::GivenBucket),
    // S3 asks for its key in the caller's name.
    call("s3:PutObject", On::ArtifactKey, CHANGES).allowed_by("kms:GenerateDataKey").with(Needs::ArtifactKey),
    call("s3:GetObject", On::ArtifactKey, &[Plan, Apply, Rollback, History])
        .allowed_by("kms:Decrypt")
        .with(Needs::ArtifactKey),
    // The bucket is made on first use. Where a look is denied, that part is made again, which changes nothing.
    call("s3:GetBucketPolicy", On::Bucket, CHANGES).with(Needs::OwnBucket).optional(),
    call("s3:GetBucketVersioning", On::Bucket, CHANGES).with(Needs::OwnBucket).optional(),
    call("s3:CreateBucket", On::Bucket, CHANGES).with(Needs::OwnBucket),
    call("s3:GetBucketTagging", On::Bucket, CHANGES).with(Needs::TaggedBucket).optional(),
    call("s3:PutBucketTagging", On::Bucket, CHANGES).with(Needs::TaggedBucket),
    call("s3:PutPublicAccessBlock", On::Bucket, CHANGES)
        .allowed_by("s3:PutBucketPublicAccessBlock")
        .with(Needs::OwnBucket),
    call("s3:GetBucketLifecycleConfiguration", On::Bucket, CHANGES)
        .allowed_by("s3:GetLifecycleConfiguration")
        .with(Needs::OwnBucket),
    call("s3:PutBucketLifecycleConfiguration", On::Bucket, CHANGES)
        .allowed_by("s3:PutLifecycleConfiguration")
        .with(Needs::OwnBucket),
    call("s3:PutBucketVersioning", On::Bucket, CHANGES).with(Needs::OwnBucket),
    call("s3:PutBucketPolicy", On::Bucket, CHANGES).with(Needs::OwnBucket),
    call("events:PutEvents", On::Bus, &[Send]),
    call("sqs:GetQueueUrl", On::Queues, &[Status, Destroy, Send, Dlq]),
    call("sqs:GetQueueAttributes", On::Queues, LOOKS),
    // `send --wait` looks for its events among the dead.
    call("sqs:GetQueueAttributes", On::DeadLetters, &[Send]),
    call("sqs:ReceiveMessage", On::DeadLetters, &[Send, Dlq]),
    call("sqs:ChangeMessageVisibilityBatch", On::DeadLetters, &[Send, Dlq])
        .allowed_by("sqs:ChangeMessageVisibility"),
    call("sqs:SendMessageBatch", On::Queue, &[Dlq]).allowed_by("sqs:SendMessage"),
    call("sqs:DeleteMessageBatch", On::DeadLetters, &[Dlq]).allowed_by("sqs:DeleteMessage"),
    call("cloudwatch:GetMetricStatistics", On::All, LOOKS),
    call("cloudwatch:DescribeAlarms", On::All, &[Status, Drift, Revert]),
    call("cloudwatch:DescribeAlarms", On::All, CHANGES).with(Needs::Canary),
    call("lambda:GetFunctionConfiguration", On::Function, LOOKS),
    call("lambda:ListEventSourceMappings", On::All, LOOKS),
    call("lambda:GetAlias", On::Function, CHANGES).with(Needs::Canary),
    call("lambda:GetEventSourceMapping", On::Mapping, &[Drift, Revert]),
    call("lambda:UpdateEventSourceMapping", On::Mapping, &[Revert]),
    call("dynamodb:DescribeTable", On::Table, LOOKS),
    call("dynamodb:BatchGetItem", On::Table, &[Send, Dlq]),
    call("dynamodb:Query", On::Rows, &[Query]),
    // In the caller's name: by SQS on reading from and writing to a queue, by DynamoDB on reading rows.
    call("kms:Decrypt", On::Key, &[Send, Query, Dlq]).with(Needs::Encryption),
    call("kms:GenerateDataKey", On::Key, &[Dlq]).with(Needs::Encryption),
    call("dynamodb:DescribeTimeToLive", On::Table, ELSEWHERE),
    call("dynamodb:UpdateTimeToLive", On::Table, ELSEWHERE),
    call("dynamodb:DescribeContinuousBackups", On::Table, ELSEWHERE),
    call("dynamodb:UpdateContinuousBackups", On::Table, ELSEWHERE),
    call("events:DescribeEventBus", On::Bus, ELSEWHERE),
    call("events:DescribeArchive", On::All, ELSEWHERE),
    call("events:CreateArchive", On::All, ELSEWHERE),
    call("events:UpdateArchive", On::All, ELSEWHERE),
    call("events:DeleteArchive", On::All, ELSEWHERE),
];
