//! The number of keys of the status index: a deployed stack retains it until the spec sets another.

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

/// The most applies that are read.
const RECORDS: usize = 5;

/// The spec with the deployed number of keys; `None`: it is unchanged. If the spec omits the number, the one derived
/// from `load` is used only for the first deployment of the index: later it would hide rows from readers, without any
/// line of the spec changing.
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

/// What the spec omits about the keys, and the edit that sets it.
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

/// For a stack that adopts its former table: sets the number of keys that its rows have, by the records of applies.
/// What the caller may not read is reported.
///
/// # Errors
/// A call to AWS failed.
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
    // A record with the number includes that of all earlier ones.
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
