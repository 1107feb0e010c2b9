//! The arguments `--yes` and `--accept`.

use clap::Args;

use crate::deploy::{Acceptance, Consent};

/// Answers to questions, given in advance.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct Answers {
    /// Answer the question with yes. `--local` never asks.
    #[arg(long, short)]
    pub(super) yes: bool,
    /// Accept a risk by name: `data-loss:EventsTable`, the loss of the data in the resource with this logical id;
    /// `adopt:EventsTable`, that an existing resource becomes this one; `downgrade`, an older pipectl;
    /// `contract-break`, a schema that may reject events which the deployed schema accepts.
    #[arg(long, value_name = "WHAT")]
    pub(super) accept: Vec<Acceptance>,
}

impl Answers {
    pub(super) fn consent(&self) -> Consent {
        Consent { yes: self.yes, accepted: self.accept.clone() }
    }
}
