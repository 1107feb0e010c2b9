//! The keys of the status index once a stack is deployed: it keeps their number until the spec says another.

use std::cell::Cell;

use serde_json::Value;

use super::allowed::allowed;
use super::observer::Observer;
use super::record::newest_matching;
use super::session::Session;
use super::wanted::Wanted;
use crate::diagnostic::Failure;
use crate::plan::{Action, Plan};
use crate::render::{has_status_index, most_spread, records_spread, spread, with_spread};
use crate::spec::Spec;

/// Applies that are looked through at most.
const RECORDS: usize = 5;

/// The spec that a deployed stack is compared with; `None`: it is the spec itself. What `load` makes of a number that the
/// spec leaves out is for the first deployment of the index: later it would hide rows from readers, without a line that says
/// so.
#[must_use]
pub(super) fn settled(spec: &Spec, deployed: &Value) -> Option<Spec> {
    let count = spread(deployed)?;
    let index = &spec.table.status_index;
    let is_new = index.is_on() && !has_status_index(deployed);
    if !index.is_on() || is_new || index.shards().is_some() || spec.shards().value == count {
        return None;
    }
    let mut settled = spec.clone();
    settled.table.status_index.set_shards(count);
    Some(settled)
}

/// What the spec leaves open of the keys, and the edit that settles it.
#[must_use]
pub(super) fn advice(spec: &Spec, settled: &Spec) -> String {
    let (now, wanted) = (settled.shards().value, spec.shards());
    let (why, count) = match &wanted.why {
        Some(why) => (format!("`load` recommends {} ({why})", wanted.value), wanted.value),
        None => ("the spec does not set the number".to_owned(), now),
    };
    format!(
        "  warning: the status index remains spread over {now} keys, as deployed: {why}\n    \
         write `table: {{status_index: {{shards: {count}}}}}`"
    )
}

/// Has a stack that takes back its former table record the keys that the rows in it have, by the record of applies. What
/// may not be read is reported.
///
/// # Errors
/// What the calls say.
pub(super) async fn take_back_keys(
    session: &Session,
    wanted: &mut Wanted,
    plan: &Plan,
    observer: &mut dyn Observer,
) -> Result<(), Failure> {
    if !plan.changes.iter().any(|change| change.action == Action::Adopt) {
        return Ok(());
    }
    let most = Cell::new(1);
    // One that records the number carries on that of all before it.
    let looked = newest_matching(session, RECORDS, |record| {
        let template = &record.content.template;
        most.set(most_spread(template).max(most.get()));
        records_spread(template)
    });
    allowed(looked.await, "over how many keys of the status index rows were spread before", observer)?;
    if let Some(template) = with_spread(&wanted.template, most.get()) {
        wanted.template = template;
    }
    Ok(())
}
