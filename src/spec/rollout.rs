use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How new code or settings of the processor take over from those that run.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Rollout {
    /// With the next batch.
    #[default]
    #[schemars(title = "all_at_once")]
    AllAtOnce,
    /// Some of the batches first, while the processor's alarms are watched. If one of them fires, CloudFormation goes
    /// back to the former stack by itself.
    #[schemars(title = "canary")]
    Canary(Canary),
}

/// The time of trial.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Canary {
    /// Percent of the batches that go to the new version.
    #[serde(default = "percent")]
    #[schemars(range(min = 1, max = 99), extend("$comment" = "at 100 percent nothing would be left to compare with"))]
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
