use super::{CallError, StackApi, StackResource};

/// How far a search for drift is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DriftDetection {
    Running,
    Done,
    /// Some resources could not be read; the others were.
    Incomplete {
        reason: String,
    },
}

/// What CloudFormation found out about one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DetectedDrift {
    pub logical_id: String,
    pub resource_type: String,
    pub physical_id: String,
    /// `IN_SYNC`, `MODIFIED`, `DELETED`, `UNKNOWN` and the like.
    pub status: String,
    pub differences: Vec<DetectedDifference>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DetectedDifference {
    /// `/VisibilityTimeout`, as a JSON pointer.
    pub path: String,
    pub expected: Option<String>,
    pub actual: Option<String>,
}

/// An event source mapping as Lambda has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    /// Whether it is on, or on its way there.
    pub enabled: bool,
    pub batch_size: i64,
    pub window_seconds: i64,
}

/// The calls that compare a stack with what there is, and those that set right what CloudFormation cannot see.
#[expect(async_fn_in_trait, reason = "used with one runtime, on one thread")]
pub trait DriftApi: StackApi {
    /// All resources of a stack.
    async fn resources(&self, stack: &str) -> Result<Vec<StackResource>, CallError>;
    /// The id of the search.
    async fn detect_drift(&self, stack: &str) -> Result<String, CallError>;
    async fn drift_detection(&self, id: &str) -> Result<DriftDetection, CallError>;
    /// Of every resource that the last search looked at.
    async fn detected_drifts(&self, stack: &str) -> Result<Vec<DetectedDrift>, CallError>;
    /// `None` where there is none.
    async fn mapping(&self, uuid: &str) -> Result<Option<Mapping>, CallError>;
    /// Those of the alarms that are there.
    async fn existing_alarms(&self, names: &[String]) -> Result<Vec<String>, CallError>;
    async fn set_mapping(&self, uuid: &str, wanted: &Mapping) -> Result<(), CallError>;
}
