use super::{CallError, StackApi, StackResource};

/// The state of a drift detection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DriftDetection {
    Running,
    Done,
    /// Some resources could not be read; the others were.
    Incomplete {
        reason: String,
    },
}

/// CloudFormation's result for one resource.
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

/// An event source mapping in Lambda.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    /// Whether it is enabled, or being enabled.
    pub enabled: bool,
    pub batch_size: i64,
    pub window_seconds: i64,
}

/// The calls that compare a stack with the existing resources, and those that fix what CloudFormation cannot see.
#[expect(async_fn_in_trait, reason = "used with one runtime, on one thread")]
pub trait DriftApi: StackApi {
    /// All resources of a stack.
    async fn resources(&self, stack: &str) -> Result<Vec<StackResource>, CallError>;
    /// Returns the id of the detection.
    async fn detect_drift(&self, stack: &str) -> Result<String, CallError>;
    async fn drift_detection(&self, id: &str) -> Result<DriftDetection, CallError>;
    /// For every resource that the last detection covered.
    async fn detected_drifts(&self, stack: &str) -> Result<Vec<DetectedDrift>, CallError>;
    /// `None` if there is none.
    async fn mapping(&self, uuid: &str) -> Result<Option<Mapping>, CallError>;
    /// The alarms that exist.
    async fn existing_alarms(&self, names: &[String]) -> Result<Vec<String>, CallError>;
    async fn set_mapping(&self, uuid: &str, wanted: &Mapping) -> Result<(), CallError>;
}
