use clap::Args;

use crate::deploy::{Acceptance, Consent};

/// What is answered before it is asked.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct Answers {
    /// Answer the ordinary question with yes. `--local` never asks.
    #[arg(long, short)]
    pub(super) yes: bool,
    /// Accept what must be accepted by name: `data-loss:EventsTable` the loss of what a resource holds, by its logical id;
    /// `adopt:EventsTable` that it becomes an existing one; `downgrade` an older pipectl; `contract-break` a
    /// schema that may refuse events which the one applied last accepts.
    #[arg(long, value_name = "WHAT")]
    pub(super) accept: Vec<Acceptance>,
}

impl Answers {
    pub(super) fn consent(&self) -> Consent {
        Consent { yes: self.yes, accepted: self.accept.clone() }
    }
}
