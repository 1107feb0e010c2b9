use camino::Utf8PathBuf;
use clap::Args;

use super::{Outcome, spec};
use crate::diagnostic::Exit;
use crate::render::{render, row_schema};
use crate::report::Console;
use crate::sandbox::Process;
use crate::spec::json_schema;

/// Print the JSON Schema of a spec, or of the rows that a spec makes.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Print the schema of this spec's rows as they are stored, with DynamoDB's types and the keys of table and indexes.
    #[arg(long, value_name = "SPEC")]
    row: Option<Utf8PathBuf>,
}

pub(crate) fn run(arguments: &Arguments, console: &mut Console) -> Outcome {
    let schema = match &arguments.row {
        None => json_schema(),
        Some(path) => {
            let checked = spec::load(path, console)?;
            row_schema(checked.spec(), &render(&checked, &Process)?.parsed)
        }
    };
    console.json(&format!("{schema:#}"))?;
    Ok(Exit::Done)
}
