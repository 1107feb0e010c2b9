//! The end of `dev`: retains what `--keep` selects.

use super::super::reporter::Reporter;
use super::super::{Stop, spec};
use super::Keep;
use super::turn::Work;
use super::view::show_event;
use crate::deploy::{Consent, Session, destroy, leaving, local_error, observe_settled, open};
use crate::local::{self, Folders};
use crate::report::{Console, DevEvent};
use crate::spec::Spec;
use crate::stack::Phase;

impl Work<'_> {
    /// Stops and deletes what is not retained, and reports what remains.
    pub(super) async fn leave(&mut self, console: &mut Console) -> Result<(), Stop> {
        let keep = self.arguments.keep;
        if keep != Keep::All {
            self.remove(console).await?;
        }
        let left = match keep {
            Keep::All => match &self.live {
                Some(live) => format!(
                    "the pipeline and the local cloud keep running; `{}` and `pipectl local down` stop them",
                    live.session.command("destroy", "")
                ),
                None => "the local cloud keeps running; `pipectl local down` stops it".to_owned(),
            },
            Keep::Cloud => {
                "the pipeline is deleted; the local cloud keeps running, `pipectl local down` stops it"
                    .to_owned()
            }
            Keep::Nothing if self.ran => {
                "the pipeline is deleted; the local cloud ran before and keeps running".to_owned()
            }
            Keep::Nothing => {
                let folders = Folders::from_environment().map_err(local_error)?;
                local::down(&folders, &mut |_| {}).map_err(local_error)?;
                "the pipeline is deleted and the local cloud is stopped".to_owned()
            }
        };
        show_event(&DevEvent::Ended(left), console);
        Ok(())
    }

    /// Deletes the pipeline, with the guards of every destroy: a table without retention is deleted only with consent.
    async fn remove(&self, console: &mut Console) -> Result<(), Stop> {
        let Some(live) = &self.live else { return self.remove_beginnings(console).await };
        self.remove_of(&live.session, &live.spec, console).await
    }

    /// Deletes the remains of an interrupted first apply.
    async fn remove_beginnings(&self, console: &mut Console) -> Result<(), Stop> {
        let checked = spec::load(self.path(), console)?;
        let session = open(&self.target, self.path(), checked.spec(), &mut Reporter::new(console)).await?;
        self.remove_of(&session, checked.spec(), console).await
    }

    async fn remove_of(&self, session: &Session, spec: &Spec, console: &mut Console) -> Result<(), Stop> {
        let mut reporter = Reporter::new(console);
        // The running apply must end first.
        let _state = observe_settled(session, &mut reporter).await;
        let Some(stack) = session.stack().await?.filter(|stack| stack.status.phase() != Phase::Deleted)
        else {
            return Ok(());
        };
        let going = leaving(session, &stack).await?;
        let consent = Consent { yes: true, accepted: self.arguments.accept.clone() };
        destroy(session, spec, stack, going, false, &consent, &mut reporter).await?;
        Ok(())
    }
}
