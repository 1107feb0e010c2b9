//! Which readers of the rows a change affects.

use serde_json::Value;

use super::{Change, FUNCTION, risk};
use crate::render::{has_status_index, most_spread, spread};

/// Marks the change of the function that spreads rows over another number of keys.
pub(super) fn mark(changes: &mut [Change], deployed: &Value, desired: &Value) {
    let (Some(before), Some(after)) = (spread(deployed), spread(desired)) else { return };
    // Nobody reads an index that is removed.
    if has_status_index(deployed) && !has_status_index(desired) {
        return;
    }
    let function = changes.iter_mut().find(|change| change.logical_id == FUNCTION);
    if let Some(change) = function.filter(|_| before != after) {
        let most = most_spread(deployed).max(most_spread(desired));
        change.readers.push(format!(
            "rows are spread over {after} {} of the status index, {before} before: readers of it must now read {}",
            if after == 1 { "key" } else { "keys" },
            keys(most)
        ));
        risk::assess(change);
    }
}

/// The keys under which processed rows may be.
fn keys(most: u32) -> String {
    match most {
        0 | 1 => "`PROCESSED`".to_owned(),
        2 => "`PROCESSED`, `PROCESSED#0` and `PROCESSED#1`".to_owned(),
        most => format!("`PROCESSED` and each of `PROCESSED#0` to `PROCESSED#{}`", most - 1),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::plan::{Action, PropertyChange, Risk};

    fn template(now: u32, most: u32) -> Value {
        let config = format!(r#"{{"status_index_shards":{now}}}"#);
        json!({
            "Resources": {"Processor": {"Properties": {"Environment": {"Variables": {"PIPELINE_CONFIG": config}}}}},
            "Outputs": {"StatusIndexShards": {"Value": most.to_string()}},
        })
    }

    fn marked(before: (u32, u32), after: (u32, u32)) -> Change {
        let mut change = Change::new(Action::Modify, FUNCTION, "AWS::Lambda::Function");
        change.properties = vec![PropertyChange::new(
            "/Properties/Environment/Variables/PIPELINE_CONFIG",
            1.into(),
            2.into(),
        )];
        let mut changes = vec![change];
        mark(&mut changes, &template(before.0, before.1), &template(after.0, after.1));
        changes.remove(0)
    }

    #[test]
    fn other_keys_of_the_index_are_an_interruption_that_names_them() {
        for (before, after, words) in [
            (
                (1, 1),
                (2, 2),
                "over 2 keys of the status index, 1 before: readers of it must now read `PROCESSED`, `PROCESSED#0` and `PROCESSED#1`",
            ),
            (
                (6, 6),
                (1, 6),
                "over 1 key of the status index, 6 before: readers of it must now read `PROCESSED` and each of `PROCESSED#0` to `PROCESSED#5`",
            ),
            ((4, 8), (2, 8), "`PROCESSED#7`"),
            ((4, 4), (9, 9), "`PROCESSED#8`"),
        ] {
            let change = marked(before, after);
            assert!(change.why.contains(words), "{}", change.why);
            assert_eq!(change.risk, Risk::Interruption);
        }
        let same = marked((4, 8), (4, 8));
        assert_eq!((same.risk, same.why.as_str()), (Risk::None, ""));
    }
}
