//! One file per command; the only module that joins stages.

mod accept;
mod agreed;
mod apply;
mod apply_arguments;
mod apply_verified;
mod ask;
mod attach;
mod board;
mod build;
mod canary;
mod capacity;
mod chosen;
mod code_only;
mod command;
mod completions;
mod cost;
mod cost_change;
mod destroy;
mod dev;
mod dlq;
mod doctor;
mod drift;
mod eject;
mod erase;
mod exit_codes;
mod expand;
mod explain;
mod fix;
mod forecast;
mod found;
mod from_event;
mod given;
mod global;
mod history;
mod init;
mod invented;
mod list;
mod local;
mod logs;
mod lsp;
mod man;
mod many;
mod measured;
mod outgoing;
mod output_file;
mod outputs;
mod own_code;
mod parse;
mod permissions;
mod permitted;
mod plan;
mod price_list;
mod project;
mod query;
mod recover;
mod render;
mod replay;
mod reporter;
mod rollback;
mod runtime;
mod samples;
mod schema;
mod send;
mod sent;
mod sightings;
mod since;
mod spec;
mod specs;
mod status;
mod stop;
mod test;
mod trace;
mod unstored;
mod until;
mod usage;
mod validate;
mod verified;
mod verify;
mod version;

use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;

pub(crate) use exit_codes::EXIT_CODES;
pub(crate) use global::{Global, OutputFormat};
pub use parse::commands;
pub(crate) use stop::{Outcome, Stop};

use crate::diagnostic::Exit;
use crate::report::{Console, Format};
use crate::sandbox;
use command::Command;
use until::until_asked;

/// Declarative deployer for an event pipeline on AWS: EventBridge → SQS → Lambda → DynamoDB.
#[derive(Debug, Parser)]
#[command(name = "pipectl", version, max_term_width = 100, after_help = EXIT_CODES)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Parses the command line, runs the command and returns the process's exit code.
#[must_use]
pub fn run() -> ExitCode {
    sandbox::is_served();
    let cli = match parse::parsed() {
        Ok(cli) => cli,
        Err(exit) => return exit.into(),
    };
    // It has limits of its own, and its parent reports its end.
    if matches!(cli.command, Command::Expand) {
        return carry_out(cli).into();
    }
    let color = cli.global.color;
    until_asked(move || carry_out(cli), color)
}

/// Runs the command, and reports its result.
fn carry_out(cli: Cli) -> Exit {
    let format = if cli.global.format == OutputFormat::Json { Format::Json } else { Format::Human };
    let mut console = Console::new(format, cli.global.color, cli.global.quiet, cli.global.verbose > 0);
    console.deadline = cli.global.deadline.and_then(|limit| Instant::now().checked_add(limit));
    attach::attach(&cli.global, &mut console);
    chosen::announce(cli.global.local, &mut console);
    let outcome = cli.command.run(&cli.global, &mut console);
    stop::exit(outcome, &mut console)
}
