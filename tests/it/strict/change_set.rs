//! Change sets and stacks as AWS would describe them after the rules' findings.

use super::edit::{edited, with_events};
use super::http::Message;
use super::memory::Location;
use super::proposal::{Finding, Proposal};
use super::refusal::{Refusal, escaped};
use super::scene::Scene;

use super::xml;

/// The change set that a call names, by its id or by its name and stack.
fn named(scene: &Scene<'_>) -> Option<(String, Proposal)> {
    let (name, stack) = (scene.call.text("ChangeSetName"), scene.call.text("StackName"));
    let memory = scene.memory();
    let by_name = format!(":changeSet/{name}/");
    let mut sets = memory.change_sets.iter().filter(|(id, proposal)| {
        *id == name || (id.contains(&by_name) && (stack.is_empty() || proposal.stack == stack))
    });
    sets.next_back().map(|(id, proposal)| (id.clone(), proposal.clone()))
}

/// A change set that failed cannot be executed, nor can one that the execution of another one deleted: "CloudFormation deletes
/// all the other change sets associated with the stack" (API reference, `ExecuteChangeSet`).
pub(crate) fn refusal(scene: &Scene<'_>) -> Option<Refusal> {
    let (id, proposal) = named(scene).filter(|_| scene.call.name == "ExecuteChangeSet")?;
    if !is_first(scene, &id, &proposal) {
        return Some(Refusal::new("ChangeSetNotFound", format!("ChangeSet [{id}] does not exist")));
    }
    let failed = !proposal.findings.is_empty();
    let status = if failed { "FAILED" } else { "EXECUTE_FAILED" };
    let words = format!("ChangeSet [{id}] cannot be executed in its current status of [{status}]");
    (failed || proposal.is_over).then(|| Refusal::new("InvalidChangeSetStatus", words))
}

/// How many change sets of a stack were executed.
pub(crate) fn executions(scene: &Scene<'_>, proposal: &Proposal) -> usize {
    let location = (proposal.region.clone(), proposal.stack.clone());
    scene.memory().executions.get(&location).map_or(0, Vec::len)
}

/// Whether no other change set of the stack was executed since this one was requested. Of two at the same time, one is
/// the first.
fn is_first(scene: &Scene<'_>, id: &str, proposal: &Proposal) -> bool {
    let mut memory = scene.memory();
    let executed = memory.executions.entry((proposal.region.clone(), proposal.stack.clone())).or_default();
    let is_first = executed.iter().skip(proposal.after_executions).all(|other| other == id);
    if is_first {
        executed.push(id.to_owned());
    }
    is_first
}

/// The change set a call executes has failed.
pub(crate) fn end(scene: &Scene<'_>) {
    if let Some((id, proposal)) = named(scene).filter(|_| scene.call.name == "ExecuteChangeSet") {
        scene.memory().change_sets.insert(id, Proposal { is_over: true, ..proposal });
    }
}

/// The operation that an `ExecuteChangeSet` begins.
pub(crate) fn executed(scene: &Scene<'_>) -> Option<Proposal> {
    let call = scene.call;
    let (_, proposal) = named(scene).filter(|_| call.name == "ExecuteChangeSet")?;
    Some(Proposal {
        token: call.text("ClientRequestToken").to_owned(),
        retain_except_on_create: call.is_true("RetainExceptOnCreate"),
        on_failure: if call.is_true("DisableRollback") {
            "DO_NOTHING".to_owned()
        } else {
            proposal.on_failure.clone()
        },
        ..proposal
    })
}

/// Makes an answer of CloudFormation agree with the rules' findings.
pub(crate) fn edit(scene: &Scene<'_>, answer: &mut Message) {
    let call = scene.call;
    if answer.status() >= 300 {
        return;
    }
    let text = match call.name.as_str() {
        "DescribeChangeSet" => described(scene, &answer.text()),
        "ListChangeSets" => listed(scene, &answer.text()),
        "DescribeEvents" => events(scene),
        "DescribeStacks" | "ListStacks" => stacks(scene, answer.text()),
        "DescribeStackResources" | "ListStackResources" => {
            let story = location(scene).and_then(|location| scene.memory().stories.get(&location).cloned());
            story.map(|story| story.edited_resources(&answer.text()))
        }
        "DescribeStackEvents" => stack_events(scene, &answer.text()),
        _ => None,
    };
    if let Some(text) = text {
        answer.body = text.into_bytes();
    }
}

fn failed(text: &str, finding: &Finding) -> String {
    let text = xml::set(text, "Status", "FAILED");
    let text = xml::set(&text, "StatusReason", &finding.status_reason);
    xml::set(&text, "ExecutionStatus", "UNAVAILABLE")
}

fn described(scene: &Scene<'_>, text: &str) -> Option<String> {
    let (_, proposal) = named(scene)?;
    if proposal.is_over {
        return Some(xml::set(text, "ExecutionStatus", "EXECUTE_FAILED"));
    }
    Some(failed(text, proposal.findings.first()?))
}

fn listed(scene: &Scene<'_>, text: &str) -> Option<String> {
    let sets = scene.memory().change_sets.clone();
    Some(edited(text, "Summaries", |member| {
        let id = xml::first(member, "ChangeSetId")?;
        Some(failed(member, sets.get(&id)?.findings.first()?))
    }))
}

/// The longer message of a failed validation.
fn events(scene: &Scene<'_>) -> Option<String> {
    let (_, proposal) = named(scene).filter(|(_, proposal)| !proposal.findings.is_empty())?;
    let members: String = proposal
        .findings
        .iter()
        .filter_map(|finding| {
            let (id, reason) = (&finding.logical_id, escaped(finding.reason.as_ref()?));
            Some(format!(
                "<member><EventType>VALIDATION_ERROR</EventType><OperationType>CREATE_CHANGESET</OperationType>\
                 <OperationStatus>FAILED</OperationStatus><LogicalResourceId>{id}</LogicalResourceId>\
                 <ValidationFailureMode>FAIL</ValidationFailureMode><ValidationName>NAME_CONFLICT_VALIDATION</ValidationName>\
                 <ValidationStatus>FAILED</ValidationStatus><ValidationStatusReason>{reason}</ValidationStatusReason>\
                 <ValidationPath>/Resources/{id}</ValidationPath></member>"
            ))
        })
        .collect();
    Some(format!(
        "<DescribeEventsResponse><DescribeEventsResult><OperationEvents>{members}</OperationEvents>\
         </DescribeEventsResult></DescribeEventsResponse>"
    ))
}

fn stacks(scene: &Scene<'_>, mut text: String) -> Option<String> {
    let stories = scene.memory().stories.clone();
    for ((region, stack), story) in stories {
        if region == scene.call.region {
            text = story.edited_stacks(&text, &stack);
        }
    }
    Some(text)
}

fn stack_events(scene: &Scene<'_>, text: &str) -> Option<String> {
    let location = location(scene)?;
    let memory = scene.memory();
    let retained_tables: Vec<&str> = match (memory.stories.get(&location), memory.guarded.get(&location)) {
        (Some(story), _) => story.resources.iter().map(|[id, ..]| id.as_str()).collect(),
        (None, Some(proposal)) => {
            proposal.after.of_type("AWS::DynamoDB::Table").map(|table| table.id).collect()
        }
        (None, None) => Vec::new(),
    };
    let hidden: Vec<&(String, String)> =
        memory.hidden.iter().filter(|(hidden, _)| *hidden == location).map(|(_, span)| span).collect();
    let text = edited(text, "StackEvents", |member| {
        let is = |name: &str, value: &str| xml::first(member, name).as_deref() == Some(value);
        let at = xml::first(member, "Timestamp").unwrap_or_default();
        let unseen = hidden.iter().any(|(from, to)| *from <= at && at <= *to);
        let deleted = is("ResourceStatus", "DELETE_COMPLETE")
            && retained_tables.iter().any(|table| is("LogicalResourceId", table));
        let rolled_back = !retained_tables.is_empty() && is("ResourceStatus", "ROLLBACK_COMPLETE");
        (unseen || deleted || rolled_back).then(String::new)
    });
    // Events of a former stack of the same name are not this one's.
    let id = xml::first(&text, "StackId").unwrap_or_default();
    let events = memory.events.get(&location).into_iter().flatten();
    let own: Vec<_> = events.filter(|event| id.is_empty() || event.xml.contains(&id)).cloned().collect();
    let first_page = !scene.call.has("NextToken");
    Some(if first_page { with_events(&text, &own) } else { text })
}

/// The stack that a call names, by its name or its id.
pub(crate) fn location(scene: &Scene<'_>) -> Option<Location> {
    let name = scene.call.text("StackName");
    let name = name.split(":stack/").nth(1).and_then(|remainder| remainder.split('/').next()).unwrap_or(name);
    (!name.is_empty()).then(|| scene.location(name))
}
