use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Encryption at rest of everything that stores data.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Encryption {
    /// Keys owned by AWS, free of charge.
    #[default]
    #[schemars(title = "aws_owned")]
    AwsOwned,
    /// A key that the stack creates. It is rotated every year, and retained when the stack is deleted. About a
    /// dollar a month, and a fee for each use.
    #[schemars(title = "stack_key")]
    StackKey,
    /// A key of your own, by its ARN.
    #[schemars(title = "kms_key")]
    KmsKey(KeyArn),
}

/// The ARN of a KMS key. Its policy must allow the services to use it: `pipectl explain encryption --policy
/// SPEC` prints the statements.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct KeyArn(
    #[schemars(
        regex(pattern = "^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$"),
        example = &"arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    )]
    pub String,
);
