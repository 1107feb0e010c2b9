//! The AWS calls of each command, and the IAM actions each call needs. A test compares the table with `src/aws`: an
//! operation that is used there and missing here fails the test.

use super::Command;
use Command::{
    Apply, Cost, Destroy, Dlq, Doctor, Drift, Erase, History, List, Logs, Plan, Query, Recover, Replay,
    Revert, Rollback, Send, Status, Trace, Verify,
};

/// One operation of a service, as some commands use it.
#[derive(Debug)]
pub struct Call {
    /// The API's name for it, which is not always IAM's: `s3:HeadObject`.
    pub operation: &'static str,
    /// The IAM actions it needs, with a blank between them; empty if it needs none.
    pub actions: &'static str,
    pub on: On,
    pub commands: &'static [Command],
    pub needs: Needs,
    /// Whether pipectl continues if the call is denied.
    pub optional: bool,
}

/// The resource of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    /// IAM has no resource for it.
    All,
    Stack,
    /// One of the stack's change sets, by its ARN alone.
    ChangeSet,
    /// The nested stacks, which custom templates may have.
    Nested,
    /// The stack that is adopted.
    Former,
    /// Its nested stacks, whatever follows its name in theirs.
    FormerNested,
    /// All stacks of the account and region.
    Stacks,
    /// Any resource with the name of one of the stack's resources of this type, whoever created it.
    Named(&'static str),
    /// The artifact bucket itself.
    Bucket,
    /// The list of the stack's own keys in the bucket.
    Listing,
    /// The record of the stack's applies: `stacks/<stack>/*`.
    Records,
    /// The lists of all stacks' own keys in the bucket.
    ListingOfAll,
    /// The records of all stacks' applies: `stacks/*`.
    RecordsOfAll,
    /// The zips and large templates.
    Artifacts,
    Bus,
    /// The replays of the archive: their names begin with its own.
    Replays,
    /// The archive, its bus and its replays.
    ReplayedArchive,
    Queue,
    /// The dead-letter queue and the queue of undelivered events.
    DeadLetters,
    Queues,
    Table,
    /// The table and its indexes.
    Rows,
    Function,
    Mapping,
    /// The KMS keys of the data that is read.
    Key,
    /// The KMS keys that the spec names.
    NamedKeys,
    /// The KMS key that an earlier stack of the spec created.
    FormerKey,
    /// The KMS key of the artifact bucket's objects.
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
    /// `bus.existing`.
    ExistingBus,
    /// A KMS key.
    Encryption,
    /// A KMS key by its ARN.
    NamedKey,
    /// A KMS key that the stack creates.
    StackKey,
    /// A nested stack.
    NestedStack,
    /// `apply --adopt STACK`.
    Adoption,
    /// No `deploy.artifacts`: pipectl creates the bucket.
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

    /// pipectl continues without it.
    const fn optional(self) -> Self {
        Self { optional: true, ..self }
    }
}

/// Commands that create a change set.
const CHANGES: &[Command] = &[Apply, Rollback];
/// Commands that compare with the objects in the artifact bucket.
const COMPARES: &[Command] = &[Plan, Apply, Rollback];
/// Commands that follow an operation to its end.
const FOLLOWS: &[Command] = &[Apply, Rollback, Recover, Destroy, Revert];
/// Commands that read the queues and the table, and name what they may not read: a destroy reports it before its
/// question, and so does a recover that retries a deletion.
const LOOKS: &[Command] = &[Status, Recover, Destroy];
/// Commands that look up the names of resources they would create. If the lookup is denied, they report that the name was
/// not checked.
const NAMES: &[Command] = &[Plan, Apply, Rollback];
/// The same, and the command that checks what can be read.
const NAMES_OR_DOCTOR: &[Command] = &[Plan, Apply, Rollback, Doctor];
/// Commands that report what would be deleted with a stack, including nested stacks.
const WEIGHS: &[Command] = &[Apply, Rollback, Recover, Destroy];
/// Commands that adopt another stack on request.
const ADOPTS: &[Command] = &[Apply];
/// Made with the local cloud only, for what its templates do not support.
const ELSEWHERE: &[Command] = &[];

/// All calls, by service.
pub const CALLS: &[Call] = &[
    // IAM never refuses it.
    call("sts:GetCallerIdentity", On::All, &Command::ALL).allowed_by(""),
    call(
        "cloudformation:DescribeStacks",
        On::Stack,
        &[
            Plan, Apply, Rollback, Recover, Destroy, Drift, Revert, Verify, Send, Query, Dlq, Erase, Cost,
            Logs, Replay, Trace,
        ],
    ),
    call("cloudformation:DescribeStacks", On::Stack, &[Status, Doctor]).optional(),
    call("cloudformation:DescribeStacks", On::Stacks, &[List]),
    // Versions and contracts, and who applied when.
    call("cloudformation:GetTemplate", On::Stacks, &[List]).optional(),
    call("s3:ListObjectsV2", On::ListingOfAll, &[List]).allowed_by("s3:ListBucket").optional(),
    call("s3:GetObject", On::RecordsOfAll, &[List]).optional(),
    call("s3:GetObject", On::ArtifactKey, &[List])
        .allowed_by("kms:Decrypt")
        .with(Needs::ArtifactKey)
        .optional(),
    call(
        "cloudformation:GetTemplate",
        On::Stack,
        &[Plan, Apply, Rollback, Recover, Destroy, Drift, Revert, Verify],
    ),
    call("cloudformation:GetTemplate", On::Nested, WEIGHS).with(Needs::NestedStack),
    call("cloudformation:DescribeStackEvents", On::Stack, FOLLOWS),
    // What an earlier stack of the name retained.
    call("cloudformation:DescribeStackEvents", On::Stack, &[Plan]).optional(),
    call("cloudformation:ListStacks", On::All, NAMES).optional(),
    // Requested by the name of a resource: its stack can be any.
    call("cloudformation:DescribeStackResources", On::All, NAMES).optional(),
    call("cloudformation:CreateChangeSet", On::Stack, &[Apply, Rollback, Revert]),
    call("cloudformation:DescribeChangeSet", On::Stack, &[Apply, Rollback, Revert]),
    call("cloudformation:ExecuteChangeSet", On::Stack, &[Apply, Rollback, Revert]),
    call("cloudformation:DeleteChangeSet", On::Stack, &[Apply, Rollback, Revert]),
    // The longer message about a change set that CloudFormation refused.
    call("cloudformation:DescribeEvents", On::ChangeSet, &[Apply, Rollback, Revert]).optional(),
    call("cloudformation:GetStackPolicy", On::Stack, &[Apply, Rollback, Revert]),
    call("cloudformation:SetStackPolicy", On::Stack, &[Apply, Rollback, Revert]),
    // An apply deletes the empty stack that a refused or failed creation leaves.
    call("cloudformation:DeleteStack", On::Stack, &[Apply, Rollback, Recover, Destroy, Revert]),
    // A deletion disables it first; so does an apply or a recover that deletes the remains of a failed creation.
    call("cloudformation:UpdateTerminationProtection", On::Stack, WEIGHS).with(Needs::Production),
    call("cloudformation:ContinueUpdateRollback", On::Stack, &[Recover]),
    call("cloudformation:RollbackStack", On::Stack, &[Recover]),
    // The adopted stack is read, updated to retain the adopted resources, and deleted.
    call("cloudformation:DescribeStacks", On::Former, ADOPTS).with(Needs::Adoption),
    call("cloudformation:GetTemplate", On::Former, ADOPTS).with(Needs::Adoption),
    call("cloudformation:ListStackResources", On::Former, ADOPTS).with(Needs::Adoption),
    call("cloudformation:GetTemplate", On::FormerNested, ADOPTS).with(Needs::Adoption),
    call("cloudformation:ListStackResources", On::FormerNested, ADOPTS).with(Needs::Adoption),
    call("cloudformation:DescribeStackEvents", On::Former, ADOPTS).with(Needs::Adoption),
    call("cloudformation:CreateChangeSet", On::Former, ADOPTS).with(Needs::Adoption),
    call("cloudformation:DescribeChangeSet", On::Former, ADOPTS).with(Needs::Adoption),
    call("cloudformation:ExecuteChangeSet", On::Former, ADOPTS).with(Needs::Adoption),
    call("cloudformation:DeleteChangeSet", On::Former, ADOPTS).with(Needs::Adoption),
    call("cloudformation:DescribeEvents", On::Former, ADOPTS).with(Needs::Adoption).optional(),
    call("cloudformation:DeleteStack", On::Former, ADOPTS).with(Needs::Adoption),
    // A run that was interrupted after the deletion continues with the retained resources of the deleted stack.
    call("cloudformation:ListStacks", On::All, ADOPTS).with(Needs::Adoption),
    // CloudFormation requires both, and the configuration of the types.
    call("cloudformation:DetectStackDrift", On::Stack, &[Drift, Revert])
        .allowed_by("cloudformation:DetectStackDrift cloudformation:DetectStackResourceDrift"),
    call("cloudformation:DetectStackDrift", On::All, &[Drift, Revert])
        .allowed_by("cloudformation:BatchDescribeTypeConfigurations"),
    call("cloudformation:DescribeStackDriftDetectionStatus", On::All, &[Drift, Revert]),
    call("cloudformation:DescribeStackResourceDrifts", On::Stack, &[Drift, Revert]),
    call("cloudformation:ListStackResources", On::Stack, &[Recover, Destroy, Drift, Revert, Verify]),
    // Changes of the role and the key. CloudFormation reads them with the permissions of `drift`.
    call("cloudformation:DetectStackResourceDrift", On::Stack, &[Verify]).optional(),
    // Which queues and which table belong to the stack, if the spec was edited since.
    call(
        "cloudformation:ListStackResources",
        On::Stack,
        &[Status, Logs, Send, Query, Dlq, Erase, Cost, Replay, Trace],
    )
    .optional(),
    call("cloudformation:ListStackResources", On::Nested, WEIGHS).with(Needs::NestedStack),
    // A missing key returns 404 to a caller who may list the bucket, and 403 to others.
    call("s3:HeadObject", On::Listing, COMPARES).allowed_by("s3:ListBucket").optional(),
    call("s3:HeadObject", On::Artifacts, COMPARES).allowed_by("s3:GetObject s3:GetObjectVersion").optional(),
    call("s3:HeadObject", On::Records, CHANGES).allowed_by("s3:GetObject").optional(),
    call("s3:GetObject", On::Records, &[History, Rollback]),
    // An apply writes the record that the previous one could not write. Of the records that pipectl wrote before 0.2 it
    // reads the newest.
    call("s3:GetObject", On::Records, &[Plan, Apply]).optional(),
    // Who applied last.
    call("s3:GetObject", On::Records, &[Status]).optional(),
    call("s3:GetObject", On::Artifacts, &[Rollback]).allowed_by("s3:GetObject s3:GetObjectVersion"),
    call("s3:PutObject", On::Artifacts, CHANGES),
    call("s3:PutObject", On::Records, CHANGES).optional(),
    // Operations on the stack and its messages, for the history.
    call("s3:PutObject", On::Records, &[Recover, Destroy, Revert, Dlq, Replay, Erase]).optional(),
    call("s3:ListObjectsV2", On::Listing, &[History, Rollback]).allowed_by("s3:ListBucket"),
    // Whether an existing table belonged to this stack once, whether the last apply was recorded, and by whom.
    call("s3:ListObjectsV2", On::Listing, &[Plan, Apply, Status, Doctor])
        .allowed_by("s3:ListBucket")
        .optional(),
    // Another owner's bucket is only read.
    call("s3:HeadBucket", On::Listing, COMPARES).allowed_by("s3:ListBucket").with(Needs::GivenBucket),
    call("s3:GetBucketVersioning", On::Bucket, COMPARES).with(Needs::GivenBucket),
    // S3 uses its key as the caller.
    call("s3:PutObject", On::ArtifactKey, CHANGES).allowed_by("kms:GenerateDataKey").with(Needs::ArtifactKey),
    call("s3:PutObject", On::ArtifactKey, &[Recover, Destroy, Revert, Dlq, Replay, Erase])
        .allowed_by("kms:GenerateDataKey")
        .with(Needs::ArtifactKey)
        .optional(),
    call("s3:GetObject", On::ArtifactKey, &[Plan, Apply, Rollback, History, Status])
        .allowed_by("kms:Decrypt")
        .with(Needs::ArtifactKey),
    // The bucket is created on first use. If a read is denied, that part is set again, which changes nothing.
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
    call("events:PutEvents", On::Bus, &[Send, Verify]),
    call("events:DescribeRule", On::Named("AWS::Events::Rule"), &[Verify]).optional(),
    call("events:ListTargetsByRule", On::Named("AWS::Events::Rule"), &[Verify]).optional(),
    call("sqs:GetQueueUrl", On::Queues, &[Send, Dlq, Replay, Erase]),
    call("sqs:GetQueueUrl", On::DeadLetters, &[Trace]),
    call("sqs:GetQueueUrl", On::Queues, LOOKS).optional(),
    call("sqs:GetQueueUrl", On::Queues, &[Verify]).optional(),
    call("sqs:GetQueueAttributes", On::Queues, &[Verify]).optional(),
    // A lost canary is removed from the dead-letter queues.
    call("sqs:ReceiveMessage", On::DeadLetters, &[Verify]).optional(),
    call("sqs:ChangeMessageVisibilityBatch", On::DeadLetters, &[Verify])
        .allowed_by("sqs:ChangeMessageVisibility")
        .optional(),
    call("sqs:DeleteMessageBatch", On::DeadLetters, &[Verify]).allowed_by("sqs:DeleteMessage").optional(),
    call("sqs:GetQueueUrl", On::Named("AWS::SQS::Queue"), NAMES_OR_DOCTOR).optional(),
    call("sqs:GetQueueAttributes", On::Queues, LOOKS).optional(),
    // `send --wait` looks for its events among the dead letters.
    call("sqs:GetQueueAttributes", On::DeadLetters, &[Send]),
    // How many messages are hidden, by any receiver.
    call("sqs:GetQueueAttributes", On::DeadLetters, &[Dlq, Trace]).optional(),
    // How many of the replayed events wait and, if SQS moves dead letters, how many there are.
    call("sqs:GetQueueAttributes", On::Queues, &[Replay]).optional(),
    // And whether events are still in transit.
    call("sqs:GetQueueAttributes", On::Queues, &[Erase]).optional(),
    call("sqs:ReceiveMessage", On::DeadLetters, &[Send, Dlq, Trace, Erase]),
    call("sqs:ChangeMessageVisibilityBatch", On::DeadLetters, &[Send, Dlq, Trace, Erase])
        .allowed_by("sqs:ChangeMessageVisibility"),
    // `send --to queue`, and redriven dead letters.
    call("sqs:SendMessageBatch", On::Queue, &[Send, Dlq]).allowed_by("sqs:SendMessage"),
    // `dlq import`.
    call("sqs:SendMessageBatch", On::DeadLetters, &[Dlq]).allowed_by("sqs:SendMessage"),
    call("sqs:DeleteMessageBatch", On::DeadLetters, &[Dlq, Erase]).allowed_by("sqs:DeleteMessage"),
    call("cloudwatch:GetDashboard", On::Named("AWS::CloudWatch::Dashboard"), NAMES).optional(),
    call("cloudwatch:GetMetricStatistics", On::All, &[Status]).optional(),
    call("cloudwatch:GetMetricData", On::All, &[Cost]),
    call("cloudwatch:GetMetricData", On::All, &[Status, Replay]).optional(),
    call("cloudwatch:DescribeAlarms", On::All, &[Status]).optional(),
    call("cloudwatch:DescribeAlarms", On::All, &[Drift, Revert]),
    call("cloudwatch:DescribeAlarms", On::All, CHANGES).with(Needs::Canary),
    call("lambda:GetFunctionConfiguration", On::Function, &[Status, Verify]).optional(),
    call("lambda:GetFunctionConcurrency", On::Function, &[Verify]).optional(),
    call("lambda:GetFunctionConfiguration", On::Named("AWS::Lambda::Function"), NAMES_OR_DOCTOR).optional(),
    // Whether the processor runs the deployed code.
    call("lambda:GetFunctionConfiguration", On::Function, &[Plan, Apply, Rollback, Drift, Revert]).optional(),
    // `apply --code-only`, and code that was changed without CloudFormation. Lambda reads the zip as the caller.
    call("lambda:UpdateFunctionCode", On::Function, &[Apply, Rollback, Revert]),
    call("lambda:UpdateFunctionCode", On::Artifacts, &[Apply, Rollback, Revert])
        .allowed_by("s3:GetObject s3:GetObjectVersion"),
    call("lambda:UpdateFunctionCode", On::ArtifactKey, &[Apply, Rollback, Revert])
        .allowed_by("kms:Decrypt")
        .with(Needs::ArtifactKey),
    call("lambda:PublishVersion", On::Function, &[Apply, Rollback, Revert]),
    call("lambda:UpdateAlias", On::Function, &[Apply, Rollback, Revert]),
    // The deployed version that the alias should point to.
    call("cloudformation:ListStackResources", On::Stack, CHANGES),
    call("lambda:ListEventSourceMappings", On::All, &[Status]).optional(),
    // The account's concurrency limit.
    call("lambda:GetAccountSettings", On::All, &[Plan, Doctor]).optional(),
    call("lambda:GetAlias", On::Function, CHANGES).with(Needs::Canary),
    call("lambda:GetEventSourceMapping", On::Mapping, &[Drift, Revert]),
    call("lambda:GetEventSourceMapping", On::Mapping, &[Verify]).optional(),
    call("lambda:UpdateEventSourceMapping", On::Mapping, &[Revert]),
    call("logs:DescribeLogGroups", On::All, NAMES_OR_DOCTOR).optional(),
    call("logs:FilterLogEvents", On::Named("AWS::Logs::LogGroup"), &[Logs]),
    call("logs:FilterLogEvents", On::Named("AWS::Logs::LogGroup"), &[Replay, Trace]).optional(),
    // The size of a scan.
    call("dynamodb:DescribeTable", On::Table, &[Trace]).optional(),
    // The outcome of a canary without a row.
    call("logs:FilterLogEvents", On::Named("AWS::Logs::LogGroup"), &[Verify]).optional(),
    call("dynamodb:DescribeTable", On::Table, LOOKS).optional(),
    call("dynamodb:DescribeTable", On::Table, &[Verify]).optional(),
    call("dynamodb:DescribeTable", On::Table, &[Cost]),
    call("dynamodb:DescribeTable", On::Named("AWS::DynamoDB::Table"), NAMES_OR_DOCTOR).optional(),
    // Which of its indexes were changed without the stack.
    call("dynamodb:DescribeTable", On::Table, &[Revert]).optional(),
    call("dynamodb:DescribeTimeToLive", On::Named("AWS::DynamoDB::Table"), NAMES).optional(),
    call("dynamodb:DescribeContinuousBackups", On::Named("AWS::DynamoDB::Table"), NAMES).optional(),
    call("dynamodb:BatchGetItem", On::Table, &[Send, Dlq]),
    call("dynamodb:Query", On::Rows, &[Query, Trace, Erase]),
    // How many of the events are already rows.
    call("dynamodb:Query", On::Rows, &[Replay]).optional(),
    // `trace --scan`.
    call("dynamodb:Scan", On::Table, &[Trace]),
    // The mark that replaces an erased row.
    call("dynamodb:PutItem", On::Table, &[Erase]),
    // The row of a canary.
    call("dynamodb:Query", On::Table, &[Verify]),
    call("dynamodb:DeleteItem", On::Table, &[Verify]).optional(),
    // As the caller: by SQS for reading from and writing to a queue, by DynamoDB for reading rows.
    call("kms:Decrypt", On::Key, &[Send, Query, Dlq, Trace, Replay, Erase, Verify]).with(Needs::Encryption),
    call("kms:GenerateDataKey", On::Key, &[Send, Dlq]).with(Needs::Encryption),
    // Whether their policies allow the pipeline to use them.
    call("kms:DescribeKey", On::NamedKeys, &[Plan, Apply]).with(Needs::NamedKey).optional(),
    call("kms:GetKeyPolicy", On::NamedKeys, &[Plan, Apply]).with(Needs::NamedKey).optional(),
    // Whether the keys can still be used.
    call("kms:DescribeKey", On::Key, &[Verify]).with(Needs::Encryption).optional(),
    call("kms:GetKeyPolicy", On::Key, &[Verify]).with(Needs::Encryption).optional(),
    // Whether the key of a retained table can be used, and was created by the stack that retained it.
    call("kms:DescribeKey", On::FormerKey, NAMES).with(Needs::StackKey).optional(),
    call("kms:GetKeyPolicy", On::FormerKey, NAMES).with(Needs::StackKey).optional(),
    call("kms:ListResourceTags", On::FormerKey, NAMES).with(Needs::StackKey).optional(),
    call("events:DescribeEventBus", On::Named("AWS::Events::EventBus"), NAMES_OR_DOCTOR).optional(),
    // Whether the bus that the spec uses exists.
    call("events:DescribeEventBus", On::Bus, &[Plan, Apply]).with(Needs::ExistingBus).optional(),
    // Events for a deleted bus are accepted and lost.
    call("events:DescribeEventBus", On::Bus, &[Send, Verify]).optional(),
    call("events:DescribeArchive", On::Named("AWS::Events::Archive"), NAMES).optional(),
    call("events:DescribeArchive", On::Named("AWS::Events::Archive"), &[Replay]),
    call("events:ListReplays", On::All, &[Replay]),
    call("events:StartReplay", On::ReplayedArchive, &[Replay]),
    call("events:DescribeReplay", On::Replays, &[Replay]),
    // `replay --cancel`.
    call("events:CancelReplay", On::Replays, &[Replay]),
    // It has no metrics.
    call("logs:FilterLogEvents", On::All, ELSEWHERE),
    call("dynamodb:UpdateTimeToLive", On::Table, ELSEWHERE),
    call("dynamodb:UpdateContinuousBackups", On::Table, ELSEWHERE),
    call("events:CreateArchive", On::All, ELSEWHERE),
    call("events:UpdateArchive", On::All, ELSEWHERE),
    call("events:DeleteArchive", On::All, ELSEWHERE),
];
