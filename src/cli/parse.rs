//! Parses the command line into a command.

use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory as _, FromArgMatches as _};

use super::{Cli, chosen, usage};
use crate::deploy::note_consent;
use crate::diagnostic::Exit;
use crate::report::{Console, Format};

/// Other tools' names of commands, and pipectl's names.
const ALIASES: [(&str, &[&str]); 6] = [
    ("deploy", &["apply"]),
    ("up", &["apply"]),
    ("diff", &["plan"]),
    ("delete", &["destroy"]),
    ("check", &["validate"]),
    ("tail", &["logs", "--follow"]),
];
/// Flags that give consent in advance, and whether each takes no value.
const CONSENTS: [(&str, bool); 6] = [
    ("yes", true),
    ("accept", false),
    ("lift_protection", true),
    ("force", true),
    ("skip", false),
    ("retain", false),
];

/// All commands with their arguments, for tests and generated reference pages.
#[must_use]
pub fn commands() -> clap::Command {
    Cli::command()
}

/// The command line as completions and man pages describe it.
pub(super) fn described() -> clap::Command {
    chosen::prepared(Cli::command(), None)
}

/// Parses the command line. Only if an argument is missing, it is parsed again with the default spec, if there is one.
///
/// # Errors
/// A request for help, or a usage error; either was printed.
pub(super) fn parsed() -> Result<Cli, Exit> {
    let mut default = None;
    let (words, alias) = translated(std::env::args_os().collect());
    let mut read = aliased(Cli::command()).try_get_matches_from(&words);
    if read.as_ref().is_err_and(|error| error.kind() == ErrorKind::MissingRequiredArgument) {
        default = chosen::default_spec();
        // clap needs it as long as the process runs.
        let path: Option<&'static str> = default.as_ref().map(|(path, _)| &*path.to_string().leak());
        read = aliased(chosen::prepared(Cli::command(), path)).try_get_matches_from(&words);
    }
    let read = read.and_then(|matches| {
        let cli = Cli::from_arg_matches(&matches)?;
        if let Some((alias, command)) = alias {
            let mut console = Console::new(Format::Human, cli.global.color, cli.global.quiet, false);
            console.note(&format!("  {:<14}`{alias}` is `pipectl {}`", "hint", command.join(" ")));
        }
        note_consents(&matches);
        chosen::remember(&matches, default);
        Ok((cli, matches.subcommand_name().map(str::to_owned)))
    });
    let (cli, command) = read.map_err(|error| usage::unparsed(&error))?;
    usage::check_format(cli.global.format, command.as_deref(), cli.global.color)?;
    Ok(cli)
}

/// The command line with other tools' names of commands, for their help.
fn aliased(mut command: clap::Command) -> clap::Command {
    for (alias, name) in ALIASES {
        command = command.mut_subcommand(name[0], |sub| sub.alias(alias));
    }
    command
}

/// The arguments with another tool's command name replaced by pipectl's; and the replacement.
fn translated(mut words: Vec<OsString>) -> (Vec<OsString>, Option<(&'static str, &'static [&'static str])>) {
    let known = |word: &OsString| ALIASES.iter().find(|(alias, _)| word == alias).copied();
    if !words.iter().any(|word| known(word).is_some()) {
        return (words, None);
    }
    // clap decides whether such a word is a command or a file's name: an unknown command takes all arguments after it.
    let read = Cli::command().allow_external_subcommands(true).try_get_matches_from(&words);
    let Some((name, remainder)) = read.as_ref().ok().and_then(|matches| matches.subcommand()) else {
        return (words, None);
    };
    let Some((alias, command)) = known(&name.into()) else { return (words, None) };
    let remainder: Vec<&OsString> = remainder.get_many("").unwrap_or_default().collect();
    let location = words.len() - remainder.len() - 1;
    let missing: Vec<OsString> = command
        .iter()
        .filter(|word| !remainder.iter().any(|given| given == *word))
        .map(|word| OsString::from(*word))
        .collect();
    words.splice(location..=location, missing);
    (words, Some((alias, command)))
}

/// Records the consent flags of the command line as evidence.
fn note_consents(matches: &ArgMatches) {
    let leaf = chosen::leaf(matches);
    for (id, is_flag) in CONSENTS {
        let is_given =
            leaf.ids().any(|known| known == id) && leaf.value_source(id) == Some(ValueSource::CommandLine);
        let flag = format!("--{}", id.replace('_', "-"));
        match leaf.try_get_raw(id) {
            Ok(Some(_)) if is_given && is_flag => note_consent(flag),
            Ok(Some(values)) if is_given => {
                values.for_each(|value| note_consent(format!("{flag} {}", value.to_string_lossy())));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_command_is_translated() {
        let translated_line = |line: &str| {
            let (words, alias) = translated(line.split(' ').map(OsString::from).collect());
            let words: Vec<String> = words.iter().map(|word| word.to_string_lossy().into_owned()).collect();
            (words.join(" "), alias.map(|(alias, _)| alias))
        };
        for (line, expected, alias) in [
            ("pipectl deploy deploy", "pipectl apply deploy", Some("deploy")),
            ("pipectl --profile up up s.yaml", "pipectl --profile up apply s.yaml", Some("up")),
            ("pipectl -q diff --offline", "pipectl -q plan --offline", Some("diff")),
            ("pipectl delete", "pipectl destroy", Some("delete")),
            ("pipectl tail --since 1h", "pipectl logs --follow --since 1h", Some("tail")),
            ("pipectl tail s.yaml --follow", "pipectl logs s.yaml --follow", Some("tail")),
            ("pipectl apply deploy", "pipectl apply deploy", None),
            ("pipectl local up", "pipectl local up", None),
            ("pipectl help tail", "pipectl help tail", None),
            ("pipectl plan --no-such-flag check", "pipectl plan --no-such-flag check", None),
        ] {
            assert_eq!(translated_line(line), (expected.to_owned(), alias), "{line}");
        }
    }
}
