//! An operation that failed because of the proxy: the local cloud never began it, and answers are edited to those of AWS
//! until the next operation.

use super::proposal::{Fault, Kind, Proposal};
use super::refusal::escaped;
use super::template::Template;

/// The state of a stack.
#[derive(Debug, Clone)]
pub(crate) struct Story {
    pub(crate) status: &'static str,
    pub(crate) reason: String,
    /// Resources whose state differs from the local cloud's: logical id, type, physical id, status, reason.
    pub(crate) resources: Vec<[String; 5]>,
}

/// One event. In lists, the newest is the last.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) at: String,
    pub(crate) xml: String,
}

/// The result of an operation with these faults; `protected`: tables that its rollback or deletion cannot delete;
/// `former`: how the last one ended.
pub(crate) fn story(
    proposal: &Proposal,
    stack_id: &str,
    faults: &[Fault],
    protected: &[Fault],
    former: Option<&Story>,
) -> (Story, Vec<Event>) {
    let mut writer = Writer { proposal, stack_id, former, events: Vec::new() };
    let (verb, status, reason) = match proposal.kind {
        Kind::Deletion => {
            writer.stack("DELETE_IN_PROGRESS", "User Initiated");
            writer.resources(protected, "DELETE");
            (
                "DELETE",
                "DELETE_FAILED",
                format!("The following resource(s) failed to delete: [{}]. ", ids(protected)),
            )
        }
        Kind::Creation => {
            writer.stack("CREATE_IN_PROGRESS", "User Initiated");
            writer.resources(faults, "CREATE");
            let failed = format!("The following resource(s) failed to create: [{}]. ", ids(faults));
            if proposal.on_failure == "DO_NOTHING" {
                ("CREATE", "CREATE_FAILED", failed)
            } else {
                writer.stack("ROLLBACK_IN_PROGRESS", &format!("{failed}Rollback requested by user. "));
                writer.resources(protected, "DELETE");
                if protected.is_empty() {
                    ("CREATE", "ROLLBACK_COMPLETE", String::new())
                } else {
                    let reason =
                        format!("The following resource(s) failed to delete: [{}]. ", ids(protected));
                    ("DELETE", "ROLLBACK_FAILED", reason)
                }
            }
        }
        Kind::Update | Kind::Import => writer.update(faults),
    };
    writer.stack(status, &reason);
    let left = if verb == "DELETE" { protected } else { &[] };
    let resources = left
        .iter()
        .map(|fault| {
            let (kind, physical_id) = writer.resource(&fault.logical_id);
            [fault.logical_id.clone(), kind, physical_id, format!("{verb}_FAILED"), fault.reason.clone()]
        })
        .collect();
    let events = writer.events;
    (Story { status, reason, resources }, events)
}

fn ids(faults: &[Fault]) -> String {
    faults.iter().map(|fault| fault.logical_id.as_str()).collect::<Vec<_>>().join(", ")
}

struct Writer<'a> {
    proposal: &'a Proposal,
    stack_id: &'a str,
    former: Option<&'a Story>,
    events: Vec<Event>,
}

impl Writer<'_> {
    fn stack(&mut self, status: &str, reason: &str) {
        let (stack, id) = (self.proposal.stack.clone(), self.stack_id.to_owned());
        self.event(&stack, "AWS::CloudFormation::Stack", &id, status, reason);
    }

    /// The result of an update: the verb, the state and its reason.
    fn update(&mut self, faults: &[Fault]) -> (&'static str, &'static str, String) {
        self.stack("UPDATE_IN_PROGRESS", "User Initiated");
        let before = self.proposal.before.as_ref();
        let is_known = |id: &str| before.is_some_and(|before| before.resource(id).is_some());
        let (new, old): (Vec<Fault>, Vec<Fault>) =
            faults.iter().cloned().partition(|fault| !is_known(&fault.logical_id));
        let verb = if old.is_empty() { "create" } else { "update" };
        self.resources(&new, "CREATE");
        self.resources(&old, "UPDATE");
        let named = ids(if old.is_empty() { &new } else { &old });
        let failed = format!("The following resource(s) failed to {verb}: [{named}]. ");
        if self.proposal.on_failure == "DO_NOTHING" {
            ("UPDATE", "UPDATE_FAILED", failed)
        } else {
            self.stack("UPDATE_ROLLBACK_IN_PROGRESS", &failed);
            self.stack("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", "");
            ("UPDATE", "UPDATE_ROLLBACK_COMPLETE", String::new())
        }
    }

    fn resources(&mut self, faults: &[Fault], verb: &str) {
        for fault in faults {
            let (kind, physical_id) = self.resource(&fault.logical_id);
            self.event(&fault.logical_id, &kind, &physical_id, &format!("{verb}_IN_PROGRESS"), "");
            self.event(&fault.logical_id, &kind, &physical_id, &format!("{verb}_FAILED"), &fault.reason);
        }
    }

    /// Type and name.
    fn resource(&self, id: &str) -> (String, String) {
        let Proposal { after, before, region, .. } = self.proposal;
        let of = |template: &Template| {
            let resource = template.resource(id)?;
            Some((resource.kind.to_owned(), template.name_of(resource, region).unwrap_or_default()))
        };
        // Resources that the rollback of a creation retained are in no template any more.
        let left = || {
            let mut left = self.former?.resources.iter();
            left.find(|[known, ..]| known == id)
                .map(|[_, kind, physical_id, ..]| (kind.clone(), physical_id.clone()))
        };
        of(after).or_else(|| before.as_ref().and_then(of)).or_else(left).unwrap_or_default()
    }

    fn event(&mut self, id: &str, kind: &str, physical_id: &str, status: &str, reason: &str) {
        self.events.push(event(
            &self.proposal.stack,
            self.stack_id,
            &self.proposal.token,
            [id, kind, physical_id, status, reason],
        ));
    }
}

/// `what`: logical id, type, physical id, status, reason.
pub(crate) fn event(stack: &str, stack_id: &str, token: &str, what: [&str; 5]) -> Event {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let [id, kind, physical_id, status, reason] = what;
    let at = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string();
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let token = if token.is_empty() {
        String::new()
    } else {
        format!("<ClientRequestToken>{token}</ClientRequestToken>")
    };
    let reason = escaped(reason);
    let xml = format!(
        "<member><StackId>{stack_id}</StackId><StackName>{stack}</StackName><EventId>strict-{number}-{at}</EventId>\
         <LogicalResourceId>{id}</LogicalResourceId><PhysicalResourceId>{physical_id}</PhysicalResourceId>\
         <ResourceType>{kind}</ResourceType><ResourceStatus>{status}</ResourceStatus>\
         <ResourceStatusReason>{reason}</ResourceStatusReason><Timestamp>{at}</Timestamp>{token}</member>"
    );
    Event { at, xml }
}
