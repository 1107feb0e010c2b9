//! What the processor runs, beside what the deployed template says.

use serde_json::Value;

use super::artifact_store::Kept;
use super::observer::{Notice, Observer};
use super::session::Session;
use super::standing::Standing;
use super::template::is_step;
use super::wanted::Wanted;
use crate::apply::{CODE, Drift, PropertyDrift, ResourceDrift, ResourceDriftState};
use crate::diagnostic::Failure;
use crate::operate::{Code, CodeApi as _};
use crate::package::{checksum_of, key_of};
use crate::plan::Plan;
use crate::stack::{CallError, Stack};

/// The code of a function, and of the version that its alias calls.
pub(super) struct Live {
    pub(super) latest: Code,
    /// `None`: the queue calls the function itself.
    pub(super) alias: Option<Code>,
}

impl Live {
    /// Whether it runs this zip, and a version that is published next has it too.
    pub(super) fn runs(&self, sha256: &str) -> bool {
        self.alias.iter().chain([&self.latest]).all(|code| code.sha256 == sha256)
    }

    /// The name of a zip that it runs, or would run next, and that is not this one.
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

/// Whether the alias calls the version that the template publishes. While one is on trial it calls the former one.
pub(super) fn calls_published(template: &Value) -> bool {
    let called = &template["Resources"]["ProcessorAlias"]["Properties"]["FunctionVersion"];
    called["Fn::GetAtt"].is_array() || called["Fn::GetAtt"].is_string()
}

/// Other code than was deployed, which a function runs.
struct Outside {
    function: String,
    /// The names of the zips.
    deployed: String,
    running: String,
}

/// Looks whether the processor runs other code than was deployed; `None`: it does not, or there is no such function, which is
/// for drift to show. Where it cannot be seen, that is reported.
///
/// # Errors
/// AWS cannot be reached.
async fn outside(
    session: &Session,
    stack: &Stack,
    template: &Value,
    observer: &mut dyn Observer,
) -> Result<Option<Outside>, Failure> {
    let function = template["Resources"]["Processor"]["Properties"]["FunctionName"].as_str();
    let deployed = Kept::of(&stack.parameters, &session.store);
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

/// Adds to the plan that the code was changed behind CloudFormation's back.
///
/// # Errors
/// AWS cannot be reached.
pub(super) async fn see_code(
    session: &Session,
    wanted: &Wanted,
    standing: &Standing,
    plan: &mut Plan,
    observer: &mut dyn Observer,
) -> Result<(), Failure> {
    let template = standing.template().filter(|template| !is_step(template));
    let wanted = Kept::of(&wanted.parameters, &session.store);
    let (Some(stack), Some(template), Some(wanted)) = (standing.present(), template, wanted) else {
        return Ok(());
    };
    if let Some(Outside { deployed, running, .. }) = outside(session, stack, template, observer).await? {
        plan.sees_code_outside(&running, &deployed, wanted.name);
    }
    Ok(())
}

/// Adds to a drift that the processor runs other code than was deployed.
///
/// # Errors
/// AWS cannot be reached.
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
        // Cut off before the alias was moved, or after it was moved back.
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
