//! A redrive that the local console's page requests.

use std::cell::Cell;

use serde_json::Value;

use super::explain::Explainer;
use super::run::QueueRun;
use super::selection::{Queue, Selection};
use super::sending::{How, Sending};
use crate::cli::Stop;
use crate::cli::own_code::deciding;
use crate::deploy::Session;
use crate::report::Console;
use crate::spec::Spec;

/// Which messages.
#[derive(Debug, Default)]
pub(in crate::cli) struct Wanted {
    /// Undelivered events instead of dead letters.
    pub(in crate::cli) undelivered: bool,
    /// `None`: all.
    pub(in crate::cli) reason: Option<String>,
}

/// The same as `pipectl dlq redrive`. Returns its document, and why it is not complete.
///
/// # Errors
/// Nothing was redriven.
pub(in crate::cli) async fn redrive(
    wanted: Wanted,
    (session, spec): (&Session, &Spec),
    stops: &Cell<bool>,
    console: &mut Console,
) -> Result<(Value, Option<Stop>), Stop> {
    let queue = Queue { spec: session.spec_path().to_owned(), undelivered: wanted.undelivered };
    let selection = Selection::of(queue, wanted.reason);
    selection.check()?;
    let config = deciding(spec, console)?;
    let run = QueueRun::begin(session, selection.queue.name(session), stops, console).await?;
    let explainer = Explainer::new(session, (spec, config), selection.queue.undelivered);
    let (flags, recorded) = (selection.flags(), selection.flags());
    let how = How::default();
    let sending =
        Sending { verb: "redrive", selection: &selection, how: &how, change: None, flags, recorded };
    let (redriven, end) = sending.done(&explainer, run, console).await?;
    let failed = end.and_then(|()| redriven.judged(session, &selection)).err();
    Ok((redriven.document(), failed))
}
