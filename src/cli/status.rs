use std::rc::Rc;
use std::time::{Duration, Instant};

use camino::Utf8PathBuf;
use clap::Args;
use jiff::Timestamp;

use super::permitted::{Last, last_deploy, stack};
use super::reporter::Reporter;
use super::{Global, Outcome, Stop, runtime, spec};
use crate::deploy::Session;
use crate::diagnostic::{Exit, Failure, codes};
use crate::interrupt::{Keys, Requests, in_order};
use crate::operate::{Measured, Meters, Sights, Source, Status, status};
use crate::report::{Console, Format, Page, printable, status_text};
use crate::spec::{ServiceLevel, Spec};
use crate::stack::Stack;

/// How long measurements are reused: CloudWatch has new data once a minute, and charges for each call.
const MEASURED: Duration = Duration::from_secs(60);
/// For restoring the terminal when pipectl is asked to end.
const PATIENCE: Duration = Duration::from_secs(2);

/// Show whether the pipeline is healthy, and what to do first if it is not. Changes nothing, and receives no
/// message.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The spec.
    spec: Utf8PathBuf,
    /// Refresh in place until `q` is pressed.
    #[arg(long, short)]
    watch: bool,
}

/// The state between two polls.
pub(super) struct StatusWatch {
    session: Rc<Session>,
    alarms: Vec<String>,
    rules: Vec<String>,
    slo: Option<ServiceLevel>,
    /// The measurements, the last deploy, and when they were read.
    measured: Option<(Instant, Option<Measured>, Last)>,
}

pub(crate) fn run(arguments: &Arguments, global: &Global, console: &mut Console) -> Outcome {
    let checked = spec::load(&arguments.spec, console)?;
    runtime::run(global, async {
        let spec = checked.spec();
        let session = runtime::session(global, &arguments.spec, spec, console).await?;
        let (mut watched, stack) = StatusWatch::begin(session, spec, console).await?;
        if arguments.watch {
            return watched.watch(console).await;
        }
        let status = watched.look(stack).await?;
        show(&status, console)?;
        Ok(Exit::Done)
    })
}

impl StatusWatch {
    /// With the current stack; `None` if the caller may not describe it.
    pub(super) async fn begin(
        mut session: Session,
        spec: &Spec,
        console: &mut Console,
    ) -> Result<(Self, Option<Stack>), Stop> {
        let stack = stack(&session).await?;
        // Resources that remain without a stack have the spec's names.
        let alarms = match stack.as_ref().filter(|stack| stack.status.has_resources()) {
            Some(stack) => session.use_deployed_names(stack, &mut Reporter::new(console)).await?,
            None => None,
        };
        let mut alarms = alarms.unwrap_or_else(|| spec.alarm_names());
        // The alarms on a single window have no meaning by themselves.
        let windows = session.names.alarms.window_alarms();
        alarms.retain(|name| !windows.contains(name));
        let rules = spec.bus_rules().into_iter().map(|rule| rule.name).collect();
        let slo = spec.slo.clone();
        Ok((Self { session: Rc::new(session), alarms, rules, slo, measured: None }, stack))
    }

    pub(super) fn session(&self) -> &Rc<Session> {
        &self.session
    }

    /// The current status, as `--format json` prints it.
    ///
    /// # Errors
    /// A call to AWS failed.
    pub(super) async fn document(&mut self) -> Result<String, Failure> {
        let stack = stack(&self.session).await?;
        Ok(document(&self.look(stack).await?))
    }

    async fn look(&mut self, stack: Option<Stack>) -> Result<Status, Failure> {
        let session = &self.session;
        let names = &session.names;
        let source = if session.is_local() { Source::ProcessorLog } else { Source::CloudWatch };
        let meters = Meters {
            source,
            processor: &names.processor,
            log_group: &names.log_group,
            queue: &names.queue,
            bus: (names.bus != "default").then_some(names.bus.as_str()),
            rules: &self.rules,
            undelivered: &names.undelivered_queue,
            slo: self.slo.as_ref(),
            now: Timestamp::now().as_second(),
        };
        let sights = Sights { stack: stack.as_ref(), names, alarms: &self.alarms, meters };
        let known = self.measured.clone();
        let known = known.filter(|(at, ..)| at.elapsed() < MEASURED && !session.is_local());
        let (at, measured, last) = match known {
            Some((at, measured, last)) => (at, measured, Some(last)),
            None => (Instant::now(), None, None),
        };
        let mut status = status(&session.clients, sights, measured, &|next| session.next(next)).await?;
        let last = match last {
            Some(last) => last,
            None => last_deploy(session).await?,
        };
        match &last {
            Ok(last) => status.last_deploy = last.clone(),
            Err(action) => drop(status.not_permitted.insert("last_deploy", action.clone())),
        }
        if stack.is_none() {
            status.not_permitted.insert("stack", "cloudformation:DescribeStacks".to_owned());
        }
        self.measured = Some((at, status.measured.clone(), last));
        Ok(status)
    }

    /// Polls until `q` is pressed, or pipectl is asked to end.
    async fn watch(&mut self, console: &mut Console) -> Outcome {
        let _end = in_order(PATIENCE);
        let (mut requests, mut keys) = (Requests::new(), Keys::hear());
        let mut page = if console.format == Format::Human { console.page() } else { None };
        let interval = Duration::from_secs(if self.session.is_local() { 1 } else { 5 });
        let heard = keys.are_heard();
        let exit = loop {
            let turn = async {
                self.frame(page.as_mut(), heard, console).await?;
                tokio::time::sleep(interval).await;
                Ok::<(), Stop>(())
            };
            // A poll may take longer than the time allowed to end.
            tokio::select! {
                turned = turn => turned?,
                () = quit(&mut keys) => break Exit::Done,
                request = requests.next() => break request.signal.exit(),
            }
        };
        if let Some(page) = page {
            page.leave();
        }
        Ok(exit)
    }

    async fn frame(
        &mut self,
        page: Option<&mut Page>,
        keys: bool,
        console: &mut Console,
    ) -> Result<(), Stop> {
        let looked = match stack(&self.session).await {
            Ok(stack) => self.look(stack).await,
            Err(failure) => Err(failure),
        };
        let status = match looked {
            Ok(status) => status,
            Err(failure) if is_passing(&failure) => {
                let why = failure.diagnostics.first().map_or_else(String::new, |one| printable(&one.message));
                match page {
                    Some(page) => page.draw(&[format!("  not read this time: {why}")], ""),
                    None => console.complain(&format!("  not read this time: {why}")),
                }
                return Ok(());
            }
            Err(failure) => return Err(failure.into()),
        };
        if console.format == Format::Json {
            return Ok(console.stream(&document(&status))?);
        }
        let Some(page) = page else { return show(&status, console) };
        let mut lines: Vec<String> =
            status_text(&status, console.width()).lines().map(str::to_owned).collect();
        lines.push(String::new());
        lines.extend(status.next.iter().map(|next| format!("  next: {}", printable(&next.command))));
        lines.push(Timestamp::now().strftime("  %H:%M:%S UTC").to_string());
        page.draw(&lines, if keys { ", press `q` to quit" } else { "" });
        Ok(())
    }
}

/// Whether the next poll may succeed.
fn is_passing(failure: &Failure) -> bool {
    failure.diagnostics.iter().all(|one| one.code == codes::AWS_UNREACHABLE)
}

fn show(status: &Status, console: &mut Console) -> Result<(), Stop> {
    match console.format {
        Format::Human => console.data(&status_text(status, console.width()))?,
        Format::Json => console.data(&document(status))?,
    }
    if let Some(next) = &status.next {
        console.note(&format!("\n  next: {}", printable(&next.command)));
    }
    Ok(())
}

fn document(status: &Status) -> String {
    serde_json::to_string(status).unwrap_or_default()
}

/// Waits for `q`.
async fn quit(keys: &mut Keys) {
    while !keys.next().await.eq_ignore_ascii_case(&b'q') {}
}
