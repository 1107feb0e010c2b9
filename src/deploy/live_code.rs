//! The code that the processor runs, compared with the deployed template.

use serde_json::Value;

use super::artifact_store::StoredArtifact;
use super::deployed_state::DeployedState;
use super::observer::{Notice, Observer};
use super::session::Session;
use super::template::is_step;
use super::wanted::Wanted;
use crate::apply::{CODE, Drift, PropertyDrift, ResourceDrift, ResourceDriftState};
use crate::diagnostic::Failure;
use crate::operate::{Code, CodeApi as _};
use crate::package::{checksum_of, key_of};
use crate::plan::Plan;
use crate::stack::{CallError, Stack};

/// The code of a function, and of the version that its alias invokes.
pub(super) struct Live {
    pub(super) latest: Code,
    /// `None`: the queue invokes the function itself.
    pub(super) alias: Option<Code>,
}

impl Live {
    /// Whether it runs this zip, and the next published version would, too.
    pub(super) fn runs(&self, sha256: &str) -> bool {
        self.alias.iter().chain([&self.latest]).all(|code| code.sha256 == sha256)
    }

    /// The name of another zip that it runs, or would run next; `None` if there is none.
    fn other_than(&self, sha256: &str) -> Option<String> {
        let codes = self.alias.iter().chain([&self.latest]);
        codes.map(|code| &code.sha256).find(|found| *found != sha256).map(|found| key_of(found))
    }
}

/// `None`: there is no such function.
pub(super) async fn live(
    session: &Session,
    template: &Value,
    function: &str,
) -> Result<Option<Live>, CallError> {
    let clients = &session.clients;
    if !calls_published(template) {
        let latest = clients.latest_code(function).await?;
        return Ok(latest.map(|latest| Live { latest, alias: None }));
    }
    let (latest, alias) = tokio::try_join!(clients.latest_code(function), clients.live_code(function))?;
    Ok(latest.map(|latest| Live { latest, alias }))
}

/// Whether the alias invokes the version that the template publishes. While one has part of the traffic, the alias
/// invokes the former one.
pub(super) fn calls_published(template: &Value) -> bool {
    let called = &template["Resources"]["ProcessorAlias"]["Properties"]["FunctionVersion"];
    called["Fn::GetAtt"].is_array() || called["Fn::GetAtt"].is_string()
}

/// Code that a function runs and that was not deployed by the stack.
struct Outside {
    function: String,
    /// The names of the zips.
    deployed: String,
    running: String,
}

/// The code that the processor runs, if it was not deployed by the stack. `None`: it was, or there is no such function,
/// which is drift. If the caller may not read it, that is reported.
///
/// # Errors
/// AWS is unreachable.
async fn outside(
    session: &Session,
    stack: &Stack,
    template: &Value,
    observer: &mut dyn Observer,
) -> Result<Option<Outside>, Failure> {
    let function = template["Resources"]["Processor"]["Properties"]["FunctionName"].as_str();
    let deployed = StoredArtifact::of(&stack.parameters, &session.store);
    let (Some(function), Some(deployed)) = (function, deployed) else { return Ok(None) };
    let Some(sha256) = checksum_of(deployed.name) else { return Ok(None) };
    match live(session, template, function).await {
        Ok(live) => Ok(live.and_then(|live| live.other_than(&sha256)).map(|running| Outside {
            function: function.to_owned(),
            deployed: deployed.name.to_owned(),
            running,
        })),
        Err(error) if error.is_unreachable() => Err(error.into()),
        Err(error) => {
            let line =
                format!("  not checked   whether the processor runs the code that was deployed: {error}");
            observer.notice(Notice::Warning(&line));
            Ok(None)
        }
    }
}

/// Adds to the plan that the code was changed outside of CloudFormation.
///
/// # Errors
/// AWS is unreachable.
pub(super) async fn see_code(
    session: &Session,
    wanted: &Wanted,
    deployed_state: &DeployedState,
    plan: &mut Plan,
    observer: &mut dyn Observer,
) -> Result<(), Failure> {
    let template = deployed_state.template().filter(|template| !is_step(template));
    let wanted = StoredArtifact::of(&wanted.parameters, &session.store);
    let (Some(stack), Some(template), Some(wanted)) = (deployed_state.present(), template, wanted) else {
        return Ok(());
    };
    if let Some(Outside { deployed, running, .. }) = outside(session, stack, template, observer).await? {
        plan.sees_code_outside(&running, &deployed, wanted.name);
    }
    Ok(())
}

/// Adds to the drift that the processor runs code that was not deployed by the stack.
///
/// # Errors
/// AWS is unreachable.
pub(super) async fn see_drift_of_code(
    session: &Session,
    stack: &Stack,
    template: &Value,
    drift: &mut Drift,
    observer: &mut dyn Observer,
) -> Result<(), Failure> {
    let Some(Outside { function, deployed, running }) = outside(session, stack, template, observer).await?
    else {
        return Ok(());
    };
    let code = PropertyDrift { path: CODE.to_owned(), expected: Some(deployed), actual: Some(running) };
    drift.add_code(ResourceDrift {
        logical_id: "Processor".to_owned(),
        resource_type: "AWS::Lambda::Function".to_owned(),
        physical_id: function,
        state: ResourceDriftState::Modified,
        properties: vec![code],
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn code(sha256: &str) -> Code {
        let text = String::new;
        Code {
            sha256: sha256.to_owned(),
            version: text(),
            last_update: text(),
            reason: None,
            revision: Some(text()),
        }
    }

    #[test]
    fn both_the_function_and_what_its_alias_calls_count() {
        let runs = |latest: &str, alias: Option<&str>| {
            Live { latest: code(latest), alias: alias.map(code) }.runs("a")
        };
        assert!(runs("a", None) && runs("a", Some("a")));
        // Interrupted before the alias was moved, or after it was moved back.
        assert!(!runs("b", Some("a")) && !runs("a", Some("b")) && !runs("b", None));
    }

    #[test]
    fn a_version_on_trial_is_not_the_one_that_is_called() {
        let template = |version: Value| json!({"Resources": {"ProcessorAlias": {"Properties": {"FunctionVersion": version}}}});
        assert!(calls_published(&template(json!({"Fn::GetAtt": ["ProcessorVersion", "Version"]}))));
        assert!(!calls_published(&template(json!("7"))));
        assert!(!calls_published(&json!({"Resources": {}})));
    }
}
