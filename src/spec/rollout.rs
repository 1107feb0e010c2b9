use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How new code or settings of the processor replace the running version.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Rollout {
    /// All at once, with the next batch.
    #[default]
    #[schemars(title = "all_at_once")]
    AllAtOnce,
    /// Some of the batches first, while CloudFormation watches the processor's alarms. If one of them fires, it
    /// rolls back automatically.
    #[schemars(title = "canary")]
    Canary(Canary),
}

/// The canary's share and duration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Canary {
    /// Percentage of the batches that go to the new version.
    #[serde(default = "percent")]
    #[schemars(range(min = 1, max = 99), extend("$comment" = "at 100 percent no batch would run the former version"))]
    pub percent: u8,

    /// Minutes the alarms are watched.
    #[serde(default = "minutes")]
    #[schemars(range(min = 1, max = 180), extend("$comment" = "CloudFormation watches alarms for 180 minutes at most"))]
    pub minutes: u8,
}

impl Default for Canary {
    fn default() -> Self {
        Self { percent: percent(), minutes: minutes() }
    }
}

fn percent() -> u8 {
    10
}

fn minutes() -> u8 {
    10
}
