use clap::Args;

use super::{Outcome, parse};
use crate::diagnostic::Exit;
use crate::report::Console;

/// Print the man page of pipectl, or of one command.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The command, such as in `pipectl man apply | man -l -` or `pipectl man dlq list`.
    command: Vec<String>,
}

pub(crate) fn run(arguments: &Arguments, console: &mut Console) -> Outcome {
    let mut whole = parse::described();
    whole.build();
    let mut page = whole;
    for name in &arguments.command {
        page = match page.find_subcommand(name) {
            Some(command) => command.clone(),
            None => {
                console.complain(&format!(
                    "error: there is no command `{name}`\nhelp: `pipectl --help` lists them"
                ));
                return Ok(Exit::Usage);
            }
        };
    }
    let mut text = Vec::new();
    // Memory takes every byte.
    let _written = clap_mangen::Man::new(page).render(&mut text);
    console.file(&String::from_utf8_lossy(&text))?;
    Ok(Exit::Done)
}
