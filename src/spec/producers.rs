//! Other accounts that may put events on the bus.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A sender that may put events on the bus: an account, or a group of accounts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Producer {
    /// An account by its id, twelve digits in quotes.
    #[schemars(title = "account")]
    Account(String),
    /// The accounts of an organization, or of a part of one.
    #[schemars(title = "group")]
    Group(ProducerGroup),
}

/// The accounts of an organization, or of a part of one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("minProperties" = 1, "maxProperties" = 1))]
pub struct ProducerGroup {
    /// All accounts of an organization, by its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = "^o-[a-z0-9]{3,32}$"), example = &"o-a1b2c3d4e5", extend("$comment" = "AWS Organizations calls an organization `o-` and 10 to 32 lowercase letters and digits"))]
    pub organization: Option<String>,

    /// All accounts of an organizational unit, by its whole path from the organization down, as in
    /// `aws:PrincipalOrgPaths`. With `/*` at its end the units below are included, with `/` only the unit itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^o-[a-z0-9]{3,32}/r-[a-z0-9]{4,32}/(ou-[a-z0-9]{4,32}-[a-z0-9]{8,32}/)+\*?$"), example = &"o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/*", extend("$comment" = "IAM compares the whole path: the organization, the root, each unit on the way, and `/*` at the end"))]
    pub organizational_unit: Option<String>,
}
