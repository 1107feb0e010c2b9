use std::ops::ControlFlow;
use std::time::Duration;

use camino::Utf8PathBuf;
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::reporter::Reporter;
use super::{Global, Outcome, Stop, runtime, since, spec};
use crate::deploy::Session;
use crate::diagnostic::{Diagnostic, Exit, Failure, codes};
use crate::interrupt::Requests;
use crate::operate::{Entry, EntryKind, Level, LogEvent, LogQuery, LogUpdate, Sought, follow_log, read_log};
use crate::report::{Console, Format, LogText, Unwritable, log_json};
use crate::stack::{CallError, CallErrorKind};

/// Show the processor's log: its lines about records, and Lambda's lines about invocations.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The spec.
    spec: Utf8PathBuf,
    /// Also show new lines until Ctrl-C.
    #[arg(long, short)]
    follow: bool,
    /// Only lines that contain exactly this text: a message id, a reason, a request id.
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// Only lines since then: `30m`, `1h`, `7d` before now, or an RFC 3339 time. If left out: 1h, or 10m with
    /// `--follow`.
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Only lines of this level and more severe ones. Lambda's lines about a failure are errors.
    #[arg(long, value_parser = levels())]
    level: Option<Level>,
}

/// The time between two polls: CloudWatch Logs allows few for a whole account.
const INTERVAL: Duration = Duration::from_secs(2);

fn levels() -> impl clap::builder::TypedValueParser<Value = Level> {
    PossibleValuesParser::new(["error", "warn", "info", "debug", "trace"])
        .try_map(|name| Level::named(&name).ok_or("write the name of a level"))
}

pub(crate) fn run(arguments: &Arguments, global: &Global, console: &mut Console) -> Outcome {
    let checked = spec::load(&arguments.spec, console)?;
    let span = arguments.since.as_deref().unwrap_or(if arguments.follow { "10m" } else { "1h" });
    let begin = since::instant(span, "--since", Timestamp::now())?;
    let from = begin.parse::<Timestamp>().unwrap_or_default().as_millisecond();
    runtime::run(global, async {
        let mut session = runtime::session(global, &arguments.spec, checked.spec(), console).await?;
        let stack = session.pipeline().await?;
        session.use_deployed_names(&stack, &mut Reporter::new(console)).await?;
        let sought = Sought { level: arguments.level, text: arguments.filter.clone() };
        let group = session.names.log_group.clone();
        let query = LogQuery { group, from, to: None, pattern: sought.pattern() };
        let mut page = Page::new(sought, console);
        if arguments.follow {
            page.console.note(&format!("  {:<14}{}; press Ctrl-C to stop", "follows", query.group));
            let interval = session.interval().max(INTERVAL);
            let mut requests = Requests::new();
            let mut report = |update: LogUpdate<'_>| page.report(update);
            let ended = tokio::select! {
                biased;
                // Following ends only by a request.
                request = requests.next() => return Ok(request.signal.exit()),
                ended = follow_log(&session.clients, query, interval, &mut report) => ended,
            };
            ended.map_err(|error| refused(error, &session))?;
        } else {
            let read = read_log(&session.clients, &query, &mut |update| page.report(update)).await;
            read.map_err(|error| refused(error, &session))?;
        }
        page.end(span, from, &session)
    })
}

/// How a page of the log is printed.
struct Page<'a> {
    console: &'a mut Console,
    sought: Sought,
    text: LogText,
    shown: usize,
    metrics: usize,
    unwritable: Option<Unwritable>,
}

impl<'a> Page<'a> {
    fn new(sought: Sought, console: &'a mut Console) -> Self {
        let text = LogText::new(TimeZone::system(), console.columns(), console.verbose);
        Self { console, sought, text, shown: 0, metrics: 0, unwritable: None }
    }

    fn report(&mut self, update: LogUpdate<'_>) -> ControlFlow<()> {
        match update {
            LogUpdate::Line(event) => self.line(&event),
            LogUpdate::Lost(error) => {
                self.console.complain(&format!("  warning: {error}; retrying"));
                ControlFlow::Continue(())
            }
            LogUpdate::Back => {
                self.console.note("  reading the log again, from before the last line");
                ControlFlow::Continue(())
            }
        }
    }

    fn line(&mut self, event: &LogEvent) -> ControlFlow<()> {
        let entry = Entry::read(&event.text);
        if !self.sought.takes(&event.text, &entry) {
            return ControlFlow::Continue(());
        }
        if entry.kind == EntryKind::Metrics && !self.console.verbose {
            self.metrics += 1;
            return ControlFlow::Continue(());
        }
        self.shown += 1;
        let line = match self.console.format {
            Format::Human => self.text.line(event, &entry),
            Format::Json => log_json(event, &entry),
        };
        match self.console.stream(&line) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                self.unwritable = Some(error);
                ControlFlow::Break(())
            }
        }
    }

    fn end(self, span: &str, from: i64, session: &Session) -> Outcome {
        let Self { console, sought, shown, metrics, unwritable, .. } = self;
        if let Some(error) = unwritable {
            return Err(error.into());
        }
        let left_out = match metrics {
            0 => String::new(),
            count => format!("; {count} lines of metrics are hidden, `-v` shows them"),
        };
        if shown == 0 {
            let begin =
                Timestamp::from_millisecond(from).unwrap_or_default().strftime("%Y-%m-%d %H:%M:%S UTC");
            let which = if sought == Sought::default() { "no lines" } else { "no matching lines" };
            let next = match metrics {
                0 => session.command("status", ""),
                _ => session.command("logs", &format!("--since {span} -v")),
            };
            console.note(&format!(
                "  {which} since {begin} in `{}`{left_out}\n\n  next: {next}",
                session.names.log_group
            ));
        } else if metrics > 0 {
            console.note(&format!("  {shown} lines{left_out}"));
        }
        Ok(Exit::Done)
    }
}

/// Adds to the error that the log may be too long to search.
fn begin_later(error: CallError) -> CallError {
    if error.kind != CallErrorKind::Endless {
        return error;
    }
    error.with_help("choose a later `--since`; if that does not help, check `--endpoint-url` and the proxy")
}

/// Explains a missing log group, for which the service's message does not name the cause.
fn refused(error: CallError, session: &Session) -> Stop {
    if error.kind != CallErrorKind::NotFound {
        return begin_later(error).into();
    }
    let message = format!("there is no log group `{}`", session.names.log_group);
    let help = format!("see what else is missing with `{}`", session.command("drift", ""));
    Stop::Failure(Failure::new(Exit::Failed, Diagnostic::error(codes::LOGS_NO_GROUP, message).help(help)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_log_that_does_not_end_is_to_be_read_from_later_on() {
        let help = |kind| begin_later(CallError::new(kind, "logs:FilterLogEvents", "no")).help;
        assert!(help(CallErrorKind::Endless).is_some_and(|help| help.contains("--since")));
        assert_eq!(help(CallErrorKind::Refused), None);
    }
}
