use aws_sdk_cloudwatch::types::{AlarmType, StateValue};

use super::Clients;
use super::error::missing;
use crate::operate::{AlarmApi, AlarmState};
use crate::stack::CallError;

/// Alarms per answer, unless the call asks for another number.
const PAGE: usize = 50;

impl AlarmApi for Clients {
    async fn alarms(&self, names: &[String]) -> Result<Vec<AlarmState>, CallError> {
        let operation = "cloudwatch:DescribeAlarms";
        let mut alarms: Vec<AlarmState> = Vec::new();
        for names in names.chunks(PAGE) {
            let both = vec![AlarmType::MetricAlarm, AlarmType::CompositeAlarm];
            let asked = self.cloudwatch.describe_alarms().set_alarm_names(Some(names.to_vec()));
            let asked = asked.set_alarm_types(Some(both));
            let answer = asked.send().await.map_err(|error| self.call_error(operation, &error))?;
            if answer.metric_alarms.is_none() && answer.composite_alarms.is_none() {
                return Err(missing(operation, "MetricAlarms"));
            }
            let plain = answer.metric_alarms.unwrap_or_default().into_iter();
            alarms.extend(plain.map(|one| alarm(one.alarm_arn, one.alarm_name, one.state_value)));
            let combined = answer.composite_alarms.unwrap_or_default().into_iter();
            alarms.extend(combined.map(|one| alarm(one.alarm_arn, one.alarm_name, one.state_value)));
        }
        alarms.sort_by(|left, right| left.name.cmp(&right.name));
        Ok(alarms)
    }
}

fn alarm(arn: Option<String>, name: Option<String>, state: Option<StateValue>) -> AlarmState {
    let state = state.map_or_else(String::new, |state| state.as_str().to_owned());
    AlarmState { arn: arn.unwrap_or_default(), name: name.unwrap_or_default(), state }
}
