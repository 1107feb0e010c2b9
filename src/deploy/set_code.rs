//! Changes the function's code outside of CloudFormation: updates it, waits, publishes a version, and moves the alias.

use std::collections::BTreeMap;

use serde_json::Value;
use tokio::time::{Duration, Instant};

use super::artifact_store::{StoredArtifact, pins};
use super::deployed_state::busy;
use super::live_code::calls_published;
use super::session::Session;
use crate::apply::DeployEvent;
use crate::diagnostic::{Diagnostic, Exit, Failure, codes};
use crate::operate::{Code, CodeApi as _, ZipLocation};
use crate::package::checksum_of;
use crate::stack::{DriftApi as _, Phase, Stack, StackApi as _};

/// The most time that Lambda may take. In a VPC it takes a minute or two.
const PATIENCE: Duration = Duration::from_secs(600);

type Parameters = BTreeMap<String, String>;

/// The new code of a function.
#[derive(Debug)]
pub(super) struct NewCode {
    pub(super) stack: String,
    pub(super) function: String,
    /// Of the zip, in Base64.
    pub(super) sha256: String,
    zip: ZipLocation,
    called: Called,
}

/// What the queue is to invoke.
#[derive(Debug)]
enum Called {
    /// The function itself: the template has no alias.
    Function,
    /// A new version.
    Published,
    /// The version that CloudFormation published from this code.
    Former(String),
}

impl NewCode {
    /// The uploaded zip, by its parameters, as the function's new code; `None`: the stack has no function.
    ///
    /// # Errors
    /// That of the call.
    pub(super) async fn of(
        session: &Session,
        uploaded: &Parameters,
        deployed: (&Stack, &Value),
    ) -> Result<Option<Self>, Failure> {
        Self::new(session, uploaded, deployed, |_| Called::Published).await
    }

    /// The deployed zip as the function's code, with the deployed version behind the alias.
    ///
    /// # Errors
    /// That of the call.
    pub(super) async fn back(
        session: &Session,
        uploaded: &Parameters,
        deployed: (&Stack, &Value),
    ) -> Result<Option<Self>, Failure> {
        let former = |version: Option<&String>| version.cloned().map_or(Called::Published, Called::Former);
        Self::new(session, uploaded, deployed, former).await
    }

    async fn new(
        session: &Session,
        uploaded: &Parameters,
        (stack, template): (&Stack, &Value),
        called: impl FnOnce(Option<&String>) -> Called,
    ) -> Result<Option<Self>, Failure> {
        let Some(StoredArtifact { store, name, version }) = StoredArtifact::of(uploaded, &session.store)
        else {
            return Ok(None);
        };
        let Some(sha256) = checksum_of(name) else { return Ok(None) };
        let resources = session.clients.resources(&stack.id).await?;
        // Both may be ARNs; a version's ARN ends with its number.
        let names: BTreeMap<&str, String> = resources
            .iter()
            .filter(|resource| resource.exists())
            .filter_map(|one| Some((one.logical_id.as_str(), one.physical_id.rsplit(':').next()?.to_owned())))
            .collect();
        let Some(function) = names.get("Processor").cloned() else { return Ok(None) };
        // A template without a version parameter gets the newest version.
        let version = version.filter(|_| pins(template)).map(str::to_owned);
        let zip = ZipLocation { bucket: store.bucket.clone(), key: store.key(name), version };
        let called =
            if calls_published(template) { called(names.get("ProcessorVersion")) } else { Called::Function };
        Ok(Some(Self { stack: stack.name.clone(), function, sha256, zip, called }))
    }

    /// Changes the code; returns the version that is invoked now, if there are versions. After an interruption at any
    /// point, the same call continues.
    pub(super) async fn put(
        &self,
        session: &Session,
        report: &mut dyn FnMut(DeployEvent),
    ) -> Result<Option<String>, Failure> {
        // Code and settings that change at the same time could be mixed.
        if let Some(stack) = session.clients.stack(&self.stack).await?
            && stack.status.phase() == Phase::Running
        {
            return Err(busy(session, &stack));
        }
        let clients = &session.clients;
        if let Called::Former(version) = &self.called {
            clients.make_live(&self.function, version).await?;
            report(self.event("ProcessorAlias", "AWS::Lambda::Alias"));
        }
        let mut code = self.settled(session).await?;
        if code.sha256 != self.sha256 {
            clients.set_code(&self.function, &self.zip, code.revision.as_deref()).await?;
            code = self.settled(session).await?;
            self.check(&code)?;
            report(self.event("Processor", "AWS::Lambda::Function"));
        }
        match &self.called {
            Called::Function => Ok(None),
            Called::Former(version) => Ok(Some(version.clone())),
            Called::Published => {
                let words = format!("{} code only", self.zip.key);
                let version = clients.publish(&self.function, &self.sha256, &words).await?;
                clients.make_live(&self.function, &version).await?;
                report(self.event("ProcessorAlias", "AWS::Lambda::Alias"));
                Ok(Some(version))
            }
        }
    }

    /// The function's code once Lambda has finished its update.
    async fn settled(&self, session: &Session) -> Result<Code, Failure> {
        let began = Instant::now();
        loop {
            match session.clients.latest_code(&self.function).await {
                Ok(Some(code)) if !code.is_changing() => return Ok(code),
                Ok(None) => return Err(self.missing(session)),
                Err(error) if !error.is_passing() => return Err(error.into()),
                Ok(Some(_)) | Err(_) if began.elapsed() < PATIENCE => {}
                Err(error) => return Err(error.into()),
                Ok(Some(_)) => {
                    let message = format!("Lambda is still updating function `{}`", self.function);
                    let help = "run the same command again to continue";
                    let diagnostic = Diagnostic::error(codes::STACK_STILL_RUNNING, message).help(help);
                    return Err(Failure::new(Exit::Busy, diagnostic));
                }
            }
            tokio::time::sleep(session.interval()).await;
        }
    }

    /// Checks that Lambda has the bytes of the zip.
    fn check(&self, code: &Code) -> Result<(), Failure> {
        if code.last_update == "Failed" {
            let reason = code.reason.as_deref().unwrap_or("no reason was given");
            return Err(self.failed(&format!("did not take the code: {reason}")));
        }
        if code.sha256 != self.sha256 {
            return Err(self
                .failed("runs different code than it was given: somebody else changed it at the same time"));
        }
        Ok(())
    }

    fn missing(&self, session: &Session) -> Failure {
        let message = format!("function `{}` no longer exists", self.function);
        let help = format!("run `{}` to see what the stack lacks", session.command("drift", ""));
        Failure::failed(codes::STACK_OPERATION_FAILED, message, help)
    }

    fn failed(&self, what: &str) -> Failure {
        let message = format!("function `{}` {what}", self.function);
        let again = "run the same command again";
        let help = match &self.called {
            Called::Function => again.to_owned(),
            Called::Published => {
                format!("the queue still invokes the version that was live before; {again}")
            }
            Called::Former(version) => format!("the queue invokes version {version} again; {again}"),
        };
        Failure::failed(codes::STACK_OPERATION_FAILED, message, help)
    }

    fn event(&self, logical_id: &str, resource_type: &str) -> DeployEvent {
        DeployEvent::Resource {
            logical_id: logical_id.to_owned(),
            resource_type: resource_type.to_owned(),
            state: "UPDATE_COMPLETE".to_owned(),
            reason: None,
            seconds: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_code_that_was_given_counts_as_taken() {
        let text = str::to_owned;
        let new = |called| NewCode {
            stack: text("walk"),
            function: text("walk-processor"),
            sha256: text("a"),
            zip: ZipLocation { bucket: text("b"), key: text("k"), version: None },
            called,
        };
        let code = |sha256: &str, last_update: &str, reason: Option<&str>| Code {
            sha256: text(sha256),
            version: text("$LATEST"),
            last_update: text(last_update),
            reason: reason.map(text),
            revision: Some(text("r")),
        };
        let function = new(Called::Function);
        function.check(&code("a", "Successful", None)).expect("taken");
        let words = |code: &Code| function.check(code).expect_err("not taken").diagnostics[0].message.clone();
        assert!(words(&code("a", "Failed", Some("no room"))).ends_with("did not take the code: no room"));
        assert!(words(&code("b", "Successful", None)).contains("somebody else changed it"));
        // Only with an alias, the queue does not invoke failed code.
        let help = |called| {
            let failure = new(called).check(&code("b", "Successful", None)).expect_err("not taken");
            failure.diagnostics[0].help.clone().unwrap_or_default()
        };
        assert_eq!(help(Called::Function), "run the same command again");
        assert!(
            help(Called::Published).starts_with("the queue still invokes the version that was live before")
        );
        assert!(help(Called::Former(text("3"))).starts_with("the queue invokes version 3 again"));
    }
}
