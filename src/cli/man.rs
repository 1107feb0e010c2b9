use clap::Args;
use serde_json::json;

use super::{Outcome, Stop, parse};
use crate::diagnostic::{Diagnostic, Exit, Failure, codes};
use crate::report::{Console, Format};
use crate::validate::nearest;

/// Print the man page of pipectl, or of one command.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The command, as in `pipectl man apply | man -l -` or `pipectl man dlq list`.
    command: Vec<String>,
}

pub(crate) fn run(arguments: &Arguments, console: &mut Console) -> Outcome {
    let mut page = parse::described();
    page.build();
    for name in &arguments.command {
        page = match page.find_subcommand(name) {
            Some(command) => command.clone(),
            None => return Err(unknown(&page, name)),
        };
    }
    let mut text = Vec::new();
    // Writing to memory cannot fail.
    let _written = clap_mangen::Man::new(page).render(&mut text);
    let page = String::from_utf8_lossy(&text);
    match console.format {
        Format::Human => console.file(&page)?,
        Format::Json => {
            let command = Some(arguments.command.join(" ")).filter(|name| !name.is_empty());
            console.data(&json!({"version": 1, "command": command, "page": page}).to_string())?;
        }
    }
    Ok(Exit::Done)
}

fn unknown(command: &clap::Command, name: &str) -> Stop {
    let help = match nearest(name, command.get_subcommands().map(clap::Command::get_name)) {
        Some(suggestion) => format!("did you mean `{suggestion}`?"),
        None => format!("`{} --help` lists them", command.get_name()),
    };
    let diagnostic = Diagnostic::error(codes::USAGE_WRONG, format!("there is no command `{name}`"));
    Failure::new(Exit::Usage, diagnostic.help(help)).into()
}
