//! Custom templates and resources with which events would be lost without any report.

use std::path::Path;

use serde_json::Value;

use super::templates::held;
use crate::cloud::{Cloud, Run, SPEC};

/// A folder with copies of all templates, and a spec that uses them.
struct Copies(Cloud);

impl Copies {
    fn new(more: &str) -> Self {
        let cloud = Cloud::new();
        let folder = cloud.path("templates");
        cloud.run(&["eject", "--to", folder.to_str().expect("UTF-8")]).succeeded();
        cloud.write("spec.yaml", &format!("{SPEC}{more}deploy: {{templates: templates}}\n"));
        Self(cloud)
    }

    fn path(&self, template: &str) -> std::path::PathBuf {
        self.0.path("templates").join(format!("{template}.yaml.j2"))
    }

    /// The findings with this change to a template, which is then reverted.
    fn with(&self, template: &str, old: &str, new: &str) -> Vec<String> {
        let path = self.path(template);
        let text = std::fs::read_to_string(&path).expect("a copy");
        assert!(text.contains(old), "{old}");
        std::fs::write(&path, text.replacen(old, new, 1)).expect("written");
        let found = found(&self.0);
        std::fs::write(&path, text).expect("written");
        found
    }

    /// The same without the resource of this id, from its line to the next empty one.
    fn without(&self, template: &str, id: &str) -> Vec<String> {
        let text = std::fs::read_to_string(self.path(template)).expect("a copy");
        let (_, remainder) = text.split_once(&format!("  {id}:\n")).expect("the resource");
        let resource = remainder.split("\n\n").next().expect("a resource");
        self.with(template, &format!("  {id}:\n{resource}"), "")
    }
}

/// Code, line, message and help of each error.
fn found(cloud: &Cloud) -> Vec<String> {
    let spec = cloud.path("spec.yaml");
    let spec = spec.to_str().expect("UTF-8");
    let run = Run::of(held(&cloud.command(&["validate", spec, "--format", "json"])).output().expect("a run"));
    let document = run.json_document();
    let all = document["diagnostics"].as_array().expect("a list").clone();
    let errors: Vec<Value> = all.into_iter().filter(|one| one["severity"] == "error").collect();
    assert_eq!(run.code, Some(if errors.is_empty() { 0 } else { 3 }), "{document}");
    let shown = |one: &Value| {
        let file = one["file"].as_str().and_then(|file| Path::new(file).file_name()?.to_str());
        format!(
            "{} {}:{} {} ({})",
            one["code"],
            file.unwrap_or_default(),
            one["line"],
            one["message"],
            one["help"]
        )
    };
    errors.iter().map(shown).collect()
}

/// One finding with this code, in this file, with these words.
fn one(found: &[String], file: &str, words: &[&str]) {
    let [only] = found else { panic!("{words:?}: {found:#?}") };
    assert!(only.starts_with(&format!("\"render::contract-unmet\" {file}:")), "{only}");
    for word in words {
        assert!(only.contains(word), "{word}: {only}");
    }
}

#[test]
fn every_link_that_a_copy_drops_is_an_error() {
    let copies = Copies::new("");
    assert_eq!(found(&copies.0), [] as [&str; 0]);
    let queue = "queue.yaml.j2";
    one(
        &copies.without("queue", "QueuePolicy"),
        queue,
        &["`Queue` has no `AWS::SQS::QueuePolicy`", "delivery: rule-to-queue"],
    );
    one(&copies.without("queue", "UndeliveredQueuePolicy"), queue, &["`UndeliveredQueue` has no", "dropped"]);
    let redrive = "      RedrivePolicy:\n        deadLetterTargetArn: {\"Fn::GetAtt\": [DeadLetterQueue, Arn]}\n        maxReceiveCount: {{ max_receive_count }}\n";
    one(
        &copies.with("queue", redrive, ""),
        queue,
        &["no `RedrivePolicy`", "delivery: queue-to-dead-letters"],
    );
    let itself = copies.with(
        "queue",
        "deadLetterTargetArn: {\"Fn::GetAtt\": [DeadLetterQueue, Arn]}",
        "deadLetterTargetArn: {\"Fn::Sub\": {{ arns.queue }}}",
    );
    one(&itself, queue, &["its own dead-letter queue"]);
    let allowed = copies.with(
        "queue",
        "          - \"Fn::Sub\": {{ arns.queue }}",
        "          - arn:aws:sqs:eu-west-1:111122223333:other",
    );
    one(&allowed, queue, &["does not accept the dead letters of `Queue`"]);
    let bus = "bus.yaml.j2";
    let config = "          DeadLetterConfig:\n            Arn: {\"Fn::GetAtt\": [UndeliveredQueue, Arn]}\n";
    one(&copies.with("bus", config, ""), bus, &["no `DeadLetterConfig`", "dropped", "UndeliveredQueue, Arn"]);
    one(&copies.with("bus", "State: ENABLED", "State: DISABLED"), bus, &["disabled", "State: ENABLED"]);
    one(
        &copies.with("bus", "EventBusName: {{ bus.name }}\n", "Description: default\n"),
        bus,
        &["is not on the bus `Bus`"],
    );
    let processor = "processor.yaml.j2";
    one(
        &copies.with("processor", "      FunctionResponseTypes: [ReportBatchItemFailures]\n", ""),
        processor,
        &["ReportBatchItemFailures", "Lambda deletes a batch"],
    );
    let filter = "      FilterCriteria: {Filters: [{Pattern: '{\"body\": {\"a\": [1]}}'}]}\n      FunctionResponseTypes:";
    one(
        &copies.with("processor", "      FunctionResponseTypes:", filter),
        processor,
        &["has a filter", "bus.pattern"],
    );
    one(
        &copies.with(
            "processor",
            "      FunctionResponseTypes:",
            "      Enabled: false\n      FunctionResponseTypes:",
        ),
        processor,
        &["is disabled"],
    );
    one(
        &copies.without("processor", "QueueToProcessor"),
        processor,
        &["no event source mapping `QueueToProcessor`"],
    );
    one(
        &copies.with("processor", "FunctionName: {Ref: ProcessorAlias}", "FunctionName: other"),
        processor,
        &["does not invoke the function `Processor`"],
    );
    let table = "table.yaml.j2";
    let key = "        - {AttributeName: {{ table.partition_key }}, KeyType: HASH}";
    one(
        &copies.with("table", key, "        - {AttributeName: processing_status, KeyType: HASH}"),
        table,
        &["keys are not `shipment_id`", "KeySchema: ["],
    );
    one(
        &copies.with(
            "table",
            "      TimeToLiveSpecification: {AttributeName: expires_at, Enabled: {{ table.expires }}}\n",
            "",
        ),
        table,
        &["do not expire", "expires_at"],
    );
    one(
        &copies.with("table", "AttributeName: expires_at,", "AttributeName: expires,"),
        table,
        &["do not expire"],
    );
    one(
        &copies.with("table", "ProjectionType: {{ index.projection }}", "ProjectionType: KEYS_ONLY"),
        table,
        &["no index `status-timestamp-index`"],
    );
    one(
        &copies.with(
            "table",
            "AttributeType: {% if attribute.is_number %}N{% else %}S{% endif %}",
            "AttributeType: {% if attribute.name == 'shipment_id' %}N{% else %}S{% endif %}",
        ),
        table,
        &["has type"],
    );
}

#[test]
fn a_policy_that_does_not_let_the_rule_send_is_none() {
    let copies = Copies::new("");
    let call = "{{ macros.from_service(\"FromRule\", \"events.amazonaws.com\", \"sqs:SendMessage\", {\"Fn::GetAtt\": [\"Queue\", \"Arn\"]}, bus.rule_arns) }}";
    let statement = |remainder: &str| {
        format!(
            "          - {{Effect: Allow, Principal: {{Service: events.amazonaws.com}}, Action: \"sqs:SendMessage\", {remainder}}}"
        )
    };
    let fine = [
        "Resource: \"*\"",
        "Resource: {\"Fn::Sub\": {{ arns.queue }}}, Condition: {ArnLike: {\"aws:SourceArn\": {\"Fn::Sub\": \"arn:aws:events:*:${AWS::AccountId}:rule/*\"}}}",
        "Resource: {\"Fn::GetAtt\": [Queue, Arn]}, Condition: {Bool: {\"aws:SecureTransport\": \"true\"}, ArnEquals: {\"aws:SourceArn\": {\"Fn::Sub\": {{ arns.rule }}}}}",
    ];
    for remainder in fine {
        assert_eq!(copies.with("queue", call, &statement(remainder)), [] as [&str; 0], "{remainder}");
    }
    let others = [
        "Resource: {\"Fn::GetAtt\": [DeadLetterQueue, Arn]}",
        "Resource: \"*\", Condition: {ArnEquals: {\"aws:SourceArn\": \"arn:aws:events:eu-west-1:111122223333:rule/other\"}}",
        "Resource: \"*\", Condition: {StringEquals: {\"aws:SourceAccount\": \"999999999999\"}}",
        "Resource: \"*\"}\n          - {Effect: Deny, Principal: \"*\", Action: \"sqs:Send*\", Resource: \"*\"",
    ];
    for remainder in others {
        one(
            &copies.with("queue", call, &statement(remainder)),
            "queue.yaml.j2",
            &["`Queue` has a policy that", "rule-to-queue"],
        );
    }
    // A bus with a KMS key sends events that it cannot encrypt to its own dead-letter queue, which must also be able to
    // receive them.
    let copies = Copies::new("encryption: stack_key\n");
    assert_eq!(found(&copies.0), [] as [&str; 0]);
    let call = "{{ macros.from_service(\"FromBus\", \"events.amazonaws.com\", \"sqs:SendMessage\", {\"Fn::GetAtt\": [\"UndeliveredQueue\", \"Arn\"]}, {\"Fn::GetAtt\": [\"Bus\", \"Arn\"]}) }}";
    one(&copies.with("queue", call, ""), "queue.yaml.j2", &["events of `Bus`"]);
}

#[test]
fn what_another_stack_has_is_declared() {
    let copies = Copies::new("");
    let old = "          Arn: {\"Fn::GetAtt\": [Queue, Arn]}";
    let other = "          Arn: arn:aws:sqs:eu-west-1:111122223333:another-stacks";
    let found = copies.with("bus", old, other);
    assert!(
        found
            .iter()
            .any(|one| one.contains("no target of the rule") && one.contains("delivery: rule-to-queue")),
        "{found:?}"
    );
    let declared = format!("{other}\n{{# contract delivery: rule-to-queue #}}");
    assert_eq!(copies.with("bus", old, &declared), [] as [&str; 0]);
}

#[test]
fn an_extra_resource_takes_nothing_away() {
    let cloud = Cloud::new();
    cloud.write("spec.yaml", &format!("{SPEC}deploy: {{extra: [more.yaml]}}\n"));
    let with = |resources: &str| {
        cloud.write("more.yaml", &format!("Resources:\n{resources}"));
        found(&cloud)
    };
    let policy = |queues: &str| {
        format!(
            "  Mine:\n    Type: AWS::SQS::QueuePolicy\n    Properties:\n      Queues: [{queues}]\n      PolicyDocument: {{Statement: []}}\n"
        )
    };
    for queue in
        ["!Ref Queue", "!Sub \"https://sqs.${AWS::Region}.amazonaws.com/${AWS::AccountId}/walk-queue-test\""]
    {
        let found = with(&policy(queue));
        assert!(
            found
                .iter()
                .any(|one| one.contains("`Mine` is a second policy of `Queue`")
                    && one.contains("more.yaml:2 ")),
            "{queue}: {found:#?}"
        );
    }
    let found = with(
        "  Mine:\n    Type: AWS::SNS::TopicPolicy\n    Properties: {Topics: [!Ref AlarmTopic], PolicyDocument: {Statement: []}}\n",
    );
    assert!(found.iter().any(|one| one.contains("second policy of `AlarmTopic`")), "{found:#?}");
    let denies = policy("!Ref Queue").replace(
        "Statement: []",
        "Statement: [{Effect: Deny, Principal: \"*\", Action: \"*\", Resource: \"*\"}]",
    );
    one(&with(&denies), "more.yaml", &["second policy of `Queue`"]);
    let own = "  Own:\n    Type: AWS::SQS::Queue\n";
    assert_eq!(with(&format!("{own}{}", policy("!Ref Own"))), [] as [&str; 0]);
    one(
        &with(
            "  Mine:\n    Type: AWS::Lambda::EventSourceMapping\n    Properties: {EventSourceArn: !GetAtt Queue.Arn, FunctionName: mine}\n",
        ),
        "more.yaml",
        &["`Mine` receives messages from `Queue`"],
    );
    let denies = |action: &str, resource: &str| {
        with(&format!(
            "  Mine:\n    Type: AWS::IAM::Policy\n    Properties:\n      PolicyName: mine\n      Roles: [!Ref ProcessorRole]\n      \
             PolicyDocument:\n        Statement:\n          - {{Effect: Deny, Action: \"{action}\", Resource: {resource}}}\n"
        ))
    };
    one(&denies("dynamodb:Put*", "\"*\""), "more.yaml", &["is denied `dynamodb:PutItem`"]);
    one(&denies("sqs:DeleteMessage", "!GetAtt Queue.Arn"), "more.yaml", &["is denied `sqs:DeleteMessage`"]);
    assert_eq!(
        denies("dynamodb:PutItem", "arn:aws:dynamodb:eu-west-1:111122223333:table/other"),
        [] as [&str; 0]
    );
}
