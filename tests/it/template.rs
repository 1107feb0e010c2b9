//! What the examples expand to: reviewed as snapshots, and the reference's values one by one.

use serde_json::{Value, json};

use crate::cloud::Cloud;

fn rendered(example: &str, language: &str) -> String {
    let spec = format!("specs/{example}.yaml");
    Cloud::new().run(&["render", &spec, "--output", language, "--quiet"]).succeeded().stdout
}

fn parsed(example: &str) -> Value {
    serde_json::from_str(&rendered(example, "json")).expect("JSON")
}

#[test]
fn every_example_expands_to_the_reviewed_template() {
    for entry in std::fs::read_dir("specs").expect("the examples") {
        let path = entry.expect("an example").path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            let name = path.file_stem().and_then(|stem| stem.to_str()).expect("a name");
            let text = rendered(name, "yaml");
            assert_eq!(text, rendered(name, "yaml"), "the same bytes each time");
            assert!(text.len() <= 51_200, "{name} fits into one CloudFormation call");
            insta::assert_snapshot!(name, text);
        }
    }
}

#[test]
fn yaml_and_json_are_one_template() {
    let yaml: Value = serde_yaml::from_str(&rendered("prod", "yaml")).expect("YAML");
    assert_eq!(yaml, parsed("prod"));
}

/// The reference deployment's facts, so that it can be taken over.
#[test]
fn the_reference_spec_keeps_the_reference_deployment() {
    let template = parsed("reference");
    let facts = json!({
        "EventsTable": {
            "TableName": "shipmentevents-dev",
            "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [
                {"AttributeName": "shipment_id", "KeyType": "HASH"},
                {"AttributeName": "event_timestamp", "KeyType": "RANGE"},
            ],
            "TimeToLiveSpecification": {"AttributeName": "expires_at", "Enabled": true},
            "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
            "GlobalSecondaryIndexes": [{
                "IndexName": "status-timestamp-index",
                "KeySchema": [
                    {"AttributeName": "processing_status", "KeyType": "HASH"},
                    {"AttributeName": "event_timestamp", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }],
        },
        "DeadLetterQueue": {
            "QueueName": "shipmentevents-dlq-dev", "MessageRetentionPeriod": 1_209_600, "VisibilityTimeout": 300,
        },
        "Queue": {
            "QueueName": "shipmentevents-queue-dev",
            "VisibilityTimeout": 360,
            "MessageRetentionPeriod": 345_600,
            "ReceiveMessageWaitTimeSeconds": 20,
            "RedrivePolicy": {
                "deadLetterTargetArn": {"Fn::GetAtt": ["DeadLetterQueue", "Arn"]}, "maxReceiveCount": 3,
            },
        },
        "Processor": {
            "FunctionName": "shipment-event-processor-dev",
            "MemorySize": 512,
            "Timeout": 60,
            "TracingConfig": {"Mode": "Active"},
        },
        "ProcessorLogGroup": {"LogGroupName": "/aws/lambda/shipment-event-processor-dev", "RetentionInDays": 30},
        "QueueToProcessor": {
            "BatchSize": 10,
            "MaximumBatchingWindowInSeconds": 10,
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
        },
        "Bus": {"Name": "shipmentevents-dev"},
        "Rule": {
            "Name": "shipment-event-rule-dev",
            "State": "ENABLED",
            "EventPattern": {"source": ["shipment.service"], "detail-type": [{"prefix": "shipment."}]},
        },
        "Archive": {
            "ArchiveName": "shipmentevents-archive-dev",
            "RetentionDays": 7,
            "EventPattern": {"source": ["shipment.service"]},
        },
        "Dashboard": {"DashboardName": "shipmentprocessing-dev"},
        "QueueDepthAlarm": {
            "AlarmName": "shipment-high-queue-depth-dev",
            "MetricName": "ApproximateNumberOfMessagesVisible",
            "Statistic": "Average",
            "Period": 300,
            "EvaluationPeriods": 2,
            "ComparisonOperator": "GreaterThanThreshold",
            "Threshold": 1000,
        },
        "DeadLettersAlarm": {
            "AlarmName": "shipment-messages-in-dlq-dev",
            "MetricName": "ApproximateNumberOfMessagesVisible",
            "Period": 60,
            "EvaluationPeriods": 1,
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "Threshold": 1,
        },
    });
    for (logical_id, properties) in facts.as_object().expect("resources") {
        for (property, value) in properties.as_object().expect("properties") {
            let found = &template["Resources"][logical_id]["Properties"][property];
            assert_eq!(found, value, "{logical_id}.{property}");
        }
    }
    let table = &template["Resources"]["EventsTable"];
    assert_eq!(
        (&table["DeletionPolicy"], &table["UpdateReplacePolicy"]),
        (&json!("Retain"), &json!("Retain"))
    );
    assert_eq!(table["Properties"]["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"], true);
    let target = &template["Resources"]["Rule"]["Properties"]["Targets"][0];
    assert_eq!(target["RetryPolicy"], json!({"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 7200}));
    let variables = &template["Resources"]["Processor"]["Properties"]["Environment"]["Variables"];
    assert_eq!(variables["EVENTS_TABLE_NAME"], json!({"Ref": "EventsTable"}));
    assert_eq!(variables["ENVIRONMENT"], "dev");
}

#[test]
fn the_reference_spec_keeps_the_reference_exports_and_graphs() {
    let template = parsed("reference");
    let exports = [
        ("SQSQueueURL", "ShipmentEventsQueueURL-dev"),
        ("SQSQueueARN", "ShipmentEventsQueueARN-dev"),
        ("ProcessorLambdaARN", "ShipmentProcessorLambdaARN-dev"),
        ("EventsTableName", "ShipmentEventsTableName-dev"),
        ("EventBusName", "ShipmentEventBusName-dev"),
        ("DashboardURL", "ShipmentDashboardURL-dev"),
    ];
    for (output, export) in exports {
        assert_eq!(template["Outputs"][output]["Export"]["Name"], export, "{output}");
    }
    let body = &template["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"];
    let body: Value = serde_json::from_str(body.as_str().expect("text")).expect("JSON");
    let queue = json!([
        ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", "shipmentevents-queue-dev",
         {"label": "Messages Visible", "period": 60}],
        ["AWS/SQS", "NumberOfMessagesSent", "QueueName", "shipmentevents-queue-dev",
         {"label": "Messages Sent", "period": 60, "stat": "Sum", "yAxis": "right"}],
    ]);
    let function = json!([
        ["AWS/Lambda", "Invocations", "FunctionName", "shipment-event-processor-dev",
         {"label": "Invocations", "period": 60, "stat": "Sum"}],
        ["AWS/Lambda", "Errors", "FunctionName", "shipment-event-processor-dev",
         {"label": "Errors", "period": 60, "stat": "Sum", "color": "#d62728"}],
    ]);
    for (title, metrics) in [("SQS Queue Metrics", queue), ("Lambda Processing Metrics", function)] {
        let widgets = body["widgets"].as_array().expect("widgets");
        let widget = widgets.iter().find(|one| one["properties"]["title"] == title).expect(title);
        assert_eq!((&widget["width"], &widget["height"]), (&json!(6), &json!(6)));
        let kept =
            json!({"title": title, "view": "timeSeries", "region": "${AWS::Region}", "metrics": metrics});
        assert_eq!(widget["properties"], kept);
    }
}

/// A rule target of someone else's that names our queue must not get in: each policy names source and account.
#[test]
fn every_service_principal_is_tied_to_source_and_account() {
    let template = parsed("prod");
    let mut seen = 0;
    for (logical_id, resource) in template["Resources"].as_object().expect("resources") {
        for statement in
            resource["Properties"]["PolicyDocument"]["Statement"].as_array().into_iter().flatten()
        {
            if statement["Principal"]["Service"].is_string() {
                seen += 1;
                let condition = statement["Condition"].to_string();
                assert!(
                    condition.contains("aws:SourceArn") && condition.contains("aws:SourceAccount"),
                    "{logical_id}"
                );
            }
        }
    }
    assert_eq!(seen, 3, "queue, undelivered queue and alarm topic");
}

#[test]
fn text_of_the_spec_cannot_leave_its_place() {
    let cloud = Cloud::new();
    let hostile = r#"a"b\\c'd: {Ref: X} # "#;
    let spec = crate::cloud::SPEC
        .replace("source: [shipment.service]", &format!("source: [shipment.service, {}]", json!(hostile)));
    let path = cloud.write("hostile.yaml", &spec);
    let text = cloud.run(&["render", path.to_str().expect("UTF-8"), "--quiet"]).succeeded().stdout;
    let template: Value = serde_yaml::from_str(&text).expect("YAML");
    assert_eq!(template["Resources"]["Rule"]["Properties"]["EventPattern"]["source"][1], hostile);
}
