//! Compares the new schema of the detail with the deployed one: the queue, the archive and the dead-letter queue hold
//! events that were written with the deployed one.

use processor::schema::Schema;
use serde_json::Value;

use super::acceptance::Acceptance;
use super::deployed_state::DeployedState;
use super::proposal::Loss;
use super::wanted::Wanted;
use crate::diagnostic::{Exit, Failure};
use crate::plan::breaks;

/// Breaking changes that a message lists.
const NAMED: usize = 8;

/// What must be accepted if the new schema may reject events that the deployed one accepts.
pub(super) fn contract_break(wanted: &Wanted, deployed_state: &DeployedState) -> Option<Loss> {
    let deployed = deployed_state.deployed.as_ref()?;
    let mut found = found(&deployed.template, &wanted.template.parsed)?;
    let more = found.len().saturating_sub(NAMED);
    found.truncate(NAMED);
    if more > 0 {
        found.push(format!("and {more} more"));
    }
    Some(Loss {
        accept: Acceptance::ContractBreak,
        message: format!(
            "the schema may reject events that the deployed schema accepts, and that the queue, the archive or the dead letters may still contain: {}",
            found.join("; ")
        ),
        instead: Some("change the schema so that it accepts these events".to_owned()),
    })
}

/// Why a breaking schema is refused; `None` if it is accepted or there is none.
#[must_use]
pub fn refusal_of_break(
    wanted: &Wanted,
    deployed_state: &DeployedState,
    accepted: &[Acceptance],
) -> Option<Failure> {
    let loss = contract_break(wanted, deployed_state).filter(|loss| !accepted.contains(&loss.accept))?;
    Some(Failure::new(Exit::Refused, loss.diagnostic()))
}

/// The breaking changes between two templates; `None` if there are none, or nothing can be compared.
fn found(deployed: &Value, wanted: &Value) -> Option<Vec<String>> {
    let schema = |template: &Value| {
        let made_from = &template["Metadata"]["pipectl"]["schema"];
        Some((made_from["document"].as_str()?.to_owned(), made_from["compatibility"] == "backward"))
    };
    let (next, is_backward) = schema(wanted)?;
    let (former, _) = schema(deployed).filter(|_| is_backward)?;
    let found = match (Schema::read(&former), Schema::read(&next)) {
        (Ok(former), Ok(next)) => breaks(&former, &next),
        _ => vec!["this pipectl cannot read the deployed schema, so the change is not checked".to_owned()],
    };
    Some(found).filter(|found| !found.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_a_schema_that_promises_to_be_compatible_is_compared() {
        let template = |compatibility: &str, document: &str| json!({"Metadata": {"pipectl": {"schema": {"compatibility": compatibility, "document": document}}}});
        let (wide, narrow) = ("{}", r#"{"required":["a"]}"#);
        let now = template("backward", narrow);
        assert_eq!(
            found(&template("none", wide), &now),
            Some(vec!["the detail: `a` is required now".to_owned()])
        );
        assert_eq!(found(&template("backward", wide), &template("none", narrow)), None);
        assert_eq!(found(&now, &template("backward", wide)), None);
        assert_eq!(found(&json!({}), &now), None);
        assert_eq!(found(&now, &json!({})), None);
        assert!(found(&template("backward", "{"), &now).is_some());
    }
}
