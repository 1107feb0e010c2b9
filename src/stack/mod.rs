//! CloudFormation's data in our types, and the calls that the later stages need.

mod answer;
mod api;
mod call_error;
mod change_set;
mod dashboard_api;
mod denial;
mod drift_api;
mod event;
mod event_pattern;
mod existing_api;
mod hop_api;
mod key_api;
mod listed;
mod pages;
mod resource;
mod status;

use std::collections::BTreeMap;

pub use answer::Answer;
pub use api::{ChangeSetRequest, Deletion, ResourceToImport, RollbackWatch, StackApi, TemplateSource};
pub use call_error::{CallError, CallErrorKind};
pub use change_set::{ChangeAction, ChangeSet, ChangeSetStatus, ResourceChange};
pub use dashboard_api::DashboardApi;
pub use denial::Denial;
pub use drift_api::{DetectedDifference, DetectedDrift, DriftApi, DriftDetection, Mapping};
pub use event::{StackEvent, ValidationFinding};
pub use event_pattern::{at, pattern_at};
pub use existing_api::{ExistingApi, FoundTable, TableCopy, TableIndexes, TableUnits};
pub use hop_api::{FoundFunction, FoundKeys, FoundMapping, FoundQueue, FoundRule, FoundTarget, HopApi, LIVE};
pub use key_api::{FoundKey, KeyAnswer, KeyApi, KeyState};
pub use listed::{FleetApi, ListedStack};
pub use pages::Pages;
pub use resource::StackResource;
pub use status::{Phase, StackStatus};

/// A stack as CloudFormation describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stack {
    pub name: String,
    /// The ARN: it stays valid after deletion, the name does not.
    pub id: String,
    pub status: StackStatus,
    pub reason: Option<String>,
    pub parameters: BTreeMap<String, String>,
    pub tags: BTreeMap<String, String>,
    pub outputs: BTreeMap<String, String>,
    pub termination_protection: bool,
    /// Whether alarms roll its operations back: a stack remembers those of its last one.
    pub is_watched: bool,
}
