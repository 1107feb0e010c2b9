//! From the words that were typed to a command.

use clap::error::ErrorKind;
use clap::{CommandFactory as _, FromArgMatches as _};

use super::{Cli, chosen, usage};
use crate::diagnostic::Exit;
use crate::report::{Color, Console, Format};

/// What other tools call a command, and what it is called here.
const ALIASES: [(&str, &str); 5] =
    [("deploy", "apply"), ("up", "apply"), ("diff", "plan"), ("delete", "destroy"), ("check", "validate")];

/// The commands and what each takes, for those who look through all of them.
#[must_use]
pub fn commands() -> clap::Command {
    Cli::command()
}

/// The command line as shells and manuals are told of it.
pub(super) fn described() -> clap::Command {
    chosen::prepared(Cli::command(), None)
}

/// Reads the command line. Only one that lacks an argument is read again with the spec that is meant, if there is one.
///
/// # Errors
/// Help that was asked for, or wrong usage; either was written.
pub(super) fn parsed() -> Result<Cli, Exit> {
    let mut default = None;
    let mut read = aliased(Cli::command()).try_get_matches();
    if read.as_ref().is_err_and(|error| error.kind() == ErrorKind::MissingRequiredArgument) {
        default = chosen::default_spec();
        // It lives as long as the command line, which is as long as the process.
        let path: Option<&'static str> = default.as_ref().map(|(path, _)| &*path.to_string().leak());
        read = aliased(chosen::prepared(Cli::command(), path)).try_get_matches();
    }
    let read = read.and_then(|matches| {
        let cli = Cli::from_arg_matches(&matches)?;
        hint(&matches, cli.global.quiet, cli.global.color);
        chosen::remember(&matches, default);
        Ok(cli)
    });
    read.map_err(|error| usage::unparsed(&error))
}

/// The command line with the names that other tools have for commands.
fn aliased(mut command: clap::Command) -> clap::Command {
    for (alias, name) in ALIASES {
        command = command.mut_subcommand(name, |sub| sub.alias(alias));
    }
    command
}

/// Says what a command is called here that another tool calls otherwise.
fn hint(matches: &clap::ArgMatches, quiet: bool, color: Color) {
    let Some(name) = matches.subcommand_name() else { return };
    let typed = |word: String| ALIASES.iter().find(|(alias, of)| *alias == word && *of == name);
    if let Some((alias, name)) = std::env::args().skip(1).find_map(typed) {
        let mut console = Console::new(Format::Human, color, quiet, false);
        console.note(&format!("  {:<14}`{alias}` is `pipectl {name}`", "hint"));
    }
}
