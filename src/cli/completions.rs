use clap::Args;
use clap_complete::Shell;
use serde_json::json;

use super::{Outcome, parse};
use crate::diagnostic::Exit;
use crate::report::{Console, Format};

/// Print the completion script of a shell.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The shell, such as in `pipectl completions bash > /etc/bash_completion.d/pipectl`.
    #[arg(value_enum)]
    shell: Shell,
}

pub(crate) fn run(arguments: &Arguments, console: &mut Console) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut parse::described(), "pipectl", &mut script);
    let script = String::from_utf8_lossy(&script);
    match console.format {
        Format::Human => console.file(&script)?,
        Format::Json => {
            let shell = arguments.shell.to_string();
            console.data(&json!({"version": 1, "shell": shell, "script": script}).to_string())?;
        }
    }
    Ok(Exit::Done)
}
