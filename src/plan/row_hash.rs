//! Two versions of the processor that read each other's rows: an older one does not know the content hash of a newer one,
//! and mistakes a duplicate of an event that the newer one stored for another event with its key.

use serde_json::Value;

use super::{Change, FUNCTION, Plan, risk};
use crate::render::misreads;

/// Adds the warning if the wanted processor is older than the deployed one, as after a rollback.
pub(super) fn mark(changes: &mut [Change], deployed: &Value, desired: &Value) {
    if misreads(desired, deployed) {
        set_consequence(
            changes,
            "this version of the processor is older than the existing rows: a repeated event that the newer version stored becomes a dead letter (`conflict`), or is dropped with `on_conflict: keep_first`; its row is retained",
        );
    }
}

fn set_consequence(changes: &mut [Change], words: &'static str) {
    if let Some(change) = changes.iter_mut().find(|change| change.logical_id == FUNCTION) {
        change.misreads = Some(words);
        risk::assess(change);
    }
}

impl Plan {
    /// Adds the warning if a version on trial runs beside one that does not know its rows.
    pub fn runs_beside(&mut self, deployed: &Value, desired: &Value) {
        if self.changes_version() && misreads(deployed, desired) {
            set_consequence(
                &mut self.changes,
                "during the canary, the former version runs as well and does not recognize the new version's rows: a repeated event that the new version stored becomes a dead letter (`conflict`); `deploy: {rollout: all_at_once}` avoids the canary",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::plan::{Action, Risk};

    fn template(hash: Option<&str>) -> Value {
        hash.map_or_else(|| json!({}), |hash| json!({"Metadata": {"pipectl": {"row_hash": hash}}}))
    }

    #[test]
    fn going_back_is_an_interruption_and_going_forward_is_none() {
        let marked = |deployed: Option<&str>, desired: Option<&str>| {
            let mut changes = vec![Change::new(Action::Modify, FUNCTION, "AWS::Lambda::Function")];
            mark(&mut changes, &template(deployed), &template(desired));
            changes.remove(0)
        };
        let back = marked(Some("v2:"), None);
        assert_eq!(back.risk, Risk::Interruption);
        assert!(back.why.contains("becomes a dead letter (`conflict`)"), "{}", back.why);
        assert_eq!(marked(None, Some("v2:")).risk, Risk::None);
    }
}
