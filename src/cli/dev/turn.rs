//! One turn of the loop: applies what was saved.

use std::collections::VecDeque;
use std::time::Instant;

use camino::Utf8PathBuf;
use processor::config::Config;
use tokio::sync::mpsc;

use super::super::apply::bring;
use super::super::own_code::deciding;
use super::super::reporter::Reporter;
use super::super::{Stop, spec};
use super::Arguments;
use super::events::{Pending, Sample, event_files, samples, send};
use super::view::{Hushed, Seen, show_event};
use super::watch::{Change, WatchedFiles, parts};
use crate::deploy::{
    Consent, Notice, Observer as _, Options, Session, Target, build_processor, change_code, open, want,
};
use crate::diagnostic::{Failure, codes};
use crate::report::{Console, DevEvent, diagnostics_text};
use crate::source::SpecTree;
use crate::spec::Spec;
use crate::validate::CheckedSpec;

/// A spec that was read, with its tree.
pub(super) type Loaded = (CheckedSpec, SpecTree);

/// The state of the loop.
pub(super) struct Work<'a> {
    pub(super) arguments: &'a Arguments,
    pub(super) target: Target,
    /// Whether the local cloud ran before.
    pub(super) ran: bool,
    pub(super) watched: WatchedFiles,
    pub(super) live: Option<Live>,
    pub(super) seen: Seen,
    /// Samples without a result yet.
    pub(super) pending: VecDeque<Pending>,
    /// What was read last.
    pub(super) attempt: String,
}

/// What was applied last.
pub(super) struct Live {
    pub(super) session: Session,
    pub(super) spec: Spec,
    pub(super) config: Config,
    /// The texts of the spec's files.
    texts: Vec<String>,
    /// The samples that were sent since then.
    sent: Vec<Sample>,
}

impl<'a> Work<'a> {
    pub(super) fn new(arguments: &'a Arguments, target: Target, ran: bool) -> Self {
        let watched = WatchedFiles::new(&arguments.spec);
        let (pending, attempt) = (VecDeque::new(), String::new());
        Self { arguments, target, ran, watched, live: None, seen: Seen::new(), pending, attempt }
    }

    pub(super) fn path(&self) -> &Utf8PathBuf {
        &self.arguments.spec
    }

    /// Reads what was saved; `None` if nothing differs from before.
    pub(super) fn load(&mut self, change: Change, console: &mut Console) -> Result<Option<Loaded>, Stop> {
        // Repeated warnings at every save would hide new ones.
        let quiet = std::mem::replace(&mut console.quiet, true);
        let loaded = spec::load_with_tree(self.path(), console);
        console.quiet = quiet;
        let loaded = loaded.and_then(|(checked, tree)| {
            self.watched.watch_code(checked.spec().processor.code_path.as_deref());
            checked.require_code()?;
            Ok((checked, tree))
        });
        if let Err(Stop::Failure(failure)) = &loaded {
            self.watched.add(failure.sources.iter().map(|source| source.path.clone()));
        }
        let attempt = attempt(&loaded.as_ref());
        if attempt == self.attempt && !change.code {
            return Ok(None);
        }
        let what = match (attempt != self.attempt, change.code) {
            (true, true) => "the spec or its events, and the processor",
            (false, _) => "the processor",
            (true, false) => "the spec or its events",
        };
        self.attempt = attempt;
        show_event(&DevEvent::Changed(what), console);
        loaded.map(Some)
    }

    /// Applies the spec and the sources, and sends the samples that changed.
    pub(super) async fn turn(
        &mut self,
        (checked, tree): Loaded,
        change: Change,
        console: &mut Console,
    ) -> Result<(), Stop> {
        self.watched.add(parts(&tree).chain(event_files(&tree)));
        let spec = checked.spec().clone();
        self.watched.watch_code(spec.processor.code_path.as_deref());
        let texts: Vec<String> = tree.sources().iter().map(|source| source.text.clone()).collect();
        let is_first = self.live.is_none();
        let is_spec = self.live.as_ref().is_none_or(|live| live.texts != texts);
        let begun = Instant::now();
        if is_first || change.code {
            built(&spec, is_first, console).await?;
        }
        let mut reporter = Reporter::new(console);
        let mut hushed = Hushed { reporter: &mut reporter, is_hushed: !is_first };
        let session = open(&self.target, self.path(), &spec, &mut hushed).await?;
        let consent = Consent { yes: true, accepted: self.arguments.accept.clone() };
        let applied = if is_spec || change.code && spec.deploy.production {
            Some(("spec", apply(&session, &checked, &consent, &mut hushed).await?))
        } else if change.code {
            Some(("code", code(&session, &checked, &consent, &mut hushed).await?))
        } else {
            None
        };
        if let Some((what, changes)) = &applied {
            let seconds = begun.elapsed().as_secs_f64();
            show_event(&DevEvent::Applied { what, changes: changes.clone(), seconds }, console);
        }
        let now = samples(&tree);
        let sent = self.live.take().map(|live| live.sent).filter(|_| applied.is_none()).unwrap_or_default();
        let (known, new): (Vec<Sample>, Vec<Sample>) =
            now.iter().cloned().partition(|sample| sent.contains(sample));
        let config = deciding(&spec, console)?;
        // It is applied, whatever the samples' results.
        let live = self.live.insert(Live { session, spec, config, texts, sent: known });
        let (pending, turned) = send(&live.session, &live.spec, &live.config, &new).await?;
        live.sent = now;
        if applied.is_none() && new.is_empty() {
            // For example after a mistake is corrected.
            let seconds = begun.elapsed().as_secs_f64();
            let (what, changes) = ("spec", "no changes".to_owned());
            show_event(&DevEvent::Applied { what, changes, seconds }, console);
        } else if !new.is_empty() {
            show_event(&DevEvent::Sent(pending.len()), console);
        } else if is_first {
            console.note(
                "  samples       none: name events under `bus.samples.match` to send them at every change",
            );
        }
        for one in turned {
            show_event(&one.into(), console);
        }
        self.pending.extend(pending);
        Ok(())
    }
}

/// What was read, to be compared: the texts of the spec and its samples, or their errors.
pub(super) fn attempt(loaded: &Result<&Loaded, &Stop>) -> String {
    match loaded {
        Ok((_, tree)) => format!("{:?}", (tree.sources(), samples(tree))),
        Err(Stop::Failure(failure)) => diagnostics_text(&failure.diagnostics, &failure.sources),
        Err(Stop::Output(_)) => String::new(),
    }
}

/// Builds the processor in another thread; this one handles requests to end.
async fn built(spec: &Spec, is_first: bool, console: &mut Console) -> Result<(), Stop> {
    let mut reporter = Reporter::new(console);
    reporter.notice(Notice::Begins("processor"));
    let (sender, mut lines) = mpsc::unbounded_channel();
    let of = spec.clone();
    let mut build = tokio::task::spawn_blocking(move || {
        // The receiver is dropped when the command ends.
        build_processor(&of, true, &mut |line| drop(sender.send(line.to_owned())))
    });
    let begun = Instant::now();
    let ended = loop {
        tokio::select! {
            Some(line) = lines.recv() => reporter.notice(Notice::Doing(&line)),
            ended = &mut build => break ended,
        }
    };
    let words = format!("built in {:.1} s", begun.elapsed().as_secs_f64());
    reporter.notice(Notice::Ends(Some(&words).filter(|_| !is_first).map(String::as_str)));
    let ended = ended.map_err(|error| {
        let message = format!("the build of the processor stopped: {error}");
        Failure::failed(codes::PACKAGE_BUILD_FAILED, message, "save again, or run `pipectl build` to see why")
    })?;
    Ok(ended?)
}

async fn apply(
    session: &Session,
    checked: &CheckedSpec,
    consent: &Consent,
    observer: &mut Hushed<'_, '_>,
) -> Result<String, Stop> {
    let mut wanted = want(session, checked, observer)?;
    let brought = bring(session, &mut wanted, checked, (consent, &Options::default()), observer).await;
    let (applied, changes) = brought.map_err(|stop| spec::with_spec_locations(stop, checked))?;
    Ok(if applied.changed() { changes } else { "no changes".to_owned() })
}

async fn code(
    session: &Session,
    checked: &CheckedSpec,
    consent: &Consent,
    observer: &mut Hushed<'_, '_>,
) -> Result<String, Stop> {
    let change = change_code(session, checked, consent, observer).await?;
    let version = change.version.as_ref().map(|version| format!("version {version}"));
    Ok(if change.changed() {
        version.unwrap_or_else(|| "changed".to_owned())
    } else {
        "no changes".to_owned()
    })
}
