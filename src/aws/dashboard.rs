use super::Clients;
use super::error::found;
use crate::stack::{CallError, DashboardApi};

impl DashboardApi for Clients {
    async fn dashboard(&self, name: &str) -> Result<Option<String>, CallError> {
        let answer = self.cloudwatch.get_dashboard().dashboard_name(name).send().await;
        let answer = found(answer.map_err(|error| self.call_error("cloudwatch:GetDashboard", &error)))?;
        // moto answers without a body for a missing dashboard.
        Ok(answer.and_then(|answer| answer.dashboard_body))
    }
}
