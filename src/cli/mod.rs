//! One file per command; the only room that joins stages.

mod adopt;
mod apply;
mod ask;
mod attribute;
mod bridge;
mod build;
mod command_line;
mod completions;
mod deployment;
mod destroy;
mod dlq;
mod drift;
mod eject;
mod explain;
mod fix;
mod follower;
mod forecast;
mod history;
mod init;
mod kept;
mod local;
mod lsp;
mod man;
mod many;
mod plan;
mod query;
mod record;
mod recover;
mod render;
mod rollback;
mod saved;
mod schema;
mod send;
mod session;
mod spec;
mod stage;
mod status;
mod test;
mod validate;
mod written;

use std::io;
use std::process::ExitCode;
use std::time::Duration;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

use crate::aws;
use crate::diagnostic::{Exit, Failure};
use crate::report::{Aside, Color, Console, Format, diagnostics_json, diagnostics_text};
use crate::stack::CallError;

const EXIT_CODES: &str = "\
Exit codes:
  0    done, or nothing to do
  1    the operation failed
  2    only from `plan` and `drift` with `--detailed-exitcode`: there are changes
  3    the spec is invalid
  4    refused by a guard: wrong account, data loss not accepted, declined
  5    busy, or still running at the server
  64   wrong usage
  130  interrupted";

/// Declarative deployer for an event pipeline on AWS: EventBridge → SQS → Lambda → DynamoDB.
#[derive(Debug, Parser)]
#[command(name = "pipectl", version, max_term_width = 100, after_help = EXIT_CODES)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// What every command takes.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// How data is written to stdout; `sarif` and `github` are for `validate`, `markdown` is for `plan`.
    #[arg(long, global = true, value_enum, default_value_t, help_heading = "Global options")]
    pub(crate) format: OutputFormat,
    /// Use the local cloud instead of AWS; it is installed and started when needed.
    #[arg(long, global = true, help_heading = "Global options")]
    pub(crate) local: bool,
    /// Profile of the AWS configuration.
    #[arg(long, global = true, env = "AWS_PROFILE", help_heading = "Global options")]
    pub(crate) profile: Option<String>,
    /// AWS region; must agree with `deploy.region`.
    #[arg(long, global = true, env = "AWS_REGION", help_heading = "Global options")]
    pub(crate) region: Option<String>,
    /// Endpoint for every AWS service.
    #[arg(long, global = true, env = "AWS_ENDPOINT_URL", help_heading = "Global options")]
    pub(crate) endpoint_url: Option<String>,
    /// Stop waiting for AWS after so long, such as `90s` or `30m`; what was begun goes on there (exit code 5).
    #[arg(long, global = true, value_name = "DURATION", value_parser = duration, help_heading = "Global options")]
    pub(crate) deadline: Option<Duration>,
    /// When to use colour.
    #[arg(long, global = true, value_enum, default_value_t, help_heading = "Global options")]
    pub(crate) color: Color,
    /// Print only data and errors.
    #[arg(long, short, global = true, conflicts_with = "verbose", help_heading = "Global options")]
    pub(crate) quiet: bool,
    /// Print more of what is done; twice (`-vv`), also each call to AWS with its status, request id and duration.
    #[arg(long, short, global = true, action = ArgAction::Count, help_heading = "Global options")]
    pub(crate) verbose: u8,
}

fn duration(text: &str) -> Result<Duration, String> {
    let read = text.parse::<jiff::SignedDuration>().ok().filter(jiff::SignedDuration::is_positive);
    let read = read.and_then(|read| Duration::try_from(read).ok());
    read.ok_or_else(|| "write a length of time such as `90s`, `30m` or `1h`".to_owned())
}

/// How data is written to stdout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum OutputFormat {
    /// For people.
    #[default]
    Human,
    /// For programs: one versioned JSON document, or one JSON object a line.
    Json,
    /// For code scanning services: SARIF 2.1.0.
    Sarif,
    /// For GitHub Actions: annotations at the lines of a pull request.
    Github,
    /// For a comment on a pull request.
    Markdown,
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
    Drift(drift::Arguments),
    Test(test::Arguments),
    Send(send::Arguments),
    Dlq(dlq::Arguments),
    Query(query::Arguments),
    Local(local::Arguments),
    Lsp(lsp::Arguments),
    Completions(completions::Arguments),
    Man(man::Arguments),
}

/// A command's end: the exit code of its success, or what to print and leave with.
pub(crate) type Outcome = Result<Exit, Stop>;

/// Why a command stops early.
#[derive(Debug)]
pub(crate) enum Stop {
    Failure(Failure),
    /// stdout could not be written. A closed pipe is no error: the reader had enough.
    Output(io::Error),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl From<CallError> for Stop {
    fn from(error: CallError) -> Self {
        Self::Failure(error.into())
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

/// Parses the command line, runs the command and turns its end into the process's exit code.
#[must_use]
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let exit = if error.use_stderr() { Exit::Usage } else { Exit::Done };
            let _ = error.print();
            return exit.into();
        }
    };
    let format = match (cli.global.format, &cli.command) {
        (OutputFormat::Json, _) => Format::Json,
        (OutputFormat::Human, _) | (OutputFormat::Markdown, Command::Plan(_)) => Format::Human,
        (OutputFormat::Sarif | OutputFormat::Github, Command::Validate(_)) => Format::Human,
        (format, _) => {
            let only = match format {
                OutputFormat::Markdown => "only `plan` writes `markdown`",
                _ => "only `validate` writes `sarif` and `github`",
            };
            let mut console = Console::new(Format::Human, cli.global.color, false, false);
            console.complain(&format!("error: {only}\nhelp: write `--format json`"));
            return Exit::Usage.into();
        }
    };
    let mut console = Console::new(format, cli.global.color, cli.global.quiet, cli.global.verbose > 0);
    attach(&cli.global, &mut console);
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
        Command::Drift(arguments) => drift::run(&arguments, &cli.global, &mut console),
        Command::Test(arguments) => test::run(&arguments, &mut console),
        Command::Send(arguments) => send::run(&arguments, &cli.global, &mut console),
        Command::Query(arguments) => query::run(&arguments, &cli.global, &mut console),
        Command::Dlq(arguments) => dlq::run(&arguments, &cli.global, &mut console),
        Command::Local(arguments) => local::run(&arguments, &mut console),
        Command::Lsp(arguments) => lsp::run(&arguments),
        Command::Completions(arguments) => completions::run(&arguments, &mut console),
        Command::Man(arguments) => man::run(&arguments, &mut console),
    };
    match outcome {
        Ok(exit) => exit,
        Err(Stop::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Done,
        Err(Stop::Output(error)) => {
            console.complain(&format!("error: stdout cannot be written: {error}"));
            Exit::Failed
        }
        Err(Stop::Failure(failure)) => {
            tell(&failure, &mut console);
            failure.exit
        }
    }
    .into()
}

/// Calls to AWS ask for codes of MFA devices at the terminal, and with `-vv` are shown there.
fn attach(global: &Global, console: &mut Console) {
    let aside = Aside::new(global.color);
    let mut terminal = aws::Terminal { ask: Some(Box::new(move |question| aside.ask(question))), log: None };
    if global.verbose > 1 {
        // A picture that redraws itself and lines between would spoil each other.
        console.stop_drawing();
        terminal.log = Some(Box::new(move |line| aside.line(line)));
    }
    aws::attach(terminal);
}

/// A failure as the caller wants it: text for people on stderr; JSON is data and goes to stdout, unless the command
/// has written its own document there.
fn tell(failure: &Failure, console: &mut Console) {
    if console.format == Format::Json && !console.has_spoken() {
        // Whoever closed stdout does not want to hear; the exit code still tells.
        drop(console.data(&diagnostics_json(&failure.diagnostics, &failure.sources)));
    } else {
        console.complain(&diagnostics_text(&failure.diagnostics, &failure.sources));
    }
}
