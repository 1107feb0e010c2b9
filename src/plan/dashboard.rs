//! Whether a dashboard of that name exists, perhaps of another region's stack.

use serde_json::Value;

use crate::diagnostic::{Diagnostic, codes};

/// Why the stack cannot create its dashboard: another one of this name exists, perhaps of a stack in another region,
/// because a dashboard's name is unique in an account across regions. `body` is that of the existing dashboard, or `None`
/// if there is none; `is_ours` says that this stack created it, and so retains it.
#[must_use]
pub fn dashboard_taken(name: &str, region: &str, is_ours: bool, body: Option<&str>) -> Option<Diagnostic> {
    let body = body.filter(|_| !is_ours)?;
    let theirs = serde_json::from_str(body).ok().and_then(|body: Value| region_of(&body));
    let message = match theirs.filter(|theirs| theirs != region) {
        Some(theirs) => format!(
            "the dashboard `{name}` already exists, for a stack in `{theirs}`: dashboard names are unique in an account across all regions"
        ),
        None => format!("the dashboard `{name}` already exists, but this stack did not create it"),
    };
    let help =
        format!("write `names: {{dashboard: {name}-{region}}}`, or leave it out with `dashboard: false`");
    Some(Diagnostic::error(codes::GUARD_NAME_TAKEN, message).help(help))
}

/// The region whose metrics a dashboard shows first.
fn region_of(body: &Value) -> Option<String> {
    let widgets = body.get("widgets").and_then(Value::as_array)?;
    widgets.iter().find_map(|one| Some(one.pointer("/properties/region")?.as_str()?.to_owned()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_dashboard_of_another_region_is_refused_with_the_edit_and_ones_own_is_not() {
        let body = |region: &str| {
            json!({"widgets": [{"type": "text"}, {"type": "metric", "properties": {"region": region}}]})
                .to_string()
        };
        let taken = |is_ours, body: Option<&str>| dashboard_taken("ship-prod", "us-east-1", is_ours, body);
        assert_eq!(taken(false, None), None);
        assert_eq!(taken(true, Some(&body("eu-west-1"))), None);
        let other = taken(false, Some(&body("eu-west-1"))).expect("a refusal");
        assert!(other.message.contains("`eu-west-1`"), "{}", other.message);
        let help = other.help.expect("an edit");
        assert!(help.contains("names: {dashboard: ship-prod-us-east-1}"), "{help}");
        for body in [body("us-east-1"), "{}".to_owned(), "no JSON".to_owned()] {
            let same = taken(false, Some(&body)).expect("a refusal");
            assert!(same.message.contains("did not create it"), "{}", same.message);
        }
    }
}
