use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{KeyArn, Quotas, Rollout};

/// Where and how the stack is deployed.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Deploy {
    /// The AWS region. If left out, it comes from `--region`, the environment or the profile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = "^([a-z]{2}|eusc)(-[a-z]+)+-[0-9]{1,2}$"), example = &"eu-west-1", extend("$comment" = "AWS regions are called like `eu-west-1`"))]
    pub region: Option<String>,

    /// The account id, twelve digits in quotes. `apply` refuses credentials of any other account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = "^[0-9]{12}$"), example = &"123456789012", extend("$comment" = "AWS account ids have twelve digits, and unquoted digits are a number"))]
    pub account: Option<String>,

    /// Whether this is production: strict rules become errors, and termination protection is on.
    #[serde(default)]
    pub production: bool,

    /// How new code or settings of the processor replace the running version.
    #[serde(default)]
    pub rollout: Rollout,

    /// A role that CloudFormation assumes to make the changes, instead of using the caller's permissions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = "^arn:aws[a-z-]*:iam::[0-9]{12}:role/[!-#%-)+->@-~]+$"), example = &"arn:aws:iam::123456789012:role/deployer", extend("$comment" = "CloudFormation can assume only roles, and in a policy `*`, `?` and `$` are wildcards"))]
    pub role_arn: Option<String>,

    /// Your bucket for the processor's zips, large templates and the record of applies. If left out, pipectl
    /// creates one for the account and region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifacts: Option<Artifacts>,

    /// A managed policy that limits what every role of the stack may do, even if the role's own policies allow
    /// more. `pipectl permissions` then allows the deployer to create roles only with it, and never to remove it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = "^arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/[!-#%-)+->@-~]+$"), example = &"arn:aws:iam::123456789012:policy/boundary", extend("$comment" = "a permissions boundary must be a managed policy, and in a policy `*`, `?` and `$` are wildcards"))]
    pub permissions_boundary: Option<String>,

    /// A folder with your templates, in the spec's folder or below. Each replaces pipectl's template with the
    /// same name; `pipectl eject` copies pipectl's templates there as a start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1), example = &"templates")]
    pub templates: Option<String>,

    /// Your CloudFormation files, in the spec's folder or below, whose `Resources` and `Outputs` become part of
    /// the stack.
    #[serde(default)]
    #[schemars(length(max = 20), example = serde_json::json!(["extra.yaml"]), extend("$comment" = "a stack has 500 resources at most, and each file is read on every validation"))]
    pub extra: Vec<String>,

    /// Quotas that AWS has raised for the account in its region. The spec is checked against them.
    #[serde(default)]
    pub quotas: Quotas,

    /// Tags for the stack and every resource that takes tags. At most 45: AWS allows 50 and pipectl adds its own. Keys
    /// must not begin with `aws:`.
    #[serde(default)]
    #[schemars(extend("maxProperties" = 45, "propertyNames" = {"minLength": 1, "maxLength": 128, "pattern": r"^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+@-]*$"}, "additionalProperties" = {"type": "string", "minLength": 1, "maxLength": 256, "pattern": r"^[\p{L}\p{Z}\p{N}_.:/=+@-]*$"}), extend("$comment" = "AWS allows 50 tags, of which pipectl uses five; it reserves `aws:`, and allows letters, digits, spaces and `_.:/=+-@`"))]
    pub tags: BTreeMap<String, String>,
}

impl Deploy {
    /// Whether zips have a prefix in the user's bucket.
    #[must_use]
    pub fn has_artifact_prefix(&self) -> bool {
        self.artifacts.as_ref().is_some_and(|given| given.prefix.is_some())
    }
}

/// An existing bucket. pipectl neither creates nor configures it: it checks that the bucket belongs to the
/// account, is in its region and has versioning.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Artifacts {
    /// The bucket's name.
    #[schemars(length(min = 3, max = 63), regex(pattern = "^[a-z0-9][a-z0-9.-]*[a-z0-9]$"), example = &"acme-artifacts", extend("$comment" = "S3 takes lowercase letters, digits, dots and hyphens"))]
    pub bucket: String,

    /// The prefix of every key, with a slash at its end. Teams that share a bucket use different prefixes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 200), regex(pattern = "^([A-Za-z0-9][A-Za-z0-9_.-]*/)+$"), example = &"logistics/", extend("$comment" = "IAM policies select keys by prefix, and a slash ends the name of a folder"))]
    pub prefix: Option<String>,

    /// The ARN of the KMS key that encrypts objects. If left out, the bucket's setting decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kms_key: Option<KeyArn>,
}
