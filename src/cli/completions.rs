use clap::Args;
use clap_complete::Shell;

use super::{Outcome, parse};
use crate::diagnostic::Exit;
use crate::report::Console;

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
    console.file(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}
