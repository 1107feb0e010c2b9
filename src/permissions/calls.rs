//! Which command makes which calls to AWS, and the IAM actions each call needs. A test compares the table with
//! `src/aws`: an operation that is used there and missing here fails it.

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
    /// One of the stack's change sets, by its ARN alone.
    ChangeSet,
    /// The stacks within the stack, which its own templates may have.
    Nested,
    /// The stack that is taken over.
    Former,
    /// The stacks within it, whatever they are called after its name.
    FormerNested,
    /// All stacks of the account and region.
    Stacks,
    /// What has the name of one of the stack's resources of this type, whoever made it.
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
    /// The KMS keys that the spec names.
    NamedKeys,
    /// The KMS key that an earlier stack of the spec made.
    FormerKey,
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
    /// `bus.existing`.
    ExistingBus,
    /// A KMS key.
    Encryption,
    /// A KMS key by its ARN.
    NamedKey,
    /// A KMS key that the stack makes.
    StackKey,
    /// A stack within the stack.
    NestedStack,
    /// `apply --adopt STACK`.
    Adoption,
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
/// Commands that look at what is in the queues and the table, and name what they may not read: a destroy says it before
/// it asks, and so does a recover that tries a deletion again.
const LOOKS: &[Command] = &[Status, Recover, Destroy];
/// Commands that look up the names of what they would make. Where the look is denied, they say that the name was not
/// checked.
const NAMES: &[Command] = &[Plan, Apply, Rollback];
/// The same, and the command that tries what can be read.
const NAMES_OR_DOCTOR: &[Command] = &[Plan, Apply, Rollback, Doctor];
/// Commands that say what would go with a stack; inside of nested stacks, too.
const WEIGHS: &[Command] = &[Apply, Rollback, Recover, Destroy];
/// Commands that take another stack over, where they are asked to.
const ADOPTS: &[Command] = &[Apply];
/// Made with the local cloud only, for what its templates cannot do.
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
    // What an earlier stack of the name left.
    call("cloudformation:DescribeStackEvents", On::Stack, &[Plan]).optional(),
    call("cloudformation:ListStacks", On::All, NAMES).optional(),
    // Asked by the name of a resource: its stack can be any.
    call("cloudformation:DescribeStackResources", On::All, NAMES).optional(),
    call("cloudformation:CreateChangeSet", On::Stack, &[Apply, Rollback, Revert]),
    call("cloudformation:DescribeChangeSet", On::Stack, &[Apply, Rollback, Revert]),
    call("cloudformation:ExecuteChangeSet", On::Stack, &[Apply, Rollback, Revert]),
    call("cloudformation:DeleteChangeSet", On::Stack, &[Apply, Rollback, Revert]),
    // The longer words about a change set that CloudFormation refused.
    call("cloudformation:DescribeEvents", On::ChangeSet, &[Apply, Rollback, Revert]).optional(),
    call("cloudformation:GetStackPolicy", On::Stack, &[Apply, Rollback, Revert]),
    call("cloudformation:SetStackPolicy", On::Stack, &[Apply, Rollback, Revert]),
    // An apply removes the empty shell that a refused or failed creation leaves.
    call("cloudformation:DeleteStack", On::Stack, &[Apply, Rollback, Recover, Destroy, Revert]),
    // A deletion lifts it first; so does an apply or a recover that removes what a failed creation left.
    call("cloudformation:UpdateTerminationProtection", On::Stack, WEIGHS).with(Needs::Production),
    call("cloudformation:ContinueUpdateRollback", On::Stack, &[Recover]),
    call("cloudformation:RollbackStack", On::Stack, &[Recover]),
    // The stack that is taken over is read, made to retain what is taken, and deleted.
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
    // A run that was cut off after the deletion goes on with what the deleted stack left.
    call("cloudformation:ListStacks", On::All, ADOPTS).with(Needs::Adoption),
    // CloudFormation asks for both, and for the configuration of the types.
    call("cloudformation:DetectStackDrift", On::Stack, &[Drift, Revert])
        .allowed_by("cloudformation:DetectStackDrift cloudformation:DetectStackResourceDrift"),
    call("cloudformation:DetectStackDrift", On::All, &[Drift, Revert])
        .allowed_by("cloudformation:BatchDescribeTypeConfigurations"),
    call("cloudformation:DescribeStackDriftDetectionStatus", On::All, &[Drift, Revert]),
    call("cloudformation:DescribeStackResourceDrifts", On::Stack, &[Drift, Revert]),
    call("cloudformation:ListStackResources", On::Stack, &[Recover, Destroy, Drift, Revert, Verify]),
    // What was changed of the role and the key. CloudFormation reads them with what `drift` is allowed.
    call("cloudformation:DetectStackResourceDrift", On::Stack, &[Verify]).optional(),
    // Which queues and which table are the stack's, where the spec was edited since.
    call(
        "cloudformation:ListStackResources",
        On::Stack,
        &[Status, Logs, Send, Query, Dlq, Erase, Cost, Replay, Trace],
    )
    .optional(),
    call("cloudformation:ListStackResources", On::Nested, WEIGHS).with(Needs::NestedStack),
    // A missing key answers 404 to a caller who may list the bucket, and 403 to others.
    call("s3:HeadObject", On::Listing, COMPARES).allowed_by("s3:ListBucket").optional(),
    call("s3:HeadObject", On::Artifacts, COMPARES).allowed_by("s3:GetObject s3:GetObjectVersion").optional(),
    call("s3:HeadObject", On::Records, CHANGES).allowed_by("s3:GetObject").optional(),
    call("s3:GetObject", On::Records, &[History, Rollback]),
    // An apply records what the one before it could not. Of records that pipectl wrote before 0.2 it reads the newest.
    call("s3:GetObject", On::Records, &[Plan, Apply]).optional(),
    // Who applied last.
    call("s3:GetObject", On::Records, &[Status]).optional(),
    call("s3:GetObject", On::Artifacts, &[Rollback]).allowed_by("s3:GetObject s3:GetObjectVersion"),
    call("s3:PutObject", On::Artifacts, CHANGES),
    call("s3:PutObject", On::Records, CHANGES).optional(),
    // What was done to the stack and its messages, for the history.
    call("s3:PutObject", On::Records, &[Recover, Destroy, Revert, Dlq, Replay, Erase]).optional(),
    call("s3:ListObjectsV2", On::Listing, &[History, Rollback]).allowed_by("s3:ListBucket"),
    // Whether a table that is there was this stack's once, whether the last apply was recorded, and by whom it was.
    call("s3:ListObjectsV2", On::Listing, &[Plan, Apply, Status, Doctor])
        .allowed_by("s3:ListBucket")
        .optional(),
    // A bucket of others is only looked at.
    call("s3:HeadBucket", On::Listing, COMPARES).allowed_by("s3:ListBucket").with(Needs::GivenBucket),
    call("s3:GetBucketVersioning", On::Bucket, COMPARES).with(Needs::GivenBucket),
    // S3 asks for its key in the caller's name.
    call("s3:PutObject", On::ArtifactKey, CHANGES).allowed_by("kms:GenerateDataKey").with(Needs::ArtifactKey),
    call("s3:PutObject", On::ArtifactKey, &[Recover, Destroy, Revert, Dlq, Replay, Erase])
        .allowed_by("kms:GenerateDataKey")
        .with(Needs::ArtifactKey)
        .optional(),
    call("s3:GetObject", On::ArtifactKey, &[Plan, Apply, Rollback, History, Status])
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
    call("events:PutEvents", On::Bus, &[Send, Verify]),
    call("events:DescribeRule", On::Named("AWS::Events::Rule"), &[Verify]).optional(),
    call("events:ListTargetsByRule", On::Named("AWS::Events::Rule"), &[Verify]).optional(),
    call("sqs:GetQueueUrl", On::Queues, &[Send, Dlq, Replay, Erase]),
    call("sqs:GetQueueUrl", On::DeadLetters, &[Trace]),
    call("sqs:GetQueueUrl", On::Queues, LOOKS).optional(),
    call("sqs:GetQueueUrl", On::Queues, &[Verify]).optional(),
    call("sqs:GetQueueAttributes", On::Queues, &[Verify]).optional(),
    // A canary that was lost is taken out of the queues of dead letters.
    call("sqs:ReceiveMessage", On::DeadLetters, &[Verify]).optional(),
    call("sqs:ChangeMessageVisibilityBatch", On::DeadLetters, &[Verify])
        .allowed_by("sqs:ChangeMessageVisibility")
        .optional(),
    call("sqs:DeleteMessageBatch", On::DeadLetters, &[Verify]).allowed_by("sqs:DeleteMessage").optional(),
    call("sqs:GetQueueUrl", On::Named("AWS::SQS::Queue"), NAMES_OR_DOCTOR).optional(),
    call("sqs:GetQueueAttributes", On::Queues, LOOKS).optional(),
    // `send --wait` looks for its events among the dead.
    call("sqs:GetQueueAttributes", On::DeadLetters, &[Send]),
    // How many messages are hidden, in whoever's hands.
    call("sqs:GetQueueAttributes", On::DeadLetters, &[Dlq, Trace]).optional(),
    // How many of the replayed events wait, and where SQS moves the dead, how many those are.
    call("sqs:GetQueueAttributes", On::Queues, &[Replay]).optional(),
    // And whether events are on their way still.
    call("sqs:GetQueueAttributes", On::Queues, &[Erase]).optional(),
    call("sqs:ReceiveMessage", On::DeadLetters, &[Send, Dlq, Trace, Erase]),
    call("sqs:ChangeMessageVisibilityBatch", On::DeadLetters, &[Send, Dlq, Trace, Erase])
        .allowed_by("sqs:ChangeMessageVisibility"),
    // `send --to queue`, and letters that are sent back.
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
    // Whether the processor runs the code that was deployed.
    call("lambda:GetFunctionConfiguration", On::Function, &[Plan, Apply, Rollback, Drift, Revert]).optional(),
    // `apply --code-only`, and code that was changed behind CloudFormation's back. Lambda reads the zip in the caller's name.
    call("lambda:UpdateFunctionCode", On::Function, &[Apply, Rollback, Revert]),
    call("lambda:UpdateFunctionCode", On::Artifacts, &[Apply, Rollback, Revert])
        .allowed_by("s3:GetObject s3:GetObjectVersion"),
    call("lambda:UpdateFunctionCode", On::ArtifactKey, &[Apply, Rollback, Revert])
        .allowed_by("kms:Decrypt")
        .with(Needs::ArtifactKey),
    call("lambda:PublishVersion", On::Function, &[Apply, Rollback, Revert]),
    call("lambda:UpdateAlias", On::Function, &[Apply, Rollback, Revert]),
    // The deployed version that the alias is to call.
    call("cloudformation:ListStackResources", On::Stack, CHANGES),
    call("lambda:ListEventSourceMappings", On::All, &[Status]).optional(),
    // How many invocations the account runs at once.
    call("lambda:GetAccountSettings", On::All, &[Plan, Doctor]).optional(),
    call("lambda:GetAlias", On::Function, CHANGES).with(Needs::Canary),
    call("lambda:GetEventSourceMapping", On::Mapping, &[Drift, Revert]),
    call("lambda:GetEventSourceMapping", On::Mapping, &[Verify]).optional(),
    call("lambda:UpdateEventSourceMapping", On::Mapping, &[Revert]),
    call("logs:DescribeLogGroups", On::All, NAMES_OR_DOCTOR).optional(),
    call("logs:FilterLogEvents", On::Named("AWS::Logs::LogGroup"), &[Logs]),
    call("logs:FilterLogEvents", On::Named("AWS::Logs::LogGroup"), &[Replay, Trace]).optional(),
    // How much there is to scan.
    call("dynamodb:DescribeTable", On::Table, &[Trace]).optional(),
    // What became of a canary without a row.
    call("logs:FilterLogEvents", On::Named("AWS::Logs::LogGroup"), &[Verify]).optional(),
    call("dynamodb:DescribeTable", On::Table, LOOKS).optional(),
    call("dynamodb:DescribeTable", On::Table, &[Verify]).optional(),
    call("dynamodb:DescribeTable", On::Table, &[Cost]),
    call("dynamodb:DescribeTable", On::Named("AWS::DynamoDB::Table"), NAMES_OR_DOCTOR).optional(),
    // Which of its indexes were changed behind the stack's back.
    call("dynamodb:DescribeTable", On::Table, &[Revert]).optional(),
    call("dynamodb:DescribeTimeToLive", On::Named("AWS::DynamoDB::Table"), NAMES).optional(),
    call("dynamodb:DescribeContinuousBackups", On::Named("AWS::DynamoDB::Table"), NAMES).optional(),
    call("dynamodb:BatchGetItem", On::Table, &[Send, Dlq]),
    call("dynamodb:Query", On::Rows, &[Query, Trace, Erase]),
    // How many of the events are rows already.
    call("dynamodb:Query", On::Rows, &[Replay]).optional(),
    // `trace --scan`.
    call("dynamodb:Scan", On::Table, &[Trace]),
    // The mark in the place of an erased row.
    call("dynamodb:PutItem", On::Table, &[Erase]),
    // The row of a canary.
    call("dynamodb:Query", On::Table, &[Verify]),
    call("dynamodb:DeleteItem", On::Table, &[Verify]).optional(),
    // In the caller's name: by SQS on reading from and writing to a queue, by DynamoDB on reading rows.
    call("kms:Decrypt", On::Key, &[Send, Query, Dlq, Trace, Replay, Erase, Verify]).with(Needs::Encryption),
    call("kms:GenerateDataKey", On::Key, &[Send, Dlq]).with(Needs::Encryption),
    // Whether their policies let the pipeline use them.
    call("kms:DescribeKey", On::NamedKeys, &[Plan, Apply]).with(Needs::NamedKey).optional(),
    call("kms:GetKeyPolicy", On::NamedKeys, &[Plan, Apply]).with(Needs::NamedKey).optional(),
    // Whether the keys can still be used.
    call("kms:DescribeKey", On::Key, &[Verify]).with(Needs::Encryption).optional(),
    call("kms:GetKeyPolicy", On::Key, &[Verify]).with(Needs::Encryption).optional(),
    // Whether the key of a table that stayed can be used, and was made by the stack that left it.
    call("kms:DescribeKey", On::FormerKey, NAMES).with(Needs::StackKey).optional(),
    call("kms:GetKeyPolicy", On::FormerKey, NAMES).with(Needs::StackKey).optional(),
    call("kms:ListResourceTags", On::FormerKey, NAMES).with(Needs::StackKey).optional(),
    call("events:DescribeEventBus", On::Named("AWS::Events::EventBus"), NAMES_OR_DOCTOR).optional(),
    // Whether the bus that the spec uses is there.
    call("events:DescribeEventBus", On::Bus, &[Plan, Apply]).with(Needs::ExistingBus).optional(),
    // Events for a bus that is gone are taken and lost.
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
