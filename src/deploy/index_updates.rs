//! Changes of a table's indexes, as one update after another, as DynamoDB requires. Each begins when the indexes of the
//! one before are active, for which CloudFormation does not wait. After an interruption, the deployed state shows the
//! progress, and the next apply continues from there.

use serde_json::Value;

use super::allowed::allowed;
use super::follow::unless_stopped;
use super::observer::{Notice, Observer, Unfinished};
use super::rollout::Change;
use super::session::Session;
use super::wanted::Wanted;
use crate::apply::DeployOutcome;
use crate::diagnostic::Failure;
use crate::plan::{ADOPTABLE, Update, updates};
use crate::render::Template;
use crate::spec::STATUS_INDEX;
use crate::stack::{ExistingApi as _, RollbackWatch, TableIndexes};

impl Change<'_> {
    /// Makes all changes, in as many updates as necessary. `None`: CloudFormation found nothing to change.
    ///
    /// # Errors
    /// A guard's refusal (exit 4), or an update failed; then the updates before it remain.
    pub(super) async fn carry_out(
        &mut self,
        observer: &mut dyn Observer,
    ) -> Result<Option<DeployOutcome>, Failure> {
        let desired = self.wanted.content();
        let all = self.deployed_state.deployed.as_ref().map(|deployed| updates(deployed, &desired));
        let Some(all) = all.filter(|all| all.iter().any(|update| !update.is_remainder)) else {
            return self.roll_out(observer).await;
        };
        let Some((first, others)) = all.split_first() else { return Ok(None) };
        let words = self.unfinished_words();
        let mut begun = Unfinished { observer: &mut *observer, words: &words };
        if !first.is_remainder {
            ready(self.session, &desired.template, &mut begun).await?;
        }
        let mut outcome = self.update(first, others.is_empty(), false, &mut begun).await?;
        let session = self.session;
        // There are no further questions, so each Ctrl-C ends the run.
        let remainder = async {
            for (number, update) in others.iter().enumerate() {
                ready(session, &desired.template, observer).await?;
                let line = format!("\n  update {} of {}: {}\n", number + 2, all.len(), update.words);
                observer.notice(Notice::Line(&line));
                let is_last = number + 1 == others.len();
                let is_agreed = outcome.is_some();
                outcome = self.update(update, is_last, is_agreed, observer).await?.or(outcome.take());
            }
            ready(session, &desired.template, observer).await
        };
        unless_stopped(session, remainder).await?;
        observer.notice(Notice::Unfinished(None));
        Ok(outcome)
    }

    /// The warning that holds from the first update until the last one is complete.
    fn unfinished_words(&self) -> String {
        let again = match self.options.rolls_back {
            true => "run the same command again".to_owned(),
            false => format!("continue with `{}`", self.session.command("apply", "")),
        };
        format!("the table's indexes are not yet as in the spec: {again}")
    }

    async fn update(
        &mut self,
        update: &Update,
        is_last: bool,
        is_agreed: bool,
        observer: &mut dyn Observer,
    ) -> Result<Option<DeployOutcome>, Failure> {
        let wanted = wanted(self.wanted, update, is_last);
        let forgets = self.deployed_state.present().is_some_and(|stack| stack.is_watched);
        let of_tables = !update.is_remainder;
        let mut part = Change { wanted: &wanted, plan: &mut *self.plan, is_agreed, of_tables, ..*self };
        if update.is_remainder {
            return part.roll_out(observer).await;
        }
        let text = wanted.template.text.clone();
        part.step(text, forgets.then(RollbackWatch::nothing), true, observer).await
    }
}

/// The template of one of several updates. The last one is the wanted template itself.
fn wanted(all: &Wanted, update: &Update, is_last: bool) -> Wanted {
    if is_last {
        return all.clone();
    }
    Wanted {
        template: Template::from_parsed(update.content.template.clone()),
        parameters: update.content.parameters.clone(),
        tags: update.content.tags.clone(),
        ..all.clone()
    }
}

/// Whether a table has indexes besides the status index: such a stack may wait for one.
pub(super) fn has_further_indexes(template: &Value) -> bool {
    let resources = template["Resources"].as_object().into_iter().flatten();
    let indexes = resources.filter_map(|(_, one)| one["Properties"]["GlobalSecondaryIndexes"].as_array());
    indexes.flatten().any(|index| index["IndexName"] != STATUS_INDEX)
}

/// Waits until each index of the template's tables is active, or deleted. If the caller may not read the tables, that
/// is reported.
///
/// # Errors
/// A call to AWS failed.
pub(super) async fn ready(
    session: &Session,
    template: &Value,
    observer: &mut dyn Observer,
) -> Result<(), Failure> {
    let tables = template["Resources"].as_object().into_iter().flatten();
    let tables = tables.filter(|(_, resource)| resource["Type"] == ADOPTABLE);
    for name in tables.filter_map(|(_, table)| table["Properties"]["TableName"].as_str()) {
        let mut waits = false;
        loop {
            let look = session.clients.table_indexes(name).await.map_err(Failure::from);
            let found = allowed(look, "whether the table's indexes are ready", observer)?.flatten();
            let Some(TableIndexes { unready, .. }) = found.filter(|found| !found.unready.is_empty()) else {
                break;
            };
            if !waits {
                observer.notice(Notice::Begins("indexes"));
                waits = true;
            }
            observer.notice(Notice::Doing(&format!("waiting until {} is ready", unready.join(", "))));
            tokio::time::sleep(session.interval()).await;
        }
        if waits {
            observer.notice(Notice::Ends(Some("ready")));
        }
    }
    Ok(())
}
