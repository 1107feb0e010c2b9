//! Defaults that the command line omits: the spec of `PIPECTL_SPEC` or the only one in `specs`, and the cloud of
//! `PIPECTL_LOCAL`. Commands that can do damage require the spec's name.

use std::sync::OnceLock;

use camino::{Utf8Path, Utf8PathBuf};
use clap::parser::ValueSource;
use clap::{ArgMatches, Command, ValueHint};

use super::specs::only_spec;
use crate::diagnostic::{Failure, codes};
use crate::report::{Console, printable};
use crate::spec::Spec;

/// Sets the default spec.
const SPEC: &str = "PIPECTL_SPEC";
/// Arguments that take a spec.
const ARGUMENTS: [&str; 2] = ["spec", "specs"];
/// Commands that delete or revert something: their spec must be named.
const BY_NAME: [&str; 4] = ["destroy", "erase", "rollback", "purge"];

/// How the spec and the cloud of this run were chosen, if the command line omits them.
static CHOSEN: OnceLock<Chosen> = OnceLock::new();

/// The defaults that were chosen.
#[derive(Debug, Default)]
struct Chosen {
    /// The spec, and why it was chosen.
    spec: Option<(Utf8PathBuf, &'static str)>,
    /// Whether `PIPECTL_LOCAL` selects the local cloud.
    local: bool,
    /// The typed flag that implies AWS.
    aws: Option<&'static str>,
}

/// The default spec, and why it was chosen.
pub(super) fn default_spec() -> Option<(Utf8PathBuf, &'static str)> {
    let from_environment = std::env::var(SPEC).ok().filter(|path| !path.is_empty());
    match from_environment {
        Some(path) => Some((path.into(), "by `PIPECTL_SPEC`")),
        None => Some((only_spec()?, "the only one in `specs`")),
    }
}

/// The command line with its default spec, if any, and path completion for shells.
pub(super) fn prepared(mut command: Command, default: Option<&'static str>) -> Command {
    let names: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    for name in names {
        command = command.mut_subcommand(name, |sub| prepared(sub, default));
    }
    // Followed by another argument, it would be ambiguous which of the two is missing.
    let several = command.get_positionals().count() > 1;
    let default = default.filter(|_| !several && !BY_NAME.contains(&command.get_name()));
    // clap moves a changed argument to the end. Changed one after the other, all of them keep their order.
    let all: Vec<String> = command.get_positionals().map(|arg| arg.get_id().to_string()).collect();
    for id in all {
        let is_spec = ARGUMENTS.contains(&id.as_str());
        command = command.mut_arg(id, |arg| match default.filter(|_| arg.is_required_set()) {
            _ if !is_spec => arg,
            Some(path) => {
                let arg = arg.required(false).default_value(path).hide_default_value(true);
                arg.value_hint(ValueHint::FilePath)
            }
            None => arg.value_hint(ValueHint::FilePath),
        });
    }
    command
}

/// The arguments of the innermost command.
pub(super) fn leaf(mut matches: &ArgMatches) -> &ArgMatches {
    while let Some((_, sub)) = matches.subcommand() {
        matches = sub;
    }
    matches
}

/// Records the defaults of this run.
pub(super) fn remember(matches: &ArgMatches, default: Option<(Utf8PathBuf, &'static str)>) {
    let leaf = leaf(matches);
    let source = |id: &str| leaf.ids().any(|known| known == id).then(|| leaf.value_source(id)).flatten();
    let is_default = ARGUMENTS.iter().any(|id| source(id) == Some(ValueSource::DefaultValue));
    let local = source("local") == Some(ValueSource::EnvVariable) && leaf.get_flag("local");
    let typed = |id: &str| source(id) == Some(ValueSource::CommandLine);
    let aws = [("endpoint_url", "--endpoint-url"), ("profile", "--profile")];
    let aws = aws.into_iter().find_map(|(id, flag)| typed(id).then_some(flag));
    let _first = CHOSEN.set(Chosen { spec: default.filter(|_| is_default), local, aws });
}

/// The typed flag that implies AWS, for a command that only works on the local cloud.
pub(super) fn names_aws() -> Option<&'static str> {
    CHOSEN.get().and_then(|chosen| chosen.aws)
}

/// Prints the chosen defaults on the first line, if the command line omits them.
pub(super) fn announce(is_local: bool, console: &mut Console) {
    let Some(chosen) = CHOSEN.get() else { return };
    let spec = chosen.spec.as_ref().map(|(path, why)| format!("{}, {why}", printable(path.as_str())));
    let cloud = match (chosen.local, is_local) {
        (true, _) => Some("the local cloud, by `PIPECTL_LOCAL`".to_owned()),
        // With a default spec, nothing else on the command line shows the cloud.
        (false, true) => spec.is_some().then(|| "the local cloud".to_owned()),
        (false, false) => spec.is_some().then(|| "AWS".to_owned()),
    };
    let line: Vec<String> = spec.into_iter().chain(cloud).collect();
    if !line.is_empty() {
        console.note(&format!("  {:<14}{}", "chosen", line.join("; ")));
    }
}

/// Refuses a production spec that is not named, and the local cloud for it if only a variable selects it.
pub(super) fn refuse_production(path: &Utf8Path, spec: &Spec) -> Result<(), Failure> {
    let Some(chosen) = CHOSEN.get().filter(|_| spec.deploy.production) else { return Ok(()) };
    let path = printable(path.as_str());
    if let Some((_, why)) = &chosen.spec {
        return Err(Failure::refused(
            codes::GUARD_PRODUCTION,
            format!("`{path}` is a production spec, and the command line does not name it (chosen: {why})"),
            format!("name it: `pipectl … {path}`"),
        ));
    }
    if chosen.local {
        return Err(Failure::refused(
            codes::GUARD_PRODUCTION,
            format!("`{path}` is production, and `PIPECTL_LOCAL` says the local cloud"),
            "unset `PIPECTL_LOCAL` to reach production, or write `--local`",
        ));
    }
    Ok(())
}
