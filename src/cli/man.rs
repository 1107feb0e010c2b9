use clap::{Args, CommandFactory as _};
use serde_json::json;

use super::{Cli, Outcome, Stop};
use crate::diagnostic::{Diagnostic, Exit, Failure, codes};
use crate::report::{Console, Format};
use crate::validate::nearest;

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
            None => return Err(unknown(&whole, name)),
        },
    };
    let mut text = Vec::new();
    // Memory takes every byte.
    let _written = clap_mangen::Man::new(page).render(&mut text);
    let page = String::from_utf8_lossy(&text);
    match console.format {
        Format::Human => console.file(&page)?,
        Format::Json => {
            let document = json!({"version": 1, "command": arguments.command, "page": page});
            console.data(&document.to_string())?;
        }
    }
    Ok(Exit::Done)
}

fn unknown(whole: &clap::Command, name: &str) -> Stop {
    let help = match nearest(name, whole.get_subcommands().map(clap::Command::get_name)) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => "`pipectl --help` lists them".to_owned(),
    };
    let diagnostic = Diagnostic::error(codes::USAGE_WRONG, format!("there is no command `{name}`"));
    Failure::new(Exit::Usage, diagnostic.help(help)).into()
}
