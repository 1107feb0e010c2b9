use super::Clients;
use super::error::required;
use crate::stack::{CallError, CallErrorKind, DashboardApi};

impl DashboardApi for Clients {
    async fn dashboard(&self, name: &str) -> Result<Option<String>, CallError> {
        let answer = self.cloudwatch.get_dashboard().dashboard_name(name).send().await;
        match answer.map_err(|error| self.call_error("cloudwatch:GetDashboard", &error)) {
            Ok(answer) => {
                required("cloudwatch:GetDashboard", "DashboardBody", answer.dashboard_body).map(Some)
            }
            Err(error) if error.kind == CallErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}
