//! Each link on an event's path from the bus to the processor: if one is missing, events are lost without any report.

use serde_json::{Value, json};

use super::super::filled::Filled;
use super::super::walk::Finding;
use super::declared::Declared;
use super::queue::refusal;
use super::sharing::MAPPING;
use super::{absent, finding, undeclared};
use crate::spec::{BusRule, Spec};

pub(super) const BUS: &str = "AWS::Events::EventBus";
pub(super) const RULE: &str = "AWS::Events::Rule";
pub(super) const QUEUE: &str = "AWS::SQS::Queue";

pub(super) fn unmet(filled: &Filled<'_>, declared: &Declared, spec: &Spec) -> Vec<Finding> {
    let mut delivery = Delivery { filled, declared, spec, findings: Vec::new() };
    let mut rules = spec.bus_rules().into_iter();
    let queue = rules.next().and_then(|rule| delivery.rule(&rule, None));
    delivery.mapping(queue);
    for rule in rules {
        delivery.rule(&rule, queue);
    }
    if let Some(queue) = queue {
        delivery.dead_letters(queue);
    }
    delivery.bus();
    delivery.findings
}

struct Delivery<'a> {
    filled: &'a Filled<'a>,
    declared: &'a Declared,
    spec: &'a Spec,
    findings: Vec<Finding>,
}

impl<'a> Delivery<'a> {
    /// Reports a missing resource of a link.
    fn absent(&mut self, link: &str, id: &str, message: String, edit: &str) {
        if !self.declared.delivery.contains(link) {
            self.findings.push(absent(id, message, undeclared(edit, link)));
        }
    }

    /// Reports a missing link that another stack may create: a template can declare it.
    fn missing(&mut self, link: &str, pointer: &str, message: String, edit: &str) {
        if !self.declared.delivery.contains(link) {
            self.findings.push(finding(pointer, message, undeclared(edit, link)));
        }
    }

    fn wrong(&mut self, pointer: &str, message: String, edit: &str) {
        self.findings.push(finding(pointer, message, edit.to_owned()));
    }

    /// A rule, and the stack's queue that is its target. `read`: the queue that the processor reads, if it is known.
    fn rule(&mut self, rule: &BusRule<'_>, read: Option<&'a str>) -> Option<&'a str> {
        let filled = self.filled;
        let name = rule.logical_id("Rule");
        let id = name.as_str();
        let Some(rule) = filled.properties(id, RULE) else {
            let reason = match rule.key {
                None => "no rule leads events from the bus to the queue".to_owned(),
                Some(_) => "events of that pattern are lost".to_owned(),
            };
            let field = if rule.key.is_some() { ", which `bus.rules` needs" } else { "" };
            let message = format!("the stack has no rule `{id}`{field}: {reason}");
            // The rule of `bus.rules` is in the same template as the first one.
            self.absent("rule-to-queue", "Rule", message, "restore it (`pipectl eject bus --to new`)");
            return filled.properties("Queue", QUEUE).map(|_| "Queue");
        };
        let at = |property: &str| format!("/Resources/{id}/Properties/{property}");
        if rule["State"] == "DISABLED" {
            let message = format!("the rule `{id}` is disabled: events on the bus are lost");
            self.wrong(
                &at("State"),
                message,
                "write `State: ENABLED`; to pause the pipeline, disable its event source mapping",
            );
        }
        self.looks_at(id, &rule["EventBusName"]);
        let targets = rule["Targets"].as_array().map_or(&[] as &[Value], Vec::as_slice);
        let found = targets
            .iter()
            .enumerate()
            .find_map(|(index, target)| Some((index, target, filled.named(QUEUE, &target["Arn"])?)));
        let Some((index, target, queue)) = found else {
            let message = format!(
                "no target of the rule `{id}` is a queue of the stack, so events may not reach the processor"
            );
            let edit = "write `Arn: {\"Fn::GetAtt\": [Queue, Arn]}`";
            self.missing("rule-to-queue", &at("Targets"), message, edit);
            return filled.properties("Queue", QUEUE).map(|_| "Queue");
        };
        if let Some(read) = read.filter(|read| *read != queue) {
            let message = format!("the rule `{id}` sends to `{queue}`, but the processor reads `{read}`");
            let edit = format!("write `Arn: {{\"Fn::GetAtt\": [{read}, Arn]}}`");
            self.missing("rule-to-queue", &at(&format!("Targets/{index}/Arn")), message, &edit);
        }
        let source = filled.arn(id).unwrap_or_default();
        if let Some(words) = refusal(filled, queue, source) {
            let message =
                format!("the queue `{queue}` {words}: EventBridge cannot send events of `{id}` to it");
            self.missing("rule-to-queue", &format!("/Resources/{queue}"), message, &allow(queue, id));
        }
        let holder =
            if id == "Rule" { "the rule's target".to_owned() } else { format!("the target of `{id}`") };
        self.undelivered(&at(&format!("Targets/{index}")), target, (&holder, id), Some(queue));
        Some(queue)
    }

    /// Checks the bus of a rule: the stack's, or the existing one.
    fn looks_at(&mut self, id: &str, bus: &Value) {
        let (expected, name, edit) = match self.spec.bus.existing_name() {
            Some(existing) => (Some(existing), existing, format!("write `EventBusName: {existing}`")),
            None => {
                let own =
                    self.filled.reference("Bus").filter(|_| self.filled.properties("Bus", BUS).is_some());
                (own, "Bus", "write `EventBusName: {Ref: Bus}`".to_owned())
            }
        };
        let looked_at = match bus {
            // If omitted, it is the default bus.
            Value::Null => Some("default"),
            bus => bus.as_str().map(|bus| bus.split_once(":event-bus/").map_or(bus, |(_, name)| name)),
        };
        if expected.is_some() && looked_at != expected {
            let message = format!("the rule `{id}` is not on the bus `{name}`: events on that bus are lost");
            self.wrong(&format!("/Resources/{id}/Properties/EventBusName"), message, &edit);
        }
    }

    /// Checks where undeliverable events are sent. `holder`: as a noun, and by its id.
    fn undelivered(&mut self, pointer: &str, value: &Value, holder: (&str, &str), target: Option<&str>) {
        let link = "rule-to-undelivered";
        let (words, id) = holder;
        let arn = &value["DeadLetterConfig"]["Arn"];
        let edit = "write `DeadLetterConfig: {Arn: {\"Fn::GetAtt\": [UndeliveredQueue, Arn]}}`";
        let pointer = format!("{pointer}/DeadLetterConfig");
        if arn.is_null() || *arn == "" {
            let message = format!(
                "{words} has no `DeadLetterConfig`: events that EventBridge cannot deliver are dropped"
            );
            return self.wrong(&pointer, message, edit);
        }
        let Some(queue) = self.filled.named(QUEUE, arn) else {
            let message = format!(
                "{words} sends undelivered events to a queue outside of the stack, so they may be lost"
            );
            return self.missing(link, &pointer, message, edit);
        };
        if Some(queue) == target {
            let message = format!(
                "{words} sends undelivered events to `{queue}`, the same queue that it could not deliver to"
            );
            return self.wrong(&pointer, message, edit);
        }
        if let Some(refusal) = refusal(self.filled, queue, self.filled.arn(id).unwrap_or_default()) {
            let message = format!(
                "the queue `{queue}` {refusal}: events of `{id}` that EventBridge cannot deliver are dropped"
            );
            self.missing(link, &format!("/Resources/{queue}"), message, &allow(queue, id));
        }
    }

    fn bus(&mut self) {
        let Some(bus) = self.filled.properties("Bus", BUS) else { return };
        if !bus["KmsKeyIdentifier"].is_null() {
            let holder = ("the bus, which is encrypted with its own key,", "Bus");
            self.undelivered("/Resources/Bus/Properties", bus, holder, None);
        }
    }

    /// Checks where messages are moved that fail too often.
    fn dead_letters(&mut self, queue: &str) {
        let link = "queue-to-dead-letters";
        let pointer = format!("/Resources/{queue}/Properties/RedrivePolicy");
        let Some(properties) = self.filled.properties(queue, QUEUE) else { return };
        let redrive = &properties["RedrivePolicy"];
        let parsed = redrive.as_str().and_then(|text| serde_json::from_str::<Value>(text).ok());
        let redrive = parsed.as_ref().unwrap_or(redrive);
        let target = &redrive["deadLetterTargetArn"];
        let edit = "write `RedrivePolicy: {deadLetterTargetArn: {\"Fn::GetAtt\": [DeadLetterQueue, Arn]}, maxReceiveCount: 5}`";
        if target.is_null() || redrive["maxReceiveCount"].is_null() {
            let message = format!(
                "the queue `{queue}` has no `RedrivePolicy`: messages that the processor cannot store are retried until they expire, and are lost"
            );
            return self.missing(link, &pointer, message, edit);
        }
        // It belongs to another stack: SQS refuses a policy that names no existing queue.
        let Some(dead_end) = self.filled.named(QUEUE, target) else { return };
        if dead_end == queue {
            let message = format!("the queue `{queue}` is its own dead-letter queue");
            return self.wrong(&pointer, message, edit);
        }
        let allowed =
            self.filled.properties(dead_end, QUEUE).map_or(&Value::Null, |one| &one["RedriveAllowPolicy"]);
        let arn = self.filled.arn(queue).unwrap_or_default();
        let refuses = match allowed["redrivePermission"].as_str() {
            Some("denyAll") => true,
            Some("byQueue") => {
                let sources = allowed["sourceQueueArns"].as_array();
                sources.is_some_and(|all| all.iter().all(|one| one.is_string()) && !all.contains(&json!(arn)))
            }
            _ => false,
        };
        if refuses {
            let message = format!(
                "the queue `{dead_end}` does not accept the dead letters of `{queue}`, so they remain in `{queue}` until they expire"
            );
            let pointer = format!("/Resources/{dead_end}/Properties/RedriveAllowPolicy");
            self.wrong(&pointer, message, &format!("add the ARN of `{queue}` to `sourceQueueArns`"));
        }
    }

    /// Checks the mapping from the queue to the function.
    fn mapping(&mut self, queue: Option<&str>) {
        let link = "queue-to-processor";
        let Some(mapping) = self.filled.properties(MAPPING, "AWS::Lambda::EventSourceMapping") else {
            let message = format!(
                "the stack has no event source mapping `{MAPPING}`, so the processor may not receive the messages in the queue"
            );
            return self.absent(link, MAPPING, message, "restore it (`pipectl eject processor --to new`)");
        };
        let at = |property: &str| format!("/Resources/{MAPPING}/Properties/{property}");
        if queue.is_some() && self.filled.named(QUEUE, &mapping["EventSourceArn"]) != queue {
            let queue = queue.unwrap_or_default();
            let message = format!(
                "the event source mapping `{MAPPING}` does not read `{queue}`, to which the rule sends"
            );
            let edit = format!("write `EventSourceArn: {{\"Fn::GetAtt\": [{queue}, Arn]}}`");
            self.missing(link, &at("EventSourceArn"), message, &edit);
        }
        if !self.calls_the_processor(&mapping["FunctionName"]) {
            let message =
                format!("the event source mapping `{MAPPING}` does not invoke the function `Processor`");
            self.missing(link, &at("FunctionName"), message, "write `FunctionName: {Ref: ProcessorAlias}`");
        }
        let types = mapping["FunctionResponseTypes"].as_array();
        if !types.is_some_and(|types| types.contains(&json!("ReportBatchItemFailures"))) {
            let message = format!(
                "the event source mapping `{MAPPING}` lacks `ReportBatchItemFailures`: Lambda deletes a batch even if the processor could not store some of its messages"
            );
            let edit = "write `FunctionResponseTypes: [ReportBatchItemFailures]`";
            self.wrong(&at("FunctionResponseTypes"), message, edit);
        }
        if mapping["FilterCriteria"]["Filters"].as_array().is_some_and(|filters| !filters.is_empty()) {
            let message = format!(
                "the event source mapping `{MAPPING}` has a filter: Lambda deletes the messages that do not match it"
            );
            self.wrong(
                &at("FilterCriteria"),
                message,
                "select events with the rule's pattern, `bus.pattern`",
            );
        }
        if mapping["Enabled"] == false || mapping["Enabled"] == "false" {
            let message = format!(
                "the event source mapping `{MAPPING}` is disabled: messages wait in the queue until they expire"
            );
            self.wrong(&at("Enabled"), message, "leave `Enabled` out");
        }
    }

    /// Whether a name or ARN, with or without a version, is the processor's.
    fn calls_the_processor(&self, name: &Value) -> bool {
        let Some(called) = name.as_str() else { return false };
        let names = [self.filled.reference("Processor"), self.filled.arn("Processor")];
        names.into_iter().flatten().any(|known| {
            called
                .strip_prefix(known)
                .is_some_and(|remainder| remainder.is_empty() || remainder.starts_with(':'))
        })
    }
}

/// The statement that allows EventBridge to send to a queue for a rule or a bus.
fn allow(queue: &str, source: &str) -> String {
    format!(
        "give it a queue policy that allows `sqs:SendMessage` to `events.amazonaws.com` where `aws:SourceArn` is that of `{source}`, \
         as `{queue}Policy` of pipectl's own template does (`pipectl eject queue --to new`)"
    )
}
