//! `apply --verify`: verifies the former version, then the new one; rolls back if the new one breaks a hop that was not
//! broken.

use std::collections::BTreeSet;
use std::time::Duration;

use super::reporter::Reporter;
use super::verified::{TIMEOUT, Trial};
use super::verify::broken;
use super::{Outcome, Stop};
use crate::deploy::{
    Applied, Consent, DeployedState, Options, Session, apply, observe, planned, wanted_again,
};
use crate::diagnostic::{Exit, Failure};
use crate::operate::RuleSample;
use crate::report::{Console, Format, Verification, verification_text};
use crate::spec::Spec;
use crate::stack::Stack;

/// What is needed to verify before and after an apply, and to roll back.
pub(super) struct Guard<'a> {
    pub(super) spec: &'a Spec,
    pub(super) samples: Vec<RuleSample>,
    /// The state of the stack before the apply.
    pub(super) deployed_state: &'a DeployedState,
    /// Whether the user accepted that it is production.
    pub(super) yes: bool,
}

/// The verification of the former version.
pub(super) struct Before {
    /// `None`: there was no pipeline.
    found: Option<Verification>,
}

impl Guard<'_> {
    /// Verifies the version that runs. A hop that is already broken is reported, and is not a reason to roll back
    /// later.
    pub(super) async fn before(&self, session: &mut Session, console: &mut Console) -> Result<Before, Stop> {
        let Some(stack) = self.deployed_state.present() else { return Ok(Before { found: None }) };
        console.note("  verify        the version that runs");
        let found = self.trial(session, self.yes, stack, console).await?;
        if !found.verified {
            console.complain(
                "  verify        already broken before this apply: not a reason to roll back later",
            );
        }
        Ok(Before { found: Some(found) })
    }

    /// Verifies the new version.
    pub(super) async fn after(
        &self,
        session: &mut Session,
        before: Before,
        applied: &Applied,
        console: &mut Console,
    ) -> Outcome {
        console.note("  verify        the new version");
        let stack = session.pipeline().await?;
        // Accepted together with the apply.
        let found = self.trial(session, true, &stack, console).await?;
        let Some(failure) = broken(&found, session) else { return Ok(Exit::Done) };
        let Some(former) = before.found else {
            let help = format!("remove it with `{}`, or fix it", session.command("destroy", ""));
            return Err(with(failure, "; the first version is retained", Some(help)));
        };
        if !is_new(&former, &found) {
            return Err(with(failure, "; it was broken before this apply, so nothing is rolled back", None));
        }
        if !applied.changed() {
            return Err(with(
                failure,
                "; this apply changed nothing, so there is nothing to go back to",
                None,
            ));
        }
        self.back(session, failure, console).await
    }

    /// Verifies a stack by the names in its own template: if the spec was edited, those of the former version differ.
    async fn trial(
        &self,
        session: &mut Session,
        yes: bool,
        stack: &Stack,
        console: &mut Console,
    ) -> Result<Verification, Stop> {
        let timeout = Duration::from_secs(TIMEOUT);
        let wanted = session.names.clone();
        let named = session.use_deployed_names(stack, &mut Reporter::new(console)).await;
        let trial = Trial { session, spec: self.spec, samples: &self.samples, timeout, yes };
        let found = match named {
            Ok(_) => trial.run(stack, console).await,
            Err(failure) => Err(failure.into()),
        };
        session.names = wanted;
        let found = found?;
        match console.format {
            Format::Human => console.note(&verification_text(&found, true)),
            Format::Json => {
                let mut line = serde_json::to_value(&found).unwrap_or_default();
                line["event"] = "verification".into();
                console.line(&line.to_string());
            }
        }
        Ok(found)
    }

    /// Rolls back to the former version, with the same guards. No loss of data was accepted for this.
    async fn back(&self, session: &mut Session, failure: Failure, console: &mut Console) -> Outcome {
        let by_hand = session.command("rollback", "");
        let unable = |failure: Failure, why: Failure| {
            let why = first_message(&why);
            let help = format!("run `{by_hand}` to see what a rollback needs");
            with(failure, &format!("; it is not rolled back: {why}"), Some(help))
        };
        console.note("  verify        the new version is broken: rolling back to the former one");
        match self.rolled_back(session, console).await {
            Ok(()) => {}
            Err(Stop::Failure(why)) => return Err(unable(failure, why)),
            Err(stop) => return Err(stop),
        }
        let found = match session.pipeline().await {
            Ok(stack) => self.trial(session, true, &stack, console).await,
            Err(failure) => Err(failure.into()),
        };
        // The new version is broken, whatever this verification finds.
        let state = match found {
            Ok(Verification { verified: true, .. }) => "which is verified".to_owned(),
            Ok(_) => "which is broken, too".to_owned(),
            Err(Stop::Failure(why)) => format!("which could not be verified: {}", first_message(&why)),
            Err(stop) => return Err(stop),
        };
        let help = "the spec still describes the newer version: correct it before the next apply".to_owned();
        Err(with(failure, &format!("; rolled back to the former version, {state}"), Some(help)))
    }

    async fn rolled_back(&self, session: &Session, console: &mut Console) -> Result<(), Stop> {
        let Some(former) = self.deployed_state.content().cloned() else { return Ok(()) };
        let mut wanted = wanted_again(session, self.spec, former).await?;
        let deployed_state = observe(session).await?;
        let mut reporter = Reporter::new(console);
        let plan = planned(session, &mut wanted, &deployed_state, None, &mut reporter).await?;
        let consent = Consent { yes: true, accepted: Vec::new() };
        let options = Options { express: false, rolls_back: true };
        apply(session, &wanted, &deployed_state, plan, &consent, &options, &mut reporter).await?;
        Ok(())
    }
}

/// Whether a hop is broken that was not broken before. A lost canary is new only if one was sent before, or if nothing
/// was broken.
fn is_new(before: &Verification, after: &Verification) -> bool {
    let hops = |found: &Verification| -> BTreeSet<(crate::verify::Hop, String)> {
        let broken = found.checks.iter().filter(|line| line.check.state == crate::verify::State::Broken);
        broken.map(|line| (line.check.hop, line.check.resource.clone())).collect()
    };
    let lost = after.canary.hop.is_some() && before.verified;
    lost || hops(after).difference(&hops(before)).next().is_some()
}

fn first_message(failure: &Failure) -> String {
    failure.diagnostics.first().map(|one| one.message.clone()).unwrap_or_default()
}

/// The failure, extended by what was done about it.
fn with(mut failure: Failure, what: &str, help: Option<String>) -> Stop {
    failure.exit = Exit::NotVerified;
    if let Some(first) = failure.diagnostics.first_mut() {
        first.message.push_str(what);
        first.help = help.or(first.help.take());
    }
    Stop::Failure(failure)
}
