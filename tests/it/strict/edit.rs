//! Answers of CloudFormation, edited to match a story.

use super::refusal::escaped;
use super::story::{Event, Story};
use super::xml;

impl Story {
    /// `DescribeStacks` and `ListStacks`: sets the state of one stack in the answer.
    pub(crate) fn edited_stacks(&self, answer: &str, stack: &str) -> String {
        let list = if answer.contains("<StackSummaries>") { "StackSummaries" } else { "Stacks" };
        edited(answer, list, |member| {
            (xml::first(member, "StackName").as_deref() == Some(stack)).then(|| {
                let member = xml::set(member, "StackStatus", self.status);
                if member.contains("<StackStatusReason>") {
                    return xml::set(&member, "StackStatusReason", &self.reason);
                }
                let (status, reason) = ("</StackStatus>", escaped(&self.reason));
                member.replace(status, &format!("{status}<StackStatusReason>{reason}</StackStatusReason>"))
            })
        })
    }

    /// `DescribeStackResources` and `ListStackResources`.
    pub(crate) fn edited_resources(&self, answer: &str) -> String {
        let list = if answer.contains("<StackResourceSummaries") {
            "StackResourceSummaries"
        } else {
            "StackResources"
        };
        let mut answer = answer.replace(&format!("<{list}/>"), &format!("<{list}></{list}>"));
        for [id, kind, physical_id, status, reason] in &self.resources {
            let known = format!("<LogicalResourceId>{id}</LogicalResourceId>");
            if answer.contains(&known) {
                answer = edited(&answer, list, |member| {
                    member.contains(&known).then(|| xml::set(member, "ResourceStatus", status))
                });
            } else {
                let at = jiff::Timestamp::now();
                let member = format!(
                    "<member>{known}<PhysicalResourceId>{physical_id}</PhysicalResourceId><ResourceType>{kind}</ResourceType>\
                     <ResourceStatus>{status}</ResourceStatus><ResourceStatusReason>{}</ResourceStatusReason>\
                     <LastUpdatedTimestamp>{at}</LastUpdatedTimestamp><Timestamp>{at}</Timestamp></member></{list}>",
                    escaped(reason)
                );
                answer = answer.replacen(&format!("</{list}>"), &member, 1);
            }
        }
        answer
    }
}

/// The answer with some members of a list rewritten.
pub(crate) fn edited(answer: &str, list: &str, edit: impl Fn(&str) -> Option<String>) -> String {
    let Some((before, members, after)) = xml::members(answer, list) else { return answer.to_owned() };
    let members = members.into_iter().map(|member| edit(member).unwrap_or_else(|| member.to_owned()));
    format!("{before}{}{after}", members.collect::<String>())
}

/// `DescribeStackEvents`: the newest first, each sorted by its time.
pub(crate) fn with_events(answer: &str, own: &[Event]) -> String {
    let Some((before, members, after)) = xml::members(answer, "StackEvents") else {
        return answer.to_owned();
    };
    let time = |member: &str| xml::first(member, "Timestamp").unwrap_or_default();
    let mut all: Vec<(String, String)> =
        own.iter().rev().map(|event| (event.at.clone(), event.xml.clone())).collect();
    all.extend(members.iter().map(|member| (time(member), (*member).to_owned())));
    // Stable: within one millisecond each kind stays in its order.
    all.sort_by(|one, other| other.0.cmp(&one.0));
    format!("{before}{}{after}", all.into_iter().map(|(_, member)| member).collect::<String>())
}
