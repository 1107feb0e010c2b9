use camino::Utf8PathBuf;
use clap::Args;
use serde_json::json;

use super::{Global, Outcome, runtime, spec};
use crate::diagnostic::Exit;
use crate::report::{Console, Format, pairs, printable};

/// Print the outputs of the deployed stack, such as its queue's URL and its table's name.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The spec.
    spec: Utf8PathBuf,
}

pub(crate) fn run(arguments: &Arguments, global: &Global, console: &mut Console) -> Outcome {
    let checked = spec::load(&arguments.spec, console)?;
    runtime::run(global, async {
        let session = runtime::session(global, &arguments.spec, checked.spec(), console).await?;
        let stack = session.pipeline().await?;
        match console.format {
            Format::Human => {
                let outputs = stack.outputs.iter();
                console.data(&pairs(outputs.map(|(name, value)| (name.as_str(), printable(value)))))?;
            }
            Format::Json => {
                let document = json!({"version": 1, "stack": stack.name, "outputs": stack.outputs});
                console.data(&document.to_string())?;
            }
        }
        Ok(Exit::Done)
    })
}
