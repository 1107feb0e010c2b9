use clap::Args;

use super::explain::Explainer;
use super::run::QueueRun;
use super::selection::Selection;
use super::sending::{How, Sending};
use crate::cli::Outcome;
use crate::report::Console;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) selection: Selection,
    #[command(flatten)]
    pub(super) how: How,
}

pub(super) async fn redrive(
    arguments: &Arguments,
    explainer: &Explainer<'_>,
    run: QueueRun<'_>,
    console: &mut Console,
) -> Outcome {
    let Arguments { selection, how } = arguments;
    let (flags, recorded) = (selection.flags(), selection.flags());
    let sending = Sending { verb: "redrive", selection, how, change: None, flags, recorded };
    sending.carry_out(explainer, run, console).await
}
