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
mod completions;
mod cost;
mod cost_change;
mod destroy;
mod dlq;
mod drift;
mod eject;
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
mod outputs;
mod parse;
mod permissions;
mod plan;
mod price_list;
mod project;
mod query;
mod recover;
mod render;
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
mod unstored;
mod until;
mod usage;
mod validate;
mod verified;
mod verify;
mod written;

use std::process::ExitCode;
use std::time::Instant;

use clap::{CommandFactory as _, Parser, Subcommand};

pub(crate) use exit_codes::EXIT_CODES;
pub(crate) use global::{Global, OutputFormat};
pub(crate) use stop::{Outcome, Stop};

use crate::diagnostic::Exit;
use crate::report::{Console, Format};
use crate::sandbox;
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

#[derive(Debug, Subcommand)]
enum Command {
    Init(init::Arguments),
    Validate(validate::Arguments),
    Schema(schema::Arguments),
    Explain(explain::Arguments),
    Render(render::Arguments),
    Eject(eject::Arguments),
    Build(build::Arguments),
    Plan(plan::Arguments),
    Apply(apply::Arguments),
    Destroy(destroy::Arguments),
    History(history::Arguments),
    Rollback(rollback::Arguments),
    Recover(recover::Arguments),
    Status(status::Arguments),
    Verify(verify::Arguments),
    Logs(logs::Arguments),
    Outputs(outputs::Arguments),
    List(list::Arguments),
    Drift(drift::Arguments),
    Test(test::Arguments),
    Send(send::Arguments),
    Dlq(dlq::Arguments),
    Query(query::Arguments),
    Cost(cost::Arguments),
    Capacity(capacity::Arguments),
    Permissions(permissions::Arguments),
    Local(local::Arguments),
    Lsp(lsp::Arguments),
    Completions(completions::Arguments),
    Man(man::Arguments),
    #[command(name = sandbox::ARGUMENT, hide = true)]
    Expand,
}

/// The commands and what each takes, for those who look through all of them.
#[must_use]
pub fn commands() -> clap::Command {
    Cli::command()
}

/// Parses the command line, runs the command and turns its end into the process's exit code.
#[must_use]
pub fn run() -> ExitCode {
    sandbox::is_served();
    let cli = match parse::parsed() {
        Ok(cli) => cli,
        Err(exit) => return exit.into(),
    };
    // It has limits of its own, and its end is its parent's to report.
    if matches!(cli.command, Command::Expand) {
        return carry_out(cli).into();
    }
    let color = cli.global.color;
    until_asked(move || carry_out(cli), color)
}

/// Runs the command, and writes what comes of it.
fn carry_out(cli: Cli) -> Exit {
    let format = match (cli.global.format, &cli.command) {
        (OutputFormat::Json, _) => Format::Json,
        (OutputFormat::Human, _) | (OutputFormat::Markdown, Command::Plan(_)) => Format::Human,
        (OutputFormat::Sarif | OutputFormat::Github, Command::Validate(_))
        | (OutputFormat::Junit, Command::Test(_)) => Format::Human,
        (format, _) => return usage::only_writes(format, cli.global.color),
    };
    let mut console = Console::new(format, cli.global.color, cli.global.quiet, cli.global.verbose > 0);
    console.deadline = cli.global.deadline.and_then(|limit| Instant::now().checked_add(limit));
    attach::attach(&cli.global, &mut console);
    chosen::announce(&mut console);
    let outcome = match cli.command {
        Command::Init(arguments) => init::run(&arguments, &mut console),
        Command::Validate(arguments) => validate::run(&arguments, &cli.global, &mut console),
        Command::Schema(arguments) => schema::run(&arguments, &mut console),
        Command::Explain(arguments) => explain::run(&arguments, &mut console),
        Command::Render(arguments) => render::run(&arguments, &mut console),
        Command::Build(arguments) => build::run(&arguments, &mut console),
        Command::Eject(arguments) => eject::run(&arguments, &mut console),
        Command::Plan(arguments) => plan::run(&arguments, &cli.global, &mut console),
        Command::Apply(arguments) => apply::run(&arguments, &cli.global, &mut console),
        Command::History(arguments) => history::run(&arguments, &cli.global, &mut console),
        Command::Rollback(arguments) => rollback::run(&arguments, &cli.global, &mut console),
        Command::Recover(arguments) => recover::run(&arguments, &cli.global, &mut console),
        Command::Destroy(arguments) => destroy::run(&arguments, &cli.global, &mut console),
        Command::Status(arguments) => status::run(&arguments, &cli.global, &mut console),
        Command::Verify(arguments) => verify::run(&arguments, &cli.global, &mut console),
        Command::Logs(arguments) => logs::run(&arguments, &cli.global, &mut console),
        Command::List(arguments) => list::run(&arguments, &cli.global, &mut console),
        Command::Outputs(arguments) => outputs::run(&arguments, &cli.global, &mut console),
        Command::Drift(arguments) => drift::run(&arguments, &cli.global, &mut console),
        Command::Test(arguments) => test::run(&arguments, &cli.global, &mut console),
        Command::Send(arguments) => send::run(&arguments, &cli.global, &mut console),
        Command::Query(arguments) => query::run(&arguments, &cli.global, &mut console),
        Command::Cost(arguments) => cost::run(&arguments, &cli.global, &mut console),
        Command::Capacity(arguments) => capacity::run(&arguments, &cli.global, &mut console),
        Command::Permissions(arguments) => permissions::run(&arguments, &cli.global, &mut console),
        Command::Dlq(arguments) => dlq::run(&arguments, &cli.global, &mut console),
        Command::Local(arguments) => local::run(&arguments, &mut console),
        Command::Lsp(arguments) => lsp::run(&arguments),
        Command::Completions(arguments) => completions::run(&arguments, &mut console),
        Command::Man(arguments) => man::run(&arguments, &mut console),
        Command::Expand => expand::run(),
    };
    stop::exit(outcome, &mut console)
}
