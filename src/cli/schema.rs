use clap::Args;

use super::Outcome;
use crate::diagnostic::Exit;
use crate::report::Console;
use crate::spec::json_schema;

/// Print the JSON Schema of a spec.
#[derive(Debug, Args)]
pub(crate) struct Arguments {}

pub(crate) fn run(_: &Arguments, console: &mut Console) -> Outcome {
    console.json(&format!("{:#}", json_schema()))?;
    Ok(Exit::Done)
}
