use super::Clients;
use crate::operate::{AlarmApi, AlarmState};
use crate::stack::CallError;

impl AlarmApi for Clients {
    async fn alarms(&self, names: &[String]) -> Result<Vec<AlarmState>, CallError> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let answer = self
            .cloudwatch
            .describe_alarms()
            .set_alarm_names(Some(names.to_vec()))
            .send()
            .await
            .map_err(|error| self.call_error("cloudwatch:DescribeAlarms", &error))?;
        let mut alarms: Vec<AlarmState> = answer
            .metric_alarms
            .unwrap_or_default()
            .into_iter()
            .map(|alarm| AlarmState {
                arn: alarm.alarm_arn.unwrap_or_default(),
                name: alarm.alarm_name.unwrap_or_default(),
                state: alarm.state_value.map_or_else(String::new, |state| state.as_str().to_owned()),
            })
            .collect();
        alarms.sort_by(|left, right| left.name.cmp(&right.name));
        Ok(alarms)
    }
}
