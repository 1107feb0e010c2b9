//! One verification of a deployed pipeline: its configuration, then a canary. For `verify` and for `apply --verify`.

use std::time::Duration;

use processor::canary::Secret;
use processor::environment::CANARY_KEY;

use super::Stop;
use super::canary::CanaryRun;
use crate::deploy::{Inspected, Session, inspect};
use crate::operate::RuleSample;
use crate::render::{config_of, spec_of};
use crate::report::{CanaryLine, CheckLine, Console, Verification};
use crate::spec::Spec;
use crate::stack::Stack;
use crate::validate::processor_config;
use crate::verify::State;

/// Seconds to wait for a canary by default.
pub(super) const TIMEOUT: u64 = 120;

/// What is verified, and how.
pub(super) struct Trial<'a> {
    pub(super) session: &'a Session,
    /// The current spec. The deployed spec is read from the stack.
    pub(super) spec: &'a Spec,
    pub(super) samples: &'a [RuleSample],
    pub(super) timeout: Duration,
    /// Whether the user accepted that it is production.
    pub(super) yes: bool,
}

impl Trial<'_> {
    /// Verifies the current stack.
    pub(super) async fn run(&self, stack: &Stack, console: &mut Console) -> Result<Verification, Stop> {
        let session = self.session;
        let Inspected { template, checks, environment } = inspect(session, stack).await?;
        let mut found = Verification {
            version: 1,
            stack: stack.name.clone(),
            verified: true,
            checks: Vec::new(),
            canary: CanaryLine::default(),
        };
        found.checks.extend(checks.into_iter().map(|check| {
            let repair = check.repair.as_ref().map(|repair| session.repair(repair));
            CheckLine { check, repair }
        }));
        if found.checks.iter().any(|line| line.check.state == State::Broken) {
            // It would be lost, and remain in a queue until somebody removes it.
            found.canary.why = Some("a broken hop would stop it".to_owned());
            found.verified = false;
            return Ok(found);
        }
        let deployed = spec_of(&template);
        let spec = deployed.as_ref().unwrap_or(self.spec);
        let config = config_of(&template).unwrap_or_else(|| processor_config(spec));
        let secret = environment.and_then(|variables| match variables.get(CANARY_KEY) {
            Some(key) if !key.trim().is_empty() => Ok(Secret::new(key.clone())),
            _ => {
                let apply = session.command("apply", "");
                Err(format!("the deployed processor is too old for canaries; `{apply}` deploys a newer one"))
            }
        });
        let (samples, timeout, yes) = (self.samples, self.timeout, self.yes);
        let run = CanaryRun { session, spec, config: &config, secret, samples, timeout, yes };
        found.canary = run.canary(console).await?;
        found.verified = found.canary.hop.is_none();
        Ok(found)
    }
}
