//! Indexes that were changed outside of the stack: CloudFormation would revert all of them in one update.

use serde_json::Value;

use super::session::Session;
use crate::apply::{Drift, ResourceDriftState};
use crate::diagnostic::{Failure, codes};
use crate::plan::{ADOPTABLE, index_steps};
use crate::stack::{CallErrorKind, ExistingApi as _};

/// Refuses to revert what takes several updates of one table.
///
/// # Errors
/// A table whose indexes differ in more than one step (exit 4), or a call to AWS failed.
pub(super) async fn refuse_several(
    session: &Session,
    template: &Value,
    drift: &Drift,
) -> Result<(), Failure> {
    let is_table = |kind: &str, state| kind == ADOPTABLE && state == ResourceDriftState::Modified;
    for table in drift.resources.iter().filter(|one| is_table(&one.resource_type, one.state)) {
        let found = match session.clients.table_indexes(&table.physical_id).await {
            // CloudFormation reports it with its own message.
            Err(error) if error.kind == CallErrorKind::Denied => None,
            found => found?,
        };
        let wanted = &template["Resources"][table.logical_id.as_str()]["Properties"];
        let steps = found.map(|found| index_steps(&found.properties, wanted)).unwrap_or_default();
        if steps.len() > 1 {
            let name = &table.physical_id;
            return Err(Failure::refused(
                codes::STACK_CHANGE_SET_FAILED,
                format!(
                    "{} indexes of table `{name}` differ, but one update can change only one",
                    steps.len()
                ),
                format!(
                    "do all but one of these with `aws dynamodb update-table --table-name {name}`, then run this again: {}",
                    steps.join(", ")
                ),
            ));
        }
    }
    Ok(())
}
