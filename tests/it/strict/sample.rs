//! Templates for trying rules.

use serde_json::{Value, json};

/// A template with one resource.
pub(crate) fn with(id: &str, kind: &str, properties: Value) -> Value {
    json!({"Resources": {id: {"Type": kind, "Properties": properties}}})
}

/// A template with a table of this name; `more`: further properties.
pub(crate) fn with_table(name: &str, more: Value) -> Value {
    let mut properties = json!({
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    });
    for (key, value) in more.as_object().into_iter().flatten() {
        properties[key] = value.clone();
    }
    with("EventsTable", "AWS::DynamoDB::Table", properties)
}

/// A template with an alarm of this name, which the local cloud does not import.
pub(crate) fn with_alarm(name: &str) -> Value {
    with(
        "Alarm",
        "AWS::CloudWatch::Alarm",
        json!({
            "AlarmName": name, "Namespace": "a", "MetricName": "b", "Statistic": "Sum", "Period": 60,
            "EvaluationPeriods": 1, "Threshold": 1, "ComparisonOperator": "GreaterThanThreshold",
        }),
    )
}
