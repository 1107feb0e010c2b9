use super::Clients;
use crate::stack::{CallError, CallErrorKind, DashboardApi};

impl DashboardApi for Clients {
    async fn dashboard(&self, name: &str) -> Result<Option<String>, CallError> {
        let answer = self.cloudwatch.get_dashboard().dashboard_name(name).send().await;
        match answer.map_err(|error| self.call_error("cloudwatch:GetDashboard", &error)) {
            // moto answers like this for one that is not there.
            Ok(answer) => Ok(answer.dashboard_body),
            Err(error) if error.kind == CallErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}
