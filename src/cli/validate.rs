use clap::Args;

use super::Outcome;
use crate::diagnostic::Exit;
use crate::report::Console;

#[derive(Debug, Args)]
pub(crate) struct Arguments {}

pub(crate) fn run(_: &Arguments, _: &mut Console) -> Outcome {
    Ok(Exit::Done)
}
