//! Replaces the stack's table by another existing one, such as a copy that was restored from a point in time.
//!
//! Each step is an update of the stack: processing is paused and the table is set to be retained; the table is removed
//! from the stack, while everything else still refers to it; the other table is imported as it is; the last update
//! applies the spec's settings to it, and resumes processing. After an interruption, the deployed template shows the
//! progress, and the next apply continues. Meanwhile, events wait in the queue.

use std::collections::BTreeMap;

use serde_json::Value;

use super::acceptance::Consent;
use super::deployed_state::{DeployedState, observe};
use super::follow::unless_stopped;
use super::import::{step, take_step};
use super::observer::{Notice, Observer, Unfinished};
use super::session::Session;
use super::template::{RELOCATION, is_step};
use super::wanted::Wanted;
use crate::diagnostic::{Failure, codes};
use crate::partition::Partition;
use crate::plan::{Action, Change, Plan, STEP};
use crate::render;
use crate::stack::{CallErrorKind, ExistingApi as _};

const MAPPING: &str = "AWS::Lambda::EventSourceMapping";

/// Removes the former table from the stack if the plan replaces it by another. Returns whether there was one.
///
/// # Errors
/// A guard's refusal (exit 4), or a step failed; then both tables are unchanged, and the same command continues.
pub(super) async fn relocate(
    session: &Session,
    wanted: &Wanted,
    deployed_state: &DeployedState,
    plan: &Plan,
    consent: &Consent,
    observer: &mut dyn Observer,
) -> Result<bool, Failure> {
    let (Some((change, former)), Some(deployed)) = (plan.relocation(), &deployed_state.deployed) else {
        return Ok(false);
    };
    observer.notice(Notice::Plan(plan));
    let id = change.logical_id.as_str();
    let relocation = Relocation { session, id, former };
    // What can fail without harm comes first: from the pause on, no events are processed.
    relocation.without_table(&deployed.template).await?;
    let Some(paused) = paused(&deployed.template, id) else {
        leave(&relocation, wanted, plan, consent, observer).await?;
        return Ok(true);
    };
    let request = step(session, wanted, deployed_state, &paused, Vec::new()).await?;
    let words = "  processing is paused: events wait in the queue\n";
    let mut pausing = Unfinished { observer, words: &paused_words(session, plan) };
    take_step(session, wanted, request, (plan, Vec::new()), consent, words, &mut pausing).await?;
    // There are no further questions, so each Ctrl-C ends the run.
    let consent = consent.answered();
    unless_stopped(session, leave(&relocation, wanted, plan, &consent, observer)).await?;
    Ok(true)
}

/// The step that removes the former table from the stack.
async fn leave(
    relocation: &Relocation<'_>,
    wanted: &Wanted,
    plan: &Plan,
    consent: &Consent,
    observer: &mut dyn Observer,
) -> Result<bool, Failure> {
    let Relocation { session, id, former } = *relocation;
    let deployed_state = observe(session).await?;
    let template =
        deployed_state.deployed.as_ref().map(|deployed| deployed.template.clone()).unwrap_or_default();
    let without = relocation.without_table(&template).await?;
    let request = step(session, wanted, &deployed_state, &without, Vec::new()).await?;
    let words = format!("\n  `{former}` is retained outside of the stack\n");
    take_step(session, wanted, request, (plan, vec![id.to_owned()]), consent, &words, observer).await
}

/// The warning that holds from the pause on, until the stack has the other table.
fn paused_words(session: &Session, plan: &Plan) -> String {
    let adopted = plan.changes.iter().filter(|change| change.action == Action::Adopt);
    let accept: Vec<String> = adopted.map(|change| format!("--accept adopt:{}", change.logical_id)).collect();
    let again = session.command("apply", &accept.join(" "));
    format!("processing is paused and events wait in the queue: continue with `{again}`")
}

/// Reports what an earlier run left unfinished, in case this one ends early, too.
pub(super) fn report_unfinished(
    session: &Session,
    deployed_state: &DeployedState,
    plan: &Plan,
    observer: &mut dyn Observer,
) {
    if deployed_state.deployed.as_ref().is_some_and(|deployed| is_step(&deployed.template)) {
        observer.notice(Notice::Unfinished(Some(&paused_words(session, plan))));
    }
}

/// Reports where the events of the time in between are, once the stack has the other table.
pub(super) fn report_rows_since(former: &str, change: &Change, wanted: &Wanted, observer: &mut dyn Observer) {
    let name = change.physical_id.as_deref().unwrap_or(&change.logical_id);
    let resources = wanted.template.parsed["Resources"].as_object().into_iter().flatten();
    let archive = resources
        .filter(|(_, resource)| resource["Type"] == "AWS::Events::Archive")
        .find_map(|(_, resource)| resource["Properties"]["ArchiveName"].as_str());
    let replay = archive.map_or_else(String::new, |archive| {
        format!("; archive `{archive}` has their events: replay them from that time; existing rows are not written twice")
    });
    let line = format!("\n  rows of `{former}` that are not in `{name}` are only in `{former}`{replay}");
    observer.notice(Notice::Line(&line));
}

struct Relocation<'a> {
    session: &'a Session,
    /// Logical id of the table.
    id: &'a str,
    /// The name of the table that is removed from the stack.
    former: &'a str,
}

impl Relocation<'_> {
    /// The deployed template without the table, with its values in place of the references to it.
    async fn without_table(&self, deployed: &Value) -> Result<Value, Failure> {
        // The caller may be allowed to read only the tables of its spec, or the former one may be deleted already.
        let found = self.session.clients.existing_table(self.former).await;
        let found = match found {
            Err(error) if error.kind == CallErrorKind::Denied => None,
            found => found?,
        };
        let mut values = BTreeMap::from([("", self.former.to_owned())]);
        let (arn, stream_arn) = found.map_or((None, None), |found| (Some(found.arn), found.stream_arn));
        let arn = arn.unwrap_or_else(|| {
            let partition = Partition::of(self.session.region()).id;
            let (region, account) = (self.session.region(), &self.session.account);
            format!("arn:{partition}:dynamodb:{region}:{account}:table/{}", self.former)
        });
        values.insert("Arn", arn);
        values.extend(stream_arn.map(|arn| ("StreamArn", arn)));
        render::without(deployed, self.id, &values).map_err(|attribute| {
            Failure::refused(
                codes::GUARD_NAME_TAKEN,
                format!("`{}` cannot leave the stack: another resource refers to its `{attribute}`", self.id),
                "replace the reference by its value, or give the table its former name",
            )
        })
    }
}

/// The deployed template with processing paused and the table retained; `None` if it is so already.
fn paused(deployed: &Value, id: &str) -> Option<Value> {
    let mut template = deployed.clone();
    for (_, resource) in template["Resources"].as_object_mut().into_iter().flatten() {
        if resource["Type"] == MAPPING {
            resource["Properties"]["Enabled"] = false.into();
        }
    }
    if let Some(Value::Object(ours)) = template.pointer_mut("/Metadata/pipectl") {
        ours.insert(STEP.to_owned(), RELOCATION.into());
    }
    let table = &mut template["Resources"][id];
    table["DeletionPolicy"] = "Retain".into();
    table["UpdateReplacePolicy"] = "Retain".into();
    (template != *deployed).then_some(template)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_pause_that_is_there_is_not_made_again() {
        let deployed = json!({"Metadata": {"pipectl": {}}, "Resources": {
            "EventsTable": {"Type": "AWS::DynamoDB::Table", "DeletionPolicy": "Delete"},
            "Mapping": {"Type": MAPPING, "Properties": {"BatchSize": 10}},
            "Queue": {"Type": "AWS::SQS::Queue"},
        }});
        let once = paused(&deployed, "EventsTable").expect("a pause");
        assert_eq!(once["Resources"]["Mapping"]["Properties"]["Enabled"], false);
        assert_eq!(once["Resources"]["EventsTable"]["DeletionPolicy"], "Retain");
        assert_eq!(once["Resources"]["Queue"], deployed["Resources"]["Queue"]);
        assert_eq!(once["Metadata"]["pipectl"][STEP], "relocation");
        assert_eq!(paused(&once, "EventsTable"), None);
    }
}
