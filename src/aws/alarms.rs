use super::Clients;
use super::error::missing;
use crate::operate::{AlarmApi, AlarmState};
use crate::stack::CallError;

/// Alarms of one answer, where nothing else is asked for.
const PAGE: usize = 50;

impl AlarmApi for Clients {
    async fn alarms(&self, names: &[String]) -> Result<Vec<AlarmState>, CallError> {
        let operation = "cloudwatch:DescribeAlarms";
        let mut alarms: Vec<AlarmState> = Vec::new();
        for names in names.chunks(PAGE) {
            let asked = self.cloudwatch.describe_alarms().set_alarm_names(Some(names.to_vec()));
            let answer = asked.send().await.map_err(|error| self.call_error(operation, &error))?;
            if answer.metric_alarms.is_none() && answer.composite_alarms.is_none() {
                return Err(missing(operation, "MetricAlarms"));
            }
            alarms.extend(answer.metric_alarms.unwrap_or_default().into_iter().map(|alarm| AlarmState {
                arn: alarm.alarm_arn.unwrap_or_default(),
                name: alarm.alarm_name.unwrap_or_default(),
                state: alarm.state_value.map_or_else(String::new, |state| state.as_str().to_owned()),
            }));
        }
        alarms.sort_by(|left, right| left.name.cmp(&right.name));
        Ok(alarms)
    }
}
