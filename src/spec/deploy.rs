use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{KeyArn, Quotas, Rollout};

/// Where and how the stack is deployed.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Deploy {
    /// The AWS region. Left out, it comes from `--region`, the environment or the profile.
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

    /// How new code or settings of the processor take over from those that run.
    #[serde(default)]
    pub rollout: Rollout,

    /// A role CloudFormation takes on to make the changes, instead of the caller's own permissions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = "^arn:aws[a-z-]*:iam::[0-9]{12}:role/[!-#%-)+->@-~]+$"), example = &"arn:aws:iam::123456789012:role/deployer", extend("$comment" = "CloudFormation takes on roles only, and in a policy `*`, `?` and `$` would stand for others"))]
    pub role_arn: Option<String>,

    /// A bucket of yours for the processor's zips, large templates and the record of applies. Left out, pipectl makes
    /// one for the account and region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifacts: Option<Artifacts>,

    /// A managed policy that limits what every role of the stack may do, whatever the role's own policies allow.
    /// `pipectl permissions` then lets the deployer make roles with it only, and never take it off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = "^arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/[!-#%-)+->@-~]+$"), example = &"arn:aws:iam::123456789012:policy/boundary", extend("$comment" = "IAM takes managed policies only as permissions boundaries, and in a policy `*`, `?` and `$` would stand for others"))]
    pub permissions_boundary: Option<String>,

    /// A folder with templates of your own, in the spec's folder or below. Each takes the place of pipectl's template
    /// of the same name; `pipectl eject` copies those there to begin with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1), example = &"templates")]
    pub templates: Option<String>,

    /// CloudFormation files of your own, in the spec's folder or below, whose `Resources` and `Outputs` become part of
    /// the stack.
    #[serde(default)]
    #[schemars(length(max = 20), example = serde_json::json!(["extra.yaml"]), extend("$comment" = "a stack has 500 resources at most, and each file is read on every validation"))]
    pub extra: Vec<String>,

    /// Quotas that AWS has raised for the account in its region. They are checked against what the spec asks for.
    #[serde(default)]
    pub quotas: Quotas,

    /// Tags for the stack and every resource that takes tags. At most 45: AWS allows 50 and pipectl adds its own. Keys
    /// must not begin with `aws:`.
    #[serde(default)]
    #[schemars(extend("maxProperties" = 45, "propertyNames" = {"minLength": 1, "maxLength": 128, "pattern": r"^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+@-]*$"}, "additionalProperties" = {"type": "string", "minLength": 1, "maxLength": 256, "pattern": r"^[\p{L}\p{Z}\p{N}_.:/=+@-]*$"}), extend("$comment" = "AWS takes 50 tags, five of them are kept for pipectl, keeps `aws:` for itself, and takes letters, digits, blanks and `_.:/=+-@`"))]
    pub tags: BTreeMap<String, String>,
}

impl Deploy {
    /// Whether zips are under a prefix of the user's in their bucket.
    #[must_use]
    pub fn has_artifact_prefix(&self) -> bool {
        self.artifacts.as_ref().is_some_and(|given| given.prefix.is_some())
    }
}

/// A bucket that is there. pipectl neither creates nor configures it: it checks that the bucket belongs to the account, is
/// in its region and keeps versions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Artifacts {
    /// The bucket's name.
    #[schemars(length(min = 3, max = 63), regex(pattern = "^[a-z0-9][a-z0-9.-]*[a-z0-9]$"), example = &"acme-artifacts", extend("$comment" = "S3 takes lowercase letters, digits, dots and hyphens"))]
    pub bucket: String,

    /// What every key begins with, with a slash at its end. Teams that share a bucket have a prefix each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 200), regex(pattern = "^([A-Za-z0-9][A-Za-z0-9_.-]*/)+$"), example = &"logistics/", extend("$comment" = "IAM policies name keys by what they begin with, and a slash ends the name of a folder"))]
    pub prefix: Option<String>,

    /// The KMS key that objects are encrypted with, by its ARN. Left out, the bucket's own setting decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kms_key: Option<KeyArn>,
}
