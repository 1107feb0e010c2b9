//! A deployed stack with its outputs and the resources that commands look into.

use super::allowed::allowed;
use super::observer::{Notice, Observer};
use super::session::Session;
use crate::diagnostic::Failure;
use crate::spec::ResolvedNames;
use crate::stack::{DriftApi as _, Stack, StackResource};

const ALARMS: [&str; 2] = ["AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"];

/// A resource that commands read, if the deployed stack has it.
struct DeployedName {
    noun: &'static str,
    logical_id: &'static str,
    /// The stack's output with its name, URL or ARN.
    output: Option<&'static str>,
    name: fn(&mut ResolvedNames) -> &mut String,
}

const DEPLOYED_NAMES: [DeployedName; 7] = [
    DeployedName {
        noun: "bus",
        logical_id: "Bus",
        output: Some("EventBusName"),
        name: |names| &mut names.bus,
    },
    DeployedName {
        noun: "queue",
        logical_id: "Queue",
        output: Some("SQSQueueURL"),
        name: |names| &mut names.queue,
    },
    DeployedName {
        noun: "dead-letter queue",
        logical_id: "DeadLetterQueue",
        output: None,
        name: |names| &mut names.dead_letter_queue,
    },
    DeployedName {
        noun: "queue of undelivered events",
        logical_id: "UndeliveredQueue",
        output: None,
        name: |names| &mut names.undelivered_queue,
    },
    DeployedName {
        noun: "processor",
        logical_id: "Processor",
        output: Some("ProcessorLambdaARN"),
        name: |names| &mut names.processor,
    },
    DeployedName {
        noun: "log group",
        logical_id: "ProcessorLogGroup",
        output: None,
        name: |names| &mut names.log_group,
    },
    DeployedName {
        noun: "table",
        logical_id: "EventsTable",
        output: Some("EventsTableName"),
        name: |names| &mut names.table,
    },
];

impl Session {
    /// Uses the names of the deployed stack from here on, instead of those of the spec. The spec may have been edited:
    /// a table of its name may not exist yet, or belong to somebody else. Differences are reported. Returns the names
    /// of the stack's alarms; `None`: the caller may not list its resources.
    ///
    /// # Errors
    /// That of the call.
    pub async fn use_deployed_names(
        &mut self,
        stack: &Stack,
        observer: &mut dyn Observer,
    ) -> Result<Option<Vec<String>>, Failure> {
        let listed = self.clients.resources(&stack.id).await.map_err(Failure::from);
        let listed = allowed(listed, "which queues and which table belong to the stack", observer)?;
        let resources: Vec<StackResource> =
            listed.iter().flatten().filter(|resource| resource.exists()).cloned().collect();
        let mut differ = false;
        for deployed_name in &DEPLOYED_NAMES {
            let Some(there) = deployed_name.of(&resources, stack) else { continue };
            let name = (deployed_name.name)(&mut self.names);
            if *name != there {
                let line = format!(
                    "  warning: the stack's {} is `{there}`, and the spec says `{name}`: `{there}` is used",
                    deployed_name.noun
                );
                observer.notice(Notice::Warning(&line));
                *name = there;
                differ = true;
            }
        }
        if differ {
            let plan = self.command("plan", "");
            observer.notice(Notice::Warning(&format!("  `{plan}` shows what an apply would change")));
        }
        let alarms =
            resources.into_iter().filter(|resource| ALARMS.contains(&resource.resource_type.as_str()));
        Ok(listed.map(|_| alarms.map(|alarm| alarm.physical_id).collect()))
    }
}

impl DeployedName {
    /// The resource's name. During a change of tables the table is not in the stack, but an output names it.
    fn of(&self, resources: &[StackResource], stack: &Stack) -> Option<String> {
        let resource = resources.iter().find(|resource| resource.logical_id == self.logical_id);
        let id = resource.map(|resource| &resource.physical_id);
        let id = id.or_else(|| stack.outputs.get(self.output?))?;
        // The names of a partner's bus and of a log group contain slashes.
        if ["Bus", "ProcessorLogGroup"].contains(&self.logical_id) {
            return Some(id.clone());
        }
        // For a queue it is the URL, for a function possibly the ARN.
        let name = id.rsplit(['/', ':']).next().filter(|name| !name.is_empty())?;
        Some(name.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::stack::StackStatus;

    #[test]
    fn names_are_those_of_resources_else_of_outputs() {
        let resource = |logical_id: &str, physical_id: &str| StackResource {
            logical_id: logical_id.to_owned(),
            physical_id: physical_id.to_owned(),
            resource_type: String::new(),
            status: "CREATE_COMPLETE".to_owned(),
            reason: None,
        };
        let resources = [
            resource("DeadLetterQueue", "https://sqs.x.amazonaws.com/1/dlq"),
            resource("Bus", "bus"),
            resource("ProcessorLogGroup", "/aws/lambda/f"),
        ];
        let outputs = [("EventsTableName", "table"), ("ProcessorLambdaARN", "arn:aws:lambda:x:1:function:f")];
        let stack = Stack {
            name: "s".to_owned(),
            id: "arn".to_owned(),
            status: StackStatus::new("CREATE_COMPLETE"),
            reason: None,
            parameters: BTreeMap::new(),
            outputs: outputs.map(|(key, value)| (key.to_owned(), value.to_owned())).into(),
            tags: BTreeMap::new(),
            termination_protection: false,
            is_watched: false,
        };
        let found: Vec<Option<String>> =
            DEPLOYED_NAMES.iter().map(|deployed_name| deployed_name.of(&resources, &stack)).collect();
        let expected =
            [Some("bus"), None, Some("dlq"), None, Some("f"), Some("/aws/lambda/f"), Some("table")];
        assert_eq!(found, expected.map(|name| name.map(str::to_owned)));
    }
}
