use clap::{Args, CommandFactory as _};

use super::{Cli, Outcome};
use crate::diagnostic::Exit;
use crate::report::Console;

/// Print the man page of pipectl, or of one command.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The command, such as in `pipectl man apply | man -l -`.
    command: Option<String>,
}

pub(crate) fn run(arguments: &Arguments, console: &mut Console) -> Outcome {
    let mut whole = Cli::command();
    whole.build();
    let page = match &arguments.command {
        None => whole,
        Some(name) => match whole.find_subcommand(name) {
            Some(command) => command.clone(),
            None => {
                console.complain(&format!(
                    "error: there is no command `{name}`\nhelp: `pipectl --help` lists them"
                ));
                return Ok(Exit::Usage);
            }
        },
    };
    let mut text = Vec::new();
    // Memory takes every byte.
    let _written = clap_mangen::Man::new(page).render(&mut text);
    console.file(&String::from_utf8_lossy(&text))?;
    Ok(Exit::Done)
}
