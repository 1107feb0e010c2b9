//! What an older pipectl would remove that a newer one added.

use semver::Version;
use serde_json::Value;

use super::acceptance::Acceptance;
use super::deployed_state::DeployedState;
use super::proposal::Loss;

/// An older pipectl would silently remove what a newer one added to a stack: that must be accepted.
pub(super) fn downgrade(deployed_state: &DeployedState) -> Option<Loss> {
    let deployed = deployed_state.deployed.as_ref()?;
    let theirs = newer(&deployed.template, env!("CARGO_PKG_VERSION"))?;
    Some(Loss {
        accept: Acceptance::Downgrade,
        message: format!(
            "the stack was applied last by pipectl {theirs}, and this is {}: what the newer one added would be removed",
            env!("CARGO_PKG_VERSION")
        ),
        instead: Some(format!("install pipectl {theirs} or newer")),
    })
}

/// What must be accepted to change a stack that a newer pipectl applied.
#[must_use]
pub fn accepts_downgrade(deployed_state: &DeployedState) -> Option<Acceptance> {
    downgrade(deployed_state).map(|loss| loss.accept)
}

/// The version that rendered a template, if it is newer than `ours`.
fn newer(template: &Value, ours: &str) -> Option<Version> {
    let theirs = template["Metadata"]["pipectl"]["version"].as_str()?;
    let (theirs, ours) = (Version::parse(theirs).ok()?, Version::parse(ours).ok()?);
    (theirs > ours).then_some(theirs)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_a_newer_pipectl_blocks_an_apply() {
        let made_by = |version: &str| json!({"Metadata": {"pipectl": {"version": version}}});
        assert_eq!(newer(&made_by("0.2.0"), "0.1.0").map(|one| one.to_string()).as_deref(), Some("0.2.0"));
        assert_eq!(newer(&made_by("0.10.0"), "0.9.1").map(|one| one.to_string()).as_deref(), Some("0.10.0"));
        for version in ["0.1.0", "0.0.9", "unknown"] {
            assert_eq!(newer(&made_by(version), "0.1.0"), None, "{version}");
        }
        assert_eq!(newer(&json!({}), "0.1.0"), None);
    }
}
