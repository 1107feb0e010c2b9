//! The warm throughput of an existing table, which DynamoDB does not allow to be decreased.

use super::allowed::allowed;
use super::deployed_state::DeployedState;
use super::observer::Observer;
use super::session::Session;
use super::template::template_for;
use super::wanted::Wanted;
use crate::diagnostic::{Failure, codes};
use crate::render::warmed_for;
use crate::spec::{NotWarmed, WarmThroughput, Warmth};
use crate::stack::{ExistingApi as _, TableUnits};
use crate::validate::CheckedSpec;

/// Reads the table's warm throughput if the wanted stack would increase it. A table that an earlier stack retained is
/// not changed if the spec omits the value.
///
/// # Errors
/// The spec asks for less than the table has (exit 4), or a call to AWS failed.
pub(super) async fn keep_warmth(
    session: &Session,
    wanted: &mut Wanted,
    deployed_state: &DeployedState,
    checked: &CheckedSpec,
    observer: &mut dyn Observer,
) -> Result<(), Failure> {
    let Some(asked) = warmed_for(&wanted.template.parsed) else { return Ok(()) };
    let deployed = deployed_state.deployed.as_ref().map(|deployed| &deployed.template);
    // The local cloud has no warm throughput.
    if session.is_local() || deployed.is_some_and(|deployed| warmed_for(deployed) == Some(asked)) {
        return Ok(());
    }
    let name = &session.names.table;
    let look = session.clients.warmth(name).await.map_err(Into::into);
    let Some(Some(has)) = allowed(look, &format!("how warm the table `{name}` is"), observer)? else {
        return Ok(());
    };
    if checked.spec().table.warm_throughput.is_none() {
        let mut spec = checked.spec().clone();
        spec.table.warm_throughput = Some(WarmThroughput::Off(NotWarmed::Off));
        wanted.template = template_for(session.is_local(), &spec, checked)?;
        return Ok(());
    }
    refusal(name, asked, has).map_or(Ok(()), Err)
}

fn refusal(name: &str, asked: Warmth, has: TableUnits) -> Option<Failure> {
    if asked.reads >= has.reads && asked.writes >= has.writes {
        return None;
    }
    let message = format!(
        "the table `{name}` now has a warm throughput of {} reads and {} writes a second, but the spec says {} and {}: DynamoDB cannot lower it",
        has.reads, has.writes, asked.reads, asked.writes
    );
    let help = format!(
        "write `table: {{warm_throughput: {{reads: {}, writes: {}}}}}`, or leave it out",
        asked.reads.max(has.reads),
        asked.writes.max(has.writes)
    );
    Some(Failure::refused(codes::PLAN_IMPOSSIBLE, message, help))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_table_is_made_less_warm() {
        let of = |reads, writes| Warmth { reads, writes };
        let there = |reads, writes| TableUnits { reads, writes };
        for (asked, has) in
            [(of(12_000, 5_000), there(12_000, 4_000)), (of(12_000, 5_000), there(12_000, 5_000))]
        {
            assert!(refusal("t", asked, has).is_none(), "{asked:?}");
        }
        for (asked, has, wanted) in [
            (of(12_000, 5_000), there(12_000, 9_000), "{reads: 12000, writes: 9000}"),
            (of(12_000, 9_000), there(20_000, 5_000), "{reads: 20000, writes: 9000}"),
        ] {
            let failure = refusal("t", asked, has).expect("a refusal");
            assert!(failure.diagnostics[0].help.as_deref().is_some_and(|help| help.contains(wanted)));
        }
    }
}
