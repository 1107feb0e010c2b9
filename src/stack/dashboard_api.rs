use super::CallError;

/// Dashboards of CloudWatch, which belong to an account in all regions together.
#[expect(async_fn_in_trait, reason = "used with one runtime, on one thread")]
pub trait DashboardApi {
    /// The body, JSON text; `None` if there is no dashboard of this name.
    async fn dashboard(&self, name: &str) -> Result<Option<String>, CallError>;
}
